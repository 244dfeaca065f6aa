//! What stands before Prometheus' table by default.
//!
//! | guard | what it does |
//! |---|---|
//! | freshness | a window older than `max_age` is no data |
//! | sample size | fewer rows than `min_samples`, or an undecided interval, is inconclusive: neither true nor false |
//! | certainty | where large is bad the lower end of a number's interval is compared: PSI, shares, percentiles of latency |
//! | absence | a feature that made the condition true and is absent now leaves it inconclusive |
//! | distinct evidence | a hold needs different windows in which the condition was true, not one that is looked at again, nor burn rates over the same time |
//! | unseen time | a gap longer than `max_gap`, and time without an answer, serve no hold |
//! | no data | nothing is decided: the state stays; it never starts an action and never clears what is critical |
//! | hysteresis | once firing, the alert stays until the value passes the exit threshold; only the threshold itself is evidence for acting |
//! | ladder | above a band that a higher step continues the condition is still true |
//! | flapping | an alert that comes and goes too often is marked, and asks for nothing |

use alloc::{collections::BTreeSet, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Evaluation, NoDataPolicy, Rule, RuleState,
    compat::{self, CompatInput},
};
use crate::{
    evidence::{Finding, Reading},
    live::Live,
    metric::Metric,
    time::Timestamp,
};

/// What the engine remembers of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleMemory {
    /// Where it stands.
    pub state: RuleState,
    /// What the latest window said of its metric.
    pub reading: Reading,
    /// Features that made the condition true and have not made it false since.
    pub held_by: BTreeSet<String>,
    /// What the condition last came to, by the threshold at which the alert begins.
    pub finding: Option<Finding>,
    /// The value when the condition was last true.
    pub value: Option<f64>,
    /// Distinct windows in a row in which the condition was certainly true, of the version that serves now: what an action
    /// needs.
    pub evidence: u32,
    /// Where the latest of them ends, of a metric with a time of its own.
    pub counted_until: Option<Timestamp>,
    /// Since when nothing could be said.
    pub undecided_since: Option<Timestamp>,
    /// When it last began or ceased to fire; as many as make it flap.
    pub flips: Vec<Timestamp>,
}

/// What all rules see of one evaluation.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    /// When.
    pub now: Timestamp,
    /// Time since the evaluation before.
    pub elapsed: u64,
    /// Time in it that nobody saw.
    pub unseen: u64,
    /// Whether there is a window, and it is not too old.
    pub is_fresh: bool,
    /// Whether there is one that Prometheus would still see.
    pub is_in_lookback: bool,
    /// Whether it speaks for the first time.
    pub is_new_window: bool,
    /// Where it begins and ends.
    pub window: Option<(Timestamp, Timestamp)>,
    /// Since when the version serves that serves now, where it is not the first.
    pub changed_at: Option<Timestamp>,
}

impl Sight {
    /// Whether the window speaks of a metric for the first time. One that is true of a time of its own is not looked at again
    /// before that time has passed: it would be of the same rows.
    pub(crate) fn is_distinct(
        &self,
        metric: &Metric,
        finding: Finding,
        counted_until: Option<Timestamp>,
    ) -> bool {
        let is_of_other_rows = match (metric.own_span(), counted_until, self.window) {
            (Some(span), Some(until), Some((_, end))) if finding == Finding::True => {
                end >= until.later(span.micros())
            }
            _ => true,
        };
        self.is_new_window && is_of_other_rows
    }

    /// Whether all that a metric is made of is of the version that serves now.
    pub(crate) fn is_of_this_version(&self, metric: &Metric) -> bool {
        self.window.is_some_and(|(start, end)| {
            let span = metric.own_span().map_or(0, |span| span.micros());
            let begins = end.micros().saturating_sub(i64::try_from(span).unwrap_or(i64::MAX));
            let begins = start.min(Timestamp::from_micros(begins));
            self.changed_at.is_none_or(|changed_at| begins >= changed_at)
        })
    }
}

