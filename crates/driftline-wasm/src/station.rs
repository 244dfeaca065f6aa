//! The service in memory, for workers at the edge: `npm/src/edge.js` puts a `fetch` handler around it.
//!
//! Instants are milliseconds since 1970, as `Date.now()` gives them. What fails throws an `Error`.

use driftline_api::{
    Host, Kind, Problem, Request, Resident,
    command::Settings,
    endpoint::find,
    resident::{Delivery, Handled},
};
use driftline_core::time::Timestamp;
use js_sys::{Array, Error, JSON, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// A whole service in memory: see [`Resident`].
#[wasm_bindgen]
#[derive(Debug)]
pub struct Station(Resident);

#[expect(
    clippy::cast_possible_truncation,
    reason = "a clock's milliseconds; what is past 292,000 years saturates"
)]
fn instant(millis: f64) -> Timestamp {
    Timestamp::from_micros((millis * 1000.0) as i64)
}

fn host(version: &str, replica: &str) -> Host {
    Host { version: version.into(), replica: replica.into(), ..Host::default() }
}

fn failure(error: impl core::fmt::Display) -> JsValue {
    Error::new(&error.to_string()).into()
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    // A fresh object takes every property.
    let _ = Reflect::set(object, &name.into(), &value.into());
}

/// Plain data as JavaScript has it.
fn data(value: &impl Serialize) -> JsValue {
    let json = serde_json::to_string(value).unwrap_or_default();
    JSON::parse(&json).unwrap_or(JsValue::NULL)
}

#[wasm_bindgen]
impl Station {
    /// A service that has seen nothing. `version` is the program's, `replica` names this service among those of one model.
    #[wasm_bindgen(constructor)]
    pub fn new(version: &str, replica: &str) -> Station {
        Station(Resident::new(host(version, replica)))
    }

    /// The service that a snapshot holds.
    ///
    /// # Errors
    /// Bytes that are no snapshot, or were altered.
    pub fn restore(snapshot: &[u8], version: &str, replica: &str) -> Result<Station, JsValue> {
        Resident::restore(snapshot, host(version, replica)).map(Station).map_err(failure)
    }

