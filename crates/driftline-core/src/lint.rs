//! What is allowed but hardly meant: warnings about a policy.

use alloc::{format, string::String, vec::Vec};
use core::cmp::Ordering;

use crate::{
    live::LONGEST_SPAN,
    metric::{BurnWindows, Metric},
    policy::PolicySpec,
    report::Problem,
    rule::{Comparison, Hold, Rule},
    trigger::Action,
};

/// What a spec allows but hardly means, each with its path: dead zones between bands, thresholds that cannot be reached or
/// are always passed, windows longer than holds, burn rates above what a service that always fails burns or over windows that
/// do not fit together, and rollbacks for a drift of the inputs alone.
///
/// ```
/// use driftline_core::{lint::lint, policy::PolicySpec};
/// let spec: PolicySpec = serde_json::from_str(
///     r#"{"rules": [{"name": "Late", "metric": "js_divergence", "threshold": 1.5}], "triggers": []}"#,
/// ).unwrap();
/// assert_eq!(lint(&spec)[0].place, "rules[0].threshold");
/// ```
pub fn lint(spec: &PolicySpec) -> Vec<Problem> {
    let mut warnings = Vec::new();
    let mut warn = |place: String, message: String| warnings.push(Problem { place, message });
    for (i, rule) in spec.rules.iter().enumerate() {
        let place = format!("rules[{i}]");
        lint_reach(spec, &rule.metric, rule.comparison, rule.threshold, |message| {
            warn(format!("{place}.threshold"), message);
        });
        lint_burn_windows(spec, &rule.metric, |message| warn(format!("{place}.metric"), message));
        lint_hold(spec, rule, |message| warn(format!("{place}.for"), message));
        if rule.action == Some(Action::Rollback) {
            lint_inputs_alone(spec, &rule.metric, |message| {
                warn(format!("{place}.action"), message);
            });
        }
    }
    for (i, trigger) in spec.triggers.iter().enumerate() {
        let place = format!("triggers[{i}]");
        lint_burn_windows(spec, &trigger.metric, |message| {
            warn(format!("{place}.metric"), message);
        });
        lint_reach(spec, &trigger.metric, trigger.comparison, trigger.threshold, |message| {
            warn(format!("{place}.threshold"), message);
        });
        if trigger.action == Action::Rollback {
            lint_inputs_alone(spec, &trigger.metric, |message| {
                warn(format!("{place}.action"), message);
            });
        }
    }
    lint_bands(&spec.rules, &mut warn);
    warnings
}

/// The smallest and the largest value that a metric can take.
fn range(spec: &PolicySpec, metric: &Metric) -> (f64, f64) {
    // Shares are floored at 1e-4, so no cell's logarithm exceeds ln 10⁴, and the differences of the shares add up to 2.
    const LARGEST_PSI: f64 = 2.0 * 9.210_340_371_976_184;
    let largest = match metric {
        Metric::PsiScore { .. } | Metric::PredictionPsi => LARGEST_PSI,
        Metric::KlDivergence { .. } => f64::INFINITY,
        Metric::JsDivergence { .. } | Metric::MissingShare { .. } | Metric::ErrorRate => 1.0,
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => f64::INFINITY,
        Metric::BurnRate { .. } => spec.objectives.availability.largest_burn_rate(),
    };
    (0.0, largest)
}

fn lint_reach(
    spec: &PolicySpec,
    metric: &Metric,
    comparison: Comparison,
    threshold: f64,
    mut warn: impl FnMut(String),
) {
    let (least, most) = range(spec, metric);
    let is_true = |value: f64| comparison.compare(value, threshold);
    match comparison.direction() {
        Ordering::Greater if !is_true(most) && matches!(metric, Metric::BurnRate { .. }) => {
            warn(format!(
                "{comparison} {threshold} is never true: where every request fails the burn rate is {most} (1 / budget)"
            ))
        }
        Ordering::Greater if !is_true(most) => {
            warn(format!("{comparison} {threshold} is never true: {metric} is at most {most}"));
        }
        Ordering::Less if !is_true(least) => {
            warn(format!("{comparison} {threshold} is never true: {metric} is at least {least}"));
        }
        Ordering::Greater if is_true(least) => {
            warn(format!("{comparison} {threshold} is always true: {metric} is at least {least}"));
        }
        Ordering::Less if is_true(most) => {
            warn(format!("{comparison} {threshold} is always true: {metric} is at most {most}"));
        }
        Ordering::Equal => warn(format!(
            "{comparison} compares a measured number to the last digit: it is hardly ever the same"
        )),
        _ => {}
    }
}

