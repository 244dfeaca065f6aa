//! What the reporter does: keeps one report with what a policy makes of its windows, and shows both as markup.
//!
//! Nothing here knows a browser, so it is tested natively.

mod columns;
mod pictures;
mod showing;
mod told;

use driftline_charts::html::{self, alerts, model, segments};
use driftline_core::{
    policy::{Policy, PolicySpec},
    report::{Problem, Report},
};

use self::showing::Showing;
use crate::message::reporting::{Parts, Request, Response};

/// Width of a chart that stands beside others, at most.
const WIDEST_CHART: u32 = 680;

/// The reporter's side of the talk with one page.
#[derive(Debug, Default)]
pub struct Reporting {
    taken: Option<Taken>,
    showing: Showing,
}

/// A report with what a policy made of it.
#[derive(Debug)]
struct Taken {
    job: u32,
    report: Report,
    policy: Policy,
}

/// An answer, and the long text beside it.
pub type Answer = (Response, Option<String>);

impl Reporting {
    /// Answers one message; `text` came with it.
    pub fn handle(&mut self, request: Request, text: Option<String>) -> Answer {
        match request {
            Request::Take { job, policy, width } => match take(job, &policy, text) {
                Ok(taken) => {
                    let json = taken.report.to_json();
                    (self.show(taken, width), Some(json))
                }
                Err(message) => (Response::Failed { message }, None),
            },
            Request::Follow { job, told, width } => {
                match told::take(job, &told, &text.unwrap_or_default()) {
                    Ok(taken) => (self.show(taken, width), None),
                    Err(message) => (Response::Failed { message }, None),
                }
            }
            Request::Draw { width } => self.with_taken(|taken, showing| {
                showing.renew(false);
                (taken.parts(width, showing), None)
            }),
            Request::Save => self.with_taken(|taken, _| {
                (Response::Saved, Some(html::report(&taken.report, Some(&taken.policy))))
            }),
            Request::Check { policy } => {
                (Response::Checked { problems: check(&policy).err().unwrap_or_default() }, None)
            }
            other => self.with_taken(|taken, showing| {
                showing.handle(other, &mut taken.report).unwrap_or_else(|| {
                    let message = "expected a question about the report, found none".into();
                    (Response::Failed { message }, None)
                })
            }),
        }
    }

    /// Shows another report.
    fn show(&mut self, taken: Taken, width: u32) -> Response {
        let before = self.taken.as_ref().map(|taken| taken.report.windows.len());
        self.showing.renew(before != Some(taken.report.windows.len()));
        self.taken.insert(taken).parts(width, &mut self.showing)
    }

    fn with_taken(&mut self, answer: impl FnOnce(&mut Taken, &mut Showing) -> Answer) -> Answer {
        match &mut self.taken {
            Some(taken) => answer(taken, &mut self.showing),
            None => {
                let message = "expected a report first, found none".into();
                (Response::Failed { message }, None)
            }
        }
    }
}

impl Taken {
    fn parts(&mut self, width: u32, showing: &mut Showing) -> Response {
        let Taken { job, report, policy } = self;
        let parts = Parts {
            windows: showing.windows(report, width),
            alerts: alerts::section(report, policy, width, &mut showing.gallery),
            model: model::section(report, width.min(WIDEST_CHART), &mut showing.gallery),
            segments: segments::section(report),
        };
        Response::Parts { job: *job, parts }
    }
}

fn take(job: u32, policy: &str, text: Option<String>) -> Result<Taken, String> {
    let policy = check(policy).map_err(|problems| said(&problems))?;
    let report = Report::from_measured_json(&text.unwrap_or_default())
        .map_err(|error| format!("expected a report: {error}"))?;
    Ok(Taken { job, report: report.decided_by(&policy), policy })
}

/// Problems in one line.
fn said(problems: &[Problem]) -> String {
    let said = problems.iter().map(|p| format!("{}: {}", p.place, p.message));
    said.collect::<Vec<_>>().join("; ")
}

/// The policy of a text; empty for the shipped one.
fn check(text: &str) -> Result<Policy, Vec<Problem>> {
    if text.trim().is_empty() {
        return Ok(Policy::default());
    }
    let spec: PolicySpec = serde_json::from_str(text)
        .map_err(|error| vec![Problem { place: "policy".into(), message: error.to_string() }])?;
    spec.check()
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
