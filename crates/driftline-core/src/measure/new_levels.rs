//! Share of never-seen levels.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, Measure, MeasureInfo, Outcome, Sides, proportion::Proportions,
    threshold_problem,
};
use crate::num::normal;

/// Never-seen share: are there more rows of levels that the reference never held than its own rare levels announce?
///
/// # What it measures
/// The share of current rows whose level is new, against the share that is to be expected: about as many rows are new in
/// the next sample as are single in this one.
///
/// # Formula
/// ```text
/// value    = c / m                    c = current rows of never-seen levels, m = current rows that hold a value
/// expected = s / n                    s = levels that the reference holds once, n = its rows that hold a value
/// p_value  = P(Z ≥ z), z the two-proportion statistic of (c, m) against (s, n)
/// ```
///
/// # Input
/// Levels; missing values are left out. At least one row a side. Levels past the thousandth share a cell, and those of
/// them that are single are not seen as such.
///
/// # Output
/// 0 to 1; not symmetric: it asks what is new, not what has gone.
///
/// # Default threshold
/// `drift` where the share is at least 0.01 (Driftline's) *and* the corrected p-value is at most the false discovery rate.
///
/// # Limits and neighbours
/// Levels that vanished are listed in the report, and move PSI. NannyML alerts on any unseen value, which an open
/// vocabulary always has.
///
/// # Example
/// ```
/// use driftline_core::measure::{Measure, NewLevels};
/// assert_eq!(NewLevels::INFO.max, Some(1.0));
/// ```
///
/// # References
/// I. Good, *Biometrika* 40, 1953.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct NewLevels {
    /// `drift` needs a share of at least this.
    pub threshold: f64,
}

impl Default for NewLevels {
    fn default() -> NewLevels {
        NewLevels { threshold: NewLevels::INFO.threshold.0 }
    }
}

/// What [`NewLevels`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewLevelsOutcome {
    /// Share of the current rows whose level is new.
    pub share: f64,
    /// The share to be expected without drift.
    pub expected: f64,
    /// Probability of so many without drift.
    pub p_value: f64,
    /// The same corrected over all columns (Benjamini–Hochberg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Whether they are many enough and not chance.
    pub drift: bool,
}

outcome!(NewLevelsOutcome, |found| found.share, p_value: |found| Some(found.p_value));

impl Measure for NewLevels {
    type Outcome = NewLevelsOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "new_levels",
        name: "Never-seen share",
        summary: "The share of current rows whose level the reference never held",
        columns: Columns::Categorical,
        max: Some(1.0),
        unit: "",
        symmetric: false,
        rank_based: false,
        threshold: (0.01, "Driftline"),
        compares: Compares::Both,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<NewLevelsOutcome> {
        let (reference, current) = sides.counts.filter(|_| sides.is_categorical)?;
        let singles = reference.cells.iter().filter(|rows| **rows == 1).count() as u64;
        let proportions = Proportions {
            reference: (singles, reference.counted()),
            current: (current.novel.rows, current.counted()),
        };
        let (expected, share) = proportions.shares()?;
        Some(NewLevelsOutcome {
            share,
            expected,
            p_value: normal::sf(proportions.z()),
            p_adjusted: None,
            drift: share >= self.threshold,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}
