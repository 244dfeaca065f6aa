//! Windows of time whose length follows from the rows: a minute at first, longer until there are at most [`MOST_WINDOWS`]
//! of them, and at last until they hold rows enough to decide.
//!
//! Each length divides the next, so that longer windows are sums of shorter ones. The length depends on the instants of the
//! rows and on nothing else: not on their order, nor on how they were read in pieces.

use alloc::collections::BTreeMap;

use super::{GroupKey, Groups};
use crate::window::Window;

const MINUTE: u64 = 60_000_000;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Lengths in microseconds, shortest first.
const LENGTHS: [u64; 9] =
    [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 28 * DAY, 364 * DAY];

/// The shortest length.
pub(crate) const SHORTEST: u64 = LENGTHS[0];

/// Past so many windows they become longer.
pub(super) const MOST_WINDOWS: usize = 100;

/// Down to so many windows they become longer for want of rows.
const FEWEST_WINDOWS: usize = 10;

/// Rows that a window should hold on average: what the shipped policy asks of one that decides.
const ROWS_WANTED: u64 = 300;

/// The next longer one.
pub(super) fn next_length(length: u64) -> Option<u64> {
    LENGTHS.into_iter().find(|longer| *longer > length)
}

/// The number of the longer window in which the window `key` lies.
pub(super) fn rescaled(key: i64, length: u64, longer: u64) -> i64 {
    key.div_euclid(i64::try_from(longer / length.max(1)).unwrap_or(i64::MAX))
}

impl Groups {
    /// The same rows in longer windows, where there are many windows of few rows each; as they are where their length was
    /// given.
    pub(crate) fn long_enough(&self) -> Groups {
        let mut groups = self.clone();
        while let GroupKey::Time { length, is_auto: true, .. } = groups.by.key {
            let rows: u64 = groups.windows.values().map(Window::rows).sum();
            let windows = groups.windows.len();
            let is_enough = rows >= ROWS_WANTED.saturating_mul(windows as u64);
            let Some(longer) =
                next_length(length).filter(|_| !is_enough && windows > FEWEST_WINDOWS)
            else {
                break;
            };
            groups.lengthen(longer);
        }
        groups
    }

    /// Puts windows together. `longer` is a multiple of their length.
    pub(super) fn lengthen(&mut self, longer: u64) {
        let GroupKey::Time { length, .. } = &mut self.by.key else { return };
        let shorter = core::mem::replace(length, longer);
        let windows = core::mem::take(&mut self.windows);
        for (key, window) in windows {
            add(&mut self.windows, rescaled(key, shorter, longer), window);
        }
    }
}

/// Adds a window to those it lies among.
pub(super) fn add(windows: &mut BTreeMap<i64, Window>, key: i64, window: Window) {
    match windows.get_mut(&key) {
        Some(own) => {
            // Windows of one grouping count on one reference, and on the same cells.
            let _ = own.merge(&window);
        }
        None => {
            windows.insert(key, window);
        }
    }
}
