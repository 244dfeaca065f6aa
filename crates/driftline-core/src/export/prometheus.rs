//! The rule file and its tests.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    alert::{self, Alert, NoDataAlert},
    counter_test,
    recording::{self, prometheus_duration},
    rule_test,
    yaml::comment,
};
use crate::{live::Semantics, policy::Policy, report::Problem};

/// The name that the rule file is written under, and that its tests ask for.
pub const RULES_FILE: &str = "driftline_rules.yml";

/// The name of the tests' file.
pub const TESTS_FILE: &str = "driftline_rules_test.yml";

/// A policy for Prometheus.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleFiles {
    /// Recording rules and alerts, for [`RULES_FILE`].
    pub rules: String,
    /// promtool's unit tests of them, for [`TESTS_FILE`] in the same folder.
    pub tests: String,
    /// What Prometheus cannot be given, or is given otherwise; the rule file says it too.
    pub problems: Vec<Problem>,
}

/// How often Prometheus is taken to scrape, in seconds: its windows need four samples.
const SCRAPE_SECONDS: u64 = 15;

/// A policy as Prometheus rules over the counters of [`exposition`](super::exposition), and as promtool tests of them.
///
/// Everything is computed from sums over all replicas. In guarded mode an alert on large values compares a lower end: of PSI,
/// KL and JS by a closed form that is not above the exact one of PSI but for rare cells, of shares, burn rates and the share
/// of slow requests by Wilson's interval; it needs the policy's rows, and rows no older than `max_age`;
/// no data clears no alert unless the rule says so. Percentiles are decided by the share of requests at or below the
/// threshold, not by interpolation.
///
/// ```
/// use driftline_core::{export, policy::Policy};
/// let files = export::prometheus(&Policy::default());
/// assert!(files.rules.contains("- alert: CriticalDataDrift"));
/// assert!(files.problems.is_empty());
/// ```
pub fn prometheus(policy: &Policy) -> RuleFiles {
    let mut problems: Vec<Problem> = Vec::new();
    let mut alerts: Vec<(Alert, Option<NoDataAlert>)> = Vec::new();
    for rule in &policy.rules {
        let mut report = |key: &str, message: String| {
            problems.push(Problem { place: format!("rules.{}.{key}", rule.name), message });
        };
        alerts.extend(alert::of_rule(policy, rule, &mut report));
    }
    check_names(&alerts, &mut problems);
    let window = policy.live.window;
    if window.micros() < 4 * SCRAPE_SECONDS * 1_000_000 {
        problems.push(Problem {
            place: "live.window".into(),
            message: format!(
                "expected at least four scrapes, found {window}: scrape at least every {}",
                prometheus_duration(window.times(1).fraction(1, 4))
            ),
        });
    }
    RuleFiles { rules: rules(policy, &alerts, &problems), tests: tests(policy, &alerts), problems }
}

/// A rule may have the name of another one's missing data.
fn check_names(alerts: &[(Alert, Option<NoDataAlert>)], problems: &mut Vec<Problem>) {
    for no_data in alerts.iter().filter_map(|(_, no_data)| no_data.as_ref()) {
        if alerts.iter().any(|(alert, _)| alert.name == no_data.alert.name) {
            problems.push(Problem {
                place: format!("rules.{}.no_data", no_data.of),
                message: format!(
                    "expected no other rule to be called {}, found one",
                    no_data.alert.name
                ),
            });
        }
    }
}

