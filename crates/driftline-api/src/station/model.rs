//! One model: what it is compared with, its live rows by version, and the engine that judges them.

use alloc::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};

use driftline_core::{
    engine::{Engine, Input, Outcome},
    evidence::Evidence,
    live::{LiveWindow, LiveWindows, PanePlan, Panes, Taken},
    monitor::Monitor,
    policy::Policy,
    reference::{DEFAULT_BUDGET_BYTES, Reference, ReferenceBuilder, ReferenceId},
    replay::KeptWindow,
    report::{PerformanceReport, Report, WindowReport},
    schema::Schema,
    spec::Checked,
    time::Timestamp,
    trigger::Trigger,
    window::Window,
};

use super::{Counters, Labels, Learning, Scale, counters};
use crate::{
    applied::{Applied, HistoryPoint, Of},
    event::{Part, batch::Frame},
};

/// References that a model keeps; the active one among them.
pub const MOST_REFERENCES: usize = 8;

/// Versions whose rows are counted apart; rows of further ones are counted with those that name none.
pub const MOST_VERSIONS: usize = 16;

/// Names of features that the reference has not, of which are told.
const MOST_FOREIGN: usize = 100;

/// A reference and when it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) reference: Arc<Reference>,
    pub(crate) added_at: Timestamp,
}

/// The latest look: what the engine was told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    pub(crate) at: Timestamp,
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
    pub(crate) extended: bool,
    pub(crate) window: Window,
    pub(crate) report: Report,
}

/// One model.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) name: String,
    /// As JSON; absent for the station's.
    pub(crate) spec: Option<String>,
    pub(crate) monitor: Arc<Monitor>,
    pub(crate) engine: Engine,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) references: BTreeMap<ReferenceId, Kept>,
    pub(crate) active: Option<ReferenceId>,
    pub(crate) learning: Option<Learning>,
    /// What rows are counted on: the active reference, or one without columns, so that latencies and errors count.
    pub(crate) reference: Arc<Reference>,
    pub(crate) frame: Arc<Frame>,
    /// Rows by version; of those that name none, under the empty name.
    pub(crate) lines: BTreeMap<String, LiveWindows>,
    /// Numbers the evidence. Its panes are only filled while it looks.
    pub(crate) judged: LiveWindows,
    /// What other replicas hold, by replica and version.
    pub(crate) replicas: BTreeMap<String, BTreeMap<String, LiveWindows>>,
    pub(crate) look: Option<Look>,
    pub(crate) counters: Counters,
    pub(crate) labels: Labels,
    pub(crate) foreign: BTreeSet<String>,
    /// The latest window of history.
    pub(crate) history_at: Option<i64>,
}

/// What became of a part of a submission.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Intake {
    pub(crate) taken: Taken,
    pub(crate) learnt: u64,
}

/// A reference of no columns.
pub(crate) fn nothing() -> Reference {
    ReferenceBuilder::new("", &Schema::default(), DEFAULT_BUDGET_BYTES).finish().0
}

/// How live rows of a frame are counted.
pub(crate) fn plan(
    monitor: &Monitor,
    policy: &Policy,
    reference: &Reference,
    frame: &Frame,
) -> PanePlan {
    let mut plan = PanePlan::of(monitor, policy, reference);
    plan.service = frame.service.clone();
    plan.clock.clone_from(&frame.clock);
    plan.thresholds.extend(counters::latency_ends(policy));
    plan.thresholds.sort_unstable();
    plan.thresholds.dedup();
    plan
}

impl Model {
    pub(crate) fn new(name: &str, spec: Option<String>, checked: Checked) -> Model {
        let Checked { monitor, policy } = checked;
        let reference = Arc::new(nothing());
        let frame = Arc::new(Frame::new(&monitor, &reference));
        let judged = LiveWindows::new(&reference, plan(&monitor, &policy, &reference, &frame));
        Model {
            name: name.to_string(),
            spec,
            monitor: Arc::new(monitor),
            engine: Engine::new(policy),
            outcome: None,
            references: BTreeMap::new(),
            active: None,
            learning: None,
            reference,
            frame,
            lines: BTreeMap::new(),
            judged,
            replicas: BTreeMap::new(),
            look: None,
            counters: Counters::default(),
            labels: Labels::default(),
            foreign: BTreeSet::new(),
            history_at: None,
        }
    }

    pub(crate) fn policy(&self) -> &Policy {
        self.engine.policy()
    }

    pub(crate) fn plan(&self) -> PanePlan {
        plan(&self.monitor, self.policy(), &self.reference, &self.frame)
    }

    /// The version that serves, where somebody has told.
    pub(crate) fn serving(&self) -> Option<&str> {
        self.engine.state().target.current.as_deref()
    }

