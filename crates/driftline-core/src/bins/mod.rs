//! How a column is counted: quantile cells for numbers, levels for categories. Cut once, from the reference.
//!
//! Edges come from the reference only: letting the current window move them would hide a shift.

mod grid;
mod levels;
mod order;

use serde::{Deserialize, Serialize};

pub use grid::{BinCount, Grid, InvalidBinCount};
pub(crate) use levels::MAX_LEVEL_BYTES;
pub use levels::{
    LevelTally, Levels, MAX_LEVELS_KEPT, MAX_LEVELS_TOLD_APART, level_hash, level_name,
};
pub use order::{AnyOrder, Order, Ranked, ValueTally};
pub(crate) use order::{max_buckets, mean_and_std};

/// How one column's values are counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bins {
    /// Numbers by quantile cells.
    Grid(Grid),
    /// Categories by level.
    Levels(Levels),
    /// Not counted: the column holds instants.
    Instants,
    /// Not counted: more different values than [`MAX_LEVELS_TOLD_APART`], as in a column of ids.
    Identifier,
}

impl Bins {
    /// How many cells rows are counted into.
    pub fn cells(&self, resolution: Resolution) -> usize {
        match (self, resolution) {
            (Bins::Grid(grid), Resolution::Grid) => grid.cells(),
            (Bins::Grid(grid), Resolution::Psi(cut)) => grid.cut(cut).len(),
            (Bins::Levels(levels), _) => levels.cells(),
            (Bins::Instants | Bins::Identifier, _) => 0,
        }
    }
}

/// How finely numbers are counted; levels always have their own cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// On the whole grid, so that any cells can be cut later: for whole files.
    Grid,
    /// On the PSI cells alone: for time windows and segments, of which there are many.
    Psi(Cut),
}

/// Which unions of grid cells are the PSI cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// How many of equal mass.
    pub bins: BinCount,
    /// Whether atoms are cells of their own besides.
    pub atoms: bool,
}
