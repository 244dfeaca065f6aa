//! From a request to what it comes to. The table of endpoints is data: routing, the answers to `OPTIONS`, 404 and 405, the
//! limits and the scopes that a host enforces, and `/openapi.json` are all read from it.
//!
//! To add an endpoint: one row in the table, and its function in the file of what it is about.

use alloc::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use driftline_core::time::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    command::Command,
    event::check_name,
    negotiation::{accepted, media_type},
    problem::{Fault, Kind, Problem, echo},
    request::{Request, percent_decoded},
    response::Response,
    station::{Model, Station, unknown_model},
};

mod actions;
mod alertmanager;
mod alerts;
mod body;
mod drift;
mod health;
mod models;
mod monitor;
mod reading;
mod reference;
mod spec;
mod state;
mod stored;
mod table;

pub(crate) use actions::engine_answer;
pub(crate) use alerts::STATES;
pub use drift::LiveEvent;
pub use models::MODELS_HEADER;
pub use reading::Reading;
pub(crate) use reference::reference_summary;
pub(crate) use spec::spec_answer;
pub(crate) use stored::MOST_ROWS;
pub use stored::{AuditQuery, Fetch, HistoryQuery};
pub use table::ENDPOINTS;

/// What a request comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Handling {
    /// Nothing changes: this is the answer.
    Respond(Response),
    /// Nothing changes, and the answer takes long to compute: it is made from a copy. Never from [`route`], which waits.
    Read(Reading),
    /// Something changes: store it, apply it, then answer what came of it.
    Commit(Commit),
    /// Rows that the host keeps.
    Fetch(Fetch),
    /// The latest state of a model after each look, for as long as the client listens.
    Stream(String),
}

/// A change that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// The change.
    pub command: Command,
    /// So that it is made once, however often it is asked for.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// `Idempotency-Key`: of two requests with one key the second has the answer of the first, where it asks for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// As sent.
    pub key: String,
    /// SHA-256 of method, path, query and body: another one under the same key is a mistake (422).
    pub request_hash: [u8; 32],
}

impl IdempotencyKey {
    /// The answer where the key was used for another request.
    pub fn reused() -> Problem {
        let detail = "expected the request that this key was first used with, found another";
        Problem::of_faults(Kind::INVALID, vec![Fault::of_parameter("Idempotency-Key", detail)])
    }
}

/// What a host tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// The version of its program.
    pub version: String,
    /// Names this replica.
    pub replica: String,
    /// Why it takes no events, one sentence each; empty where it does.
    pub not_ready: Vec<String>,
    /// What is wrong and does not keep it from taking events.
    pub warnings: Vec<String>,
    /// Metric families of its own in the text format 0.0.4, complete lines: they stand before the others.
    pub metrics: String,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Anybody.
    Public,
    /// Whoever may send events.
    Ingest,
    /// Whoever may look.
    Read,
    /// Whoever may change what is watched, and act.
    Admin,
}

impl Scope {
    /// The name in tokens and documents.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Public => "public",
            Scope::Ingest => "ingest",
            Scope::Read => "read",
            Scope::Admin => "admin",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The path; parts in braces are parameters.
    pub path: &'static str,
    /// Names it in the document.
    pub id: &'static str,
    /// What it is for, in one line.
    pub summary: &'static str,
    /// Who may ask.
    pub scope: Scope,
    /// What the query may hold.
    pub parameters: &'static [Parameter],
    /// What the body may be; nothing for none.
    pub bodies: &'static [Media],
    /// Bytes of a body, after content codings are undone.
    pub max_body: usize,
    /// The answer where all is well.
    pub status: u16,
    /// What that is; of several the first is sent where nobody says anything.
    pub answers: &'static [Media],
    /// Kinds of problems beside those that every endpoint has.
    pub problems: &'static [Kind],
    pub(crate) handle: fn(&Call<'_>) -> Result<Handling, Problem>,
}

/// A parameter of the query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// `string`, `integer`, `boolean` or `date-time`.
    pub kind: &'static str,
    /// What it is for.
    pub about: &'static str,
}

