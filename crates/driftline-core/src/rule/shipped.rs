//! The alerts of the shipped policy.

use alloc::{format, vec, vec::Vec};

use super::{Comparison, Hold, Rule};
use crate::{
    duration::Duration,
    metric::{BurnWindows, Metric},
    num,
    objective::{Availability, BURN_RATE_WINDOWS, BurnRateWindow},
    trigger::Action,
    verdict::Severity,
};

/// The five alerts of the shipped policy: three nested steps on PSI (Siddiqi's 0.1 and 0.25, with the upper band divided at
/// 0.2), and two on latency.
///
/// The steps are nested, not bands: a PSI that swings between 0.19 and 0.21 is above 0.1 all the time, and alerts.
pub fn shipped_rules() -> Vec<Rule> {
    use Comparison::{Greater, GreaterOrEqual};
    let psi = Metric::PsiScore { feature: None };
    let rule = |name, metric, comparison, threshold, minutes, severity, summary: &str| {
        let mut rule = Rule::new(name, metric, comparison, threshold);
        rule.hold = Hold::For(Duration::MINUTE.times(minutes));
        rule.severity = severity;
        rule.annotations.insert("summary".into(), summary.into());
        rule
    };
    let rolls_back = |rule: Rule| Rule { action: Some(Action::Rollback), ..rule };
    vec![
        rule(
            "ModerateDataDrift",
            psi.clone(),
            GreaterOrEqual,
            0.1,
            10,
            Severity::Moderate,
            "A feature has drifted: PSI of 0.1 or more for 10 minutes",
        ),
        rule(
            "SignificantDataDrift",
            psi.clone(),
            GreaterOrEqual,
            0.2,
            5,
            Severity::Significant,
            "A feature has drifted far: PSI of 0.2 or more for 5 minutes",
        ),
        rolls_back(rule(
            "CriticalDataDrift",
            psi,
            Greater,
            0.25,
            2,
            Severity::Critical,
            "A feature is no longer what the model was trained on: PSI above 0.25 for 2 minutes",
        )),
        rule(
            "HighP95Latency",
            Metric::LatencyP95,
            Greater,
            0.1,
            5,
            Severity::Significant,
            "One request in twenty takes longer than 100 ms, for 5 minutes",
        ),
        rolls_back(rule(
            "CriticalP99Latency",
            Metric::LatencyP99,
            Greater,
            0.5,
            2,
            Severity::Critical,
            "One request in a hundred takes longer than 500 ms, for 2 minutes",
        )),
    ]
}

/// The three alerts of the workbook's [table of burn rates](BURN_RATE_WINDOWS), for a policy that watches its error budget:
/// 2 % of it gone in an hour, 5 % in six, 10 % in three days. They are not part of the shipped policy. None has a hold, since
/// the long window is one, and none asks for an action.
///
/// The burn rates are those that spend the share in the long window over the objective's own period: 14.4, 6 and 1 over 30
/// days. As they are written in a policy:
///
/// ```
/// use driftline_core::{objective::Availability, rule::{Rule, burn_rate_rules}};
/// let rules: Vec<Rule> = serde_json::from_str(r#"[
///     {"name": "ErrorBudgetBurn1h", "metric": "burn_rate{long=\"1h\",short=\"5m\"}", "comparison": ">=",
///      "threshold": 14.4, "severity": "critical"},
///     {"name": "ErrorBudgetBurn6h", "metric": "burn_rate{long=\"6h\",short=\"30m\"}", "comparison": ">=",
///      "threshold": 6, "severity": "critical"},
///     {"name": "ErrorBudgetBurn3d", "metric": "burn_rate{long=\"3d\",short=\"6h\"}", "comparison": ">=",
///      "threshold": 1, "severity": "moderate"}
/// ]"#).unwrap();
/// for (own, written) in burn_rate_rules(&Availability::default()).into_iter().zip(rules) {
///     assert_eq!(Rule { annotations: Default::default(), ..own }, written);
/// }
/// ```
pub fn burn_rate_rules(availability: &Availability) -> Vec<Rule> {
    let rule = |row: &BurnRateWindow| {
        let BurnRateWindow { long, short, budget_share, severity, .. } = *row;
        let metric = Metric::BurnRate { over: Some(BurnWindows { long, short }) };
        // 0.02 · 720 h / 1 h is 14.4 but for a rounding, and is written as people write it.
        let burn_rate = num::round(row.burn_rate_for(availability.period) * 1e6) / 1e6;
        let name = format!("ErrorBudgetBurn{long}");
        let mut rule = Rule::new(&name, metric, Comparison::GreaterOrEqual, burn_rate);
        rule.severity = severity;
        let percent = num::round(budget_share * 100.0);
        let summary = format!(
            "{percent} % of the error budget of {} are spent within {long}",
            availability.period
        );
        rule.annotations.insert("summary".into(), summary);
        rule
    };
    BURN_RATE_WINDOWS.iter().map(rule).collect()
}
