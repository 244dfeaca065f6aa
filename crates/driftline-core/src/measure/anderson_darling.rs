//! Two-sample Anderson–Darling test.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, GridCounts, Measure, MeasureInfo, Outcome, Sides,
    steps::{self, Gap, Step},
};
use crate::num::{self, anderson_darling};

/// Anderson–Darling: the squared gap between the two cumulative curves, weighted so that the tails count.
///
/// # What it measures
/// How far the curves lie apart, each point in units of what chance makes there, and how often chance alone makes it so
/// much.
///
/// # Formula
/// ```text
/// statistic = (N − 1)/N² · (1/n + 1/m) Σ l · Δ² / (B(N − B) − N·l/4),  Δ = m·Mr − n·Mc, N = n + m
///             over the different values: l = rows that hold it, B, Mr, Mc = rows of both sides, of the reference and
///             of the current ones below it and half of those at it (A²akN of Scholz & Stephens, ties by their midrank)
/// standardised = (statistic − 1) / σ(n, m)
/// p_value   = P(A² ≥ 1 + standardised·σ(∞)) by the limit law A²
/// ```
/// Exact where both sides' values fit the memory budget. On the grid the rows of a cell count as tied, and `error` bounds
/// what the values inside the cells can change.
///
/// # Input
/// Numbers; missing values, NaN and infinities are left out. At least one number a side and four in all. The p-value is an
/// approximation: good from about five values a side.
///
/// # Output
/// 0 to ∞, 0 where both sides hold each value equally often, about 1 without drift; symmetric; unchanged by any monotone transform.
///
/// # Default threshold
/// `drift` where the corrected p-value is at most the false discovery rate (5 %).
///
/// # Limits and neighbours
/// SciPy and Evidently give the standardised statistic, and a p-value that is cut off at 0.001 and 0.25; this one is not.
///
/// # Example
/// ```
/// use driftline_core::measure::{AndersonDarling, CurrentCounts, Exact, Measure, ReferenceCounts, Sides};
/// let exact = Exact::of(&[1.0, 3.0], &[2.0, 4.0]).unwrap();
/// let cells = Sides::of_cells(ReferenceCounts(&[1, 1]), CurrentCounts(&[1, 1]));
/// let found = AndersonDarling::default().compare(&Sides { exact: Some(&exact), ..cells }).unwrap();
/// assert!(found.statistic > 0.0 && found.p_value > 0.5);
/// ```
///
/// # References
/// F. Scholz, M. Stephens, *Journal of the American Statistical Association* 82, 1987. A. Pettitt, *Biometrika* 63, 1976.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct AndersonDarling {}

/// What [`AndersonDarling`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AndersonDarlingOutcome {
    /// The statistic A².
    pub statistic: f64,
    /// The statistic less its mean without drift, in its standard deviations.
    pub standardised: f64,
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
    AndersonDarlingOutcome,
    |found| found.statistic,
    p_value: |found| Some(found.p_value),
    exact: |found| found.exact,
    error: |found| found.error,
);

impl Measure for AndersonDarling {
    type Outcome = AndersonDarlingOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "anderson_darling",
        name: "Anderson–Darling",
        summary: "The squared gap between the two cumulative curves, weighted so that the tails count",
        columns: Columns::Numeric,
        max: None,
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.05, "false discovery rate"),
        compares: Compares::CorrectedPValue,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<AndersonDarlingOutcome> {
        let (Statistic { value, n, m }, error) = match sides.exact {
            Some(exact) => (exact.anderson_darling, None),
            None => {
                let (statistic, error) = on_grid(&sides.grid_counts()?);
                (statistic, Some(error))
            }
        };
        let sigma = anderson_darling::two_sample_sigma(n, m);
        if !value.is_finite() || sigma <= 0.0 {
            return None;
        }
        let standardised = (value - 1.0) / sigma;
        // The limit law's variance is 2(π² − 9)/3.
        let limit_sigma =
            num::sqrt(2.0 * (core::f64::consts::PI * core::f64::consts::PI - 9.0) / 3.0);
        Some(AndersonDarlingOutcome {
            statistic: value,
            standardised,
            p_value: anderson_darling::limit_sf((1.0 + standardised * limit_sigma).max(0.0)),
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
    pub(super) value: f64,
    pub(super) n: u64,
    pub(super) m: u64,
}

/// Adds up the weighted squares, value by value.
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
        let before = self.gap;
        self.gap.pass(step);
        self.sum.add(term(&before, &self.gap));
    }

    pub(super) fn finish(self) -> Statistic {
        let (n, m) = (self.n as f64, self.m as f64);
        let total = n + m;
        let value = (total - 1.0) / (total * total) * (1.0 / n + 1.0 / m) * self.sum.total();
        Statistic { value, n: self.n, m: self.m }
    }
}