    /// The whole service as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        self.0.snapshot()
    }

    /// Does again what an entry says; `false` where it is known already.
    ///
    /// # Errors
    /// Bytes that are no entry, were altered, or do not follow on the latest.
    pub fn replay(&mut self, entry: &[u8]) -> Result<bool, JsValue> {
        self.0.replay(entry).map_err(failure)
    }

    /// How many entries it has given.
    pub fn entries(&self) -> f64 {
        self.0.entries() as f64
    }

    /// What `/health` warns of; `undefined` for nothing.
    pub fn warn(&mut self, warning: Option<String>) {
        self.0.host_mut().warnings = warning.into_iter().collect();
    }

    /// Tells what holds from this start on: events to learn a reference from, and a spec as JSON.
    ///
    /// # Errors
    /// A spec that cannot be run.
    pub fn configure(
        &mut self,
        learn: Option<f64>,
        spec: Option<String>,
        now: f64,
    ) -> Result<Object, JsValue> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a number of events; saturates"
        )]
        let learn = learn.map(|events| events as u64);
        let handled = self.0.configure(Settings { learn, spec }, instant(now));
        if handled.response.status >= 400 {
            return Err(failure(handled.response.text().trim()));
        }
        Ok(object(handled))
    }

    /// Answers a request: `{ method, url, headers: [name, value][], body?: Uint8Array, actor?, models? }`. Who asks is what
    /// `actor` and `models` say; headers that would say so are left out.
    ///
    /// Gives `{ status, headers, body, entry?, effects, transitions, problems }`.
    ///
    /// # Errors
    /// A request that is none.
    pub fn handle(&mut self, request: &Object, now: f64) -> Result<Object, JsValue> {
        let field = |name: &str| Reflect::get(request, &name.into());
        let text = |name: &'static str| {
            let found = field(name)?.as_string();
            found.ok_or_else(|| failure(format!("expected a request with a text \"{name}\"")))
        };
        let url = text("url")?;
        // A whole address, or its path and query.
        let target = match url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
            None => &url,
        };
        let target = target.split('#').next().unwrap_or_default();
        let mut read = Request::new(&text("method")?, target);
        for pair in Array::from(&field("headers")?).iter() {
            let pair = Array::from(&pair);
            let (Some(name), Some(value)) = (pair.get(0).as_string(), pair.get(1).as_string())
            else {
                return Err(failure("expected headers as pairs of texts"));
            };
            let name = name.to_ascii_lowercase();
            if !matches!(name.as_str(), "authorization" | "driftline-actor" | "driftline-models") {
                read.headers.insert(name, value);
            }
        }
        if let Some(actor) = field("actor")?.as_string() {
            read.headers.insert("driftline-actor".into(), actor);
        }
        if let Some(models) = field("models")?.as_string() {
            read.headers.insert("driftline-models".into(), models);
        }
        let body = field("body")?;
        if !body.is_undefined() && !body.is_null() {
            read.body = Uint8Array::new(&body).to_vec();
        }
        Ok(object(self.0.handle(&read, instant(now))))
    }

    /// Time passed: looks at what came, where a look is due.
    pub fn tick(&mut self, now: f64) -> Object {
        object(self.0.tick(instant(now)))
    }

    /// When there is something to do again; `undefined` for nothing.
    pub fn next_due(&self) -> Option<f64> {
        self.0.next_due().map(|at| at.micros() as f64 / 1000.0)
    }

    /// The orders to send now.
    pub fn orders_due(&self, now: f64) -> JsValue {
        data(&self.0.orders_due(instant(now)).collect::<Vec<_>>())
    }

    /// What came of an attempt to send an order: `accepted`, `failed` or `refused`.
    pub fn delivered(
        &mut self,
        key: &str,
        outcome: &str,
        status: Option<u16>,
        retry_after: Option<f64>,
        why: String,
        now: f64,
    ) -> Object {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds; saturates"
        )]
        let retry_after = retry_after.map(|seconds| seconds as u64);
        let delivery = match outcome {
            "accepted" => Delivery::Accepted { status: status.unwrap_or(200) },
            "refused" => Delivery::Refused { status, why },
            _ => Delivery::Failed { status, retry_after, why },
        };
        object(self.0.delivered(key, delivery, instant(now)))
    }
}

/// The endpoint of a request, before its body is read: `{ id, scope, maxBody }`; `undefined` where there is none.
#[wasm_bindgen]
pub fn endpoint(method: &str, path: &str) -> JsValue {
    let Ok(found) = find(method, path) else { return JsValue::UNDEFINED };
    let object = Object::new();
    set(&object, "id", found.id);
    set(&object, "scope", found.scope.name());
    set(&object, "maxBody", found.max_body as f64);
    object.into()
}

/// The answer of a host that refuses a request by itself: `kind` is one of the API's.
#[wasm_bindgen]
pub fn refusal(kind: &str, detail: &str, path: &str) -> Object {
    let known = Kind::ALL.iter().find(|known| known.name == kind);
    let response = Problem::new(*known.unwrap_or(&Kind::INTERNAL), detail).response(path);
    answer(response)
}

fn answer(response: driftline_api::Response) -> Object {
    let object = Object::new();
    set(&object, "status", response.status);
    let pair = |(name, value): &(String, String)| -> JsValue {
        Array::of2(&name.into(), &value.into()).into()
    };
    set(&object, "headers", response.headers.iter().map(pair).collect::<Array>());
    set(&object, "body", Uint8Array::from(response.body.as_slice()));
    object
}

fn object(handled: Handled) -> Object {
    let Handled { response, entry, effects, transitions, problems } = handled;
    let object = answer(response);
    if let Some(entry) = entry {
        set(&object, "entry", Uint8Array::from(entry.as_slice()));
    }
    // Seldom there: an empty list costs no JSON.
    let list = |is_empty: bool, data: &dyn Fn() -> JsValue| -> JsValue {
        if is_empty { Array::new().into() } else { data() }
    };
    set(&object, "effects", list(effects.is_empty(), &|| data(&effects)));
    set(&object, "transitions", list(transitions.is_empty(), &|| data(&transitions)));
    set(&object, "problems", list(problems.is_empty(), &|| data(&problems)));
    object
}
