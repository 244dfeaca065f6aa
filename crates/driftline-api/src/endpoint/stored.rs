//! `/v1/windows`, `/v1/history` and `/v1/audit`: rows that the host keeps.

use alloc::{format, string::String};

use driftline_core::{time::Timestamp, trigger::audit::AuditRow};
use serde::Serialize;

use super::{Call, Handling};
use crate::{
    applied::{HistoryPoint, Of},
    problem::{Kind, Problem},
    response::Response,
};

/// Rows of one answer.
const MOST_ROWS: u64 = 5000;

/// Rows of an answer where nobody says how many.
const ROWS: u64 = 1000;

/// Rows that the host keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// Windows of the past.
    History(HistoryQuery),
    /// Decisions.
    Audit(AuditQuery),
}

/// Which windows: those of the model that end in the time, the earliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Of this model.
    pub model: String,
    /// From here on.
    pub from: Timestamp,
    /// Before here.
    pub to: Timestamp,
    /// At most so many.
    pub limit: u64,
}

/// Which decisions: those of the model after a number, the earliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of this model.
    pub model: String,
    /// After this number; absent for from the first.
    pub after: Option<u64>,
    /// At most so many.
    pub limit: u64,
}

impl HistoryQuery {
    /// The answer, from the rows that were found.
    pub fn response(&self, rows: &[HistoryPoint]) -> Response {
        #[derive(Serialize)]
        struct Answer<'a> {
            model: &'a str,
            from: Timestamp,
            to: Timestamp,
            windows: &'a [HistoryPoint],
            #[serde(skip_serializing_if = "Option::is_none")]
            next_from: Option<Timestamp>,
        }
        let is_full = rows.len() as u64 >= self.limit;
        let last =
            rows.last().filter(|_| is_full).map(|row| row.kept.window.end.unwrap_or(row.kept.at));
        let answer = Answer {
            model: &self.model,
            from: self.from,
            to: self.to,
            windows: rows,
            next_from: last.map(|last| last.later(1)),
        };
        Response::json(200, &answer)
    }
}

impl AuditQuery {
    /// The answer, from the rows that were found.
    pub fn response(&self, rows: &[Of<AuditRow>]) -> Response {
        #[derive(Serialize)]
        struct Answer<'a> {
            model: &'a str,
            rows: &'a [Of<AuditRow>],
            #[serde(skip_serializing_if = "Option::is_none")]
            next_after: Option<u64>,
        }
        let is_full = rows.len() as u64 >= self.limit;
        let next_after = rows.last().filter(|_| is_full).map(|row| row.what.sequence);
        Response::json(200, &Answer { model: &self.model, rows, next_after })
    }
}

fn limit(call: &Call<'_>) -> Result<u64, Problem> {
    let limit = call.count("limit").unwrap_or(ROWS);
    if (1..=MOST_ROWS).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::of_parameter("limit", format!("expected 1 to {MOST_ROWS}, found {limit}")))
}

pub(super) fn history(call: &Call<'_>) -> Result<Handling, Problem> {
    const DAY: i64 = 86_400_000_000;
    let model = call.model()?.name.clone();
    let to = call.time("to").unwrap_or(call.now);
    let day_before = Timestamp::from_micros(to.micros().saturating_sub(DAY));
    let from = call.time("from").unwrap_or(day_before);
    if from > to {
        let detail = format!("expected a time before {to}, found {from}");
        return Err(Problem::of_parameter("from", detail));
    }
    let limit = limit(call)?;
    Ok(Handling::Fetch(Fetch::History(HistoryQuery { model, from, to, limit })))
}

pub(super) fn audit(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?.name.clone();
    let (after, limit) = (call.count("after"), limit(call)?);
    Ok(Handling::Fetch(Fetch::Audit(AuditQuery { model, after, limit })))
}

/// What the engine was told last: the window that it judged.
pub(super) fn latest(call: &Call<'_>) -> Result<Handling, Problem> {
    #[derive(Serialize)]
    struct Answer<'a> {
        model: &'a str,
        at: Timestamp,
        start: Timestamp,
        end: Timestamp,
        rows: u64,
        extended: bool,
        evidence: u64,
        report: &'a driftline_core::report::Report,
    }
    let model = call.model()?;
    let Some(look) = &model.look else {
        return Err(Problem::new(Kind::CONFLICT, "nothing was looked at yet: no rows came"));
    };
    call.json(&Answer {
        model: &model.name,
        at: look.at,
        start: look.start,
        end: look.end,
        rows: look.window.rows(),
        extended: look.extended,
        evidence: model.judged.evidence_id(),
        report: &look.report,
    })
}

pub(super) fn stream(call: &Call<'_>) -> Result<Handling, Problem> {
    Ok(Handling::Stream(call.model()?.name.clone()))
}
