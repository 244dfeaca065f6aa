//! JSON Schemas (2020-12) of bodies and answers. The tests hold every answer against its own.

use alloc::vec::Vec;

use serde_json::{Value, json};

use crate::problem::Kind;

fn text_type() -> Value {
    json!({"type": "string"})
}

fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn count() -> Value {
    json!({"type": "integer", "minimum": 0})
}

fn real() -> Value {
    json!({"type": "number"})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn by_name(values: Value) -> Value {
    json!({"type": "object", "additionalProperties": values})
}

/// An object: fields that are always there, then fields that may be.
fn object(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    let properties = required.iter().chain(optional);
    let properties = properties.map(|(name, schema)| ((*name).into(), schema.clone())).collect();
    json!({"type": "object", "required": names, "properties": Value::Object(properties)})
}

/// An object of these fields alone.
fn closed(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let mut schema = object(required, optional);
    schema["additionalProperties"] = json!(false);
    schema
}

pub(crate) fn anything() -> Value {
    json!({"type": "object"})
}

pub(crate) fn text() -> Value {
    text_type()
}

pub(crate) fn bytes() -> Value {
    json!({"type": "string", "format": "binary"})
}

fn severity() -> Value {
    json!({"enum": ["none", "moderate", "significant", "critical", "inconclusive"]})
}

/// A name of a model, a version or an event.
fn name() -> Value {
    json!({"type": ["string", "null"], "minLength": 1, "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"})
}

/// One event, with a schema for each of its fields.
pub(crate) fn event(fields: &[&str]) -> Value {
    let scalar = json!({"type": ["number", "string", "boolean", "null"]});
    let of = |field: &str| match field {
        "features" => json!({
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": 200, "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$"},
            "additionalProperties": scalar.clone(),
        }),
        "probability" | "latency_ms" => json!({"type": ["number", "null"]}),
        "timestamp" => {
            json!({"anyOf": [time(), {"type": "number", "exclusiveMinimum": -1e10, "exclusiveMaximum": 1e10}, {"type": "null"}]})
        }
        "model" | "version" => name(),
        "id" => json!({"anyOf": [name(), {"type": "number"}]}),
        _ => scalar.clone(),
    };
    let properties = fields.iter().map(|field| ((*field).into(), of(field))).collect();
    let says = fields.iter().filter(|field| !matches!(**field, "model" | "version"));
    let says: Vec<Value> = says.map(|field| json!({"required": [field]})).collect();
    json!({
        "type": "object",
        "properties": Value::Object(properties),
        "additionalProperties": false,
        "anyOf": says,
        "examples": [{
            "features": {
                "transaction_amount": 150.0, "transaction_hour": 14, "days_since_last_transaction": 1.5,
                "transaction_count_24h": 3, "distance_from_home": 5.0,
            },
            "prediction": "legitimate", "probability": 0.88, "latency_ms": 12.5,
        }],
    })
}

pub(crate) fn submission() -> Value {
    let event = json!({"$ref": "#/components/schemas/Event"});
    let columns = closed(
        &[(
            "columns",
            json!({"type": "object", "description": "Arrays of one length by the name of a field or feature."}),
        )],
        &[("model", name()), ("version", name())],
    );
    json!({"anyOf": [event.clone(), list(event), columns]})
}

pub(crate) fn lines() -> Value {
    json!({"type": "string", "description": "One event a line; empty lines say nothing."})
}

pub(crate) fn accepted() -> Value {
    closed(
        &[("accepted", count())],
        &[
            ("late", count()),
            ("future", count()),
            ("learnt", count()),
            ("refused", count()),
            ("dropped_feature_values", count()),
            ("cut_texts", count()),
        ],
    )
}

fn window() -> Value {
    closed(&[("start", time()), ("end", time()), ("rows", count()), ("extended", flag())], &[])
}

pub(crate) fn drift() -> Value {
    let code = json!({"enum": ["no_reference", "learning", "no_rows", "few_rows", "undecided"]});
    let reason =
        closed(&[("code", code), ("message", text())], &[("learnt", count()), ("wanted", count())]);
    closed(
        &[
            ("timestamp", time()),
            ("model", text()),
            ("features_monitored", count()),
            ("drift_detected", flag()),
            ("psi_scores", by_name(real())),
            ("drifted_features", list(text())),
            ("inconclusive_features", list(text())),
            ("severity", severity()),
        ],
        &[
            ("version", text()),
            ("reason", reason),
            ("prediction_severity", severity()),
            ("reference_id", text()),
            ("window", window()),
        ],
    )
}

pub(crate) fn latency() -> Value {
    let objective = closed(
        &[("quantile", real()), ("threshold_ms", real())],
        &[("met", flag()), ("share_within", real()), ("budget_spent", real())],
    );
    closed(
        &[
            ("timestamp", time()),
            ("model", text()),
            ("count", count()),
            ("invalid", count()),
            ("objectives", list(objective)),
        ],
        &[
            ("version", text()),
            ("p50_ms", real()),
            ("p95_ms", real()),
            ("p99_ms", real()),
            ("max_ms", real()),
            ("error_rate", real()),
            ("window", window()),
        ],
    )
}

fn mode() -> Value {
    json!({"enum": ["off", "dry-run", "approve", "auto"]})
}

pub(crate) fn alerts() -> Value {
    let alert = object(
        &[("name", text()), ("state", text()), ("severity", severity())],
        &[("since", time()), ("value", real()), ("labels", by_name(text()))],
    );
    let trigger = object(
        &[("metric", text()), ("threshold", real()), ("action", text()), ("state", text())],
        &[("last_fired", time()), ("cooldown_until", time()), ("blocked_by", text())],
    );
    closed(
        &[
            ("timestamp", time()),
            ("model", text()),
            ("mode", mode()),
            ("kill_switch", flag()),
            ("latched", flag()),
            ("firing", count()),
            ("alerts", list(alert)),
            ("triggers", list(trigger)),
        ],
        &[("serving", text()), ("incident", anything()), ("blocked", anything())],
    )
}

pub(crate) fn health() -> Value {
    let model = closed(
        &[("model", text()), ("rows", count()), ("has_reference", flag())],
        &[("last_event", time())],
    );
    closed(
        &[
            ("status", json!({"enum": ["ok", "degraded", "unavailable"]})),
            ("live", flag()),
            ("ready", flag()),
            ("timestamp", time()),
            ("version", text()),
            ("models", list(model)),
        ],
        &[("reasons", list(text())), ("warnings", list(text()))],
    )
}

pub(crate) fn report() -> Value {
    object(
        &[
            ("schema", json!({"const": "driftline.report/v1"})),
            ("generated_at", time()),
            ("severity", severity()),
            ("drift", anything()),
            ("columns", list(anything())),
            ("problems", list(anything())),
        ],
        &[],
    )
}

pub(crate) fn latest_window() -> Value {
    closed(
        &[
            ("model", text()),
            ("at", time()),
            ("start", time()),
            ("end", time()),
            ("rows", count()),
            ("extended", flag()),
            ("evidence", count()),
            ("report", report()),
        ],
        &[],
    )
}

pub(crate) fn history() -> Value {
    let point = object(
        &[
            ("model", text()),
            ("at", time()),
            ("rows", count()),
            ("severity", severity()),
            ("psi_scores", by_name(real())),
        ],
        &[
            ("start", time()),
            ("end", time()),
            ("latency", anything()),
            ("error_rate", real()),
            ("states", by_name(text())),
        ],
    );
    closed(
        &[("model", text()), ("from", time()), ("to", time()), ("windows", list(point))],
        &[("next_from", time())],
    )
}

pub(crate) fn audit() -> Value {
    let row =
        object(&[("model", text()), ("sequence", count()), ("at", time()), ("hash", text())], &[]);
    closed(&[("model", text()), ("rows", list(row))], &[("next_after", count())])
}

pub(crate) fn reference() -> Value {
    let column = closed(&[("name", text()), ("role", text()), ("kind", text())], &[]);
    closed(
        &[
            ("model", text()),
            ("id", text()),
            ("source", text()),
            ("rows", count()),
            ("active", flag()),
            ("columns", list(column)),
        ],
        &[("added_at", time())],
    )
}

pub(crate) fn references() -> Value {
    list(reference())
}

pub(crate) fn learn() -> Value {
    let events = json!({"type": "integer", "minimum": 1, "maximum": crate::station::MOST_LEARNT});
    closed(&[("events", events)], &[])
}

pub(crate) fn learnt() -> Value {
    closed(&[("model", text()), ("events", count()), ("learnt", count())], &[])
}

pub(crate) fn learning() -> Value {
    closed(&[("model", text()), ("learning", flag())], &[("learnt", count()), ("events", count())])
}

pub(crate) fn spec() -> Value {
    closed(&[("model", text()), ("own", flag()), ("hash", text()), ("spec", anything())], &[])
}

pub(crate) fn checked_spec() -> Value {
    let warning = closed(&[("place", text()), ("message", text())], &[]);
    closed(
        &[
            ("model", text()),
            ("own", flag()),
            ("hash", text()),
            ("spec", anything()),
            ("warnings", list(warning)),
        ],
        &[],
    )
}

pub(crate) fn labels() -> Value {
    let label = closed(
        &[
            ("id", json!({"type": "string", "minLength": 1})),
            ("label", json!({"type": ["number", "string", "boolean"]})),
        ],
        &[],
    );
    json!({"anyOf": [label.clone(), list(label)]})
}

pub(crate) fn labels_taken() -> Value {
    closed(&[("matched", count()), ("unknown", count())], &[])
}

pub(crate) fn labels_status() -> Value {
    closed(
        &[
            ("timestamp", time()),
            ("model", text()),
            ("awaited", count()),
            ("most_awaited", count()),
            ("matched", count()),
            ("unknown", count()),
            ("forgotten", count()),
        ],
        &[("performance", anything())],
    )
}

pub(crate) fn engine() -> Value {
    closed(
        &[("model", text()), ("mode", mode()), ("kill_switch", flag()), ("latched", flag())],
        &[("serving", text()), ("incident", anything())],
    )
}

fn maybe_text() -> Value {
    json!({"type": ["string", "null"]})
}

fn some_text() -> Value {
    json!({"type": "string", "minLength": 1})
}

pub(crate) fn target() -> Value {
    let mut version = name();
    version["type"] = json!("string");
    closed(&[("version", version)], &[])
}

pub(crate) fn approval() -> Value {
    let action = json!({"enum": ["scale_down", "rollback"]});
    closed(
        &[("incident", some_text()), ("action", action)],
        &[("target_version", maybe_text()), ("by", maybe_text())],
    )
}

pub(crate) fn signature() -> Value {
    closed(&[], &[("by", maybe_text())])
}

pub(crate) fn switch() -> Value {
    closed(&[("on", flag())], &[("by", maybe_text())])
}

pub(crate) fn switched() -> Value {
    json!({"anyOf": [engine(), closed(&[("on", flag()), ("models", count())], &[])]})
}

pub(crate) fn effect_result() -> Value {
    closed(&[("succeeded", flag())], &[("detail", maybe_text())])
}

pub(crate) fn merged() -> Value {
    closed(&[("replica", text()), ("taken", flag()), ("replicas", count())], &[])
}

/// Alertmanager's webhook, as far as it is read.
pub(crate) fn alertmanager() -> Value {
    let labels = object(&[("alertname", some_text())], &[("model", maybe_text())]);
    let alert =
        object(&[("status", json!({"enum": ["firing", "resolved"]})), ("labels", labels)], &[]);
    object(&[("alerts", list(alert))], &[])
}

pub(crate) fn heard() -> Value {
    let left = closed(&[("alert", text()), ("why", text())], &[]);
    closed(&[("taken", count()), ("left_alone", list(left))], &[])
}

fn of_prometheus(data: Value) -> Value {
    closed(&[("status", json!({"const": "success"})), ("data", data)], &[])
}

pub(crate) fn prometheus_rules() -> Value {
    let rule = object(
        &[
            ("type", json!({"const": "alerting"})),
            ("name", text()),
            ("query", text()),
            ("duration", real()),
            ("state", json!({"enum": ["inactive", "pending", "firing"]})),
            ("health", text()),
            ("alerts", list(anything())),
        ],
        &[],
    );
    let group = object(&[("name", text()), ("rules", list(rule))], &[]);
    of_prometheus(closed(&[("groups", list(group))], &[]))
}

pub(crate) fn prometheus_alerts() -> Value {
    let alert = object(
        &[("labels", by_name(text())), ("state", json!({"enum": ["pending", "firing"]}))],
        &[("activeAt", time()), ("value", text())],
    );
    of_prometheus(closed(&[("alerts", list(alert))], &[]))
}

/// RFC 9457.
pub(crate) fn problem() -> Value {
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.uri()).collect();
    let error = closed(
        &[("detail", text())],
        &[("line", count()), ("column", count()), ("pointer", text()), ("parameter", text())],
    );
    closed(
        &[
            ("type", json!({"enum": kinds})),
            ("title", text()),
            ("status", count()),
            ("detail", text()),
            ("instance", text()),
        ],
        &[("errors", list(error))],
    )
}
