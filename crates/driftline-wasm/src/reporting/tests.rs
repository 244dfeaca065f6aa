//! What the reporter answers, checked without a browser.

use driftline_core::{
    engine::{Engine, Input},
    group::WindowSize,
    monitor::Monitor,
    replay::KeptWindow,
    spec::{CompareSpec, MonitorSpec},
    time::Timestamp,
};
use driftline_data::{BaselineIntake, CurrentIntake, Intake, ReadOptions};

use super::*;
use crate::message::reporting::{Change, Edited, Told};

/// Two small files, counted in windows of rows.
pub(super) fn intake(window: Option<WindowSize>) -> Intake {
    let rows = |shift: u64| -> String {
        let row = |i: u64| format!("{},{}\n", i * 7919 % 1009 + shift, i % 7);
        format!("amount,<b>\n{}", (0..4000).map(row).collect::<String>())
    };
    let spec = CompareSpec { window, ..CompareSpec::default() };
    let monitor: Monitor = spec.check().unwrap();
    let options = ReadOptions::default();
    let mut intake = BaselineIntake::new("a.csv", options.clone(), &monitor);
    intake.push(rows(0).as_bytes()).unwrap();
    let read = intake.finish().unwrap();
    let plan = monitor.plan(&read.reference).unwrap();
    let mut intake = CurrentIntake::new("b.csv", options, &read.reference, plan);
    intake.push(rows(900).as_bytes()).unwrap();
    let counted = intake.finish().unwrap();
    Intake::new(read, counted, Vec::new())
}

/// A report on them.
fn report(window: Option<WindowSize>) -> String {
    let spec = CompareSpec { window, ..CompareSpec::default() };
    intake(window).report(&spec.check().unwrap(), Timestamp::EPOCH).to_json()
}

fn beside(text: impl Into<Option<String>>) -> Beside {
    Beside { text: text.into(), bytes: None }
}

fn take() -> Request {
    Request::Take { job: 7, width: 600 }
}

fn parts(answer: Answer) -> Parts {
    match answer {
        (Response::Parts { job: 7, parts }, _) => parts,
        other => panic!("expected parts of job 7, found {other:?}"),
    }
}

#[test]
fn a_report_is_taken_drawn_and_saved() {
    let mut reporting = Reporting::default();
    let text = report(Some(WindowSize::Rows(500)));
    let (response, json) = reporting.handle(take(), beside(Some(text)));
    let report = Report::from_json(&json.unwrap()).unwrap();
    assert_eq!((report.alerts.len(), report.triggers.len()), (5, 4));
    let first = parts((response, None));
    assert!(
        first.alerts.contains("2 of 5 alerts fired in 8 windows of 500 rows"),
        "{}",
        first.alerts
    );
    assert!(first.windows.contains("window-lines") && first.segments.is_empty());
    let narrow = parts(reporting.handle(Request::Draw { width: 326 }, beside(None)));
    assert!(narrow.alerts.contains("width=\"326\"") && first.alerts.contains("width=\"600\""));
    let (Response::Saved, Some(page)) = reporting.handle(Request::Save, beside(None)) else {
        panic!("expected a page")
    };
    assert!(page.starts_with("<!doctype html>") && page.contains("<h2 id=\"alerts\">"));
    assert!(!page.contains("<b>") && page.contains("&lt;b&gt;"));
}

#[test]
fn what_a_policy_decided_is_not_read() {
    let text = report(Some(WindowSize::Rows(500)));
    let read = Report::from_json(&text).unwrap();
    let decided = read.clone().decided_by(&Policy::default());
    assert_eq!(Report::from_measured_json(&decided.to_json()), Ok(read));
}

#[test]
fn counts_are_judged_and_judged_again_by_another_spec() {
    let window = Some(WindowSize::Rows(500));
    let counted = intake(window);
    let judge = |bins: u16| Request::Judge {
        job: 7,
        spec: serde_json::to_string(&CompareSpec { window, bins, ..CompareSpec::default() })
            .unwrap(),
        problems: counted.problems.clone(),
        now_millis: 0,
        width: 600,
    };
    let expected = |bins: u16| {
        let spec = CompareSpec { window, bins, ..CompareSpec::default() };
        let report = counted.report(&spec.check().unwrap(), Timestamp::EPOCH);
        report.decided_by(&Policy::default()).to_json()
    };
    let mut reporting = Reporting::default();
    let (response, _) = reporting.handle(judge(10), Beside::default());
    let Response::Failed { job: Some(7), message } = response else { panic!("{response:?}") };
    assert_eq!(message, "expected counts first, found none");
    let bytes = Some(counted.comparands().encode());
    let (_, json) = reporting.handle(judge(10), Beside { bytes, text: None });
    assert_eq!(json, Some(expected(10)));
    let (_, json) = reporting.handle(judge(20), Beside::default());
    assert_eq!(json, Some(expected(20)));
    let bytes = Some(b"driftlC\x01 cut short".to_vec());
    let (response, _) = reporting.handle(judge(10), Beside { bytes, text: None });
    assert!(matches!(response, Response::Failed { job: Some(7), .. }), "{response:?}");
    // What was there before still is.
    let (_, json) = reporting.handle(judge(10), Beside::default());
    assert_eq!(json, Some(expected(10)));
}

