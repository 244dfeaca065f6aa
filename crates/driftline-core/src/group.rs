//! Rows counted apart: by time, by their number, by file, by a column's level. One mechanism for windows and segments.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec,
    vec::Vec,
};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bins::{Bins, Cut, Resolution, level_name},
    codec::DecodeError,
    column::{Batch, Column, Values},
    counts::Code,
    duration::Duration,
    reference::Reference,
    service::{Service, ServiceColumns, ServicePlaces, ServiceRows},
    time::Timestamp,
    window::{StoredWindow, Window},
};

mod auto;

pub(crate) use auto::SHORTEST as SHORTEST_AUTO_WINDOW;

/// Groups that are told apart; rows past that are counted as left over.
pub const MAX_GROUPS: usize = 10_000;

/// Bytes that the counts of one grouping may take before further groups are left over: 512 MiB.
const MAX_GROUP_BYTES: usize = 512 << 20;

/// What a group's latencies and scores take, mostly.
const BYTES_OF_SERVICE: usize = 16 << 10;

/// How current rows are cut into windows: `1h`, `1d`, `5000rows`, `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("pattern" = r#"^(auto|[0-9]+ *rows|(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$"#)))]
#[serde(try_from = "String", into = "String")]
pub enum WindowSize {
    /// By time; windows begin at multiples of it since 1970-01-01T00:00:00Z, so that days begin at midnight UTC.
    Time(Duration),
    /// By number of rows.
    Rows(u64),
    /// By file, where there are several. Else by time, as long as the rows ask for: see [`GroupKey::Time`]; none at all
    /// where rows have no instants.
    Auto,
}

impl WindowSize {
    /// Reads a duration, a number of rows, or `auto`.
    pub fn parse(text: &str) -> Option<WindowSize> {
        if text == "auto" {
            return Some(WindowSize::Auto);
        }
        match text.strip_suffix("rows").map(str::trim_end) {
            Some(rows) => rows.parse().ok().filter(|rows| *rows > 0).map(WindowSize::Rows),
            None => Duration::parse(text).map(WindowSize::Time),
        }
    }
}

impl fmt::Display for WindowSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WindowSize::Time(duration) => duration.fmt(f),
            WindowSize::Rows(rows) => write!(f, "{rows}rows"),
            WindowSize::Auto => f.write_str("auto"),
        }
    }
}

impl From<WindowSize> for String {
    fn from(size: WindowSize) -> String {
        format!("{size}")
    }
}

impl TryFrom<String> for WindowSize {
    type Error = String;

    fn try_from(text: String) -> Result<WindowSize, String> {
        WindowSize::parse(&text).ok_or_else(|| {
            format!("expected a duration such as \"1h\", a number of rows such as \"5000rows\", or \"auto\", found \"{text}\"")
        })
    }
}

/// How rows are counted apart, on the PSI cells alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupBy {
    /// What rows of one group have in common.
    pub key: GroupKey,
    /// The cells that numbers are counted in.
    pub cut: Cut,
}

/// What rows of one group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupKey {
    /// A window of time. Windows begin at multiples of their length since 1970-01-01T00:00:00Z.
    Time {
        /// Place in the reference of the column of instants.
        column: usize,
        /// Length in microseconds.
        length: u64,
        /// Whether they become longer as rows come in: through minutes, hours and days, until there are at most 100, and
        /// in a report until they hold 300 rows on average, or are ten.
        is_auto: bool,
    },
    /// A run of so many rows.
    Rows(u64),
    /// The file that they came from.
    Files,
    /// A level of a column: one of its most frequent ones in the reference.
    Level {
        /// Place in the reference of the column of levels.
        column: usize,
        /// How many levels.
        top: usize,
    },
}

/// Rows counted apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Groups {
    /// How.
    pub by: GroupBy,
    /// The groups that rows fell into. The key is the number of the window since 1970, of the run of rows, of the file,
    /// or of the level in the reference. A file has one also where it has no rows.
    pub windows: BTreeMap<i64, Window>,
    /// Rows of no group: without a time, of a rare level, or past [`MAX_GROUPS`].
    pub left_over: u64,
    /// Whether there were more groups than are told apart.
    pub overflowed: bool,
}

/// Groups as they are stored; to be [checked](StoredGroups::check) against their reference.
#[derive(Deserialize)]
pub(crate) struct StoredGroups {
    by: GroupBy,
    windows: BTreeMap<i64, StoredWindow>,
    left_over: u64,
    overflowed: bool,
}

