//! All that an engine remembers.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration,
    evidence::Output,
    policy::Policy,
    rule::guarded::RuleMemory,
    time::Timestamp,
    trigger::{Incident, Mode, Proposal, Rail, Standing, TriggerMemory, audit::AuditHead},
};

/// All that an engine remembers; plain data in JSON and in the compact form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Under which mode it came to be.
    pub mode: Mode,
    /// The latest instant.
    pub last_now: Option<Timestamp>,
    /// The latest window.
    pub window: Option<WindowSeen>,
    /// Rules, by name.
    pub rules: BTreeMap<String, RuleMemory>,
    /// Triggers, by id.
    pub triggers: BTreeMap<String, TriggerMemory>,
    /// Rules whose alerts fire elsewhere, as somebody claims.
    pub claims: BTreeMap<String, Standing>,
    /// When each rule or trigger last had an action.
    pub starts: BTreeMap<String, Start>,
    /// What moved beside the inputs in the latest window.
    pub outputs_moved: BTreeSet<Output>,
    /// Whether all actions are switched off.
    pub kill_switch: bool,
    /// The versions.
    pub target: TargetMemory,
    /// What is wrong at the moment.
    pub incident: Option<Incident>,
    /// What was last told to have been blocked.
    pub last_blocked: Option<LastBlocked>,
    /// The end of the audit chain.
    pub audit: AuditHead,
}

/// What was last told to have been blocked: told again once any of it is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBlocked {
    /// The incident, where there is one.
    pub incident: Option<String>,
    /// What would have been done.
    pub proposal: Proposal,
    /// What stopped it.
    pub rail: Rail,
}

/// When an asker last had an action, or was told, and by which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// When.
    pub at: Timestamp,
    /// The order's idempotency key; absent where people were only told.
    pub key: Option<String>,
}

/// A version that was rolled back from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// Which.
    pub version: String,
    /// When.
    pub at: Timestamp,
    /// The order's idempotency key.
    pub key: String,
}

/// A window that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowSeen {
    /// Its number.
    pub id: u64,
    /// Where its rows begin.
    pub start: Timestamp,
    /// Where they end.
    pub end: Timestamp,
}

/// Which versions served, and which were rolled back from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetMemory {
    /// The version that serves.
    pub current: Option<String>,
    /// Since when; absent for the first one that was told.
    pub changed_at: Option<Timestamp>,
    /// Versions that served before, the latest last, each once.
    pub earlier: Vec<String>,
    /// Versions that were rolled back from, the latest last.
    pub rolled_back_from: Vec<RolledBack>,
    /// When rollbacks were asked for.
    pub rollbacks: Vec<Timestamp>,
    /// Whether they were too many, so that a person decides from then on.
    pub is_latched: bool,
}

/// Versions that are remembered.
pub(super) const MOST_VERSIONS: usize = 16;

impl State {
    /// Of an engine that has seen nothing.
    pub(super) fn new(policy: &Policy) -> State {
        State::default().fitted_to(policy)
    }

    /// Keeps what the policy knows, within its bounds.
    pub(super) fn fitted_to(mut self, policy: &Policy) -> State {
        let names: BTreeSet<&str> = policy.rules.iter().map(|rule| rule.name.as_str()).collect();
        self.rules.retain(|name, _| names.contains(name.as_str()));
        for memory in self.rules.values_mut() {
            let excess = memory.flips.len().saturating_sub(policy.live.flap_count as usize);
            memory.flips.drain(..excess);
        }
        self.claims.retain(|name, _| names.contains(name.as_str()));
        let mut ids = BTreeSet::new();
        for trigger in &policy.triggers {
            let id = trigger.id();
            let memory = self.triggers.entry(id.clone()).or_default();
            while memory.windows.len() > trigger.looks_at() as usize {
                memory.windows.pop_front();
            }
            ids.insert(id);
        }
        self.triggers.retain(|id, _| ids.contains(id));
        for rule in &policy.rules {
            self.rules.entry(rule.name.clone()).or_default();
        }
        self.starts.retain(|asker, _| names.contains(asker.as_str()) || ids.contains(asker));
        if let Some(incident) = &mut self.incident {
            incident.askers.retain(|asker| names.contains(asker.as_str()) || ids.contains(asker));
        }
        self.target.bound(policy.rails.max_rollbacks);
        if self.mode == Mode::DryRun && policy.rails.mode != Mode::DryRun {
            // What was done on paper holds nothing up.
            self.starts.clear();
            self.incident = None;
            self.target.rollbacks.clear();
            self.target.is_latched = false;
        }
        self.mode = policy.rails.mode;
        self
    }
}

impl TargetMemory {
    /// Versions that could be gone back to, the latest first.
    pub(crate) fn others(&self) -> impl Iterator<Item = &str> {
        let current = self.current.as_deref();
        self.earlier.iter().rev().map(String::as_str).filter(move |other| Some(*other) != current)
    }

    /// The latest one that was not rolled back from within `no_return_for`.
    pub(crate) fn to_go_back_to(&self, no_return_for: Duration, now: Timestamp) -> Option<&str> {
        self.others().find(|version| {
            !self
                .rolled_back_from
                .iter()
                .any(|bad| bad.version == *version && now.since(bad.at) < no_return_for.micros())
        })
    }

    /// Rollbacks in the latest `period`.
    pub(crate) fn rollbacks_within(&self, period: Duration, now: Timestamp) -> u32 {
        self.rollbacks.iter().filter(|at| now.since(**at) < period.micros()).count() as u32
    }

    /// Another version serves.
    pub(super) fn change(&mut self, version: String, now: Timestamp) {
        if let Some(before) = self.current.replace(version) {
            self.earlier.retain(|version| *version != before);
            self.earlier.push(before);
            self.changed_at = Some(now);
        }
        let excess = self.earlier.len().saturating_sub(MOST_VERSIONS);
        self.earlier.drain(..excess);
    }

    /// A rollback was asked for. What was rolled back from before stays: the order may fail.
    pub(super) fn roll_back(
        &mut self,
        key: String,
        is_on_paper: bool,
        max_rollbacks: u32,
        now: Timestamp,
    ) {
        self.rollbacks.push(now);
        if let Some(version) = self.current.clone().filter(|_| !is_on_paper) {
            self.rolled_back_from.push(RolledBack { version, at: now, key });
        }
        self.bound(max_rollbacks);
    }

    fn bound(&mut self, max_rollbacks: u32) {
        let excess = self.rollbacks.len().saturating_sub(max_rollbacks as usize);
        self.rollbacks.drain(..excess);
        let excess = self.rolled_back_from.len().saturating_sub(MOST_VERSIONS);
        self.rolled_back_from.drain(..excess);
        let excess = self.earlier.len().saturating_sub(MOST_VERSIONS);
        self.earlier.drain(..excess);
    }
}
