//! Several asks for one target are one incident, and one incident is one action.

use alloc::{collections::BTreeSet, format, string::String};
use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Action, Claim, audit};
use crate::{duration::Duration, evidence::Finding, metric::Metric, time::Timestamp};

/// A rule or a trigger that asks for an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The rule's name or the trigger's id.
    pub asker: String,
    /// What it asks for.
    pub action: Action,
    /// What it is about.
    pub metric: Metric,
    /// The metric's value.
    pub value: Option<f64>,
    /// What the value is compared with.
    pub threshold: f64,
    /// The claim that it stands on, where it does not stand on windows of its own.
    pub claim: Option<Claim>,
    /// What the condition comes to now.
    pub finding: Finding,
    /// Distinct windows in which it was certainly true …
    pub windows: u32,
    /// … of so many that it needs.
    pub windows_needed: u32,
    /// Whether it comes and goes too often.
    pub is_flapping: bool,
    /// How long the condition must hold.
    pub hold_micros: u64,
    /// How long it asks for nothing after an action.
    pub cooldown: Duration,
}

impl Ask {
    /// Whether it stands on enough evidence, at this moment.
    pub(crate) fn is_certain(&self) -> bool {
        let is_proven = match self.claim {
            // Nobody counted windows here. Where none of them could say, the claim is believed; where one says otherwise, not.
            Some(_) => self.finding != Finding::False,
            None => self.finding == Finding::True && self.windows >= self.windows_needed,
        };
        is_proven && !self.is_flapping
    }
}

/// Something is wrong with the target, from the first ask that stands on evidence until nothing asks any more, or another
/// version serves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Names it.
    pub id: String,
    /// When it began.
    pub start: Timestamp,
    /// Who has asked and has not been answered by a condition that is certainly false.
    pub askers: BTreeSet<String>,
    /// What has been done.
    pub progress: Progress,
}

/// What an engine would do about an incident: what a person agrees to. A yes to one proposal is none to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The action.
    pub action: Action,
    /// The version that a rollback would go back to; absent for other actions.
    #[serde(default)]
    pub target_version: Option<String>,
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target_version {
            Some(version) => write!(f, "{} to {version}", self.action),
            None => self.action.fmt(f),
        }
    }
}

/// What has been done about an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nothing yet.
    Open,
    /// A person is asked.
    Awaiting {
        /// Since when.
        since: Timestamp,
        /// For what.
        proposal: Proposal,
    },
    /// A person has agreed.
    Approved {
        /// When.
        at: Timestamp,
        /// Who.
        by: String,
        /// To what, and to nothing else.
        proposal: Proposal,
    },
    /// The action is on its way, or done.
    Acted {
        /// When.
        at: Timestamp,
        /// Which.
        action: Action,
        /// Its idempotency key.
        key: String,
    },
}

impl Incident {
    /// Begins one.
    pub(crate) fn begin(target: &str, start: Timestamp) -> Incident {
        let hash = audit::sha256_hex(format!("{target}\n{start}").as_bytes());
        Incident { id: hash[..16].into(), start, askers: BTreeSet::new(), progress: Progress::Open }
    }

    /// What a person is asked for, or has agreed to.
    pub fn proposal(&self) -> Option<&Proposal> {
        match &self.progress {
            Progress::Awaiting { proposal, .. } | Progress::Approved { proposal, .. } => {
                Some(proposal)
            }
            _ => None,
        }
    }

    /// The action that it led to.
    pub fn acted(&self) -> Option<(Timestamp, Action)> {
        match self.progress {
            Progress::Acted { at, action, .. } => Some((at, action)),
            _ => None,
        }
    }
}
