//! Requests in, responses out. Every answer of every test is held against `/openapi.json`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests run where the standard library is"
)]
#![expect(clippy::float_cmp, reason = "counts are exact, whatever type they are read as")]

use driftline_api::{
    Applied, Command, Fetch, Handling, Host, Request, Response, Station, find, openapi::openapi,
    route,
};
use driftline_core::time::Timestamp;
use serde_json::{Value, json};

mod actions;
mod determinism;
mod limits;
mod metrics;
mod monitor;
mod reading;
mod reference;
mod resident;
mod routing;
mod schema;
mod state;

/// A station behind a host that keeps nothing: what it is told is applied at once.
struct Desk {
    station: Station,
    host: Host,
    now: Timestamp,
    document: Value,
    /// All that was applied since it was last emptied.
    applied: Vec<Applied>,
    /// Told the same, and held to the same answers; there, a look that is due is made before an answer.
    twin: Option<resident::Twin>,
}

impl Desk {
    fn new() -> Desk {
        Desk {
            station: Station::new(),
            host: Host { version: "0.1.0".into(), replica: "a".into(), ..Host::default() },
            now: Timestamp::parse("2024-01-15T10:30:00Z").unwrap(),
            document: openapi("0.1.0"),
            applied: Vec::new(),
            twin: None,
        }
    }

    fn send(&mut self, request: &Request) -> Response {
        let response = self.send_alone(request);
        if let Some(mut twin) = self.twin.take() {
            twin.check(self, request, &response);
            self.twin = Some(twin);
        }
        response
    }

    fn send_alone(&mut self, request: &Request) -> Response {
        self.look_as_twin();
        let response = match route(&self.station, &self.host, request, self.now) {
            Handling::Respond(response) => response,
            Handling::Commit(commit) => {
                // As a journal gives it back.
                let command = Command::decode(&commit.command.encode()).unwrap();
                assert_eq!(command.encode(), commit.command.encode());
                let applied = self.station.apply(command, self.now);
                let response = applied.response.clone();
                self.applied.push(applied);
                response
            }
            Handling::Fetch(Fetch::History(query)) => {
                let rows = self.applied.iter().flat_map(|applied| applied.history.clone());
                let in_time = rows.filter(|row| (query.from..query.to).contains(&row.kept.at));
                query.response(&in_time.take(query.limit as usize).collect::<Vec<_>>())
            }
            Handling::Fetch(Fetch::Audit(query)) => {
                let rows = self.applied.iter().flat_map(|applied| applied.audit.clone());
                let later =
                    rows.filter(|row| query.after.is_none_or(|after| row.what.sequence > after));
                query.response(&later.take(query.limit as usize).collect::<Vec<_>>())
            }
            Handling::Read(_) => panic!("route waits for what takes long"),
            Handling::Stream(_) => Response::new(200, "text/event-stream", ""),
        };
        self.check_documented(request, &response);
        let is_whole = request.method == "HEAD" && response.header("content-length").is_none();
        if is_whole { response.without_body() } else { response }
    }

    fn get(&mut self, target: &str) -> Value {
        let response = self.send(&Request::new("GET", target));
        assert_eq!(response.status, 200, "{target}: {}", response.text());
        serde_json::from_slice(&response.body).unwrap()
    }

    fn post(&mut self, target: &str, body: impl Into<Value>) -> Response {
        self.order("POST", target, body)
    }

    fn order(&mut self, method: &str, target: &str, body: impl Into<Value>) -> Response {
        let body = body.into().to_string();
        self.send(&Request::new(method, target).with_body("application/json", body))
    }

    /// The look that the twin will make.
    fn look_as_twin(&mut self) {
        let Some(twin) = &mut self.twin else { return };
        if twin.looks(&self.station, self.now) {
            let applied = self.station.apply(Command::Tick, self.now);
            self.applied.push(applied);
        }
    }

    /// Time passes in steps of a look.
    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds.div_ceil(15) {
            self.now = self.now.later(15 * 1_000_000);
            if self.twin.is_some() {
                self.look_as_twin();
                if let Some(twin) = &mut self.twin {
                    twin.tick(self.now);
                }
                continue;
            }
            let applied = self.station.apply(Command::Tick, self.now);
            self.applied.push(applied);
        }
    }

    /// A baseline of `rows` rows: `amount` is 0, 1, 2, …, 99 and again; `country` is one of three.
    fn put_baseline(&mut self, model: &str, rows: u32) -> String {
        let mut text = String::from("amount,country,prediction,probability,latency_ms\n");
        for row in 0..rows {
            let country = ["de", "fr", "cz"][row as usize % 3];
            let prediction = if row % 10 == 0 { "fraud" } else { "legitimate" };
            text +=
                &format!("{},{country},{prediction},0.{},{}\n", row % 100, row % 10, 5 + row % 20);
        }
        let target = format!("/v1/references?model={model}&source=baseline.csv");
        let response = self.send(&Request::new("POST", &target).with_body("text/csv", text));
        assert_eq!(response.status, 201, "{}", response.text());
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        body["id"].as_str().unwrap().to_string()
    }

    /// Events like the baseline's rows, with `amount` moved.
    fn post_events(&mut self, model: &str, rows: u32, moved: f64, version: Option<&str>) {
        let events: Vec<Value> = (0..rows)
            .map(|row| {
                let mut event = json!({
                    "features": {"amount": f64::from(row % 100) + moved, "country": (["de", "fr", "cz"][row as usize % 3])},
                    "prediction": if row % 10 == 0 { "fraud" } else { "legitimate" },
                    "probability": f64::from(row % 10) / 10.0,
                    "latency_ms": f64::from(5 + row % 20),
                    "model": model,
                });
                if let Some(version) = version {
                    event["version"] = json!(version);
                }
                event
            })
            .collect();
        let response = self.post("/monitor", events);
        assert_eq!(response.status, 200, "{}", response.text());
    }

    /// Whether the document says this answer, and the answer is as it says.
    fn check_documented(&self, request: &Request, response: &Response) {
        let method = if request.method == "HEAD" { "GET" } else { &request.method };
        let Ok(endpoint) = find(method, &request.path) else { return };
        let operation = &self.document["paths"][endpoint.path][method.to_ascii_lowercase()];
        let status = response.status.to_string();
        let described = &operation["responses"][&status];
        let what = format!("{} {} {status}: {}", request.method, request.path, response.text());
        assert!(described.is_object(), "not documented: {what}");
        let Some(content_type) = response.header("content-type") else { return };
        let media = &described["content"][content_type];
        assert!(media.is_object(), "{content_type} is not documented: {what}");
        if !content_type.contains("json") || request.method == "HEAD" {
            return;
        }
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        if let Err(why) = schema::validate(&media["schema"], &body, &self.document) {
            panic!("{why}\nin {what}");
        }
    }
}

/// The faults of a problem: pointer or position, and detail.
fn faults(response: &Response) -> Vec<(String, String)> {
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    let faults = body["errors"].as_array().cloned().unwrap_or_default();
    let place = |fault: &Value| {
        let position = match (&fault["line"], &fault["column"]) {
            (Value::Number(line), Value::Number(column)) => format!("{line}:{column} "),
            (Value::Number(line), _) => format!("{line} "),
            _ => String::new(),
        };
        let pointer = fault["pointer"].as_str().or(fault["parameter"].as_str());
        format!("{position}{}", pointer.unwrap_or_default()).trim_end().to_string()
    };
    faults
        .iter()
        .map(|fault| (place(fault), fault["detail"].as_str().unwrap().to_string()))
        .collect()
}