/// A media type and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Media {
    /// The type.
    pub name: &'static str,
    /// Its JSON Schema.
    pub schema: fn() -> Value,
}

/// A request on its way to its endpoint.
pub(crate) struct Call<'a> {
    pub(crate) station: &'a Station,
    pub(crate) host: &'a Host,
    pub(crate) request: &'a Request,
    pub(crate) endpoint: &'static Endpoint,
    pub(crate) now: Timestamp,
    /// Parameters of the path and the query.
    pub(crate) parameters: BTreeMap<String, String>,
    /// Which of the endpoint's answers is asked for.
    pub(crate) answer: usize,
    /// The body's media type.
    pub(crate) media_type: String,
}

/// The endpoint of a request, before its body is read: for its scope and its limit.
///
/// # Errors
/// The answer where there is none: 404, 405, or 204 to `OPTIONS`.
pub fn find(method: &str, path: &str) -> Result<&'static Endpoint, Response> {
    let (endpoint, _) = lookup(method, path)?;
    Ok(endpoint)
}

fn lookup(
    method: &str,
    path: &str,
) -> Result<(&'static Endpoint, BTreeMap<String, String>), Response> {
    let at_path: Vec<(&'static Endpoint, BTreeMap<String, String>)> = ENDPOINTS
        .iter()
        .filter_map(|endpoint| Some((endpoint, matches(endpoint.path, path)?)))
        .collect();
    if at_path.is_empty() {
        return Err(not_found(path).response(path));
    }
    let wanted = if method == "HEAD" { "GET" } else { method };
    // A path that is written out goes before one with a parameter.
    let found = at_path.iter().filter(|(endpoint, _)| endpoint.method == wanted);
    if let Some((endpoint, parameters)) = found.min_by_key(|(_, parameters)| parameters.len()) {
        return Ok((endpoint, parameters.clone()));
    }
    let mut methods: BTreeSet<&str> = at_path.iter().map(|(endpoint, _)| endpoint.method).collect();
    if methods.contains("GET") {
        methods.insert("HEAD");
    }
    methods.insert("OPTIONS");
    let allow = methods.into_iter().collect::<Vec<_>>().join(", ");
    if method == "OPTIONS" {
        return Err(Response::empty(204).with_header("allow", allow));
    }
    let detail = format!("expected one of {allow}, found {}", echo(method));
    let problem = Problem::new(Kind::METHOD_NOT_ALLOWED, detail).with_header("allow", allow);
    Err(problem.response(path))
}

/// The parameters of a path that fits.
fn matches(template: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    let mut parameters = BTreeMap::new();
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(found)) => {
                let name = wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                match name {
                    Some(name) => {
                        let value =
                            percent_decoded(found, false).filter(|value| !value.is_empty())?;
                        parameters.insert(name.to_string(), value);
                    }
                    None if wanted == found => {}
                    None => return None,
                }
            }
            _ => return None,
        }
    }
}

fn not_found(path: &str) -> Problem {
    let distance = |endpoint: &&Endpoint| strsim::damerau_levenshtein(endpoint.path, path);
    let closest = ENDPOINTS.iter().filter(|_| path.len() <= 100).min_by_key(distance);
    let closest = closest.filter(|endpoint| distance(endpoint) <= 4);
    let path = echo(path);
    let detail = match closest {
        Some(endpoint) => format!("there is no {path}; did you mean {}?", endpoint.path),
        None => format!("there is no {path}; /openapi.json lists what there is"),
    };
    Problem::new(Kind::NOT_FOUND, detail)
}

/// What a request comes to at an instant. Nothing changes.
pub fn route(station: &Station, host: &Host, request: &Request, now: Timestamp) -> Handling {
    match prepare(station, host, request, now) {
        Handling::Read(reading) => {
            let response = reading.response();
            let is_head = request.method == "HEAD";
            Handling::Respond(if is_head { response.without_body() } else { response })
        }
        handling => handling,
    }
}

