//! Shift of the variance.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, Measure, MeasureInfo, Outcome, Sides,
    mean_shift::{self, Summary},
    threshold_problem,
};
use crate::num::{self, normal};

/// Variance shift: how much wider or narrower the values spread, and whether that is chance.
///
/// # What it measures
/// The logarithm of the ratio of the two standard deviations, tested with the kurtosis that the values have, not the
/// normal distribution's.
///
/// # Formula
/// ```text
/// ratio   = t / s                              s, t = the reference's and the current rows' sample standard deviations
/// value   = |ln ratio|
/// p_value = 2·P(Z ≥ |z|),  z = 2·ln ratio / √(v(n) + v(m))
///           v(n) = (κ − (n − 3)/(n − 1)) / n, κ = kurtosis of both samples together, each about its own mean
/// ```
///
/// # Input
/// Numbers; missing values, NaN and infinities are left out. At least four numbers a side, neither constant. The p-value
/// needs the values one by one: it is absent where they did not fit the memory budget.
///
/// # Output
/// 0 to ∞; symmetric.
///
/// # Default threshold
/// `drift` where the ratio is at least 1.25 or at most 0.8 (|ln ratio| ≥ ln 1.25, Driftline's) *and* the corrected p-value
/// is at most the false discovery rate; never without a p-value.
///
/// # Limits and neighbours
/// The F-test of two variances takes values for normal, and raises false alarms on heavy tails. Very heavy tails (few
/// values make up most of κ) make this one cautious.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Exact, Measure, ReferenceCounts, Sides, VarianceShift};
/// let exact = Exact::of(&[-1.0, -1.0, 1.0, 1.0], &[-2.0, -2.0, 2.0, 2.0]).unwrap();
/// let cells = Sides::of_cells(ReferenceCounts(&[2, 2]), CurrentCounts(&[2, 2]));
/// let found = VarianceShift::default().compare(&Sides { exact: Some(&exact), ..cells }).unwrap();
/// assert!((found.ratio - 2.0).abs() < 1e-15);
/// ```
///
/// # References
/// M. Layard, *Journal of the American Statistical Association* 68, 1973. G. Shorack, ibid. 64, 1969.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct VarianceShift {
    /// `drift` needs a logarithm of the ratio of at least this, in either direction.
    pub threshold: f64,
}

impl Default for VarianceShift {
    fn default() -> VarianceShift {
        VarianceShift { threshold: VarianceShift::INFO.threshold.0 }
    }
}

/// What [`VarianceShift`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VarianceShiftOutcome {
    /// The reference's standard deviation, `n − 1` in the denominator.
    pub baseline_std: f64,
    /// The current rows'.
    pub current_std: f64,
    /// Current over reference.
    pub ratio: f64,
    /// Probability of a ratio so far from 1 without drift; absent without the values one by one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_value: Option<f64>,
    /// The same corrected over all columns (Benjamini–Hochberg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Whether it comes from the values one by one.
    pub exact: bool,
    /// Whether the ratio is far enough from 1 and not chance.
    pub drift: bool,
}

outcome!(
    VarianceShiftOutcome,
    |found| num::abs(num::ln(found.ratio)),
    p_value: |found| found.p_value,
    exact: |found| found.exact,
);

impl Measure for VarianceShift {
    type Outcome = VarianceShiftOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "variance_shift",
        name: "Variance shift",
        summary: "How much wider or narrower the values spread (logarithm of the ratio of standard deviations)",
        columns: Columns::Numeric,
        max: None,
        unit: "nepers",
        symmetric: true,
        rank_based: false,
        threshold: (0.223_143_551_314_209_76, "Driftline, a quarter wider"),
        compares: Compares::Both,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<VarianceShiftOutcome> {
        let (mean, kurtosis) = match sides.exact {
            Some(exact) => (exact.mean, exact.variance.kurtosis),
            None => {
                let counts = sides.grid_counts()?;
                let scale = counts.scale()?;
                let reference = Summary::of_moments(counts.reference, scale)?;
                let current = Summary::of_moments(counts.current, scale)?;
                (mean_shift::Statistic { reference, current }, None)
            }
        };
        let (r, c) = (mean.reference, mean.current);
        if r.n < 4.0 || c.n < 4.0 || r.variance <= 0.0 || c.variance <= 0.0 {
            return None;
        }
        let sample_std = |side: Summary| num::sqrt(side.variance * (side.n / (side.n - 1.0)));
        let (baseline_std, current_std) = (sample_std(r), sample_std(c));
        let ratio = current_std / baseline_std;
        if !(ratio.is_finite() && ratio > 0.0) {
            return None;
        }
        let p_value = kurtosis.and_then(|kurtosis| {
            let variance_of = |n: f64| (kurtosis - (n - 3.0) / (n - 1.0)) / n;
            let variance = variance_of(r.n) + variance_of(c.n);
            (variance > 0.0).then(|| normal::two_sided(2.0 * num::ln(ratio) / num::sqrt(variance)))
        });
        Some(VarianceShiftOutcome {
            baseline_std,
            current_std,
            ratio,
            p_value,
            p_adjusted: None,
            exact: sides.exact.is_some(),
            // What was not tested may be chance.
            drift: p_value.is_some() && num::abs(num::ln(ratio)) >= self.threshold,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}

/// What the test needs besides the variances.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistic {
    /// Of both samples together, each about its own mean; `None` where it has no meaning.
    kurtosis: Option<f64>,
}

impl Statistic {
    pub(super) fn of_values(
        reference: &[f64],
        current: &[f64],
        mean: &mean_shift::Statistic,
    ) -> Statistic {
        let powers = |values: &[f64], side: Summary| {
            // In standard deviations, so that the fourth power stays in the float range.
            let scaled = |value: &f64| (value - side.mean) / side.std();
            let fourth = |z: f64| z * z * z * z;
            values.iter().map(|value| fourth(scaled(value))).collect::<num::Sum>().total()
        };
        let n = mean.reference.n + mean.current.n;
        let fourth = powers(reference, mean.reference) + powers(current, mean.current);
        let kurtosis = fourth / n;
        Statistic { kurtosis: Some(kurtosis).filter(|kurtosis| kurtosis.is_finite()) }
    }
}
