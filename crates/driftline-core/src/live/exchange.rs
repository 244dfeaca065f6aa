//! Panes that are counted in one place and judged in another.

use core::mem;

use super::LiveWindows;
use crate::time::Timestamp;

impl LiveWindows {
    /// Exchanges the panes of both, without a copy; the numbers of evidence stay where they are. For a host that counts each
    /// version apart and judges what they come to together.
    pub fn swap_panes(&mut self, other: &mut LiveWindows) {
        mem::swap(&mut self.panes, &mut other.panes);
    }

    /// Time has passed: rows that are too old are forgotten, as counting forgets them.
    pub fn forget_old(&mut self, now: Timestamp) {
        self.panes.forget_old(now);
    }
}
