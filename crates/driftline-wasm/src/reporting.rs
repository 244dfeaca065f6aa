//! What the reporter does: judges what was counted, keeps the report with what a policy makes of its windows, and shows
//! both as markup.
//!
//! Nothing here knows a browser, so it is tested natively.

mod columns;
mod desk;
mod editor;
mod finding;
mod pictures;
mod showing;
mod told;

use driftline_charts::{
    html::{self, alerts, model, overview, problems, segments, verdict},
    wording,
};
use driftline_core::{
    codec::{Content, DecodeError},
    monitor::StoredComparands,
    policy::Policy,
    reference::Reference,
    replay::Replay,
    report::{Problem, Report},
    schema::Field,
    spec::CompareSpec,
    time::Timestamp,
};

use self::desk::Desks;
use self::showing::Showing;
use crate::message::reporting::{Parts, PolicyFile, Request, Response};

/// Width of a chart that stands beside others, at most.
const WIDEST_CHART: u32 = 680;

/// The reporter's side of the talk with one page.
#[derive(Debug, Default)]
pub struct Reporting {
    counted: Option<StoredComparands>,
    taken: Option<Taken>,
    showing: Showing,
    desks: Desks,
}

/// A report with what a policy made of it.
#[derive(Debug)]
struct Taken {
    job: u32,
    report: Report,
    policy: Policy,
    /// Whether a server told it.
    is_told: bool,
    /// How many problems it had before a policy decided on it.
    problems: usize,
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
            Request::Judge { job, spec, problems, now_millis, width } => {
                if let Some(bytes) = beside.bytes {
                    match StoredComparands::decode(&bytes) {
                        Ok(counted) => self.counted = Some(counted),
                        Err(error) => return failed(Some(job), error.to_string()),
                    }
                }
                let now = Timestamp::from_millis(now_millis);
                let report = self.judge(&spec, problems, now);
                let taken = report.map(|report| self.decided(job, report));
                let fields = self.counted.as_ref().map_or(Vec::new(), fields);
                self.keep(job, taken.map(|taken| Taken { fields, ..taken }), width)
            }
            Request::Take { job, width } => {
                let report = Report::from_measured_json(&text)
                    .map_err(|error| format!("expected a report: {error}"));
                let taken = report.map(|report| self.decided(job, report));
                self.keep(job, taken, width)
            }
            Request::Compact { job } => {
                let (problem, bytes) = match compact(&beside.bytes.unwrap_or_default()) {
                    Ok(bytes) => (None, bytes),
                    Err(error) => (Some(error.to_string()), Vec::new()),
                };
                (Response::Compact { job, problem, bytes }, None)
            }
            Request::Follow { job, told, width } => match told::take(job, &told, &text) {
                Ok((taken, spec)) => {
                    self.desks.told(spec);
                    (self.show(taken, width), None)
                }
                Err(message) => failed(Some(job), message),
            },
            Request::Draw { width } => self.with_taken(|taken, desks, showing| {
                showing.renew(false);
                (taken.parts(desks, showing, width), None)
            }),
            Request::Save => self.with_taken(|taken, _, _| {
                (Response::Saved, Some(html::report(&taken.report, Some(&taken.policy))))
            }),
            Request::Share { columns, most, levels } => self.with_taken(|taken, _, _| {
                (Response::Shared, Some(finding::of(&taken.report, &columns, most, levels)))
            }),
            Request::Edit { change, is_told, width } => {
                (self.edit(&change, is_told, text, width), None)
            }
            Request::Export { file: PolicyFile::Report, .. } => self.with_taken(|taken, _, _| {
                let name = "driftline-report.json".into();
                (Response::Exported { name }, Some(taken.report.to_json()))
            }),
            Request::Export { file, is_told } => self.desks.of(is_told).export(file),
            other => self.with_taken(|taken, _, showing| {
                showing.handle(other, &mut taken.report).unwrap_or_else(|| {
                    failed(None, "expected a question about the report, found none".into())
                })
            }),
        }
    }

    fn judge(&self, spec: &str, problems: Vec<Problem>, now: Timestamp) -> Result<Report, String> {
        let spec: CompareSpec = serde_json::from_str(spec).map_err(|error| error.to_string())?;
        let monitor = spec.check().map_err(|problems| said(&problems))?;
        let counted = self.counted.as_ref().ok_or("expected counts first, found none")?;
        let mut report = monitor.report(&counted.comparands(), now);
        report.problems.extend(problems);
        Ok(report)
    }

    /// The report with what the policy that is edited makes of its windows.
    fn decided(&mut self, job: u32, report: Report) -> Taken {
        let policy = self.desks.of(false).policy().clone();
        let problems = report.problems.len();
        let mut taken = Taken { job, report, policy, fields: Vec::new(), is_told: false, problems };
        taken.decide();
        taken
    }

    /// Keeps a report, and answers with its parts and its JSON.
    fn keep(&mut self, job: u32, taken: Result<Taken, String>, width: u32) -> Answer {
        match taken {
            Ok(taken) => {
                let json = taken.report.to_json();
                (self.show(taken, width), Some(json))
            }
            Err(message) => failed(Some(job), message),
        }
    }

    /// Shows another report.
    fn show(&mut self, taken: Taken, width: u32) -> Response {
        let before = self.taken.as_ref().map(|taken| taken.report.windows.len());
        self.showing.renew(before != Some(taken.report.windows.len()));
        self.taken.insert(taken).parts(&mut self.desks, &mut self.showing, width)
    }

    fn with_taken(
        &mut self,
        answer: impl FnOnce(&mut Taken, &mut Desks, &mut Showing) -> Answer,
    ) -> Answer {
        match &mut self.taken {
            Some(taken) => answer(taken, &mut self.desks, &mut self.showing),
            None => failed(None, "expected a report first, found none".into()),
        }
    }
}

/// The compact form of a reference as JSON.
fn compact(json: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let json = core::str::from_utf8(json).map_err(|_| DecodeError::NotThis(Content::Reference))?;
    Ok(Reference::from_json(json)?.encode())
}

fn failed(job: Option<u32>, message: String) -> Answer {
    (Response::Failed { job, message }, None)
}

impl Taken {
    /// The report with what its policy makes of its windows.
    fn decide(&mut self) {
        if self.report.windows.is_empty() {
            return;
        }
        let Replay { note, timeline, alerts, triggers, problems } =
            Replay::of_report(&self.policy, &self.report);
        self.report.problems.truncate(self.problems);
        self.report.problems.extend(problems);
        (self.report.alerts, self.report.triggers) = (alerts, triggers);
        (self.report.timeline, self.report.replay) = (timeline, Some(note));
    }

    fn parts(&mut self, desks: &mut Desks, showing: &mut Showing, width: u32) -> Response {
        let (replay, difference) = desks.of(self.is_told).replay(self, width, &mut showing.gallery);
        let Taken { job, report, policy, fields, .. } = self;
        let parts = Parts {
            replay,
            difference,
            severity: report.severity.name().into(),
            sentence: wording::verdict_sentence(report),
            verdict: verdict::section(report),
            overview: overview::section(report),
            problems: problems::section(&report.problems),
            left_out: problems::left_out(report, fields),
            alerts: alerts::section(report, policy, width, &mut showing.gallery),
            model: model::section(report, width.min(WIDEST_CHART), &mut showing.gallery),
            windows: showing.windows(report, width),
            segments: segments::section(report),
        };
        Response::Parts { job: *job, parts }
    }
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

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
