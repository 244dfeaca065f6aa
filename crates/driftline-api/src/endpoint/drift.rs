//! `GET /drift`, `/latency`, `/v1/report` and `/v1/labels`: what the live rows say.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    latency::LatencyHistogram,
    live::LiveWindow,
    objective::{ObjectiveOutcome, Quantile},
    performance::Performance,
    reference::ReferenceId,
    report::Report,
    time::Timestamp,
    verdict::Severity,
};
use serde::Serialize;

use super::{Call, Handling};
use crate::{
    problem::{Kind, Problem},
    station::{MOST_AWAITED, Model, Station},
};

/// Which rows.
#[derive(Debug, Serialize)]
struct Span {
    start: Timestamp,
    end: Timestamp,
    rows: u64,
    extended: bool,
}

impl Span {
    fn of(live: &LiveWindow) -> Span {
        Span { start: live.start, end: live.end, rows: live.rows, extended: live.extended }
    }
}

/// Why nothing is decided.
#[derive(Debug, Serialize)]
struct Why {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    learnt: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wanted: Option<u64>,
}

#[derive(Debug, Serialize)]
struct DriftAnswer {
    timestamp: Timestamp,
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    features_monitored: u64,
    drift_detected: bool,
    psi_scores: BTreeMap<String, f64>,
    drifted_features: Vec<String>,
    inconclusive_features: Vec<String>,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Why>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prediction_severity: Option<Severity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_id: Option<ReferenceId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Span>,
}

pub(super) fn get(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    let version = version(call, &model)?;
    call.json(&answer(&model, version, call.now))
}

/// The version that is asked about.
fn version<'a>(call: &'a Call<'_>, model: &Model) -> Result<Option<&'a str>, Problem> {
    let Some(version) = call.parameter("version") else { return Ok(None) };
    if model.lines.contains_key(version) {
        return Ok(Some(version));
    }
    let known: Vec<&str> =
        model.lines.keys().map(String::as_str).filter(|name| !name.is_empty()).collect();
    let known = if known.is_empty() { "none yet".to_string() } else { known.join(", ") };
    let detail = format!("expected a version that has sent events ({known}), found another");
    Err(Problem::new(Kind::NOT_FOUND, detail))
}

fn answer(model: &Model, version: Option<&str>, now: Timestamp) -> DriftAnswer {
    let fresh = model.fresh(version, now);
    let mut answer = DriftAnswer {
        timestamp: now,
        model: model.name.clone(),
        version: version.map(str::to_string),
        features_monitored: 0,
        drift_detected: false,
        psi_scores: BTreeMap::new(),
        drifted_features: Vec::new(),
        inconclusive_features: Vec::new(),
        severity: Severity::Inconclusive,
        reason: why(model, fresh.as_ref()),
        prediction_severity: None,
        reference_id: model.active,
        window: None,
    };
    if let Some((live, report)) = fresh {
        answer.window = Some(Span::of(&live));
        if model.active.is_some() {
            answer.features_monitored = report.drift.features_monitored;
            answer.drift_detected = report.drift.drift_detected;
            answer.psi_scores = report.drift.psi_scores;
            answer.drifted_features = report.drift.drifted_features;
            answer.inconclusive_features = report.drift.inconclusive_features;
            answer.severity = report.severity;
            answer.prediction_severity = report.prediction.map(|prediction| prediction.severity);
        }
    }
    answer
}

/// Why there is no verdict; `None` where there is one.
fn why(model: &Model, fresh: Option<&(LiveWindow, Report)>) -> Option<Why> {
    let why = |code, message: String| Some(Why { code, message, learnt: None, wanted: None });
    if let Some(learning) = &model.learning
        && model.active.is_none()
    {
        let (learnt, wanted) = (learning.rows, learning.events);
        let message = format!("learning what is normal: {learnt} of {wanted} events so far");
        return Some(Why {
            learnt: Some(learnt),
            wanted: Some(wanted),
            ..why("learning", message)?
        });
    }
    if model.active.is_none() {
        let message = "no reference yet: upload a baseline to POST /v1/references, or learn one from events by POST \
                       /v1/learn";
        return why("no_reference", message.to_string());
    }
    let Some((live, report)) = fresh else {
        let most = &model.policy().live.extend_to;
        return why("no_rows", format!("no event within the latest {most}"));
    };
    let least = model.policy().live.min_samples;
    let has_undecided = !report.drift.inconclusive_features.is_empty();
    match report.severity {
        // What could be decided did not drift; what could not may have.
        Severity::None | Severity::Inconclusive if live.rows < least && has_undecided => {
            let message =
                format!("{} rows are too few to decide: {least} would mostly do", live.rows);
            Some(Why { wanted: Some(least), ..why("few_rows", message)? })
        }
        Severity::Inconclusive => why(
            "undecided",
            "no feature could be decided; columns[] of /v1/report says why".to_string(),
        ),
        _ => None,
    }
}

