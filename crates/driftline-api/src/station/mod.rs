//! The service's whole state, as a deterministic machine: commands in their order, each at its instant, are all that
//! changes it.
//!
//! ```text
//! Request ─route─▶ Command ─(the host journals it)─▶ Station::apply(command, now) ─▶ Applied
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `model` | one model: references, live rows by version, the engine |
//! | `learning` | a reference out of the first events |
//! | `scale` | what live rows are held against |
//! | `labels` | predictions that await their labels |
//! | `counters` | numbers that only grow |
//! | `bundle` | what a replica holds, for another one |
//! | `stored` | the whole state as bytes, and back |
//!
//! # What holds
//!
//! 1. **Total.** Every command that decodes is applied; what does not fit the state by now is an answer, not a failure.
//! 2. **Deterministic.** The same commands at the same instants from the same snapshot give the same bytes on every target.
//! 3. **Restarts change nothing.** [`Station::restore`] of [`Station::snapshot`] at any point leaves the future as it would
//!    have been. What is left out of a snapshot follows from what is in it.
//! 4. **Time does not run backwards.** A command whose instant is before the latest one is applied at the latest one.
//! 5. **Bounded.** At most [`MOST_MODELS`] models of [`MOST_REFERENCES`] references and [`MOST_VERSIONS`] versions, each of
//!    whose live rows take at most [`PanePlan::max_bytes`](driftline_core::live::PanePlan::max_bytes); at most
//!    [`MOST_AWAITED`] predictions that await a label; learning keeps at most 4 million values.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    duration::Duration, engine::Input, reference::Reference, spec::Checked, time::Timestamp,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    applied::Applied,
    command::{Command, ExternalAlert, Label, Settings},
    event::Submission,
    problem::{Kind, Problem},
    response::Response,
    spec_text,
};

mod bundle;
mod counters;
mod labels;
mod learning;
mod model;
mod scale;
mod stored;

pub use bundle::{Bundle, MOST_REPLICAS};
pub(crate) use counters::Counters;
pub(crate) use labels::Labels;
pub use labels::{MOST_AWAITED, MOST_AWAITED_BYTES};
pub(crate) use learning::Learning;
pub use learning::MOST_LEARNT;
pub(crate) use model::{Intake, Look, Model};
pub use model::{MOST_REFERENCES, MOST_VERSIONS};
pub(crate) use scale::Scale;
pub use stored::RestoreError;

/// Models that are kept; events of further ones are counted and not kept.
pub const MOST_MODELS: usize = 100;

/// The whole state. See the [module](self).
#[derive(Clone, Debug, Default)]
pub struct Station {
    pub(crate) settings: Settings,
    pub(crate) models: BTreeMap<String, Model>,
    pub(crate) now: Option<Timestamp>,
    /// Events of models past the cap.
    pub(crate) refused_events: u64,
    /// Commands that came with an instant before the latest.
    pub(crate) clock_ran_back: u64,
}

/// What `POST /monitor` answers.
#[derive(Debug, Default, Serialize)]
struct Accepted {
    accepted: u64,
    #[serde(skip_serializing_if = "is_zero")]
    late: u64,
    #[serde(skip_serializing_if = "is_zero")]
    future: u64,
    #[serde(skip_serializing_if = "is_zero")]
    learnt: u64,
    #[serde(skip_serializing_if = "is_zero")]
    refused: u64,
    #[serde(skip_serializing_if = "is_zero")]
    dropped_feature_values: u64,
    #[serde(skip_serializing_if = "is_zero")]
    cut_texts: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Station {
    /// A station that has seen nothing.
    pub fn new() -> Station {
        Station::default()
    }

    /// What it was told.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The latest instant at which a command was applied.
    pub fn now(&self) -> Option<Timestamp> {
        self.now
    }

    /// The names of its models.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.models.keys().map(String::as_str)
    }

    /// How often there is something to look at: the shortest `live.every` of its models; absent while there is none.
    pub fn tick_every(&self) -> Option<Duration> {
        self.models.values().map(|model| model.policy().live.every).min()
    }

