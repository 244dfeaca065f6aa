//! Where a policy is worked on: the editor, and what its replay is held against.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use driftline_charts::{
    html::{
        difference::{self, Against},
        gallery::Gallery,
    },
    wording,
};
use driftline_core::{
    export,
    policy::Policy,
    reference::ReferenceId,
    replay::{Difference, Replay},
    report::Report,
    spec::{CompareSpec, MonitorSpec},
};

use super::{Answer, Reporting, Taken, editor::Editor};
use crate::message::reporting::{Change, PolicyFile, Response};

/// One for files and one for the server that is followed.
#[derive(Debug, Default)]
pub(super) struct Desks {
    files: Desk,
    server: Desk,
    /// By what the server judges, as it last told.
    told: Option<MonitorSpec>,
}

impl Desks {
    /// The one that is meant.
    pub(super) fn of(&mut self, is_told: bool) -> &mut Desk {
        if is_told { &mut self.server } else { &mut self.files }
    }

    /// The server tells by what it judges: where that is news, it is what is worked on.
    pub(super) fn told(&mut self, spec: MonitorSpec) {
        if self.told.as_ref() != Some(&spec) {
            self.server = Desk { editor: Editor::of(&spec), before: Before::Server };
            self.told = Some(spec);
        }
    }
}

/// A policy that is worked on.
#[derive(Debug, Default)]
pub(super) struct Desk {
    editor: Editor,
    before: Before,
}

/// What a replay is held against.
#[derive(Debug, Default)]
enum Before {
    /// What the server did.
    Server,
    /// The policy as it was when somebody began.
    #[default]
    Shipped,
    /// A policy, and what it made of the windows at hand when these were first seen.
    Policy { policy: Box<Policy>, name: &'static str, seen: Option<(Data, Box<Replay>)> },
}

/// What was replayed. Windows without instants can only be compared where they are cut alike.
#[derive(Clone, Debug, PartialEq)]
struct Data {
    reference: ReferenceId,
    current: String,
    rows: u64,
    windows_without_clock: Option<usize>,
}

impl Data {
    fn of(report: &Report) -> Data {
        let has_clock = report.windows.iter().all(|w| w.start.is_some() && w.end.is_some());
        Data {
            reference: report.reference_id,
            current: report.current.source.clone(),
            rows: report.current.rows,
            windows_without_clock: (!has_clock).then_some(report.windows.len()),
        }
    }
}

impl Desk {
    /// What decides, by the latest sound text.
    pub(super) fn policy(&self) -> &Policy {
        self.editor.policy()
    }

    /// What is worked on as a file, beside the message.
    pub(super) fn export(&self, file: PolicyFile) -> Answer {
        let (name, text) = match file {
            PolicyFile::Spec | PolicyFile::Report => ("driftline.toml", self.editor.text().into()),
            PolicyFile::Rules => (export::RULES_FILE, export::prometheus(self.policy()).rules),
            PolicyFile::Tests => (export::TESTS_FILE, export::prometheus(self.policy()).tests),
        };
        (Response::Exported { name: name.into() }, Some(text))
    }

    /// What the policy makes of the windows, and how that differs from before, also in a sentence; without windows, how
    /// to have some.
    pub(super) fn replay(
        &mut self,
        taken: &Taken,
        width: u32,
        gallery: &mut Gallery,
    ) -> (String, String) {
        if taken.report.windows.is_empty() {
            return (difference::without_windows(&taken.report, taken.is_told), String::new());
        }
        let policy = self.editor.policy().clone();
        let report = match taken.is_told {
            // What stands in it is what the server did.
            true => {
                let replay = Replay::of_report(&policy, &taken.report);
                taken.report.clone().with_replay(replay)
            }
            false => taken.report.clone(),
        };
        let Some(after) = report.replay() else { return Default::default() };
        let (before, name) = self.before(taken, &after);
        let within = match (&self.before, taken.is_told) {
            (Before::Server, true) => Some(taken.policy.live.window),
            _ => None,
        };
        let difference = Difference::of(&before, &after, within);
        let within = within.map_or(String::new(), |within| format!("{within}"));
        let against = Against { replay: &before, name, within: &within };
        let said = wording::difference::sentence(&difference);
        (difference::section(&report, &policy, &difference, against, width, gallery), said)
    }

    fn before(&mut self, taken: &Taken, after: &Replay) -> (Replay, &'static str) {
        let report = &taken.report;
        if matches!(self.before, Before::Shipped) {
            self.before = Before::Policy {
                policy: Box::new(self.editor.shipped()),
                name: "the policy as it was at first",
                seen: None,
            };
        }
        match &mut self.before {
            Before::Policy { policy, name, seen } => {
                let data = Data::of(report);
                let is_seen = seen.as_ref().is_some_and(|(of, _)| *of == data);
                if !is_seen {
                    let replay = Replay::of_report(policy, report);
                    *seen = Some((data, Box::new(replay)));
                }
                let replay = seen.as_ref().map(|(_, replay)| Replay::clone(replay));
                (replay.unwrap_or_else(|| after.clone()), name)
            }
            Before::Server | Before::Shipped => {
                (report.replay().unwrap_or_else(|| after.clone()), "what the server did")
            }
        }
    }

    /// From now on differences are told from the policy as it stands.
    fn pin(&mut self, taken: Option<&Taken>) {
        let policy = self.editor.policy().clone();
        let seen = taken.map(|taken| {
            let replay = match taken.is_told {
                true => Replay::of_report(&policy, &taken.report),
                false => taken
                    .report
                    .replay()
                    .unwrap_or_else(|| Replay::of_report(&policy, &taken.report)),
            };
            (Data::of(&taken.report), Box::new(replay))
        });
        let name = "the policy as it was then";
        self.before = Before::Policy { policy: Box::new(policy), name, seen };
    }
}

impl Reporting {
    /// Changes what is worked on, and replays where that is all it takes.
    pub(super) fn edit(
        &mut self,
        change: &Change,
        is_told: bool,
        text: String,
        width: u32,
    ) -> Response {
        let taken = self.taken.as_mut().filter(|taken| taken.is_told == is_told);
        let desk = self.desks.of(is_told);
        let measured: CompareSpec = desk.editor.compare().clone();
        desk.editor.change(change, text);
        let is_measured_anew = *desk.editor.compare() != measured;
        let fields = match is_told {
            true => Vec::new(),
            false => self.counted.as_ref().map_or(Vec::new(), super::fields),
        };
        if *change == Change::Compare {
            desk.pin(taken.as_deref());
        }
        let edited = Box::new(desk.editor.shown(&fields));
        // A server's windows are as they were measured: another policy alone can be tried on them.
        let is_replayed = is_told || !is_measured_anew;
        let parts = match taken.filter(|_| is_replayed && *change != Change::Show) {
            Some(taken) => {
                if !is_told && taken.policy != *desk.policy() {
                    taken.policy = desk.policy().clone();
                    taken.decide();
                }
                self.showing.renew(false);
                match taken.parts(&mut self.desks, &mut self.showing, width) {
                    Response::Parts { parts, .. } => Some(parts),
                    _ => None,
                }
            }
            None => None,
        };
        Response::Edited { edited, parts, is_measured_anew: is_measured_anew && !is_told }
    }
}
