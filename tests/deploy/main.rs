//! What is shipped in `deploy/` is what the tools that read it take, and what the code of today writes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::std_instead_of_alloc, reason = "tests of programs, which never run without std")]

mod recipes;

use std::{
    collections::BTreeSet,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use driftline_core::{export, policy::Policy};
use driftline_tests::{
    dashboard::{dashboard, known_names, metric_names, queries},
    sets::workspace,
};
use serde_json::Value;

/// Where the containers find their tokens.
const PROMETHEUS_TOKEN: &str = "/run/secrets/prometheus_token";
const ALERTMANAGER_TOKEN: &str = "/run/secrets/alertmanager_token";

fn shipped(path: &str) -> String {
    fs::read_to_string(workspace().join("deploy").join(path)).unwrap()
}

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = env::temp_dir().join(format!("driftline-deploy-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs a tool in a folder; `None` where it is not installed.
fn try_run(tool: &str, args: &[&str], folder: &Path) -> Option<Result<String, String>> {
    let output =
        Command::new(tool).args(args).current_dir(folder).stdin(Stdio::null()).output().ok()?;
    let said =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Some(if output.status.success() { Ok(said.concat()) } else { Err(said.concat()) })
}

fn run(tool: &str, args: &[&str], folder: &Path) -> String {
    let package = if tool == "promtool" { "prometheus" } else { "prometheus-alertmanager" };
    let ran = try_run(tool, args, folder).unwrap_or_else(|| {
        panic!("{tool} is missing; install it with: apt-get install -y {package}")
    });
    ran.unwrap_or_else(|said| panic!("{tool} {args:?}: {said}"))
}

/// For what a set-up cannot install everywhere; past the test harness, which would keep it to itself.
fn skipped(what: &str, missing: &str) {
    writeln!(io::stderr(), "SKIPPED: {what} was not checked: {missing}")
        .expect("an open standard error");
}

#[test]
fn rules_and_route_are_those_of_the_shipped_policy() {
    let policy = Policy::default();
    let files = export::prometheus(&policy);
    assert!(files.problems.is_empty());
    for (path, expected) in [
        ("prometheus/rules.yml", files.rules),
        ("prometheus/rules_test.yml", files.tests.replace("driftline_rules", "rules")),
        (
            "alertmanager/alertmanager.yml",
            export::alertmanager(&policy, export::WEBHOOK_URL, Some(ALERTMANAGER_TOKEN)),
        ),
    ] {
        assert!(
            shipped(path) == expected,
            "deploy/{path} is out of date; write it with: scripts/export_rules"
        );
    }
}

#[test]
fn promtool_takes_configuration_rules_and_their_tests() {
    let prometheus = workspace().join("deploy/prometheus");
    run("promtool", &["check", "rules", "--lint-fatal", "rules.yml"], &prometheus);
    run("promtool", &["test", "rules", "rules_test.yml"], &prometheus);
    // promtool wants to see the secret, too.
    let folder = Folder::new("prometheus");
    let token = folder.write("token", "0");
    let config = shipped("prometheus/prometheus.yml");
    assert!(config.contains(PROMETHEUS_TOKEN));
    folder.write("prometheus.yml", &config.replace(PROMETHEUS_TOKEN, &token.to_string_lossy()));
    folder.write("rules.yml", &shipped("prometheus/rules.yml"));
    let said = run("promtool", &["check", "config", "prometheus.yml"], &folder.0);
    assert!(said.contains("1 rule files found"), "{said}");
}

#[test]
fn amtool_takes_the_route() {
    let folder = workspace().join("deploy/alertmanager");
    run("amtool", &["check-config", "alertmanager.yml"], &folder);
    let args = ["config", "routes", "show", "--config.file=alertmanager.yml"];
    let routes = run("amtool", &args, &folder);
    let of_actions = "action=~\"rollback|scale_down\",source=\"driftline\"";
    assert!(routes.contains(of_actions), "{routes}");
}

#[test]
fn the_dashboard_asks_for_names_that_exist() {
    let dashboard = dashboard();
    let known = known_names(&shipped("prometheus/rules.yml"));
    let queries = queries(&dashboard);
    assert!(queries.len() > 30);
    for query in &queries {
        let names = metric_names(&query.expr);
        assert!(!names.is_empty(), "{}: {} asks for nothing", query.title, query.expr);
        for name in names {
            assert!(known.contains(&name), "{}: nothing is called {name}", query.title);
        }
    }
    let asked: BTreeSet<String> =
        queries.iter().flat_map(|query| metric_names(&query.expr)).collect();
    for needed in [
        "model_feature:driftline_psi:live",
        "model_feature:driftline_psi:lower_live",
        "model:driftline_request_duration_seconds:p50_live",
        "model:driftline_request_duration_seconds:p95_live",
        "model:driftline_request_duration_seconds:p99_live",
        "driftline_objective_threshold_seconds",
        "model:driftline_error:ratio_live",
        "model:driftline_error_budget:burn_rate1h",
        "driftline_predictions_total",
        "ALERTS",
        "driftline_actions_total",
        "driftline_actions_blocked_total",
        "driftline_last_event_timestamp_seconds",
    ] {
        assert!(asked.contains(needed), "no panel shows {needed}");
    }
}

#[test]
fn promtool_takes_every_question_of_the_dashboard() {
    let mut rules = String::from("groups:\n- name: dashboard\n  rules:\n");
    for (i, query) in queries(&dashboard()).iter().enumerate() {
        // A JSON string is a YAML string.
        let expr = Value::from(query.of_model("default"));
        rules.push_str(&format!("  - record: dashboard:query{i}\n    expr: {expr}\n"));
    }
    let folder = Folder::new("dashboard");
    folder.write("dashboard.yml", &rules);
    run("promtool", &["check", "rules", "dashboard.yml"], &folder.0);
}

#[test]
fn the_dashboard_is_one_that_grafana_can_provision() {
    let dashboard = dashboard();
    assert_eq!(dashboard["uid"], "driftline-overview");
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39);
    assert!(dashboard["id"].is_null(), "Grafana gives the id itself");
    let variables: Vec<&str> = dashboard["templating"]["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["name"].as_str().unwrap())
        .collect();
    assert_eq!(variables, ["datasource", "model"]);
    let (mut ids, mut covered) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = panel["title"].as_str().unwrap();
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: the id of another panel");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24, "{title}: wider than the page");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                assert!(covered.insert((x, y)), "{title}: over another panel");
            }
        }
        if panel["type"] == "row" {
            continue;
        }
        assert!(
            panel["description"].as_str().is_some_and(|text| text.ends_with('.')),
            "{title}: says nothing"
        );
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let mut names = BTreeSet::new();
        for target in panel["targets"].as_array().unwrap() {
            assert!(
                names.insert(target["refId"].as_str().unwrap()),
                "{title}: two targets of one name"
            );
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            assert!(target["expr"].as_str().unwrap().contains("$model"), "{title}: of all models");
        }
    }
}

