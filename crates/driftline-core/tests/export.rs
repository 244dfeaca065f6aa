//! Exported policies are what Prometheus and Alertmanager take: `promtool` and `amtool` are the judges, of the shipped
//! policy, of random ones and of names that are anything but plain. Whatever is moved in an exported rule fails a test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Output},
};

use driftline_core::{
    export::{self, RULES_FILE, RuleFiles, TESTS_FILE},
    measure::{CurrentCounts, Js, Kl, Measure as _, Psi, ReferenceCounts, Sides},
    policy::{Policy, PolicySpec},
};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = env::temp_dir().join(format!("driftline-export-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn with(name: &str, files: &RuleFiles) -> Folder {
        let folder = Folder::new(name);
        fs::write(folder.0.join(RULES_FILE), &files.rules).unwrap();
        fs::write(folder.0.join(TESTS_FILE), &files.tests).unwrap();
        folder
    }

    fn run(&self, tool: &str, args: &[&str]) -> Output {
        Command::new(tool).args(args).current_dir(&self.0).output().unwrap_or_else(|error| {
            let package = if tool == "promtool" { "prometheus" } else { "prometheus-alertmanager" };
            panic!("{tool}: {error}; install it with: apt-get install -y {package}")
        })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn policy(json: &str) -> Policy {
    serde_json::from_str::<PolicySpec>(json).unwrap().check().unwrap()
}

fn check_passes(name: &str, files: &RuleFiles) {
    let both = [["check", "rules", RULES_FILE], ["test", "rules", TESTS_FILE]];
    check_takes(name, files, &both);
}

fn check_takes(name: &str, files: &RuleFiles, commands: &[[&str; 3]]) {
    let folder = Folder::with(name, files);
    for args in commands {
        let output = folder.run("promtool", args);
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{name}: {args:?}\n{said}");
    }
}

#[test]
fn the_shipped_policy_passes_its_own_tests() {
    let files = export::prometheus(&Policy::default());
    assert_eq!(files.problems, []);
    check_passes("shipped", &files);
    for alert in [
        "ModerateDataDrift",
        "SignificantDataDrift",
        "CriticalDataDrift",
        "HighP95Latency",
        "CriticalP99Latency",
    ] {
        assert!(files.rules.contains(&format!("- alert: {alert}\n")), "{alert}");
    }
}

/// Everything that a rule can say, in one policy.
const EVERYTHING: &str = r#"{
  "live": {"min_samples": 1000, "max_age": "2m30s"},
  "objectives": {"latency": [{"quantile": 0.9, "threshold": "1ms"}, {"quantile": 0.99, "threshold": "2s"}]},
  "rules": [
    {"name": "Exit", "metric": "psi_score", "threshold": 0.2, "exit_threshold": 0.15, "for": "1m", "keep_firing_for": "2m"},
    {"name": "ExitSlow", "metric": "latency_p99", "comparison": ">=", "threshold": 0.5, "exit_threshold": 0.4, "for": "1m"},
    {"name": "Band", "metric": "latency_p50", "threshold": 0.01, "until": 0.02, "for": "3windows"},
    {"name": "Quick", "metric": "latency_p95", "comparison": "<", "threshold": 0.001, "min_windows": 1},
    {"name": "Idle", "metric": "error_rate", "comparison": "<=", "threshold": 0, "for": "30s", "no_data": "resolve"},
    {"name": "Same", "metric": "error_rate", "comparison": "==", "threshold": 0.5},
    {"name": "Other", "metric": "error_rate", "comparison": "!=", "threshold": 0.25, "keep_firing_for": "2windows"},
    {"name": "Burn", "metric": "burn_rate", "comparison": ">=", "threshold": 14.4, "for": "2m7s", "no_data": "alert"},
    {"name": "BurnOver", "metric": "burn_rate{long=\"1h\",short=\"5m\"}", "comparison": ">=", "threshold": 14.4, "severity": "critical"},
    {"name": "Kl", "metric": "kl_divergence", "threshold": 0.1, "until": 0.3, "min_samples": 50, "severity": "significant"},
    {"name": "Js", "metric": "js_divergence{feature=\"age\"}", "threshold": 0.1, "no_data": "alert", "no_data_for": "3m"},
    {"name": "Gone", "metric": "missing_share{feature=\"a b\"}", "threshold": 0.5, "severity": "critical", "action": "scale_down"},
    {"name": "Answers", "metric": "prediction_psi", "comparison": ">=", "threshold": 0.1}
  ]}"#;

#[test]
fn whatever_a_rule_can_say_is_exported_with_tests() {
    let json = EVERYTHING;
    let files = export::prometheus(&policy(json));
    assert_eq!(files.problems, []);
    check_passes("everything", &files);
    let compat = json.replace("\"live\": {", "\"live\": {\"semantics\": \"compat\", ");
    check_passes("compat", &export::prometheus(&policy(&compat)));
}

const HOSTILE: &str = r##"{
  "rules": [{
    "name": "Hostile", "for": "1m", "threshold": 0.2, "severity": "critical", "action": "rollback",
    "metric": "psi_score{feature=\"quote\\\"d \\\\ back\nline {{ $labels.x }} ' : # \t\u0001 \ud83d\ude00 \u2028\"}",
    "labels": {"team": "{{ .Value }} \"q\" \\ \n x", "empty": "", "tpl": "}} {{{ {{\"{{\"}}", "no good": "x",
               "model": "mine", "__name__": "x", "nul": "\u0000\u0085\ufeff"},
    "annotations": {"summary": "{{ query \"up\" }} 100% 'single' \"double\"\n- alert: Injected\n\ttab: {{end}}",
                    "empty": "", "9": "x", "text": "# no comment: [a, b] {c: d} & * ! | > ` @ {{ $value"}
  }], "triggers": [{"metric": "psi_score{feature=\"\nx: y\"}", "threshold": 1, "action": "alert"}]}"##;

