//! Share of missing values.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, CurrentCounts, Measure, MeasureInfo, Outcome, ReferenceCounts, Sides,
    pooled::Pooled, proportion::Proportions, rare::pool_rare, threshold_problem,
};
use crate::{
    counts::Counts,
    num::{self, normal},
    verdict::Ladder,
};

/// Missing share: do more, or fewer, rows hold nothing than did?
///
/// # What it measures
/// The difference between the two sides' shares of rows without a value, and how often chance alone makes it so large.
/// Missing are empty cells, NaN, and what is not of the column's kind.
///
/// # Formula
/// ```text
/// value   = |b − a|                                    a, b = missing share of the reference's and of the current rows
/// p_value = 2·P(Z ≥ |z|),  z = (b − a) / √(c(1 − c)(1/n + 1/m))     c = missing share of both together
/// lower   = lower end of the PSI's interval over the two cells "missing" and "there" (see PSI), 0 where one of them is
///           rare: expects less than one row in the shorter sample, and that has none
/// ```
///
/// # Input
/// Rows of any kind of column, on files that have it. At least one row a side.
///
/// # Output
/// 0 to 1; symmetric.
///
/// # Default threshold
/// `drift` where the difference is at least 0.01 (Driftline's) *and* the corrected p-value is at most the false discovery
/// rate. Severity is the PSI's ladder on `lower`: a column that falls silent alerts, though its distribution has not moved.
///
/// # Limits and neighbours
/// The normal approximation wants about five missing and five present rows in both sides together.
///
/// # Example
/// ```
/// use driftline_core::{
///     counts::Counts,
///     measure::{CurrentCounts, Measure, MissingShare, ReferenceCounts, Sides},
/// };
/// let counts = |missing, present| Counts { rows: missing + present, missing, cells: vec![present], ..Counts::default() };
/// let (reference, current) = (counts(10, 990), counts(500, 500));
/// let cells = Sides::of_cells(ReferenceCounts(&[990]), CurrentCounts(&[500]));
/// let found = MissingShare::default().compare(&Sides { counts: Some((&reference, &current)), ..cells }).unwrap();
/// assert_eq!((found.baseline, found.current), (0.01, 0.5));
/// assert!(found.lower > 0.25);
/// ```
///
/// # References
/// J. Fleiss, *Statistical Methods for Rates and Proportions*, 1981.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MissingShare {
    /// `drift` needs a difference of at least this.
    pub threshold: f64,
}

impl Default for MissingShare {
    fn default() -> MissingShare {
        MissingShare { threshold: MissingShare::INFO.threshold.0 }
    }
}

/// What [`MissingShare`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MissingShareOutcome {
    /// The reference's share.
    pub baseline: f64,
    /// The current rows' share.
    pub current: f64,
    /// Probability of a difference so large without drift.
    pub p_value: f64,
    /// The same corrected over all columns (Benjamini–Hochberg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Lower end of the PSI's interval over "missing" and "there".
    pub lower: f64,
    /// Whether the difference is large enough and not chance.
    pub drift: bool,
}

outcome!(
    MissingShareOutcome,
    |found| num::abs(found.current - found.baseline),
    p_value: |found| Some(found.p_value),
);

impl Measure for MissingShare {
    type Outcome = MissingShareOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "missing_share",
        name: "Missing share",
        summary: "How much the share of rows without a value changed",
        columns: Columns::All,
        max: Some(1.0),
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.01, "Driftline"),
        compares: Compares::Both,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<MissingShareOutcome> {
        self.with_lower(sides, |table| table.lower(table.smoothed()))
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}

impl MissingShare {
    /// As far as a verdict needs: the lower end on the same step of the ladder.
    pub(crate) fn on_ladder(
        &self,
        sides: &Sides<'_>,
        ladder: &Ladder,
    ) -> Option<MissingShareOutcome> {
        self.with_lower(sides, |table| table.interval_on(ladder, table.smoothed()).lower)
    }

    fn with_lower(
        &self,
        sides: &Sides<'_>,
        lower: impl Fn(&Pooled<'_>) -> f64,
    ) -> Option<MissingShareOutcome> {
        let (reference, current) = sides.counts?;
        let absent = |counts: &Counts| counts.missing + counts.unreadable + counts.nan;
        let (a, b) = (absent(reference), absent(current));
        let proportions =
            Proportions { reference: (a, reference.rows), current: (b, current.rows) };
        let (baseline_share, current_share) = proportions.shares()?;
        let (r, c) = ([a, reference.rows - a], [b, current.rows - b]);
        // A handful of missing rows in a long sample is nothing that a short one would show.
        let evidence = pool_rare(ReferenceCounts(&r), CurrentCounts(&c), true);
        let table = Pooled::new(&evidence.reference, &evidence.current);
        Some(MissingShareOutcome {
            baseline: baseline_share,
            current: current_share,
            p_value: normal::two_sided(proportions.z()),
            p_adjusted: None,
            lower: lower(&table),
            drift: num::abs(current_share - baseline_share) >= self.threshold,
        })
    }
}