/// What a live page is sent after each look: the answers of `/drift`, `/latency` and `/alerts` as one JSON object.
pub fn live_event(station: &Station, model: &str, now: Timestamp) -> Option<String> {
    #[derive(Serialize)]
    struct LiveEvent {
        drift: DriftAnswer,
        latency: LatencyAnswer,
        alerts: super::alerts::AlertsAnswer,
    }
    let model = station.models.get(model)?;
    let event = LiveEvent {
        drift: answer(model, None, now),
        latency: latency_answer(model, None, now),
        alerts: super::alerts::answer(model, None, now),
    };
    serde_json::to_string(&event).ok()
}

pub(super) fn report(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    let version = version(call, &model)?;
    match model.fresh(version, call.now) {
        Some((_, report)) => call.json(&report),
        None => {
            let detail = why(&model, None).map_or("no rows".into(), |why| why.message);
            Err(Problem::new(Kind::CONFLICT, detail))
        }
    }
}

#[derive(Debug, Serialize)]
struct LatencyAnswer {
    timestamp: Timestamp,
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_ms: Option<f64>,
    invalid: u64,
    objectives: Vec<ObjectiveAnswer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    window: Option<Span>,
}

/// An objective; what is not known is left out.
#[derive(Debug, Serialize)]
struct ObjectiveAnswer {
    quantile: Quantile,
    threshold_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    met: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    share_within: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_spent: Option<f64>,
}

impl From<ObjectiveOutcome> for ObjectiveAnswer {
    fn from(outcome: ObjectiveOutcome) -> ObjectiveAnswer {
        let ObjectiveOutcome { quantile, threshold_ms, met, share_within, budget_spent } = outcome;
        ObjectiveAnswer { quantile, threshold_ms, met, share_within, budget_spent }
    }
}

fn latency_answer(model: &Model, version: Option<&str>, now: Timestamp) -> LatencyAnswer {
    let fresh = model.fresh(version, now);
    let objectives = &model.policy().objectives;
    let figures = fresh.as_ref().and_then(|(_, report)| report.latency.as_ref());
    let current = figures.map(|figures| figures.current);
    LatencyAnswer {
        timestamp: now,
        model: model.name.clone(),
        version: version.map(str::to_string),
        count: current.map_or(0, |figures| figures.count),
        p50_ms: current.map(|figures| figures.p50_ms),
        p95_ms: current.map(|figures| figures.p95_ms),
        p99_ms: current.map(|figures| figures.p99_ms),
        max_ms: current.map(|figures| figures.max_ms),
        invalid: fresh.as_ref().map_or(0, |(live, _)| live.window.service().latency.invalid()),
        objectives: {
            let nothing = LatencyHistogram::with_thresholds(&objectives.thresholds());
            let latencies = fresh.as_ref().map(|(live, _)| &live.window.service().latency);
            let judged = objectives.judge(latencies.unwrap_or(&nothing));
            judged.into_iter().map(ObjectiveAnswer::from).collect()
        },
        error_rate: fresh.as_ref().and_then(|(_, report)| report.errors.map(|errors| errors.rate)),
        window: fresh.as_ref().map(|(live, _)| Span::of(live)),
    }
}

pub(super) fn latency(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    let version = version(call, &model)?;
    call.json(&latency_answer(&model, version, call.now))
}

#[derive(Debug, Serialize)]
struct LabelsAnswer {
    timestamp: Timestamp,
    model: String,
    awaited: u64,
    most_awaited: u64,
    matched: u64,
    unknown: u64,
    forgotten: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    performance: Option<Performance>,
}

pub(super) fn labels(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    let labels = &model.labels;
    let performance = labels.performance();
    call.json(&LabelsAnswer {
        timestamp: call.now,
        model: model.name.clone(),
        awaited: labels.awaited() as u64,
        most_awaited: MOST_AWAITED as u64,
        matched: labels.matched,
        unknown: labels.unknown,
        forgotten: labels.forgotten,
        performance: (performance.rows() > 0).then(|| performance.figures()),
    })
}
