//! `GET /health`: whether it lives, whether it takes events, and why not.

use alloc::{string::String, vec::Vec};

use driftline_core::time::Timestamp;
use serde::Serialize;

use super::{Call, Handling};
use crate::{problem::Problem, response::Response};

#[derive(Debug, Serialize)]
struct HealthAnswer<'a> {
    status: &'static str,
    live: bool,
    ready: bool,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    reasons: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [String],
    timestamp: Timestamp,
    version: &'a str,
    models: Vec<ModelHealth<'a>>,
}

#[derive(Debug, Serialize)]
struct ModelHealth<'a> {
    model: &'a str,
    rows: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_event: Option<Timestamp>,
    has_reference: bool,
}

fn answer(call: &Call<'_>, status: u16) -> Result<Handling, Problem> {
    let host = call.host;
    let models = call.station.models.values().map(|model| ModelHealth {
        model: &model.name,
        rows: model.totals().counted,
        last_event: model.counters.last_event,
        has_reference: model.active.is_some(),
    });
    let ready = host.not_ready.is_empty();
    let answer = HealthAnswer {
        status: match (ready, host.warnings.is_empty()) {
            (false, _) => "unavailable",
            (true, false) => "degraded",
            (true, true) => "ok",
        },
        live: true,
        ready,
        reasons: &host.not_ready,
        warnings: &host.warnings,
        timestamp: call.now,
        version: &host.version,
        models: models.collect(),
    };
    Ok(Handling::Respond(Response::json(status, &answer).with_header("cache-control", "no-store")))
}

/// Whoever answers lives.
pub(super) fn live(call: &Call<'_>) -> Result<Handling, Problem> {
    answer(call, 200)
}

/// 503 where no events are taken.
pub(super) fn ready(call: &Call<'_>) -> Result<Handling, Problem> {
    answer(call, if call.host.not_ready.is_empty() { 200 } else { 503 })
}
