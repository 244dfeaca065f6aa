//! A model that fails more and more is rolled back: one order, signed, and what came of it in the trail.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use driftline_server::outbox::Secret;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const SPEC: &str = r#"
rules = []

[[triggers]]
metric = "error_rate"
threshold = 0.05
action = "rollback"

[live]
window = "2s"
extend_to = "2s"
every = "1s"
min_samples = 20

[rails]
mode = "auto"
target = "fraud"
settle = "1s"
url = "http://127.0.0.1:PORT/rollback"
"#;

/// What a receiver was asked: the first line of each request, and the rest of it.
type Heard = Arc<Mutex<Vec<(String, Answer)>>>;

/// A receiver that accepts everything.
fn receiver() -> (u16, Heard) {
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = receiver.local_addr().unwrap().port();
    let heard = Heard::default();
    let hearing = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in receiver.incoming() {
            let mut client = Client(BufReader::new(stream.unwrap()));
            // A request has the same form as an answer, but for its first line.
            let mut line = String::new();
            client.0.read_line(&mut line).unwrap();
            let (mut headers, mut text) = (BTreeMap::new(), String::new());
            while client.0.read_line(&mut text).unwrap() > 2 {
                let (name, value) = text.trim_end().split_once(": ").unwrap();
                headers.insert(name.to_ascii_lowercase(), value.to_string());
                text.clear();
            }
            let mut body = vec![0; headers["content-length"].parse().unwrap()];
            client.0.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            let line = line.trim_end().to_string();
            hearing.lock().unwrap().push((line, Answer { status: 0, headers, body }));
            client
                .0
                .get_mut()
                .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
        }
    });
    (port, heard)
}

