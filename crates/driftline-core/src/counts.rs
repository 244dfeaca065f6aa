//! Whole numbers that say what some rows of one column hold. Adding two of them is integer addition: any order, any
//! machine, the same bytes.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{
    bins::{Bins, Grid, Levels, Resolution, level_hash, level_name},
    column::{Bitmap, Column, Dictionary, Values},
    moments::Moments,
    time::Timestamp,
};

/// Never-seen levels that are told apart, by smallest hash; past that the column is an identifier.
pub const MAX_NOVEL_LEVELS: usize = 1000;

/// Rows that a stored window or reference may count: whole numbers that every reader of JSON keeps exactly.
pub(crate) const MAX_ROWS: u64 = 1 << 53;

/// Counts of one column: every row is in exactly one of the fields but `rows`, if the column is counted into cells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of files that have the column.
    pub rows: u64,
    /// Rows by cell of the column's bins.
    pub cells: Vec<u64>,
    /// Rows whose value the reference has never seen, by level.
    pub novel: NovelLevels,
    /// Rows that hold nothing.
    pub missing: u64,
    /// Rows that hold something which is not of the column's kind.
    pub unreadable: u64,
    /// Rows that hold NaN.
    pub nan: u64,
    /// Rows that hold −∞.
    pub negative_infinity: u64,
    /// Rows that hold +∞.
    pub positive_infinity: u64,
    /// The earliest and the latest instant, of a column of instants.
    pub span: Option<(i64, i64)>,
    /// The smallest and the largest finite number, of a column of numbers counted on the fine grid.
    pub extremes: Option<(f64, f64)>,
    /// Sums of the finite numbers in units of the grid's scale; of no number where the grid has none, or where only
    /// the PSI cells are counted.
    pub moments: Moments,
}

impl Counts {
    pub(crate) fn empty(bins: &Bins, resolution: Resolution) -> Counts {
        Counts { cells: vec![0; bins.cells(resolution)], ..Counts::default() }
    }

    /// Rows that hold a value which was counted into a cell, never-seen levels and infinities included.
    pub fn counted(&self) -> u64 {
        self.cells.iter().sum::<u64>()
            + self.novel.rows
            + self.negative_infinity
            + self.positive_infinity
    }

    /// The earliest and the latest instant, of a column of instants.
    pub fn instants(&self) -> Option<(Timestamp, Timestamp)> {
        self.span.map(|(first, last)| (Timestamp::from_micros(first), Timestamp::from_micros(last)))
    }

    /// Saturates: 2⁶⁴ rows are more than anybody has, but a stored window may claim them.
    pub(crate) fn merge(&mut self, other: &Counts) {
        let add = |own: &mut u64, theirs: u64| *own = own.saturating_add(theirs);
        add(&mut self.rows, other.rows);
        for (own, theirs) in self.cells.iter_mut().zip(&other.cells) {
            add(own, *theirs);
        }
        self.novel.merge(&other.novel);
        add(&mut self.missing, other.missing);
        add(&mut self.unreadable, other.unreadable);
        add(&mut self.nan, other.nan);
        add(&mut self.negative_infinity, other.negative_infinity);
        add(&mut self.positive_infinity, other.positive_infinity);
        if let Some((first, last)) = other.span {
            self.widen_span(first, last);
        }
        if let Some((min, max)) = other.extremes {
            self.widen_extremes(min, max);
        }
        self.moments.merge(&other.moments);
    }

    pub(crate) fn widen_extremes(&mut self, min: f64, max: f64) {
        let (own_min, own_max) = self.extremes.unwrap_or((min, max));
        // Adding 0 turns −0 into 0: which of the two came first must not show.
        self.extremes = Some((own_min.min(min) + 0.0, own_max.max(max) + 0.0));
    }

    fn widen_span(&mut self, first: i64, last: i64) {
        let (own_first, own_last) = self.span.unwrap_or((first, last));
        self.span = Some((own_first.min(first), own_last.max(last)));
    }

