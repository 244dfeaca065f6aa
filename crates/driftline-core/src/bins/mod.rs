//! How a column is counted: quantile cells for numbers, levels for categories. Cut once, from the reference.
//!
//! Edges come from the reference only: letting the current window move them would hide a shift.

mod grid;
mod levels;
mod order;

use serde::{Deserialize, Serialize};

pub use grid::{BinCount, Grid, InvalidBinCount};
pub use levels::{
    LevelTally, Levels, MAX_LEVELS_KEPT, MAX_LEVELS_TOLD_APART, level_hash, level_name,
};
pub(crate) use order::max_buckets;
pub use order::{AnyOrder, Order, Ranked, ValueTally};

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
    /// How many cells a window of this column has.
    pub fn cells(&self) -> usize {
        match self {
            Bins::Grid(grid) => grid.cells(),
            Bins::Levels(levels) => levels.cells(),
            Bins::Instants | Bins::Identifier => 0,
        }
    }
}
