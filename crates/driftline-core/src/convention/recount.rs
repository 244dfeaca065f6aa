//! The second reading: what tools count that bin both sides together, or by the reference's smallest and largest value.
//!
//! After the first reading extremes and numbers of rows are known; [`Counting::convention_plan`] says what to count, and
//! one [`ConventionCounter`] goes through the baseline and then through the current file. How many cells a tool would
//! take may depend on what is known only at the end (different values, skewness): rows are counted between the edges of
//! every number of cells that is possible, so that there is no third reading. Memory is bounded by the plan.
//!
//! [`Counting::convention_plan`]: crate::counting::Counting::convention_plan

use serde::{Deserialize, Serialize};

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    Convention,
    distinct::Distinct,
    evidently,
    histogram::{EdgeCounts, Edges},
    nannyml,
};
use crate::{
    bins::{Bins, MAX_LEVELS_TOLD_APART, level_name},
    column::{Batch, Bitmap, Column, Values},
    counts::{Counts, for_each_level},
    num::{self, ExactSum},
    reference::{Reference, ReferenceColumn, ReferenceId},
    schema::Schema,
    window::Window,
};

/// What a second reading counts for a convention.
#[derive(Clone, Debug)]
pub struct ConventionPlan {
    convention: Convention,
    reference: ReferenceId,
    /// Rows of a run of the baseline that is counted apart; `None`: all in one.
    chunk_rows: Option<u64>,
    columns: Vec<ColumnPlan>,
    /// Name of the column that says when a row was, where rows are selected by time.
    clock: Option<String>,
}

/// What is counted of a column.
#[derive(Clone, Debug)]
pub(super) enum ColumnPlan {
    Nothing,
    Levels,
    Numbers(NumberPlan),
}

/// What is counted of a column of numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct NumberPlan {
    /// Edges that rows are counted between, the baseline's run by run.
    pub(super) edges: Edges,
    /// The same with many edges, the baseline's in one run where they would take too much memory.
    pub(super) fine: Option<(Edges, ByChunk)>,
    /// Numbers that are told apart while the baseline has no more of them, and the most of both sides.
    pub(super) values: Option<(usize, usize)>,
    /// Bytes for counting different numbers, where they are counted.
    pub(super) distinct_bytes: Option<u64>,
    /// Whether the baseline's numbers are kept, run by run.
    pub(super) keeps_baseline: bool,
    /// How far current numbers lie outside, added up.
    pub(super) outside: Option<(f64, f64)>,
    /// Where powers of the numbers are taken from, and their unit.
    pub(super) powers: Option<(f64, f64)>,
}

/// Whether runs of the baseline are counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ByChunk {
    Apart,
    Together,
}

/// A column's numbers after the first reading: smallest and largest on either side and on both, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstReading {
    pub(super) baseline: (f64, f64),
    pub(super) both: (f64, f64),
    pub(super) n: u64,
    pub(super) m: u64,
    /// A middle value of the baseline.
    pub(super) middle: f64,
    /// Bytes that the column may take.
    pub(super) most_bytes: u64,
}

impl ConventionPlan {
    /// What to count for `convention`; `None` where the first reading has it all, or the tool would not say anything.
    /// `wanted` says which columns are compared.
    pub(crate) fn new(
        convention: Convention,
        reference: &Reference,
        window: &Window,
        budget_bytes: u64,
        clock: Option<String>,
        wanted: impl Fn(usize) -> bool,
    ) -> Option<ConventionPlan> {
        let chunk_rows = match convention {
            Convention::Evidently => None,
            Convention::Nannyml => Some(nannyml::chunk_rows(reference.rows())?),
            Convention::Driftline | Convention::Textbook | Convention::CreditRisk => return None,
        };
        let most_bytes = budget_bytes / reference.columns().len().max(1) as u64;
        let columns = reference.columns().iter().zip(window.columns()).enumerate();
        let plan =
            |(at, (column, current)): (usize, (&ReferenceColumn, &Counts))| match &column.bins {
                _ if !wanted(at) => ColumnPlan::Nothing,
                Bins::Levels(_) => ColumnPlan::Levels,
                Bins::Grid(grid) => {
                    let middle = grid.quantile(500).unwrap_or(0.0);
                    match first_reading(&column.counts, current, middle, most_bytes) {
                        None => ColumnPlan::Nothing,
                        Some(first) if convention == Convention::Evidently => {
                            ColumnPlan::Numbers(evidently::plan(&first))
                        }
                        Some(first) => ColumnPlan::Numbers(nannyml::plan(&first)),
                    }
                }
                Bins::Instants | Bins::Identifier => ColumnPlan::Nothing,
            };
        let columns = columns.map(plan).collect();
        Some(ConventionPlan { convention, reference: reference.id(), chunk_rows, columns, clock })
    }

