//! `/v1/references` and `/v1/learn`: what is normal.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    reference::{Reference, ReferenceId},
    schema::{Kind as ColumnKind, Role},
    time::Timestamp,
};
use serde::Serialize;

use super::{Call, Handling, body};
use crate::{
    command::Command,
    problem::{Kind, Problem},
    station::{MOST_LEARNT, Model, unknown_reference},
};

/// A reference in its compact form.
pub(super) const STORED: &str = "application/octet-stream";

#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    model: String,
    id: ReferenceId,
    source: String,
    rows: u64,
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_at: Option<Timestamp>,
    columns: Vec<ColumnSummary>,
}

#[derive(Debug, Serialize)]
struct ColumnSummary {
    name: String,
    role: Role,
    kind: ColumnKind,
}

/// A reference in brief.
pub(crate) fn reference_summary(model: &Model, reference: &Reference) -> Summary {
    let id = reference.id();
    let columns = reference.columns().iter().map(|column| ColumnSummary {
        name: column.field.name.clone(),
        role: column.field.role,
        kind: column.field.kind,
    });
    Summary {
        model: model.name.clone(),
        id,
        source: reference.source().to_string(),
        rows: reference.rows(),
        active: model.active == Some(id),
        added_at: model.references.get(&id).map(|kept| kept.added_at),
        columns: columns.collect(),
    }
}

pub(super) fn list(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    let kept = model.references.values();
    let all: Vec<Summary> = kept.map(|kept| reference_summary(&model, &kept.reference)).collect();
    call.json(&all)
}

fn id(call: &Call<'_>) -> Result<ReferenceId, Problem> {
    let text = call.parameter("id").unwrap_or_default();
    ReferenceId::try_from(text.to_string()).map_err(|_| unknown_reference(text))
}

/// The reference with all its counts: JSON, or the compact form.
pub(super) fn get(call: &Call<'_>) -> Result<Handling, Problem> {
    let (model, id) = (call.model()?, id(call)?);
    let kept = model.references.get(&id).ok_or_else(|| unknown_reference(&id.to_string()))?;
    let name = call.endpoint.answers[call.answer].name;
    let body = match name {
        STORED => kept.reference.encode(),
        _ => kept.reference.to_json().into_bytes(),
    };
    Ok(Handling::Respond(crate::Response::new(200, name, body)))
}

pub(super) fn activate(call: &Call<'_>) -> Result<Handling, Problem> {
    let (model, id) = (call.known_model()?, id(call)?);
    if call.model()?.references.contains_key(&id) {
        call.commit(Command::ActivateReference { model, id })
    } else {
        Err(unknown_reference(&id.to_string()))
    }
}

pub(super) fn delete(call: &Call<'_>) -> Result<Handling, Problem> {
    let (model, id) = (call.known_model()?, id(call)?);
    if call.model()?.references.contains_key(&id) {
        call.commit(Command::DeleteReference { model, id })
    } else {
        Err(unknown_reference(&id.to_string()))
    }
}

pub(super) fn put(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model_to_change()?;
    let source = call.parameter("source").unwrap_or("upload");
    // A name, not a path: what a file is called, wherever it lay.
    let source = source.rsplit(['/', '\\']).next().unwrap_or(source);
    let reference = read(call, source)?;
    if reference.rows() == 0 {
        return Err(Problem::new(Kind::INVALID, "expected a baseline with rows, found none"));
    }
    let activate = call.parameter("activate") != Some("false");
    call.commit(Command::PutReference { model, reference: reference.encode(), activate })
}

/// A baseline in any form.
#[cfg(feature = "files")]
fn read(call: &Call<'_>, source: &str) -> Result<Reference, Problem> {
    use alloc::{sync::Arc, vec};

    use driftline_data::{BaselineIntake, ReadOptions};

    use crate::problem::Fault;

    let known = call.station.models.get(call.model_name()).map(|model| Arc::clone(&model.monitor));
    let monitor = known.unwrap_or_else(|| Arc::new(call.station.default_spec().monitor));
    let mut intake = BaselineIntake::new(source, ReadOptions::default(), monitor.counting());
    let refuse = |error: driftline_data::ReadError| {
        let fault = Fault { detail: error.to_string(), ..Fault::default() };
        Problem::of_faults(Kind::INVALID, vec![fault])
    };
    // In pieces, as a file is read.
    for piece in call.request.body.chunks(1 << 20) {
        intake.push(piece).map_err(refuse)?;
    }
    Ok(intake.finish().map_err(refuse)?.reference)
}

/// A stored reference in either of its forms.
#[cfg(not(feature = "files"))]
fn read(call: &Call<'_>, _source: &str) -> Result<Reference, Problem> {
    let body = &call.request.body;
    let read = match core::str::from_utf8(body) {
        Ok(text) if text.trim_start().starts_with('{') => Reference::from_json(text),
        _ => Reference::decode(body),
    };
    read.map_err(|error| {
        Problem::new(
            Kind::INVALID,
            alloc::format!("{error}; this build reads stored references alone"),
        )
    })
}

pub(super) fn learn(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model_to_change()?;
    let document = body::parse(&call.request.body)?;
    let mut object = body::Object::of(&document, "").only(&["events"]);
    let events = object.count("events", MOST_LEARNT);
    let events = object.finish(events)?;
    call.commit(Command::Learn { model, events })
}

/// Progress, in one line.
pub(super) fn learning(call: &Call<'_>) -> Result<Handling, Problem> {
    #[derive(Serialize)]
    struct Progress {
        model: String,
        learning: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        learnt: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        events: Option<u64>,
    }
    let model = call.model()?;
    let learning = model.learning.as_ref();
    call.json(&Progress {
        model: model.name.clone(),
        learning: learning.is_some(),
        learnt: learning.map(|learning| learning.rows),
        events: learning.map(|learning| learning.events),
    })
}
