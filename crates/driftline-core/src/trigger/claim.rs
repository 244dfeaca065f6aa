//! An alert that somebody else judged, Prometheus for one: a claim, not evidence.

use serde::{Deserialize, Serialize};

use crate::{duration::Duration, time::Timestamp};

/// How often an alert that goes on firing is told again: the exported route's `repeat_interval` for what acts.
pub const CLAIMS_REPEAT_EVERY: Duration = Duration::MINUTE.times(60);

/// How long a claim stands where nobody repeats it: two repetitions may be lost or late, a third one ends it.
pub const CLAIMS_LAPSE_AFTER: Duration = Duration::MINUTE.times(150);

/// That an alert of the same name as a rule fires elsewhere. It asks for the rule's action as if the rule fired here, behind
/// every rail; the engine keeps it until it is taken back, lapses, or another version serves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Since when the alert fires, as whoever judged it says: its `startsAt`.
    pub since: Timestamp,
    /// The metric's value, where whoever judged it says.
    pub value: Option<f64>,
}

/// A claim that stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// What is claimed.
    pub claim: Claim,
    /// When it lapses.
    pub until: Timestamp,
}