/// As [`route`], for a host whose state others wait for: what takes long is left as [`Handling::Read`], so that the host
/// lets go of the state before it is computed. The answer is the state's at this instant all the same.
pub fn prepare(station: &Station, host: &Host, request: &Request, now: Timestamp) -> Handling {
    let instance = &request.path;
    let handling = match lookup(&request.method, &request.path) {
        Err(response) => Handling::Respond(response),
        Ok((endpoint, parameters)) => {
            // Time does not run backwards for whoever reads either.
            let now = station.now().map_or(now, |latest| latest.max(now));
            let called = call(station, host, request, endpoint, parameters, now)
                .and_then(|call| (endpoint.handle)(&call));
            called.unwrap_or_else(|problem| Handling::Respond(problem.response(instance)))
        }
    };
    match handling {
        Handling::Respond(response) if request.method == "HEAD" => {
            Handling::Respond(response.without_body())
        }
        handling => handling,
    }
}

fn call<'a>(
    station: &'a Station,
    host: &'a Host,
    request: &'a Request,
    endpoint: &'static Endpoint,
    mut parameters: BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Call<'a>, Problem> {
    let offers: Vec<&str> = endpoint.answers.iter().map(|answer| answer.name).collect();
    let answer = match accepted(request.header("accept"), &offers) {
        Some(answer) => answer,
        None if offers.is_empty() => 0,
        None => {
            let detail = format!("expected to answer with one of {}", offers.join(", "));
            return Err(Problem::new(Kind::NOT_ACCEPTABLE, detail));
        }
    };
    for pair in request.query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let read = percent_decoded(name, true).zip(percent_decoded(value, true));
        let Some((name, value)) = read else {
            let detail = "expected percent-encoded UTF-8, found other bytes";
            return Err(Problem::of_parameter(&echo(name), detail));
        };
        let Some(known) = endpoint.parameters.iter().find(|known| known.name == name) else {
            let known: Vec<&str> = endpoint.parameters.iter().map(|known| known.name).collect();
            let known = if known.is_empty() { "none".to_string() } else { known.join(", ") };
            return Err(Problem::of_parameter(
                &echo(&name),
                format!("expected {known}, found another"),
            ));
        };
        check_parameter(known, &value)?;
        if parameters.insert(name.clone(), value).is_some() {
            return Err(Problem::of_parameter(&name, "expected it once, found it again"));
        }
    }
    if request.body.len() > endpoint.max_body && !request.body.is_empty() {
        return Err(too_large(endpoint));
    }
    models::check_call(request, endpoint, parameters.get("model").map(String::as_str))?;
    let media_type = body_type(request, endpoint)?;
    let endpoint_call =
        Call { station, host, request, endpoint, now, parameters, answer, media_type };
    Ok(endpoint_call)
}

/// The answer to a body past its endpoint's limit: for hosts, which do not read such a body.
pub fn too_large(endpoint: &Endpoint) -> Problem {
    let most = endpoint.max_body;
    Problem::new(Kind::TOO_LARGE, format!("expected a body of at most {most} bytes, found more"))
}

fn check_parameter(parameter: &Parameter, value: &str) -> Result<(), Problem> {
    let (is_right, expected) = match parameter.kind {
        "integer" => (value.parse::<u64>().is_ok(), "a whole number"),
        "limit" => {
            let is_right = value.parse().is_ok_and(|limit| (1..=MOST_ROWS).contains(&limit));
            (is_right, "1 to 5000")
        }
        "state" => (STATES.contains(&value), "one of inactive, pending, firing, resolved"),
        "boolean" => (matches!(value, "true" | "false"), "true or false"),
        "date-time" => (Timestamp::parse(value).is_some(), "a time such as 2024-01-15T10:30:00Z"),
        _ => (
            check_name(value, 200).is_ok(),
            "a text of 1 to 200 characters without control characters",
        ),
    };
    if is_right {
        return Ok(());
    }
    let detail = format!("expected {expected}, found \"{}\"", echo(value));
    Err(Problem::of_parameter(parameter.name, detail))
}

