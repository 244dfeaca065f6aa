//! Live rows, rules and triggers as a handle: the state that the server keeps, behind the requests that the server takes,
//! without a socket, a clock or a disk. The package's `Monitor` is one model of it.

use driftline_api::{
    Applied, Command, Handling, Host, Request, Response, Settings, Station, endpoint::route,
};
use driftline_core::{report::Problem, time::Timestamp};
use serde_json::{Value, json};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{failure::Failure, reference::ReferenceHandle, spec::instant};

/// Live rows of some models, and what rules and triggers make of them.
#[wasm_bindgen(js_name = Station)]
#[derive(Debug, Default)]
pub struct StationHandle {
    station: Station,
}

#[wasm_bindgen(js_class = Station)]
impl StationHandle {
    /// A station that has seen nothing. Models without a spec of their own follow `spec`; one without a reference learns
    /// it from its first `learn` events.
    ///
    /// # Errors
    /// A spec that cannot be used.
    #[wasm_bindgen(constructor)]
    pub fn new(
        spec: Option<String>,
        learn: Option<f64>,
        now_millis: f64,
    ) -> Result<StationHandle, JsValue> {
        super::spec::checked(spec.as_deref())?;
        let mut station = Station::new();
        let learn = learn.map(|events| events as u64);
        let command = Command::Configure(Settings { learn, spec });
        let applied = station.apply(command, instant(now_millis)?);
        accepted(&applied.response)?;
        Ok(StationHandle { station })
    }

    /// A station that remembers.
    ///
    /// # Errors
    /// Bytes that are no snapshot of this version.
    pub fn restore(snapshot: &[u8]) -> Result<StationHandle, JsValue> {
        let station =
            Station::restore(snapshot).map_err(|error| Failure::stored("snapshot", error))?;
        Ok(StationHandle { station })
    }

    /// All it remembers.
    pub fn snapshot(&self) -> Vec<u8> {
        self.station.snapshot()
    }

    /// A model's rows are compared with this reference from now on.
    ///
    /// # Errors
    /// A model past the limit.
    pub fn watch(
        &mut self,
        model: String,
        reference: &ReferenceHandle,
        now_millis: f64,
    ) -> Result<(), JsValue> {
        let reference = reference.reference.encode();
        let command = Command::PutReference { model, reference, activate: true };
        let applied = self.station.apply(command, instant(now_millis)?);
        Ok(accepted(&applied.response)?)
    }

    /// Looks at the live rows and at the clock; what came of it, as JSON.
    ///
    /// # Errors
    /// A number that is no instant.
    pub fn tick(&mut self, now_millis: f64) -> Result<String, JsValue> {
        let now = instant(now_millis)?;
        let applied = self.station.apply(Command::Tick, now);
        Ok(told(&applied, now, Value::Null))
    }

    /// Milliseconds between two looks that its models ask for.
    #[wasm_bindgen(getter, js_name = tickEveryMillis)]
    pub fn tick_every_millis(&self) -> Option<f64> {
        self.station.tick_every().map(|every| every.micros() as f64 / 1000.0)
    }

    /// Answers a request of the HTTP API with a JSON body or none; what came of it, as JSON.
    ///
    /// # Errors
    /// A request that the API refuses, with all that is wrong with it.
    pub fn ask(
        &mut self,
        method: &str,
        target: &str,
        body: Option<String>,
        now_millis: f64,
    ) -> Result<String, JsValue> {
        let now = instant(now_millis)?;
        let mut request = Request::new(method, target);
        if let Some(body) = body {
            request = request.with_body("application/json", body);
        }
        let applied = match route(&self.station, &Host::default(), &request, now) {
            Handling::Commit(commit) => self.station.apply(commit.command, now),
            Handling::Respond(response) => {
                accepted(&response)?;
                return Ok(told_by(&response, now));
            }
            Handling::Read(reading) => return Ok(told_by(&reading.response(), now)),
            Handling::Fetch(_) | Handling::Stream(_) => {
                let message =
                    "expected a question about the state; past rows are whoever ticks to keep";
                return Err(Failure::argument("target", message).into());
            }
        };
        accepted(&applied.response)?;
        let answer = serde_json::from_slice(&applied.response.body).unwrap_or(Value::Null);
        Ok(told(&applied, now, answer))
    }
}

/// What came of a command. The model is the same in all of it, and left out.
fn told(applied: &Applied, now: Timestamp, answer: Value) -> String {
    let told = json!({
        "at": now,
        "answer": answer,
        "transitions": applied.transitions.iter().map(|of| &of.what).collect::<Vec<_>>(),
        "effects": applied.effects.iter().map(|of| &of.what).collect::<Vec<_>>(),
        "audit": applied.audit.iter().map(|of| &of.what).collect::<Vec<_>>(),
        "windows": applied.history.iter().map(|point| &point.kept).collect::<Vec<_>>(),
        "problems": applied.problems.iter().map(|of| &of.what).collect::<Vec<_>>(),
    });
    told.to_string()
}

/// An answer that changed nothing, as the bytes it has.
fn told_by(response: &Response, now: Timestamp) -> String {
    format!("{{\"at\":\"{now}\",\"answer\":{}}}", response.text().trim_end())
}

fn accepted(response: &Response) -> Result<(), Failure> {
    if response.status < 400 {
        return Ok(());
    }
    let problem: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&problem["type"]);
    let code = kind.rsplit(':').next().unwrap_or_default().to_owned();
    let faults = problem["errors"].as_array().cloned().unwrap_or_default();
    if faults.is_empty() {
        return Err(Failure::new(&code, "monitor", text(&problem["detail"])));
    }
    let place = |fault: &Value| {
        let named = ["pointer", "parameter"].map(|key| text(&fault[key]));
        named.into_iter().find(|name| !name.is_empty()).unwrap_or_else(|| "body".into())
    };
    let problem = |fault: &Value| Problem { place: place(fault), message: text(&fault["detail"]) };
    Err(Failure::of_problems(&code, faults.iter().map(problem).collect()))
}
