//! What Alertmanager is told of the alerts that fire here: bodies of its `POST /api/v2/alerts`.
//!
//! An alert that fires is told when it begins and then in every [`REPEAT_EVERY`] for as long as it fires; each time it is said
//! to end after [`LASTS`], so that Alertmanager forgets it where nothing more is heard. Its end is told once, at once. A
//! notice is a function of the state and the instant, and so is its id: whoever tells it again tells the same.
//!
//! ```text
//! labels       the rule's own, alertname, severity, model, ladder where it has one, source="driftline_server"
//! annotations  the rule's own, value: the metric's value when the condition was last true
//! ```

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    duration::Duration,
    engine::{Alert, Transition},
    time::Timestamp,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    applied::Of,
    station::{Model, Station},
};

/// How often an alert that goes on firing is told again.
pub const REPEAT_EVERY: Duration = Duration::MINUTE;

/// How long an alert is said to fire where nothing more is heard: three repetitions may be lost.
pub const LASTS: Duration = Duration::MINUTE.times(4);

/// The label `source` of what is told here. Prometheus' alerts on the same rules say `driftline`: a claim of our own alert
/// would be no evidence, so alerts of this source are not listened to.
pub const SOURCE: &str = "driftline_server";

/// One alert as it stands, to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Names it, for good.
    pub event: String,
    /// The alert, whose later notices take the place of this one.
    pub subject: String,
    /// An array of one alert.
    pub body: Value,
    /// It says nothing from then on.
    pub not_after: Timestamp,
}

/// What is to be told after a command whose transitions these are.
pub fn notices(station: &Station, transitions: &[Of<Transition>], now: Timestamp) -> Vec<Notice> {
    let mut notices = Vec::new();
    for model in station.models.values() {
        let Some(outcome) = &model.outcome else { continue };
        for alert in &outcome.alerts {
            if alert.state == "firing" {
                notices.push(firing(model, alert, now));
                continue;
            }
            let ended = transitions.iter().find(|of| {
                let what = &of.what;
                of.model == model.name && what.what == alert.name && what.from == "firing"
            });
            if let Some(ended) = ended {
                notices.push(resolved(model, alert, ended.what.at));
            }
        }
    }
    notices
}

fn firing(model: &Model, alert: &Alert, now: Timestamp) -> Notice {
    let since = alert.since.unwrap_or(now);
    let turn = now.since(since) / REPEAT_EVERY.micros();
    // Of this repetition, not of this look: the same one twice is the same.
    let told_at = since.later(turn * REPEAT_EVERY.micros());
    let mut body = told(model, alert, told_at.later(LASTS.micros()));
    body["startsAt"] = json!(since);
    Notice {
        event: event(model, alert, &format!("{since} {turn}")),
        subject: subject(model, alert),
        body: json!([body]),
        not_after: told_at.later(REPEAT_EVERY.micros()),
    }
}

fn resolved(model: &Model, alert: &Alert, at: Timestamp) -> Notice {
    Notice {
        event: event(model, alert, &format!("{at} resolved")),
        subject: subject(model, alert),
        body: json!([told(model, alert, at)]),
        // Alertmanager has long forgotten it by itself.
        not_after: at.later(LASTS.micros() * 4),
    }
}

fn told(model: &Model, alert: &Alert, ends: Timestamp) -> Value {
    let mut labels: BTreeMap<String, String> = alert.labels.clone();
    let rules = &model.policy().rules;
    if let Some(rule) = rules.iter().find(|rule| rule.name == alert.name)
        && rules.iter().any(|other| rule.is_below(other) || other.is_below(rule))
    {
        labels.insert("ladder".into(), rule.metric.to_string());
    }
    labels.insert("alertname".into(), alert.name.clone());
    labels.insert("severity".into(), alert.severity.to_string());
    labels.insert("model".into(), model.name.clone());
    labels.insert("source".into(), SOURCE.into());
    let mut annotations = alert.annotations.clone();
    if let Some(value) = alert.value {
        annotations.insert("value".into(), value.to_string());
    }
    json!({"labels": labels, "annotations": annotations, "endsAt": ends})
}

fn subject(model: &Model, alert: &Alert) -> String {
    format!("{}/{}", model.name, alert.name)
}

/// `alert_` and the first 16 bytes of a SHA-256 over the parts, apart from each other.
fn event(model: &Model, alert: &Alert, what: &str) -> String {
    let mut hash = Sha256::new();
    for part in [model.name.as_str(), &alert.name, what] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("alert_{hex}")
}