    /// For which convention.
    pub fn convention(&self) -> Convention {
        self.convention
    }
}

/// `None` where there is nothing to cut: a side without numbers, or a range beyond the doubles.
fn first_reading(
    baseline: &Counts,
    current: &Counts,
    middle: f64,
    most_bytes: u64,
) -> Option<FirstReading> {
    let ((min, max), (current_min, current_max)) = (baseline.extremes?, current.extremes?);
    let both = (min.min(current_min), max.max(current_max));
    let finite = |counts: &Counts| counts.cells.iter().sum();
    (both.1 - both.0).is_finite().then(|| FirstReading {
        baseline: (min, max),
        both,
        n: finite(baseline),
        m: finite(current),
        middle,
        most_bytes,
    })
}

/// Counts the baseline, then the current file, as a [`ConventionPlan`] says.
#[derive(Clone, Debug)]
pub struct ConventionCounter {
    plan: ConventionPlan,
    columns: Vec<ColumnTally>,
    /// Rows of the baseline and of the current file so far.
    rows: [u64; 2],
    at_current: bool,
}

#[derive(Clone, Debug)]
enum ColumnTally {
    Nothing,
    Levels(LevelTally),
    Numbers(Box<NumberTally>),
}

#[derive(Clone, Debug, Default)]
struct LevelTally {
    places: BTreeMap<String, usize>,
    levels: Vec<LevelRows>,
    rest: u64,
}

/// Rows of one level.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LevelRows {
    /// By run of the baseline; runs without such a row may be left out at the end.
    pub(super) chunks: Vec<u64>,
    pub(super) current: u64,
}

impl LevelRows {
    pub(super) fn baseline(&self) -> u64 {
        self.chunks.iter().sum()
    }
}

#[derive(Clone, Debug)]
struct NumberTally {
    plan: NumberPlan,
    values: Option<BTreeMap<u64, (u64, u64)>>,
    values_overflowed: bool,
    distinct: Option<Distinct>,
    rows: SideCounts,
    fine: Option<SideCounts>,
    baseline_values: Vec<Vec<f64>>,
    powers: Powers,
    current_powers: Powers,
    below: ExactSum,
    above: ExactSum,
}

impl ConventionCounter {
    /// A counter for the baseline and then the current file.
    pub fn new(plan: ConventionPlan) -> ConventionCounter {
        let tally = |column: &ColumnPlan| match column {
            ColumnPlan::Nothing => ColumnTally::Nothing,
            ColumnPlan::Levels => ColumnTally::Levels(LevelTally::default()),
            ColumnPlan::Numbers(plan) => {
                ColumnTally::Numbers(Box::new(NumberTally::new(plan.clone())))
            }
        };
        let columns = plan.columns.iter().map(tally).collect();
        ConventionCounter { plan, columns, rows: [0; 2], at_current: false }
    }

    /// For each column of a file its place in the reference, by name.
    pub fn places(reference: &Reference, schema: &Schema) -> Vec<Option<usize>> {
        schema.fields.iter().map(|field| reference.position(&field.name)).collect()
    }

    /// Name of the column that says when a row was.
    pub fn clock(&self) -> Option<&str> {
        self.plan.clock.as_deref()
    }