impl StoredGroups {
    pub(crate) fn check(self, reference: &Reference) -> Result<Groups, DecodeError> {
        let StoredGroups { by, windows, left_over, overflowed } = self;
        let fits = match by.key {
            GroupKey::Time { column, length, .. } => {
                column < reference.columns().len() && length > 0
            }
            GroupKey::Level { column, .. } => column < reference.columns().len(),
            GroupKey::Rows(rows) => rows > 0,
            GroupKey::Files => true,
        };
        if !fits {
            return Err(DecodeError::Malformed);
        }
        let window = |(key, window): (i64, StoredWindow)| Ok((key, window.check(reference)?));
        let windows = windows.into_iter().map(window).collect::<Result<_, DecodeError>>()?;
        Ok(Groups { by, windows, left_over, overflowed })
    }
}

impl Groups {
    /// Adds the other's groups, counted by the same rule on the same reference.
    pub fn merge(&mut self, mut other: Groups) {
        self.left_over += other.left_over;
        self.overflowed |= other.overflowed;
        if let (
            GroupKey::Time { length: own, is_auto: true, .. },
            GroupKey::Time { length: theirs, is_auto: true, .. },
        ) = (self.by.key, other.by.key)
        {
            self.lengthen(own.max(theirs));
            other.lengthen(own.max(theirs));
        }
        for (key, window) in other.windows {
            auto::add(&mut self.windows, key, window);
        }
        while let GroupKey::Time { length, is_auto: true, .. } = self.by.key
            && self.windows.len() > auto::MOST_WINDOWS
            && let Some(longer) = auto::next_length(length)
        {
            self.lengthen(longer);
        }
    }

    /// First instant and the one after the last of the group `key`, of windows of time.
    pub fn span(&self, key: i64) -> Option<(Timestamp, Timestamp)> {
        match self.by.key {
            GroupKey::Time { length, .. } => {
                let length = i64::try_from(length).unwrap_or(i64::MAX);
                let start = key.saturating_mul(length);
                let end = start.saturating_add(length);
                Some((Timestamp::from_micros(start), Timestamp::from_micros(end)))
            }
            GroupKey::Rows(_) | GroupKey::Files | GroupKey::Level { .. } => None,
        }
    }
}

impl Groups {
    /// First row of the group `key`, of runs of rows and of files.
    pub fn first_row(&self, key: i64) -> Option<u64> {
        match self.by.key {
            GroupKey::Rows(size) => u64::try_from(key).ok().map(|key| key.saturating_mul(size)),
            GroupKey::Files => Some(self.windows.range(..key).map(|(_, file)| file.rows()).sum()),
            GroupKey::Time { .. } | GroupKey::Level { .. } => None,
        }
    }
}

/// Counts the rows of batches apart.
#[derive(Clone, Debug)]
pub(crate) struct GroupCounter {
    groupings: Vec<Grouping>,
    /// What each row of the column at hand is counted as: kept to be used again.
    codes: Vec<Code>,
}

#[derive(Clone, Debug)]
struct Grouping {
    by: GroupBy,
    /// Place of each key in `windows`.
    places: BTreeMap<i64, usize>,
    windows: Vec<(i64, Window)>,
    /// For each column of the reference that is a grid: the PSI cell of each grid cell.
    tables: Vec<Vec<u32>>,
    most_groups: usize,
    left_over: u64,
    overflowed: bool,
    /// For each row of the batch at hand its group, [`NO_GROUP`] where it has none.
    groups: Vec<u32>,
    /// What a group's service begins with.
    service: Service,
    /// Number of the file at hand.
    file: i64,
}

const NO_GROUP: u32 = u32::MAX;

/// Levels that come as something else than text.
fn levels_as_text(bins: &Bins, column: &Column) -> Option<Column> {
    matches!(bins, Bins::Levels(_)).then(|| column.levels_as_text()).flatten()
}

impl GroupCounter {
    pub(crate) fn new(
        reference: &Reference,
        by: &[GroupBy],
        service: &ServiceColumns,
    ) -> GroupCounter {
        let empty = Service::of_group(service);
        let mut groupings: Vec<Grouping> =
            by.iter().map(|by| Grouping::new(reference, *by, &empty)).collect();
        for grouping in groupings.iter_mut().filter(|g| g.by.key == GroupKey::Files) {
            grouping.group_of(reference, 0);
        }
        GroupCounter { groupings, codes: Vec::new() }
    }

