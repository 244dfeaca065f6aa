//! What must hold of any bytes that are sent to the service: an answer that the document knows, never a failure of ours,
//! and a command that comes back from its bytes as it was and leaves a state that is restored to itself. The fuzzer calls it
//! with bytes of its own, the test `tests/corpus.rs` with those of the corpus.

use std::sync::LazyLock;

use driftline_api::{Command, Handling, Host, Request, Response, Station, find, route};
use driftline_core::{codec::Content, time::Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a replica's bundle and a station's snapshot begin with.
const BUNDLE: &[u8; 8] = b"driftlB\x01";
const SNAPSHOT: &[u8; 8] = b"driftlS\x01";

/// A parser, by the name of its target: the first byte of the input chooses the form.
///
/// # Panics
/// Where an answer is none of the document's, or a command does not come back.
pub(crate) fn check(target: &str, input: &[u8]) {
    let Some((&form, body)) = input.split_first() else { return };
    let of = |forms: &[&'static str]| forms[usize::from(form) % forms.len()];
    let request = match target {
        "events" => {
            let media = of(&["application/json", "application/x-ndjson"]);
            Request::new("POST", "/monitor").with_body(media, body)
        }
        "labels" => Request::new("POST", "/v1/labels").with_body("application/json", body),
        "spec" => {
            let (method, path) =
                if form % 2 == 0 { ("POST", "/v1/spec/check") } else { ("PUT", "/v1/spec") };
            Request::new(method, path).with_body("application/json", body)
        }
        "alertmanager" => {
            Request::new("POST", "/v1/alertmanager").with_body("application/json", body)
        }
        "orders" => {
            let path = of(&[
                "/v1/learn",
                "/v1/triggers/approve",
                "/v1/triggers/unlatch",
                "/v1/triggers/kill-switch",
                "/v1/effects/some/result",
                "/v1/target",
            ]);
            let method = if path == "/v1/target" { "PUT" } else { "POST" };
            Request::new(method, path).with_body("application/json", body)
        }
        "address" => match address(form, body) {
            Some(request) => request,
            None => return,
        },
        "bundle" => {
            check_bytes(body);
            let bytes = match form % 3 {
                0 => body.to_vec(),
                1 => sealed(BUNDLE, body),
                _ => sealed(Content::Reference.magic(), body),
            };
            let path = of(&["/v1/state", "/v1/references"]);
            Request::new("POST", path).with_body("application/octet-stream", bytes)
        }
        other => panic!("no target {other}"),
    };
    check_request(&request);
}

/// The first line of a request in its parts, and two headers that are read: separated by line feeds.
fn address(form: u8, text: &[u8]) -> Option<Request> {
    let mut lines = core::str::from_utf8(text).ok()?.split('\n');
    let methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
    let method = methods[usize::from(form) % methods.len()];
    let mut request = Request::new(method, lines.next()?);
    for name in ["accept", "content-type", "idempotency-key"] {
        if let Some(value) = lines.next().filter(|value| !value.is_empty()) {
            request = request.with_header(name, value);
        }
    }
    request.body = lines.next().unwrap_or_default().as_bytes().to_vec();
    Some(request)
}

/// Bytes that a store gives back: read, or refused.
fn check_bytes(bytes: &[u8]) {
    if let Ok(command) = Command::decode(bytes) {
        check_command(command);
    }
    for bytes in [bytes.to_vec(), sealed(SNAPSHOT, bytes)] {
        if let Ok(station) = Station::restore(&bytes) {
            let again = station.snapshot();
            let restored = Station::restore(&again).expect("its own snapshot");
            assert_eq!(restored.snapshot(), again);
        }
    }
}

/// `payload` as the content of a file whose hash is right.
fn sealed(magic: &[u8; 8], payload: &[u8]) -> Vec<u8> {
    let mut bytes = [&magic[..], payload].concat();
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_705_314_600_000)
}

/// A model with a reference, events, and an incident that could be approved.
static STATION: LazyLock<Station> = LazyLock::new(|| {
    let mut station = Station::new();
    let rows: String =
        (0..400).map(|row| format!("{},{},{}\n", row % 100, row % 2, row % 7)).collect();
    let baseline = format!("amount,error,city\n{rows}");
    let put = Request::new("POST", "/v1/references").with_body("text/csv", baseline);
    let events = br#"[{"id": "a", "features": {"amount": 1, "city": "b"}, "prediction": "x", "version": "1"}]"#;
    let post = Request::new("POST", "/monitor").with_body("application/json", &events[..]);
    for request in [put, post] {
        match route(&station, &Host::default(), &request, now()) {
            Handling::Commit(commit) => drop(station.apply(commit.command, now())),
            other => panic!("expected a command, found {other:?}"),
        }
    }
    station
});

fn check_request(request: &Request) {
    match route(&STATION, &Host::default(), request, now()) {
        Handling::Respond(response) => check_response(request, &response),
        Handling::Commit(commit) => check_response(request, &check_command(commit.command)),
        Handling::Read(_) => unreachable!("route waits for what takes long"),
        Handling::Fetch(_) | Handling::Stream(_) => {}
    }
}

/// Applied twice, to a state and to the same one restored: the same answer, and the same state.
fn check_command(command: Command) -> Response {
    let bytes = command.encode();
    let read = Command::decode(&bytes).expect("its own bytes");
    assert_eq!(read.encode(), bytes);
    let mut station = STATION.clone();
    let applied = station.apply(command, now());
    let tick = station.apply(Command::Tick, now().later(15_000_000));
    let mut again = Station::restore(&STATION.snapshot()).expect("its own snapshot");
    assert_eq!(again.apply(read, now()).response, applied.response);
    assert_eq!(again.apply(Command::Tick, now().later(15_000_000)), tick);
    assert_eq!(again.snapshot(), station.snapshot());
    applied.response
}

fn check_response(request: &Request, response: &Response) {
    let status = response.status;
    assert!((200..500).contains(&status), "{status}: {}", response.text());
    if response.header("content-type").is_some_and(|name| name.contains("json")) {
        // What is cut off for HEAD keeps its type.
        let is_whole = request.method != "HEAD";
        assert!(
            !is_whole || serde_json::from_slice::<Value>(&response.body).is_ok(),
            "expected JSON, found {}",
            response.text()
        );
    }
    if status < 300 {
        let method = if request.method == "HEAD" { "GET" } else { &request.method };
        assert!(find(method, &request.path).is_ok() || request.method == "OPTIONS", "{request:?}");
    }
}