    /// Rows of the file at hand so far.
    pub fn rows(&self) -> u64 {
        self.rows[usize::from(self.at_current)]
    }

    /// Counts a batch of the file at hand; `places` says where its columns are in the reference.
    pub fn count(&mut self, batch: &Batch, places: &[Option<usize>]) {
        if self.at_current {
            self.count_columns(batch, places, None);
            self.rows[1] += batch.rows() as u64;
            return;
        }
        let rows = batch.rows();
        let mut start = 0;
        while start < rows {
            let (chunk, end) = match self.plan.chunk_rows {
                Some(chunk_rows) => {
                    let chunk = self.rows[0] / chunk_rows.max(1);
                    let left = (chunk + 1).saturating_mul(chunk_rows.max(1)) - self.rows[0];
                    (chunk, rows.min(start.saturating_add(usize::try_from(left).unwrap_or(rows))))
                }
                None => (0, rows),
            };
            // More only where the file is no longer the one that was planned for.
            let chunk = usize::try_from(chunk)
                .map_or(nannyml::MOST_CHUNKS, |chunk| chunk.min(nannyml::MOST_CHUNKS));
            if start == 0 && end == rows {
                self.count_columns(batch, places, Some(chunk));
            } else {
                let part = batch.select(&Bitmap::from_fn(rows, |row| (start..end).contains(&row)));
                self.count_columns(&part, places, Some(chunk));
            }
            self.rows[0] += (end - start) as u64;
            start = end;
        }
    }

    /// Counts rows of one run of the baseline, or of the current file.
    fn count_columns(&mut self, batch: &Batch, places: &[Option<usize>], chunk: Option<usize>) {
        for (column, place) in batch.columns().iter().zip(places) {
            let Some(tally) = place.and_then(|place| self.columns.get_mut(place)) else { continue };
            match tally {
                ColumnTally::Nothing => {}
                ColumnTally::Levels(levels) => levels.count(column, chunk),
                ColumnTally::Numbers(numbers) => numbers.count(column, chunk),
            }
        }
    }

    /// Ends a file: after the baseline comes the current one.
    pub fn end_file(&mut self) {
        self.at_current = true;
    }

    /// What both files hold.
    pub fn finish(self) -> ConventionCounts {
        let finish = |tally| match tally {
            ColumnTally::Nothing => None,
            ColumnTally::Levels(levels) => {
                Some(ColumnCounts::Levels(LevelCounts { levels: levels.levels, rest: levels.rest }))
            }
            ColumnTally::Numbers(numbers) => {
                Some(ColumnCounts::Numbers(Box::new(numbers.finish())))
            }
        };
        ConventionCounts {
            convention: self.plan.convention,
            reference: self.plan.reference,
            rows: self.rows,
            columns: self.columns.into_iter().map(finish).collect(),
        }
    }
}

impl LevelTally {
    fn count(&mut self, column: &Column, chunk: Option<usize>) {
        for_each_level(column, |text, rows| {
            let name = level_name(text);
            let place = match self.places.get(name.as_ref()) {
                Some(place) => *place,
                None if self.levels.len() >= 2 * MAX_LEVELS_TOLD_APART => {
                    self.rest += rows;
                    return;
                }
                None => {
                    self.places.insert(name.to_string(), self.levels.len());
                    self.levels.push(LevelRows::default());
                    self.levels.len() - 1
                }
            };
            let level = &mut self.levels[place];
            match chunk {
                None => level.current += rows,
                Some(chunk) => *entry(&mut level.chunks, chunk, || 0) += rows,
            }
        });
    }
}

/// The element at `at`, with `empty` ones before it where there are fewer.
fn entry<T>(list: &mut Vec<T>, at: usize, empty: impl Fn() -> T) -> &mut T {
    while list.len() <= at {
        list.push(empty());
    }
    &mut list[at]
}

