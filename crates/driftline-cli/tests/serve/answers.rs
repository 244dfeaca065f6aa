//! What is answered, and that it is the same after a restart.

use std::process::Command;

use super::*;

#[test]
fn an_event_is_in_every_answer_and_still_there_after_a_restart() {
    let folder = Folder::new();
    let baseline = sample("baseline.csv");
    let server = Server::start(&folder, &["--baseline", &baseline]);
    assert!(server.started_in < Duration::from_secs(5), "{:?}", server.started_in);
    let answer = server.post("/monitor", EVENT);
    assert_eq!((answer.status, answer.body.as_str()), (200, "{\"accepted\":1}\n"));
    assert!(answer.headers.contains_key("x-request-id"));
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");

    let check = |server: &Server| {
        let drift = server.get("/drift").json();
        assert_eq!(drift["features_monitored"], 5);
        assert_eq!(drift["drift_detected"], false);
        assert_eq!(
            drift["inconclusive_features"].as_array().unwrap().len(),
            5,
            "one row decides nothing"
        );
        let latency = server.get("/latency").json();
        assert_eq!(latency["count"], 1);
        assert_eq!(latency["objectives"].as_array().unwrap().len(), 2);
        let p95 = latency["p95_ms"].as_f64().unwrap();
        assert!((p95 - 12.5).abs() <= 12.5 * 0.008, "{p95}");
        let alerts = server.get("/alerts").json();
        assert_eq!(alerts["alerts"].as_array().unwrap().len(), 5);
        assert_eq!(alerts["triggers"].as_array().unwrap().len(), 4);
        let health = server.get("/health");
        assert_eq!((health.status, health.json()["status"].clone()), (200, "ok".into()));
        assert_eq!(health.json()["models"][0]["rows"], 1);
        let metrics = server.get("/metrics");
        assert!(metrics.headers["content-type"].starts_with("text/plain; version=0.0.4"));
        let line = |start: &str| metrics.body.lines().any(|line| line.starts_with(start));
        assert!(line("driftline_store_commands_total "), "{}", metrics.body);
        assert!(line("driftline_http_requests_total{endpoint=\"getHealth\",status=\"200\"} "));
        assert!(metrics.body.contains("model=\"default\""));
    };
    check(&server);
    server.stop();
    let server = Server::start(&folder, &["--baseline", &baseline]);
    check(&server);
    let inspected = Command::new(env!("CARGO_BIN_EXE_driftline"))
        .args(["store", "verify", &folder.path("data")])
        .output()
        .unwrap();
    assert!(inspected.status.success(), "{inspected:?}");
}

