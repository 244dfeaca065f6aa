//! What scenarios say of policies, and how they tell what they found instead.

use super::*;

fn check_run(policy: &str, scenario: &str, expected: &[(&str, &str)]) {
    let policy: crate::policy::PolicySpec = serde_json::from_str(policy).unwrap();
    let scenario: Scenario = serde_json::from_str(scenario).unwrap();
    let failures = scenario.run(&policy.check().unwrap());
    let found: Vec<(&str, &str)> =
        failures.iter().map(|f| (f.place.as_str(), f.message.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn band_hopping_alerts_a_spike_rolls_nothing_back_and_one_incident_has_one_action() {
    check_run(
        "{}",
        r#"{"series": {"psi_score": "0.19 0.21 0.19 0.21 0.19 0.21 0.19 0.21 0.19 0.21 0.19"},
            "expect": [{"at": "9m", "alerts": {"ModerateDataDrift": "pending"}},
                       {"at": "10m", "alerts": {"ModerateDataDrift": "firing", "SignificantDataDrift": "inactive"},
                        "effects": []}]}"#,
        &[],
    );
    check_run(
        "{}",
        r#"{"series": {"error_rate": "0 0 0.9 0 0 0"},
            "expect": [{"at": "2m", "triggers": {"error_rate > 0.05: rollback": "counting"}},
                       {"at": "5m", "triggers": {"error_rate > 0.05: rollback": "off"}, "effects": []}]}"#,
        &[],
    );
    check_run(
        r#"{"rules": []}"#,
        r#"{"series": {"error_rate": "0.2+0x9"},
            "events": [{"at": "0s", "version": "1"}, {"at": "0s", "version": "2"}],
            "expect": [{"at": "2m", "effects": []},
                       {"at": "3m", "triggers": {"error_rate > 0.05: rollback": "on"},
                        "effects": ["dry run: rollback of model from 2 to 1"], "blocked_by": "none"},
                       {"at": "9m30s", "effects": [], "blocked_by": "one_action"}]}"#,
        &[],
    );
}

#[test]
fn what_is_not_as_expected_is_told_with_path_expected_and_found() {
    check_run(
        "{}",
        r#"{"series": {"latency_p99": "0.6+0x4", "error_rate": "0"},
            "events": [{"at": "30s", "kill_switch": true}],
            "expect": [{"at": "1m", "alerts": {"CriticalP99Latency": "firing", "Nobody": "firing"}},
                       {"at": "3m", "triggers": {"latency_p99 > 0.5: scale_down": "off", "x": "on"},
                        "effects": ["scale_down"], "blocked_by": "cooldown"}]}"#,
        &[
            ("expect[0].alerts.CriticalP99Latency", "expected firing at 1m, found pending"),
            ("expect[0].alerts.Nobody", "expected firing at 1m, found no such alert"),
            ("expect[1].triggers.latency_p99 > 0.5: scale_down", "expected off at 3m, found on"),
            ("expect[1].triggers.x", "expected on at 3m, found no such trigger"),
            ("expect[1].effects", "expected scale_down at 3m, found none"),
            ("expect[1].blocked_by", "expected cooldown at 3m, found kill_switch"),
        ],
    );
}

#[test]
fn what_cannot_be_run_is_told() {
    check_run(
        "{}",
        r#"{"series": {"error_rate": "0.1 many"}, "lower": {"psi_score": "1"}, "expect": []}"#,
        &[
            ("series.error_rate", "expected a value such as 1, NaN, _, stale or 1+2x3, found many"),
            ("lower.psi_score", "expected a metric that has a series, found one that has none"),
            ("expect", "expected at least one expectation, found none"),
        ],
    );
    check_run(
        "{}",
        r#"{"series": {}, "interval": "1ms", "expect": [{"at": "1d"}]}"#,
        &[("expect", "expected at most 100000 evaluations, found 86400001: one every 1ms")],
    );
    assert_eq!(Scenarios { scenarios: Vec::new() }.run(&Policy::default()).len(), 1);
    for json in [
        r#"{"series": {"psi": "1"}, "expect": []}"#,
        r#"{"series": {}, "expect": [{"at": "now"}]}"#,
        r#"{"series": {}, "expect": [{"at": "1m", "alert": {}}]}"#,
    ] {
        assert!(serde_json::from_str::<Scenario>(json).is_err(), "{json}");
    }
}

#[test]
fn missing_windows_small_windows_and_lower_ends_are_what_the_engine_sees() {
    // The lower end decides, and too few rows decide nothing.
    let of = |more: &str, state: &str| {
        alloc::format!(
            r#"{{"series": {{"psi_score": "0.5+0x5"}}, {more}
                "expect": [{{"at": "5m", "alerts": {{"CriticalDataDrift": "{state}"}}}}]}}"#
        )
    };
    check_run("{}", &of("", "firing"), &[]);
    check_run("{}", &of(r#""lower": {"psi_score": "0.24+0x5"},"#, "inactive"), &[]);
    check_run("{}", &of(r#""rows": 299,"#, "inactive"), &[]);
    // No data clears nothing that is critical.
    check_run(
        "{}",
        r#"{"series": {"psi_score": "0.5+0x3 _x20 0"},
            "expect": [{"at": "20m", "alerts": {"CriticalDataDrift": "firing"}},
                       {"at": "24m", "alerts": {"CriticalDataDrift": "resolved"}}]}"#,
        &[],
    );
}
