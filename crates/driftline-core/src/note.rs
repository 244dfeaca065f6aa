//! What is peculiar about a column, each by name: none of it is an error, and none of it is silent.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bins::Bins, counts::Counts, num::significant, reference::ReferenceColumn, schema::Kind,
    verdict::Side,
};

/// Something peculiar about a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(!try_from))]
#[serde(tag = "code", rename_all = "snake_case", try_from = "NoteParts")]
pub enum Note {
    /// Every value of a side is the same.
    Constant {
        /// Which.
        side: Side,
        /// The value.
        value: String,
    },
    /// No row of a side holds a value.
    AllMissing {
        /// Which.
        side: Side,
    },
    /// More than half of a side's rows hold no value.
    MostlyMissing {
        /// Which.
        side: Side,
        /// Share of the rows.
        share: f64,
    },
    /// Values that are not a number.
    NotANumber {
        /// Rows of both sides.
        rows: u64,
    },
    /// Values of −∞ or +∞: cells of their own.
    Infinite {
        /// Rows of both sides.
        rows: u64,
    },
    /// Values that are not of the column's kind.
    Unreadable {
        /// Rows of both sides.
        rows: u64,
    },
    /// Single values that hold a tenth of the baseline or more: cells of their own.
    Ties {
        /// The values, at most ten.
        values: Vec<f64>,
    },
    /// The largest values lie far out: more than 100 times as far from the middle as the baseline's outer deciles lie
    /// from each other.
    HeavyTail,
    /// Current values below the smallest or above the largest of the baseline.
    OutOfRange {
        /// The smallest and the largest of the baseline.
        baseline: (f64, f64),
        /// The smallest and the largest of the current rows.
        current: (f64, f64),
    },
    /// Levels that the baseline never held.
    NewLevels {
        /// How many; at least so many where they are too many to be told apart.
        levels: u64,
        /// Current rows that hold one.
        rows: u64,
    },
    /// Levels of the baseline that no current row holds.
    VanishedLevels {
        /// How many.
        levels: u64,
        /// Share of the baseline's rows that hold one.
        share: f64,
        /// The most frequent of them, at most five.
        first: Vec<String>,
    },
    /// So many levels that the rarest share a cell.
    ManyLevels {
        /// How many the baseline has.
        levels: u64,
    },
    /// Truth values.
    Boolean,
}

/// A note as it is read: an enum with an inner tag would cost a page ten times the code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct NoteParts {
    code: String,
    side: Option<Side>,
    value: Option<String>,
    share: Option<f64>,
    rows: Option<u64>,
    values: Option<Vec<f64>>,
    baseline: Option<(f64, f64)>,
    current: Option<(f64, f64)>,
    levels: Option<u64>,
    first: Option<Vec<String>>,
}

impl TryFrom<NoteParts> for Note {
    type Error = &'static str;

    fn try_from(parts: NoteParts) -> Result<Note, &'static str> {
        let NoteParts { code, side, value, share, rows, values, baseline, current, levels, first } =
            parts;
        let note = match code.as_str() {
            "constant" => side.zip(value).map(|(side, value)| Note::Constant { side, value }),
            "all_missing" => side.map(|side| Note::AllMissing { side }),
            "mostly_missing" => {
                side.zip(share).map(|(side, share)| Note::MostlyMissing { side, share })
            }
            "not_a_number" => rows.map(|rows| Note::NotANumber { rows }),
            "infinite" => rows.map(|rows| Note::Infinite { rows }),
            "unreadable" => rows.map(|rows| Note::Unreadable { rows }),
            "ties" => values.map(|values| Note::Ties { values }),
            "heavy_tail" => Some(Note::HeavyTail),
            "out_of_range" => baseline
                .zip(current)
                .map(|(baseline, current)| Note::OutOfRange { baseline, current }),
            "new_levels" => levels.zip(rows).map(|(levels, rows)| Note::NewLevels { levels, rows }),
            "vanished_levels" => levels
                .zip(share)
                .zip(first)
                .map(|((levels, share), first)| Note::VanishedLevels { levels, share, first }),
            "many_levels" => levels.map(|levels| Note::ManyLevels { levels }),
            "boolean" => Some(Note::Boolean),
            _ => None,
        };
        note.ok_or("expected a note with all that its code needs")
    }
}

/// A column with more missing rows than this share is mostly missing.
const MOSTLY: f64 = 0.5;

/// How many outer-decile ranges away a value is far out.
const FAR: f64 = 100.0;

/// Vanished levels that are named.
const LEVELS_NAMED: usize = 5;

impl ReferenceColumn {
    /// What is peculiar about it, whatever it is compared with.
    pub fn notes(&self) -> Vec<Note> {
        notes(self, &self.counts, &Counts::default())
    }
}

