//! What a command led to: the answer, and what the host stores with it in one transaction.

use alloc::{string::String, vec::Vec};

use driftline_core::{
    engine::Transition,
    replay::KeptWindow,
    report::Problem,
    trigger::{Effect, audit::AuditRow},
};
use serde::{Deserialize, Serialize};

use crate::response::Response;

/// What a command led to.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The answer to whoever asked.
    pub response: Response,
    /// What was decided, in its order.
    pub audit: Vec<Of<AuditRow>>,
    /// What is to be done: rows of the outbox.
    pub effects: Vec<Of<Effect>>,
    /// What changed: alerts, triggers, incidents.
    pub transitions: Vec<Of<Transition>>,
    /// Windows for charts.
    pub history: Vec<HistoryPoint>,
    /// What an engine did not take.
    pub problems: Vec<Of<Problem>>,
}

/// Something of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Of<T> {
    /// The model.
    pub model: String,
    /// What.
    #[serde(flatten)]
    pub what: T,
}

/// One window of a model's past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryPoint {
    /// The model.
    pub model: String,
    /// The window, and how alerts and triggers stood after it.
    #[serde(flatten)]
    pub kept: KeptWindow,
}

impl Applied {
    pub(crate) fn new(response: Response) -> Applied {
        Applied {
            response,
            audit: Vec::new(),
            effects: Vec::new(),
            transitions: Vec::new(),
            history: Vec::new(),
            problems: Vec::new(),
        }
    }
}