    /// Counts a batch whose first row is row `first_row` of the file; `places` says for each of its columns where that
    /// is in the reference.
    pub(crate) fn count(
        &mut self,
        reference: &Reference,
        batch: &Batch,
        places: &[Option<usize>],
        first_row: u64,
        service: &ServicePlaces,
    ) {
        if self.groupings.is_empty() {
            return;
        }
        for grouping in &mut self.groupings {
            grouping.assign(reference, batch, places, first_row);
        }
        if !service.is_empty() {
            let rows = service.rows(batch);
            for grouping in &mut self.groupings {
                grouping.count_service(&rows);
            }
        }
        for (column, place) in batch.columns().iter().zip(places) {
            let Some(place) = *place else { continue };
            let bins = &reference.columns()[place].bins;
            let text = levels_as_text(bins, column);
            let column = text.as_ref().unwrap_or(column);
            self.codes.clear();
            bins.codes(column, &mut self.codes);
            for grouping in &mut self.groupings {
                grouping.count(place, column, &self.codes);
                grouping.widen_span(place, column);
            }
        }
    }

    /// What is counted from now on is of another file.
    pub(crate) fn begin_file(&mut self, reference: &Reference) {
        for grouping in self.groupings.iter_mut().filter(|g| g.by.key == GroupKey::Files) {
            grouping.file += 1;
            grouping.group_of(reference, grouping.file);
        }
    }

    pub(crate) fn finish(self) -> Vec<Groups> {
        let groups = |grouping: Grouping| {
            let mut windows = BTreeMap::new();
            windows.extend(grouping.windows);
            Groups {
                by: grouping.by,
                windows,
                left_over: grouping.left_over,
                overflowed: grouping.overflowed,
            }
        };
        self.groupings.into_iter().map(groups).collect()
    }
}

impl Grouping {
    fn new(reference: &Reference, by: GroupBy, service: &Service) -> Grouping {
        let columns = reference.columns().iter();
        let cells: usize = columns.clone().map(|c| c.bins.cells(Resolution::Psi(by.cut))).sum();
        let table = |bins: &Bins| match bins {
            Bins::Grid(grid) => {
                let mut table = vec![0; grid.cells()];
                let mut start = 0;
                for (psi_cell, end) in grid.cut(by.cut).into_iter().enumerate() {
                    table[start..end].fill(psi_cell as u32);
                    start = end;
                }
                table
            }
            _ => Vec::new(),
        };
        Grouping {
            by,
            places: BTreeMap::new(),
            windows: Vec::new(),
            tables: columns.map(|column| table(&column.bins)).collect(),
            most_groups: (MAX_GROUP_BYTES / (8 * cells + BYTES_OF_SERVICE)).clamp(1, MAX_GROUPS),
            left_over: 0,
            overflowed: false,
            groups: Vec::new(),
            service: service.clone(),
            file: 0,
        }
    }

    /// Finds each row's group.
    fn assign(
        &mut self,
        reference: &Reference,
        batch: &Batch,
        places: &[Option<usize>],
        first_row: u64,
    ) {
        let column_at = |wanted: usize| {
            let at = places.iter().position(|place| *place == Some(wanted))?;
            batch.columns().get(at)
        };
        let mut keys: Vec<Option<i64>> = match self.by.key {
            GroupKey::Rows(size) => (0..batch.rows() as u64)
                .map(|row| i64::try_from((first_row + row) / size.max(1)).ok())
                .collect(),
            GroupKey::Time { column, length, .. } => {
                match column_at(column).map(|c| (c, c.values())) {
                    Some((column, Values::Timestamp(values))) => {
                        let length = i64::try_from(length.max(1)).unwrap_or(i64::MAX);
                        let key = |(row, value): (usize, &Timestamp)| {
                            column.validity().get(row).then(|| value.micros().div_euclid(length))
                        };
                        values.iter().enumerate().map(key).collect()
                    }
                    _ => vec![None; batch.rows()],
                }
            }
            GroupKey::Files => vec![Some(self.file); batch.rows()],
            GroupKey::Level { column: place, top } => match column_at(place) {
                Some(column) => {
                    let bins = &reference.columns()[place].bins;
                    let text = levels_as_text(bins, column);
                    let mut codes = Vec::new();
                    bins.codes(text.as_ref().unwrap_or(column), &mut codes);
                    let key = |code: Code| match code {
                        Code::Cell(cell) => Some(i64::from(cell)).filter(|_| (cell as usize) < top),
                        _ => None,
                    };
                    codes.into_iter().map(key).collect()
                }
                None => vec![None; batch.rows()],
            },
        };
        self.lengthen_for(&mut keys);
        self.groups.clear();
        let mut last = None;
        for key in keys {
            let group = match (key, last) {
                (None, _) => NO_GROUP,
                // Rows of one group mostly come together.
                (Some(key), Some((last_key, last_group))) if key == last_key => last_group,
                (Some(key), _) => {
                    let group = self.group_of(reference, key);
                    last = Some((key, group));
                    group
                }
            };
            match self.windows.get_mut(group as usize) {
                Some((_, window)) => window.add_rows(1),
                None => self.left_over += 1,
            }
            self.groups.push(group);
        }
    }

