//! What an engine takes.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use crate::{
    evidence::Evidence,
    trigger::{Claim, Proposal},
};

/// Something that happened; the instant comes beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Time passed.
    Tick,
    /// A window of rows was measured.
    Window(Evidence),
    /// A version serves: the first one that is told, or another one.
    TargetChanged {
        /// Which.
        version: String,
    },
    /// A person agrees to what an incident waits for. What waits by then must be just this: a yes to a scale-down is none to
    /// the rollback that has taken its place. No approval gives rollbacks back that were used up.
    Approve {
        /// The incident's id.
        incident: String,
        /// The action, and the version that a rollback goes back to.
        proposal: Proposal,
        /// Who.
        by: String,
    },
    /// A person gives the engine its rollbacks back, after it has used them up: nothing else does.
    Unlatch {
        /// Who.
        by: String,
    },
    /// All actions are switched off, or on again.
    KillSwitch {
        /// Whether they are off.
        on: bool,
        /// Who.
        by: String,
    },
    /// An alert of the same name as a rule of this policy fires elsewhere, in Prometheus for one, or does no longer. That is a
    /// claim: it asks for the rule's action as if the rule fired here, and every rail still holds. It is refused where the
    /// alert began before the version that serves had settled, asks for nothing while the engine's own latest window says
    /// that the condition is certainly false, and lapses after [`CLAIMS_LAPSE_AFTER`](crate::trigger::CLAIMS_LAPSE_AFTER)
    /// where nobody repeats it.
    External {
        /// The rule.
        rule: String,
        /// What is claimed; absent where the alert fires no longer.
        claim: Option<Claim>,
    },
    /// What became of an order.
    EffectResult {
        /// Its idempotency key.
        key: String,
        /// Whether it was carried out.
        succeeded: bool,
        /// What was answered.
        detail: String,
    },
}