/// One evaluation of one rule. `has_step_above` says whether a higher step continues the rule's band.
pub fn step(rule: &Rule, memory: &mut RuleMemory, sight: Sight, live: &Live, has_step_above: bool) {
    let threshold = match rule.exit_threshold {
        Some(exit) if memory.state.is_firing() => exit,
        _ => rule.threshold,
    };
    let finding = find(rule, memory, sight, threshold, has_step_above);
    // What keeps an alert is no evidence for acting.
    let entry = find(rule, memory, sight, rule.threshold, has_step_above);
    memory.finding = Some(entry);
    let is_new_window = sight.is_distinct(&rule.metric, finding, memory.counted_until);
    let unseen = if sight.unseen > live.max_gap.micros() { sight.unseen } else { 0 };
    let is_frozen = !finding.is_decided() && rule.on_no_data() != NoDataPolicy::Resolve;
    let before = memory.state.after_unseen(if is_frozen { sight.elapsed } else { unseen });
    memory.undecided_since = match finding.is_decided() {
        true => None,
        false => memory.undecided_since.or(Some(sight.now)),
    };
    if unseen > 0 {
        memory.evidence = 0;
    }
    count_evidence(rule, memory, entry, sight);
    if finding == Finding::True {
        memory.value = memory.reading.value;
    }
    let after = if is_frozen {
        before
    } else {
        before.next(
            rule,
            Evaluation {
                condition: finding == Finding::True,
                is_new_window,
                windows_needed: rule.windows_needed(),
                now: sight.now,
            },
        )
    };
    count_flip(memory, after, sight.now, live);
    memory.state = after;
}

/// Remembers when the alert began or ceased to fire.
fn count_flip(memory: &mut RuleMemory, after: RuleState, now: Timestamp, live: &Live) {
    memory.flips.retain(|at| now.since(*at) < live.flap_within.micros());
    if memory.state.is_firing() != after.is_firing() {
        memory.flips.push(now);
        let most = live.flap_count.max(1) as usize;
        let excess = memory.flips.len().saturating_sub(most);
        memory.flips.drain(..excess);
    }
}

/// Counts distinct windows in a row: what an action needs beside an alert.
fn count_evidence(rule: &Rule, memory: &mut RuleMemory, finding: Finding, sight: Sight) {
    if !sight.is_distinct(&rule.metric, finding, memory.counted_until) {
        return;
    }
    let counts = finding == Finding::True && sight.is_of_this_version(&rule.metric);
    memory.evidence = if counts { memory.evidence.saturating_add(1) } else { 0 };
    if finding == Finding::True {
        memory.counted_until =
            sight.window.filter(|_| rule.metric.own_span().is_some()).map(|(_, end)| end);
    }
}

fn find(
    rule: &Rule,
    memory: &RuleMemory,
    sight: Sight,
    threshold: f64,
    has_step_above: bool,
) -> Finding {
    if !sight.is_fresh {
        return Finding::NoData;
    }
    memory.reading.find(rule.comparison, |value| {
        rule.comparison.compare(value, threshold) && (has_step_above || !rule.is_past_band(value))
    })
}

/// One evaluation of one rule in compat mode: the state is Prometheus' own. An action still needs what is certain, so the
/// finding and the windows are counted as ever.
pub fn step_compat(rule: &Rule, memory: &mut RuleMemory, sight: Sight, live: &Live) {
    let finding = find(rule, memory, sight, rule.threshold, false);
    memory.finding = Some(finding);
    if sight.unseen > live.max_gap.micros() {
        memory.evidence = 0;
    }
    count_evidence(rule, memory, finding, sight);
    let seen = memory.reading.compat_value().filter(|_| sight.is_in_lookback);
    if seen.is_some_and(|value| rule.holds_for(value)) {
        memory.value = memory.reading.value;
    }
    let after = compat::step(rule, memory.state, CompatInput::of(seen), sight.now);
    count_flip(memory, after, sight.now, live);
    memory.state = after;
}

impl RuleMemory {
    /// Whether the alert comes and goes too often.
    pub fn is_flapping(&self, live: &Live) -> bool {
        self.flips.len() >= live.flap_count.max(1) as usize
    }

    /// Since when the alert on missing data fires, if it does.
    pub fn no_data_since(&self, rule: &Rule, now: Timestamp) -> Option<Timestamp> {
        let since = self.undecided_since.filter(|_| rule.on_no_data() == NoDataPolicy::Alert)?;
        let begins = since.later(rule.no_data_for.micros());
        (begins <= now).then_some(begins)
    }
}
