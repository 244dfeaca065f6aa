//! A service in memory answers as a server does, and restarts change nothing.

use driftline_api::{
    Resident,
    resident::{Delivery, MOST_KEYS, ReplayError},
};

use super::*;

/// A resident beside a desk: told the same, it answers the same.
pub(super) struct Twin {
    resident: Resident,
    looked: Option<Timestamp>,
    /// A second one, out of the first one's entries.
    replayed: Resident,
    entries: Vec<Vec<u8>>,
}

impl Twin {
    fn new(host: &Host) -> Twin {
        Twin {
            resident: Resident::new(host.clone()),
            looked: None,
            replayed: Resident::new(host.clone()),
            entries: Vec::new(),
        }
    }

    /// Whether the resident will look before it answers.
    pub(super) fn looks(&mut self, station: &Station, now: Timestamp) -> bool {
        let Some(every) = station.tick_every() else { return false };
        let is_due = self.looked.is_none_or(|at| at.later(every.micros()) <= now);
        if is_due {
            self.looked = Some(now);
        }
        is_due
    }

    fn keep(&mut self, entry: Option<Vec<u8>>) {
        if let Some(entry) = entry {
            assert_eq!(self.replayed.replay(&entry), Ok(true));
            assert_eq!(self.replayed.replay(&entry), Ok(false), "an entry counts once");
            self.entries.push(entry);
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp) {
        let entry = self.resident.tick(now).entry;
        self.keep(entry);
    }

    pub(super) fn check(&mut self, desk: &Desk, request: &Request, response: &Response) {
        let handled = self.resident.handle(request, desk.now);
        let what = format!("{} {}", request.method, request.path);
        if request.path == "/v1/live" {
            assert_eq!(handled.response.status, 406, "{what}");
        } else {
            assert_eq!(handled.response, *response, "{what}");
        }
        desk.check_documented(request, &handled.response);
        self.keep(handled.entry);
        assert!(self.resident.station().snapshot() == desk.station.snapshot(), "{what}");
    }
}

fn twins() -> Desk {
    let mut desk = Desk::new();
    desk.twin = Some(Twin::new(&desk.host));
    desk
}

fn twin(desk: &mut Desk) -> &mut Twin {
    desk.twin.as_mut().unwrap()
}

/// A resident that has a spec, a baseline and events, after some minutes.
fn lived() -> Desk {
    lived_for(8)
}

/// The same, after so many rounds of events that have drifted.
fn lived_for(rounds: u32) -> Desk {
    let mut desk = twins();
    let spec = json!({"live": {"min_samples": 100}, "rails": {"mode": "auto", "url": "https://deploy.example/{action}",
        "settle": "1s"}, "rules": [], "triggers": [{"metric": "latency_p99", "threshold": 0.01, "action": "rollback"}]});
    assert_eq!(desk.order("PUT", "/v1/spec", spec).status, 200);
    desk.put_baseline("default", 2000);
    desk.order("PUT", "/v1/target", json!({"version": "1"}));
    desk.pass(30);
    desk.order("PUT", "/v1/target", json!({"version": "2"}));
    desk.pass(600);
    for _ in 0..rounds {
        desk.post_events("default", 200, 60.0, Some("2"));
        desk.pass(45);
    }
    desk
}

/// One request of every endpoint, and some that are wrong.
fn every_request(bundle: Vec<u8>, reference: &str) -> Vec<Request> {
    let mut requests: Vec<Request> = driftline_api::endpoint::ENDPOINTS
        .iter()
        .filter(|endpoint| endpoint.method == "GET")
        .map(|endpoint| Request::new("GET", &endpoint.path.replace("{id}", reference)))
        .collect();
    let heads: Vec<Request> = requests
        .iter()
        .map(|request| Request { method: "HEAD".into(), ..request.clone() })
        .collect();
    requests.extend(heads);
    let json_body = |method: &str, target: &str, body: Value| {
        Request::new(method, target).with_body("application/json", body.to_string())
    };
    requests.extend([
        Request::new("GET", "/drift?version=2"),
        Request::new("GET", "/drift?version=9"),
        Request::new("GET", "/nowhere"),
        Request::new("DELETE", "/drift"),
        Request::new("OPTIONS", "/drift"),
        Request::new("GET", "/v1/windows?limit=2"),
        Request::new("GET", "/v1/windows?from=2024-01-15T10:40:00Z&to=2024-01-15T10:45:00Z"),
        Request::new("GET", "/v1/audit?after=1&limit=1"),
        Request::new("GET", "/metrics")
            .with_header("accept", "application/openmetrics-text; version=1.0.0"),
        Request::new("POST", "/v1/state").with_body("application/octet-stream", bundle),
        json_body("POST", "/monitor", json!({"features": {"amount": "much"}, "latency_ms": -1})),
        json_body(
            "POST",
            "/monitor",
            json!({"features": {"amount": 3.5}, "id": "e1", "prediction": "fraud"}),
        ),
        json_body(
            "POST",
            "/v1/labels",
            json!([{"id": "e1", "label": "fraud"}, {"id": "e2", "label": 1}]),
        ),
        json_body("POST", "/v1/spec/check", json!({"bins": 7})),
        json_body("POST", "/v1/learn", json!({"events": 50})),
        json_body("POST", "/v1/triggers/kill-switch", json!({"on": true, "by": "eve"})),
        json_body("POST", "/v1/triggers/unlatch", json!({"by": "eve"})),
    ]);
    requests
}

#[test]
fn a_resident_answers_every_request_as_a_server_does() {
    let mut desk = lived();
    let other = Host { replica: "b".into(), ..desk.host.clone() };
    let get = Request::new("GET", "/v1/state");
    let Handling::Respond(bundle) = route(&desk.station, &other, &get, desk.now) else { panic!() };
    let references = desk.get("/v1/references");
    let reference = references[0]["id"].as_str().unwrap().to_string();
    let requests = every_request(bundle.body, &reference);
    assert!(requests.len() > 60, "{}", requests.len());
    for request in &requests {
        // The twin is held to the same answer.
        desk.send(request);
    }
    desk.pass(120);
    assert!(desk.get("/v1/windows")["windows"].as_array().unwrap().len() > 5);
    assert!(desk.get("/v1/audit")["rows"].as_array().unwrap().len() > 2);
}

#[test]
fn a_restart_from_a_snapshot_or_from_entries_changes_nothing() {
    let mut desk = lived();
    let event = json!({"features": {"amount": 1.0}}).to_string();
    let once = Request::new("POST", "/monitor")
        .with_body("application/json", event)
        .with_header("idempotency-key", "k1");
    let now = desk.now;
    let host = desk.host.clone();
    let twin = twin(&mut desk);
    let entry = twin.resident.handle(&once, now).entry;
    twin.keep(entry);
    let snapshot = twin.resident.snapshot();
    assert!(twin.replayed.snapshot() == snapshot, "entries lead elsewhere");
    let mut restored = Resident::restore(&snapshot, host.clone()).unwrap();
    assert!(restored.snapshot() == snapshot, "a restored snapshot differs");
    // What was kept is still known.
    let (again, expected) = (restored.handle(&once, now), twin.resident.handle(&once, now));
    assert_eq!(again, expected);
    assert_eq!(again.response.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.entry, None);
    for path in ["/drift", "/v1/windows", "/v1/audit", "/alerts", "/metrics"] {
        let request = Request::new("GET", path);
        let later = now.later(15_000_000);
        assert_eq!(
            restored.handle(&request, later),
            twin.resident.handle(&request, later),
            "{path}"
        );
    }
    assert!(restored.snapshot() == twin.resident.snapshot());

    // Entries that the snapshot holds are left alone, and one that is missing is told.
    let mut restored = Resident::restore(&snapshot, host.clone()).unwrap();
    for entry in &twin.entries {
        assert_eq!(restored.replay(entry), Ok(false));
    }
    let mut empty = Resident::new(host.clone());
    let missing = Err(ReplayError::Missing { expected: 0, found: 1 });
    assert_eq!(empty.replay(&twin.entries[1]), missing);
    // A server's checkpoint will do too.
    let moved = Resident::restore(&twin.resident.station().snapshot(), host).unwrap();
    assert!(moved.station().snapshot() == twin.resident.station().snapshot());
}

#[test]
fn altered_bytes_are_refused() {
    let mut desk = twins();
    desk.put_baseline("default", 200);
    desk.post_events("default", 20, 0.0, Some("1"));
    let host = desk.host.clone();
    let twin = twin(&mut desk);
    let (snapshot, entry) = (twin.resident.snapshot(), twin.entries[1].clone());
    for at in [0, 3, 4, 7, 8, 30, entry.len() - 1] {
        let mut altered = entry.clone();
        altered[at] ^= 1;
        let mut resident = Resident::new(host.clone());
        assert!(
            matches!(resident.replay(&altered), Err(ReplayError::NotThis | ReplayError::Altered)),
            "{at}"
        );
        assert!(resident.replay(&entry[..at]).is_err(), "{at}");
        assert_eq!(resident.entries(), 0);
    }
    for at in [0, 6, 7, 8, 100, snapshot.len() / 2, snapshot.len() - 1] {
        let mut altered = snapshot.clone();
        altered[at] ^= 1;
        assert!(Resident::restore(&altered, host.clone()).is_err(), "{at}");
        assert!(Resident::restore(&snapshot[..at], host.clone()).is_err(), "{at}");
    }
}

#[test]
fn a_key_counts_once_and_two_callers_keys_are_apart() {
    let mut resident = Resident::new(Host::default());
    let now = Timestamp::parse("2024-01-15T10:30:00Z").unwrap();
    let event = |amount: f64, key: &str, actor: &str| {
        let body = json!({"features": {"amount": amount}}).to_string();
        let request = Request::new("POST", "/monitor").with_body("application/json", body);
        request.with_header("idempotency-key", key).with_header("driftline-actor", actor)
    };
    let first = resident.handle(&event(1.0, "a", "x"), now);
    assert_eq!((first.response.status, first.entry.is_some()), (200, true));
    // The first look, now that there is something to look at.
    assert!(resident.tick(now).entry.is_some());
    assert_eq!(resident.handle(&event(1.0, "a", "x"), now).entry, None);
    assert_eq!(resident.handle(&event(2.0, "a", "x"), now).response.status, 422);
    assert!(resident.handle(&event(2.0, "a", "y"), now).entry.is_some());
    // A day later nobody knows it, nor after so many others.
    let day = 24 * 3600 * 1_000_000;
    assert!(resident.handle(&event(1.0, "a", "x"), now.later(day + 1)).entry.is_some());
    for i in 0..MOST_KEYS {
        resident.handle(&event(1.0, &format!("k{i}"), "x"), now.later(day + 1));
    }
    assert!(resident.handle(&event(1.0, "a", "x"), now.later(day + 1)).entry.is_some());
}

#[test]
fn an_order_is_sent_until_it_is_taken_and_the_engine_is_told() {
    let mut desk = lived_for(5);
    let now = desk.now;
    let host = desk.host.clone();
    let twin = twin(&mut desk);
    let order = twin.resident.orders_due(now).next().unwrap().clone();
    assert_eq!(order.url, "https://deploy.example/rollback");
    assert!(order.headers.contains(&("Idempotency-Key".into(), order.key.clone())));
    // The first attempt fails: it waits, and is there after a restart.
    let failed =
        Delivery::Failed { status: Some(503), retry_after: None, why: "status 503".into() };
    let entry = twin.resident.delivered(&order.key, failed, now).entry;
    twin.keep(entry);
    assert_eq!(twin.resident.orders_due(now).count(), 0);
    let mut restored = Resident::restore(&twin.resident.snapshot(), host).unwrap();
    let later = now.later(5_000_000);
    assert_eq!(restored.next_due().map(|due| due <= later), Some(true));
    let again = restored.orders_due(later).next().unwrap().clone();
    assert_eq!((again.key.as_str(), again.attempts), (order.key.as_str(), 1));
    assert_eq!(again.error.as_deref(), Some("status 503"));
    let handled = restored.delivered(&order.key, Delivery::Accepted { status: 200 }, later);
    assert!(handled.entry.is_some());
    assert_eq!(restored.orders_due(later.later(3_600_000_000)).count(), 0);
    let audit = restored.handle(&Request::new("GET", "/v1/audit"), later).response;
    assert!(audit.text().contains("\"succeeded\""), "{}", audit.text());
    // It is gone: nothing comes of telling it again.
    assert_eq!(
        restored.delivered(&order.key, Delivery::Accepted { status: 200 }, later).entry,
        None
    );

    // One that nobody takes is too late one day, and the engine is told that it failed.
    let entry = twin.resident.tick(order.not_after).entry;
    twin.keep(entry);
    let audit = twin.resident.handle(&Request::new("GET", "/v1/audit"), order.not_after).response;
    assert!(audit.text().contains("too late"), "{}", audit.text());
    assert!(twin.resident.snapshot() == twin.replayed.snapshot());
}
