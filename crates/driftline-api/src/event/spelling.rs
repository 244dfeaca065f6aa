//! How a column of categories writes what JSON has types for and files have not.
//!
//! A file says `1`, `true` or `yes`; JSON says `true`, and some clients `1` for the same. Taken as they are written they
//! would be levels that the baseline has never seen, and all rows would have drifted. So one rule: **the baseline's column
//! decides**. Where all its levels are one pair of [`PAIRS`], or one half of a pair, JSON's truth values and the numbers 0
//! and 1 are spelled by that pair. Everywhere else a truth value is `true` or `false`, and a number is its shortest decimal
//! digits, so that `1.0` and `1` are one level, as in files. Texts are taken as they are written: a pipeline that begins to
//! write `Yes` for `yes` has changed its data.
//!
//! A column of numbers from 0 to 1 of which nine tenths are the one or the other is one of truth values too: there `true` is
//! 1. In any other column of numbers a truth value is a mistake.

use driftline_core::{
    bins::{Bins, Grid},
    counts::Counts,
    reference::ReferenceColumn,
};

/// True and false, as files write them; levels of `True` or `1.0` are `true` and `1` already.
const PAIRS: [(&str, &str); 9] = [
    ("true", "false"),
    ("1", "0"),
    ("yes", "no"),
    ("Yes", "No"),
    ("YES", "NO"),
    ("y", "n"),
    ("Y", "N"),
    ("t", "f"),
    ("T", "F"),
];

/// How one column spells truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spelling {
    pair: Option<(&'static str, &'static str)>,
    /// Whether a column of numbers is one of truth values.
    is_flag: bool,
}

impl Spelling {
    /// As the baseline's column does.
    pub(crate) fn of(column: &ReferenceColumn) -> Spelling {
        match &column.bins {
            Bins::Levels(levels) if !levels.kept().is_empty() && !levels.has_other() => {
                let is_pair = |(yes, no): &(&str, &str)| {
                    levels.kept().iter().all(|level| level == yes || level == no)
                };
                Spelling { pair: PAIRS.into_iter().find(is_pair), is_flag: false }
            }
            Bins::Grid(grid) => Spelling { pair: None, is_flag: is_flag(grid, &column.counts) },
            _ => Spelling::default(),
        }
    }

    /// A truth value in a column of numbers.
    pub(crate) fn flag(self, truth: bool) -> Option<f64> {
        self.is_flag.then(|| f64::from(u8::from(truth)))
    }

    /// The level of a truth value.
    pub(crate) fn truth(self, truth: bool) -> &'static str {
        let (yes, no) = self.pair.unwrap_or(PAIRS[0]);
        if truth { yes } else { no }
    }

    /// The level of a number, where it stands for a truth value in a column of such.
    pub(crate) fn number(self, number: f64) -> Option<&'static str> {
        let pair = self.pair?;
        truth_of(number).map(|truth| if truth { pair.0 } else { pair.1 })
    }
}

/// The rarer of two values may have no cell of its own, so a tenth of the rows may be anywhere between.
fn is_flag(grid: &Grid, counts: &Counts) -> bool {
    let is_truth = |number: f64| truth_of(number).is_some();
    let within = counts.extremes.is_some_and(|(least, most)| is_truth(least) && is_truth(most));
    let rows_at = |atom: &f64| counts.cells.get(grid.cell_of(*atom)).copied().unwrap_or(0);
    let at_atoms: u64 = grid.atoms().iter().map(rows_at).sum();
    within
        && grid.atoms().iter().all(|atom| is_truth(*atom))
        && at_atoms as f64 >= 0.9 * counts.counted() as f64
}

/// The truth value that a number stands for: 1 and 0 alone.
#[expect(clippy::float_cmp, reason = "no other number stands for a truth value")]
fn truth_of(number: f64) -> Option<bool> {
    (number == 1.0 || number == 0.0).then_some(number == 1.0)
}
