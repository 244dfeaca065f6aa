//! From an interval to a verdict: what is decided, how bad it is, and why where it cannot be.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{convention::Convention, schema::Kind};

/// How bad a drift is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It could not be decided. The smallest: a report's severity is the worst *decided* column's.
    Inconclusive,
    /// No drift that matters.
    None,
    /// Worth a look.
    Moderate,
    /// Worth a person's time today.
    Significant,
    /// Worth waking somebody.
    Critical,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Severity; 5] = [
        Severity::Inconclusive,
        Severity::None,
        Severity::Moderate,
        Severity::Significant,
        Severity::Critical,
    ];

    /// The name in files and flags.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Inconclusive => "inconclusive",
            Severity::None => "none",
            Severity::Moderate => "moderate",
            Severity::Significant => "significant",
            Severity::Critical => "critical",
        }
    }

    /// Whether it is a drift.
    pub fn is_drift(self) -> bool {
        self >= Severity::Moderate
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What was decided about one column. Undecidable is a value: no data is never a pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// How bad the drift is; never [`Severity::Inconclusive`].
    Decided(Severity),
    /// It cannot be decided, and why.
    Inconclusive(Reason),
}

impl Verdict {
    /// The severity, inconclusive included.
    pub fn severity(&self) -> Severity {
        match self {
            Verdict::Decided(severity) => *severity,
            Verdict::Inconclusive(_) => Severity::Inconclusive,
        }
    }

    /// Why it is inconclusive.
    pub fn into_reason(self) -> Option<Reason> {
        match self {
            Verdict::Decided(_) => None,
            Verdict::Inconclusive(reason) => Some(reason),
        }
    }
}

/// One of the two samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The reference.
    Baseline,
    /// The rows compared with it.
    Current,
}

impl Side {
    /// The name in text for people.
    pub fn name(self) -> &'static str {
        match self {
            Side::Baseline => "baseline",
            Side::Current => "current",
        }
    }
}

/// Why a column could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(!try_from))]
#[serde(tag = "code", rename_all = "snake_case", try_from = "ReasonParts")]
pub enum Reason {
    /// The interval holds both "no drift" and "critical".
    TooFewRows {
        /// Which sample is too short.
        side: Side,
        /// Rows that hold a value.
        found: u64,
        /// Rows that would decide, if the drift stays as it looks; absent where no number would, because both samples
        /// are too short.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        needed: Option<u64>,
    },
    /// Most of the difference is between values too rare to be compared one by one, and it could be critical.
    RareValues {
        /// Cells that were left when rare ones were put together.
        cells: u64,
    },
    /// A sample without rows.
    NoRows {
        /// Which.
        side: Side,
    },
    /// The column is not in the sample.
    Absent {
        /// Which.
        side: Side,
    },
    /// The column is there, and every value is missing or unreadable.
    NoValues {
        /// Which.
        side: Side,
    },
    /// Most of a sample's values are not of the column's kind.
    KindChanged {
        /// Which.
        side: Side,
        /// The column's kind, by the baseline's first rows.
        expected: Kind,
        /// Rows that are not of it.
        unreadable: u64,
    },
    /// The convention that is asked for says nothing about such a column, or could not be worked out.
    NoConvention {
        /// Which convention.
        convention: Convention,
    },
    /// More different values than a category has: a column that names rows.
    Identifier {
        /// Where they were found.
        side: Side,
    },
}

/// A reason as it is read: an enum with an inner tag would cost a page ten times the code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ReasonParts {
    code: String,
    side: Option<Side>,
    found: Option<u64>,
    needed: Option<u64>,
    cells: Option<u64>,
    expected: Option<Kind>,
    unreadable: Option<u64>,
    convention: Option<Convention>,
}

impl TryFrom<ReasonParts> for Reason {
    type Error = &'static str;

