//! `driftline replay`: a policy over a file that has been.

use std::path::Path;

use driftline_core::{
    report::Report,
    time::Timestamp,
    trigger::audit::{AuditHead, verify},
};

use crate::{Folder, Ran, people, requests};

/// Two days of a request every minute; in the second file the feature moves at midnight.
fn days() -> Folder {
    let folder = Folder::new();
    folder.write("baseline.csv", requests(2880, 1, |_| 0.0));
    folder.write("current.csv", requests(2880, 2, |row| if row < 1440 { 0.0 } else { 15.0 }));
    folder
}

/// A file of the tests' data.
fn real(set: &str, file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join("tests/data").join(set).join(file).to_string_lossy().into_owned()
}

fn replay_real(set: &str, current: &str, rest: &str) -> Ran {
    let (baseline, current) = (real(set, "baseline.csv"), real(set, current));
    Folder::new().run(format!("replay {baseline} {current} --color never {rest}").trim_end())
}

#[test]
fn a_drift_is_pending_then_fires_and_a_rail_stops_the_rollback() {
    let ran = days().run("replay baseline.csv current.csv --window 6h --color never");
    ran.ends_with(1)
        .says("3 of 5 alerts fired in 8 windows of 6h, first ModerateDataDrift after 12h; 1 rollback stopped by a rail.")
        .says("2024-01-02 06:00:00 CriticalDataDrift pending psi_score is")
        .says("2024-01-02 12:00:00 ModerateDataDrift firing psi_score is")
        .says("2024-01-02 18:00:00 CriticalDataDrift firing psi_score is")
        .says("model rollback stopped only the inputs moved: the version before would see the same")
        .says("CriticalDataDrift 1 1 2024-01-02 18:00:00 18h 6 firing")
        .says("psi_score > 0.25: alert 1 – – 2024-01-02 18:00:00")
        .is_silent();
}

#[test]
fn json_is_the_engines_own_and_its_audit_chain_holds() {
    let folder = days();
    let run = || folder.run("replay baseline.csv current.csv --window 6h --format json");
    let ran = run();
    ran.ends_with(1).is_silent();
    assert_eq!(ran.out, run().out);
    let replay = Report::from_json(&ran.out).unwrap().replay().unwrap();
    assert_eq!((replay.note.windows, replay.triggers.len()), (8, 4));
    assert_eq!(replay.note.start, Timestamp::parse("2024-01-01"));
    assert_eq!(verify(&replay.note.audit, &AuditHead::default()), Ok(replay.note.audit_head));
    let critical = replay.alerts.iter().find(|a| a.alert.name == "CriticalDataDrift").unwrap();
    assert_eq!((critical.hours_to_detect, critical.hours_firing), (Some(18.0), Some(6.0)));
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    for key in ["at", "what", "from", "to", "why"] {
        assert!(value["timeline"][0][key].is_string(), "{key}");
    }
}

#[test]
fn nothing_fires_without_drift_and_too_few_rows_are_no_pass() {
    let folder = Folder::new();
    folder.write("baseline.csv", requests(2880, 1, |_| 0.0));
    folder.write("current.csv", requests(2880, 2, |_| 0.0));
    folder
        .run("replay baseline.csv current.csv --window 12h")
        .ends_with(0)
        .says("✓ Nothing fired in 4 windows of 12h.")
        .is_silent();
    folder
        .run("replay baseline.csv current.csv")
        .ends_with(0)
        .says("✓ Nothing fired in 8 windows of 6h.");
    folder
        .run("replay baseline.csv current.csv --window 1h")
        .ends_with(0)
        .says("Nothing fired in 48 windows of 1h, but 48 of them hold too few rows to decide anything.")
        .warns("take longer ones with --window, or lower live.min_samples");
}

