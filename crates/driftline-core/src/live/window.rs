//! Which panes are the live window.

use alloc::vec::Vec;

use super::Panes;
use crate::{reference::Reference, time::Timestamp, window::Window};

/// The latest rows: at least [`live.window`](super::Live::window) of them, more where that holds too few.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveWindow {
    /// Where its first pane with rows begins.
    pub start: Timestamp,
    /// Where its last pane with rows ends; never after the instant of the look. That it lies back says that no rows come.
    pub end: Timestamp,
    /// Where the last pane of the look ends, with rows or without.
    pub until: Timestamp,
    /// How many rows it holds; never 0.
    pub rows: u64,
    /// What they hold.
    pub window: Window,
    /// How many panes it was put together from, empty ones included.
    pub panes: u64,
    /// Whether it reaches further back than `live.window`, for want of rows.
    pub extended: bool,
    /// Rows by the number of the pane since 1970.
    pub(super) by_pane: Vec<(i64, u64)>,
}

impl Panes {
    /// The live window of whole panes: the latest [`live.window`](super::Live::window) before the last multiple of
    /// [`live.every`](super::Live::every), extended backwards pane by pane until it holds
    /// [`min_samples`](super::Live::min_samples) rows, but not past [`extend_to`](super::Live::extend_to). `None` where
    /// there is no row.
    pub fn window(&self, reference: &Reference, now: Timestamp) -> Option<LiveWindow> {
        let boundary = self.key_of(self.at_least(now));
        self.window_until(reference, boundary, self.start_of(boundary))
    }

    /// The same with the rows of the pane that has begun: for whoever asks between two looks.
    pub fn window_so_far(&self, reference: &Reference, now: Timestamp) -> Option<LiveWindow> {
        let now = self.at_least(now);
        self.window_until(reference, self.key_of(now).saturating_add(1), now)
    }

    fn at_least(&self, now: Timestamp) -> Timestamp {
        self.latest.map_or(now, |latest| latest.max(now))
    }

    fn window_until(
        &self,
        reference: &Reference,
        boundary: i64,
        latest: Timestamp,
    ) -> Option<LiveWindow> {
        let live = &self.plan.live;
        let least = live.window.micros().div_ceil(live.every.micros()) as i64;
        let most = self.plan.panes_back().max(least);
        let mut first = boundary - least;
        let kept = self.panes.range(boundary - most..boundary);
        let mut rows = 0_u64;
        // Panes without rows are not there: each step goes to the next one that is.
        for (key, pane) in kept.rev() {
            if *key < first && rows >= live.min_samples {
                break;
            }
            rows = rows.saturating_add(pane.rows());
            first = first.min(*key);
        }
        let mut window = self.plan.empty_window(reference);
        let mut by_pane = Vec::new();
        for (key, pane) in self.panes.range(first..boundary) {
            // Panes of another reference cannot be: counting and merging refuse them.
            window.merge(pane).ok()?;
            by_pane.push((*key, pane.rows()));
        }
        let ((start, _), (end, _)) = (*by_pane.first()?, *by_pane.last()?);
        window.extend_extra(&self.foreign);
        Some(LiveWindow {
            start: self.start_of(start),
            end: self.start_of(end.saturating_add(1)).min(latest),
            until: latest,
            rows,
            window,
            panes: (boundary - first) as u64,
            extended: first < boundary - least,
            by_pane,
        })
    }
}
