//! What the reporter does: judges what was counted, keeps the report with what a policy makes of its windows, and shows
//! both as markup.
//!
//! Nothing here knows a browser, so it is tested natively.

mod finding;
mod told;

use driftline_charts::{
    html::{self, alerts, model, overview, problems, segments, verdict, windows},
    wording,
};
use driftline_core::{
    monitor::StoredComparands,
    policy::{Policy, PolicySpec},
    report::{Problem, Report},
    schema::Field,
    spec::CompareSpec,
    time::Timestamp,
};

use crate::message::reporting::{Parts, Request, Response};

/// Width of a chart that stands beside others, at most.
const WIDEST_CHART: u32 = 680;

/// The reporter's side of the talk with one page.
#[derive(Debug, Default)]
pub struct Reporting {
    counted: Option<StoredComparands>,
    taken: Option<Taken>,
}

/// A report with what a policy made of it.
#[derive(Debug)]
struct Taken {
    job: u32,
    report: Report,
    policy: Policy,
    /// The baseline's columns, compared or not, where another role can be given to them.
    fields: Vec<Field>,
}

/// What came beside a message.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    /// A long text.
    pub text: Option<String>,
    /// Bytes.
    pub bytes: Option<Vec<u8>>,
}

/// An answer, and the long text beside it.
pub type Answer = (Response, Option<String>);

impl Reporting {
    /// Answers one message.
    pub fn handle(&mut self, request: Request, beside: Beside) -> Answer {
        let text = beside.text.unwrap_or_default();
        match request {
            Request::Judge { job, spec, policy, problems, now_millis, width } => {
                if let Some(bytes) = beside.bytes {
                    match StoredComparands::decode(&bytes) {
                        Ok(counted) => self.counted = Some(counted),
                        Err(error) => return failed(Some(job), error.to_string()),
                    }
                }
                let now = Timestamp::from_millis(now_millis);
                let report = self.judge(&spec, problems, now);
                let taken = report.and_then(|report| decided(job, report, &policy));
                let fields = self.counted.as_ref().map_or(Vec::new(), fields);
                self.keep(job, taken.map(|taken| Taken { fields, ..taken }), width)
            }
            Request::Take { job, policy, width } => {
                let report = Report::from_measured_json(&text)
                    .map_err(|error| format!("expected a report: {error}"));
                self.keep(job, report.and_then(|report| decided(job, report, &policy)), width)
            }
            Request::Follow { job, told, width } => match told::take(job, &told, &text) {
                Ok(taken) => (self.taken.insert(taken).parts(width), None),
                Err(message) => failed(Some(job), message),
            },
            Request::Draw { width } => self.with_taken(|taken| (taken.parts(width), None)),
            Request::Save => self.with_taken(|taken| {
                (Response::Saved, Some(html::report(&taken.report, Some(&taken.policy))))
            }),
            Request::Share { columns, most, levels } => self.with_taken(|taken| {
                (Response::Shared, Some(finding::of(&taken.report, &columns, most, levels)))
            }),
            Request::Check { policy } => {
                (Response::Checked { problems: check(&policy).err().unwrap_or_default() }, None)
            }
        }
    }

    fn judge(
        &self,
        spec: &CompareSpec,
        problems: Vec<Problem>,
        now: Timestamp,
    ) -> Result<Report, String> {
        let monitor = spec.check().map_err(|problems| said(&problems))?;
        let counted = self.counted.as_ref().ok_or("expected counts first, found none")?;
        let mut report = monitor.report(&counted.comparands(), now);
        report.problems.extend(problems);
        Ok(report)
    }

    /// Keeps a report, and answers with its parts and its JSON.
    fn keep(&mut self, job: u32, taken: Result<Taken, String>, width: u32) -> Answer {
        match taken {
            Ok(taken) => {
                let json = taken.report.to_json();
                (self.taken.insert(taken).parts(width), Some(json))
            }
            Err(message) => failed(Some(job), message),
        }
    }

    fn with_taken(&self, answer: impl FnOnce(&Taken) -> Answer) -> Answer {
        match &self.taken {
            Some(taken) => answer(taken),
            None => failed(None, "expected a report first, found none".into()),
        }
    }
}

fn failed(job: Option<u32>, message: String) -> Answer {
    (Response::Failed { job, message }, None)
}

impl Taken {
    fn parts(&self, width: u32) -> Response {
        let Taken { job, report, policy, fields } = self;
        let parts = Parts {
            severity: report.severity.name().into(),
            sentence: wording::verdict_sentence(report),
            verdict: verdict::section(report),
            overview: overview::section(report),
            problems: problems::section(&report.problems),
            left_out: problems::left_out(report, fields),
            alerts: alerts::section(report, policy, width),
            model: model::section(report, width.min(WIDEST_CHART)),
            windows: windows::section(report, width),
            segments: segments::section(report),
        };
        Response::Parts { job: *job, parts }
    }
}

fn decided(job: u32, report: Report, policy: &str) -> Result<Taken, String> {
    let policy = check(policy).map_err(|problems| said(&problems))?;
    Ok(Taken { job, report: report.decided_by(&policy), policy, fields: Vec::new() })
}

fn fields(counted: &StoredComparands) -> Vec<Field> {
    let columns = counted.comparands().reference.columns();
    columns.iter().map(|column| column.field.clone()).collect()
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
mod tests;
