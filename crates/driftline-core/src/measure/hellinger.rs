//! Hellinger distance.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{Columns, Compares, Measure, MeasureInfo, Outcome, Sides, threshold_problem};
use crate::num;

/// Hellinger distance: how far apart the square roots of the shares lie.
///
/// # What it measures
/// The Euclidean distance between the two sides' vectors of √share, scaled to at most 1.
///
/// # Formula
/// ```text
/// value = √(½ Σ (√p − √q)²)      p, q = share of the reference and of the current rows in a cell
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
/// 0.1 for `drift`: Evidently's constant.
///
/// # Limits and neighbours
/// value² ≤ total variation ≤ value · √(2 − value²). Evidently compares densities over bins of the *different* values,
/// whylogs at most 30 buckets: their numbers differ from this one over the same data.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Hellinger, Measure, ReferenceCounts, Sides};
/// let sides = Sides::of_cells(ReferenceCounts(&[3, 0]), CurrentCounts(&[0, 8]));
/// assert_eq!(Hellinger::default().compare(&sides).unwrap().value, 1.0);
/// ```
///
/// # References
/// E. Hellinger, *Journal für die reine und angewandte Mathematik* 136, 1909.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Hellinger {
    /// `drift` is true above this.
    pub threshold: f64,
}

impl Default for Hellinger {
    fn default() -> Hellinger {
        Hellinger { threshold: Hellinger::INFO.threshold.0 }
    }
}

/// What [`Hellinger`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HellingerOutcome {
    /// The distance.
    pub value: f64,
    /// Whether it is above the threshold.
    pub drift: bool,
}

outcome!(HellingerOutcome, |found| found.value);

impl Measure for Hellinger {
    type Outcome = HellingerOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "hellinger",
        name: "Hellinger distance",
        summary: "How far apart the square roots of the cells' shares lie",
        columns: Columns::All,
        max: Some(1.0),
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.1, "Evidently"),
        compares: Compares::Value,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<HellingerOutcome> {
        if !sides.hold_values() {
            return None;
        }
        let square = |x: f64| x * x;
        let terms = sides.shares().map(|(p, q)| square(num::sqrt(p) - num::sqrt(q)));
        let value = num::sqrt(terms.collect::<num::Sum>().total() / 2.0).clamp(0.0, 1.0);
        Some(HellingerOutcome { value, drift: value > self.threshold })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}