#[test]
fn a_report_is_decided_by_the_policy_that_is_edited() {
    let mut reporting = Reporting::default();
    let text = report(Some(WindowSize::Rows(500)));
    let policy = "rules = []\ntriggers = []\n".to_string();
    reporting.handle(edit(Change::Text, false), beside(policy));
    let none = parts(reporting.handle(take(), beside(text.clone())));
    assert!(none.alerts.contains("Nothing fired in 8 windows"), "{}", none.alerts);
    // What is no policy leaves the sound one before it in force.
    let wrong =
        "[[triggers]]\nmetric = \"psi_score\"\nthreshold = 0.1\naction = \"alert\"\nwindows = 0\n";
    reporting.handle(edit(Change::Text, false), beside(wrong.to_string()));
    let none = parts(reporting.handle(take(), beside(text)));
    assert!(none.alerts.contains("Nothing fired in 8 windows"), "{}", none.alerts);
}

#[test]
fn without_a_report_nothing_is_made_up() {
    let mut reporting = Reporting::default();
    for (request, text) in
        [(Request::Save, None), (Request::Draw { width: 1 }, None), (take(), Some("{}".into()))]
    {
        assert!(matches!(reporting.handle(request, beside(text)), (Response::Failed { .. }, None)));
    }
    let plain = parts(reporting.handle(take(), beside(Some(report(None)))));
    assert!(plain.alerts.contains("no column of instants") && plain.windows.is_empty());
}