/// The body's media type, where the endpoint takes it.
fn body_type(request: &Request, endpoint: &Endpoint) -> Result<String, Problem> {
    let offers = || endpoint.bodies.iter().map(|body| body.name).collect::<Vec<_>>().join(", ");
    if endpoint.bodies.is_empty() {
        return Ok(String::new());
    }
    let Some(sent) = request.header("content-type") else {
        if request.body.is_empty() {
            return Ok(endpoint.bodies[0].name.to_string());
        }
        let detail = format!("expected a Content-Type of {}, found none", offers());
        return Err(Problem::new(Kind::UNSUPPORTED_TYPE, detail));
    };
    media_type(sent)
        .filter(|name| endpoint.bodies.iter().any(|body| body.name == *name))
        .ok_or_else(|| {
            let detail =
                format!("expected a Content-Type of {}, found \"{}\"", offers(), echo(sent));
            Problem::new(Kind::UNSUPPORTED_TYPE, detail)
        })
}

impl<'a> Call<'a> {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        // Checked before.
        self.parameter(name).and_then(|value| value.parse().ok())
    }

    pub(crate) fn time(&self, name: &str) -> Option<Timestamp> {
        self.parameter(name).and_then(Timestamp::parse)
    }

    /// The model that is asked about.
    pub(crate) fn model_name(&self) -> &str {
        self.parameter("model").unwrap_or(crate::event::DEFAULT_MODEL)
    }

    /// The model that is asked about; one that has seen nothing where none is named and none is there.
    pub(crate) fn model(&self) -> Result<Cow<'a, Model>, Problem> {
        let name = self.model_name();
        match self.station.models.get(name) {
            Some(model) => Ok(Cow::Borrowed(model)),
            None if name == crate::event::DEFAULT_MODEL => {
                let mut probe =
                    Station { settings: self.station.settings.clone(), ..Station::default() };
                match probe.make(name) {
                    Some(model) => Ok(Cow::Owned(model.clone())),
                    None => Err(unknown_model(name)),
                }
            }
            None => Err(unknown_model(name)),
        }
    }

    /// A model that is there, or may be made.
    pub(crate) fn model_to_change(&self) -> Result<String, Problem> {
        let name = self.model_name();
        let is_full = self.station.models.len() >= crate::station::MOST_MODELS;
        if is_full && !self.station.models.contains_key(name) {
            return Err(crate::station::too_many_models());
        }
        Ok(name.to_string())
    }

    /// A model that is there.
    pub(crate) fn known_model(&self) -> Result<String, Problem> {
        let name = self.model_name();
        match self.station.models.contains_key(name) {
            true => Ok(name.to_string()),
            false => Err(unknown_model(name)),
        }
    }

    pub(crate) fn json(&self, value: &impl serde::Serialize) -> Result<Handling, Problem> {
        Ok(Handling::Respond(Response::json(self.endpoint.status, value)))
    }

    pub(crate) fn commit(&self, command: Command) -> Result<Handling, Problem> {
        models::check_command(self.request, &command)?;
        Ok(Handling::Commit(Commit { command, idempotency_key: self.idempotency_key()? }))
    }

    fn idempotency_key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        let Some(key) = self.request.header("idempotency-key") else { return Ok(None) };
        // The draft has a quoted string; nearly every client sends a bare one.
        let key = key.trim().trim_matches('"');
        let is_good =
            (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_good {
            let detail = "expected 1 to 255 visible ASCII characters";
            return Err(Problem::of_parameter("Idempotency-Key", detail));
        }
        let mut hash = Sha256::new();
        for part in [&self.request.method, &self.request.path, &self.request.query] {
            hash.update(part.as_bytes());
            hash.update(b"\n");
        }
        hash.update(&self.request.body);
        Ok(Some(IdempotencyKey { key: key.to_string(), request_hash: hash.finalize().into() }))
    }

    /// Who asks: as the host found out, else as the body says.
    pub(crate) fn actor(&self, said: Option<String>) -> String {
        let known = self.request.header("driftline-actor").map(str::to_string);
        known.or(said).unwrap_or_else(|| "anonymous".to_string())
    }
}
