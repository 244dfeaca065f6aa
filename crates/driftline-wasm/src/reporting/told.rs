//! What a server tells of one model, as a report: the live rows, the windows that were, and what its engine did.

use driftline_core::{
    engine::{Alert, TriggerStatus},
    replay::{History, KeptWindow, Replay},
    report::Report,
    spec::MonitorSpec,
    trigger::audit::AuditRow,
};
use serde::Deserialize;

use super::Taken;

/// The answers of a server, each under its name.
#[derive(Deserialize)]
struct Told {
    spec: Spec,
    report: Option<Report>,
    windows: Windows,
    alerts: Alerts,
    audit: Audit,
}

#[derive(Deserialize)]
struct Spec {
    spec: MonitorSpec,
}

#[derive(Deserialize)]
struct Windows {
    windows: Vec<KeptWindow>,
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

pub(super) fn take(job: u32, text: &str) -> Result<Taken, String> {
    let Told { spec, report, windows, alerts, audit } = serde_json::from_str(text)
        .map_err(|error| format!("expected a server’s answers: {error}"))?;
    let policy = spec.spec.check().map_err(|problems| super::said(&problems))?.policy;
    let history = History {
        windows: windows.windows,
        alerts: alerts.alerts,
        triggers: alerts.triggers,
        audit: audit.rows,
    };
    let report = report.ok_or("expected a report: there are no live rows to compare yet")?;
    let windows = history.windows.iter().map(|kept| kept.window.clone()).collect();
    let replay = Replay::of_history(&policy, history);
    let report = Report { windows, ..report }.with_replay(replay);
    Ok(Taken { job, report, policy })
}
