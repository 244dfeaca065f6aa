//! Triggers: a threshold that asks for an action on evidence, and the rails before every action.
//!
//! | file | holds |
//! |---|---|
//! | `rails` | the settings of the rails, and the modes |
//! | `rail` | each rail, one function that lets an action pass or says why not |
//! | `freeze` | times in which nothing is changed |
//! | `claim` | an alert that somebody else judged |
//! | `incident` | several asks for one target are one incident, and one action |
//! | `effect` | what is to be done, as data |
//! | `audit` | what was decided and why, as a chain of hashes |

use alloc::{
    collections::{BTreeSet, VecDeque},
    format,
    string::String,
};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration,
    evidence::{Finding, Reading},
    metric::Metric,
    rule::{Comparison, WINDOWS_FOR_AN_ACTION},
    time::Timestamp,
};

pub mod audit;
mod claim;
mod effect;
mod freeze;
mod incident;
mod rail;
mod rails;
pub(crate) mod template;

pub use claim::{CLAIMS_LAPSE_AFTER, CLAIMS_REPEAT_EVERY, Claim, Standing};
pub use effect::{Effect, Order, Request, ScaleStep};
pub use freeze::FreezeWindow;
pub use incident::{Ask, Incident, Progress, Proposal};
pub use rail::{Blocked, Rail, Situation};
pub use rails::{COMMAND_SCHEME, Method, Mode, Rails};
pub use template::PLACEHOLDERS;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Tell people.
    Alert,
    /// Take load off the target.
    ScaleDown,
    /// Put the version before in its place. Outranks the others.
    Rollback,
}

impl Action {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Action::Alert => "alert",
            Action::ScaleDown => "scale_down",
            Action::Rollback => "rollback",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When to act, as people write it. It acts on evidence, not on time: by default where the condition is certainly true in
/// three distinct windows in a row, so that one spike rolls nothing back.
///
/// ```
/// use driftline_core::trigger::{Action, Trigger};
/// let triggers: Vec<Trigger> = serde_json::from_str(
///     r#"[{"metric": "psi_score", "threshold": 0.25, "action": "alert"},
///         {"metric": "psi_score", "threshold": 0.5, "action": "rollback"},
///         {"metric": "latency_p99", "threshold": 0.5, "action": "scale_down"},
///         {"metric": "error_rate", "threshold": 0.05, "action": "rollback"}]"#,
/// ).unwrap();
/// assert_eq!(triggers, driftline_core::trigger::shipped_triggers());
/// assert_eq!((triggers[0].windows, triggers[0].action), (3, Action::Alert));
/// assert_eq!(triggers[1].id(), "psi_score > 0.5: rollback");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// What is compared.
    pub metric: Metric,
    /// How; `>` by default.
    #[serde(default, skip_serializing_if = "is_greater")]
    pub comparison: Comparison,
    /// With what.
    pub threshold: f64,
    /// What is to be done.
    pub action: Action,
    /// In how many windows the condition must be true.
    #[serde(default = "three", skip_serializing_if = "is_three")]
    pub windows: u32,
    /// Of how many, the latest among them; absent for all in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
    /// How long it asks for nothing after an action; absent for the one of all triggers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooldown: Option<Duration>,
}

fn three() -> u32 {
    WINDOWS_FOR_AN_ACTION
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_three(windows: &u32) -> bool {
    *windows == WINDOWS_FOR_AN_ACTION
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_greater(comparison: &Comparison) -> bool {
    *comparison == Comparison::Greater
}

impl Trigger {
    /// A trigger on three windows in a row.
    pub fn new(metric: Metric, threshold: f64, action: Action) -> Trigger {
        let comparison = Comparison::Greater;
        Trigger {
            metric,
            comparison,
            threshold,
            action,
            windows: three(),
            of: None,
            cooldown: None,
        }
    }

    /// Names it by what it says; no two triggers share one.
    pub fn id(&self) -> String {
        format!("{} {} {}: {}", self.metric, self.comparison, self.threshold, self.action)
    }

    /// How many windows it looks back on.
    pub fn looks_at(&self) -> u32 {
        self.of.unwrap_or(self.windows).max(self.windows)
    }
}

/// The triggers of the shipped policy.
pub fn shipped_triggers() -> alloc::vec::Vec<Trigger> {
    let psi = Metric::PsiScore { feature: None };
    alloc::vec![
        Trigger::new(psi.clone(), 0.25, Action::Alert),
        Trigger::new(psi, 0.5, Action::Rollback),
        Trigger::new(Metric::LatencyP99, 0.5, Action::ScaleDown),
        Trigger::new(Metric::ErrorRate, 0.05, Action::Rollback),
    ]
}

/// What the engine remembers of one trigger.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TriggerMemory {
    /// What the latest window said of its metric.
    pub reading: Reading,
    /// Features that made the condition true and have not made it false since.
    pub held_by: BTreeSet<String>,
    /// Where the latest window ends in which it was true, of a metric with a time of its own.
    pub counted_until: Option<Timestamp>,
    /// Whether it was certainly true, of the latest windows, oldest first; as many as the trigger looks at.
    pub windows: VecDeque<bool>,
    /// Whether it asks: from enough windows on until one is certainly false.
    pub is_on: bool,
    /// Whether people were told since then.
    pub was_told: bool,
}

impl TriggerMemory {
    /// Windows in which the condition was true, of those it looks at.
    pub fn n_true(&self) -> u32 {
        self.windows.iter().filter(|is_true| **is_true).count() as u32
    }

    /// What the condition comes to in the latest window, as it was last seen.
    pub(crate) fn find(&self, trigger: &Trigger) -> Finding {
        self.reading
            .find(trigger.comparison, |value| trigger.comparison.compare(value, trigger.threshold))
    }

    /// Takes a new window. An undecided one is none of those in which the condition was true, but does not end what the
    /// trigger asked for.
    pub(crate) fn take(&mut self, trigger: &Trigger, counts: bool) {
        let finding = self.find(trigger);
        self.windows.push_back(finding == Finding::True && counts);
        while self.windows.len() > trigger.looks_at() as usize {
            self.windows.pop_front();
        }
        match finding {
            Finding::True if self.n_true() >= trigger.windows => self.is_on = true,
            Finding::False if self.n_true() < trigger.windows => {
                self.is_on = false;
                self.was_told = false;
            }
            _ => {}
        }
    }

    /// Forgets the windows: nobody saw what was between them and the next, or they are of another version.
    pub(crate) fn forget_windows(&mut self) {
        self.windows.clear();
    }
}