#[test]
fn what_is_in_a_name_stays_in_it() {
    let files = export::prometheus(&policy(HOSTILE));
    let places: Vec<&str> = files.problems.iter().map(|problem| problem.place.as_str()).collect();
    assert_eq!(
        places,
        [
            "rules.Hostile.labels.\"__name__\"",
            "rules.Hostile.labels.\"model\"",
            "rules.Hostile.labels.\"no good\"",
            "rules.Hostile.annotations.\"9\"",
        ]
    );
    for problem in &files.problems {
        assert!(files.rules.contains(&problem.message), "{}", problem.message);
    }
    // The tests expect every label and annotation as the policy has it, and promtool compares.
    check_passes("hostile", &files);
    let alerts = files.rules.lines().filter(|line| line.trim_start().starts_with("- alert:"));
    assert_eq!(alerts.count(), 1);
}

#[test]
fn what_prometheus_cannot_be_given_is_told() {
    for (rule, place) in [
        (r#""metric": "latency_p99", "comparison": "==", "threshold": 0.5"#, "rules.A.threshold"),
        (r#""metric": "latency_p99", "threshold": -1"#, "rules.A.threshold"),
        (r#""metric": "latency_p99", "comparison": "<", "threshold": 0"#, "rules.A.threshold"),
        (r#""metric": "latency_p99", "threshold": 1e6"#, "rules.A.threshold"),
        (r#""metric": "error_rate", "threshold": 0.5, "for": "40000d""#, "rules.A.for"),
    ] {
        let json = format!(r#"{{"rules": [{{"name": "A", {rule}}}]}}"#);
        let files = export::prometheus(&policy(&json));
        assert_eq!(files.problems.len(), 1, "{rule}");
        assert_eq!(files.problems[0].place, place, "{rule}");
        assert!(files.rules.contains(&files.problems[0].message), "{rule}");
        check_takes("told", &files, &[["check", "rules", RULES_FILE]]);
    }
    let short = policy(r#"{"live": {"window": "10s", "every": "5s"}}"#);
    assert_eq!(export::prometheus(&short).problems[0].place, "live.window");
}

/// A small generator (Knuth's 64-bit linear congruential one): the same draws on every machine.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }
}

fn random_policy(seed: u64) -> Option<Policy> {
    let mut draws = Draws(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let rules: Vec<String> = (0..4)
        .map(|i| {
            let mut rule = format!(
                r#"{{"name": "R{i}", "metric": "{}", "comparison": "{}", "threshold": {}, "severity": "{}""#,
                draws.of(&[
                    "psi_score", "psi_score{feature=\\\"x\\\"}", "prediction_psi", "kl_divergence",
                    "js_divergence", "missing_share", "latency_p50", "latency_p95", "latency_p99",
                    "error_rate", "burn_rate",
                ]),
                draws.of(&[">", ">", ">=", "<", "<="]),
                draws.of(&["0.1", "0.2", "0.25", "0.123456", "1e-4", "3"]),
                draws.of(&["moderate", "significant", "critical"]),
            );
            for (key, choices) in [
                ("for", ["0s", "20s", "1m", "5m", "2windows", "4windows"]),
                ("keep_firing_for", ["0s", "0s", "45s", "3m", "1windows", "2windows"]),
                ("no_data", ["hold", "hold", "alert", "alert", "resolve", "hold"]),
                ("no_data_for", ["1m", "10m", "100s", "1m", "30s", "5m"]),
            ] {
                rule.push_str(&format!(r#", "{key}": "{}""#, draws.of(&choices)));
            }
            for (key, choices) in [
                ("until", ["", "", "", "0.3", "0.05"]),
                ("exit_threshold", ["", "", "0.09", "0.24", "4"]),
                ("min_windows", ["", "", "1", "5", "2"]),
                ("min_samples", ["", "", "1", "0", "10000"]),
                ("action", ["", "", "\"rollback\"", "\"scale_down\"", "\"alert\""]),
            ] {
                let value = draws.of(&choices);
                if !value.is_empty() {
                    rule.push_str(&format!(r#", "{key}": {value}"#));
                }
            }
            rule + "}"
        })
        .collect();
    let json = format!(
        r#"{{"rules": [{}], "live": {{"every": "{}", "window": "{}", "min_samples": {}, "semantics": "{}"}}}}"#,
        rules.join(", "),
        draws.of(&["15s", "30s", "1m"]),
        draws.of(&["1m", "5m", "90s"]),
        draws.of(&["0", "1", "300"]),
        draws.of(&["guarded", "guarded", "compat"]),
    );
    serde_json::from_str::<PolicySpec>(&json).unwrap().check().ok()
}

fn check_random(seeds: core::ops::Range<u64>) {
    let policies: Vec<_> = seeds.filter_map(|seed| Some((seed, random_policy(seed)?))).collect();
    assert!(policies.len() > 3, "{} policies", policies.len());
    for (seed, policy) in policies {
        check_passes(&format!("random-{seed}"), &export::prometheus(&policy));
    }
}

#[test]
fn random_policies_pass_their_own_tests() {
    check_random(0..60);
}

#[test]
#[ignore = "long: about a hundred policies"]
fn many_random_policies_pass_their_own_tests() {
    check_random(1000..3000);
}

/// PSI, its lower end, KL and JS of random tables, as the recording rules compute them of given counts.
#[test]
fn recorded_numbers_of_random_tables_are_the_cores_and_the_lower_end_is_not_above_its() {
    let files = export::prometheus(&policy(EVERYTHING));
    let mut draws = Draws(20);
    let mut tests =
        String::from("rule_files: [driftline_rules.yml]\nevaluation_interval: 1m\ntests:\n");
    for _ in 0..40 {
        let cells = 2 + draws.below(11);
        let mut table = |rows: u64| -> Vec<u64> {
            (0..cells).map(|_| 20 + rows / cells * (50 + draws.below(100)) / 100).collect()
        };
        let (reference, current) = (table(20_000), table(900));
        let sides = Sides::of_cells(ReferenceCounts(&reference), CurrentCounts(&current));
        let psi = Psi::default().compare(&sides).unwrap();
        let (kl, js) =
            (Kl::default().compare(&sides).unwrap(), Js::default().compare(&sides).unwrap());
        assert!(!psi.pooled);
        let rows: u64 = reference.iter().sum();
        let spread = 1.0 / rows as f64 + 1.0 / current.iter().sum::<u64>() as f64;
        tests.push_str("- interval: 1m\n  input_series:\n");
        let labels = "model=\"m\",feature=\"f\",reference=\"r\"";
        let mut series = |name: &str, bin: &str, value: f64| {
            tests.push_str(&format!(
                "  - series: '{name}{{{labels}{bin}}}'\n    values: '{value}'\n"
            ));
        };
        for (bin, (r, c)) in reference.iter().zip(&current).enumerate() {
            let bin = format!(",bin=\"{bin}\"");
            series("model_feature_bin:driftline_feature_bin:increase_live", &bin, *c as f64);
            series("driftline_feature_reference_bin_ratio", &bin, *r as f64 / rows as f64);
        }
        series("driftline_feature_reference_rows", "", rows as f64);
        tests.push_str("  promql_expr_test:\n");
        for (record, from, to) in [
            ("psi:live", psi.value - 1e-9, psi.value + 1e-9),
            ("psi:lower_live", psi.lower - LOWER_BY * spread, psi.lower + 1e-9),
            ("kl_divergence:live", kl.value - 1e-9, kl.value + 1e-9),
            ("js_divergence:live", js.value - 1e-9, js.value + 1e-9),
        ] {
            let record = format!("model_feature:driftline_{record}");
            tests.push_str(&format!(
                "  - {{expr: 'count({record} >= {from:e} <= {to:e})', eval_time: 0s, exp_samples: [{{labels: '{{}}', value: 1}}]}}\n"
            ));
        }
    }
    let files = RuleFiles { tests, ..files };
    check_takes("tables", &files, &[["test", "rules", TESTS_FILE]]);
}

/// By how many spreads (1/n + 1/m) the closed form may lie below the exact lower end.
const LOWER_BY: f64 = 1.0;

/// Numbers and times in an alert, each with what it may be moved to.
fn mutants(rules: &str) -> Vec<(usize, usize, String)> {
    let mut mutants = Vec::new();
    let mut at = 0;
    for line in rules.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.trim_start().starts_with('#') {
            continue;
        }
        for key in ["for: ", "keep_firing_for: "] {
            if let Some(time) = line.trim_start().strip_prefix(key) {
                let from = start + line.find(key).unwrap() + key.len();
                // One evaluation and more; the hold that was rounded up to one is moved past it.
                let time = time.trim_end();
                mutants.push((from, from + time.len(), "1s".into()));
                mutants.push((from, from + time.len(), "17m".into()));
                mutants.push((from, from + time.len(), format!("{time}16s").replace("s16s", "m")));
            }
        }
        for comparison in ["> ", ">= ", "< ", "<= ", "== ", "!= "] {
            for (i, _) in line.match_indices(comparison) {
                let from = start + i + comparison.len();
                let number: String = rules[from..]
                    .chars()
                    .take_while(|c| c.is_ascii_digit() || ".e-".contains(*c))
                    .collect();
                let Ok(value) = number.parse::<f64>() else { continue };
                let near = if line[..i].contains("time()") {
                    [value - 0.001, value + 0.001]
                } else if value.fract() == 0.0 && value >= 1.0 {
                    [value - 1.0, value + 1.0]
                } else {
                    [value.next_down(), value.next_up()]
                };
                for moved in near {
                    mutants.push((from, from + number.len(), format!("{moved:e}")));
                }
            }
        }
    }
    mutants
}

/// The blocks of a list, without what stands before the first.
fn blocks<'a>(text: &'a str, begins: &str) -> Vec<&'a str> {
    let starts: Vec<usize> = text.match_indices(begins).map(|(at, _)| at).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(from, to)| &text[*from..to]).collect()
}

/// Moves everything that can be moved in the alerts of a policy's rules, one after the other: its own tests must fail. Every
/// alert stands alone with its tests, which give the recorded series themselves.
fn check_mutants(name: &str, policy: &Policy) {
    let files = export::prometheus(policy);
    let folder = Folder::with(name, &files);
    let (alerts, _) = files.rules.split_once("- name: driftline_burn_rates").unwrap();
    let (head, tests) = files.tests.split_once("tests:\n").unwrap();
    let (mut n_mutants, mut survivors) = (0, Vec::new());
    for alert in blocks(alerts, "  - alert: ") {
        let own_name = alert.lines().next().unwrap().trim_start_matches("  - alert: ");
        let own = blocks(tests, "- name: ");
        let own = own.iter().filter(|test| test.starts_with(&format!("- name: \"{own_name}: ")));
        let test = format!("{head}tests:\n{}", own.copied().collect::<String>());
        fs::write(folder.0.join(TESTS_FILE), test).unwrap();
        let passes = |alert: &str| {
            let rules = format!("groups:\n- name: driftline\n  rules:\n{alert}");
            fs::write(folder.0.join(RULES_FILE), rules).unwrap();
            folder.run("promtool", &["test", "rules", TESTS_FILE]).status.success()
        };
        assert!(passes(alert), "{own_name} alone");
        let mutants = mutants(alert);
        // The threshold and both guards, down and up, and the hold.
        assert!(mutants.len() >= 2, "{own_name}: {} mutants", mutants.len());
        n_mutants += mutants.len();
        for (from, to, moved) in mutants {
            let changed = format!("{}{moved}{}", &alert[..from], &alert[to..]);
            if passes(&changed) {
                let line = alert[..from].matches('\n').count();
                survivors.push(format!("{own_name}: {}", changed.lines().nth(line).unwrap()));
            }
        }
    }
    println!("{name}: {n_mutants} mutants");
    assert!(survivors.is_empty(), "{} survive:\n{}", survivors.len(), survivors.join("\n"));
}

#[test]
fn whatever_is_moved_in_an_exported_rule_fails_a_test() {
    check_mutants("mutants", &Policy::default());
}

#[test]
#[ignore = "long: every number of a large policy"]
fn whatever_is_moved_in_any_kind_of_rule_fails_a_test() {
    check_mutants("mutants_of_everything", &policy(EVERYTHING));
}

#[test]
fn amtool_takes_the_route() {
    for (name, policy) in [
        ("route", Policy::default()),
        ("route-hostile", policy(HOSTILE)),
        ("route-random", (0..).find_map(random_policy).unwrap()),
    ] {
        let folder = Folder::new(name);
        let text = export::alertmanager(
            &policy,
            "https://drift.example/v1/alertmanager?a=\"b\"",
            Some("/etc/a \"token\""),
        );
        fs::write(folder.0.join("alertmanager.yml"), &text).unwrap();
        let output = folder.run("amtool", &["check-config", "alertmanager.yml"]);
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{said}\n{text}");
        assert!(said.contains("1 receivers"), "{said}");
        // Alerts that act have a route of their own; the others go by the first.
        for (labels, expected) in
            [("action=rollback", "driftline"), ("severity=moderate", "driftline")]
        {
            let args = [
                "config",
                "routes",
                "test",
                "--config.file=alertmanager.yml",
                "source=driftline",
                labels,
            ];
            let output = folder.run("amtool", &args);
            assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected);
        }
    }
    let shipped = export::alertmanager(&Policy::default(), export::WEBHOOK_URL, None);
    assert!(
        shipped.contains(r#""alertname=~\"ModerateDataDrift|SignificantDataDrift\"""#),
        "{shipped}"
    );
}
