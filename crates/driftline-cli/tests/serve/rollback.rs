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

#[test]
fn one_incident_is_one_signed_order() {
    let folder = Folder::new();
    let receiver = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = receiver.local_addr().unwrap().port();
    let heard: Arc<Mutex<Vec<Answer>>> = Arc::default();
    let hearing = Arc::clone(&heard);
    thread::spawn(move || {
        for stream in receiver.incoming() {
            let mut client = Client(BufReader::new(stream.unwrap()));
            // A request has the same form as an answer, but for its first line.
            let mut line = String::new();
            client.0.read_line(&mut line).unwrap();
            assert!(line.starts_with("POST /rollback "), "{line}");
            let (mut headers, mut text) = (BTreeMap::new(), String::new());
            while client.0.read_line(&mut text).unwrap() > 2 {
                let (name, value) = text.trim_end().split_once(": ").unwrap();
                headers.insert(name.to_ascii_lowercase(), value.to_string());
                text.clear();
            }
            let mut body = vec![0; headers["content-length"].parse().unwrap()];
            client.0.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            hearing.lock().unwrap().push(Answer { status: 0, headers, body });
            client
                .0
                .get_mut()
                .write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")
                .unwrap();
        }
    });
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
    let Answer { headers, body, .. } = &heard[0];
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
