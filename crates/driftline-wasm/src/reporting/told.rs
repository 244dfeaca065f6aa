//! What a server tells of one model, as a report: the live rows, the windows that were, and what its engine did.
//!
//! Each answer is read by itself, and as little of it as is shown: code that reads is most of a module's size.

use alloc::collections::BTreeMap;

use driftline_core::{
    engine::{Alert, TriggerStatus},
    replay::{History, KeptWindow, Replay},
    report::{Report, WindowReport},
    spec::MonitorSpec,
    time::Timestamp,
    trigger::audit::AuditRow,
};
use serde::Deserialize;

use super::Taken;
use crate::message::reporting::Told;

#[derive(Deserialize)]
struct Spec {
    spec: MonitorSpec,
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

/// What is shown, and the spec by which the server judges.
pub(super) fn take(job: u32, told: &Told, report: &str) -> Result<(Taken, MonitorSpec), String> {
    let Spec { spec } = read("/v1/spec", &told.spec)?;
    let policy = spec.check().map_err(|problems| super::said(&problems))?.policy;
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
    let problems = report.problems.len();
    Ok((Taken { job, report, policy, fields: Vec::new(), is_told: true, problems }, spec))
}

fn read<'a, T: Deserialize<'a>>(what: &str, text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("expected the server’s {what}: {error}"))
}