/// Two windows of which the short one ends the alert soon, within a time that the objective is about.
fn lint_burn_windows(spec: &PolicySpec, metric: &Metric, mut warn: impl FnMut(String)) {
    let Metric::BurnRate { over: Some(BurnWindows { long, short }) } = metric else { return };
    if short >= long {
        warn(format!(
            "the short window ({short}) is not shorter than the long one ({long}): the alert lasts as long as either"
        ));
    }
    let longest = *long.max(short);
    let period = spec.objectives.availability.period;
    if longest > period {
        warn(format!(
            "{longest} is longer than the period of the budget ({period}): no budget is about so long a time"
        ));
    }
    if longest > LONGEST_SPAN {
        warn(format!("errors are kept for {LONGEST_SPAN}: live, {longest} never has data"));
    }
}

/// Within a window that is longer than the hold, one spike is seen for longer than the hold.
fn lint_hold(spec: &PolicySpec, rule: &Rule, mut warn: impl FnMut(String)) {
    let Hold::For(hold) = rule.hold else { return };
    let window = spec.live.window;
    if window > hold {
        warn(format!(
            "live.window ({window}) is longer than the hold ({hold}): one spike in it serves the hold"
        ));
    }
}

fn lint_inputs_alone(spec: &PolicySpec, metric: &Metric, mut warn: impl FnMut(String)) {
    if metric.is_of_inputs() && !spec.rails.on_inputs_alone {
        warn(format!(
            "{metric} is of the inputs alone, and the version before would see the same inputs: this rolls back only where \
             predictions, errors or latency moved too"
        ));
    }
}

