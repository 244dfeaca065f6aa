//! The policy that is edited: one [`MonitorSpec`] as TOML text, the source of truth, with a form beside it that changes
//! just the keys it is about.
//!
//! While the text cannot be read, the form keeps what it last showed; while it is no sound spec, the last sound one is in
//! force. Every change can be taken back.

mod text;

use alloc::{format, string::String, vec, vec::Vec};

use driftline_charts::html::editor::{self as markup, Form, Remark, field};
use driftline_core::{
    counting::Counting,
    lint::lint,
    metric::Metric,
    policy::{Policy, PolicySpec},
    schema::{Field, Kind, Role},
    spec::{CompareSpec, MonitorSpec},
    trigger::{Action, Trigger},
};
use toml_edit::{DocumentMut, Value};

use self::text::{Fault, Written};
use crate::message::reporting::{Change, Edited};

/// Changes that can be taken back.
const MOST_UNDONE: usize = 200;

/// Columns that can be picked from.
const MOST_PICKS: usize = 40;

/// A spec while it is edited.
#[derive(Clone, Debug)]
pub(super) struct Editor {
    text: String,
    /// The latest text that could be read.
    written: Written,
    remarks: Vec<Remark>,
    /// The latest sound spec, and its halves.
    spec: MonitorSpec,
    compare: CompareSpec,
    counting: Counting,
    policy: Policy,
    is_sound: bool,
    /// What [`Change::Reset`] goes back to.
    shipped: String,
    defaults: DocumentMut,
    undo: Vec<String>,
    redo: Vec<String>,
    /// What changed last: one undo takes back all that was typed in one place.
    last: String,
}

impl Default for Editor {
    /// The shipped policy, with windows: there is something for alerts to be about.
    fn default() -> Editor {
        let window = driftline_core::group::WindowSize::Auto;
        Editor::of(&MonitorSpec { window: Some(window), ..MonitorSpec::default() })
    }
}

impl Editor {
    /// A sound spec, which [`Change::Reset`] goes back to.
    pub(super) fn of(spec: &MonitorSpec) -> Editor {
        let shipped = text::write(spec);
        let (compare, policy) = spec.clone().parts();
        let mut editor = Editor {
            text: String::new(),
            written: Written::read("").unwrap_or_else(|_| unreachable!("nothing is a document")),
            remarks: Vec::new(),
            spec: spec.clone(),
            compare,
            counting: Counting::default(),
            policy: policy.check().unwrap_or_default(),
            is_sound: false,
            shipped: shipped.clone(),
            defaults: text::defaults(),
            undo: Vec::new(),
            redo: Vec::new(),
            last: String::new(),
        };
        editor.take(shipped);
        editor
    }

    /// What measures, by the latest sound spec.
    pub(super) fn compare(&self) -> &CompareSpec {
        &self.compare
    }

    /// What decides, by the latest sound spec.
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What decides, as it was at first.
    pub(super) fn shipped(&self) -> Policy {
        let spec = Written::read(&self.shipped).ok().and_then(|written| written.spec().ok());
        spec.and_then(|spec| spec.parts().1.check().ok()).unwrap_or_default()
    }