    /// Whether stored counts are counts: on these bins, each of at most `rows` rows in exactly one field. Everything
    /// behind relies on it.
    pub(crate) fn add_up(&self, bins: &Bins, resolution: Resolution, rows: u64) -> bool {
        let total = self
            .cells
            .iter()
            .chain([
                &self.novel.rows,
                &self.missing,
                &self.unreadable,
                &self.nan,
                &self.negative_infinity,
                &self.positive_infinity,
            ])
            .try_fold(0_u64, |total, count| total.checked_add(*count));
        let told_apart = matches!(bins, Bins::Grid(_) | Bins::Levels(_));
        self.cells.len() == bins.cells(resolution)
            && self.rows <= rows
            && self
                .extremes
                .is_none_or(|(min, max)| is_extreme(min) && is_extreme(max) && min <= max)
            && self.moments.n <= self.rows
            && self.moments.add_up()
            && total.is_some_and(
                |total| if told_apart { total == self.rows } else { total <= self.rows },
            )
    }

    /// Counts what every kind of column has: rows, missing, unreadable.
    pub(crate) fn count_slots(&mut self, column: &Column) {
        self.rows += column.len() as u64;
        self.missing += column.missing();
        self.unreadable += column.unreadable();
    }

    /// Counts a number that is not finite; says whether it was one.
    #[inline]
    pub(crate) fn count_special(&mut self, value: f64) -> bool {
        if value.is_finite() {
            return false;
        }
        if value.is_nan() {
            self.nan += 1;
        } else if value > 0.0 {
            self.positive_infinity += 1;
        } else {
            self.negative_infinity += 1;
        }
        true
    }

    /// Counts a column of instants: slots, and the span they cover.
    pub(crate) fn count_instants(&mut self, column: &Column) {
        self.count_slots(column);
        self.widen_to(column);
    }

    /// Widens the span to the instants of a column.
    pub(crate) fn widen_to(&mut self, column: &Column) {
        if let Values::Timestamp(values) = column.values() {
            for (i, value) in values.iter().enumerate() {
                if column.validity().get(i) {
                    self.widen_span(value.micros(), value.micros());
                }
            }
        }
    }

    /// Counts a column whose bins are `bins`.
    pub(crate) fn count(&mut self, bins: &Bins, column: &Column) {
        match bins {
            Bins::Grid(grid) => self.count_numbers(grid, column),
            Bins::Levels(levels) => self.count_levels(levels, column),
            Bins::Instants => self.count_instants(column),
            Bins::Identifier => self.count_slots(column),
        }
    }

    fn count_numbers(&mut self, grid: &Grid, column: &Column) {
        self.count_slots(column);
        let Values::Number(values) = column.values() else {
            // A reader that was told the kind gives numbers; whatever else comes has no cell.
            self.unreadable += column.validity().count_ones();
            return;
        };
        let all = column.validity().is_all_set();
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for (i, value) in values.iter().enumerate() {
            if (all || column.validity().get(i)) && !self.count_special(*value) {
                self.cells[grid.cell_of(*value)] += 1;
                min = min.min(*value);
                max = max.max(*value);
                if let Some(scale) = grid.scale() {
                    self.moments.add(scale, *value);
                }
            }
        }
        if min <= max {
            self.widen_extremes(min, max);
        }
    }

    fn count_levels(&mut self, levels: &Levels, column: &Column) {
        self.count_slots(column);
        for_each_level(column, |level, rows| {
            let name = level_name(level);
            match levels.cell_of(&name) {
                Some(cell) => self.cells[cell] += rows,
                None => self.novel.add(&name, rows),
            }
        });
    }
}

/// Whether a number can be a stored extreme: finite, and no −0, which is 0 there.
fn is_extreme(value: f64) -> bool {
    value.is_finite() && value.to_bits() != (-0.0_f64).to_bits()
}

/// What one row of a column is counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// A cell of the column's bins.
    Cell(u32),
    /// A never-seen level: its code in the batch's dictionary.
    Novel(u32),
    /// Nothing there.
    Missing,
    /// Not of the column's kind.
    Unreadable,
    /// NaN.
    Nan,
    /// −∞.
    NegativeInfinity,
    /// +∞.
    PositiveInfinity,
    /// A row of a column that is not told apart.
    Uncelled,
}

impl Counts {
    /// Counts one row. The text of a never-seen level is [added](NovelLevels::add) by the caller, many rows at once.
    #[inline]
    pub(crate) fn add_code(&mut self, code: Code) {
        self.rows += 1;
        match code {
            Code::Cell(cell) => self.cells[cell as usize] += 1,
            Code::Novel(_) | Code::Uncelled => {}
            Code::Missing => self.missing += 1,
            Code::Unreadable => self.unreadable += 1,
            Code::Nan => self.nan += 1,
            Code::NegativeInfinity => self.negative_infinity += 1,
            Code::PositiveInfinity => self.positive_infinity += 1,
        }
    }
}

