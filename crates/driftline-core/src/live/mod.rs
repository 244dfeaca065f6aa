//! Rows as they come: panes, the live window, and when what it says is too old or too little.
//!
//! ```text
//! rows ─LiveWindows::count(batch, now)─▶ Panes     (a Window for each `live.every`; late and future rows counted apart)
//!                                        History   (errors and slow answers by minute and by hour: burn rates)
//! Panes ─LiveWindows::window(now)─▶ LiveWindow     (the latest `live.window`, extended until it holds `min_samples`)
//! LiveWindow ─Monitor::compare─▶ Report ─LiveWindows::evidence─▶ Evidence   (a new number only for distinct evidence)
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `panes` | rows counted by instant, merged by addition |
//! | `history` | errors and slow answers over long times |
//! | `window` | which panes are the live window |
//! | `windows` | all of it for one model, and which window is distinct evidence |
//! | `stored` | the compact form, checked on the way in |
//!
//! # Memory
//!
//! Whatever rows come in, one [`LiveWindows`] holds at most [`PanePlan::max_bytes`]:
//!
//! ```text
//! P = ⌈extend_to / every⌉ + ⌈max_skew / every⌉ + 2                                              panes
//! P · (29 KB, nearly all of it latencies + Σ columns (208 + 8·cells, and 32 KB where it holds levels))
//!   + (423 + 724) slots · (96 + 16·thresholds) + Σ columns 4·grid cells + 34 KB, mostly foreign columns' names
//! ```
//!
//! That is 23 MB for a number and two columns of levels under the shipped policy, where somebody does their worst; rows as they
//! mostly come take a tenth.
//!
//! A pane tells at most [`MAX_PANE_LEVELS`] never-seen levels of a column apart, each by at most 200 bytes of its name; past
//! that those of smallest hash are kept and the others are one cell.

use serde::{Deserialize, Serialize};

use crate::duration::Duration;

mod exchange;
mod history;
mod panes;
mod stored;
mod window;
mod windows;

pub use history::{History, LONGEST_SPAN, MAX_AHEAD, Span};
pub use panes::{
    MAX_FOREIGN_COLUMNS, MAX_PANE_LEVELS, MAX_PANES, OtherPanes, PanePlan, Panes, Taken,
};
pub use window::LiveWindow;
pub use windows::LiveWindows;

/// How live rows become windows, and how rules read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Live {
    /// The shortest window.
    pub window: Duration,
    /// How far back it is extended until it holds `min_samples`.
    pub extend_to: Duration,
    /// How often it is evaluated.
    pub every: Duration,
    /// Rows below which a window decides nothing. PSI over ten cells without any drift exceeds 0.25 in one of 10,000
    /// windows of 270 rows (both sides); p99 needs 100 rows to differ from the largest.
    pub min_samples: u64,
    /// How old a window may grow before there is no data.
    pub max_age: Duration,
    /// How far ahead of the clock a row's own instant may be: rows from further in the future are counted apart.
    pub max_skew: Duration,
    /// Time between two looks, past which nobody saw what happened: it serves no hold.
    pub max_gap: Duration,
    /// Whose state machine.
    pub semantics: Semantics,
    /// An alert that fires or resolves so often is flapping …
    pub flap_count: u32,
    /// … within this time.
    pub flap_within: Duration,
}

impl Default for Live {
    fn default() -> Live {
        Live {
            window: Duration::MINUTE,
            extend_to: Duration::MINUTE.times(60),
            every: Duration::MINUTE.fraction(1, 4),
            min_samples: 300,
            max_age: Duration::MINUTE.times(5),
            max_skew: Duration::MINUTE,
            max_gap: Duration::MINUTE.times(5),
            semantics: Semantics::Guarded,
            flap_count: 6,
            flap_within: Duration::MINUTE.times(60),
        }
    }
}

/// Whose state machine rules follow. Actions need what is certain either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Semantics {
    /// Prometheus' table behind guards: see [`guarded`](crate::rule::guarded).
    #[default]
    Guarded,
    /// Prometheus' own: see [`compat`](crate::rule::compat).
    Compat,
}
