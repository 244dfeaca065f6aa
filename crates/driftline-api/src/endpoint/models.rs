//! Callers that may ask about some models and no others.

use alloc::{format, string::String, vec::Vec};

use super::{Endpoint, Scope};
use crate::{
    command::Command,
    event::DEFAULT_MODEL,
    problem::{Kind, Problem, echo},
    request::Request,
};

/// The header in which a host says which models a caller may ask about, one a line; of all where it is not there. A host
/// takes it out of what clients send.
pub const MODELS_HEADER: &str = "driftline-models";

/// Endpoints whose bodies name models: what they come to is checked before it is journaled.
const BY_BODY: [&str; 2] = ["postEvents", "postAlertmanager"];

/// The models that a caller may ask about; absent for all of them.
fn allowed(request: &Request) -> Option<Vec<&str>> {
    request.header(MODELS_HEADER).map(|models| models.split('\n').collect())
}

fn refuse(what: &str) -> Problem {
    Problem::new(Kind::FORBIDDEN, format!("expected a token for {what}, found one for others"))
}

fn check(request: &Request, model: &str) -> Result<(), Problem> {
    match allowed(request) {
        Some(models) if !models.contains(&model) => {
            Err(refuse(&format!("the model \"{}\"", echo(model))))
        }
        _ => Ok(()),
    }
}

/// Whether the caller may ask this, as far as the address says of which model.
pub(super) fn check_call(
    request: &Request,
    endpoint: &Endpoint,
    model: Option<&str>,
) -> Result<(), Problem> {
    if allowed(request).is_none()
        || endpoint.scope == Scope::Public
        || BY_BODY.contains(&endpoint.id)
    {
        return Ok(());
    }
    if !endpoint.parameters.iter().any(|parameter| parameter.name == "model") {
        return Err(refuse("all models"));
    }
    check(request, model.unwrap_or(DEFAULT_MODEL))
}

/// Whether the caller may change what a command changes.
pub(super) fn check_command(request: &Request, command: &Command) -> Result<(), Problem> {
    if allowed(request).is_none() {
        return Ok(());
    }
    let models: Vec<String> = match command {
        Command::Configure(_) | Command::Tick | Command::KillSwitch { model: None, .. } => {
            return Err(refuse("all models"));
        }
        Command::Ingest(submission) => {
            submission.parts.iter().map(|part| part.model.clone()).collect()
        }
        Command::External { alerts } => alerts.iter().map(|alert| alert.model.clone()).collect(),
        Command::PutReference { model, .. }
        | Command::ActivateReference { model, .. }
        | Command::DeleteReference { model, .. }
        | Command::Learn { model, .. }
        | Command::PutSpec { model, .. }
        | Command::Labels { model, .. }
        | Command::Approve { model, .. }
        | Command::Unlatch { model, .. }
        | Command::KillSwitch { model: Some(model), .. }
        | Command::TargetChanged { model, .. }
        | Command::MergeState { model, .. }
        | Command::EffectResult { model, .. } => alloc::vec![model.clone()],
    };
    models.iter().try_for_each(|model| check(request, model))
}
