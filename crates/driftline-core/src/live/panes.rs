//! Rows counted by the time at which they were: panes, each `live.every` long.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec,
    vec::Vec,
};
use core::{fmt, mem::size_of, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

use super::{History, Live, Span, history::MAX_AHEAD};
use crate::{
    bins::{Bins, Cut, Resolution, level_name},
    column::{Batch, Column, Values},
    counts::{Code, Counts},
    duration::Duration,
    latency::{LatencyHistogram, Micros},
    monitor::Monitor,
    policy::Policy,
    reference::{Reference, ReferenceId},
    schema::Schema,
    service::{Service, ServiceColumns, ServicePlaces},
    time::Timestamp,
    window::{OtherReference, Window},
};

/// Panes that may be kept: `live.extend_to` by `live.every` at most.
pub const MAX_PANES: u64 = 1000;

/// Never-seen levels that a pane tells apart, of each column.
pub const MAX_PANE_LEVELS: usize = 100;

/// Names of columns that the reference has not, of which are told.
pub const MAX_FOREIGN_COLUMNS: usize = 100;

/// How live rows are counted.
#[derive(Clone, Debug, PartialEq)]
pub struct PanePlan {
    /// The cells that numbers are counted in.
    pub cut: Cut,
    /// Which columns say how the service did. Predictions are not held against labels here: labels come long after the
    /// rows they belong to.
    pub service: ServiceColumns,
    /// The column that says when a row was; a row without an instant there was when it arrived.
    pub clock: Option<String>,
    /// Latencies are counted exactly at these: at the [thresholds](Policy::latency_thresholds) of objectives, rules and triggers.
    pub thresholds: Vec<Micros>,
    /// Length and number of panes.
    pub live: Live,
}

impl PanePlan {
    /// As a monitor compares and a policy looks.
    pub fn of(monitor: &Monitor, policy: &Policy, reference: &Reference) -> PanePlan {
        let fields = || reference.columns().iter().map(|column| &column.field);
        PanePlan {
            cut: monitor.cut(),
            service: monitor.counting().service_columns(fields()),
            clock: monitor.counting().clock(fields()),
            thresholds: policy.latency_thresholds(),
            live: policy.live.clone(),
        }
    }

    pub(super) fn pane_micros(&self) -> i64 {
        i64::try_from(self.live.every.micros()).unwrap_or(i64::MAX)
    }

    /// Panes before the present one that are kept.
    pub(super) fn panes_back(&self) -> i64 {
        let length = self.live.extend_to.max(self.live.window).micros();
        length.div_ceil(self.live.every.micros()).min(MAX_PANES) as i64
    }

    fn skew_micros(&self) -> u64 {
        self.live.max_skew.min(MAX_AHEAD).micros()
    }

    /// Panes after the present one that rows may fall into.
    fn panes_ahead(&self) -> i64 {
        self.skew_micros().div_ceil(self.live.every.micros()) as i64
    }

    /// Panes that are held at most.
    pub fn max_panes(&self) -> u64 {
        (self.panes_back() + self.panes_ahead() + 2) as u64
    }

    /// Bytes that [`LiveWindows`](super::LiveWindows) hold at most on a reference, whatever rows come in; the formula is the
    /// [module's](super).
    pub fn max_bytes(&self, reference: &Reference) -> u64 {
        // A name of 200 bytes, its hash, its count, and its share of a tree that may be half empty.
        const LEVEL: usize = 320;
        let column = |bins: &Bins| {
            let levels = if matches!(bins, Bins::Levels(_)) { MAX_PANE_LEVELS * LEVEL } else { 0 };
            size_of::<Counts>() + 8 * bins.cells(Resolution::Psi(self.cut)) + levels
        };
        let table = |bins: &Bins| match bins {
            Bins::Grid(grid) => 4 * grid.cells(),
            _ => 0,
        };
        let columns = || reference.columns().iter().map(|column| &column.bins);
        let pane = 2 * size_of::<Window>()
            + LatencyHistogram::MAX_BYTES
            + 16 * self.thresholds.len()
            + columns().map(column).sum::<usize>();
        let slots = History::MAX_SLOTS * (96 + 16 * self.thresholds.len()) as u64;
        let names = MAX_FOREIGN_COLUMNS * LEVEL;
        self.max_panes() * pane as u64
            + slots
            + (columns().map(table).sum::<usize>() + names + size_of::<Panes>()) as u64
    }

    /// A pane's service columns: without what needs labels.
    fn service_columns(&self) -> ServiceColumns {
        ServiceColumns { label: None, ..self.service.clone() }
    }

    pub(super) fn empty_window(&self, reference: &Reference) -> Window {
        let service = Service {
            latency: LatencyHistogram::with_thresholds(&self.thresholds),
            ..Service::new(&self.service_columns())
        };
        Window::empty(reference, Resolution::Psi(self.cut)).with_service(service)
    }
}

/// What became of some rows. None is dropped in silence: all but those counted are told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Rows that were counted into a pane.
    pub counted: u64,
    /// Of these, rows without an instant of their own, counted at the time at which they arrived.
    pub by_arrival: u64,
    /// Rows from before the first pane that is kept: too late to be counted.
    pub late: u64,
    /// Rows from further in the future than the clocks may differ.
    pub future: u64,
    /// How often the clock was behind an instant that it had shown before; the rows were counted at that instant.
    pub clock_ran_back: u64,
}