/// What is peculiar about a column.
pub(crate) fn notes(column: &ReferenceColumn, reference: &Counts, current: &Counts) -> Vec<Note> {
    let mut notes = Vec::new();
    for (side, counts) in [(Side::Baseline, reference), (Side::Current, current)] {
        let absent = counts.missing + counts.unreadable + counts.nan;
        if counts.rows > 0 && absent == counts.rows {
            notes.push(Note::AllMissing { side });
        } else if absent as f64 > MOSTLY * counts.rows as f64 {
            notes.push(Note::MostlyMissing { side, share: absent as f64 / counts.rows as f64 });
        }
        if let Some(value) = constant(&column.bins, counts) {
            notes.push(Note::Constant { side, value });
        }
    }
    let rows = |side: fn(&Counts) -> u64| side(reference) + side(current);
    let counted = [
        (rows(|c| c.nan), (|rows| Note::NotANumber { rows }) as fn(u64) -> Note),
        (rows(|c| c.negative_infinity + c.positive_infinity), |rows| Note::Infinite { rows }),
        (rows(|c| c.unreadable), |rows| Note::Unreadable { rows }),
    ];
    notes.extend(counted.into_iter().filter(|(rows, _)| *rows > 0).map(|(rows, note)| note(rows)));
    match &column.bins {
        Bins::Grid(grid) => {
            let is_constant = reference.extremes.is_some_and(|(min, max)| min >= max);
            if !grid.atoms().is_empty() && !is_constant {
                notes.push(Note::Ties { values: grid.atoms().to_vec() });
            }
            let deciles = grid.quantile(100).zip(grid.quantile(900));
            if let (Some((low, high)), Some((min, max))) = (deciles, reference.extremes) {
                let reach = FAR * (high - low);
                if reach > 0.0 && (max - high > reach || low - min > reach) {
                    notes.push(Note::HeavyTail);
                }
            }
            if let (Some(baseline), Some(current)) = (reference.extremes, current.extremes)
                && (current.0 < baseline.0 || current.1 > baseline.1)
            {
                notes.push(Note::OutOfRange { baseline, current });
            }
        }
        Bins::Levels(levels) => {
            if column.field.kind == Kind::Categorical
                && !levels.kept().is_empty()
                && levels.kept().iter().all(|level| level == "true" || level == "false")
            {
                notes.push(Note::Boolean);
            }
            if levels.has_other() {
                let levels = (levels.kept().len() + levels.other_levels()) as u64;
                notes.push(Note::ManyLevels { levels });
            }
            if current.novel.rows > 0 {
                let levels = current.novel.by_rows().len() as u64;
                notes.push(Note::NewLevels { levels, rows: current.novel.rows });
            }
            if current.counted() > 0 {
                notes.extend(vanished(levels.kept(), reference, current));
            }
        }
        Bins::Instants | Bins::Identifier => {}
    }
    notes
}

/// The one value that all of a side's values are.
fn constant(bins: &Bins, counts: &Counts) -> Option<String> {
    match bins {
        Bins::Grid(_) => {
            let (min, max) = counts.extremes?;
            let is_finite = counts.negative_infinity + counts.positive_infinity == 0;
            (is_finite && min >= max).then(|| significant(min, 6))
        }
        Bins::Levels(levels) => {
            let mut occupied = counts.cells.iter().enumerate().filter(|(_, rows)| **rows > 0);
            let novel = counts.novel.by_rows();
            match (occupied.next(), occupied.next(), novel.as_slice()) {
                (Some((cell, _)), None, []) => levels.kept().get(cell).cloned(),
                (None, None, [(level, _)]) => Some((*level).into()),
                _ => None,
            }
        }
        Bins::Instants | Bins::Identifier => None,
    }
}

fn vanished(kept: &[String], reference: &Counts, current: &Counts) -> Option<Note> {
    let cells = kept.iter().zip(reference.cells.iter().zip(&current.cells));
    let gone: Vec<(&String, u64)> = cells
        .filter(|(_, (r, c))| **r > 0 && **c == 0)
        .map(|(level, (r, _))| (level, *r))
        .collect();
    let rows: u64 = gone.iter().map(|(_, rows)| rows).sum();
    (!gone.is_empty()).then(|| Note::VanishedLevels {
        levels: gone.len() as u64,
        share: rows as f64 / reference.counted().max(1) as f64,
        first: gone.iter().take(LEVELS_NAMED).map(|(level, _)| (*level).clone()).collect(),
    })
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{} %", significant(share * 100.0, 2));
        let rows = |rows: u64| if rows == 1 { "1 row".into() } else { format!("{rows} rows") };
        let levels = |n: u64| if n == 1 { "1 level".into() } else { format!("{n} levels") };
        let numbers = |values: &[f64]| {
            let words: Vec<String> = values.iter().map(|value| significant(*value, 5)).collect();
            words.join(", ")
        };
        match self {
            Note::Constant { side, value } => {
                write!(f, "always {value} in the {} data", side.name())
            }
            Note::AllMissing { side } => write!(f, "no value at all in the {} data", side.name()),
            Note::MostlyMissing { side, share } => {
                write!(f, "{} of the {} rows hold no value", percent(*share), side.name())
            }
            Note::NotANumber { rows: n } => write!(f, "not a number (NaN) in {}", rows(*n)),
            Note::Infinite { rows: n } => write!(f, "infinite in {}", rows(*n)),
            Note::Unreadable { rows: n } => write!(f, "not of the column's kind in {}", rows(*n)),
            Note::Ties { values } => {
                write!(f, "frequent single values have cells of their own: {}", numbers(values))
            }
            Note::HeavyTail => {
                f.write_str("a few values lie far out: ranks and cells are safer than means")
            }
            Note::OutOfRange { baseline, current } => write!(
                f,
                "outside the baseline's range {} to {}: from {} to {}",
                significant(baseline.0, 5),
                significant(baseline.1, 5),
                significant(current.0, 5),
                significant(current.1, 5)
            ),
            Note::NewLevels { levels: n, rows: in_rows } => {
                write!(f, "{} never seen before, in {}", levels(*n), rows(*in_rows))
            }
            Note::VanishedLevels { levels: n, share, first } => write!(
                f,
                "{} gone that held {} of the baseline: {}{}",
                levels(*n),
                percent(*share),
                first.join(", "),
                if *n as usize > first.len() { ", …" } else { "" }
            ),
            Note::ManyLevels { levels } => {
                write!(f, "{levels} levels: the rarest share one cell")
            }
            Note::Boolean => f.write_str("truth values"),
        }
    }
}
