//! Shift of the mean.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{Columns, Compares, Measure, MeasureInfo, Outcome, Sides, threshold_problem};
use crate::{
    bins::mean_and_std,
    counts::Counts,
    moments::Scale,
    num::{self, student_t},
};

/// Mean shift: how far the mean moved, in standard deviations, and whether that is chance.
///
/// # What it measures
/// The difference of the two means by the standard deviation of both samples together (Cohen's d), tested by Welch's t.
///
/// # Formula
/// ```text
/// effect  = (b − a) / √(((n − 1)·s² + (m − 1)·t²) / (n + m − 2))    a, b = means, s², t² = sample variances
/// p_value = 2·P(T(ν) ≥ |t|),  t = (b − a) / √(s²/n + t²/m)
///           ν = (s²/n + t²/m)² / (s⁴/(n²(n − 1)) + t⁴/(m²(m − 1)))
/// value   = |effect|
/// ```
///
/// # Input
/// Numbers; missing values, NaN and infinities are left out. At least two numbers a side that are not all alike. Exact
/// where both sides' values fit the memory budget; else from sums in units of 2⁻²⁶ standard deviations of the reference
/// (error below 10⁻⁷ of one), where values beyond 512 to 1024 of them (a power of two) count as lying there.
///
/// # Output
/// 0 to ∞; symmetric.
///
/// # Default threshold
/// `drift` where |effect| is at least 0.2 (Cohen's small effect) *and* the corrected p-value is at most the false
/// discovery rate.
///
/// # Limits and neighbours
/// Blind to every change that keeps the mean. One wild outlier moves it; the ranks' tests do not care.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Exact, MeanShift, Measure, ReferenceCounts, Sides};
/// let exact = Exact::of(&[1.0, 2.0, 3.0], &[3.0, 4.0, 5.0]).unwrap();
/// let cells = Sides::of_cells(ReferenceCounts(&[3, 0]), CurrentCounts(&[0, 3]));
/// let found = MeanShift::default().compare(&Sides { exact: Some(&exact), ..cells }).unwrap();
/// assert_eq!((found.baseline, found.current, found.effect), (2.0, 4.0, 2.0));
/// ```
///
/// # References
/// B. Welch, *Biometrika* 34, 1947. J. Cohen, *Statistical Power Analysis for the Behavioral Sciences*, 1988.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MeanShift {
    /// `drift` needs an effect of at least this, in either direction.
    pub threshold: f64,
}

impl Default for MeanShift {
    fn default() -> MeanShift {
        MeanShift { threshold: MeanShift::INFO.threshold.0 }
    }
}

/// What [`MeanShift`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeanShiftOutcome {
    /// The reference's mean.
    pub baseline: f64,
    /// The current rows' mean.
    pub current: f64,
    /// The difference in standard deviations, current less reference.
    pub effect: f64,
    /// Probability of a difference so large without drift.
    pub p_value: f64,
    /// The same corrected over all columns (Benjamini–Hochberg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Whether it comes from the values one by one.
    pub exact: bool,
    /// Whether the effect is large enough and not chance.
    pub drift: bool,
}

outcome!(
    MeanShiftOutcome,
    |found| num::abs(found.effect),
    p_value: |found| Some(found.p_value),
    exact: |found| found.exact,
);

impl Measure for MeanShift {
    type Outcome = MeanShiftOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "mean_shift",
        name: "Mean shift",
        summary: "How far the mean moved, in standard deviations (Cohen's d, Welch's test)",
        columns: Columns::Numeric,
        max: None,
        unit: "standard deviations",
        symmetric: true,
        rank_based: false,
        threshold: (0.2, "Cohen 1988, a small effect"),
        compares: Compares::Both,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<MeanShiftOutcome> {
        let statistic = match sides.exact {
            Some(exact) => exact.mean,
            None => {
                let counts = sides.grid_counts()?;
                let side = |counts_of: &Counts, scale: Scale| Summary::of_moments(counts_of, scale);
                let scale = counts.scale()?;
                Statistic {
                    reference: side(counts.reference, scale)?,
                    current: side(counts.current, scale)?,
                }
            }
        };
        let Statistic { reference: r, current: c } = statistic;
        let (effect, p_value) = statistic.effect_and_p()?;
        Some(MeanShiftOutcome {
            baseline: r.mean,
            current: c.mean,
            effect,
            p_value,
            p_adjusted: None,
            exact: sides.exact.is_some(),
            drift: num::abs(effect) >= self.threshold,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}

/// Number, mean and variance (`n` in the denominator) of some values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Summary {
    pub(super) n: f64,
    pub(super) mean: f64,
    pub(super) variance: f64,
}

impl Summary {
    fn of_values(values: &[f64]) -> Option<Summary> {
        let (mean, std) = mean_and_std(values)?;
        Some(Summary { n: values.len() as f64, mean, variance: std * std })
    }

    pub(super) fn of_moments(counts: &Counts, scale: Scale) -> Option<Summary> {
        let moments = &counts.moments;
        Some(Summary {
            n: moments.n as f64,
            mean: moments.mean(scale)?,
            variance: moments.variance(scale)?,
        })
    }

    pub(super) fn std(self) -> f64 {
        num::sqrt(self.variance)
    }
}

/// Both sides' means and variances.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistic {
    pub(super) reference: Summary,
    pub(super) current: Summary,
}

impl Statistic {
    pub(super) fn of_values(reference: &[f64], current: &[f64]) -> Option<Statistic> {
        Some(Statistic {
            reference: Summary::of_values(reference)?,
            current: Summary::of_values(current)?,
        })
    }

    /// Cohen's d and Welch's p-value; `None` where no variance can be estimated.
    fn effect_and_p(&self) -> Option<(f64, f64)> {
        let (r, c) = (self.reference, self.current);
        if r.n < 2.0 || c.n < 2.0 {
            return None;
        }
        let difference = c.mean - r.mean;
        let pooled = (r.n * r.variance + c.n * c.variance) / (r.n + c.n - 2.0);
        // Squares of the two means' standard errors: sample variances over n.
        let (a, b) = (r.variance / (r.n - 1.0), c.variance / (c.n - 1.0));
        let t = difference / num::sqrt(a + b);
        let degrees = (a + b) * (a + b) / (a * a / (r.n - 1.0) + b * b / (c.n - 1.0));
        let effect = difference / num::sqrt(pooled);
        (effect.is_finite() && t.is_finite() && degrees.is_finite())
            .then(|| (effect, student_t::two_sided(t, degrees)))
    }
}