#[test]
fn a_rollback_is_asked_for_as_the_receiver_wants_it() {
    let folder = Folder::new();
    let (port, heard) = receiver();
    let own = r#"method = "PATCH"
headers = { Authorization = "Bearer {secret:cluster}", Content-Type = "application/merge-patch+json" }
body = '{"spec": {"image": "fraud:{target_version}", "was": "{current_version}"}}'
url = "#;
    let spec = SPEC.replace("PORT", &port.to_string()).replace("url = ", own);
    let spec = folder
        .write("spec.toml", &spec.replace("/rollback", "/models/{target}?v={target_version}"));
    let token = folder.write("token", "s3cret\n");
    let origin = format!("127.0.0.1:{port}");
    let secret = format!("cluster=http://{origin},{token}");
    let server = Server::start(
        &folder,
        &["--spec", &spec, "--allow-to", &origin, "--header-secret", &secret],
    );
    fail(&server, || !heard.lock().unwrap().is_empty());
    let heard = heard.lock().unwrap();
    let (line, Answer { headers, body, .. }) = &heard[0];
    assert_eq!(line, "PATCH /models/fraud?v=v1 HTTP/1.1");
    assert_eq!(headers["authorization"], "Bearer s3cret");
    assert_eq!(headers["content-type"], "application/merge-patch+json");
    assert_eq!(body, r#"{"spec": {"image": "fraud:v1", "was": "v2"}}"#);
    // Neither what is shown nor what is kept holds the secret.
    for shown in ["/v1/spec", "/v1/audit", "/alerts"] {
        assert!(!server.get(shown).body.contains("s3cret"), "{shown}");
    }
}

#[test]
fn one_incident_is_one_signed_order() {
    let folder = Folder::new();
    let (port, heard) = receiver();
    let spec = folder.write("spec.toml", &SPEC.replace("PORT", &port.to_string()));
    let secret = folder.write("secret", SECRET);
    let server = Server::start(
        &folder,
        &[
            "--spec",
            &spec,
            "--webhook-secret-file",
            &secret,
            "--allow-to",
            &format!("127.0.0.1:{port}"),
        ],
    );
    for version in ["v1", "v2"] {
        let body = format!(r#"{{"version": "{version}"}}"#);
        let answer = server.client().send("PUT", "/v1/target", &[JSON], body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let event = |error: bool| {
        format!(
            r#"{{"features": {{"amount": 1}}, "latency_ms": 5, "error": {error}, "version": "v2"}}"#
        )
    };
    let mut events: Vec<String> = (0..9).map(|_| event(false)).collect();
    events.push(event(true));
    let batch = format!("[{}]", vec![events.join(","); 10].join(","));
    let began = Instant::now();
    while heard.lock().unwrap().is_empty() {
        assert_eq!(server.post("/monitor", &batch).status, 200);
        thread::sleep(Duration::from_millis(100));
        assert!(began.elapsed() < Duration::from_secs(60), "{}", server.get("/alerts").body);
    }
    // It goes on failing: no second order.
    for _ in 0..40 {
        server.post("/monitor", &batch);
        thread::sleep(Duration::from_millis(100));
    }
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 1, "{heard:?}");
    let (line, Answer { headers, body, .. }) = &heard[0];
    assert_eq!(line, "POST /rollback HTTP/1.1");
    let order: Value = serde_json::from_str(body).unwrap();
    assert_eq!(order["action"], "rollback");
    assert_eq!(
        (&order["expected_current_version"], &order["target_version"]),
        (&"v2".into(), &"v1".into())
    );
    assert_eq!(order["idempotency_key"].as_str(), Some(headers["webhook-id"].as_str()));
    let at: i64 = headers["webhook-timestamp"].parse().unwrap();
    let expected = Secret::parse(SECRET).unwrap().sign(&headers["webhook-id"], at, body.as_bytes());
    assert_eq!(headers["webhook-signature"], expected);
    let trail = eventually(Duration::from_secs(5), || {
        let trail = server.get("/v1/audit").json();
        trail["rows"].to_string().contains("202").then_some(trail)
    });
    let rows = trail["rows"].as_array().unwrap();
    let sequence: Vec<u64> = rows.iter().map(|row| row["sequence"].as_u64().unwrap()).collect();
    assert!(sequence.windows(2).all(|pair| pair[1] == pair[0] + 1), "{sequence:?}");
    let later = server.get(&format!("/v1/audit?after={}", sequence[0])).json();
    assert_eq!(later["rows"].as_array().unwrap().len(), rows.len() - 1);
    assert!(server.get("/metrics").body.contains("driftline_outbox_rows{state=\"delivered\"} 1"));
}

/// A version that fails in a tenth of its requests, until `is_enough`.
fn fail(server: &Server, is_enough: impl Fn() -> bool) {
    for version in ["v1", "v2"] {
        let body = format!(r#"{{"version": "{version}"}}"#);
        let answer = server.client().send("PUT", "/v1/target", &[JSON], body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let event = |error: bool| format!(r#"{{"latency_ms": 5, "error": {error}, "version": "v2"}}"#);
    let mut events: Vec<String> = (0..9).map(|_| event(false)).collect();
    events.push(event(true));
    let batch = format!("[{}]", vec![events.join(","); 10].join(","));
    let began = Instant::now();
    while !is_enough() {
        assert_eq!(server.post("/monitor", &batch).status, 200);
        thread::sleep(Duration::from_millis(100));
        assert!(began.elapsed() < Duration::from_secs(60), "{}", server.get("/alerts").body);
    }
}

#[test]
fn an_order_is_carried_out_by_a_program_that_was_enabled() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    // Fails at first: it is tried again, under the same id.
    let out = folder.path("out");
    let script = format!(
        "#!/bin/sh\nprintf '%s|%s|%s|%s|%s|' \"$1\" \"$#\" \"$DRIFTLINE_ID\" \"$DRIFTLINE_ACTION\" \
         \"$DRIFTLINE_CURRENT_VERSION>$DRIFTLINE_TARGET_VERSION\" >>{out}\ntr -d '\\n' >>{out}\necho >>{out}\n\
         test $(wc -l <{out}) -gt 1\n"
    );
    let program = folder.write("roll-back", &script);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let spec = folder
        .write("spec.toml", &SPEC.replace("http://127.0.0.1:PORT/rollback", "command:roll-back"));
    let command = format!(r#"roll-back=["{program}", "a b $(id)"]"#);
    let server = Server::start(&folder, &["--spec", &spec, "--command", &command]);
    let lines = || fs::read_to_string(&out).unwrap_or_default();
    fail(&server, || lines().lines().count() >= 1);
    eventually(Duration::from_secs(30), || (lines().lines().count() >= 2).then_some(()));
    let trail = eventually(Duration::from_secs(5), || {
        let trail = server.get("/v1/audit").body;
        trail.contains("succeeded").then_some(trail)
    });
    let said = lines();
    let runs: Vec<Vec<&str>> = said.lines().map(|line| line.splitn(6, '|').collect()).collect();
    assert_eq!(runs.len(), 2, "{said}");
    assert_eq!(runs[0], runs[1]);
    assert_eq!((runs[0][0], runs[0][1]), ("a b $(id)", "1"));
    assert_eq!((runs[0][3], runs[0][4]), ("rollback", "v2>v1"));
    let order: Value = serde_json::from_str(runs[0][5]).unwrap();
    assert_eq!(order["idempotency_key"], runs[0][2]);
    assert!(trail.contains(runs[0][2]) || trail.contains("rollback"), "{trail}");

    // Without the flag nothing is run, and that is told.
    let folder = Folder::new();
    let spec = folder
        .write("spec.toml", &SPEC.replace("http://127.0.0.1:PORT/rollback", "command:roll-back"));
    let server = Server::start(&folder, &["--spec", &spec]);
    fail(&server, || {
        server.get("/v1/audit").body.contains("expected a command that this server has enabled")
    });
    assert_eq!(lines(), said);
}

const WATCH: &str = r#"
triggers = []

[[rules]]
name = "Failing"
metric = "error_rate"
threshold = 0.05
severity = "critical"
min_windows = 1

[live]
window = "2s"
extend_to = "2s"
every = "1s"
min_samples = 20
"#;

#[test]
fn alertmanager_hears_that_an_alert_fires_and_that_it_has_ended() {
    let folder = Folder::new();
    let free_port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let port = free_port();
    let config =
        folder.write("alertmanager.yml", "route: {receiver: none}\nreceivers: [{name: none}]\n");
    // Debian's package has another name for it.
    let spawn = |name: &str| {
        Command::new(name)
            .args([
                format!("--config.file={config}"),
                format!("--storage.path={}", folder.path("alertmanager")),
                format!("--web.listen-address=127.0.0.1:{port}"),
                "--cluster.listen-address=".into(),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    let child = spawn("alertmanager").or_else(|_| spawn("prometheus-alertmanager"));
    let child = child.unwrap_or_else(|error| {
        panic!("alertmanager: {error}; install it with: apt-get install -y prometheus-alertmanager")
    });
    let _alertmanager = Server {
        child,
        address: SocketAddr::from(([127, 0, 0, 1], port)),
        started_in: Duration::ZERO,
    };
    let ask = |target: &str| {
        let client = Client::try_new(SocketAddr::from(([127, 0, 0, 1], port))).ok()?;
        let mut client = client;
        client.try_send("GET", target, &[("connection", "close")], b"").ok()
    };
    eventually(Duration::from_secs(20), || ask("/-/ready").filter(|answer| answer.status == 200));
    let spec = folder.write("spec.toml", WATCH);
    let url = format!("http://127.0.0.1:{port}");
    let server = Server::start(&folder, &["--spec", &spec, "--alertmanager", &url]);
    let alerts = || ask("/api/v2/alerts").map(|answer| answer.json()).unwrap_or_default();
    fail(&server, || alerts().as_array().is_some_and(|alerts| !alerts.is_empty()));
    let alert = alerts()[0].clone();
    assert_eq!(
        alert["labels"],
        serde_json::json!({"alertname": "Failing", "model": "default", "severity": "critical", "source": "driftline_server"})
    );
    let value: f64 = alert["annotations"]["value"].as_str().unwrap().parse().unwrap();
    assert!((value - 0.1).abs() < 0.05, "{value}");
    assert_eq!(alert["status"]["state"], "active");
    // All is well again: Alertmanager, asked for what is active, has nothing.
    let good = format!(
        "[{}]",
        vec![r#"{"latency_ms": 5, "error": false, "version": "v2"}"#; 100].join(",")
    );
    eventually(Duration::from_secs(30), || {
        server.post("/monitor", &good);
        alerts().as_array().is_some_and(Vec::is_empty).then_some(())
    });
    assert!(server.get("/metrics").body.contains("driftline_outbox_rows{state=\"dead\"} 0"));
}