    /// Takes events.
    pub(crate) fn take(&mut self, part: &Part, now: Timestamp) -> Intake {
        let mut intake = Intake::default();
        if let Some(learning) = &mut self.learning {
            intake.learnt = u64::from(part.events.rows);
            if learning.take(part.clone()) {
                let learning = core::mem::take(learning);
                let reference = learning.finish(&self.monitor);
                self.keep(reference, now, true);
                return intake;
            }
        }
        let batch = self.frame.batch(part);
        let version = part.version.clone().unwrap_or_default();
        let is_known = self.lines.contains_key(&version);
        let version =
            if is_known || self.lines.len() < MOST_VERSIONS { version } else { String::new() };
        if !self.lines.contains_key(&version) {
            let empty = LiveWindows::new(&self.reference, self.plan());
            self.lines.insert(version.clone(), empty);
        }
        let Some(line) = self.lines.get_mut(&version) else { return intake };
        let leaving = self.counters.leaving(line, now);
        // Counted on the reference that the line was made for.
        intake.taken =
            line.count(&self.reference, &self.frame.schema, &batch, now).unwrap_or_default();
        self.counters.retire(line, leaving);
        self.counters.count(&intake.taken, now);
        if self.active.is_some() {
            for name in self.frame.foreign(&part.events) {
                if self.foreign.len() < MOST_FOREIGN {
                    self.foreign.insert(name.to_string());
                }
            }
        }
        self.labels.take(&self.frame, part, &batch, now);
        intake
    }

    /// Keeps a reference, and compares with it from now on where `activate` says so. The oldest that is not compared with
    /// goes where there are too many.
    pub(crate) fn keep(&mut self, reference: Reference, now: Timestamp, activate: bool) {
        let id = reference.id();
        self.references
            .entry(id)
            .or_insert_with(|| Kept { reference: Arc::new(reference), added_at: now });
        if activate {
            self.activate(id);
        }
        while self.references.len() > MOST_REFERENCES {
            let others = self
                .references
                .iter()
                .filter(|(other, _)| **other != id && Some(**other) != self.active);
            let oldest = others.min_by_key(|(other, kept)| (kept.added_at, **other));
            let Some(oldest) = oldest.map(|(other, _)| *other) else { break };
            self.references.remove(&oldest);
        }
    }

    /// Compares with another reference from now on; false where it is not known.
    pub(crate) fn activate(&mut self, id: ReferenceId) -> bool {
        let Some(kept) = self.references.get(&id) else { return false };
        self.learning = None;
        if self.active != Some(id) {
            self.reference = Arc::clone(&kept.reference);
            self.active = Some(id);
            self.begin_anew();
        }
        true
    }

    /// Another spec. Live rows stay where they were counted as it asks.
    pub(crate) fn respec(&mut self, spec: Option<String>, checked: Checked) {
        let Checked { monitor, policy } = checked;
        let before = self.plan();
        let snapshot = self.engine.state().clone();
        self.spec = spec;
        self.monitor = Arc::new(monitor);
        self.engine = Engine::resume(policy, snapshot);
        let frame = Frame::new(&self.monitor, &self.reference);
        let after = plan(&self.monitor, self.policy(), &self.reference, &frame);
        if before != after || frame != *self.frame {
            self.begin_anew();
        }
        self.outcome = None;
    }

    /// The live window begins anew: what was counted means something else now.
    fn begin_anew(&mut self) {
        self.frame = Arc::new(Frame::new(&self.monitor, &self.reference));
        let id = self.judged.evidence_id();
        self.judged = LiveWindows::new(&self.reference, self.plan());
        self.judged.number_after(id);
        self.lines.clear();
        self.replicas.clear();
        self.look = None;
        self.foreign.clear();
        self.counters.begin_anew();
        self.labels.begin_anew();
    }

    /// Whether rows of a version are judged: where it is known which one serves, its own and those that name none.
    fn is_judged(&self, version: &str) -> bool {
        version.is_empty() || self.serving().is_none_or(|serving| serving == version)
    }