    /// Applies a command.
    pub fn apply(&mut self, command: Command, now: Timestamp) -> Applied {
        if self.now.is_some_and(|latest| now < latest) {
            self.clock_ran_back += 1;
        }
        let now = self.now.map_or(now, |latest| latest.max(now));
        self.now = Some(now);
        let mut applied = Applied::new(Response::empty(204));
        let answer = match command {
            Command::Configure(settings) => self.configure(settings),
            Command::Ingest(submission) => Ok(self.ingest(submission, now)),
            Command::Tick => {
                self.models.values_mut().for_each(|model| model.tick(now, &mut applied));
                Ok(Response::empty(204))
            }
            Command::PutReference { model, reference, activate } => {
                self.put_reference(&model, &reference, activate, now)
            }
            Command::ActivateReference { model, id } => self.with(&model, |model| {
                if model.activate(id) {
                    Ok(reference_answer(200, model, &model.reference))
                } else {
                    Err(unknown_reference(&id.to_string()))
                }
            }),
            Command::DeleteReference { model, id } => self.with(&model, |model| {
                if model.active == Some(id) {
                    let detail =
                        "expected a reference that is not compared with; activate another first";
                    return Err(Problem::new(Kind::CONFLICT, detail));
                }
                match model.references.remove(&id) {
                    Some(_) => Ok(Response::empty(204)),
                    None => Err(unknown_reference(&id.to_string())),
                }
            }),
            Command::Learn { model, events } => self.made(&model, |model| {
                model.learning = Some(Learning::new(events));
                let body = json!({"model": model.name, "events": events, "learnt": 0});
                Ok(Response::json(202, &body))
            }),
            Command::PutSpec { model, spec } => self.put_spec(&model, spec),
            Command::Labels { model, labels } => self.take_labels(&model, &labels, now),
            Command::Approve { model, incident, proposal, by } => {
                let input = Input::Approve { incident, proposal, by };
                self.tell(&model, input, now, &mut applied)
            }
            Command::Unlatch { model, by } => {
                self.tell(&model, Input::Unlatch { by }, now, &mut applied)
            }
            Command::KillSwitch { model: Some(model), on, by } => {
                self.tell(&model, Input::KillSwitch { on, by }, now, &mut applied)
            }
            Command::KillSwitch { model: None, on, by } => {
                for model in self.models.values_mut() {
                    let input = Input::KillSwitch { on, by: by.clone() };
                    model.handle(input, now, &mut applied);
                }
                Ok(Response::json(200, &json!({"on": on, "models": self.models.len()})))
            }
            Command::TargetChanged { model, version } => {
                self.made(&model, |_| Ok(Response::empty(204))).and_then(|_| {
                    self.tell(&model, Input::TargetChanged { version }, now, &mut applied)
                })
            }
            Command::MergeState { model, bundle } => {
                self.with(&model, |model| bundle::merge(model, &bundle))
            }
            Command::EffectResult { model, key, succeeded, detail } => {
                let input = Input::EffectResult { key, succeeded, detail };
                self.tell(&model, input, now, &mut applied)
            }
            Command::External { alerts } => self.hear(alerts, now, &mut applied),
        };
        applied.response = answer.unwrap_or_else(|problem| problem.response(""));
        applied
    }

    /// The spec of a model that has none of its own.
    pub(crate) fn default_spec(&self) -> Checked {
        let text = self.settings.spec.as_deref().unwrap_or("{}");
        // Checked when it was set; the empty one is the shipped one.
        spec_text::check(text)
            .or_else(|_| spec_text::check("{}"))
            .unwrap_or_else(|_| unreachable!("the empty spec can be run"))
    }

    fn configure(&mut self, settings: Settings) -> Result<Response, Problem> {
        if let Some(spec) = &settings.spec {
            spec_text::check(spec)?;
        }
        self.settings = settings;
        let checked = self.default_spec();
        for model in self.models.values_mut().filter(|model| model.spec.is_none()) {
            model.respec(None, checked.clone());
        }
        Ok(Response::empty(204))
    }

    /// The model of this name, made where there is none and there may be one more.
    pub(crate) fn make(&mut self, name: &str) -> Option<&mut Model> {
        if !self.models.contains_key(name) {
            if self.models.len() >= MOST_MODELS {
                return None;
            }
            let mut model = Model::new(name, None, self.default_spec());
            model.learning = self.settings.learn.map(Learning::new);
            self.models.insert(name.to_string(), model);
        }
        self.models.get_mut(name)
    }

