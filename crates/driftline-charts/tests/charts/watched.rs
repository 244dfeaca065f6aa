//! What a policy makes of a report's windows: the timeline, and how everything stands, in words.

use driftline_charts::html::gallery::Gallery;
use driftline_charts::{
    html::{self, alerts},
    timeline,
};
use driftline_core::{
    metric::Metric,
    policy::{Policy, PolicySpec},
    replay::{Replay, Sweep},
    report::{Report, WindowReport},
    time::Timestamp,
    trigger::{Action, Trigger},
    verdict::Severity,
};

use crate::{fixture, pictures::check_golden, report::check_page};

const FEATURE: &str = "distance_from_home";
const HOUR_MILLIS: i64 = 3_600_000;

/// A window of 1,000 rows for each PSI: of an hour each, or of rows.
fn watched(psi: &[f64], has_clock: bool) -> Report {
    let window = |(n, psi): (i64, &f64)| WindowReport {
        start: has_clock.then(|| Timestamp::from_millis(n * HOUR_MILLIS)),
        end: has_clock.then(|| Timestamp::from_millis((n + 1) * HOUR_MILLIS)),
        first_row: (!has_clock).then_some(n.unsigned_abs() * 1000),
        severity: Severity::None,
        psi_scores: [(FEATURE.to_string(), *psi)].into(),
        psi_lower: [(FEATURE.to_string(), *psi)].into(),
        error_rate: Some(0.0),
        ..WindowReport::of_rows(1000)
    };
    Report { windows: (0..).zip(psi).map(window).collect(), ..fixture::payments() }
}

/// True in the second hour alone, then in four hours in a row.
const PSI: [f64; 10] = [0.0, 0.3, 0.0, 0.3, 0.3, 0.3, 0.3, 0.0, 0.0, 0.0];

fn policy(json: &str) -> Policy {
    let spec: PolicySpec = serde_json::from_str(json).expect("a policy");
    spec.check().expect("a sound policy")
}

/// The cells of a table's row that begins with this text, without their markup.
fn row<'a>(markup: &'a str, first: &str) -> Vec<String> {
    let rows = markup.split("<tr>").skip(1);
    let cells = |row: &'a str| -> Vec<String> {
        let plain = |cell: &str| {
            let text = cell.split('<').map(|part| part.split_once('>').map_or(part, |(_, t)| t));
            text.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
        };
        row.split("</t").map(|cell| plain(cell.split_once('>').map_or("", |(_, c)| c))).collect()
    };
    let found = rows.map(cells).find(|cells| cells[0].contains(first));
    found.unwrap_or_else(|| panic!("no row {first} in {markup}"))
}

#[test]
fn timelines_are_as_they_were() {
    let hours = watched(&PSI, true);
    let replay = Replay::of_report(&Policy::default(), &hours);
    check_golden("timeline_hours", &timeline::draw(&replay, &hours, 960));
    check_golden("timeline_narrow", &timeline::draw(&replay, &hours, 326));
    let rows = watched(&PSI, false);
    let auto = policy(
        r#"{"rails": {"mode": "auto", "url": "https://deploy.test/", "on_inputs_alone": true}}"#,
    );
    check_golden("timeline_rows", &timeline::draw(&Replay::of_report(&auto, &rows), &rows, 680));
}

#[test]
fn a_timeline_of_any_length_and_width_is_drawn() {
    for psi in [&[][..], &[0.3], &[0.0; 500]] {
        for has_clock in [true, false] {
            let report = watched(psi, has_clock);
            let replay = Replay::of_report(&Policy::default(), &report);
            for width in [0, 326, 960, u32::MAX] {
                let chart = timeline::draw(&replay, &report, width);
                assert!(chart.picture.items.len() < 2000 && chart.picture.height > 0);
                for item in chart.to_svg().split('"').filter(|text| text.starts_with('M')) {
                    assert!(!item.contains("NaN"), "{item}");
                }
            }
        }
    }
}

#[test]
fn the_timeline_is_a_table_and_words_too() {
    let report = watched(&PSI, true);
    let chart = timeline::draw(&Replay::of_report(&Policy::default(), &report), &report, 960);
    let critical: Vec<String> = chart
        .table
        .rows
        .iter()
        .filter(|row| row[1] == "CriticalDataDrift")
        .map(|row| format!("{} {}", row[0], row[2]))
        .collect();
    assert_eq!(
        critical,
        [
            "1970-01-01 02:00:00 pending",
            "1970-01-01 03:00:00 not for long enough",
            "1970-01-01 04:00:00 pending",
            "1970-01-01 06:00:00 firing",
            "1970-01-01 08:00:00 resolved",
        ]
    );
    for said in [
        "CriticalDataDrift fired 1 time, first at 1970-01-01 06:00.",
        "ModerateDataDrift fired 1 time, first at 1970-01-01 05:00.",
        "psi_score &gt; 0.25: alert: told once, first at 1970-01-01 06:00.",
    ] {
        assert!(chart.to_svg().contains(said), "{said} in {}", chart.description);
    }
}

