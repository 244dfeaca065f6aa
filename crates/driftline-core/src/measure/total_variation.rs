//! Total variation distance.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{Columns, Compares, Measure, MeasureInfo, Outcome, Sides, threshold_problem};
use crate::num;

/// Total variation distance: the share of rows that would have to change cell for the sides to be alike.
///
/// # What it measures
/// The largest difference between the two sides' probabilities of any set of cells.
///
/// # Formula
/// ```text
/// value = ½ Σ |p − q|      p, q = share of the reference and of the current rows in a cell
/// ```
///
/// # Input
/// Counts of any kind of column; empty cells need no floor. Missing values and NaN are no cells; infinities and
/// never-seen levels are. At least one row a side.
///
/// # Output
/// 0 to 1, 1 where the sides have no cell in common; symmetric, a metric.
///
/// # Default threshold
/// 0.1 for `drift`: a tenth of the rows moved; Driftline's.
///
/// # Limits and neighbours
/// Without drift its mean is up to ½ √((B − 1)(1/n + 1/m)) for B cells: 0.16 at 10 cells, n large and m = 90. Read it
/// beside the p-value of χ².
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Measure, ReferenceCounts, Sides, TotalVariation};
/// let sides = Sides::of_cells(ReferenceCounts(&[2, 2]), CurrentCounts(&[1, 3]));
/// assert_eq!(TotalVariation::default().compare(&sides).unwrap().value, 0.25);
/// ```
///
/// # References
/// D. Levin, Y. Peres, *Markov Chains and Mixing Times*, 2nd edition 2017, chapter 4.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TotalVariation {
    /// `drift` is true above this.
    pub threshold: f64,
}

impl Default for TotalVariation {
    fn default() -> TotalVariation {
        TotalVariation { threshold: TotalVariation::INFO.threshold.0 }
    }
}

/// What [`TotalVariation`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TotalVariationOutcome {
    /// The distance.
    pub value: f64,
    /// Whether it is above the threshold.
    pub drift: bool,
}

outcome!(TotalVariationOutcome, |found| found.value);

impl Measure for TotalVariation {
    type Outcome = TotalVariationOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "total_variation",
        name: "Total variation",
        summary: "The share of rows that would have to change cell for the sides to be alike",
        columns: Columns::All,
        max: Some(1.0),
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.1, "Driftline"),
        compares: Compares::Value,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<TotalVariationOutcome> {
        if !sides.hold_values() {
            return None;
        }
        let differences = sides.shares().map(|(p, q)| num::abs(p - q));
        let value = (differences.collect::<num::Sum>().total() / 2.0).clamp(0.0, 1.0);
        Some(TotalVariationOutcome { value, drift: value > self.threshold })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}
