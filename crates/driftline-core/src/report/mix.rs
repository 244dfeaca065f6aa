//! What a model answered in a window, as counts of levels.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
};

use serde::{Deserialize, Serialize};

use super::ColumnReport;
use crate::{bins::Bins, counts::Counts, schema::Kind};

/// Levels that a window counts apart, the most frequent ones of the reference: a report has many windows.
pub const MAX_MIXED_LEVELS: usize = 12;

/// Rows of a window by what the model answered. Rows without an answer are in none of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PredictionMix {
    /// By level, of the [`MAX_MIXED_LEVELS`] that are most frequent in the reference; levels that no row holds are left out.
    pub levels: BTreeMap<String, u64>,
    /// In its other levels.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub other: u64,
    /// In levels that it has never seen.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub new: u64,
}

fn is_nothing(rows: &u64) -> bool {
    *rows == 0
}

impl PredictionMix {
    /// Of counts on a column's bins; where these are no levels there is none.
    pub(crate) fn of(bins: &Bins, counts: &Counts) -> Option<PredictionMix> {
        let Bins::Levels(levels) = bins else { return None };
        // Rare levels share a cell past those that are kept, which are more than are counted apart here.
        let names = levels.kept().iter().map(String::as_str).chain(core::iter::once(""));
        let known = names.zip(counts.cells.iter().copied());
        Some(PredictionMix::new(known, counts.novel.rows))
    }

    /// The same of a report's column, whose cells are in the order of its bins; cells without a row of the reference are
    /// never-seen levels.
    pub(super) fn of_column(column: &ColumnReport) -> Option<PredictionMix> {
        let known = column.bins.iter().filter(|cell| cell.baseline > 0);
        let new = column.bins.iter().filter(|cell| cell.baseline == 0);
        let known = known.map(|cell| (&*cell.label, cell.current));
        (column.kind == Kind::Categorical)
            .then(|| PredictionMix::new(known, new.map(|cell| cell.current).sum()))
    }

    fn new<'a>(known: impl Iterator<Item = (&'a str, u64)>, new: u64) -> PredictionMix {
        let mut mix = PredictionMix { new, ..PredictionMix::default() };
        for (at, (level, rows)) in known.enumerate().filter(|(_, (_, rows))| *rows > 0) {
            if at < MAX_MIXED_LEVELS {
                mix.levels.insert(level.to_string(), rows);
            } else {
                mix.other = mix.other.saturating_add(rows);
            }
        }
        mix
    }
}
