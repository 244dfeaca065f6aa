//! Wasserstein-1 distance.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, GridCounts, Measure, MeasureInfo, Outcome, Sides,
    steps::{self, Gap, Step},
    threshold_problem,
};
use crate::num;

/// Wasserstein-1 distance: how far values have to be moved, on average, to turn one side into the other.
///
/// # What it measures
/// The area between the two cumulative curves (the earth mover's distance on the line), in the column's own unit and in
/// standard deviations of the reference.
///
/// # Formula
/// ```text
/// value  = ∫ |F(x) − G(x)| dx        F, G = share of the reference's and of the current values up to x
/// by_std = value / σ                 σ = the reference's standard deviation, n in the denominator
/// ```
/// Exact where both sides' values fit the memory budget. On the grid, F and G are straight between a cell's edges, and
/// `error` = ½ Σ width · (p + q) bounds what the values inside the cells can change.
///
/// # Input
/// Numbers; missing values, NaN and infinities are left out. At least one number a side.
///
/// # Output
/// 0 to ∞ in the column's unit; symmetric, a metric. `by_std` is not symmetric, and absent where the reference is
/// constant.
///
/// # Default threshold
/// 0.1 on `by_std` for `drift`: Evidently's constant.
///
/// # Limits and neighbours
/// One far outlier moves it as much as many near ones. Without drift `by_std` is about 0.13 at 100 rows. Evidently
/// divides by at least 0.001, NannyML reports the value, from 10,000 rows on over equal-width bins.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Exact, Measure, ReferenceCounts, Sides, Wasserstein};
/// let exact = Exact::of(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]).unwrap();
/// let cells = Sides::of_cells(ReferenceCounts(&[3, 0]), CurrentCounts(&[0, 3]));
/// let found = Wasserstein::default().compare(&Sides { exact: Some(&exact), ..cells }).unwrap();
/// assert!((found.value - 5.0).abs() < 1e-15);
/// ```
///
/// # References
/// S. Vallender, *Theory of Probability and its Applications* 18, 1974.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Wasserstein {
    /// `drift` is true where `by_std` is above this.
    pub threshold: f64,
}

impl Default for Wasserstein {
    fn default() -> Wasserstein {
        Wasserstein { threshold: Wasserstein::INFO.threshold.0 }
    }
}

/// What [`Wasserstein`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WassersteinOutcome {
    /// The distance in the column's unit.
    pub value: f64,
    /// In standard deviations of the reference; absent where that is constant or was too long to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_std: Option<f64>,
    /// Largest error of `value`, where it comes from the grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    /// Whether it comes from the values one by one.
    pub exact: bool,
    /// Whether `by_std` is above the threshold.
    pub drift: bool,
}

outcome!(
    WassersteinOutcome,
    |found| found.value,
    exact: |found| found.exact,
    error: |found| found.error,
);

impl Measure for Wasserstein {
    type Outcome = WassersteinOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "wasserstein",
        name: "Wasserstein-1 distance",
        summary: "How far values have to be moved, on average, to turn one side into the other",
        columns: Columns::Numeric,
        max: None,
        unit: "the column's unit",
        symmetric: true,
        rank_based: false,
        threshold: (0.1, "Evidently, in the reference's standard deviations"),
        compares: Compares::Value,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<WassersteinOutcome> {
        let (statistic, error) = match sides.exact {
            Some(exact) => (exact.wasserstein, None),
            None => {
                let (statistic, error) = on_grid(&sides.grid_counts()?)?;
                (statistic, Some(error))
            }
        };
        let Statistic { value, by_std } = statistic;
        let drift = by_std.is_some_and(|by_std| by_std > self.threshold);
        value.is_finite().then_some(WassersteinOutcome {
            value,
            by_std,
            error,
            exact: error.is_none(),
            drift,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}

/// The distance, whatever the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistic {
    value: f64,
    by_std: Option<f64>,
}

impl Statistic {
    pub(super) fn value(&self) -> f64 {
        self.value
    }

    fn new(value: f64, std: Option<f64>) -> Statistic {
        let by_std = std.filter(|std| *std > 0.0).map(|std| value / std);
        Statistic { value, by_std: by_std.filter(|by_std| by_std.is_finite()) }
    }
}

/// Adds up the area between the curves, value by value.
pub(super) struct Walk {
    gap: Gap,
    last: Option<f64>,
    area: num::Sum,
}

impl Walk {
    pub(super) fn new(n: u64, m: u64) -> Walk {
        Walk { gap: Gap::new(n, m), last: None, area: num::Sum::new() }
    }

    pub(super) fn step(&mut self, step: &Step) {
        if let Some(last) = self.last {
            self.area.add(num::abs(self.gap.share()) * (step.value - last));
        }
        self.last = Some(step.value);
        self.gap.pass(step);
    }

    pub(super) fn finish(self, reference_std: f64) -> Statistic {
        Statistic::new(self.area.total(), Some(reference_std))
    }
}

/// The distance by the counts of grid cells, and its largest error.
pub(super) fn on_grid(counts: &GridCounts<'_>) -> Option<(Statistic, f64)> {
    let total = |cells: &[u64]| cells.iter().sum::<u64>();
    let (n, m) = (total(&counts.reference.cells), total(&counts.current.cells));
    let (r, c) = (counts.reference.extremes?, counts.current.extremes?);
    let (mut gap, mut lower) = (Gap::new(n, m), r.0.min(c.0));
    let (mut area, mut error) = (num::Sum::new(), num::Sum::new());
    for step in steps::of_grid(counts) {
        // Rows of a cell lie between the smallest number and the largest: outer cells end there.
        let upper = step.value.min(r.1.max(c.1)).max(lower);
        // Between occupied cells the curves are flat.
        let cell_lower = lower_edge(counts, &step).max(lower);
        area.add(num::abs(gap.share()) * (cell_lower - lower));
        let before = gap.share();
        gap.pass(&step);
        let (width, after) = (upper - cell_lower, gap.share());
        area.add(width * mean_distance(before, after));
        let mass = step.reference as f64 / n as f64 + step.current as f64 / m as f64;
        error.add(width * mass / 2.0);
        lower = upper;
    }
    let scale = counts.scale();
    let std = scale.and_then(|scale| counts.reference.moments.variance(scale)).map(num::sqrt);
    let statistic = Statistic::new(area.total(), std);
    (statistic.value.is_finite() && error.total().is_finite()).then(|| (statistic, error.total()))
}

/// The lower edge of the cell whose upper edge is the step's value.
fn lower_edge(counts: &GridCounts<'_>, step: &Step) -> f64 {
    let edges = counts.grid.edges();
    let at = edges.partition_point(|edge| *edge < step.value);
    let is_last = edges.get(at).is_none();
    let below = if is_last { edges.last() } else { at.checked_sub(1).and_then(|at| edges.get(at)) };
    below.copied().unwrap_or(f64::NEG_INFINITY)
}

/// The mean of |x| over a straight line from `a` to `b`.
fn mean_distance(a: f64, b: f64) -> f64 {
    let (x, y) = (num::abs(a), num::abs(b));
    if (a < 0.0) == (b < 0.0) || x + y <= 0.0 {
        (x + y) / 2.0
    } else {
        (x * x + y * y) / (2.0 * (x + y))
    }
}
