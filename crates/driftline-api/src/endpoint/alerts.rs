//! `GET /alerts`, and the same in the shape that Prometheus' clients read.

use alloc::{
    borrow::Cow,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    engine::{Alert, Input, LastBlocked, Outcome, TriggerStatus},
    rule::{Hold, Rule},
    time::Timestamp,
    trigger::{Incident, Mode},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Call, Handling};
use crate::{problem::Problem, station::Model};

/// What is wrong, and what is done about it.
#[derive(Debug, Serialize)]
pub(super) struct AlertsAnswer {
    timestamp: Timestamp,
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    serving: Option<String>,
    mode: Mode,
    kill_switch: bool,
    latched: bool,
    firing: u64,
    alerts: Vec<Alert>,
    triggers: Vec<TriggerStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<Incident>,
    /// What was stopped last, and by which rail.
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<LastBlocked>,
}

/// What the engine last said; of one that was not asked yet what it would say.
fn outcome(model: &Model, now: Timestamp) -> Cow<'_, Outcome> {
    match &model.outcome {
        Some(outcome) => Cow::Borrowed(outcome),
        None => Cow::Owned(model.engine.clone().handle(Input::Tick, now)),
    }
}

pub(super) fn answer(model: &Model, state: Option<&str>, now: Timestamp) -> AlertsAnswer {
    let outcome = outcome(model, now);
    let engine = model.engine.state();
    let wanted = |alert: &&Alert| state.is_none_or(|state| alert.state == state);
    AlertsAnswer {
        timestamp: now,
        model: model.name.clone(),
        serving: model.serving().map(str::to_string),
        mode: model.policy().rails.mode,
        kill_switch: engine.kill_switch,
        latched: engine.target.is_latched,
        firing: outcome.alerts.iter().filter(|alert| alert.state == "firing").count() as u64,
        alerts: outcome.alerts.iter().filter(wanted).cloned().collect(),
        triggers: outcome.triggers.clone(),
        incident: engine.incident.clone(),
        blocked: engine.last_blocked.clone(),
    }
}

pub(super) fn get(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    let states = ["inactive", "pending", "firing", "resolved"];
    let state = call.parameter("state");
    if let Some(state) = state.filter(|state| !states.contains(state)) {
        let detail = format!("expected one of {}, found \"{state}\"", states.join(", "));
        return Err(Problem::of_parameter("state", detail));
    }
    call.json(&answer(&model, state, call.now))
}

/// As Prometheus writes a number in its API.
fn number(value: f64) -> String {
    format!("{value:e}")
}

fn labels(model: &Model, alert: &Alert) -> BTreeMap<String, String> {
    let mut labels = alert.labels.clone();
    labels.insert("alertname".into(), alert.name.clone());
    labels.insert("severity".into(), alert.severity.to_string());
    labels.insert("model".into(), model.name.clone());
    labels
}

/// An alert, where it is one to Prometheus.
fn shaped(model: &Model, alert: &Alert) -> Option<Value> {
    if !matches!(alert.state.as_str(), "pending" | "firing") {
        return None;
    }
    let mut shaped = json!({
        "labels": labels(model, alert),
        "annotations": alert.annotations,
        "state": alert.state,
        "value": number(alert.value.unwrap_or(0.0)),
    });
    if let (Some(since), Some(fields)) = (alert.since, shaped.as_object_mut()) {
        fields.insert("activeAt".into(), json!(since));
    }
    Some(shaped)
}

fn seconds(hold: Hold, every: f64) -> f64 {
    match hold {
        Hold::Windows(windows) => f64::from(windows) * every,
        hold => hold.duration().map_or(0.0, |duration| duration.micros() as f64 / 1e6),
    }
}

fn rule(model: &Model, rule: &Rule, outcome: &Outcome) -> Value {
    let every = model.policy().live.every.micros() as f64 / 1e6;
    let alert = outcome.alerts.iter().find(|alert| alert.name == rule.name);
    let state = alert.map_or("inactive", |alert| alert.state.as_str());
    json!({
        "type": "alerting",
        "name": rule.name,
        "query": format!("{} {} {}", rule.metric, rule.comparison, rule.threshold),
        "duration": seconds(rule.hold, every),
        "keepFiringFor": seconds(rule.keep_firing_for, every),
        "labels": rule.labels,
        "annotations": rule.annotations,
        "alerts": alert.and_then(|alert| shaped(model, alert)).into_iter().collect::<Vec<_>>(),
        // To Prometheus what is resolved is inactive.
        "state": if state == "resolved" { "inactive" } else { state },
        "health": "ok",
        "lastError": "",
        "lastEvaluation": outcome.at,
        "evaluationTime": 0.0,
    })
}

pub(super) fn prometheus_rules(call: &Call<'_>) -> Result<Handling, Problem> {
    let group = |model: &Model| {
        let outcome = outcome(model, call.now);
        let rules: Vec<Value> =
            model.policy().rules.iter().map(|own| rule(model, own, &outcome)).collect();
        json!({
            "name": model.name,
            "file": "driftline",
            "interval": model.policy().live.every.micros() as f64 / 1e6,
            "limit": 0,
            "rules": rules,
            "lastEvaluation": outcome.at,
            "evaluationTime": 0.0,
        })
    };
    let groups: Vec<Value> = call.station.models.values().map(group).collect();
    call.json(&json!({"status": "success", "data": {"groups": groups}}))
}

pub(super) fn prometheus_alerts(call: &Call<'_>) -> Result<Handling, Problem> {
    let mut alerts = Vec::new();
    for model in call.station.models.values() {
        let outcome = outcome(model, call.now);
        alerts.extend(outcome.alerts.iter().filter_map(|alert| shaped(model, alert)));
    }
    call.json(&json!({"status": "success", "data": {"alerts": alerts}}))
}