impl Taken {
    pub(super) fn merge(&mut self, other: &Taken) {
        for (own, theirs) in [
            (&mut self.counted, other.counted),
            (&mut self.by_arrival, other.by_arrival),
            (&mut self.late, other.late),
            (&mut self.future, other.future),
            (&mut self.clock_ran_back, other.clock_ran_back),
        ] {
            *own = own.saturating_add(theirs);
        }
    }
}

/// Rows counted by the time at which they were, in panes of [`every`](Live::every) that begin at its multiples since 1970.
///
/// Late rows go into their pane as long as it is kept. Merging is addition and does not depend on the order: what replicas
/// or isolates counted is what one of them would have counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Panes {
    pub(super) reference: ReferenceId,
    pub(super) plan: PanePlan,
    /// For each column of the reference that is a grid: the PSI cell of each grid cell.
    tables: Vec<Vec<u32>>,
    /// The latest instant that the clock has shown.
    pub(super) latest: Option<Timestamp>,
    /// By the number of the pane since 1970.
    pub(super) panes: BTreeMap<i64, Window>,
    pub(super) history: History,
    pub(super) totals: Taken,
    /// Columns that rows had and the reference has not.
    pub(super) foreign: BTreeSet<String>,
}

impl Panes {
    /// No rows.
    pub fn new(reference: &Reference, mut plan: PanePlan) -> Panes {
        plan.thresholds.sort_unstable();
        plan.thresholds.dedup();
        let table = |bins: &Bins| match bins {
            Bins::Grid(grid) => {
                let mut table = vec![0; grid.cells()];
                let mut start = 0;
                for (psi_cell, end) in grid.cut(plan.cut).into_iter().enumerate() {
                    table[start..end].fill(psi_cell as u32);
                    start = end;
                }
                table
            }
            _ => Vec::new(),
        };
        let history = History::new(plan.thresholds.len());
        Panes {
            reference: reference.id(),
            tables: reference.columns().iter().map(|column| table(&column.bins)).collect(),
            plan,
            latest: None,
            panes: BTreeMap::new(),
            history,
            totals: Taken::default(),
            foreign: BTreeSet::new(),
        }
    }

    /// How rows are counted.
    pub fn plan(&self) -> &PanePlan {
        &self.plan
    }

    /// What became of all rows so far.
    pub fn totals(&self) -> Taken {
        self.totals
    }

    /// Errors and slow answers over long times.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The latest instant that the clock has shown.
    pub fn latest(&self) -> Option<Timestamp> {
        self.latest
    }

    /// Columns that rows had and the reference has not: at most [`MAX_FOREIGN_COLUMNS`], the first ones by name.
    pub fn foreign_columns(&self) -> &BTreeSet<String> {
        &self.foreign
    }

    /// The panes that hold rows: where each begins, and its rows.
    pub fn panes(&self) -> impl Iterator<Item = (Timestamp, &Window)> {
        self.panes.iter().map(|(key, window)| (self.start_of(*key), window))
    }

    pub(super) fn start_of(&self, key: i64) -> Timestamp {
        Timestamp::from_micros(key.saturating_mul(self.plan.pane_micros()))
    }

    pub(super) fn key_of(&self, at: Timestamp) -> i64 {
        at.micros().div_euclid(self.plan.pane_micros())
    }

    /// Counts rows that arrive at `now`. A row's instant is what the plan's clock column says, and `now` where that says
    /// nothing.
    ///
    /// # Errors
    /// A reference with other columns than the one that the panes were made for. Nothing is counted then.
    pub fn count(
        &mut self,
        reference: &Reference,
        schema: &Schema,
        batch: &Batch,
        now: Timestamp,
    ) -> Result<Taken, OtherReference> {
        self.count_arrived(reference, schema, batch, &[], now)
    }

