//! What a server tells of one model, as a report: the live rows, the windows that were, and what its engine did.
//!
//! Each answer is read by itself, and as little of it as is shown: code that reads is most of a module's size.

use alloc::collections::BTreeMap;

use driftline_core::{
    engine::{Alert, TriggerStatus},
    live::Live,
    objective::Objectives,
    policy::{Policy, PolicySpec},
    replay::{History, KeptWindow, Replay},
    report::{Report, WindowReport},
    rule::Rule,
    time::Timestamp,
    trigger::{Rails, Trigger, audit::AuditRow},
};
use serde::Deserialize;

use super::Taken;
use crate::message::reporting::Told;

/// The policy's half of a spec; the other half is what the report was measured by.
#[derive(Deserialize)]
struct Judged {
    objectives: Objectives,
    rules: Vec<Rule>,
    triggers: Vec<Trigger>,
    rails: Rails,
    live: Live,
}

#[derive(Deserialize)]
struct Spec {
    spec: Judged,
}

#[derive(Deserialize)]
struct Windows {
    windows: Vec<WindowReport>,
}

/// The same answer again: with what stands beside each window.
#[derive(Deserialize)]
struct Stands {
    windows: Vec<Stand>,
}

#[derive(Deserialize)]
struct Stand {
    at: Timestamp,
    #[serde(default)]
    states: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Alerts {
    alerts: Vec<Alert>,
    triggers: Vec<TriggerStatus>,
}

#[derive(Deserialize)]
struct Audit {
    rows: Vec<AuditRow>,
}

pub(super) fn take(job: u32, told: &Told, report: &str) -> Result<Taken, String> {
    let policy = policy(&told.spec)?;
    let Windows { windows } = read("/v1/windows", &told.windows)?;
    let Stands { windows: stands } = read("/v1/windows", &told.windows)?;
    let Alerts { alerts, triggers } = read("/alerts", &told.alerts)?;
    let Audit { rows: audit } = read("/v1/audit", &told.audit)?;
    let report = Report::from_measured_json(report)
        .map_err(|error| format!("expected the server’s report: {error}"))?;
    let kept = stands.into_iter().zip(&windows);
    let kept = kept.map(|(Stand { at, states }, window)| KeptWindow {
        at,
        states,
        window: window.clone(),
    });
    let history = History { windows: kept.collect(), alerts, triggers, audit };
    let replay = Replay::of_history(&policy, history);
    let report = Report { windows, ..report }.with_replay(replay);
    Ok(Taken { job, report, policy, fields: Vec::new() })
}

fn policy(spec: &str) -> Result<Policy, String> {
    let Spec { spec: Judged { objectives, rules, triggers, rails, live } } =
        read("/v1/spec", spec)?;
    let spec = PolicySpec { objectives, rules, triggers, rails, live };
    spec.check().map_err(|problems| super::said(&problems))
}

fn read<'a, T: Deserialize<'a>>(what: &str, text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("expected the server’s {what}: {error}"))
}