/// What a server would answer after the windows of [`report`]: its report, and all else.
fn told() -> (String, Told) {
    let report = Report::from_json(&report(Some(WindowSize::Rows(500)))).unwrap();
    let at = |n: u64| Timestamp::EPOCH.later(n * 60_000_000);
    let windows: Vec<String> = (1..)
        .zip(&report.windows)
        .map(|(n, window)| {
            let mut window = window.clone();
            (window.start, window.end) = (Some(at(n - 1)), Some(at(n)));
            let state = if n < 3 { "inactive" } else { "firing" };
            let alert = format!(
                r#"{{"name": "CriticalDataDrift", "state": "{state}", "severity": "critical", "finding": "true"}}"#
            );
            let alerts = [serde_json::from_str(&alert).unwrap()];
            serde_json::to_string(&KeptWindow::new(at(n), window, &alerts, &[])).unwrap()
        })
        .collect();
    let stands = Engine::new(Policy::default()).handle(Input::Tick, at(9));
    let told = Told {
        spec: format!(r#"{{"spec": {}}}"#, serde_json::to_string(&MonitorSpec::default()).unwrap()),
        windows: format!(r#"{{"model": "m", "windows": [{}]}}"#, windows.join(",")),
        alerts: format!(
            r#"{{"firing": 0, "alerts": {}, "triggers": {}}}"#,
            serde_json::to_string(&stands.alerts).unwrap(),
            serde_json::to_string(&stands.triggers).unwrap()
        ),
        audit: r#"{"rows": []}"#.into(),
    };
    (report.to_json(), told)
}

fn follow(job: u32, told: Told) -> Request {
    Request::Follow { job, told, width: 600 }
}

#[test]
fn what_a_server_tells_is_shown_as_it_decided() {
    let mut reporting = Reporting::default();
    let (report, told) = told();
    let answer = reporting.handle(follow(7, told), beside(Some(report)));
    assert_eq!(answer.1, None);
    let parts = parts(answer);
    // By the states that were kept: an engine of this policy would not have fired so soon.
    assert!(parts.alerts.contains("1 of 5 alerts fired in 8 windows"), "{}", parts.alerts);
    assert!(parts.windows.contains("window-lines"));
    let (Response::Saved, Some(page)) = reporting.handle(Request::Save, beside(None)) else {
        panic!("expected a page")
    };
    assert!(page.contains("<h2 id=\"alerts\">"));
}

#[test]
fn half_an_answer_is_refused_and_what_was_taken_stays() {
    let mut reporting = Reporting::default();
    let (report, whole) = told();
    reporting.handle(follow(7, whole.clone()), beside(Some(report.clone())));
    let cut = Told { windows: whole.windows[..2000].into(), ..whole };
    let (response, _) = reporting.handle(follow(8, cut), beside(Some(report)));
    assert!(
        matches!(&response, Response::Failed { message, .. } if message.contains("/v1/windows")),
        "{response:?}"
    );
    let drawn = reporting.handle(Request::Draw { width: 600 }, beside(None));
    assert!(parts(drawn).windows.contains("window-lines"));
}

#[test]
fn a_finding_is_a_report_without_what_only_the_data_knows() {
    let mut reporting = Reporting::default();
    let share = |columns: &[&str], levels| Request::Share {
        columns: columns.iter().map(|name| (*name).into()).collect(),
        most: 5,
        levels,
    };
    let text = |answer: Answer| match answer {
        (Response::Shared, Some(text)) => text,
        other => panic!("expected a finding, found {other:?}"),
    };
    assert!(matches!(
        reporting.handle(share(&[], false), beside(None)),
        (Response::Failed { .. }, None)
    ));
    let whole = reporting.handle(take(), beside(report(Some(WindowSize::Rows(500)))));
    let whole = Report::from_json(&whole.1.unwrap()).unwrap();
    let shared = text(reporting.handle(share(&[], false), beside(None)));
    for hidden in ["a.csv", "b.csv", "windows", "out_of_range", "wasserstein", "ks"] {
        assert!(!shared.contains(&format!("\"{hidden}\"")), "{hidden}");
    }
    let finding = Report::from_json(&shared).unwrap();
    assert_eq!(finding.columns.len(), 1, "what did not drift stays behind");
    let (found, of) = (&finding.columns[0], whole.column("amount").unwrap());
    assert_eq!((&found.name, found.severity, &found.bins), (&of.name, of.severity, &of.bins));
    assert_eq!((finding.severity, finding.current.rows), (whole.severity, whole.current.rows));
    assert_eq!(finding.drift.drifted_features, ["amount"]);
    // It is taken like any report, and shared again it is the same.
    reporting.handle(take(), beside(shared.clone()));
    let again =
        Report::from_json(&text(reporting.handle(share(&[], false), beside(None)))).unwrap();
    assert_eq!(again.columns, finding.columns);
}

#[test]
fn levels_are_numbered_unless_their_names_are_asked_for() {
    let rows = |towns: [&str; 3]| -> String {
        let row = |i: usize| format!("{}\n", towns[i * i % 7 % 3]);
        format!("town\n{}", (0..900).map(row).collect::<String>())
    };
    let (monitor, options) = (CompareSpec::default().check().unwrap(), ReadOptions::default());
    let mut intake = BaselineIntake::new("a.csv", options.clone(), &monitor);
    intake.push(rows(["Oslo", "Rome", "Bonn"]).as_bytes()).unwrap();
    let read = intake.finish().unwrap();
    let plan = monitor.plan(&read.reference).unwrap();
    let mut intake = CurrentIntake::new("b.csv", options, &read.reference, plan);
    intake.push(rows(["Rome", "Bonn", "Lima"]).as_bytes()).unwrap();
    let counted = intake.finish().unwrap();
    let report = Intake::new(read, counted, Vec::new()).report(&monitor, Timestamp::EPOCH);
    let told = finding::of(&report, &["town".into()], 1, true);
    let numbered = finding::of(&report, &["town".into()], 1, false);
    for town in ["Oslo", "Rome", "Bonn", "Lima"] {
        assert!(report.to_json().contains(town), "{town} is in the report");
        assert!(told.contains(town) && !numbered.contains(town), "{town}");
    }
    let column = &Report::from_json(&numbered).unwrap().columns[0];
    let labels: Vec<&str> = column.bins.iter().map(|cell| cell.label.as_str()).collect();
    assert_eq!(labels, ["level 1", "level 2", "level 3", "new level 1"]);
    let counts = |cells: &[driftline_core::report::CellReport]| -> Vec<(u64, u64)> {
        cells.iter().map(|cell| (cell.baseline, cell.current)).collect()
    };
    assert_eq!(counts(&column.bins), counts(&report.columns[0].bins));
    assert!(column.explanation.starts_with("PSI "), "{}", column.explanation);
}

fn edit(change: Change, is_told: bool) -> Request {
    Request::Edit { change, is_told, width: 600 }
}

fn set(path: &str, value: &str) -> Change {
    Change::Set { path: path.into(), value: value.into() }
}

/// The policy after a change, what it makes of the windows, and whether it has to be measured anew.
fn edited(reporting: &mut Reporting, request: Request) -> (Edited, Option<Parts>, bool) {
    match reporting.handle(request, beside(None)) {
        (Response::Edited { edited, parts, is_measured_anew }, None) => {
            (edited, parts, is_measured_anew)
        }
        other => panic!("expected the policy, found {other:?}"),
    }
}

#[test]
fn a_changed_rule_is_replayed_at_once_and_held_against_before() {
    let mut reporting = Reporting::default();
    let text = report(Some(WindowSize::Rows(500)));
    let first = parts(reporting.handle(take(), beside(Some(text))));
    assert_eq!(first.difference, "No difference: the same alerts, actions and stops.");
    assert!(first.replay.contains("Over 8 windows of 500 rows of b.csv, against a.csv."));
    let (policy, none, anew) = edited(&mut reporting, edit(Change::Show, false));
    assert!(none.is_none() && !anew && policy.is_sound && !policy.can_undo);

    // Of the two that fired, one no longer can.
    let never = set("rules[2].threshold", "99");
    let (policy, changed, anew) = edited(&mut reporting, edit(never, false));
    let changed = changed.expect("parts");
    assert!(!anew && policy.can_undo && policy.is_changed);
    assert!(changed.alerts.contains("1 of 5 alerts fired in 8 windows"), "{}", changed.alerts);
    assert!(changed.difference.starts_with("1 alert gone"), "{}", changed.difference);
    assert!(changed.replay.contains("the policy as it was at first"), "{}", changed.replay);
    assert!(changed.replay.contains("<small>was 2</small>"), "{}", changed.replay);
    assert!(changed.replay.contains("class=\"change gone\""), "{}", changed.replay);

    let file = Request::Export { file: PolicyFile::Report, is_told: false };
    let (Response::Exported { name }, Some(json)) = reporting.handle(file, beside(None)) else {
        panic!("expected a report")
    };
    let saved = Report::from_json(&json).unwrap();
    let fired = saved.alerts.iter().filter(|alert| !alert.episodes.is_empty()).count();
    assert_eq!((name.as_str(), fired), ("driftline-report.json", 1));

    // What is compared with can be changed, and a change taken back.
    let (_, pinned, _) = edited(&mut reporting, edit(Change::Compare, false));
    assert!(pinned.expect("parts").difference.starts_with("No difference"));
    let (_, back, _) = edited(&mut reporting, edit(Change::Undo, false));
    assert!(back.expect("parts").difference.starts_with("1 alert new"));

    // Another measure is the page's to ask for.
    let (policy, none, anew) = edited(&mut reporting, edit(set("bins", "20"), false));
    assert!(none.is_none() && anew && policy.compare.contains("\"bins\":20"));
    // A policy that is not sound changes nothing.
    let (policy, _, anew) = edited(&mut reporting, edit(set("bins", "7"), false));
    assert!(!anew && !policy.is_sound && policy.compare.contains("\"bins\":20"));
    assert!(policy.remarks.contains("divides 1000"), "{}", policy.remarks);
}

#[test]
fn without_windows_a_replay_says_how_to_have_some() {
    let mut reporting = Reporting::default();
    let plain = parts(reporting.handle(take(), beside(Some(report(None)))));
    assert!(plain.replay.contains("data-value=\"200rows\""), "{}", plain.replay);
}

#[test]
fn a_policy_is_tried_on_what_a_server_kept() {
    let mut reporting = Reporting::default();
    let (report, told) = told();
    let shown = parts(reporting.handle(follow(7, told.clone()), beside(Some(report.clone()))));
    assert!(shown.replay.contains("Compared with what the server did."), "{}", shown.replay);
    assert!(
        shown.replay.contains("Less than 1m apart is taken to be the same"),
        "{}",
        shown.replay
    );
    let none = set("rules[2].threshold", "99");
    let (_, tried, anew) = edited(&mut reporting, edit(none, true));
    let tried = tried.expect("parts");
    assert!(!anew && tried.difference.contains("gone"), "{}", tried.difference);
    // What the server did stays what it did.
    assert_eq!(tried.alerts, shown.alerts);
    // The files' policy is another, and the server's stays as it was changed until it has another.
    let (files, _, _) = edited(&mut reporting, edit(Change::Show, false));
    assert!(!files.is_changed);
    reporting.handle(follow(8, told), beside(Some(report)));
    let (server, _, _) = edited(&mut reporting, edit(Change::Show, true));
    assert!(server.is_changed && server.toml.contains("threshold = 99"));
}

#[test]
fn the_policy_is_a_file_in_three_forms() {
    let mut reporting = Reporting::default();
    edited(&mut reporting, edit(set("rules[0].name", "Ours"), false));
    for (file, name, part) in [
        (PolicyFile::Spec, "driftline.toml", "name = \"Ours\"\n"),
        (PolicyFile::Rules, "driftline_rules.yml", "- alert: Ours\n"),
        (PolicyFile::Tests, "driftline_rules_test.yml", "alertname: Ours\n"),
    ] {
        let (Response::Exported { name: found }, Some(text)) =
            reporting.handle(Request::Export { file, is_told: false }, beside(None))
        else {
            panic!("expected a file")
        };
        assert!(found == name && text.contains(part), "{found}:\n{text}");
    }
}
