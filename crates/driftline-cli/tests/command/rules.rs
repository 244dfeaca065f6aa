//! `driftline rules export` and `driftline rules test`.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use crate::Folder;

#[test]
fn exported_rules_go_to_standard_output_and_promtool_takes_them_from_there() {
    let ran = Folder::new().run("rules export");
    ran.ends_with(0).says("- alert: CriticalDataDrift").says("- alert: HighP95Latency").is_silent();
    let mut promtool = Command::new("promtool")
        .args(["check", "rules", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("promtool; install it with: apt-get install -y prometheus");
    promtool.stdin.take().unwrap().write_all(ran.out.as_bytes()).unwrap();
    assert!(promtool.wait().unwrap().success());
}

#[test]
fn a_folder_is_given_the_rules_and_their_tests() {
    let folder = Folder::new();
    folder.write(
        "drift.toml",
        "[[rules]]\nname = \"Slow\"\nmetric = \"latency_p99\"\ncomparison = \"==\"\nthreshold = 0.5\n",
    );
    folder.run("rules export --spec drift.toml -o .").ends_with(0).warns(
        "drift.toml: rules.Slow.threshold: expected >, >=, < or <= of a percentile, found ==",
    );
    folder.run("rules export --format alertmanager -o . --quiet").ends_with(0).is_silent();
    assert_eq!(
        folder.names(),
        ["alertmanager.yml", "drift.toml", "driftline_rules.yml", "driftline_rules_test.yml"]
    );
    assert!(folder.read("driftline_rules_test.yml").contains("rule_files: [driftline_rules.yml]"));
    folder
        .run("rules export --format alertmanager --url https://drift.example/hook")
        .says("url: \"https://drift.example/hook\"")
        .says("source_matchers:");
    folder
        .run("rules export --format alertmanager --token-file /run/secrets/token")
        .says("credentials_file: \"/run/secrets/token\"");
    folder.run("rules export -o nowhere").ends_with(2).warns("nowhere");
    folder.run("rules export --spec nowhere.toml").ends_with(2).warns("nowhere.toml");
}

/// The example of `driftline rules test --help`.
fn example() -> String {
    let help = Folder::new().run("rules test --help").out;
    let (_, rest) = help.split_once("[[scenarios]]").unwrap();
    let (toml, _) = rest.split_once("\n\n").unwrap();
    format!("[[scenarios]]{toml}").lines().map(|line| format!("{}\n", line.trim())).collect()
}

#[test]
fn the_scenario_of_the_help_is_as_expected_and_a_change_of_it_is_not() {
    let folder = Folder::new();
    let scenario = example();
    folder.write("good.toml", &scenario);
    folder.run("rules test good.toml").ends_with(0).warns("good.toml: 1 scenario, all as expected");
    folder.write("bad.toml", scenario.replace("at = \"3m\"", "at = \"2m30s\""));
    folder.run("rules test good.toml bad.toml").ends_with(1).warns(
        "bad.toml: scenarios[0].expect[1].effects: expected rollback of model from 2 to 1 at 2m30s, found none",
    );
    folder.write("worse.toml", scenario.replace("expect", "expects"));
    folder.run("rules test worse.toml").ends_with(2).warns("worse.toml, line ");
    // Another policy: the trigger is not there.
    folder.write("none.json", "{\"triggers\": []}");
    folder.run("rules test good.toml --spec none.json").ends_with(1).warns("no such trigger");
    folder.run("rules test").ends_with(2);
}
