//! `POST /monitor` and `POST /v1/labels`: what comes in.

use alloc::{format, string::ToString, vec::Vec};

use serde_json::Value;

use super::{Call, Handling, body};
use crate::{
    command::{Command, Label, Truth},
    event::{Caps, parse_document, parse_lines},
    problem::{Fault, Kind, Problem},
};

/// Labels of one request.
const MOST_LABELS: usize = 50_000;

/// NDJSON by its three names.
pub(super) const LINES: [&str; 3] =
    ["application/x-ndjson", "application/ndjson", "application/jsonl"];

pub(super) fn post(call: &Call<'_>) -> Result<Handling, Problem> {
    if let Some(why) = call.host.not_ready.first() {
        return Err(Problem::new(Kind::NOT_READY, why.clone()).with_header("retry-after", 1));
    }
    let caps = Caps::default();
    let submission = if LINES.contains(&call.media_type.as_str()) {
        parse_lines(&call.request.body, &caps)?
    } else {
        parse_document(&call.request.body, &caps)?
    };
    call.commit(Command::Ingest(submission))
}

pub(super) fn labels(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.known_model()?;
    let document = body::parse(&call.request.body)?;
    let one;
    let items: &[Value] = match &document {
        Value::Array(items) => items,
        single => {
            one = [single.clone()];
            &one
        }
    };
    if items.len() > MOST_LABELS {
        let detail = format!("expected at most {MOST_LABELS} labels, found {}", items.len());
        return Err(Problem::new(Kind::TOO_LARGE, detail));
    }
    let mut labels = Vec::with_capacity(items.len());
    let mut faults: Vec<Fault> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let pointer = if document.is_array() { format!("/{at}") } else { "".to_string() };
        let mut object = body::Object::of(item, &pointer).only(&["id", "label"]);
        let id = object.text("id");
        let label = match item.get("label") {
            Some(Value::String(text)) => Truth::Text(text.clone()),
            Some(Value::Bool(truth)) => Truth::Truth(*truth),
            Some(Value::Number(number)) => Truth::Number(number.as_f64().unwrap_or(f64::NAN)),
            other => {
                if item.is_object() {
                    let found = other.map_or("nothing", body::words);
                    let detail = format!("expected a number, a text, true or false, found {found}");
                    object.faults.push(Fault::at(format!("{pointer}/label"), detail));
                }
                Truth::Absent
            }
        };
        faults.append(&mut object.faults);
        labels.push(Label { id, label });
    }
    if !faults.is_empty() {
        return Err(Problem::of_faults(Kind::INVALID, faults));
    }
    call.commit(Command::Labels { model, labels })
}
