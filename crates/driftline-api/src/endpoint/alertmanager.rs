//! `POST /v1/alertmanager`: an alert that Prometheus judged asks for the action of the rule of the same name. Every rail of
//! the policy still holds.

use alloc::{format, vec::Vec};

use driftline_core::duration::Duration;
use serde_json::Value;

use super::{Call, Handling, body};
use crate::{
    command::{Command, ExternalAlert},
    event::DEFAULT_MODEL,
    problem::{Fault, Kind, Problem},
};

/// How long an alert counts as firing where Alertmanager says no more of it: longer than it repeats itself by default
/// (4 h).
pub const FIRES_FOR: Duration = Duration::MINUTE.times(5 * 60);

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
    let mut alerts = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let pointer = format!("/alerts/{at}");
        let mut alert = body::Object::of(item, &pointer);
        let status = alert.text("status");
        let until = match status.as_str() {
            "firing" => Some(call.now.later(FIRES_FOR.micros())),
            "resolved" => None,
            "" => None,
            _ => {
                let detail = "expected \"firing\" or \"resolved\", found another text";
                alert.faults.push(Fault::at(format!("{pointer}/status"), detail));
                None
            }
        };
        let nothing = Value::Null;
        let below = format!("{pointer}/labels");
        let labels = item.get("labels").unwrap_or(&nothing);
        let mut labels = body::Object::of(labels, &below);
        let rule = labels.text("alertname");
        let model = labels.maybe_text("model").unwrap_or_else(|| DEFAULT_MODEL.into());
        group.faults.append(&mut alert.faults);
        group.faults.append(&mut labels.faults);
        alerts.push(ExternalAlert { model, rule, until });
    }
    let alerts = group.finish(alerts)?;
    call.commit(Command::External { alerts })
}
