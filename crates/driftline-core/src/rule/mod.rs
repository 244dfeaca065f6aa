//! Rules: a condition on a metric that must hold before it alerts, by Prometheus' state machine.
//!
//! | file | holds |
//! |---|---|
//! | `comparison`, `hold` | what is compared, and how long that must last |
//! | `state` | the table of states, the same for both modes |
//! | `compat` | Prometheus' own answers: an error freezes, NaN and nothing are false |
//! | `prom_series` | what Prometheus sees of samples at an instant |
//! | `guarded` | what stands before the table by default: no data is no answer, unseen time serves no hold |
//! | `shipped` | the five alerts of the shipped policy |

use alloc::{collections::BTreeMap, string::String};

use serde::{Deserialize, Serialize};

use crate::{duration::Duration, metric::Metric, trigger::Action, verdict::Severity};

mod comparison;
pub mod compat;
pub mod guarded;
mod hold;
mod prom_series;
mod shipped;
mod state;

pub use comparison::Comparison;
pub use hold::Hold;
pub use prom_series::{LOOKBACK, LookbackEnd, PromSample, PromSeries};
pub use shipped::{burn_rate_rules, shipped_rules};
pub use state::{Clearing, Evaluation, RESOLVED_RETENTION, RuleState};

/// When to alert, as people write it.
///
/// ```
/// use driftline_core::rule::{Hold, Rule};
/// let rule: Rule = serde_json::from_str(
///     r#"{"name": "SlowAnswers", "metric": "latency_p99", "threshold": 0.5, "for": "2m", "severity": "critical"}"#,
/// ).unwrap();
/// assert_eq!(rule.hold, Hold::parse("2m").unwrap());
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Names the alert; no two rules share one.
    pub name: String,
    /// What is compared.
    pub metric: Metric,
    /// How; `>` by default.
    #[serde(default)]
    pub comparison: Comparison,
    /// With what.
    pub threshold: f64,
    /// The other end of a band: from here on the condition is false again. Where a higher step of the same ladder begins
    /// there, guarded mode counts the time above for this rule too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// How long the condition must hold before the alert fires.
    #[serde(default, rename = "for", skip_serializing_if = "Hold::is_none")]
    pub hold: Hold,
    /// How long the alert still fires once the condition is false.
    #[serde(default, skip_serializing_if = "Hold::is_none")]
    pub keep_firing_for: Hold,
    /// How bad it is; the ladder's order.
    #[serde(default = "moderate")]
    pub severity: Severity,
    /// Labels of the alert.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Texts for people.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What a firing alert asks for; nothing but the alert by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Guarded mode: once firing, the condition stays true until the value passes this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_threshold: Option<f64>,
    /// Guarded mode: what no data does.
    #[serde(default)]
    pub no_data: NoDataPolicy,
    /// Guarded mode: how long there must be no data before `no_data = "alert"` alerts.
    #[serde(default = "ten_minutes")]
    pub no_data_for: Duration,
    /// Guarded mode: distinct windows in which the condition must have been true; 3 for rules with an action, otherwise 2
    /// with a hold and 1 without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_windows: Option<u32>,
    /// Guarded mode: rows below which a window decides nothing; absent for the one of all rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_samples: Option<u64>,
}

/// Distinct windows that an action needs by default: one data point can serve any hold of time, three in a row are no
/// spike.
pub const WINDOWS_FOR_AN_ACTION: u32 = 3;

/// What a rule does when nothing can be said: no window, a stale one, too few rows, an interval too wide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoDataPolicy {
    /// The state stays as it is, and the time serves no hold.
    #[default]
    Hold,
    /// As if the condition were false; not for critical rules, nor for those with an action.
    Resolve,
    /// As `hold`, with an alert of its own after `no_data_for`.
    Alert,
}

impl Rule {
    /// A rule with nothing but a condition.
    pub fn new(name: &str, metric: Metric, comparison: Comparison, threshold: f64) -> Rule {
        Rule {
            name: name.into(),
            metric,
            comparison,
            threshold,
            until: None,
            hold: Hold::None,
            keep_firing_for: Hold::None,
            severity: moderate(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            action: None,
            exit_threshold: None,
            no_data: NoDataPolicy::default(),
            no_data_for: ten_minutes(),
            min_windows: None,
            min_samples: None,
        }
    }

    /// Whether a value is in the condition, as Prometheus compares: NaN only differs.
    pub fn holds_for(&self, value: f64) -> bool {
        self.comparison.compare(value, self.threshold) && !self.is_past_band(value)
    }

    /// Whether a value is past the band's other end.
    pub(crate) fn is_past_band(&self, value: f64) -> bool {
        self.until.is_some_and(|until| match self.comparison {
            Comparison::Less | Comparison::LessOrEqual => value <= until,
            _ => value >= until,
        })
    }

    /// Whether a firing alert asks for something to be done.
    pub fn acts(&self) -> bool {
        self.action.is_some_and(|action| action != Action::Alert)
    }

    /// Distinct windows in which the condition must have been true before guarded mode fires.
    pub fn windows_needed(&self) -> u32 {
        let default = match self.hold {
            _ if self.acts() => WINDOWS_FOR_AN_ACTION,
            Hold::None => 1,
            _ => 2,
        };
        self.min_windows.unwrap_or(default)
    }

    /// What no data does. It never clears what is critical or acts, whatever is written.
    pub fn on_no_data(&self) -> NoDataPolicy {
        match self.no_data {
            NoDataPolicy::Resolve if self.acts() || self.severity == Severity::Critical => {
                NoDataPolicy::Hold
            }
            policy => policy,
        }
    }

    /// Whether the other rule is a step of the same ladder above this one: the same metric in the same direction, further
    /// out, and worse.
    pub fn is_below(&self, other: &Rule) -> bool {
        self.metric == other.metric
            && self.comparison.direction() == other.comparison.direction()
            && self.severity < other.severity
            && match self.comparison {
                Comparison::Greater | Comparison::GreaterOrEqual => {
                    other.threshold >= self.threshold
                }
                Comparison::Less | Comparison::LessOrEqual => other.threshold <= self.threshold,
                Comparison::Equal | Comparison::NotEqual => false,
            }
    }
}

fn moderate() -> Severity {
    Severity::Moderate
}

fn ten_minutes() -> Duration {
    Duration::MINUTE.times(10)
}

#[cfg(test)]
mod tests;
