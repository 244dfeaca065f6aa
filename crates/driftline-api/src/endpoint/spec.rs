//! `/v1/spec`: what is watched, and how it is judged.

use alloc::{string::String, vec::Vec};

use serde::Serialize;
use serde_json::{Value, json};

use super::{Call, Handling};
use crate::{
    command::Command,
    problem::{Kind, Problem},
    spec_text,
    station::Model,
};

#[derive(Debug, Serialize)]
pub(crate) struct SpecAnswer {
    model: String,
    /// Whether it is the model's own, or the one of all that have none.
    own: bool,
    hash: String,
    spec: Value,
}

/// The spec with every default written out.
pub(crate) fn spec_answer(model: &Model) -> SpecAnswer {
    SpecAnswer {
        model: model.name.clone(),
        own: model.spec.is_some(),
        hash: model.monitor.spec().hash(),
        spec: json!(spec_text::written_out(&model.monitor, model.policy())),
    }
}

pub(super) fn get(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    call.json(&spec_answer(&model))
}

fn text(call: &Call<'_>) -> Result<String, Problem> {
    let text = core::str::from_utf8(&call.request.body)
        .map_err(|_| Problem::new(Kind::MALFORMED, "expected UTF-8, found other bytes"))?;
    Ok(text.into())
}

/// Whether a spec can be run, and what it comes to; nothing changes.
pub(super) fn check(call: &Call<'_>) -> Result<Handling, Problem> {
    let text = text(call)?;
    let checked = spec_text::check(&text)?;
    let warnings: Vec<Value> = spec_text::warnings(&checked.policy)
        .into_iter()
        .map(|warning| json!({"place": warning.place, "message": warning.message}))
        .collect();
    let model = Model::new(call.model_name(), Some(text), checked);
    let mut answer = json!(spec_answer(&model));
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("warnings".into(), Value::from(warnings));
    }
    call.json(&answer)
}

pub(super) fn put(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model_to_change()?;
    let spec = text(call)?;
    spec_text::check(&spec)?;
    call.commit(Command::PutSpec { model, spec })
}
