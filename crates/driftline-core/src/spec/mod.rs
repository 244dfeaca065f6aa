//! Configuration as written, one schema on every front; checked, with every problem and its path at once, before
//! anything runs.
//!
//! A [`MonitorSpec`] is what people write. It has two halves, because they run in different places: a [`CompareSpec`] says
//! what is counted and measured, and becomes a [`Monitor`]; a [`PolicySpec`] says what is
//! decided in time, and becomes a [`Policy`]. Objectives belong to both: latencies are counted at
//! their thresholds, and burn rates follow from them.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{
    convention::Convention,
    group::WindowSize,
    live::Live,
    measure::MeasureSettings,
    metric::Metric,
    monitor::Monitor,
    objective::Objectives,
    policy::{Policy, PolicySpec, latency_thresholds},
    report::Problem,
    rule::Rule,
    trigger::{Rails, Trigger},
    verdict::Ladder,
};

mod compare;
#[cfg(feature = "schema")]
mod schema;
#[cfg(feature = "schema")]
pub(crate) use schema::in_prose;

pub use compare::{ColumnSpec, CompareSpec, SegmentSpec, WindowMeasure};

/// All of it: what is watched, how it is judged, and what follows. Every field has a default: the empty spec is the shipped
/// policy.
///
/// ```
/// use driftline_core::spec::MonitorSpec;
/// let spec: MonitorSpec = serde_json::from_str(
///     r#"{"bins": 20, "triggers": [{"metric": "psi_score", "threshold": 0.5, "action": "rollback"}]}"#,
/// )
/// .unwrap();
/// let checked = spec.check().unwrap();
/// assert_eq!((checked.monitor.bins().get(), checked.policy.triggers.len()), (20, 1));
///
/// let spec: MonitorSpec = serde_json::from_str(r#"{"bins": 7, "rails": {"max_rollbacks": 0}}"#).unwrap();
/// let places: Vec<_> = spec.check().unwrap_err().into_iter().map(|problem| problem.place).collect();
/// assert_eq!(places, ["bins", "rails.max_rollbacks"]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MonitorSpec {
    /// Whose definitions the numbers follow.
    pub convention: Convention,
    /// PSI cells of equal mass: a divisor of 1000.
    pub bins: u16,
    /// The ladder of severities on PSI.
    pub thresholds: Ladder,
    /// Settings of the measures.
    pub measures: MeasureSettings,
    /// Share of false findings among the tests that the corrected p-values may find.
    pub false_discovery_rate: f64,
    /// The class that precision, recall and the probability figures are about; absent to be told by its name (`1`,
    /// `true`, `yes`, …).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive_class: Option<String>,
    /// How the current rows are cut into windows. Where it is absent or `auto`, each of several files is a window; one file
    /// has none where it is absent. Live windows have settings of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowSize>,
    /// What windows are measured by beside PSI; what rules and triggers are about is added.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub window_measures: BTreeSet<WindowMeasure>,
    /// Whether the comparison is repeated for the levels of some columns.
    pub segments: SegmentSpec,
    /// Roles and kinds of columns, where they are not to be inferred.
    pub columns: BTreeMap<String, ColumnSpec>,
    /// Bytes of baseline values kept to find exact quantiles.
    pub budget_bytes: u64,
    /// How quick and how reliable is enough.
    pub objectives: Objectives,
    /// When to alert.
    pub rules: Vec<Rule>,
    /// When to act.
    pub triggers: Vec<Trigger>,
    /// What an action must pass.
    pub rails: Rails,
    /// How live rows become windows, and how rules read them.
    pub live: Live,
}

impl Default for MonitorSpec {
    fn default() -> MonitorSpec {
        MonitorSpec::of(CompareSpec::default(), PolicySpec::default())
    }
}

/// A [`MonitorSpec`], ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What measures.
    pub monitor: Monitor,
    /// What decides.
    pub policy: Policy,
}

impl MonitorSpec {
    /// Both halves together; the objectives are the policy's.
    pub fn of(compare: CompareSpec, policy: PolicySpec) -> MonitorSpec {
        MonitorSpec {
            convention: compare.convention,
            bins: compare.bins,
            thresholds: compare.thresholds,
            measures: compare.measures,
            false_discovery_rate: compare.false_discovery_rate,
            positive_class: compare.positive_class,
            window: compare.window,
            window_measures: compare.window_measures,
            segments: compare.segments,
            columns: compare.columns,
            budget_bytes: compare.budget_bytes,
            objectives: policy.objectives,
            rules: policy.rules,
            triggers: policy.triggers,
            rails: policy.rails,
            live: policy.live,
        }
    }

    /// The half that measures, by all that the other is about, and the half that decides.
    pub fn parts(mut self) -> (CompareSpec, PolicySpec) {
        let rules = self.rules.iter().map(|rule| &rule.metric);
        let metrics = rules.chain(self.triggers.iter().map(|trigger| &trigger.metric));
        self.window_measures.extend(metrics.filter_map(|metric| match metric {
            Metric::KlDivergence { .. } => Some(WindowMeasure::Kl),
            Metric::JsDivergence { .. } => Some(WindowMeasure::Js),
            Metric::MissingShare { .. } => Some(WindowMeasure::MissingShare),
            _ => None,
        }));
        let mut latency_thresholds = latency_thresholds(&self.rules, &self.triggers);
        latency_thresholds.retain(|own| !self.objectives.thresholds().contains(own));
        let compare = CompareSpec {
            convention: self.convention,
            bins: self.bins,
            thresholds: self.thresholds,
            measures: self.measures,
            false_discovery_rate: self.false_discovery_rate,
            positive_class: self.positive_class,
            window: self.window,
            window_measures: self.window_measures,
            latency_thresholds,
            segments: self.segments,
            columns: self.columns,
            budget_bytes: self.budget_bytes,
            objectives: self.objectives.clone(),
        };
        let policy = PolicySpec {
            objectives: self.objectives,
            rules: self.rules,
            triggers: self.triggers,
            rails: self.rails,
            live: self.live,
        };
        (compare, policy)
    }

    /// Checks both halves.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self) -> Result<Checked, Vec<Problem>> {
        let (compare, policy) = self.clone().parts();
        match (compare.check(), policy.check()) {
            (Ok(monitor), Ok(policy)) => Ok(Checked { monitor, policy }),
            (monitor, policy) => {
                let mut problems = monitor.err().unwrap_or_default();
                for problem in policy.err().unwrap_or_default() {
                    // Both halves check the objectives.
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                }
                Err(problems)
            }
        }
    }
}
