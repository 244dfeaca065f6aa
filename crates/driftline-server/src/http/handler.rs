//! One request, from its headers to its answer.

use std::{
    sync::{
        Arc, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, request::Parts},
};
use driftline_api::{
    Commit, Endpoint, Handling, Host as Told, Kind, Problem, Request, Response, Station,
    endpoint::MODELS_HEADER, find, prepare, route,
};
use serde_json::json;

use super::{Shared, body::Read, guard, live, page, token::Caller};
use crate::{
    host::{Host, not_ready, now, problem_of},
    store::{Health, Refusal},
};

/// Bodies up to this length are parsed where they are; longer ones where nobody else waits.
const SMALL: usize = 32 << 10;
/// From here on a request took long.
const SLOW_MICROS: u128 = 1_000_000;
/// What keeps a page of ours from being used by others.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

type Answer = axum::http::Response<Body>;

/// Answers a request.
pub(super) async fn handle(shared: &Arc<Shared>, request: axum::http::Request<Body>) -> Answer {
    let began = Instant::now();
    let (parts, body) = request.into_parts();
    let id = request_id(&parts.headers);
    let found = find(parts.method.as_str(), parts.uri.path());
    let (name, mut answer) = match found {
        Ok(endpoint) => {
            let answer = at_endpoint(shared, endpoint, &parts, body).await;
            let answer =
                answer.unwrap_or_else(|problem| written(problem.response(parts.uri.path())));
            (endpoint.id, with_policy(answer, API_POLICY))
        }
        Err(refusal) => {
            let answer = elsewhere(shared, &parts, refusal);
            ("page", with_policy(answer, page::CONTENT_SECURITY_POLICY))
        }
    };
    let headers = answer.headers_mut();
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    let (status, took) = (answer.status().as_u16(), began.elapsed());
    shared.figures.answered(name, status, took);
    let is_slow = took.as_micros() >= SLOW_MICROS;
    if shared.log.tells_requests() || status >= 500 || is_slow {
        let told = json!({
            "request": id, "method": parts.method.as_str(), "endpoint": name, "status": status,
            "micros": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        });
        if status >= 500 {
            shared.log.warn("request", told)
        } else {
            shared.log.info("request", told)
        }
    }
    answer
}