    /// Rows that are judged together, of this replica and the others.
    fn sum(&self, wanted: impl Fn(&str) -> bool, now: Timestamp) -> Cow<'_, Panes> {
        let own = self.lines.iter().filter(|(version, _)| wanted(version));
        let mut own = own.map(|(_, line)| line.panes());
        // Others are added to what this replica's own clock has counted.
        let mut sum = match own.next() {
            Some(first) => Cow::Borrowed(first),
            None => Cow::Owned(Panes::new(&self.reference, self.plan())),
        };
        let theirs = self.replicas.values().flatten().filter(|(version, _)| wanted(version));
        for panes in own.chain(theirs.map(|(_, line)| line.panes())) {
            // All count on this reference by this plan.
            let _ = sum.to_mut().merge(panes, now);
        }
        sum
    }

    /// Rows so far, of one version or of those that are judged.
    pub(crate) fn so_far(&self, version: Option<&str>, now: Timestamp) -> Option<LiveWindow> {
        let panes = match version {
            Some(version) => self.sum(|own| own == version, now),
            None => self.sum(|own| self.is_judged(own), now),
        };
        panes.window_so_far(&self.reference, now)
    }

    /// All that a report is made of, beside the rows.
    pub(crate) fn scale(&self) -> Scale {
        Scale {
            monitor: Arc::clone(&self.monitor),
            reference: Arc::clone(&self.reference),
            frame: Arc::clone(&self.frame),
            foreign: self.foreign.clone(),
            labelled: self.labelled(),
        }
    }

    fn labelled(&self) -> Option<PerformanceReport> {
        let labelled = self.labels.performance();
        let baseline = &self.reference.service().performance;
        (labelled.rows() > 0).then(|| PerformanceReport {
            baseline: (baseline.rows() > 0).then(|| baseline.figures()),
            current: labelled.figures(),
        })
    }

    /// What became of all rows of all versions, by now.
    pub(crate) fn totals(&self) -> Taken {
        self.counters.taken
    }

    /// Looks at the live rows, where a pane has become whole, and at the clock.
    pub(crate) fn tick(&mut self, now: Timestamp, applied: &mut Applied) {
        if !self.judged.is_due(now) {
            return self.handle(Input::Tick, now, applied);
        }
        // What is forgotten while looking is counted first.
        for line in self.lines.values_mut() {
            let leaving = self.counters.leaving(line, now);
            line.forget_old(now);
            self.counters.retire(line, leaving);
        }
        let only = self.lines.len() == 1 && self.replicas.is_empty();
        let only = self.lines.keys().next().filter(|v| only && self.is_judged(v)).cloned();
        let (live, evidence) = match only {
            // Nearly always: without a copy.
            Some(version) => {
                let Some(mut line) = self.lines.remove(&version) else { return };
                self.judged.swap_panes(&mut line);
                let found = self.judge(now);
                self.judged.swap_panes(&mut line);
                self.lines.insert(version, line);
                found
            }
            None => {
                let sum = self.sum(|version| self.is_judged(version), now).into_owned();
                self.judged.replace_panes(sum);
                let found = self.judge(now);
                self.judged.replace_panes(Panes::new(&self.reference, self.plan()));
                found
            }
        }
        .unzip();
        self.look = live;
        let input = evidence.map_or(Input::Tick, Input::Window);
        self.handle(input, now, applied);
        // With the alerts as they stand after it.
        self.history(applied);
    }

    fn judge(&mut self, now: Timestamp) -> Option<(Look, Evidence)> {
        let live = self.judged.window(&self.reference, now)?;
        let report = self.scale().report(&live.window, now);
        let evidence = self.judged.evidence(&live, &report, self.engine.policy());
        let LiveWindow { start, end, extended, .. } = live;
        Some((Look { at: now, start, end, extended, window: live.window, report }, evidence))
    }

    /// One window of history for each length of the live window.
    fn history(&mut self, applied: &mut Applied) {
        let Some(look) = &self.look else { return };
        let length = i64::try_from(self.policy().live.window.micros()).unwrap_or(i64::MAX).max(1);
        let number = look.end.micros().div_euclid(length);
        if self.history_at.is_some_and(|at| at >= number) {
            return;
        }
        self.history_at = Some(number);
        let report = &look.report;
        let measures = &self.monitor.spec().window_measures;
        let window = WindowReport::of_report(report, (look.start, look.end), measures);
        let alerts = self.outcome.as_ref().map_or(&[][..], |outcome| &outcome.alerts);
        let triggers = self.outcome.as_ref().map_or(&[][..], |outcome| &outcome.triggers);
        let ids = self.policy().triggers.iter().map(Trigger::id);
        let triggers: Vec<(String, String)> =
            ids.zip(triggers).map(|(id, status)| (id, status.state.clone())).collect();
        let kept = KeptWindow::new(look.at, window, alerts, &triggers);
        applied.history.push(HistoryPoint { model: self.name.clone(), kept });
    }

    /// Gives the engine an input and keeps what it answers.
    pub(crate) fn handle(&mut self, input: Input, now: Timestamp, applied: &mut Applied) {
        let outcome = self.engine.handle(input, now);
        self.counters.note(&outcome, self.policy().rails.mode);
        let of = |what| Of { model: self.name.clone(), what };
        applied.audit.extend(outcome.audit.iter().cloned().map(of));
        let of = |what| Of { model: self.name.clone(), what };
        applied.effects.extend(outcome.effects.iter().cloned().map(of));
        let of = |what| Of { model: self.name.clone(), what };
        applied.transitions.extend(outcome.transitions.iter().cloned().map(of));
        let of = |what| Of { model: self.name.clone(), what };
        applied.problems.extend(outcome.problems.iter().cloned().map(of));
        self.outcome = Some(Outcome {
            transitions: Vec::new(),
            effects: Vec::new(),
            audit: Vec::new(),
            problems: Vec::new(),
            ..outcome
        });
    }
}
