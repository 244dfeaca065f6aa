//! `/metrics`: judged by promtool, in both formats.

use std::{
    collections::BTreeMap,
    io::Write,
    process::{Command as Process, Stdio},
};

use super::*;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0";

fn scrape(desk: &mut Desk, accept: &str) -> String {
    let response = desk.send(&Request::new("GET", "/metrics").with_header("accept", accept));
    assert_eq!(response.status, 200);
    response.text().to_string()
}

/// What `promtool check metrics` says of a text; `None` where there is no promtool.
fn promtool(text: &str) -> Option<(bool, String)> {
    let child = Process::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!(
            "SKIPPED: /metrics was NOT checked by promtool, which is missing: apt-get install prometheus"
        );
        assert!(std::env::var_os("CI").is_none(), "promtool is missing");
        return None;
    };
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// Samples by name and labels as written.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let sample = |line: &str| {
        let (name, value) = line.rsplit_once(' ')?;
        Some((name.to_string(), value.replace("Inf", "inf").parse().ok()?))
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(sample).collect()
}

fn busy() -> Desk {
    let mut desk = Desk::new();
    desk.put_baseline("default", 2000);
    desk.post_events("default", 1000, 40.0, Some("2"));
    desk.pass(60);
    desk
}

#[test]
fn promtool_reads_what_is_exposed() {
    let mut desk = busy();
    let text = scrape(&mut desk, "text/plain");
    let Some((is_good, said)) = promtool(&text) else { return };
    assert!(is_good, "{said}");
    // And sees a mistake.
    let (is_good, _) =
        promtool(&text.replace("# TYPE driftline_psi gauge", "# TYPE driftline_psi what")).unwrap();
    assert!(!is_good);
}

#[test]
fn open_metrics_ends_and_names_counters_without_their_suffix() {
    let mut desk = busy();
    let text = scrape(&mut desk, OPEN_METRICS);
    assert!(text.ends_with("\n# EOF\n"));
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(!text.contains("\n\n") && !text.contains('\r'));
    assert!(text.contains("# TYPE driftline_predictions counter\n"));
    assert!(text.contains("\ndriftline_predictions_total{"));
    assert!(text.contains("# UNIT driftline_request_duration_seconds seconds\n"));
    assert!(
        text.contains("le=\"1.0\"") && text.contains("le=\"+Inf\"") && text.contains("le=\"0.1\"")
    );
    // Families are never interleaved, and every sample stands under its own.
    let mut seen = std::collections::BTreeSet::new();
    let mut family = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap();
            assert!(seen.insert(family), "{family} twice");
        } else if !line.starts_with('#') {
            assert!(line.starts_with(family), "{line} under {family}");
        }
    }
    // The same numbers in both.
    let plain = samples(&scrape(&mut desk, "text/plain"));
    let open = samples(&text);
    let psi = "driftline_psi{model=\"default\",feature=\"amount\"}";
    assert_eq!(plain[psi], open[psi]);
    assert_eq!(plain.len(), open.len());
}

#[test]
fn numbers_are_those_that_were_counted() {
    let mut desk = busy();
    let found = samples(&scrape(&mut desk, "*/*"));
    let get = |name: &str| found[name];
    assert_eq!(get("driftline_predictions_total{model=\"default\",outcome=\"unknown\"}"), 1000.0);
    assert_eq!(get("driftline_request_duration_seconds_count{model=\"default\"}"), 1000.0);
    // Latencies are 5 to 24 ms, fifty of each.
    assert_eq!(
        get("driftline_request_duration_seconds_bucket{model=\"default\",le=\"0.01\"}"),
        300.0
    );
    assert_eq!(
        get("driftline_request_duration_seconds_bucket{model=\"default\",le=\"0.005\"}"),
        50.0
    );
    assert!((get("driftline_request_duration_seconds_sum{model=\"default\"}") - 14.5).abs() < 1e-9);
    assert_eq!(
        get(
            "driftline_feature_values_total{model=\"default\",feature=\"amount\",state=\"present\"}"
        ),
        1000.0
    );
    // PSI of the exposed counters is the exposed PSI: what the recording rule computes.
    let bins = |name: &str| -> Vec<f64> {
        let of = format!("{name}{{model=\"default\",feature=\"amount\"");
        let mut bins: Vec<(u32, f64)> = found
            .iter()
            .filter(|(sample, _)| sample.starts_with(&of))
            .map(|(sample, value)| {
                let bin = sample.split("bin=\"").nth(1).unwrap().trim_end_matches("\"}");
                (bin.parse().unwrap(), *value)
            })
            .collect();
        bins.sort_by_key(|(bin, _)| *bin);
        bins.into_iter().map(|(_, value)| value).collect()
    };
    let (current, reference) =
        (bins("driftline_feature_bin_total"), bins("driftline_feature_reference_bin_ratio"));
    assert_eq!((current.len(), reference.len()), (12, 12));
    let rows: f64 = current.iter().sum();
    assert_eq!(rows, 1000.0);
    let psi: f64 = current
        .iter()
        .zip(&reference)
        .map(|(q, p)| ((q / rows).max(1e-4), p.max(1e-4)))
        .map(|(q, p)| (q - p) * (q / p).ln())
        .sum();
    let exposed = get("driftline_psi{model=\"default\",feature=\"amount\"}");
    assert!((psi - exposed).abs() < 1e-9, "{psi} {exposed}");
}