impl NumberTally {
    fn new(plan: NumberPlan) -> NumberTally {
        NumberTally {
            values: plan.values.map(|_| BTreeMap::new()),
            values_overflowed: false,
            distinct: plan.distinct_bytes.map(Distinct::new),
            rows: SideCounts::new(plan.edges.clone(), ByChunk::Apart),
            fine: plan.fine.clone().map(|(edges, by_chunk)| SideCounts::new(edges, by_chunk)),
            baseline_values: Vec::new(),
            powers: Powers::default(),
            current_powers: Powers::default(),
            below: ExactSum::default(),
            above: ExactSum::default(),
            plan,
        }
    }

    fn count(&mut self, column: &Column, chunk: Option<usize>) {
        let Values::Number(values) = column.values() else { return };
        let all = column.validity().is_all_set();
        let valid = values.iter().enumerate().filter(|(i, _)| all || column.validity().get(*i));
        // Adding 0 turns −0 into 0 and changes nothing else.
        let finite = valid.map(|(_, value)| *value + 0.0).filter(|value| value.is_finite());
        match chunk {
            Some(chunk) => finite.for_each(|value| self.add_baseline(value, chunk)),
            None => finite.for_each(|value| self.add_current(value)),
        }
    }

    fn add_baseline(&mut self, value: f64, chunk: usize) {
        if let Some(values) = &mut self.values {
            values.entry(value.to_bits()).or_insert((0, 0)).0 += 1;
            if self.plan.values.is_some_and(|(most, _)| values.len() > most) {
                self.values = None;
            }
        }
        if let Some(distinct) = &mut self.distinct {
            distinct.add(value);
        }
        for rows in [Some(&mut self.rows), self.fine.as_mut()].into_iter().flatten() {
            rows.add_baseline(value, chunk);
        }
        if self.plan.keeps_baseline {
            entry(&mut self.baseline_values, chunk, Vec::new).push(value);
        }
        if let Some((origin, unit)) = self.plan.powers {
            self.powers.add((value - origin) / unit);
        }
    }

    fn add_current(&mut self, value: f64) {
        if let Some(values) = &mut self.values {
            let is_full = self.plan.values.is_some_and(|(_, most)| values.len() >= most);
            match values.get_mut(&value.to_bits()) {
                Some(rows) => rows.1 += 1,
                None if is_full => self.values_overflowed = true,
                None => {
                    values.insert(value.to_bits(), (0, 1));
                }
            }
        }
        if let Some(distinct) = &mut self.distinct {
            distinct.add(value);
        }
        for rows in [Some(&mut self.rows), self.fine.as_mut()].into_iter().flatten() {
            rows.add_current(value);
        }
        if let Some((origin, unit)) = self.plan.powers {
            self.current_powers.add((value - origin) / unit);
        }
        if let Some((first, last)) = self.plan.outside {
            if value < first {
                self.below.add(first - value);
            } else if value > last {
                self.above.add(value - last);
            }
        }
    }

    fn finish(self) -> NumberCounts {
        let values = self.values.map(|values| values.into_values().collect());
        let mut chunk_values = self.baseline_values;
        for values in &mut chunk_values {
            values.sort_unstable_by(f64::total_cmp);
        }
        let (n, m) = (self.rows.baseline.total(), self.rows.current.total());
        let scaled = |moments: Option<Moments>| {
            let (_, unit) = self.plan.powers?;
            moments.map(|Moments { mean, variance, skewness }| Moments {
                mean: mean * unit,
                variance: variance * unit * unit,
                skewness,
            })
        };
        NumberCounts {
            n,
            moments: scaled(self.powers.moments(n)),
            current_moments: scaled(self.current_powers.moments(m)),
            m,
            rows: self.rows,
            fine: self.fine,
            values,
            values_overflowed: self.values_overflowed,
            distinct: self.distinct.map(Distinct::finish),
            chunk_values,
            below: self.below.total(),
            above: self.above.total(),
        }
    }
}

/// Rows of either side between edges.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SideCounts {
    pub(super) edges: Edges,
    pub(super) baseline: EdgeCounts,
    /// The baseline run by run; none where they are not counted apart.
    pub(super) chunks: Vec<EdgeCounts>,
    pub(super) current: EdgeCounts,
    by_chunk: ByChunk,
}