#[test]
fn a_policy_file_takes_the_place_of_the_shipped_one() {
    let folder = days();
    folder.write(
        "rules.toml",
        "triggers = [{ metric = \"error_rate\", threshold = 0.005, action = \"rollback\" }]\n\
         [[rules]]\nname = \"AgeMoves\"\nmetric = 'psi_score{feature=\"age\"}'\nthreshold = 0.2\n\
         for = \"6h\"\nseverity = \"critical\"\n[live]\nwindow = \"6h\"\nextend_to = \"6h\"\nevery = \"1m\"\n",
    );
    let ran = folder.run("replay baseline.csv current.csv --spec rules.toml --color never");
    ran.ends_with(1)
        .says(
            "1 of 1 alert fired in 8 windows of 6h, first AgeMoves after 12h; 1 rollback on paper.",
        )
        .says("2024-01-01 18:00:00 model rollback on paper rollback of model: error_rate is");
    folder.write(
        "auto.toml",
        "[rails]\nmode = \"auto\"\nurl = \"https://x\"\non_inputs_alone = true\n",
    );
    folder
        .run("replay baseline.csv current.csv --spec auto.toml --window 6h")
        .ends_with(1)
        .says("1 rollback asked for.")
        .says("Mode auto, but nothing was done: this is a replay.")
        .is_silent();
    folder.write("four.json", r#"{"rules": [], "triggers": [{"metric": "psi_score", "threshold": 0.25, "action": "alert"}]}"#);
    folder
        .run("replay baseline.csv current.csv --spec four.json --window 6h")
        .ends_with(1)
        .says("No alert fired in 8 windows of 6h.")
        .says("psi_score > 0.25: alert on 3 windows");
    folder
        .run("replay baseline.csv current.csv --spec four.json --window 6h --compat -o told.txt")
        .ends_with(1)
        .warns("wrote told.txt");
    assert!(folder.read("told.txt").contains("Timeline"));
}

#[test]
fn what_is_wrong_with_a_policy_is_told_where_it_stands() {
    let folder = days();
    for (policy, expected) in [
        (
            "[[rules]]\nname = \"A\"\nmetric = \"psi\"\n",
            "error: p.toml, line 3, column 10: expected one of psi_score,",
        ),
        ("rails = { mode = \"on\" }", "p.toml, line 1, column 18: unknown variant `on`"),
        ("{\n \"rule\": []}", "p.toml, line 2, column 7: unknown field `rule`"),
        (
            "[live]\nwindow = \"2h\"\n[rails]\nmax_rollbacks = 0\n",
            "error: p.toml: live.extend_to: expected at least live.window (2h), found 1h",
        ),
    ] {
        folder.write("p.toml", policy);
        let ran = folder.run("replay baseline.csv current.csv --spec p.toml");
        ran.ends_with(2).warns(expected);
        assert_eq!(ran.out, "");
    }
    folder
        .run("replay baseline.csv current.csv --spec none.toml")
        .ends_with(2)
        .warns("none.toml: ");
    folder
        .run("replay baseline.csv current.csv --spec .")
        .ends_with(2)
        .warns("expected a spec in TOML or JSON, found a directory");
    folder.write(
        "p.toml",
        "rules = []\ntriggers = [{ metric = 'js_divergence{feature=\"height\"}', threshold = 1.5, action = \"alert\" }]\n",
    );
    folder
        .run("replay baseline.csv current.csv --spec p.toml --window 6h")
        .ends_with(0)
        .warns("warning: p.toml: triggers[0].threshold: ")
        .warns("triggers[0].metric: expected a number that the windows have, found js_divergence{feature=\"height\"}: it sees no data");
}

#[test]
fn rows_without_instants_are_cut_by_number() {
    let folder = Folder::new();
    folder.write("baseline.csv", people(3000, 1, 0.0));
    folder.write(
        "current.csv",
        people(3000, 2, 0.0) + people(3000, 3, 12.0).split_once('\n').unwrap().1,
    );
    let ran = folder.run("replay baseline.csv current.csv --color never");
    ran.ends_with(1)
        // A fiftieth would be 120 rows, which decide nothing.
        .says("fired in 20 windows of 300 rows, first CriticalDataDrift after 3 windows")
        .says("3,900 CriticalDataDrift firing")
        .says("for = \"3windows\" counts windows.");
    assert!(!ran.out.contains("1970"), "{}", ran.out);
    folder
        .run("replay baseline.csv current.csv --window 1h")
        .ends_with(2)
        .warns("error: baseline.csv: --window 1h: expected a column of instants in baseline.csv, found none");
    let mut piped = folder.command("replay baseline.csv -");
    Ran::new(piped.output().unwrap(), "replay baseline.csv -")
        .ends_with(2)
        .warns("-: expected --window with a number of rows such as 5000rows, found none");
}

#[test]
fn a_sweep_tabulates_thresholds_and_refuses_bad_ranges() {
    let folder = days();
    folder
        .run("replay baseline.csv current.csv --window 6h --sweep psi_score=0.1..12.1:4")
        .ends_with(1)
        .says("Thresholds of psi_score every rule and trigger about it at each threshold")
        .says("0.1 3 8 1 – 1")
        .says("4.1 3 8 1 – 1")
        .says("12.1 – – – – –");
    for (range, expected) in [
        ("psi_score=0.4..0.1", "expected a range that rises, found 0.4..0.1"),
        ("psi_score=0.1", "expected a metric and a range such as psi_score=0.1..0.4:0.05"),
        ("psi_score=0.1..0.4:-1", "expected a step above 0, found -1"),
        ("psi_score=0.1..0.4:0.0001", "expected at most 200 thresholds, found 3001"),
        ("pis_score=0.1..0.4", "expected one of psi_score, prediction_psi"),
        ("burn_rate=1..2", "sweep: expected a metric that a rule or trigger is about ("),
    ] {
        let arguments = format!("replay baseline.csv current.csv --window 6h --sweep {range}");
        folder.run(&arguments).ends_with(2).warns(expected);
    }
}

#[test]
fn a_reference_gives_the_timeline_of_its_baseline() {
    let folder = days();
    folder.run("profile baseline.csv -o baseline.driftline").ends_with(0);
    let told = |baseline: &str| {
        let ran = folder.run(&format!("replay {baseline} current.csv --window 6h --format json"));
        Report::from_json(&ran.ends_with(1).out).unwrap().timeline
    };
    assert_eq!(told("baseline.driftline"), told("baseline.csv"));
}

#[test]
fn a_convention_that_does_not_judge_windows_is_refused() {
    days()
        .run("replay baseline.csv current.csv --convention nannyml")
        .ends_with(2)
        .warns("--convention nannyml: expected a convention that judges windows");
}

#[test]
fn windows_hold_what_rules_are_about() {
    let folder = days();
    folder.write(
        "rules.toml",
        "triggers = [{ metric = \"kl_divergence\", threshold = 0.1, action = \"alert\" }]\n\
         [[rules]]\nname = \"Moves\"\nmetric = 'js_divergence{feature=\"age\"}'\nthreshold = 0.1\nfor = \"6h\"\n\
         [[rules]]\nname = \"Silent\"\nmetric = \"missing_share\"\nthreshold = 0.5\nfor = \"6h\"\n",
    );
    let ran =
        folder.run("replay baseline.csv current.csv --window 6h --format json --spec rules.toml");
    let report = Report::from_json(&ran.ends_with(1).out).unwrap();
    let state = |name: &str| {
        report.alerts.iter().find(|a| a.alert.name == name).unwrap().alert.state.clone()
    };
    assert_eq!((state("Moves"), state("Silent")), ("firing".into(), "inactive".into()));
    assert_eq!(report.triggers[0].told.len(), 1);
    // Half of the ages are where none was before: their Jensen-Shannon divergence is large, in bits at most 1.
    let [first, .., last] = &report.windows[..] else { panic!("windows") };
    assert!(first.js["age"] < 0.05 && last.js["age"] > 0.3 && last.js["age"] <= 1.0);
    assert!(last.missing_share["age"].abs() < f64::EPSILON);
    ran.is_silent();
}

#[test]
fn one_file_is_parted_in_baseline_and_replay() {
    let folder = days();
    let all = std::fs::read_to_string(folder.0.join("baseline.csv")).unwrap()
        + std::fs::read_to_string(folder.0.join("current.csv"))
            .unwrap()
            .split_once('\n')
            .unwrap()
            .1;
    folder.write("log.csv", all);
    let alerts = |run: &str| {
        let ran = folder.run(&format!("replay {run} --window 6h --format json"));
        let report = Report::from_json(&ran.ends_with(1).out).unwrap();
        (report.current.rows, report.alerts)
    };
    assert_eq!(alerts("log.csv --reference-rows 2880"), alerts("baseline.csv current.csv"));
    folder
        .run("replay log.csv")
        .ends_with(2)
        .warns("expected a second file <DATA> to compare with it, or --reference-rows");
    folder
        .run("replay - --reference-rows 10")
        .ends_with(2)
        .warns("standard input can be read only once");
}

#[test]
fn a_replay_is_a_page_or_a_picture_of_its_timeline() {
    let folder = days();
    let page = folder
        .run("replay baseline.csv current.csv --window 6h --format html")
        .ends_with(1)
        .out
        .clone();
    assert!(page.starts_with("<!doctype html>") && page.contains("CriticalDataDrift"));
    assert!(!page.contains("<script"), "a page that runs nothing");
    let picture = folder
        .run("replay baseline.csv current.csv --window 6h --format svg")
        .ends_with(1)
        .out
        .clone();
    assert!(
        picture.starts_with("<svg")
            && picture.contains("<title>")
            && picture.contains("CriticalDataDrift")
    );
}

#[test]
fn real_sets_that_drift_fire_and_those_too_small_say_so() {
    replay_real("noaa_weather", "current.csv", "")
        .ends_with(1)
        .says("3 of 5 alerts fired in 41 windows of 300 rows, first CriticalDataDrift after 3 windows; 1 rollback on paper");
    replay_real("bike_sharing", "current_2012.csv", "--window 30d")
        .ends_with(1)
        .says("2012-03-21 00:00:00 CriticalDataDrift firing")
        .says("ModerateDataDrift 1 1 2012-02-20 00:00:00 60d 7,920 firing");
    replay_real("llm_trace", "current_code.csv", "--window 5m")
        .ends_with(1)
        .says("CriticalDataDrift firing");
    replay_real("ec2_latency", "current.csv", "--window 1h")
        .ends_with(0)
        .says("but 169 of them hold too few rows")
        .warns("169 of 169 windows hold too few rows");
}
