//! Jensen–Shannon divergence.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{Columns, Compares, Measure, MeasureInfo, Outcome, Sides, threshold_problem};
use crate::num;

/// Jensen–Shannon divergence: how well one row tells which side it came from.
///
/// # What it measures
/// The information, in bits, that a row's cell carries about its side when both sides are equally likely.
///
/// # Formula
/// ```text
/// value    = ½ Σ p · log₂(p / a) + ½ Σ q · log₂(q / a)      a = (p + q) / 2, 0 · log 0 = 0
/// distance = √value
/// ```
/// Summed as `(p + q)/(4 ln 2) · [(1 + d)·ln(1 + d) + (1 − d)·ln(1 − d)]` with `d = (q − p)/(p + q)`, of which every
/// term is at least 0.
///
/// # Input
/// Counts of any kind of column; empty cells need no floor. Missing values and NaN are no cells; infinities and
/// never-seen levels are. At least one row a side.
///
/// # Output
/// `value` 0 to 1 in bits, 1 where the sides have no cell in common; symmetric. `distance` is a metric, 0 to 1.
///
/// # Default threshold
/// 0.1 on the distance for `drift`: NannyML's constant for its base-2 distance.
///
/// # Limits and neighbours
/// SciPy, Evidently and NannyML call the *distance* "Jensen–Shannon"; Evidently takes the natural logarithm, so that its
/// largest value is 0.8326.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Js, Measure, ReferenceCounts, Sides};
/// let sides = Sides::of_cells(ReferenceCounts(&[10, 0]), CurrentCounts(&[0, 7]));
/// let js = Js::default().compare(&sides).unwrap();
/// assert_eq!((js.value, js.distance), (1.0, 1.0));
/// ```
///
/// # References
/// J. Lin, *IEEE Transactions on Information Theory* 37, 1991. D. Endres, J. Schindelin, ibid. 49, 2003.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Js {
    /// `drift` is true where the distance is above this.
    pub threshold: f64,
}

impl Default for Js {
    fn default() -> Js {
        Js { threshold: Js::INFO.threshold.0 }
    }
}

/// What [`Js`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JsOutcome {
    /// The divergence in bits.
    pub value: f64,
    /// Its square root.
    pub distance: f64,
    /// Whether the distance is above the threshold.
    pub drift: bool,
}

outcome!(JsOutcome, |found| found.value);

impl Measure for Js {
    type Outcome = JsOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "js",
        name: "JS divergence",
        summary: "Jensen–Shannon divergence: how well one row tells which side it came from",
        max: Some(1.0),
        unit: "bits",
        columns: Columns::All,
        symmetric: true,
        rank_based: true,
        threshold: (0.1, "NannyML, on the distance"),
        compares: Compares::Value,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<JsOutcome> {
        if !sides.hold_values() {
            return None;
        }
        let mut sum = num::Sum::new();
        for (p, q) in sides.shares().filter(|(p, q)| p + q > 0.0) {
            let d = (q - p) / (p + q);
            let side = |d: f64| if d > -1.0 { (1.0 + d) * num::ln_1p(d) } else { 0.0 };
            sum.add((p + q) * (side(d) + side(-d)));
        }
        // The terms are at least 0 and sum up to at most 1 but for rounding.
        let value = (sum.total() / (4.0 * core::f64::consts::LN_2)).clamp(0.0, 1.0);
        let distance = num::sqrt(value);
        Some(JsOutcome { value, distance, drift: distance > self.threshold })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}