    /// As [`count`](Panes::count), for rows that arrived one by one: the i-th at `arrived[i]`, where that is given.
    ///
    /// # Errors
    /// As [`count`](Panes::count).
    pub fn count_arrived(
        &mut self,
        reference: &Reference,
        schema: &Schema,
        batch: &Batch,
        arrived: &[Timestamp],
        now: Timestamp,
    ) -> Result<Taken, OtherReference> {
        self.check_reference(reference)?;
        let mut taken = Taken::default();
        let now = self.advance(now, &mut taken);
        self.history.begin(now);
        self.note_foreign(reference, schema);
        let keys = self.keys(schema, batch, arrived, now, &mut taken);
        self.count_rows(reference, schema, batch, &keys);
        self.totals.merge(&taken);
        Ok(taken)
    }

    /// Time has passed: what is too old is forgotten. Counting and merging do this too.
    pub fn forget_old(&mut self, now: Timestamp) {
        let now = self.latest.map_or(now, |latest| latest.max(now));
        self.latest = Some(now);
        let first = *self.kept(now).start();
        if self.panes.first_key_value().is_some_and(|(key, _)| *key < first) {
            self.panes = self.panes.split_off(&first);
        }
        self.history.forget_before(now);
    }

    /// Adds what others counted on the same reference by the same plan. The order in which many are added at one instant
    /// changes nothing. Others' clocks are believed as far as clocks may differ ([`max_skew`](Live::max_skew)) from `now`:
    /// what they counted later than that is left out for now, and makes nothing here too old.
    ///
    /// # Errors
    /// Panes on another reference, of another length, or counted on other cells or at other thresholds. Nothing is added
    /// then.
    pub fn merge(&mut self, other: &Panes, now: Timestamp) -> Result<(), OtherPanes> {
        if self.reference != other.reference {
            let (expected, found) = (self.reference, other.reference);
            return Err(OtherPanes::Reference(OtherReference { expected, found }));
        }
        let (own, theirs) = (&self.plan, &other.plan);
        if own.live.every != theirs.live.every {
            let (expected, found) = (own.live.every, theirs.live.every);
            return Err(OtherPanes::Length { expected, found });
        }
        if own.cut != theirs.cut || own.thresholds != theirs.thresholds {
            return Err(OtherPanes::Counting);
        }
        for (key, window) in other.panes.range(..=*self.kept(now).end()) {
            match self.panes.get_mut(key) {
                Some(own) => {
                    own.merge(window).map_err(OtherPanes::Reference)?;
                    own.keep_levels(MAX_PANE_LEVELS);
                }
                None => _ = self.panes.insert(*key, window.clone()),
            }
        }
        self.history.merge(&other.history, now);
        self.totals.merge(&other.totals);
        self.foreign.extend(other.foreign.iter().cloned());
        self.bound_foreign();
        if let Some(latest) = other.latest {
            self.forget_old(latest.min(now.later(self.plan.skew_micros())));
        }
        Ok(())
    }

    fn check_reference(&self, reference: &Reference) -> Result<(), OtherReference> {
        if self.reference == reference.id() {
            Ok(())
        } else {
            Err(OtherReference { expected: self.reference, found: reference.id() })
        }
    }

    /// The clock, never behind what it has shown.
    fn advance(&mut self, now: Timestamp, taken: &mut Taken) -> Timestamp {
        if self.latest.is_some_and(|latest| now < latest) {
            taken.clock_ran_back = 1;
        }
        self.forget_old(now);
        self.latest.unwrap_or(now)
    }

    fn note_foreign(&mut self, reference: &Reference, schema: &Schema) {
        for (at, field) in schema.fields.iter().enumerate() {
            if reference.position_from(at, &field.name).is_none() {
                self.foreign.insert(level_name(&field.name).into_owned());
            }
        }
        self.bound_foreign();
    }

    fn bound_foreign(&mut self) {
        while self.foreign.len() > MAX_FOREIGN_COLUMNS {
            self.foreign.pop_last();
        }
    }

    /// Panes that are kept at an instant.
    pub(super) fn kept(&self, now: Timestamp) -> RangeInclusive<i64> {
        let last = now.later(self.plan.skew_micros());
        self.key_of(now) - self.plan.panes_back()..=self.key_of(last)
    }

    /// Each row's pane; none for rows that are late or from the future.
    fn keys(
        &self,
        schema: &Schema,
        batch: &Batch,
        arrived: &[Timestamp],
        now: Timestamp,
        taken: &mut Taken,
    ) -> Vec<Option<i64>> {
        let clock = self.plan.clock.as_deref().and_then(|name| schema.position(name));
        let clock = clock.and_then(|at| batch.columns().get(at));
        let instants = clock.and_then(|column| match column.values() {
            Values::Timestamp(values) => Some((column, values)),
            _ => None,
        });
        let latest = now.later(self.plan.skew_micros());
        let first = *self.kept(now).start();
        let key = |row: usize| {
            let own = instants.and_then(|(column, values)| {
                values.get(row).copied().filter(|_| column.validity().get(row))
            });
            let at = own.or_else(|| arrived.get(row).copied()).unwrap_or(now);
            let key = self.key_of(at);
            if at > latest {
                taken.future += 1;
                None
            } else if key < first {
                taken.late += 1;
                None
            } else {
                taken.counted += 1;
                taken.by_arrival += u64::from(own.is_none());
                Some(key)
            }
        };
        (0..batch.rows()).map(key).collect()
    }

