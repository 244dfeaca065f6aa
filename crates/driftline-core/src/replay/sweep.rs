//! The same windows under other thresholds, so that people can choose one.

use alloc::{collections::BTreeSet, format, string::String, vec, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{Replay, windows_of};
use crate::{
    metric::Metric,
    policy::PolicySpec,
    report::{Problem, Report},
    trigger::Action,
};

/// What every threshold would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sweep {
    /// The metric whose rules and triggers all took the threshold.
    pub metric: Metric,
    /// A row for each threshold.
    pub rows: Vec<SweepRow>,
}

/// What one threshold would have done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SweepRow {
    /// The threshold.
    pub threshold: f64,
    /// How often rules on the metric fired.
    pub alerts_fired: u64,
    /// Windows after which any of them fired, each rule's counted.
    pub windows_firing: u64,
    /// How often triggers on the metric told people.
    pub triggers_told: u64,
    /// Rollbacks that rules and triggers on the metric asked for, on paper or not.
    pub rollbacks: u64,
    /// How often a rail stopped one.
    pub rollbacks_blocked: u64,
}

impl Sweep {
    /// Gives every rule and trigger on the metric each threshold in turn. Bands and exit thresholds keep their distance.
    ///
    /// # Errors
    /// A metric that the policy says nothing about, or a threshold that makes it none.
    pub fn of_report(
        spec: &PolicySpec,
        report: &Report,
        metric: &Metric,
        thresholds: &[f64],
    ) -> Result<Sweep, Vec<Problem>> {
        let rules = spec.rules.iter().map(|rule| &rule.metric);
        let metrics: BTreeSet<&Metric> =
            rules.chain(spec.triggers.iter().map(|trigger| &trigger.metric)).collect();
        if !metrics.contains(metric) {
            let known: Vec<String> = metrics.iter().map(|metric| format!("{metric}")).collect();
            let message = format!(
                "expected a metric that a rule or trigger is about ({}), found {metric}",
                known.join(", ")
            );
            return Err(vec![Problem { place: "sweep".into(), message }]);
        }
        let row = |threshold: &f64| row(spec, report, metric, *threshold);
        let rows = thresholds.iter().map(row).collect::<Result<_, _>>()?;
        Ok(Sweep { metric: metric.clone(), rows })
    }
}

fn row(
    spec: &PolicySpec,
    report: &Report,
    metric: &Metric,
    threshold: f64,
) -> Result<SweepRow, Vec<Problem>> {
    let policy = at(spec, metric, threshold).check()?;
    let askers: BTreeSet<String> = policy
        .rules
        .iter()
        .filter(|rule| rule.metric == *metric)
        .map(|rule| rule.name.clone())
        .chain(policy.triggers.iter().filter(|t| t.metric == *metric).map(|t| t.id()))
        .collect();
    let (windows, has_clock) = windows_of(&policy, report);
    let replay = Replay::of(&policy, windows, has_clock);
    let episodes = || {
        let of_metric = replay.alerts.iter().filter(|alert| askers.contains(&alert.alert.name));
        of_metric.flat_map(|alert| &alert.episodes)
    };
    let told = replay.triggers.iter().filter(|trigger| askers.contains(&trigger.id));
    let is_rollback = |row: &&crate::trigger::audit::AuditRow| {
        row.action == Some(Action::Rollback)
            && row.asked_by.iter().any(|asker| askers.contains(asker))
    };
    Ok(SweepRow {
        threshold,
        alerts_fired: episodes().count() as u64,
        windows_firing: episodes().map(|episode| episode.windows_firing).sum(),
        triggers_told: told.map(|trigger| trigger.told.len() as u64).sum(),
        rollbacks: replay.acted().filter(is_rollback).count() as u64,
        rollbacks_blocked: replay.blocked().filter(is_rollback).count() as u64,
    })
}

/// The policy with another threshold for everything on the metric.
fn at(spec: &PolicySpec, metric: &Metric, threshold: f64) -> PolicySpec {
    let mut spec = spec.clone();
    for rule in spec.rules.iter_mut().filter(|rule| rule.metric == *metric) {
        let distance = threshold - rule.threshold;
        rule.threshold = threshold;
        rule.until = rule.until.map(|until| until + distance);
        rule.exit_threshold = rule.exit_threshold.map(|exit| exit + distance);
    }
    for trigger in spec.triggers.iter_mut().filter(|trigger| trigger.metric == *metric) {
        trigger.threshold = threshold;
    }
    // Two triggers that differed by nothing but the threshold are one now.
    let mut ids = BTreeSet::new();
    spec.triggers.retain(|trigger| ids.insert(trigger.id()));
    spec
}