impl Bins {
    /// Appends what each row of `column` is counted as.
    pub(crate) fn codes(&self, column: &Column, codes: &mut Vec<Code>) {
        let unreadable = column.unreadable_slots();
        let absent = |row: usize| {
            let is_unreadable = unreadable.is_some_and(|slots| slots.get(row));
            if is_unreadable { Code::Unreadable } else { Code::Missing }
        };
        match (self, column.values()) {
            (Bins::Grid(grid), Values::Number(values)) => {
                codes.extend(values.iter().enumerate().map(|(row, value)| {
                    if !column.validity().get(row) {
                        absent(row)
                    } else if value.is_finite() {
                        Code::Cell(grid.cell_of(*value) as u32)
                    } else if value.is_nan() {
                        Code::Nan
                    } else if *value > 0.0 {
                        Code::PositiveInfinity
                    } else {
                        Code::NegativeInfinity
                    }
                }));
            }
            (Bins::Levels(levels), Values::Text { codes: levels_of_rows, dictionary }) => {
                let by_code: Vec<Code> = dictionary
                    .iter()
                    .zip(0..)
                    .map(|(level, code)| match levels.cell_of(&level_name(level)) {
                        Some(cell) => Code::Cell(cell as u32),
                        None => Code::Novel(code),
                    })
                    .collect();
                codes.extend(levels_of_rows.iter().enumerate().map(|(row, code)| {
                    match by_code.get(*code as usize) {
                        Some(code) if column.validity().get(row) => *code,
                        _ => absent(row),
                    }
                }));
            }
            // Numbers for a grid and text for levels; levels that are no text are made so before.
            (Bins::Grid(_) | Bins::Levels(_), _) => {
                codes.extend((0..column.len()).map(|row| {
                    if column.validity().get(row) { Code::Unreadable } else { absent(row) }
                }));
            }
            (Bins::Instants | Bins::Identifier, _) => {
                codes.extend(core::iter::repeat_n(Code::Uncelled, column.len()));
            }
        }
    }
}

/// Calls `count` with each level of a column's valid slots and the rows that hold it. Numbers and instants count by
/// their text.
pub(crate) fn for_each_level(column: &Column, mut count: impl FnMut(&str, u64)) {
    let valid = column.validity();
    match column.values() {
        Values::Text { codes, dictionary } => {
            for (code, rows) in rows_by_code(codes, dictionary, valid).into_iter().enumerate() {
                if let Some(level) = dictionary.get(code as u32).filter(|_| rows > 0) {
                    count(level, rows);
                }
            }
        }
        Values::Boolean(values) => {
            let mut rows = [0, 0];
            for (i, value) in values.iter().enumerate() {
                rows[usize::from(*value)] += u64::from(valid.get(i));
            }
            for (level, rows) in ["false", "true"].into_iter().zip(rows) {
                if rows > 0 {
                    count(level, rows);
                }
            }
        }
        Values::Number(values) => {
            for (_, value) in values.iter().enumerate().filter(|(i, _)| valid.get(*i)) {
                count(&value.to_string(), 1);
            }
        }
        Values::Timestamp(values) => {
            for (_, value) in values.iter().enumerate().filter(|(i, _)| valid.get(*i)) {
                count(&value.to_string(), 1);
            }
        }
    }
}

impl Column {
    /// The same levels as text, where they are none: as [`for_each_level`] names them.
    pub(crate) fn levels_as_text(&self) -> Option<Column> {
        let text = |row: usize| match self.values() {
            Values::Text { .. } => None,
            Values::Boolean(values) => Some(if values[row] { "true" } else { "false" }.to_string()),
            Values::Number(values) => Some(values[row].to_string()),
            Values::Timestamp(values) => Some(values[row].to_string()),
        };
        if matches!(self.values(), Values::Text { .. }) {
            return None;
        }
        let (mut dictionary, mut seen) = (Dictionary::default(), BTreeMap::new());
        let code = |row: usize| match text(row).filter(|_| self.validity().get(row)) {
            Some(text) => *seen.entry(text).or_insert_with_key(|text| dictionary.push(text)),
            None => 0,
        };
        let codes = (0..self.len()).map(code).collect();
        let unreadable = self.unreadable_slots().cloned().unwrap_or_default();
        let values = Values::Text { codes, dictionary };
        Some(Column::with_unreadable(values, self.validity().clone(), unreadable))
    }
}

