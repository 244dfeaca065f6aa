//! Errors and slow answers over long times: what burn rates are read from.

use alloc::{collections::BTreeMap, vec, vec::Vec};
use core::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{duration::Duration, errors::Errors, time::Timestamp};

/// The longest time that is kept.
pub const LONGEST_SPAN: Duration = Duration::MINUTE.times(30 * 24 * 60);

/// The longest time that is kept by the minute; longer ones are kept by the hour.
const LONGEST_FINE: Duration = Duration::MINUTE.times(6 * 60);

/// How far ahead of the clock rows may be.
pub const MAX_AHEAD: Duration = Duration::MINUTE.times(60);

/// How many requests failed, and how many took longer than each threshold that latencies are counted at, by the minute over the last six hours
/// and by the hour over the last thirty days.
///
/// **Error of a reading.** A time of length L that ends at t is read over whole slots: it begins at the last minute (for
/// L ≤ 6 h) or hour (for longer ones) at or before t − L, so it is at most one slot longer than asked for. That is 20 % of
/// 5 min, 1.7 % of 1 h, 1.4 % of 3 d. Merging is addition.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// When the first row was counted; nothing is known of the time before.
    pub(super) since: Option<Timestamp>,
    thresholds: usize,
    pub(super) fine: Ring,
    pub(super) coarse: Ring,
}

/// What was counted over a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Failed requests.
    pub errors: Errors,
    /// Requests that say how long they took.
    pub latencies: u64,
    /// Of these, how many took longer than each threshold, in the order of the thresholds.
    pub slow: Vec<u64>,
}

impl Span {
    /// Of no rows.
    pub(super) fn new(thresholds: usize) -> Span {
        Span { slow: vec![0; thresholds], ..Span::default() }
    }

    pub(super) fn merge(&mut self, other: &Span) {
        self.errors.merge(&other.errors);
        self.latencies = self.latencies.saturating_add(other.latencies);
        for (own, theirs) in self.slow.iter_mut().zip(&other.slow) {
            *own = own.saturating_add(*theirs);
        }
    }
}

/// Slots of one length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ring {
    pub(super) slot_micros: i64,
    /// How many slots before the present one are kept.
    back: i64,
    /// By the number of the slot since 1970.
    pub(super) slots: BTreeMap<i64, Span>,
}

impl Ring {
    fn new(slot: Duration, longest: Duration) -> Ring {
        let slot_micros = slot.micros() as i64;
        Ring {
            slot_micros,
            back: longest.micros() as i64 / slot_micros + 1,
            slots: BTreeMap::new(),
        }
    }

    fn slot_of(&self, at: Timestamp) -> i64 {
        at.micros().div_euclid(self.slot_micros)
    }

    fn add(&mut self, at: Timestamp, span: &Span) {
        let slot = self.slot_of(at);
        self.slots.entry(slot).or_insert_with(|| Span::new(span.slow.len())).merge(span);
    }

    fn forget_before(&mut self, now: Timestamp) {
        let first = *self.kept(now).start();
        if self.slots.first_key_value().is_some_and(|(slot, _)| *slot < first) {
            self.slots = self.slots.split_off(&first);
        }
    }

    /// Slots that are kept at an instant; rows may be an hour and a slot ahead of it.
    pub(super) fn kept(&self, now: Timestamp) -> RangeInclusive<i64> {
        let now = self.slot_of(now);
        let ahead = MAX_AHEAD.micros() as i64 / self.slot_micros + 1;
        now - self.back..=now + ahead
    }

    fn sum(&self, start: Timestamp, end: Timestamp, thresholds: usize) -> Span {
        let mut sum = Span::new(thresholds);
        let first = self.slot_of(start);
        // Up to the slot in which the last microsecond before the end lies.
        let last = (end.micros() - 1).div_euclid(self.slot_micros);
        if first <= last {
            self.slots.range(first..=last).for_each(|(_, span)| sum.merge(span));
        }
        sum
    }
}

impl History {
    pub(super) fn new(thresholds: usize) -> History {
        History {
            since: None,
            thresholds,
            fine: Ring::new(Duration::MINUTE, LONGEST_FINE),
            coarse: Ring::new(Duration::MINUTE.times(60), LONGEST_SPAN),
        }
    }

    /// Slots that are kept at most, of both lengths.
    pub(super) const MAX_SLOTS: u64 = (361 + 1 + 61) + (721 + 1 + 2);

    pub(super) fn add(&mut self, at: Timestamp, span: &Span) {
        self.fine.add(at, span);
        self.coarse.add(at, span);
    }

    /// Counting has begun by `now`.
    pub(super) fn begin(&mut self, now: Timestamp) {
        self.since = Some(self.since.map_or(now, |since| since.min(now)));
    }

    pub(super) fn forget_before(&mut self, now: Timestamp) {
        self.fine.forget_before(now);
        self.coarse.forget_before(now);
    }

    /// Adds what others counted, up to what may have been counted by `now`.
    pub(super) fn merge(&mut self, other: &History, now: Timestamp) {
        self.since = self.since.into_iter().chain(other.since).min();
        for (own, theirs) in [(&mut self.fine, &other.fine), (&mut self.coarse, &other.coarse)] {
            for (slot, span) in theirs.slots.range(..=*own.kept(now).end()) {
                own.slots.entry(*slot).or_insert_with(|| Span::new(span.slow.len())).merge(span);
            }
        }
    }

    /// When the first row was counted.
    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// What was counted in the time of length `length` that ends at `end`, with the [error](History) that slots have.
    /// `None` where counting began later than that time, or it is longer than [`LONGEST_SPAN`]: of part of a time nothing is
    /// concluded. Of the slot in which the time ends, all is counted that has come in.
    pub fn over(&self, length: Duration, end: Timestamp) -> Option<Span> {
        let start = Timestamp::from_micros(end.micros().saturating_sub(length.micros() as i64));
        let is_covered = length <= LONGEST_SPAN && self.since.is_some_and(|since| since <= start);
        let ring = if length <= LONGEST_FINE { &self.fine } else { &self.coarse };
        is_covered.then(|| ring.sum(start, end, self.thresholds))
    }
}
