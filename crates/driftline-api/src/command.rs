//! What changes the station: checked before it is made, journaled by the host, applied in order.

use alloc::{string::String, vec::Vec};
use core::fmt;

use driftline_core::{
    reference::ReferenceId,
    trigger::{Claim, Proposal},
};
use serde::{Deserialize, Serialize};

use crate::event::Submission;

/// The version of the commands' form: their first byte.
pub const COMMAND_VERSION: u8 = 2;

/// What a station is told once, by whoever runs it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// A model without a reference learns one from so many events; absent for not.
    pub learn: Option<u64>,
    /// The spec of models that have none of their own, as JSON; absent for the shipped one.
    pub spec: Option<String>,
}

/// A change. Applying the same commands at the same instants gives the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Settings, where they are others than before.
    Configure(Settings),
    /// Events.
    Ingest(Submission),
    /// Time passed: look at what came.
    Tick,
    /// A reference in its compact form.
    PutReference {
        /// Of this model.
        model: String,
        /// The reference.
        reference: Vec<u8>,
        /// Whether it is compared with from now on.
        activate: bool,
    },
    /// Another reference is compared with from now on.
    ActivateReference {
        /// Of this model.
        model: String,
        /// Which.
        id: ReferenceId,
    },
    /// A reference that is not compared with is forgotten.
    DeleteReference {
        /// Of this model.
        model: String,
        /// Which.
        id: ReferenceId,
    },
    /// The next events become the reference.
    Learn {
        /// Of this model.
        model: String,
        /// So many.
        events: u64,
    },
    /// Another spec.
    PutSpec {
        /// Of this model.
        model: String,
        /// As JSON.
        spec: String,
    },
    /// What turned out to be true of earlier events.
    Labels {
        /// Of this model.
        model: String,
        /// By the events' ids.
        labels: Vec<Label>,
    },
    /// A person agrees to what an incident waits for.
    Approve {
        /// Of this model.
        model: String,
        /// The incident's id.
        incident: String,
        /// The action, and the version that a rollback goes back to.
        proposal: Proposal,
        /// Who.
        by: String,
    },
    /// A person gives the engine its rollbacks back.
    Unlatch {
        /// Of this model.
        model: String,
        /// Who.
        by: String,
    },
    /// All actions are switched off, or on again.
    KillSwitch {
        /// Of this model; of all where absent.
        model: Option<String>,
        /// Whether they are off.
        on: bool,
        /// Who.
        by: String,
    },
    /// A version serves.
    TargetChanged {
        /// Of this model.
        model: String,
        /// Which.
        version: String,
    },
    /// What a replica holds by now.
    MergeState {
        /// Of this model.
        model: String,
        /// A [`Bundle`](crate::station::Bundle) in its compact form.
        bundle: Vec<u8>,
    },
    /// What became of an order.
    EffectResult {
        /// Of this model.
        model: String,
        /// Its idempotency key.
        key: String,
        /// Whether it was carried out.
        succeeded: bool,
        /// What was answered.
        detail: String,
    },
    /// Alerts that are judged elsewhere.
    External {
        /// The alerts.
        alerts: Vec<ExternalAlert>,
    },
}

/// What turned out to be true of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    /// The event's id.
    pub id: String,
    /// What was true.
    pub label: Truth,
}

/// A label, or what a model answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Truth {
    /// Nothing was said.
    Absent,
    /// A number.
    Number(f64),
    /// A truth value.
    Truth(bool),
    /// A class.
    Text(String),
}

/// An alert that is judged elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExternalAlert {
    /// About this model.
    pub model: String,
    /// The rule of the same name.
    pub rule: String,
    /// What is claimed; absent where it fires no longer.
    pub claim: Option<Claim>,
}

/// Bytes that are no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandError {
    /// Written by another version.
    UnknownVersion(u8),
    /// Cut short or altered.
    Malformed,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::UnknownVersion(found) => {
                write!(f, "expected a command of version {COMMAND_VERSION}, found version {found}")
            }
            CommandError::Malformed => f.write_str("expected a command, found other bytes"),
        }
    }
}

impl core::error::Error for CommandError {}

impl Command {
    /// The compact form: the version and the command in postcard's wire format. It holds no checksum: the journal has one.
    pub fn encode(&self) -> Vec<u8> {
        // Into memory, and every length is known: it cannot fail.
        postcard::to_extend(self, alloc::vec![COMMAND_VERSION]).unwrap_or_default()
    }

    /// Reads the compact form.
    ///
    /// # Errors
    /// Bytes that are no command of this version.
    pub fn decode(bytes: &[u8]) -> Result<Command, CommandError> {
        let (version, rest) = bytes.split_first().ok_or(CommandError::Malformed)?;
        if *version != COMMAND_VERSION {
            return Err(CommandError::UnknownVersion(*version));
        }
        match postcard::take_from_bytes(rest) {
            Ok((command, [])) => Ok(command),
            _ => Err(CommandError::Malformed),
        }
    }
}