fn rows_by_code(codes: &[u32], dictionary: &Dictionary, valid: &Bitmap) -> Vec<u64> {
    let mut rows = vec![0; dictionary.len()];
    let all = valid.is_all_set();
    for (i, code) in codes.iter().enumerate() {
        if let Some(rows) = rows.get_mut(*code as usize).filter(|_| all || valid.get(i)) {
            *rows += 1;
        }
    }
    rows
}

/// Levels that the reference has never seen, at most [`MAX_NOVEL_LEVELS`] of them.
///
/// Past the bound those of smallest hash are kept: which ones does not depend on the order in which they came, and the
/// counts of the kept ones are exact, because a level that is kept at the end was never put out on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "NovelParts", into = "NovelParts")]
pub struct NovelLevels {
    /// Rows in never-seen levels, whether told apart or not.
    pub rows: u64,
    /// Whether there were more than are told apart.
    pub overflowed: bool,
    by_hash: BTreeMap<(u64, String), u64>,
}

impl NovelLevels {
    pub(crate) fn add(&mut self, name: &str, rows: u64) {
        self.rows += rows;
        let hash = level_hash(name);
        let past_the_kept = |(largest, _): &(u64, String)| hash > *largest;
        if self.overflowed
            && self.by_hash.last_key_value().is_some_and(|(key, _)| past_the_kept(key))
        {
            return;
        }
        self.insert((hash, name.into()), rows);
    }

    fn insert(&mut self, key: (u64, String), rows: u64) {
        let own = self.by_hash.entry(key).or_insert(0);
        *own = own.saturating_add(rows);
        if self.by_hash.len() > MAX_NOVEL_LEVELS {
            self.by_hash.pop_last();
            self.overflowed = true;
        }
    }

    fn merge(&mut self, other: &NovelLevels) {
        self.rows = self.rows.saturating_add(other.rows);
        self.overflowed |= other.overflowed;
        for (key, rows) in &other.by_hash {
            self.insert(key.clone(), *rows);
        }
    }

    /// Tells at most `most` levels apart. Bounding what is added before or after it is added keeps the same levels, with the
    /// same rows.
    pub(crate) fn keep(&mut self, most: usize) {
        while self.by_hash.len() > most {
            self.by_hash.pop_last();
            self.overflowed = true;
        }
    }

    /// How many levels are told apart.
    pub(crate) fn told_apart(&self) -> usize {
        self.by_hash.len()
    }

    /// Whether the level is among those told apart.
    pub fn holds(&self, level: &str) -> bool {
        self.rows > 0 && self.by_hash.contains_key(&(level_hash(level), String::from(level)))
    }

    /// The levels that are told apart with their rows: most rows first, equal ones by text.
    pub fn by_rows(&self) -> Vec<(&str, u64)> {
        let mut levels: Vec<(&str, u64)> =
            self.by_hash.iter().map(|((_, level), rows)| (level.as_str(), *rows)).collect();
        levels.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        levels
    }
}

/// Never-seen levels as they are stored: checked on the way in.
#[derive(Serialize, Deserialize)]
struct NovelParts {
    rows: u64,
    overflowed: bool,
    levels: Vec<(String, u64)>,
}

impl From<NovelLevels> for NovelParts {
    fn from(novel: NovelLevels) -> NovelParts {
        let levels = novel.by_hash.into_iter().map(|((_, level), rows)| (level, rows)).collect();
        NovelParts { rows: novel.rows, overflowed: novel.overflowed, levels }
    }
}

impl TryFrom<NovelParts> for NovelLevels {
    type Error = &'static str;

    fn try_from(parts: NovelParts) -> Result<NovelLevels, &'static str> {
        let NovelParts { rows, overflowed, levels } = parts;
        let n_levels = levels.len();
        let told_apart = levels.iter().try_fold(0_u64, |total, (_, rows)| total.checked_add(*rows));
        let mut by_hash = BTreeMap::new();
        by_hash.extend(levels.into_iter().map(|(level, rows)| ((level_hash(&level), level), rows)));
        if n_levels > MAX_NOVEL_LEVELS || by_hash.len() != n_levels {
            return Err("levels: expected at most 1000, each once");
        }
        match told_apart {
            Some(total) if total == rows || overflowed && total <= rows => {
                Ok(NovelLevels { rows, overflowed, by_hash })
            }
            _ => Err("rows: expected the sum of the levels' rows"),
        }
    }
}
