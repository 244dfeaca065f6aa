//! Kullback–Leibler divergence.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{Columns, Compares, Measure, MeasureInfo, Outcome, Sides, threshold_problem};
use crate::num;

/// Shares below this count as this, as in the textbook's PSI.
const SHARE_FLOOR: f64 = 1e-4;

/// Kullback–Leibler divergence: what coding one distribution with the other's code costs.
///
/// # What it measures
/// The excess of nats a row when rows of the first-named side are described by the other side's shares.
///
/// # Formula
/// ```text
/// current ‖ reference (default)   Σ Q · ln(Q / P)        P = max(p, 1e-4), Q = max(q, 1e-4)
/// reference ‖ current             Σ P · ln(P / Q)
/// ```
///
/// # Input
/// Counts of any kind of column. Missing values and NaN are no cells; infinities and never-seen levels are. At least
/// one row a side.
///
/// # Output
/// 0 to ∞ in nats; 0 is no difference; not symmetric, so the direction is named. Flooring can make the sum of nearly
/// equal shares negative by less than a floor's worth; it is then 0.
///
/// # Default threshold
/// 0.1 for `drift`.
///
/// # Limits and neighbours
/// [`Psi`](super::Psi) is the sum of both directions. [`Js`](super::Js) needs no floor and is bounded. Evidently's
/// `kl_div` is the direction reference ‖ current.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Kl, Measure, ReferenceCounts, Sides};
/// let sides = Sides::of_cells(ReferenceCounts(&[500, 500]), CurrentCounts(&[250, 750]));
/// let kl = Kl::default().compare(&sides).unwrap();
/// // ¼·ln ½ + ¾·ln 3/2
/// assert!((kl.value - (0.25 * 0.5_f64.ln() + 0.75 * 1.5_f64.ln())).abs() < 1e-15);
/// assert!(kl.drift);
/// ```
///
/// # References
/// S. Kullback, R. Leibler, *Annals of Mathematical Statistics* 22, 1951.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Kl {
    /// Which side is described by the other's shares.
    pub direction: KlDirection,
    /// `drift` is true above this.
    pub threshold: f64,
}

impl Default for Kl {
    fn default() -> Kl {
        Kl { direction: KlDirection::default(), threshold: Kl::INFO.threshold.0 }
    }
}

/// Which side is described by the other's shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KlDirection {
    /// KL(current ‖ reference): the current rows by the reference's shares.
    #[default]
    CurrentFromReference,
    /// KL(reference ‖ current): the reference's rows by the current shares.
    ReferenceFromCurrent,
}

/// What [`Kl`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KlOutcome {
    /// The divergence in nats.
    pub value: f64,
    /// Its direction.
    pub direction: KlDirection,
    /// Whether it is above the threshold.
    pub drift: bool,
}

outcome!(KlOutcome, |found| found.value);

impl Measure for Kl {
    type Outcome = KlOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "kl",
        name: "KL divergence",
        summary: "Kullback–Leibler divergence: what describing one side by the other's shares costs a row",
        max: None,
        unit: "nats",
        columns: Columns::All,
        symmetric: false,
        rank_based: true,
        threshold: (0.1, "Driftline"),
        compares: Compares::Value,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<KlOutcome> {
        if !sides.hold_values() {
            return None;
        }
        let mut sum = num::Sum::new();
        for (p, q) in sides.shares() {
            let (p, q) = (p.max(SHARE_FLOOR), q.max(SHARE_FLOOR));
            sum.add(match self.direction {
                KlDirection::CurrentFromReference => q * num::ln(q / p),
                KlDirection::ReferenceFromCurrent => p * num::ln(p / q),
            });
        }
        let value = sum.total().max(0.0);
        Some(KlOutcome { value, direction: self.direction, drift: value > self.threshold })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}