    /// Puts windows together until those of the batch and those that are there are few enough.
    fn lengthen_for(&mut self, keys: &mut [Option<i64>]) {
        while let GroupKey::Time { column, length, is_auto: true } = self.by.key
            && self.n_windows_with(keys) > auto::MOST_WINDOWS
            && let Some(longer) = auto::next_length(length)
        {
            for key in keys.iter_mut().flatten() {
                *key = auto::rescaled(*key, length, longer);
            }
            let mut groups =
                Groups { by: self.by, windows: BTreeMap::new(), left_over: 0, overflowed: false };
            groups.windows.extend(core::mem::take(&mut self.windows));
            groups.lengthen(longer);
            self.by.key = GroupKey::Time { column, length: longer, is_auto: true };
            self.windows.extend(groups.windows);
            self.places.clear();
            self.places.extend(self.windows.iter().enumerate().map(|(at, (key, _))| (*key, at)));
        }
    }

    /// How many windows there would be, told as far as that is too many.
    fn n_windows_with(&self, keys: &[Option<i64>]) -> usize {
        let mut new = BTreeSet::new();
        let mut last = None;
        for key in keys.iter().flatten() {
            if last != Some(key) && !self.places.contains_key(key) {
                new.insert(key);
                if self.windows.len() + new.len() > auto::MOST_WINDOWS {
                    break;
                }
            }
            last = Some(key);
        }
        self.windows.len() + new.len()
    }

    fn group_of(&mut self, reference: &Reference, key: i64) -> u32 {
        if let Some(group) = self.places.get(&key) {
            return *group as u32;
        }
        if self.windows.len() >= self.most_groups {
            self.overflowed = true;
            return NO_GROUP;
        }
        let group = self.windows.len();
        self.places.insert(key, group);
        let window = Window::empty(reference, Resolution::Psi(self.by.cut))
            .with_service(self.service.clone());
        self.windows.push((key, window));
        group as u32
    }

    fn count_service(&mut self, rows: &ServiceRows<'_>) {
        for (row, group) in self.groups.iter().enumerate() {
            if let Some((_, window)) = self.windows.get_mut(*group as usize) {
                window.service_mut().add(rows, row);
            }
        }
    }

    /// Keeps the instants that a file's rows cover; other groups know theirs.
    fn widen_span(&mut self, place: usize, column: &Column) {
        if self.by.key == GroupKey::Files
            && let Some(group) = self.places.get(&self.file)
            && let Some((_, window)) = self.windows.get_mut(*group)
        {
            window.column_mut(place).widen_to(column);
        }
    }

    fn count(&mut self, place: usize, column: &Column, codes: &[Code]) {
        let table = &self.tables[place];
        let mut novel: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (group, code) in self.groups.iter().zip(codes) {
            let Some((_, window)) = self.windows.get_mut(*group as usize) else { continue };
            let code = match *code {
                Code::Cell(cell) => Code::Cell(table.get(cell as usize).copied().unwrap_or(cell)),
                Code::Novel(level) => {
                    *novel.entry((*group, level)).or_insert(0) += 1;
                    Code::Novel(level)
                }
                code => code,
            };
            window.column_mut(place).add_code(code);
        }
        let Values::Text { dictionary, .. } = column.values() else { return };
        for ((group, level), rows) in novel {
            let Some((_, window)) = self.windows.get_mut(group as usize) else { continue };
            if let Some(level) = dictionary.get(level) {
                window.column_mut(place).novel.add(&level_name(level), rows);
            }
        }
    }
}
