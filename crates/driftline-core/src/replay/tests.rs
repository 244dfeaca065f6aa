//! What a replay tells of hand-made windows.

use super::*;
use crate::{duration::Duration, evidence::Observed, rule::Hold, trigger::Rail};

fn hour(n: u64) -> Timestamp {
    Timestamp::EPOCH.later(n * Duration::MINUTE.times(60).micros())
}

/// Hours of 1,000 rows, one for each PSI; `NaN` for an hour without rows.
fn windows(psi: &[f64]) -> Vec<Evidence> {
    let hours = (1_u64..).zip(psi).filter(|(_, psi)| !psi.is_nan());
    hours
        .map(|(n, psi)| {
            let mut window = Evidence::new(n, hour(n - 1), hour(n), 1000);
            let metric = Metric::PsiScore { feature: Some("age".into()) };
            window.values.insert(metric, Observed::new(*psi, 1000));
            window
        })
        .collect()
}

fn check_timeline(policy: &Policy, psi: &[f64], expected: &[&str]) -> Replay {
    let replay = Replay::of(policy, windows(psi), true);
    let told: Vec<String> = replay
        .timeline
        .iter()
        .filter(|moment| !moment.transition.what.starts_with("incident"))
        .map(|Moment { transition: t, window }| {
            format!("{window} {}: {} -> {}", t.what, t.from, t.to)
        })
        .collect();
    assert_eq!(told, expected, "{psi:?}");
    assert!(replay.problems.is_empty(), "{:?}", replay.problems);
    replay
}

fn only(json: &str) -> Policy {
    serde_json::from_str::<PolicySpec>(json).unwrap().check().unwrap()
}

const ONE_RULE: &str = r#"{"triggers": [], "rules": [
    {"name": "Drift", "metric": "psi_score", "threshold": 0.2, "for": "2h", "severity": "significant"}]}"#;

#[test]
fn an_alert_is_pending_then_fires_then_ends() {
    let policy = only(ONE_RULE);
    let replay = check_timeline(
        &policy,
        &[0.0, 0.3, 0.0, 0.3, 0.3, 0.3, 0.3, 0.0, 0.0],
        &[
            "2 Drift: inactive -> pending",
            "3 Drift: pending -> inactive",
            "4 Drift: inactive -> pending",
            "6 Drift: pending -> firing",
            "8 Drift: firing -> resolved",
            "9 Drift: resolved -> inactive",
        ],
    );
    let drift = &replay.alerts[0];
    assert_eq!(drift.times_pending, 2);
    assert_eq!((drift.hours_to_detect, drift.hours_firing), (Some(3.0), Some(2.0)));
    assert_eq!(
        drift.episodes,
        [Episode {
            began: hour(3),
            fired_at: hour(6),
            resolved_at: Some(hour(8)),
            fired_window: 6,
            windows_to_detect: 3,
            windows_firing: 2,
        }]
    );
    assert!(replay.has_fired());
}

#[test]
fn an_alert_that_still_fires_is_counted_to_the_end() {
    let replay = Replay::of(&only(ONE_RULE), windows(&[0.3; 6]), true);
    let drift = &replay.alerts[0];
    assert_eq!((drift.episodes[0].resolved_at, drift.episodes[0].windows_firing), (None, 4));
    assert_eq!(drift.hours_firing, Some(3.0));
}

#[test]
fn hours_that_nobody_saw_serve_no_hold() {
    let gap = f64::NAN;
    let replay = Replay::of(&only(ONE_RULE), windows(&[0.3, gap, gap, 0.3, 0.0]), true);
    assert!(!replay.has_fired(), "{:?}", replay.timeline);
}

#[test]
fn a_rail_that_stops_an_action_is_told_of_whoever_asked() {
    let json = r#"{"rules": [], "triggers": [
        {"metric": "psi_score", "threshold": 0.25, "action": "alert"},
        {"metric": "psi_score", "threshold": 0.5, "action": "rollback"}]}"#;
    let replay = check_timeline(
        &only(json),
        &[0.0, 0.6, 0.6, 0.6, 0.0],
        &["4 psi_score > 0.25: alert: counting -> on", "4 model: rollback -> blocked"],
    );
    let [alert, rollback] = &replay.triggers[..] else { panic!("{:?}", replay.triggers) };
    assert_eq!(alert.told, [hour(4)]);
    assert_eq!(rollback.decisions[0].decision, Decision::Blocked(Rail::NotExpectedToHelp));
    assert_eq!((replay.acted().count(), replay.blocked().count()), (0, 1));
    assert_eq!(
        crate::trigger::audit::verify(&replay.note.audit, &AuditHead::default()),
        Ok(replay.note.audit_head)
    );
}

#[test]
fn on_paper_one_incident_is_one_action() {
    let json = r#"{"rules": [], "rails": {"on_inputs_alone": true}, "triggers": [
        {"metric": "psi_score", "threshold": 0.5, "action": "rollback"}]}"#;
    let replay = check_timeline(
        &only(json),
        &[0.6, 0.6, 0.6, 0.6, 0.6, 0.0],
        &["3 model: rollback -> on paper", "4 model: rollback -> blocked"],
    );
    let decisions: Vec<Decision> =
        replay.triggers[0].decisions.iter().map(|d| d.decision).collect();
    assert_eq!(decisions, [Decision::ActedOnPaper, Decision::Blocked(Rail::OneAction)]);
}

#[test]
fn modes_that_act_go_as_far_as_they_would_have_gone() {
    let check = |mode: &str, expected: &[Decision]| {
        let json = format!(
            r#"{{"rules": [], "rails": {{"on_inputs_alone": true, "mode": "{mode}", "url": "https://x"}}, "triggers": [
                {{"metric": "psi_score", "threshold": 0.5, "action": "rollback"}}]}}"#
        );
        let replay = Replay::of(&only(&json), windows(&[0.6, 0.6, 0.6, 0.6]), true);
        let found: Vec<Decision> =
            replay.triggers[0].decisions.iter().map(|decided| decided.decision).collect();
        assert_eq!(found, expected, "{mode}");
        let head = crate::trigger::audit::verify(&replay.note.audit, &AuditHead::default());
        assert_eq!(head, Ok(replay.note.audit_head), "{mode}");
    };
    check("auto", &[Decision::Acted, Decision::Blocked(Rail::OneAction)]);
    check("approve", &[Decision::Blocked(Rail::Approval)]);
    check("off", &[Decision::Blocked(Rail::Mode)]);
}

#[test]
fn without_a_clock_there_are_windows_and_no_hours() {
    let mut spec: PolicySpec = serde_json::from_str(ONE_RULE).unwrap();
    spec.rules[0].hold = Hold::Windows(3);
    let replay = Replay::of(&spec.check().unwrap(), windows(&[0.0, 0.3, 0.3, 0.3, 0.3]), false);
    let drift = &replay.alerts[0];
    assert_eq!((drift.hours_to_detect, drift.hours_firing), (None, None));
    assert_eq!((drift.episodes[0].windows_to_detect, drift.episodes[0].windows_firing), (3, 2));
    assert_eq!((replay.note.start, replay.note.end), (None, None));
}

#[test]
fn no_windows_are_no_alert() {
    let replay = Replay::of(&Policy::default(), Vec::new(), true);
    assert!(!replay.has_fired());
    assert_eq!((replay.note.windows, replay.alerts.len(), replay.triggers.len()), (0, 5, 4));
}