impl SideCounts {
    fn new(edges: Edges, by_chunk: ByChunk) -> SideCounts {
        let (baseline, current) = (edges.counts(), edges.counts());
        SideCounts { edges, baseline, chunks: Vec::new(), current, by_chunk }
    }

    #[inline]
    fn add_baseline(&mut self, value: f64, chunk: usize) {
        let cell = self.edges.cell_of(value);
        self.baseline.add(cell);
        if self.by_chunk == ByChunk::Apart {
            entry(&mut self.chunks, chunk, || self.edges.counts()).add(cell);
        }
    }

    #[inline]
    fn add_current(&mut self, value: f64) {
        self.current.add(self.edges.cell_of(value));
    }
}

/// Sums of the first three powers, in any order the same.
#[derive(Clone, Debug, Default)]
struct Powers([ExactSum; 3]);

impl Powers {
    fn add(&mut self, value: f64) {
        let [first, second, third] = &mut self.0;
        first.add(value);
        second.add(value * value);
        third.add(value * value * value);
    }

    fn moments(&self, n: u64) -> Option<Moments> {
        let n = Some(n as f64).filter(|n| *n > 0.0)?;
        let [first, second, third] = &self.0;
        let (mean, second, third) = (first.total() / n, second.total() / n, third.total() / n);
        let variance = (second - mean * mean).max(0.0);
        let cubes = third - 3.0 * mean * second + 2.0 * mean * mean * mean;
        let skewness = cubes / (variance * num::sqrt(variance));
        Some(Moments { mean, variance, skewness: Some(skewness).filter(|s| s.is_finite()) })
    }
}

/// Moments of some numbers; the mean counts from a middle value of the baseline.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Moments {
    pub(super) mean: f64,
    /// With the number of values in the denominator.
    pub(super) variance: f64,
    /// Of the population; `None` of no spread.
    pub(super) skewness: Option<f64>,
}

/// What a second reading counted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConventionCounts {
    convention: Convention,
    reference: ReferenceId,
    rows: [u64; 2],
    columns: Vec<Option<ColumnCounts>>,
}

impl ConventionCounts {
    /// For which convention.
    pub fn convention(&self) -> Convention {
        self.convention
    }

    /// A column's counts, where they are of these two samples.
    pub(crate) fn column(
        &self,
        convention: Convention,
        reference: &Reference,
        window: &Window,
        at: usize,
    ) -> Option<&ColumnCounts> {
        let are_theirs = self.convention == convention
            && self.reference == reference.id()
            && self.rows == [reference.rows(), window.rows()];
        self.columns.get(at)?.as_ref().filter(|_| are_theirs)
    }
}

/// What a second reading counted of a column.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum ColumnCounts {
    Levels(LevelCounts),
    Numbers(Box<NumberCounts>),
}

/// Rows by level.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LevelCounts {
    pub(super) levels: Vec<LevelRows>,
    /// Rows of never-seen levels that were too many to tell apart.
    pub(super) rest: u64,
}

/// Rows by value and between edges.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NumberCounts {
    /// Numbers of the baseline.
    pub(super) n: u64,
    /// Numbers of the current file.
    pub(super) m: u64,
    pub(super) rows: SideCounts,
    /// Between many edges, where they were planned.
    pub(super) fine: Option<SideCounts>,
    /// Rows on either side by value, where the baseline has few.
    pub(super) values: Option<Vec<(u64, u64)>>,
    /// Whether current values were too many to tell apart.
    pub(super) values_overflowed: bool,
    /// Different numbers on both sides together, where they were planned, and whether they were counted exactly.
    pub(super) distinct: Option<(u64, bool)>,
    /// The baseline's numbers by run, ascending.
    pub(super) chunk_values: Vec<Vec<f64>>,
    /// Of the baseline.
    /// Of the baseline and of the current numbers, where they were planned.
    pub(super) moments: Option<Moments>,
    pub(super) current_moments: Option<Moments>,
    /// How far current numbers lie below and above what was planned, added up.
    pub(super) below: f64,
    pub(super) above: f64,
}