fn rules(policy: &Policy, alerts: &[(Alert, Option<NoDataAlert>)], problems: &[Problem]) -> String {
    let mut out = String::from(
        "# Driftline's policy as Prometheus rules, written by `driftline rules export`: change the policy and export again.\n\
         # They read the counters of every replica's /metrics and add them up.\n#\n",
    );
    for line in differences(policy) {
        out.push_str(&format!("# - {line}\n"));
    }
    if !policy.triggers.is_empty() {
        out.push_str("#\n# Triggers count windows one by one, so they stay with Driftline:\n");
        for trigger in &policy.triggers {
            out.push_str(&format!("# - {}\n", comment(&trigger.id())));
        }
    }
    if !problems.is_empty() {
        out.push_str("#\n# Not given to Prometheus, or given otherwise:\n");
        for Problem { place, message } in problems {
            out.push_str(&format!("# - {}: {}\n", comment(place), comment(message)));
        }
    }
    let every = prometheus_duration(policy.live.every);
    out.push_str(&format!("groups:\n- name: driftline\n  interval: {every}\n  rules:\n"));
    for recording in recording::of_live_window(policy, &alert::bucket_thresholds(policy)) {
        out.push_str(&super::yaml::indented(&recording.yaml(), 2));
    }
    for decided in alerts.iter().filter_map(|(alert, _)| alert.decided.as_ref()) {
        out.push_str(&super::yaml::indented(&decided.yaml(), 2));
    }
    for (alert, no_data) in alerts {
        out.push_str(&super::yaml::indented(&alert.yaml(), 2));
        if let Some(no_data) = no_data {
            out.push_str(&super::yaml::indented(&no_data.alert.yaml(), 2));
        }
    }
    out.push_str("- name: driftline_burn_rates\n  interval: 1m\n  rules:\n");
    for recording in recording::of_burn_rates(policy) {
        out.push_str(&super::yaml::indented(&recording.yaml(), 2));
    }
    out
}

/// What these rules do otherwise than Driftline's own engine.
fn differences(policy: &Policy) -> Vec<String> {
    let windows: Vec<String> =
        recording::live_windows(policy).into_iter().map(prometheus_duration).collect();
    let mut lines = alloc::vec![format!(
        "The live window is the first of {} that holds {} rows.",
        windows.join(", "),
        policy.live.min_samples.max(1)
    )];
    lines.push(format!(
        "Scrape at least every {SCRAPE_SECONDS}s. Counters that begin above 0 are undercounted until a window has passed."
    ));
    if policy.live.semantics == Semantics::Guarded {
        lines.extend([
            "PSI alerts compare its lower end (95 %), by a closed form that takes no rare cells together.".to_string(),
            "KL and JS alerts compare lower ends by the same closed form; Driftline compares the values where PSI is decided.".to_string(),
            "Alerts on large shares, burn rates and percentiles compare the lower end of Wilson's interval (95 %), as Driftline does, but of rows that increase() extrapolates to the ends of the window: up to a third more than came.".to_string(),
            "Rows are those with a value in some cell where PSI, KL or JS is compared; Driftline counts rows with missing values too.".to_string(),
            "The live window is extended for each column by itself; Driftline extends one window for the whole model.".to_string(),
            "Burn rates over two windows ask for enough rows in the live window, not in each of the two.".to_string(),
            "A hold is a time: that windows are distinct, and that an alert flaps, is not known here.".to_string(),
            "An alert that no data must not clear reads its own ALERTS series. While pending, no data ends it.".to_string(),
            "An alert about all features that fires stays while a feature that was past the threshold has stopped, for a day at most, or until its reference is no longer exposed.".to_string(),
            "A Prometheus that was down for longer than 5 minutes forgets that an alert was kept.".to_string(),
        ]);
    }
    lines
}

fn tests(policy: &Policy, alerts: &[(Alert, Option<NoDataAlert>)]) -> String {
    let step = rule_test::step_of(&policy.live, alerts);
    let mut out = format!(
        "# promtool's unit tests of {RULES_FILE}, written by `driftline rules export`.\n\
         #   promtool test rules {TESTS_FILE}\n\
         # Every alert stands a hair on either side of its threshold, one evaluation on either side of its hold, and on\n\
         # either side of its guards, by the recorded numbers: moving any of them fails a test. From counters it fires or not\n\
         # through every rule between: a wrong name, label or match fails a test.\n\
         rule_files: [{RULES_FILE}]\nevaluation_interval: {}\ngroup_eval_order: [driftline_burn_rates, driftline]\ntests:\n",
        prometheus_duration(step)
    );
    if step.times(4) <= policy.live.extend_to {
        out.push_str(&rule_test::of_recordings(policy, step));
    } else {
        out.push_str("# Holds are so long that evaluations lie too far apart to test the live window here.\n");
    }
    for (alert, no_data) in alerts {
        out.push_str(&rule_test::of_alert(alert, no_data.as_ref(), step));
        out.push_str(&counter_test::of_alert(policy, alert, step));
    }
    out
}