/// Between exclusive bands a value can swing for ever and serve no hold; between bands that do not meet it can rest unseen.
fn lint_bands(rules: &[Rule], warn: &mut impl FnMut(String, String)) {
    for (i, lower) in rules.iter().enumerate() {
        let Some(until) = lower.until else { continue };
        let is_beyond = |other: &&Rule| {
            other.metric == lower.metric
                && other.comparison.direction() == lower.comparison.direction()
                && other.threshold.partial_cmp(&lower.threshold)
                    == Some(lower.comparison.direction())
        };
        // The next band out: the nearest threshold beyond this one.
        let next = rules.iter().filter(is_beyond).min_by(|a, b| {
            let order = a.threshold.total_cmp(&b.threshold);
            if lower.comparison.direction() == Ordering::Less { order.reverse() } else { order }
        });
        let place = format!("rules[{i}].until");
        let Some(next) = next else {
            let message = format!(
                "{} ends at {until} and nothing alerts beyond: the worse it gets, the quieter it is",
                lower.name
            );
            warn(place, message);
            continue;
        };
        let is_gap = match lower.comparison.direction() {
            Ordering::Less => next.threshold < until,
            _ => next.threshold > until,
        };
        if is_gap {
            let message = format!(
                "between {until} and {} neither {} nor {} is true",
                next.threshold, lower.name, next.name
            );
            warn(place, message);
        } else if !lower.hold.is_none() && !next.hold.is_none() {
            let message = format!(
                "a value that swings around {until} leaves {} before {} and {} before {}: neither alerts in Prometheus, \
                 however long it lasts; leave \"until\" out, so that the steps are nested",
                lower.name, lower.hold, next.name, next.hold
            );
            warn(place, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_lint(json: &str, expected: &[(&str, &str)]) {
        let spec: PolicySpec = serde_json::from_str(json).unwrap();
        assert!(spec.check().is_ok(), "{json}");
        let found = lint(&spec);
        let places: Vec<&str> = found.iter().map(|warning| warning.place.as_str()).collect();
        let wanted: Vec<&str> = expected.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, wanted, "{json}: {found:#?}");
        for (warning, (_, part)) in found.iter().zip(expected) {
            assert!(warning.message.contains(part), "{}: no \"{part}\"", warning.message);
        }
    }

    #[test]
    fn the_shipped_policy_only_says_that_inputs_alone_do_not_roll_back() {
        check_lint(
            "{}",
            &[("rules[2].action", "inputs alone"), ("triggers[1].action", "inputs alone")],
        );
        check_lint(r#"{"rails": {"on_inputs_alone": true}}"#, &[]);
    }

    #[test]
    fn a_threshold_that_cannot_be_reached_is_told() {
        let rule = |rule: &str| {
            alloc::format!(r#"{{"triggers": [], "rules": [{{"name": "A", {rule}}}]}}"#)
        };
        let at = "rules[0].threshold";
        for (written, part) in [
            (r#""metric": "error_rate", "threshold": 1"#, "at most 1"),
            (r#""metric": "error_rate", "threshold": 5"#, "at most 1"),
            (r#""metric": "js_divergence", "threshold": 1.1, "comparison": ">=""#, "at most 1"),
            (r#""metric": "psi_score", "threshold": 25"#, "at most 18.4"),
            (r#""metric": "burn_rate", "threshold": 2000"#, "1 / budget"),
            (r#""metric": "error_rate", "threshold": 0, "comparison": ">=""#, "always true"),
            (r#""metric": "error_rate", "threshold": 0, "comparison": "<""#, "never true"),
            (r#""metric": "psi_score", "threshold": 0.2, "comparison": "==""#, "last digit"),
        ] {
            check_lint(&rule(written), &[(at, part)]);
        }
        for written in [
            r#""metric": "error_rate", "threshold": 1, "comparison": ">=""#,
            r#""metric": "burn_rate", "threshold": 14.4"#,
            r#""metric": "latency_p99", "threshold": 7200"#,
        ] {
            check_lint(&rule(written), &[]);
        }
    }

    #[test]
    fn burn_rates_over_windows_that_do_not_fit_are_told() {
        let rule = |long: &str, short: &str, period: &str, threshold: f64| {
            let metric = alloc::format!(r#"burn_rate{{long=\"{long}\",short=\"{short}\"}}"#);
            alloc::format!(
                r#"{{"objectives": {{"availability": {{"period": "{period}"}}}}, "rules": [],
                    "triggers": [{{"metric": "{metric}", "threshold": {threshold}, "action": "alert"}}]}}"#
            )
        };
        let at = "triggers[0].metric";
        check_lint(&rule("1h", "5m", "30d", 14.4), &[]);
        check_lint(&rule("5m", "1h", "30d", 14.4), &[(at, "not shorter")]);
        check_lint(&rule("1h", "1h", "30d", 14.4), &[(at, "not shorter")]);
        check_lint(&rule("3d", "6h", "1d", 1.0), &[(at, "period of the budget (1d)")]);
        check_lint(&rule("40d", "6h", "60d", 1.0), &[(at, "kept for 30d")]);
        check_lint(&rule("1h", "5m", "30d", 1000.0), &[("triggers[0].threshold", "1 / budget")]);
    }

    #[test]
    fn a_window_longer_than_a_hold_is_told() {
        check_lint(
            r#"{"triggers": [], "live": {"window": "3m"},
                "rules": [{"name": "A", "metric": "error_rate", "threshold": 0.1, "for": "2m"},
                          {"name": "B", "metric": "error_rate", "threshold": 0.1, "for": "1h"},
                          {"name": "C", "metric": "error_rate", "threshold": 0.1, "for": "3windows"}]}"#,
            &[("rules[0].for", "live.window (3m)")],
        );
    }

    #[test]
    fn bands_in_which_nothing_alerts_are_told() {
        let bands = |first: &str, second: &str| {
            alloc::format!(
                r#"{{"triggers": [], "rules": [
                    {{"name": "Mid", "metric": "psi_score", "comparison": ">=", {first}}},
                    {{"name": "Top", "metric": "psi_score", "comparison": ">=", "severity": "critical", {second}}}]}}"#
            )
        };
        let at = "rules[0].until";
        for (first, second, expected) in [
            (
                r#""threshold": 0.1, "until": 0.2, "for": "10m""#,
                r#""threshold": 0.2, "for": "5m""#,
                Some("swings"),
            ),
            (
                r#""threshold": 0.1, "until": 0.2, "for": "10m""#,
                r#""threshold": 0.25, "for": "5m""#,
                Some("between"),
            ),
            (
                r#""threshold": 0.1, "until": 0.2, "for": "10m""#,
                r#""threshold": 0.05, "for": "5m""#,
                Some("quieter"),
            ),
            (r#""threshold": 0.1, "for": "10m""#, r#""threshold": 0.2, "for": "5m""#, None),
        ] {
            let expected: Vec<(&str, &str)> = expected.map(|part| (at, part)).into_iter().collect();
            check_lint(&bands(first, second), &expected);
        }
    }
}