#[test]
fn counters_never_fall() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 500);
    let mut before = BTreeMap::new();
    for _ in 0..20 {
        desk.post_events("default", 50, 0.0, None);
        // Rows leave the live window after an hour.
        desk.pass(600);
        let now = samples(&scrape(&mut desk, "*/*"));
        for (name, value) in
            now.iter().filter(|(name, _)| name.contains("_total{") || name.contains("_bucket{"))
        {
            if let Some(before) = before.get(name) {
                assert!(value >= before, "{name} fell from {before} to {value}");
            }
        }
        before = now;
    }
    assert_eq!(
        before["driftline_predictions_total{model=\"default\",outcome=\"unknown\"}"],
        1000.0
    );
    assert_eq!(before["driftline_request_duration_seconds_count{model=\"default\"}"], 1000.0);
}

#[test]
fn hostile_names_are_escaped() {
    let names = [
        "quote\"",
        "back\\slash",
        "both\\\"",
        "čaj 🫖",
        "{a=\"b\"} 1",
        "#",
        "<script>",
        "\u{2028}",
    ];
    let mut desk = Desk::new();
    let mut text = names.map(|name| format!("\"{}\"", name.replace('"', "\"\""))).join(",");
    for row in 0..500 {
        text += &format!("\n{}", names.map(|_| row.to_string()).join(","));
    }
    // A model's name is as free as a feature's.
    let model = "m%22%5C%7B";
    let target = format!("/v1/references?model={model}");
    let response = desk.send(&Request::new("POST", &target).with_body("text/csv", text));
    assert_eq!(response.status, 201, "{}", response.text());
    let features: BTreeMap<&str, f64> = names.iter().map(|name| (*name, 1.0)).collect();
    let events = json!({"model": "m\"\\{", "features": features, "latency_ms": 1});
    assert_eq!(desk.post("/monitor", events).status, 200);
    desk.pass(60);
    let text = scrape(&mut desk, "text/plain");
    if let Some((is_good, said)) = promtool(&text) {
        assert!(is_good, "{said}");
    }
    let family = "driftline_feature_values_total{model=\"m\\\"\\\\{\",feature=\"";
    let mut found: Vec<String> = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix(family)?.split_once("\",state=\"present").map(|(name, _)| name)
        })
        .map(|name| name.replace("\\\"", "\"").replace("\\\\", "\\"))
        .collect();
    found.sort();
    let mut expected = names.map(String::from);
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_host_may_add_its_own_families() {
    let mut desk = Desk::new();
    desk.host.metrics = "# TYPE driftline_journal_bytes_total counter\n# HELP driftline_journal_bytes_total Bytes.\n\
        driftline_journal_bytes_total 3\n"
        .into();
    let text = scrape(&mut desk, "text/plain");
    assert!(text.starts_with("# TYPE driftline_journal_bytes_total counter\n"));
    let text = scrape(&mut desk, OPEN_METRICS);
    assert!(text.starts_with("# TYPE driftline_journal_bytes counter\n# HELP driftline_journal_bytes Bytes.\ndriftline_journal_bytes_total 3\n"));
}