    fn made(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Model) -> Result<Response, Problem>,
    ) -> Result<Response, Problem> {
        match self.make(name) {
            Some(model) => change(model),
            None => Err(too_many_models()),
        }
    }

    fn with(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Model) -> Result<Response, Problem>,
    ) -> Result<Response, Problem> {
        match self.models.get_mut(name) {
            Some(model) => change(model),
            None => Err(unknown_model(name)),
        }
    }

    fn tell(
        &mut self,
        name: &str,
        input: Input,
        now: Timestamp,
        applied: &mut Applied,
    ) -> Result<Response, Problem> {
        self.with(name, |model| {
            let before = applied.problems.len();
            model.handle(input, now, applied);
            if let Some(problem) = applied.problems.get(before) {
                return Err(Problem::new(Kind::CONFLICT, problem.what.message.clone()));
            }
            Ok(Response::json(200, &crate::endpoint::engine_answer(model)))
        })
    }

    fn ingest(&mut self, submission: Submission, now: Timestamp) -> Response {
        let mut accepted = Accepted {
            accepted: submission.rows(),
            dropped_feature_values: submission.dropped.feature_values,
            cut_texts: submission.dropped.cut_texts,
            ..Accepted::default()
        };
        let mut dropped = submission.dropped.feature_values;
        for part in submission.parts {
            let rows = u64::from(part.events.rows);
            let Some(model) = self.make(&part.model) else {
                self.refused_events += rows;
                accepted.accepted -= rows;
                accepted.refused += rows;
                continue;
            };
            model.counters.told.feature_values += core::mem::take(&mut dropped);
            let Intake { taken, learnt } = model.take(&part, now);
            accepted.late += taken.late;
            accepted.future += taken.future;
            accepted.learnt += learnt;
        }
        Response::json(200, &accepted)
    }

    fn put_reference(
        &mut self,
        name: &str,
        bytes: &[u8],
        activate: bool,
        now: Timestamp,
    ) -> Result<Response, Problem> {
        let reference = Reference::decode(bytes)
            .map_err(|error| Problem::new(Kind::INVALID, error.to_string()))?;
        self.made(name, |model| {
            let id = reference.id();
            model.keep(reference, now, activate);
            match model.references.get(&id) {
                Some(kept) => Ok(reference_answer(201, model, &kept.reference)),
                None => Err(unknown_reference(&id.to_string())),
            }
        })
    }

    fn put_spec(&mut self, name: &str, spec: String) -> Result<Response, Problem> {
        let checked = spec_text::check(&spec)?;
        self.made(name, |model| {
            model.respec(Some(spec), checked);
            Ok(Response::json(200, &crate::endpoint::spec_answer(model)))
        })
    }

    fn take_labels(
        &mut self,
        name: &str,
        labels: &[Label],
        now: Timestamp,
    ) -> Result<Response, Problem> {
        self.with(name, |model| {
            let matched = model.labels.hold(&model.frame, labels, now);
            let unknown = labels.len() as u64 - matched.min(labels.len() as u64);
            Ok(Response::json(200, &json!({"matched": matched, "unknown": unknown})))
        })
    }

    fn hear(
        &mut self,
        alerts: Vec<ExternalAlert>,
        now: Timestamp,
        applied: &mut Applied,
    ) -> Result<Response, Problem> {
        let (mut asked, mut left_alone) = (0, Vec::new());
        for alert in alerts {
            let before = applied.problems.len();
            let ExternalAlert { model: name, rule, claim } = alert;
            match self.models.get_mut(&name) {
                Some(model) => {
                    let input = Input::External { rule: rule.clone(), claim };
                    model.handle(input, now, applied);
                }
                None => {
                    left_alone.push(json!({"alert": rule, "why": format!("no model {name}")}));
                    continue;
                }
            }
            match applied.problems.get(before) {
                Some(problem) => {
                    left_alone.push(json!({"alert": rule, "why": problem.what.message}));
                }
                None => asked += 1,
            }
        }
        Ok(Response::json(200, &json!({"taken": asked, "left_alone": Value::from(left_alone)})))
    }
}

pub(crate) fn unknown_model(name: &str) -> Problem {
    let name = crate::problem::echo(name);
    Problem::new(
        Kind::NOT_FOUND,
        format!("expected a model that has sent events, found \"{name}\""),
    )
}

pub(crate) fn too_many_models() -> Problem {
    Problem::new(Kind::LIMIT, format!("expected at most {MOST_MODELS} models, found one more"))
}

pub(crate) fn unknown_reference(id: &str) -> Problem {
    let id = crate::problem::echo(id);
    Problem::new(Kind::NOT_FOUND, format!("expected the id of a kept reference, found \"{id}\""))
}

fn reference_answer(status: u16, model: &Model, reference: &Reference) -> Response {
    Response::json(status, &crate::endpoint::reference_summary(model, reference))
}
