//! `GET /drift`, `/latency`, `/v1/report` and `/v1/labels`: what the live rows say.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    duration::Duration,
    latency::{LatencyHistogram, Micros},
    live::LiveWindow,
    monitor::Summary,
    objective::{ObjectiveOutcome, Quantile},
    performance::Performance,
    reference::ReferenceId,
    report::Report,
    time::Timestamp,
    verdict::Severity,
};
use serde::Serialize;

use super::{Call, Handling, Reading};
use crate::{
    problem::{Kind, Problem},
    station::{MOST_AWAITED, Model, Scale, Station},
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
pub(super) struct DriftAnswer {
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
    Ok(Handling::Read(Reading::drift(Sight::of(&model, version, call.now))))
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

/// A model's live rows and what they are held against, as they were at one instant.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sight {
    model: String,
    version: Option<String>,
    now: Timestamp,
    live: Option<LiveWindow>,
    active: Option<ReferenceId>,
    /// Events learnt, and wanted.
    learning: Option<(u64, u64)>,
    min_samples: u64,
    extend_to: Duration,
    scale: Scale,
}

impl Sight {
    fn of(model: &Model, version: Option<&str>, now: Timestamp) -> Sight {
        let live = &model.policy().live;
        Sight {
            model: model.name.clone(),
            version: version.map(str::to_string),
            now,
            live: model.so_far(version, now),
            active: model.active,
            learning: model.learning.as_ref().map(|learning| (learning.rows, learning.events)),
            min_samples: live.min_samples,
            extend_to: live.extend_to,
            scale: model.scale(),
        }
    }

    /// What the rows say.
    pub(super) fn report(&self) -> Option<Report> {
        self.live.as_ref().map(|live| self.scale.report(&live.window, self.now))
    }

    /// The answer of `/drift`.
    pub(super) fn answer(&self) -> DriftAnswer {
        // Without a reference there is nothing to be held against.
        let live = self.live.as_ref().filter(|_| self.active.is_some());
        let summary = live.map(|live| self.scale.summary(&live.window));
        let mut answer = DriftAnswer {
            timestamp: self.now,
            model: self.model.clone(),
            version: self.version.clone(),
            features_monitored: 0,
            drift_detected: false,
            psi_scores: BTreeMap::new(),
            drifted_features: Vec::new(),
            inconclusive_features: Vec::new(),
            severity: Severity::Inconclusive,
            reason: self.why(summary.as_ref()),
            prediction_severity: None,
            reference_id: self.active,
            window: self.live.as_ref().map(Span::of),
        };
        if let Some(Summary { severity, drift, prediction_severity }) = summary {
            answer.features_monitored = drift.features_monitored;
            answer.drift_detected = drift.drift_detected;
            answer.psi_scores = drift.psi_scores;
            answer.drifted_features = drift.drifted_features;
            answer.inconclusive_features = drift.inconclusive_features;
            answer.severity = severity;
            answer.prediction_severity = prediction_severity;
        }
        answer
    }

    /// Why there is no verdict; `None` where there is one.
    fn why(&self, summary: Option<&Summary>) -> Option<Why> {
        let why = |code, message: String| Some(Why { code, message, learnt: None, wanted: None });
        if let Some((learnt, wanted)) = self.learning
            && self.active.is_none()
        {
            let message = format!("learning what is normal: {learnt} of {wanted} events so far");
            return Some(Why {
                learnt: Some(learnt),
                wanted: Some(wanted),
                ..why("learning", message)?
            });
        }
        if self.active.is_none() {
            let message = "no reference yet: upload a baseline to POST /v1/references, or learn one from events by \
                           POST /v1/learn";
            return why("no_reference", message.to_string());
        }
        let Some((live, summary)) = self.live.as_ref().zip(summary) else {
            let most = &self.extend_to;
            return why("no_rows", format!("no event within the latest {most}"));
        };
        let least = self.min_samples;
        let has_undecided = !summary.drift.inconclusive_features.is_empty();
        match summary.severity {
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
}

/// What a live page is sent after each look, copied out of the state.
#[derive(Debug)]
pub struct LiveEvent {
    sight: Sight,
    latency: LatencyAnswer,
    alerts: super::alerts::AlertsAnswer,
}

impl LiveEvent {
    /// Of a model, where there is one of this name.
    pub fn of(station: &Station, model: &str, now: Timestamp) -> Option<LiveEvent> {
        let model = station.models.get(model)?;
        Some(LiveEvent {
            sight: Sight::of(model, None, now),
            latency: latency_answer(model, None, now),
            alerts: super::alerts::answer(model, None, now),
        })
    }

    /// The answers of `/drift`, `/latency` and `/alerts` as one JSON object. It takes long: let go of the state before.
    pub fn text(&self) -> String {
        #[derive(Serialize)]
        struct Written<'a> {
            drift: DriftAnswer,
            latency: &'a LatencyAnswer,
            alerts: &'a super::alerts::AlertsAnswer,
        }
        let LiveEvent { sight, latency, alerts } = self;
        // Plain data with names for keys: it cannot fail.
        serde_json::to_string(&Written { drift: sight.answer(), latency, alerts })
            .unwrap_or_default()
    }
}

pub(super) fn report(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    let version = version(call, &model)?;
    let sight = Sight::of(&model, version, call.now);
    if sight.live.is_none() {
        let detail = sight.why(None).map_or("no rows".into(), |why| why.message);
        return Err(Problem::new(Kind::CONFLICT, detail));
    }
    Ok(Handling::Read(Reading::report(sight)))
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

/// From the counts alone: no column is compared.
fn latency_answer(model: &Model, version: Option<&str>, now: Timestamp) -> LatencyAnswer {
    let live = model.so_far(version, now);
    let objectives = &model.policy().objectives;
    let nothing = LatencyHistogram::with_thresholds(&objectives.thresholds());
    let service = live.as_ref().map(|live| live.window.service());
    let latencies = service.map_or(&nothing, |service| &service.latency);
    let percentile = |n| latencies.quantile(n, 100).map(Micros::as_ms);
    LatencyAnswer {
        timestamp: now,
        model: model.name.clone(),
        version: version.map(str::to_string),
        count: latencies.count(),
        p50_ms: percentile(50),
        p95_ms: percentile(95),
        p99_ms: percentile(99),
        max_ms: latencies.max().map(Micros::as_ms),
        invalid: latencies.invalid(),
        objectives: objectives.judge(latencies).into_iter().map(ObjectiveAnswer::from).collect(),
        error_rate: service.and_then(|service| service.errors.rate()),
        window: live.as_ref().map(Span::of),
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