    fn try_from(parts: ReasonParts) -> Result<Reason, &'static str> {
        let ReasonParts { code, side, found, needed, cells, expected, unreadable, convention } =
            parts;
        let reason = match code.as_str() {
            "too_few_rows" => {
                side.zip(found).map(|(side, found)| Reason::TooFewRows { side, found, needed })
            }
            "rare_values" => cells.map(|cells| Reason::RareValues { cells }),
            "no_rows" => side.map(|side| Reason::NoRows { side }),
            "absent" => side.map(|side| Reason::Absent { side }),
            "no_values" => side.map(|side| Reason::NoValues { side }),
            "kind_changed" => {
                side.zip(expected).zip(unreadable).map(|((side, expected), unreadable)| {
                    Reason::KindChanged { side, expected, unreadable }
                })
            }
            "no_convention" => convention.map(|convention| Reason::NoConvention { convention }),
            "identifier" => side.map(|side| Reason::Identifier { side }),
            _ => None,
        };
        reason.ok_or("expected a reason with all that its code needs")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::TooFewRows { side, found, needed: Some(needed) } => {
                write!(
                    f,
                    "too few rows: {found} in the {} data, about {needed} would tell",
                    side.name()
                )
            }
            Reason::TooFewRows { side, found, needed: None } => {
                write!(
                    f,
                    "too few rows: {found} in the {} data; the other side is too short as well",
                    side.name()
                )
            }
            Reason::RareValues { cells } => {
                write!(
                    f,
                    "values too rare to compare one by one; put together in {cells} cells they show no drift"
                )
            }
            Reason::NoRows { side } => write!(f, "the {} data has no rows", side.name()),
            Reason::Absent { side } => write!(f, "the column is not in the {} data", side.name()),
            Reason::NoValues { side } => {
                write!(f, "every value is missing in the {} data", side.name())
            }
            Reason::KindChanged { side, expected, unreadable } => write!(
                f,
                "{} by the first baseline rows, but {unreadable} {} values are not",
                expected.name(),
                side.name()
            ),
            Reason::NoConvention { convention } => {
                write!(f, "the {} convention has no verdict for it", convention.name())
            }
            Reason::Identifier { side } => {
                write!(
                    f,
                    "too many different values in the {} data: it names rows rather than a category",
                    side.name()
                )
            }
        }
    }
}

/// Where one severity ends and the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Ladder {
    /// Moderate from here on.
    pub moderate: f64,
    /// Significant from here on.
    pub significant: f64,
    /// Critical above this.
    pub critical: f64,
}

impl Default for Ladder {
    /// None < 0.1 ≤ moderate < 0.2 ≤ significant ≤ 0.25 < critical (Siddiqi 2006, with its upper band divided).
    fn default() -> Ladder {
        Ladder { moderate: 0.1, significant: 0.2, critical: 0.25 }
    }
}

impl Ladder {
    /// The step that a value stands on.
    pub fn step(&self, value: f64) -> Severity {
        if value > self.critical {
            Severity::Critical
        } else if value >= self.significant {
            Severity::Significant
        } else if value >= self.moderate {
            Severity::Moderate
        } else {
            Severity::None
        }
    }

    /// Whether an interval is too wide to decide: it holds both "no drift" and "critical".
    pub fn is_undecided(&self, lower: f64, upper: f64) -> bool {
        lower < self.moderate && upper > self.critical
    }

    /// What is wrong with the steps.
    pub(crate) fn check(&self, mut report: impl FnMut(String, String)) {
        for (key, value) in [
            ("moderate", self.moderate),
            ("significant", self.significant),
            ("critical", self.critical),
        ] {
            if !value.is_finite() || value <= 0.0 {
                report(
                    alloc::format!("thresholds.{key}"),
                    alloc::format!("expected a number above 0, found {value}"),
                );
            }
        }
        for (key, low, next, high) in [
            ("significant", self.moderate, "moderate", self.significant),
            ("critical", self.significant, "significant", self.critical),
        ] {
            if high < low {
                report(
                    alloc::format!("thresholds.{key}"),
                    alloc::format!("expected at least thresholds.{next} ({low}), found {high}"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_steps_at_its_thresholds() {
        let ladder = Ladder::default();
        for (value, severity) in [
            (0.0, Severity::None),
            (0.0999, Severity::None),
            (0.1, Severity::Moderate),
            (0.1999, Severity::Moderate),
            (0.2, Severity::Significant),
            (0.25, Severity::Significant),
            (0.2501, Severity::Critical),
        ] {
            assert_eq!(ladder.step(value), severity, "{value}");
        }
    }

    #[test]
    fn an_interval_from_no_drift_to_critical_decides_nothing() {
        let ladder = Ladder::default();
        assert!(ladder.is_undecided(0.05, 0.3));
        assert!(!ladder.is_undecided(0.1, 0.3));
        assert!(!ladder.is_undecided(0.05, 0.25));
    }
}