    fn count_rows(
        &mut self,
        reference: &Reference,
        schema: &Schema,
        batch: &Batch,
        keys: &[Option<i64>],
    ) {
        let runs = runs(keys);
        let places = ServicePlaces::new(&self.plan.service_columns(), schema);
        let service = places.rows(batch);
        for (rows, key) in &runs {
            let empty = || self.plan.empty_window(reference);
            let pane = self.panes.entry(*key).or_insert_with(empty);
            pane.add_rows(rows.len() as u64);
            let before = read_span(pane.service());
            rows.clone().for_each(|row| pane.service_mut().add(&service, row));
            let span = difference(read_span(pane.service()), &before);
            let start = Timestamp::from_micros(key.saturating_mul(self.plan.pane_micros()));
            self.history.add(start, &span);
        }
        let mut codes = Vec::new();
        for (at, (column, field)) in batch.columns().iter().zip(&schema.fields).enumerate() {
            let Some(place) = reference.position_from(at, &field.name) else { continue };
            let bins = &reference.columns()[place].bins;
            let text = matches!(bins, Bins::Levels(_)).then(|| column.levels_as_text()).flatten();
            let column = text.as_ref().unwrap_or(column);
            codes.clear();
            bins.codes(column, &mut codes);
            for (rows, key) in &runs {
                let Some(pane) = self.panes.get_mut(key) else { continue };
                let codes = &codes[rows.clone()];
                count_column(pane.column_mut(place), column, &self.tables[place], codes);
            }
        }
    }
}

/// Why panes were not merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherPanes {
    /// They count on another reference.
    Reference(OtherReference),
    /// They are of another length.
    Length {
        /// Of those that were to be added to.
        expected: Duration,
        /// Of those that were to be added.
        found: Duration,
    },
    /// They count on other cells, or latencies at other thresholds.
    Counting,
}

impl fmt::Display for OtherPanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OtherPanes::Reference(error) => error.fmt(f),
            OtherPanes::Length { expected, found } => {
                write!(f, "expected panes of {expected}, found panes of {found}")
            }
            OtherPanes::Counting => {
                f.write_str("expected panes on the same cells and thresholds, found others")
            }
        }
    }
}

impl core::error::Error for OtherPanes {}

/// Runs of rows of one pane: rows that come together mostly belong together.
fn runs(keys: &[Option<i64>]) -> Vec<(core::ops::Range<usize>, i64)> {
    let mut runs: Vec<(core::ops::Range<usize>, i64)> = Vec::new();
    for (row, key) in keys.iter().enumerate() {
        let Some(key) = *key else { continue };
        match runs.last_mut() {
            Some((rows, last)) if *last == key && rows.end == row => rows.end += 1,
            _ => runs.push((row..row + 1, key)),
        }
    }
    runs
}

fn count_column(counts: &mut Counts, column: &Column, table: &[u32], codes: &[Code]) {
    let mut novel: BTreeMap<u32, u64> = BTreeMap::new();
    for code in codes {
        let code = match *code {
            Code::Cell(cell) => Code::Cell(table.get(cell as usize).copied().unwrap_or(cell)),
            Code::Novel(level) => {
                *novel.entry(level).or_insert(0) += 1;
                Code::Novel(level)
            }
            code => code,
        };
        counts.add_code(code);
    }
    let Values::Text { dictionary, .. } = column.values() else { return };
    for (level, rows) in novel {
        if let Some(level) = dictionary.get(level) {
            counts.novel.add(&level_name(level), rows);
        }
    }
    counts.novel.keep(MAX_PANE_LEVELS);
}

/// Errors and slow answers of a pane so far.
fn read_span(service: &Service) -> Span {
    let latencies = service.latency.count();
    let slow = service.latency.thresholds().iter().map(|(_, within)| latencies - within);
    Span { errors: service.errors, latencies, slow: slow.collect() }
}

fn difference(mut after: Span, before: &Span) -> Span {
    let errors = &mut after.errors;
    errors.rows -= before.errors.rows;
    errors.errors -= before.errors.errors;
    errors.unreadable -= before.errors.unreadable;
    after.latencies -= before.latencies;
    for (after, before) in after.slow.iter_mut().zip(&before.slow) {
        *after -= before;
    }
    after
}