/// The client's own id where it is a plain one, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let sent = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    let is_plain =
        |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if let Some(id) = sent.filter(is_plain) {
        return id.to_string();
    }
    let start = std::process::id();
    format!("{start:x}-{:x}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// What is no endpoint: a file of the page, or the answer that was made for it.
fn elsewhere(shared: &Shared, parts: &Parts, refusal: Response) -> Answer {
    let is_get = matches!(parts.method, Method::GET | Method::HEAD);
    if refusal.status != 404 || !is_get {
        return written(refusal);
    }
    if let Err(problem) = guard::check(&parts.method, &parts.headers, shared.checks_host) {
        return written(problem.response(parts.uri.path()));
    }
    let known = parts.headers.get("if-none-match").and_then(|tags| tags.to_str().ok());
    let found = page::get(parts.uri.path(), known).unwrap_or(refusal);
    written(if parts.method == Method::HEAD { found.without_body() } else { found })
}

async fn at_endpoint(
    shared: &Arc<Shared>,
    endpoint: &'static Endpoint,
    parts: &Parts,
    body: Body,
) -> Result<Answer, Problem> {
    guard::check(&parts.method, &parts.headers, shared.checks_host)?;
    let authorization = parts.headers.get("authorization").map(HeaderValue::as_bytes);
    let caller = shared.settings.tokens.check(authorization, endpoint.scope)?;
    let timeout = shared.settings.timeouts.body;
    let Read { bytes, held } = shared.budget.read(endpoint, &parts.headers, body, timeout).await?;
    let request = request_of(parts, bytes, &caller);
    let Some(host) = shared.host() else {
        return Ok(written(before_the_start(shared, endpoint, &request)));
    };
    let routed = if endpoint.id == "postEvents" && request.body.len() <= SMALL {
        routed(shared, &host, endpoint, &request)
    } else {
        let (shared, host) = (Arc::clone(shared), Arc::clone(&host));
        let routing = move || routed(&shared, &host, endpoint, &request);
        tokio::task::spawn_blocking(routing).await.map_err(|_| went_wrong())?
    };
    // The body is parsed: its memory is the command's from here on, which the store's queue counts.
    drop(held);
    match routed {
        Handling::Respond(response) => Ok(written(response)),
        Handling::Read(reading) => Ok(written(reading.response())),
        Handling::Commit(commit) => committed(&host, commit, &caller).await.map(written),
        Handling::Fetch(fetch) => {
            let fetching = tokio::task::spawn_blocking(move || host.fetch(&fetch));
            match fetching.await.map_err(|_| went_wrong())? {
                Ok(response) if parts.method == Method::HEAD => {
                    Ok(written(response.without_body()))
                }
                Ok(response) => Ok(written(response)),
                Err(error) => {
                    // The reason names files: it is for the log.
                    shared.log.error("the store cannot be read", json!({"why": error.to_string()}));
                    Err(went_wrong())
                }
            }
        }
        Handling::Stream(_) if parts.method == Method::HEAD => {
            Ok(written(Response::new(200, "text/event-stream", "")))
        }
        Handling::Stream(model) => live::follow(shared, host, model),
    }
}

fn went_wrong() -> Problem {
    Problem::new(
        Kind::INTERNAL,
        "something went wrong here; the log tells what, under this request's id",
    )
}

/// The request as the interface reads it. A client does not say who it is: its token does.
fn request_of(parts: &Parts, body: Vec<u8>, caller: &Caller) -> Request {
    let mut request = Request {
        method: parts.method.as_str().to_string(),
        path: parts.uri.path().to_string(),
        query: parts.uri.query().unwrap_or_default().to_string(),
        body,
        ..Request::default()
    };
    for (name, value) in &parts.headers {
        let (name, value) = (name.as_str(), String::from_utf8_lossy(value.as_bytes()));
        if matches!(name, "authorization" | "driftline-actor" | MODELS_HEADER) {
            continue;
        }
        match request.headers.get_mut(name) {
            Some(values) => {
                values.push_str(", ");
                values.push_str(&value);
            }
            None => drop(request.headers.insert(name.to_string(), value.into_owned())),
        }
    }
    if !caller.name.is_empty() {
        request.headers.insert("driftline-actor".to_string(), caller.name.clone());
    }
    if let Some(models) = &caller.models {
        request.headers.insert(MODELS_HEADER.to_string(), models.join("\n"));
    }
    request
}

/// What a request comes to, on a thread that may wait for the state.
fn routed(shared: &Shared, host: &Host, endpoint: &Endpoint, request: &Request) -> Handling {
    let mut told = told(shared);
    let status = host.status();
    match endpoint.id {
        // Events are read without a look at the state: they wait for nobody. A full disk is the store's to tell (507).
        "postEvents" => {
            if status.health != Health::Full {
                told.not_ready.extend(not_ready(&status.health).map(str::to_string));
            }
            return route(&Station::new(), &told, request, now());
        }
        // Reading a baseline takes long, and nobody is to wait for it.
        "postReference" => {
            let station = host.station().clone();
            return route(&station, &told, request, now());
        }
        "getMetrics" => told.metrics = shared.figures.write(host),
        _ => {
            told.not_ready.extend(not_ready(&status.health).map(str::to_string));
            told.warnings.extend_from_slice(host.warnings());
        }
    }
    // The station is let go of before anything that takes long: commands wait for whoever holds it.
    let handling = prepare(&host.station(), &told, request, now());
    match handling {
        Handling::Read(reading) if request.method == "HEAD" => {
            Handling::Respond(reading.response().without_body())
        }
        Handling::Read(reading) => Handling::Respond(reading.response()),
        handling => handling,
    }
}

/// What is told of this server.
fn told(shared: &Shared) -> Told {
    let mut told = Told {
        version: shared.settings.version.clone(),
        replica: shared.settings.replica.clone(),
        ..Told::default()
    };
    if shared.is_stopping() {
        told.not_ready.push("the server is stopping".into());
    }
    told
}

/// Health and the document need no state; all else waits for it.
fn before_the_start(shared: &Shared, endpoint: &Endpoint, request: &Request) -> Response {
    let mut told = told(shared);
    let why = shared.starting.lock().unwrap_or_else(PoisonError::into_inner).clone();
    told.not_ready.push(why.clone());
    if matches!(endpoint.id, "getHealth" | "getLiveness" | "getReadiness" | "getDocument")
        && let Handling::Respond(response) = route(&Station::new(), &told, request, now())
    {
        return response;
    }
    Problem::new(Kind::NOT_READY, why).with_header("retry-after", 1).response(&request.path)
}

async fn committed(host: &Host, commit: Commit, caller: &Caller) -> Result<Response, Problem> {
    let Commit { command, idempotency_key } = commit;
    let submitted =
        host.submit(&command, idempotency_key, &caller.name).map_err(|refusal| match refusal {
            // Not this command, an earlier one: it was never begun.
            Refusal::Broken(_) => {
                Problem::new(Kind::NOT_READY, "the disk failed; the server has to be started again")
            }
            refusal => problem_of(&refusal),
        })?;
    match submitted.await {
        Ok(Ok(answer)) if answer.duplicate => {
            Ok(answer.response.with_header("idempotency-replayed", "true"))
        }
        Ok(Ok(answer)) => Ok(answer.response),
        Ok(Err(refusal)) => Err(problem_of(&refusal)),
        Err(_) => Err(problem_of(&Refusal::Closed)),
    }
}

/// A response as hyper writes it.
fn written(response: Response) -> Answer {
    let Response { status, headers, body } = response;
    let mut answer = Answer::new(Body::from(body));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        // Names are ours; a value that cannot be a header's is left out.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().append(name, value);
        }
    }
    answer
}

fn with_policy(mut answer: Answer, policy: &'static str) -> Answer {
    answer.headers_mut().insert("content-security-policy", HeaderValue::from_static(policy));
    answer.headers_mut().entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
    answer
}
