//! Two-sample Kolmogorov–Smirnov test.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, Measure, MeasureInfo, Outcome, Sides,
    steps::{self, Gap, Step},
    threshold_problem,
};
use crate::num::{
    self,
    kolmogorov::{self, Law},
};

/// Kolmogorov–Smirnov: the largest gap between the two cumulative curves.
///
/// # What it measures
/// The largest difference between the shares of the two sides that lie at or below one and the same value, and how
/// often chance alone makes one so large.
///
/// # Formula
/// ```text
/// statistic = max over x of |F(x) − G(x)|       F, G = share of the reference's and of the current values up to x
/// p_value   = P(D ≥ statistic) without drift    the law is named: exact for n·m ≤ 4,000,000, else approximate
/// ```
/// Exact where both sides' values fit the memory budget. On the grid the statistic is the largest gap at an edge, and
/// `error` says how much larger one inside a cell can be; the p-value is that of the gap found.
///
/// # Input
/// Numbers; missing values, NaN and infinities are left out. At least one number a side. Ties make the p-value too
/// large, never too small.
///
/// # Output
/// 0 to 1; symmetric; unchanged by any monotone transform of the column.
///
/// # Default threshold
/// `drift` where the statistic is at least 0.1 (about a quarter of a standard deviation's shift; Driftline's) *and* the
/// corrected p-value is at most the false discovery rate: with 20,000 rows the p-value alone flags what nobody would act on.
///
/// # Limits and neighbours
/// Weak in the tails, where Anderson–Darling is strong. SciPy's `auto` takes the exact law up to 10,000 rows a side.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Exact, Ks, Measure, ReferenceCounts, Sides};
/// let exact = Exact::of(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).unwrap();
/// let cells = Sides::of_cells(ReferenceCounts(&[3, 0]), CurrentCounts(&[0, 3]));
/// let ks = Ks::default().compare(&Sides { exact: Some(&exact), ..cells }).unwrap();
/// // 2 of the C(6, 3) = 20 orders are this extreme.
/// assert!(ks.statistic == 1.0 && (ks.p_value - 0.1).abs() < 1e-15);
/// ```
///
/// # References
/// J. Hodges, *Arkiv för Matematik* 3, 1958. R. Simard, P. L'Ecuyer, *Journal of Statistical Software* 39(11), 2011.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Ks {
    /// `drift` needs a statistic of at least this.
    pub threshold: f64,
}

impl Default for Ks {
    fn default() -> Ks {
        Ks { threshold: Ks::INFO.threshold.0 }
    }
}

/// By which law a p-value was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KsLaw {
    /// The exact law of two samples of these sizes.
    Exact,
    /// The exact law of one sample of nm/(n + m) rows, which the other approaches.
    Approximate,
}

/// What [`Ks`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct KsOutcome {
    /// The largest gap.
    pub statistic: f64,
    /// Probability of one so large without drift.
    pub p_value: f64,
    /// The same corrected over all columns (Benjamini–Hochberg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// By which law the p-value is.
    pub law: KsLaw,
    /// The value at which the gap is.
    pub at: f64,
    /// How much larger the gap can be, where it comes from the grid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    /// Whether it comes from the values one by one.
    pub exact: bool,
    /// Whether the gap is large enough and not chance.
    pub drift: bool,
}

outcome!(
    KsOutcome,
    |found| found.statistic,
    p_value: |found| Some(found.p_value),
    exact: |found| found.exact,
    error: |found| found.error,
);

impl Measure for Ks {
    type Outcome = KsOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "ks",
        name: "Kolmogorov–Smirnov",
        summary: "The largest gap between the two cumulative curves",
        columns: Columns::Numeric,
        max: Some(1.0),
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.1, "Driftline"),
        compares: Compares::Both,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<KsOutcome> {
        let (Statistic { numerator, at, n, m }, error) = match sides.exact {
            Some(exact) => (exact.ks, None),
            None => {
                let counts = sides.grid_counts()?;
                let total = |cells: &[u64]| cells.iter().sum::<u64>();
                let (n, m) = (total(&counts.reference.cells), total(&counts.current.cells));
                let mut walk = Walk::new(n, m);
                let mut widest = 0.0_f64;
                for step in steps::of_grid(&counts) {
                    if !step.is_one_value {
                        let (least, most) = walk.gap.range_within(&step);
                        widest = widest.max(num::abs(least)).max(num::abs(most));
                    }
                    walk.step(&step);
                }
                let found = walk.finish();
                (found, Some((widest - found.share()).max(0.0)))
            }
        };
        let (p_value, law) = kolmogorov::two_sample_sf(numerator, n, m);
        let statistic = numerator as f64 / (n as f64 * m as f64);
        Some(KsOutcome {
            statistic,
            p_value,
            p_adjusted: None,
            law: match law {
                Law::Exact => KsLaw::Exact,
                Law::Approximate => KsLaw::Approximate,
            },
            at,
            error,
            exact: error.is_none(),
            drift: statistic >= self.threshold,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}

/// The gap in whole numbers, whatever the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistic {
    /// Of `numerator / (n·m)`.
    numerator: u128,
    at: f64,
    n: u64,
    m: u64,
}

impl Statistic {
    pub(super) fn numerator(&self) -> u128 {
        self.numerator
    }

    pub(super) fn n(&self) -> u64 {
        self.n
    }

    pub(super) fn m(&self) -> u64 {
        self.m
    }

    fn share(&self) -> f64 {
        self.numerator as f64 / (self.n as f64 * self.m as f64)
    }
}

/// Finds the largest gap, value by value.
pub(super) struct Walk {
    gap: Gap,
    found: Statistic,
}

impl Walk {
    pub(super) fn new(n: u64, m: u64) -> Walk {
        Walk { gap: Gap::new(n, m), found: Statistic { numerator: 0, at: 0.0, n, m } }
    }

    pub(super) fn step(&mut self, step: &Step) {
        self.gap.pass(step);
        let numerator = self.gap.numerator().unsigned_abs();
        if numerator > self.found.numerator || self.gap.passed() == step.rows() {
            self.found = Statistic { numerator, at: step.value, ..self.found };
        }
    }

    pub(super) fn finish(self) -> Statistic {
        self.found
    }
}
