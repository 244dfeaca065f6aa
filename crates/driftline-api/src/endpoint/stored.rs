//! `/v1/windows`, `/v1/history` and `/v1/audit`: rows that the host keeps.

use alloc::{format, string::String, vec::Vec};

use driftline_core::{time::Timestamp, trigger::audit::AuditRow};
use serde::Serialize;

use super::{Call, Handling};
use crate::{
    applied::{HistoryPoint, Of},
    problem::{Kind, Problem},
    response::Response,
};

/// Rows of one answer.
pub(crate) const MOST_ROWS: u64 = 5000;

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
        let end = |row: &HistoryPoint| row.kept.window.end.unwrap_or(row.kept.at);
        Response::json(200, &self.answer(rows, rows.last().map(end)))
    }

    /// The same from rows as they were written, each with the end of its window: for hosts that keep texts.
    pub(crate) fn response_of_texts(&self, rows: &[(Timestamp, &str)]) -> Response {
        let nothing: Filled<'_, ()> = Filled { rows: &[], of: rows.len() };
        let answer = self.answer(nothing, rows.last().map(|(end, _)| *end));
        spliced(&answer, "windows", rows.iter().map(|(_, text)| *text))
    }

    fn answer<'a, T: Serialize>(
        &'a self,
        rows: impl Into<Filled<'a, T>>,
        last: Option<Timestamp>,
    ) -> HistoryAnswer<'a, T> {
        let Filled { rows, of } = rows.into();
        let last = last.filter(|_| of as u64 >= self.limit);
        HistoryAnswer {
            model: &self.model,
            from: self.from,
            to: self.to,
            windows: rows,
            next_from: last.map(|last| last.later(1)),
        }
    }
}

impl AuditQuery {
    /// The answer, from the rows that were found.
    pub fn response(&self, rows: &[Of<AuditRow>]) -> Response {
        Response::json(200, &self.answer(rows, rows.last().map(|row| row.what.sequence)))
    }

    /// The same from rows as they were written, each with its number: for hosts that keep texts.
    pub(crate) fn response_of_texts(&self, rows: &[(u64, &str)]) -> Response {
        let nothing: Filled<'_, ()> = Filled { rows: &[], of: rows.len() };
        let answer = self.answer(nothing, rows.last().map(|(number, _)| *number));
        spliced(&answer, "rows", rows.iter().map(|(_, text)| *text))
    }

    fn answer<'a, T: Serialize>(
        &'a self,
        rows: impl Into<Filled<'a, T>>,
        last: Option<u64>,
    ) -> AuditAnswer<'a, T> {
        let Filled { rows, of } = rows.into();
        let next_after = last.filter(|_| of as u64 >= self.limit);
        AuditAnswer { model: &self.model, rows, next_after }
    }
}

/// Rows of an answer, and how many there are where these are put in later.
struct Filled<'a, T> {
    rows: &'a [T],
    of: usize,
}

impl<'a, T> From<&'a [T]> for Filled<'a, T> {
    fn from(rows: &'a [T]) -> Filled<'a, T> {
        Filled { rows, of: rows.len() }
    }
}

#[derive(Serialize)]
struct HistoryAnswer<'a, T> {
    model: &'a str,
    from: Timestamp,
    to: Timestamp,
    windows: &'a [T],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_from: Option<Timestamp>,
}

#[derive(Serialize)]
struct AuditAnswer<'a, T> {
    model: &'a str,
    rows: &'a [T],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_after: Option<u64>,
}

/// An answer whose list `name` is empty, with these texts in it.
fn spliced<'a>(
    answer: &impl Serialize,
    name: &str,
    texts: impl Iterator<Item = &'a str>,
) -> Response {
    let empty = Response::json(200, answer);
    // Within a text of JSON quotes are escaped: this is the list itself, and nothing that somebody called so.
    let mark = format!("\"{name}\":[");
    match empty.text().split_once(&format!("{mark}]")) {
        Some((before, after)) => {
            let texts: Vec<&str> = texts.collect();
            let body = format!("{before}{mark}{}]{after}", texts.join(","));
            Response::new(200, crate::response::JSON, body)
        }
        None => empty,
    }
}

fn limit(call: &Call<'_>) -> u64 {
    call.count("limit").unwrap_or(ROWS)
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
    let limit = limit(call);
    Ok(Handling::Fetch(Fetch::History(HistoryQuery { model, from, to, limit })))
}

pub(super) fn audit(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?.name.clone();
    let (after, limit) = (call.count("after"), limit(call));
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
