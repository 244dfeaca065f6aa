//! Numbers that only grow: what Prometheus sums over replicas.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use driftline_core::{
    engine::Outcome,
    export::exposition::latency_buckets,
    latency::Micros,
    live::{LiveWindows, Taken},
    policy::Policy,
    time::Timestamp,
    trigger::{Mode, audit::Decision},
    window::Window,
};
use serde::{Deserialize, Serialize};

/// Where latencies are counted exactly, for the exposed histogram.
pub(crate) fn latency_ends(policy: &Policy) -> Vec<Micros> {
    latency_buckets(policy).into_iter().map(Micros).collect()
}

/// What one model has counted since it was first heard of.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counters {
    /// What became of all rows.
    pub(crate) taken: Taken,
    /// When a row was last counted.
    pub(crate) last_event: Option<Timestamp>,
    /// Rows of panes that are forgotten by now.
    pub(crate) retired: Option<Window>,
    /// The rest, which is stored as it is.
    pub(crate) told: Told,
}

/// Counters by what they are about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// Changes, by alert and state.
    pub(crate) transitions: BTreeMap<(String, String), u64>,
    /// Actions, by name and mode.
    pub(crate) actions: BTreeMap<(String, String), u64>,
    /// Actions that were stopped, by name and rail.
    pub(crate) blocked: BTreeMap<(String, String), u64>,
    /// Values of features past the cap, and texts that were cut.
    pub(crate) feature_values: u64,
}

impl Counters {
    /// Panes that a look at the clock will forget.
    pub(crate) fn leaving(&self, line: &LiveWindows, now: Timestamp) -> Vec<(Timestamp, Window)> {
        let live = &line.panes().plan().live;
        let length = i64::try_from(live.every.micros()).unwrap_or(i64::MAX).max(1);
        let kept = live.extend_to.max(live.window).micros().div_ceil(live.every.micros().max(1));
        let now = line.panes().latest().map_or(now, |latest| latest.max(now));
        let first = now.micros().div_euclid(length).saturating_sub_unsigned(kept);
        let first = Timestamp::from_micros(first.saturating_mul(length));
        let old = line.panes().panes().take_while(|(start, _)| *start < first);
        old.map(|(start, window)| (start, window.clone())).collect()
    }

    /// Keeps what has been forgotten since.
    pub(crate) fn retire(&mut self, line: &LiveWindows, leaving: Vec<(Timestamp, Window)>) {
        if leaving.is_empty() {
            return;
        }
        let first = line.panes().panes().next().map(|(start, _)| start);
        for (start, window) in leaving {
            if first.is_some_and(|first| first <= start) {
                break;
            }
            match &mut self.retired {
                // Counted on one reference and one cut, or both would have been cleared.
                Some(retired) => _ = retired.merge(&window),
                none => *none = Some(window),
            }
        }
    }

    pub(crate) fn count(&mut self, taken: &Taken, now: Timestamp) {
        let own = &mut self.taken;
        for (own, new) in [
            (&mut own.counted, taken.counted),
            (&mut own.by_arrival, taken.by_arrival),
            (&mut own.late, taken.late),
            (&mut own.future, taken.future),
            (&mut own.clock_ran_back, taken.clock_ran_back),
        ] {
            *own = own.saturating_add(new);
        }
        if taken.counted > 0 {
            self.last_event = Some(now);
        }
    }

    /// Counts what an engine did.
    pub(crate) fn note(&mut self, outcome: &Outcome, mode: Mode) {
        let add = |map: &mut BTreeMap<(String, String), u64>, key: (&str, &str)| {
            *map.entry((key.0.into(), key.1.into())).or_insert(0) += 1;
        };
        for change in &outcome.transitions {
            if outcome.alerts.iter().any(|alert| alert.name == change.what) {
                add(&mut self.told.transitions, (&change.what, &change.to));
            }
        }
        for row in &outcome.audit {
            let Some(action) = row.action else { continue };
            match row.decision {
                Decision::Acted | Decision::ActedOnPaper => {
                    add(&mut self.told.actions, (action.name(), mode.name()));
                }
                Decision::Blocked(rail) => {
                    add(&mut self.told.blocked, (action.name(), rail.name()));
                }
                _ => {}
            }
        }
    }

    /// Counts on another reference are other series.
    pub(crate) fn begin_anew(&mut self) {
        self.retired = None;
    }
}
