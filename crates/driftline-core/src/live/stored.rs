//! The compact form of live windows.

use alloc::{
    collections::BTreeSet,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{
    LiveWindows, MAX_FOREIGN_COLUMNS, MAX_PANE_LEVELS, PanePlan, Panes, Span, Taken, history::Ring,
    windows::Looks,
};
use crate::{
    bins::{MAX_LEVEL_BYTES, Resolution},
    codec::{self, Content, DecodeError},
    counts::MAX_ROWS,
    duration::Duration,
    latency::Micros,
    reference::{Reference, ReferenceId},
    time::Timestamp,
    window::{OtherReference, StoredWindow, Window},
};

/// As it is written. What is a [`Window`] here is a [`StoredWindow`] there.
#[derive(Serialize, Deserialize)]
struct Stored<W> {
    reference: ReferenceId,
    every: Duration,
    resolution: Resolution,
    thresholds: Vec<Micros>,
    latest: Option<Timestamp>,
    panes: Vec<(i64, W)>,
    since: Option<Timestamp>,
    fine: Vec<(i64, Span)>,
    coarse: Vec<(i64, Span)>,
    totals: Taken,
    foreign: BTreeSet<String>,
    id: u64,
    seen: Vec<(i64, u64)>,
    boundary: Option<i64>,
}

impl LiveWindows {
    /// The compact form; see [`codec`] for what it promises.
    pub fn encode(&self) -> Vec<u8> {
        let LiveWindows { panes, looks } = self;
        let slots = |ring: &Ring| ring.slots.iter().map(|(k, span)| (*k, span.clone())).collect();
        let stored: Stored<&Window> = Stored {
            reference: panes.reference,
            every: panes.plan.live.every,
            resolution: Resolution::Psi(panes.plan.cut),
            thresholds: panes.plan.thresholds.clone(),
            latest: panes.latest,
            panes: panes.panes.iter().map(|(key, window)| (*key, window)).collect(),
            since: panes.history.since,
            fine: slots(&panes.history.fine),
            coarse: slots(&panes.history.coarse),
            totals: panes.totals,
            foreign: panes.foreign.clone(),
            id: looks.id,
            seen: looks.seen.iter().map(|(key, rows)| (*key, *rows)).collect(),
            boundary: looks.boundary,
        };
        codec::encode(Content::Live, &stored)
    }

    /// Reads the compact form. Panes that `plan` no longer keeps are forgotten.
    ///
    /// # Errors
    /// Bytes that are no live windows of a version this code knows, were cut short or altered, were counted on another
    /// reference, or in panes, cells or at thresholds that are not the plan's.
    pub fn decode(
        bytes: &[u8],
        reference: &Reference,
        plan: PanePlan,
    ) -> Result<LiveWindows, DecodeError> {
        let stored: Stored<StoredWindow> = codec::decode(Content::Live, bytes)?;
        let mut live = LiveWindows::new(reference, plan);
        if stored.reference != reference.id() {
            return Err(DecodeError::OtherReference(OtherReference {
                expected: reference.id(),
                found: stored.reference,
            }));
        }
        live.panes.check_plan(stored.every, stored.resolution, &stored.thresholds)?;
        live.panes.take(stored, reference, &mut live.looks).ok_or(DecodeError::Malformed)?;
        Ok(live)
    }
}

impl Panes {
    fn check_plan(
        &self,
        every: Duration,
        resolution: Resolution,
        thresholds: &[Micros],
    ) -> Result<(), DecodeError> {
        let same = |is_same: bool, message: fn(&Panes) -> String| {
            if is_same { Ok(()) } else { Err(DecodeError::OtherPlan(message(self))) }
        };
        same(every == self.plan.live.every, |panes| {
            alloc::format!("expected panes of {}, found others", panes.plan.live.every)
        })?;
        same(resolution == Resolution::Psi(self.plan.cut), |_| {
            "expected panes on the same cells, found others".to_string()
        })?;
        same(thresholds == self.plan.thresholds, |_| {
            "expected latencies counted at the same thresholds, found others".to_string()
        })
    }

    /// Takes what was stored; `None` where it breaks a rule.
    fn take(
        &mut self,
        stored: Stored<StoredWindow>,
        reference: &Reference,
        looks: &mut Looks,
    ) -> Option<()> {
        let holds = !stored.panes.is_empty() || !stored.fine.is_empty();
        if holds && (stored.latest.is_none() || stored.since.is_none()) {
            return None;
        }
        self.latest = stored.latest;
        self.totals = stored.totals;
        let totals = &self.totals;
        let is_count = |count: u64| count <= MAX_ROWS;
        let counts = [totals.counted, totals.by_arrival, totals.late, totals.future];
        if !counts.into_iter().chain([totals.clock_ran_back]).all(is_count) {
            return None;
        }
        let is_short = |name: &String| name.len() <= MAX_LEVEL_BYTES;
        if stored.foreign.len() > MAX_FOREIGN_COLUMNS || !stored.foreign.iter().all(is_short) {
            return None;
        }
        self.foreign = stored.foreign;
        let empty = self.plan.empty_window(reference);
        let kept = stored.latest.map(|latest| self.kept(latest));
        for (key, window) in ascending(stored.panes)? {
            let mut window = window.check(reference).ok()?;
            let service = window.service();
            let is_ours = window.resolution() == empty.resolution()
                && window.rows() > 0
                && service.performance == empty.service().performance
                && service.latency.has_thresholds(&self.plan.thresholds)
                && window.extra_columns().is_empty();
            if !is_ours {
                return None;
            }
            window.keep_levels(MAX_PANE_LEVELS);
            if kept.as_ref().is_some_and(|kept| kept.contains(&key)) {
                self.panes.insert(key, window);
            }
        }
        self.history.since = stored.since;
        for (ring, slots) in
            [(&mut self.history.fine, stored.fine), (&mut self.history.coarse, stored.coarse)]
        {
            let first_and_last = stored.latest.map(|latest| ring.kept(latest));
            for (slot, span) in ascending(slots)? {
                let is_sound = span.slow.len() == self.plan.thresholds.len()
                    && span.slow.iter().all(|slow| *slow <= span.latencies)
                    && is_count(span.latencies);
                if !is_sound {
                    return None;
                }
                if first_and_last.as_ref().is_some_and(|kept| kept.contains(&slot)) {
                    ring.slots.insert(slot, span);
                }
            }
        }
        looks.id = stored.id;
        looks.boundary = stored.boundary;
        looks.seen = ascending(stored.seen)?.collect();
        (looks.seen.len() as u64 <= 2 * super::MAX_PANES).then_some(())
    }
}

/// Entries whose keys ascend; `None` where they do not.
fn ascending<T>(entries: Vec<(i64, T)>) -> Option<alloc::vec::IntoIter<(i64, T)>> {
    let ascends = entries.windows(2).all(|pair| pair[0].0 < pair[1].0);
    ascends.then(|| entries.into_iter())
}