#[test]
fn every_state_is_said_in_words() {
    let policy = Policy::default();
    let ended = watched(&PSI, true);
    let markup =
        alerts::section(&ended.decided_by(&policy), &policy, 960, &mut Gallery::of_a_file());
    assert_eq!(
        row(&markup, "CriticalDataDrift")[1..6],
        [
            "resolved at 1970-01-01 08:00 rollback blocked once (not expected to help), first at 1970-01-01 06:00: only \
             the inputs moved: the version before would see the same",
            "1",
            "1970-01-01 06:00",
            "3h",
            "2 h",
        ]
    );
    assert_eq!(
        row(&markup, "CriticalDataDrift")[0],
        "◆ CriticalDataDrift psi_score &gt; 0.25 for 2m"
    );
    assert_eq!(row(&markup, "HighP95Latency")[1], "inactive: no data");
    assert_eq!(
        row(&markup, "psi_score &gt; 0.25: alert")[1..5],
        ["off", "1970-01-01 06:00", "–", "told once, first at 1970-01-01 06:00"]
    );
    assert!(markup.contains("Dry-run: everything is decided and nothing is done."));
    assert!(markup.contains("No column holds latencies"));

    let lasting = watched(&PSI[..7], true);
    let markup =
        alerts::section(&lasting.decided_by(&policy), &policy, 960, &mut Gallery::of_a_file());
    assert_eq!(
        row(&markup, "ModerateDataDrift")[1],
        "firing since 1970-01-01 05:00 inhibited by CriticalDataDrift"
    );
    assert_eq!(row(&markup, "psi_score &gt; 0.25: alert")[1], "on");

    let begun = watched(&PSI[..4], false);
    let markup =
        alerts::section(&begun.decided_by(&policy), &policy, 960, &mut Gallery::of_a_file());
    assert_eq!(row(&markup, "CriticalDataDrift")[1], "pending since row 4,000");
    assert_eq!(row(&markup, "psi_score &gt; 0.25: alert")[1], "2 of 3 windows");
    assert!(markup.contains("The rows have no instants"));
}

#[test]
fn where_nothing_can_be_said_that_is_said() {
    let policy = Policy::default();
    let say = |report: &Report| {
        alerts::section(
            &report.clone().decided_by(&policy),
            &policy,
            960,
            &mut Gallery::of_a_file(),
        )
    };
    assert!(say(&watched(&[], true)).contains("no column of instants"));
    assert!(say(&watched(&[0.0; 12], true)).contains("✓ Nothing fired in 12 windows of 1h."));
    let mut small = watched(&[0.9; 12], true);
    for window in &mut small.windows {
        window.rows = 20;
    }
    let markup = say(&small);
    assert!(markup.contains("12 of them hold too few rows to decide anything"), "{markup}");
    assert!(markup.contains("12 of 12 windows hold fewer than 300 rows and decide nothing"));
}

#[test]
fn a_report_and_a_replay_are_whole_pages() {
    let report = watched(&PSI, true);
    let spec = PolicySpec::default();
    let policy = spec.check().unwrap();
    let mut replay = Replay::of_report(&policy, &report);
    let psi = Metric::PsiScore { feature: None };
    replay.note.sweep = Some(Sweep::of_report(&spec, &report, &psi, &[0.2, 0.4]).unwrap());
    let report = report.with_replay(replay);
    let page = html::replay(&report, &policy);
    check_page(&page);
    assert!(page.contains("3 of 5 alerts fired in 10 windows of 1h, first ModerateDataDrift"));
    let thresholds = page.split_once("Rollbacks blocked<").unwrap().1;
    assert_eq!(row(thresholds, "0.4")[1..4], ["0", "0", "0"]);
    assert_eq!(row(thresholds, "0.2")[1], "3");
    let page = html::report(&report, Some(&policy));
    check_page(&page);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text:?}"));
    assert!(at("<h1") < at("Alerts and triggers") && at("Alerts and triggers") < at(">Columns<"));
}

#[test]
fn a_hostile_name_stays_text() {
    for name in fixture::HOSTILE {
        let metric = Metric::PsiScore { feature: Some(name.into()) };
        let triggers = vec![Trigger::new(metric, 0.1, Action::Alert)];
        let policy = Policy { triggers, ..Policy::default() };
        let mut report = watched(&PSI, true);
        for column in &mut report.columns {
            if column.name == FEATURE {
                column.name = name.into();
            }
        }
        for window in &mut report.windows {
            for scores in [&mut window.psi_scores, &mut window.psi_lower] {
                *scores = scores.values().map(|psi| (name.to_string(), *psi)).collect();
            }
        }
        let replay = Replay::of_report(&policy, &report);
        assert_eq!(replay.triggers[0].told.len(), 1, "{name:?}");
        let chart = timeline::draw(&replay, &report, 960);
        let report = report.with_replay(replay);
        let section = alerts::section(&report, &policy, 326, &mut Gallery::of_a_file());
        for markup in [section, chart.to_svg_file(), chart.table.to_html()] {
            for never in ["<script", "<svg onload", "\"onload", "]]>", "\u{202e}", "\u{1b}", "\0"] {
                assert!(!markup.contains(never), "{never:?} in {markup}");
            }
        }
        check_page(&html::replay(&report, &policy));
    }
}