    /// The text, as a file of it would hold.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Makes a change; `text` came beside it.
    pub(super) fn change(&mut self, change: &Change, text: String) {
        let defaults = self.defaults.clone();
        let (written, last) = (&self.written, change.place());
        let changed = match change {
            Change::Show | Change::Compare => None,
            Change::Refused { path, message } => {
                if field::of(path).is_some() || path == "segments.by" {
                    let (at, place) = (written.at(path), path.clone());
                    let fault = Fault { at, place, message: message.clone() };
                    self.remarks.push(self.remark(fault, false));
                }
                return;
            }
            Change::Text => Some(text),
            Change::Set { path, value } => written.set(path, value, &defaults),
            Change::Toggle { path, name } => written.toggle(path, name, &defaults),
            Change::Add { path } => self.with_another(path),
            Change::Remove { path } => written.remove(path, &defaults),
            Change::Reset => self.reset_text(),
            Change::Undo => {
                self.last.clear();
                let Some(before) = self.undo.pop() else { return };
                self.redo.push(self.text.clone());
                return self.take(before);
            }
            Change::Redo => {
                self.last.clear();
                let Some(after) = self.redo.pop() else { return };
                self.undo.push(self.text.clone());
                return self.take(after);
            }
            Change::ForgetColumns => {
                let without = |text: &str, place| Written::read(text).ok()?.without(place);
                let text = without(&self.text, "columns").unwrap_or_else(|| self.text.clone());
                let text = without(&text, "segments.by").unwrap_or(text);
                // They were of other files: nothing to go back to.
                self.undo.clear();
                self.redo.clear();
                return self.take(text);
            }
        };
        let Some(changed) = changed.filter(|changed| *changed != self.text) else { return };
        if last.is_empty() || last != self.last {
            self.undo.push(self.text.clone());
            if self.undo.len() > MOST_UNDONE {
                self.undo.remove(0);
            }
        }
        self.last = last;
        self.redo.clear();
        self.take(changed);
    }

    /// Takes a text as it is.
    fn take(&mut self, text: String) {
        self.text = text;
        let written = match Written::read(&self.text) {
            Ok(written) => written,
            Err(fault) => {
                self.is_sound = false;
                self.remarks = vec![self.remark(fault, false)];
                return;
            }
        };
        self.written = written;
        let spec = match self.written.spec() {
            Ok(spec) => spec,
            Err(faults) => {
                self.is_sound = false;
                self.remarks = faults.into_iter().map(|fault| self.remark(fault, false)).collect();
                return;
            }
        };
        let (compare, policy) = spec.clone().parts();
        let fault = |problem: driftline_core::report::Problem| Fault {
            at: self.written.at(&problem.place),
            place: problem.place,
            message: problem.message,
        };
        match spec.check() {
            Ok(checked) => {
                let warnings = warnings(&policy).into_iter().map(fault);
                let remarks = warnings.map(|fault| self.remark(fault, true)).collect();
                self.remarks = remarks;
                (self.spec, self.compare, self.policy) = (spec, compare, checked.policy);
                self.counting = checked.monitor.counting().clone();
                self.is_sound = true;
            }
            Err(problems) => {
                let remarks = problems.into_iter().map(fault);
                self.remarks = remarks.map(|fault| self.remark(fault, false)).collect();
                self.is_sound = false;
            }
        }
    }

    fn remark(&self, fault: Fault, is_warning: bool) -> Remark {
        let before = fault.at.and_then(|at| self.text.get(..at));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let column =
            before.map(|before| before.chars().rev().take_while(|c| *c != '\n').count() + 1);
        let Fault { place, message, .. } = fault;
        Remark { place, line, column, message, is_warning }
    }

    /// The shipped text; what was said of columns stays.
    fn reset_text(&self) -> Option<String> {
        let shipped = Written::read(&self.shipped).ok()?;
        Some(shipped.with_key_of("columns", &self.written).unwrap_or_else(|| self.shipped.clone()))
    }

    /// Whether anything that [`Change::Reset`] resets is not as shipped.
    fn is_changed(&self) -> bool {
        !self.is_sound || self.reset_text().is_some_and(|shipped| shipped != self.text)
    }

    fn entries(&self, path: &str) -> usize {
        let written = self.written.entries(path);
        written.unwrap_or_else(|| text::default_entries(&self.defaults, path))
    }

    fn value(&self, place: &str) -> String {
        let list = field::LISTS.iter().find_map(|list| {
            place.starts_with(list.path).then(|| self.written.entries(list.path)).flatten()
        });
        let default = || match list {
            // An entry that is written has no shipped one behind it.
            Some(_) => None,
            None => text::default_at(&self.defaults, place),
        };
        self.written.value(place).or_else(default).unwrap_or_default()
    }

