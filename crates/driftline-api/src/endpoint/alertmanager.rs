//! `POST /v1/alertmanager`: an alert that Prometheus judged claims that the rule of the same name fires. What a claim is worth
//! the engine says; every rail of the policy still holds.

use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

use driftline_core::{time::Timestamp, trigger::Claim};
use serde_json::Value;

use super::{Call, Handling, body};
use crate::{
    command::{Command, ExternalAlert},
    event::DEFAULT_MODEL,
    notice::SOURCE,
    problem::{Fault, Kind, Problem},
};

/// Alerts of one group.
const MOST_ALERTS: usize = 1000;

pub(super) fn post(call: &Call<'_>) -> Result<Handling, Problem> {
    let document = body::parse(&call.request.body)?;
    // Alertmanager adds fields from version to version: what is not needed is left alone.
    let mut group = body::Object::of(&document, "");
    let items = group.array("alerts");
    if items.len() > MOST_ALERTS {
        let detail = format!("expected at most {MOST_ALERTS} alerts, found {}", items.len());
        return Err(Problem::new(Kind::TOO_LARGE, detail));
    }
    let mut alerts: Vec<ExternalAlert> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let pointer = format!("/alerts/{at}");
        let mut alert = body::Object::of(item, &pointer);
        let status = alert.text("status");
        if !["firing", "resolved", ""].contains(&status.as_str()) {
            let detail = "expected \"firing\" or \"resolved\", found another text";
            alert.faults.push(Fault::at(format!("{pointer}/status"), detail));
        }
        let since = if status == "firing" { since(&mut alert, &pointer) } else { None };
        let claim = since.map(|since| Claim { since, value: value_of(item) });
        let nothing = Value::Null;
        let below = format!("{pointer}/labels");
        let labels = item.get("labels").unwrap_or(&nothing);
        let mut labels = body::Object::of(labels, &below);
        let rule = labels.text("alertname");
        let model = labels.maybe_text("model").unwrap_or_else(|| DEFAULT_MODEL.into());
        let is_ours = item
            .get("labels")
            .and_then(|labels| labels.get("source"))
            .is_some_and(|source| source == SOURCE);
        group.faults.append(&mut alert.faults);
        group.faults.append(&mut labels.faults);
        // An alert that a server judged is no evidence for itself.
        if !is_ours {
            alerts.push(ExternalAlert { model, rule, claim });
        }
    }
    let mut alerts = group.finish(alerts)?;
    // A rule may have several alerts that differ in other labels: the end of one is not the end of the others.
    let firing: BTreeSet<(String, String)> = alerts
        .iter()
        .filter(|alert| alert.claim.is_some())
        .map(|alert| (alert.model.clone(), alert.rule.clone()))
        .collect();
    alerts.retain(|alert| {
        alert.claim.is_some() || !firing.contains(&(alert.model.clone(), alert.rule.clone()))
    });
    call.commit(Command::External { alerts })
}

/// Since when an alert fires.
fn since(alert: &mut body::Object<'_>, pointer: &str) -> Option<Timestamp> {
    let text = alert.text("startsAt");
    let since = Timestamp::parse(&text);
    if since.is_none() && !text.is_empty() {
        let detail = "expected an instant such as 2024-01-15T10:29:00Z, found another text";
        alert.faults.push(Fault::at(format!("{pointer}/startsAt"), detail));
    }
    since
}

/// The metric's value where an annotation or a label `value` says: the engine's own number is not what Prometheus judged.
fn value_of(alert: &Value) -> Option<f64> {
    let texts = ["annotations", "labels"]
        .into_iter()
        .filter_map(|of| alert.get(of)?.get("value")?.as_str());
    texts.filter_map(|text| text.trim().parse::<f64>().ok()).find(|value| value.is_finite())
}
