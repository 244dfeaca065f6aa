//! Two-sample Cramér–von Mises test.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, GridCounts, Measure, MeasureInfo, Outcome, Sides,
    steps::{self, Gap, Step},
};
use crate::num::{self, cramer_von_mises};

/// Cramér–von Mises: the mean squared gap between the two cumulative curves.
///
/// # What it measures
/// How far the curves lie apart over all of their length, and how often chance alone makes it so much.
///
/// # Formula
/// ```text
/// statistic = nm/N² Σ (l·Δ² + δ²/4)          N = n + m, over the different values
///             l = rows that hold the value; F, G = share of the reference's and of the current values below x;
///             Δ, δ = the mean of F − G just below the value and just above it, and by how much it changes there
/// p_value   = P(ω² ≥ (statistic − mean) / √(45 · variance) + 1/6) by the limit law ω², mean and variance those of n, m
/// ```
/// Without ties this is U / (nmN) − (4nm − 1) / (6N), U = n Σᵢ (rᵢ − i)² + m Σⱼ (sⱼ − j)² with r, s the ranks of the
/// reference's and the current values in the pooled sample. Exact where both sides' values fit the memory budget. On
/// the grid it is nm/N² Σ rows · (mean of (F − G)² over the cell), and `error` bounds what the values inside the cells
/// can change.
///
/// # Input
/// Numbers; missing values, NaN and infinities are left out. At least one number a side. The p-value is an
/// approximation: good from about ten values a side.
///
/// # Output
/// 0 to ∞, 0 where both sides hold each value equally often, about 1/6 without drift; symmetric; unchanged by any
/// monotone transform.
///
/// # Default threshold
/// `drift` where the corrected p-value is at most the false discovery rate (5 %).
///
/// # Limits and neighbours
/// Finds broad, small differences better than Kolmogorov–Smirnov. It has no scale of its own: with many rows anything is
/// significant, so read it beside a distance. SciPy and Evidently put mean ranks of tied values into U instead: where
/// values are few and the sides differ in length that grows without any drift (an hour of day, 618 rows against 8734
/// of the next year: 16.7, p < 1e-9). Here ties make the p-value larger, never smaller.
///
/// # Example
/// ```
/// use driftline_core::measure::{CramerVonMises, CurrentCounts, Exact, Measure, ReferenceCounts, Sides};
/// let exact = Exact::of(&[1.0, 2.0], &[3.0, 4.0]).unwrap();
/// let cells = Sides::of_cells(ReferenceCounts(&[2, 0]), CurrentCounts(&[0, 2]));
/// let found = CramerVonMises::default().compare(&Sides { exact: Some(&exact), ..cells }).unwrap();
/// // 4/16 · (Σ Δ² + Σ δ²/4) with Δ = ¼, ¾, ¾, ¼ and δ = ±½
/// assert!((found.statistic - 0.375).abs() < 1e-15);
/// ```
///
/// # References
/// T. Anderson, *Annals of Mathematical Statistics* 33, 1962. W. Conover, *Practical Nonparametric Statistics*, 1971.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CramerVonMises {}

/// What [`CramerVonMises`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CramerVonMisesOutcome {
    /// The statistic T.
    pub statistic: f64,
    /// Probability of one so large without drift.
    pub p_value: f64,
    /// The same corrected over all columns (Benjamini–Hochberg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Largest error of the statistic, where it comes from the grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    /// Whether it comes from the values one by one.
    pub exact: bool,
    /// Whether it is not chance.
    pub drift: bool,
}

outcome!(
    CramerVonMisesOutcome,
    |found| found.statistic,
    p_value: |found| Some(found.p_value),
    exact: |found| found.exact,
    error: |found| found.error,
);

impl Measure for CramerVonMises {
    type Outcome = CramerVonMisesOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "cramer_von_mises",
        name: "Cramér–von Mises",
        summary: "The mean squared gap between the two cumulative curves",
        columns: Columns::Numeric,
        max: None,
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.05, "false discovery rate"),
        compares: Compares::CorrectedPValue,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<CramerVonMisesOutcome> {
        let (Statistic { value, n, m }, error) = match sides.exact {
            Some(exact) => (exact.cramer_von_mises, None),
            None => {
                let (statistic, error) = on_grid(&sides.grid_counts()?);
                (statistic, Some(error))
            }
        };
        let normalised = cramer_von_mises::two_sample_normalised(value, n, m);
        let p_value = cramer_von_mises::limit_sf(normalised).clamp(0.0, 1.0);
        value.is_finite().then_some(CramerVonMisesOutcome {
            statistic: value,
            p_value,
            p_adjusted: None,
            error,
            exact: error.is_none(),
            drift: true,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        core::iter::empty()
    }
}

/// The statistic, whatever the rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistic {
    value: f64,
    n: u64,
    m: u64,
}

/// Adds up the squared gaps, value by value.
pub(super) struct Walk {
    gap: Gap,
    n: u64,
    m: u64,
    sum: num::Sum,
}

impl Walk {
    pub(super) fn new(n: u64, m: u64) -> Walk {
        Walk { gap: Gap::new(n, m), n, m, sum: num::Sum::new() }
    }

    pub(super) fn step(&mut self, step: &Step) {
        let before = self.gap.share();
        self.gap.pass(step);
        self.sum.add(term(step.rows(), before, self.gap.share()));
    }

    pub(super) fn finish(self) -> Statistic {
        let (n, m) = (self.n as f64, self.m as f64);
        let value = n / (n + m) * (m / (n + m)) * self.sum.total();
        Statistic { value, n: self.n, m: self.m }
    }
}

/// What tied rows add, the gap going from `before` to `after`.
fn term(rows: u64, before: f64, after: f64) -> f64 {
    let (mean, change) = ((before + after) / 2.0, after - before);
    rows as f64 * mean * mean + change * change / 4.0
}

/// The statistic by the counts of grid cells, and its largest error.
fn on_grid(counts: &GridCounts<'_>) -> (Statistic, f64) {
    let total = |cells: &[u64]| cells.iter().sum::<u64>();
    let (n, m) = (total(&counts.reference.cells), total(&counts.current.cells));
    let mut gap = Gap::new(n, m);
    let (mut mean, mut least, mut most) = (num::Sum::new(), num::Sum::new(), num::Sum::new());
    for step in steps::of_grid(counts) {
        let rows = step.rows() as f64;
        let (low, high) = gap.range_within(&step);
        let before = gap.share();
        gap.pass(&step);
        let after = gap.share();
        if step.is_one_value {
            let term = term(step.rows(), before, after);
            [&mut mean, &mut least, &mut most].into_iter().for_each(|sum| sum.add(term));
            continue;
        }
        mean.add(rows * (before * before + before * after + after * after) / 3.0);
        let (near, far) = (num::abs(low).min(num::abs(high)), num::abs(low).max(num::abs(high)));
        most.add(rows * far * far);
        if (low < 0.0) == (high < 0.0) {
            least.add(rows * near * near);
        }
    }
    let both = n as f64 + m as f64;
    let weight = n as f64 / both * (m as f64 / both);
    let value = weight * mean.total();
    let error = (weight * most.total() - value).max(value - weight * least.total());
    (Statistic { value, n, m }, error.max(0.0))
}