#[test]
fn compose_takes_the_file() {
    let text = shipped("docker-compose.yml");
    let folder = Folder::new("compose");
    let secrets = folder.0.join("secrets");
    fs::create_dir_all(&secrets).unwrap();
    for name in ["driftline_tokens", "prometheus_token", "alertmanager_token", "grafana_password"] {
        fs::write(secrets.join(name), "0").unwrap();
    }
    let said =
        if try_run("docker", &["compose", "version"], &folder.0).is_some_and(|ran| ran.is_ok()) {
            folder.write("docker-compose.yml", &text);
            try_run("docker", &["compose", "config"], &folder.0)
        } else {
            // The older program has no name in the file.
            folder.write("docker-compose.yml", &text.replacen("name: driftline\n", "", 1));
            try_run("docker-compose", &["config"], &folder.0)
        };
    match said {
        None => skipped(
            "deploy/docker-compose.yml",
            "neither `docker compose` nor docker-compose is here",
        ),
        Some(said) => {
            let said = said.unwrap();
            assert!(said.matches("read_only: true").count() >= 4, "{said}");
        }
    }
}

#[test]
fn containers_are_closed_where_they_can_be() {
    let text = shipped("docker-compose.yml");
    let (_, services) = text.split_once("\nservices:\n").unwrap();
    let (services, _) = services.split_once("\nvolumes:\n").unwrap();
    let mut blocks: Vec<(&str, String)> = Vec::new();
    for line in services.lines() {
        if line.starts_with("  ") && !line.starts_with("   ") {
            blocks.push((line.trim().trim_end_matches(':'), String::new()));
        } else if let Some((_, block)) = blocks.last_mut() {
            block.push_str(line);
            block.push('\n');
        }
    }
    let found: Vec<&str> = blocks.iter().map(|(name, _)| *name).collect();
    assert_eq!(found, ["driftline", "prometheus", "alertmanager", "grafana"]);
    for (name, block) in &blocks {
        for needed in ["<<: *hardened", "user: \"", "healthcheck:", "${DRIFTLINE_BIND:-127.0.0.1}:"]
        {
            assert!(block.contains(needed), "{name}: no {needed}");
        }
        assert!(block.contains(&format!("- {name}:/")), "{name}: no volume of its name");
        assert!(!block.contains("user: \"0"), "{name}: root");
        assert!(!block.contains(":latest"), "{name}: no version");
    }
    let (hardened, _) = text.split_once("\nservices:\n").unwrap();
    for needed in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"] {
        assert!(hardened.contains(needed), "no {needed}");
    }
}

#[test]
fn the_image_is_built_by_the_pinned_compiler_and_runs_as_nobody() {
    let toolchain = fs::read_to_string(workspace().join("rust-toolchain.toml")).unwrap();
    let (_, channel) = toolchain.split_once("channel = \"").unwrap();
    let (channel, _) = channel.split_once('"').unwrap();
    let dockerfile = shipped("Dockerfile");
    assert!(
        dockerfile.contains(&format!("ARG RUST_VERSION={channel}\n")),
        "rust-toolchain.toml says {channel}"
    );
    assert!(dockerfile.contains("\nUSER 65532:65532\n"));
}

#[test]
fn systemd_takes_the_unit_and_finds_it_closed() {
    let unit = shipped("systemd/driftline.service");
    let program = "/usr/local/bin/driftline";
    assert!(unit.contains(&format!("ExecStart={program} serve ")));
    // The program need not be installed where tests run.
    let folder = Folder::new("systemd");
    folder.write("driftline.service", &unit.replace(program, "/bin/true"));
    let Some(said) = try_run("systemd-analyze", &["verify", "./driftline.service"], &folder.0)
    else {
        return skipped("deploy/systemd/driftline.service", "no systemd-analyze here");
    };
    let said = said.unwrap();
    assert!(!said.contains("driftline.service"), "{said}");
    let args = ["security", "--offline=true", "--threshold=15", "./driftline.service"];
    match try_run("systemd-analyze", &args, &folder.0) {
        Some(Err(said)) if said.contains("unrecognized option") => {
            skipped("the unit's exposure", "systemd-analyze is older than 250");
        }
        // Exposure at most 1.5 of 10.
        ran => drop(ran.unwrap().unwrap()),
    }
}