#[test]
fn a_key_counts_once_whoever_answers_it() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let send = |server: &Server, body: &str| {
        server.client().send(
            "POST",
            "/monitor",
            &[JSON, ("idempotency-key", "order-1")],
            body.as_bytes(),
        )
    };
    let first = send(&server, EVENT);
    let second = send(&server, EVENT);
    assert_eq!((first.status, second.status), (200, 200));
    assert_eq!(first.body, second.body);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert!(!first.headers.contains_key("idempotency-replayed"));
    assert_eq!(send(&server, r#"{"features": {"amount": 1}}"#).status, 422);
    assert_eq!(server.rows(), 1);
    server.stop();
    let server = Server::start(&folder, &[]);
    assert_eq!(send(&server, EVENT).headers["idempotency-replayed"], "true");
    assert_eq!(server.rows(), 1);
}

#[test]
fn without_a_baseline_the_first_events_can_become_one() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--learn", "200"]);
    assert_eq!(server.get("/drift").json()["severity"], "inconclusive");
    let events: Vec<String> =
        (0..200).map(|i| format!(r#"{{"features": {{"amount": {}}}}}"#, i % 50)).collect();
    let answer = server.post("/monitor", &format!("[{}]", events.join(",")));
    assert_eq!(answer.json()["learnt"], 200);
    let references = server.get("/v1/references").json();
    assert_eq!(references.as_array().unwrap().len(), 1, "{references}");
}

#[test]
fn live_events_follow_each_look() {
    let folder = Folder::new();
    let spec =
        folder.write("spec.toml", "[live]\nwindow = \"4s\"\nextend_to = \"4s\"\nevery = \"1s\"\n");
    let server = Server::start(&folder, &["--baseline", &sample("baseline.csv"), "--spec", &spec]);
    server.post("/monitor", EVENT);
    let mut client = server.client();
    client.0.get_mut().write_all(b"GET /v1/live HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut ids = Vec::new();
    let mut line = String::new();
    while ids.len() < 3 {
        line.clear();
        assert!(client.0.read_line(&mut line).unwrap() > 0);
        if let Some(id) = line.strip_prefix("id: ") {
            ids.push(id.trim().to_string());
        }
        if let Some(data) = line.strip_prefix("data: ") {
            let event: Value = serde_json::from_str(data).unwrap();
            assert_eq!(event["drift"]["features_monitored"], 5);
        }
    }
    assert_eq!(ids, ["1", "2", "3"]);
    let windows = eventually(Duration::from_secs(10), || {
        let windows = server.get("/v1/windows").json()["windows"].clone();
        windows.as_array().is_some_and(|windows| !windows.is_empty()).then_some(windows)
    });
    assert_eq!(windows[0]["rows"], 1);
    assert_eq!(windows[0]["latency"]["count"], 1);
    drop(client);
    server.stop();
}

#[test]
fn settings_come_from_flags_before_the_environment_before_the_file() {
    let folder = Folder::new();
    let file = folder.write(
        "serve.toml",
        "listen = \"127.0.0.1:1\"\nreplica = \"of-the-file\"\nlearn = 7\ndemo = false\n",
    );
    let output = Command::new(env!("CARGO_BIN_EXE_driftline"))
        .args(["serve", "--config", &folder.write("wrong.toml", "lisen = \"a\"\n")])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("wrong.toml, line 1, column 1: unknown field `lisen`"), "{said}");
    // The port of the file cannot be listened at: were it taken, there would be no start.
    for (flags, environment, expected) in [
        (&["--config", &file][..], &[][..], 7),
        (&["--config", &file], &[("DRIFTLINE_LEARN", "9")], 9),
        (&["--learn", "11"], &[("DRIFTLINE_CONFIG", file.as_str()), ("DRIFTLINE_LEARN", "9")], 11),
    ] {
        let folder = Folder::new();
        let server = Server::start_with(&folder, flags, environment);
        server.post("/monitor", EVENT);
        assert_eq!(server.get("/v1/learn").json()["events"], expected, "{flags:?}");
    }
}

#[test]
fn a_baseline_of_one_place_replaces_whatever_source_the_places_below_name() {
    let folder = Folder::new();
    let file = folder.write("serve.toml", "learn = 7\n");
    let baseline = sample("baseline.csv");
    for (flags, environment) in [
        (&["--baseline", baseline.as_str()][..], &[("DRIFTLINE_LEARN", "9")][..]),
        (&["--config", &file, "--baseline", &baseline], &[("DRIFTLINE_REFERENCE", "nowhere")]),
        (&["--config", &file], &[("DRIFTLINE_BASELINE", baseline.as_str())]),
    ] {
        let folder = Folder::new();
        let server = Server::start_with(&folder, flags, environment);
        server.post("/monitor", EVENT);
        assert_eq!(server.get("/drift").json()["features_monitored"], 5, "{flags:?}");
        assert_eq!(server.get("/v1/learn").json()["learning"], false, "{flags:?}");
    }
    let both = folder.write("both.toml", "learn = 7\nbaseline = \"baseline.csv\"\n");
    for (flags, environment, said) in [
        (
            &["--baseline", "a", "--learn", "3"][..],
            &[][..],
            "the command line: expected one of them, found --baseline and --learn",
        ),
        (
            &[],
            &[("DRIFTLINE_BASELINE", "a"), ("DRIFTLINE_REFERENCE", "b")],
            "found DRIFTLINE_BASELINE and DRIFTLINE_REFERENCE",
        ),
        (
            &["--config", &both],
            &[],
            "both.toml: the file: expected one of them, found baseline and learn",
        ),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_driftline"))
            .arg("serve")
            .args(flags)
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
}