    /// The text with another rule, trigger or objective, which says something of its own.
    fn with_another(&self, path: &str) -> Option<String> {
        let number = |n: usize| i64::try_from(n).unwrap_or(0);
        let n = self.entries(path);
        let is_taken = |key: &str, value: &str| {
            (0..n).any(|i| self.value(&format!("{path}[{i}].{key}")) == value)
        };
        let entry: Vec<(&str, Value)> = match path {
            "rules" => {
                let mut names = (1..).map(|n| format!("NewAlert{n}"));
                let name = names.find(|name| !is_taken("name", name))?;
                vec![
                    ("name", name.into()),
                    ("metric", "psi_score".into()),
                    ("comparison", ">".into()),
                    ("threshold", 0.25.into()),
                    ("for", "10m".into()),
                    ("severity", "moderate".into()),
                ]
            }
            "triggers" => {
                let ids: Vec<String> =
                    self.spec.triggers.iter().map(|trigger| trigger.id()).collect();
                let id = |threshold: f64| {
                    Trigger::new(Metric::PredictionPsi, threshold, Action::Alert).id()
                };
                let mut thresholds = (5_u32..).map(|n| f64::from(n) / 20.0);
                let threshold = thresholds.find(|threshold| !ids.contains(&id(*threshold)))?;
                vec![
                    ("metric", "prediction_psi".into()),
                    ("threshold", threshold.into()),
                    ("action", "alert".into()),
                ]
            }
            "objectives.latency" => {
                let quantiles = [0.5, 0.9, 0.95, 0.99, 0.999, 0.75, 0.999_9, 0.98];
                let free = |share: &f64| !is_taken("quantile", &share.to_string());
                let quantile = quantiles.into_iter().find(free)?;
                let threshold = format!("{}ms", 250 * (number(n) + 1));
                vec![("quantile", quantile.into()), ("threshold", threshold.into())]
            }
            _ => return None,
        };
        self.written.add(path, &entry, &self.defaults)
    }

    /// Everything that is shown of it. `fields` are the columns at hand.
    pub(super) fn shown(&self, fields: &[Field]) -> Edited {
        let by = self.written.names("segments.by");
        let mut names: Vec<&str> = by.iter().map(String::as_str).collect();
        let fits = |field: &&Field| field.kind == Kind::Categorical && field.role != Role::Id;
        let others = fields.iter().filter(fits).map(|field| field.name.as_str());
        for name in others.take(MOST_PICKS) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let order = |name: &str| fields.iter().position(|field| field.name == name);
        names.sort_by_key(|name| order(name).unwrap_or(usize::MAX));
        let segments: Vec<(String, bool)> = names
            .into_iter()
            .map(|name| (name.into(), by.iter().any(|other| other == name)))
            .collect();
        let form = Form {
            value: &|place| self.value(place),
            entries: &|path| self.entries(path),
            remarks: &self.remarks,
            segments: &segments,
            convention: &format!("Of each column {}.", self.compare.convention.summary()),
        };
        Edited {
            toml: self.text.clone(),
            form: form.markup(),
            remarks: markup::remarks(&self.remarks),
            summary: markup::summary(&self.spec),
            compare: serde_json::to_string(&self.compare).unwrap_or_default(),
            counting: self.counting.clone(),
            is_sound: self.is_sound,
            is_changed: self.is_changed(),
            can_undo: !self.undo.is_empty(),
            can_redo: !self.redo.is_empty(),
            is_typed: self.last == Change::Text.place() && !self.last.is_empty(),
        }
    }
}

/// What is allowed and hardly meant of what people wrote themselves: the shipped policy says it on purpose.
fn warnings(spec: &PolicySpec) -> Vec<driftline_core::report::Problem> {
    let shipped = PolicySpec::default();
    let is_shipped = |place: &str| {
        (place.starts_with("rules[") && spec.rules == shipped.rules)
            || (place.starts_with("triggers[") && spec.triggers == shipped.triggers)
    };
    lint(spec).into_iter().filter(|problem| !is_shipped(&problem.place)).collect()
}

#[cfg(test)]
mod tests;