/// What tied rows add, in units of 1/(nm)² · N: l·Δ² / (B(N − B) − N·l/4).
fn term(before: &Gap, after: &Gap) -> f64 {
    // Twice Δ and twice B, so that halves are whole.
    let difference = (before.numerator() + after.numerator()) as f64;
    let both = u128::from(before.passed()) + u128::from(after.passed());
    let total = u128::from(before.total());
    let tied = u128::from(after.passed() - before.passed());
    let weight = (both * (2 * total - both)).saturating_sub(total * tied);
    if weight > 0 { tied as f64 * difference * difference / weight as f64 } else { 0.0 }
}

/// The statistic by the counts of grid cells, and its largest error.
///
/// With H the pooled share, a value that holds the share λ and has p below it and q above adds
/// λ·Δ² / (pq + λ(p + q)/4) to the sum, Δ being between the gaps that are possible in its cell.
pub(super) fn on_grid(counts: &GridCounts<'_>) -> (Statistic, f64) {
    let total = |cells: &[u64]| cells.iter().sum::<u64>();
    let (n, m) = (total(&counts.reference.cells), total(&counts.current.cells));
    let mut walk = Walk::new(n, m);
    let (mut least, mut most) = (num::Sum::new(), num::Sum::new());
    let both = n as f64 + m as f64;
    let smaller = n.min(m) as f64 / both;
    for step in steps::of_grid(counts) {
        let (low, high) = walk.gap.range_within(&step);
        let (near, far) = (num::abs(low).min(num::abs(high)), num::abs(low).max(num::abs(high)));
        let near = if (low < 0.0) == (high < 0.0) { near } else { 0.0 };
        let before = walk.gap;
        walk.step(&step);
        if step.is_one_value {
            let product = n as f64 * m as f64;
            let term = term(&before, &walk.gap) * both / product / product;
            least.add(term);
            most.add(term);
            continue;
        }
        let below = before.passed() as f64 / both;
        let above = (walk.gap.total() - walk.gap.passed()) as f64 / both;
        let rows = step.rows();
        let share = rows as f64 / both;
        least.add(near * near * share / widest_variance(below, 1.0 - above));
        let narrowest = (share * (1.0 - share)).min((1.0 - 1.0 / both) / both) / 4.0;
        let anywhere = far * far * share / (below * above + narrowest);
        // At an end the gap is at most the rows so far by the smaller sample, and its square outweighs the weight.
        let at_an_end = |beyond: f64| share * share / (smaller * smaller * beyond);
        most.add(match (below > 0.0, above > 0.0) {
            (true, true) => anywhere,
            (false, true) => anywhere.min(at_an_end(above)),
            (true, false) => anywhere.min(at_an_end(below)),
            (false, false) => anywhere,
        });
    }
    let statistic = walk.finish();
    let weight = (both - 1.0) / both * (n as f64 / both) * m as f64;
    let error =
        (weight * most.total() - statistic.value).max(statistic.value - weight * least.total());
    (statistic, error.max(0.0))
}

/// The largest H(1 − H) from `from` to `to`.
fn widest_variance(from: f64, to: f64) -> f64 {
    let at = 0.5_f64.clamp(from, to);
    at * (1.0 - at)
}
