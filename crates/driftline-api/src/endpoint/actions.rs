//! What people and those who carry out orders tell the engine.

use alloc::string::{String, ToString};

use driftline_core::trigger::{Action, Incident, Mode, Proposal};
use serde::Serialize;

use super::{Call, Handling, body};
use crate::{
    command::Command,
    event::check_name,
    problem::{Fault, Problem},
    station::Model,
};

#[derive(Debug, Serialize)]
pub(crate) struct EngineAnswer {
    model: String,
    mode: Mode,
    kill_switch: bool,
    latched: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    serving: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<Incident>,
}

/// How the engine stands.
pub(crate) fn engine_answer(model: &Model) -> EngineAnswer {
    let state = model.engine.state();
    EngineAnswer {
        model: model.name.clone(),
        mode: model.policy().rails.mode,
        kill_switch: state.kill_switch,
        latched: state.target.is_latched,
        serving: model.serving().map(str::to_string),
        incident: state.incident.clone(),
    }
}

/// What a person can agree to.
const ACTING: [Action; 2] = [Action::ScaleDown, Action::Rollback];

/// A person agrees to what an incident waits for, which they name: the action, and of a rollback the version. Where the
/// incident waits for something else by now, the answer says for what.
pub(super) fn approve(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.known_model()?;
    let document = body::parse(&call.request.body)?;
    let known = ["incident", "action", "target_version", "by"];
    let mut object = body::Object::of(&document, "").only(&known);
    let (incident, said) = (object.text("incident"), object.maybe_text("by"));
    let name = object.text("action");
    let action = ACTING.into_iter().find(|action| action.name() == name);
    if action.is_none() && !name.is_empty() {
        let detail = "expected \"scale_down\" or \"rollback\", found another text";
        object.faults.push(Fault::at("/action", detail));
    }
    let target_version = object.maybe_text("target_version");
    let (incident, action) = object.finish((incident, action.unwrap_or(Action::Rollback)))?;
    let proposal = Proposal { action, target_version };
    call.commit(Command::Approve { model, incident, proposal, by: call.actor(said) })
}

pub(super) fn unlatch(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.known_model()?;
    let document = body::parse(&call.request.body)?;
    let mut object = body::Object::of(&document, "").only(&["by"]);
    let said = object.maybe_text("by");
    let said = object.finish(said)?;
    call.commit(Command::Unlatch { model, by: call.actor(said) })
}

/// Of one model where it is named, else of all.
pub(super) fn kill_switch(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = match call.parameter("model") {
        Some(_) => Some(call.known_model()?),
        None => None,
    };
    let document = body::parse(&call.request.body)?;
    let mut object = body::Object::of(&document, "").only(&["on", "by"]);
    let (on, said) = (object.flag("on"), object.maybe_text("by"));
    let on = object.finish(on)?;
    call.commit(Command::KillSwitch { model, on, by: call.actor(said) })
}

pub(super) fn target(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    call.json(&engine_answer(&model))
}

pub(super) fn set_target(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model_to_change()?;
    let document = body::parse(&call.request.body)?;
    let mut object = body::Object::of(&document, "").only(&["version"]);
    let version = object.text("version");
    if object.faults.is_empty()
        && let Err(detail) = check_name(&version, 200)
    {
        object.faults.push(Fault::at("/version", detail));
    }
    let version = object.finish(version)?;
    call.commit(Command::TargetChanged { model, version })
}

/// What became of an order: for whoever carries it out and answers later.
pub(super) fn effect_result(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.known_model()?;
    let key = call.parameter("key").unwrap_or_default().to_string();
    let document = body::parse(&call.request.body)?;
    let mut object = body::Object::of(&document, "").only(&["succeeded", "detail"]);
    let (succeeded, detail) = (object.flag("succeeded"), object.maybe_text("detail"));
    let (succeeded, detail) = object.finish((succeeded, detail.unwrap_or_default()))?;
    call.commit(Command::EffectResult { model, key, succeeded, detail })
}
