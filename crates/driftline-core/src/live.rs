//! The live window, and when what it says is too old or too little.

use serde::{Deserialize, Serialize};

use crate::duration::Duration;

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
