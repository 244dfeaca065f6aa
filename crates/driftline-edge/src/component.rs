//! The exported handler.

use std::sync::{Mutex, PoisonError};

use driftline_api::{
    Host, Kind, Problem, Request, Resident, Response,
    command::Settings as StationSettings,
    endpoint::{Scope, find, too_large},
};
use driftline_core::time::Timestamp;
use sha2::{Digest as _, Sha256};
use wasip2::{
    clocks::wall_clock,
    exports::http::incoming_handler::Guest,
    http::types::{
        Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
    },
    io::streams::StreamError,
};

#[cfg(feature = "cli")]
use crate::folder::Folder;
use crate::{order, settings::Settings};

wasip2::http::proxy::export!(Edge);

/// The component.
struct Edge;

/// The service, for as long as this instance lives.
static SERVICE: Mutex<Option<Service>> = Mutex::new(None);

/// Bytes of a body that this host reads.
const MOST_BYTES: usize = 16 << 20;
/// What wasi:io takes at once.
const PIECE: usize = 4096;

struct Service {
    resident: Resident,
    settings: Settings,
    #[cfg(feature = "cli")]
    folder: Option<Folder>,
}

fn now() -> Timestamp {
    let at = wall_clock::now();
    let micros = at.seconds.saturating_mul(1_000_000) + u64::from(at.nanoseconds / 1000);
    Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

impl Guest for Edge {
    fn handle(incoming: IncomingRequest, out: ResponseOutparam) {
        let mut held = SERVICE.lock().unwrap_or_else(PoisonError::into_inner);
        let target = incoming.path_with_query().unwrap_or_else(|| "/".into());
        let path = target.split('?').next().unwrap_or_default().to_string();
        let answer = answer(&mut held, &incoming, &target, &path);
        let response = answer.unwrap_or_else(|problem| problem.response(&path));
        let is_head = matches!(incoming.method(), Method::Head);
        write(out, &response, is_head);
        if let Some(service) = held.as_mut()
            && service.deliver().is_err()
        {
            // What was sent may be sent again, under the same id.
            *held = None;
        }
    }
}

fn answer(
    held: &mut Option<Service>,
    incoming: &IncomingRequest,
    target: &str,
    path: &str,
) -> Result<Response, Problem> {
    let mut request = Request::new(method_of(incoming), target);
    let mut authorization = None;
    for (name, value) in incoming.headers().entries() {
        let (name, value) =
            (name.to_ascii_lowercase(), String::from_utf8_lossy(&value).into_owned());
        match name.as_str() {
            "authorization" => authorization = Some(value),
            // Who asks is not for the client to say.
            "driftline-actor" | "driftline-models" => {}
            _ => {
                let known = request.headers.entry(name).or_default();
                if !known.is_empty() {
                    known.push_str(", ");
                }
                known.push_str(&value);
            }
        }
    }
    let settings = match held {
        Some(service) => service.settings.clone(),
        None => Settings::read(),
    };
    if let Ok(endpoint) = find(&request.method, path) {
        check_token(&settings, authorization.as_deref(), endpoint.scope)?;
        if request.header("content-encoding").is_some_and(|coding| coding != "identity") {
            let detail = "expected a body without a Content-Encoding";
            return Err(Problem::new(Kind::UNSUPPORTED_TYPE, detail));
        }
        request.body = body_of(incoming, endpoint.max_body.min(MOST_BYTES))
            .ok_or_else(|| too_large(endpoint))?;
    }
    if held.is_none() {
        *held = Some(Service::start(settings).map_err(not_ready)?);
    }
    let Some(service) = held.as_mut() else { return Err(not_ready(String::new())) };
    let handled = service.resident.handle(&request, now());
    if handled.entry.is_some()
        && let Err(why) = service.keep()
    {
        // What cannot be kept has not happened: the next request starts from what is.
        *held = None;
        return Err(not_ready(why));
    }
    Ok(handled.response)
}

/// Nobody outside is told what lies behind; whoever runs it is.
fn not_ready(why: String) -> Problem {
    let said = wasip2::cli::stderr::get_stderr();
    // Where nobody listens, nobody is told.
    let _ = said.blocking_write_and_flush(format!("driftline: {why}\n").as_bytes());
    Problem::new(Kind::NOT_READY, "the state cannot be read or kept just now")
        .with_header("retry-after", 1)
}

fn check_token(
    settings: &Settings,
    authorization: Option<&str>,
    scope: Scope,
) -> Result<(), Problem> {
    if scope == Scope::Public {
        return Ok(());
    }
    let Some(token) = &settings.token else {
        let detail = "expected a host that was told a token (DRIFTLINE_TOKEN)";
        let is_open = matches!(scope, Scope::Ingest | Scope::Read);
        return if is_open { Ok(()) } else { Err(Problem::new(Kind::FORBIDDEN, detail)) };
    };
    let sent = authorization.and_then(|sent| sent.split_once(' '));
    let sent = sent.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    // Hashes: how long a comparison takes says nothing of the token.
    let is_known =
        sent.is_some_and(|(_, sent)| Sha256::digest(sent.trim()) == Sha256::digest(token));
    if is_known {
        return Ok(());
    }
    let detail = "expected Authorization: Bearer and a token, found none that is known";
    Err(Problem::new(Kind::UNAUTHENTICATED, detail).with_header("www-authenticate", "Bearer"))
}

impl Service {
    fn start(settings: Settings) -> Result<Service, String> {
        let host = Host {
            version: env!("CARGO_PKG_VERSION").into(),
            replica: settings.replica.clone().unwrap_or_else(|| "component".into()),
            ..Host::default()
        };
        #[cfg(feature = "cli")]
        let (folder, kept) = match &settings.data {
            None => (None, None),
            Some(name) => {
                let folder = Folder::open(name)?;
                let kept = folder.load()?;
                (Some(folder), kept)
            }
        };
        #[cfg(not(feature = "cli"))]
        let kept: Option<Vec<u8>> = None;
        let mut resident = match kept {
            Some(bytes) => Resident::restore(&bytes, host).map_err(|error| error.to_string())?,
            None => Resident::new(host),
        };
        if settings.data.is_none() {
            resident.host_mut().warnings =
                vec!["the state is kept in memory alone: it ends with this instance".into()];
        }
        let told = StationSettings { learn: settings.learn, spec: None };
        let handled = resident.configure(told, now());
        let mut service = Service {
            resident,
            settings,
            #[cfg(feature = "cli")]
            folder,
        };
        if handled.entry.is_some() {
            service.keep()?;
        }
        Ok(service)
    }

    #[cfg(feature = "cli")]
    fn keep(&mut self) -> Result<(), String> {
        self.folder.as_ref().map_or(Ok(()), |folder| folder.save(&self.resident.snapshot()))
    }

    #[cfg(not(feature = "cli"))]
    #[expect(clippy::unnecessary_wraps, reason = "with a folder it can fail")]
    fn keep(&mut self) -> Result<(), String> {
        Ok(())
    }

    /// Sends the orders that are due; each attempt is kept before the next one.
    fn deliver(&mut self) -> Result<(), String> {
        let due: Vec<_> = self.resident.orders_due(now()).cloned().collect();
        for order in due {
            let delivery = order::send(&order, &self.settings, now());
            if self.resident.delivered(&order.key, delivery, now()).entry.is_some() {
                self.keep()?;
            }
        }
        Ok(())
    }
}

fn method_of(incoming: &IncomingRequest) -> &'static str {
    match incoming.method() {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
        Method::Patch => "PATCH",
        _ => "OTHER",
    }
}

/// The body; `None` where it is larger.
fn body_of(incoming: &IncomingRequest, most: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let Ok(body) = incoming.consume() else { return Some(bytes) };
    let Ok(stream) = body.stream() else { return Some(bytes) };
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(StreamError::Closed | StreamError::LastOperationFailed(_)) => return Some(bytes),
        }
        if bytes.len() > most {
            return None;
        }
    }
}

const HEADERS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

/// Writes a response. Whoever asked may have gone: then nobody minds.
fn write(out: ResponseOutparam, response: &Response, is_head: bool) {
    let mut headers: Vec<(String, Vec<u8>)> = response
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
        .collect();
    for (name, value) in HEADERS {
        if response.header(name).is_none() {
            headers.push((name.into(), value.into()));
        }
    }
    let has_length = response.header("content-length").is_some();
    if !has_length && response.status != 204 {
        let length = response.body.len().to_string();
        headers.push(("content-length".into(), length.into_bytes()));
    }
    let answer =
        OutgoingResponse::new(Fields::from_list(&headers).unwrap_or_else(|_| Fields::new()));
    let _ = answer.set_status_code(response.status);
    let Ok(body) = answer.body() else { return };
    ResponseOutparam::set(out, Ok(answer));
    if !is_head && let Ok(stream) = body.write() {
        for piece in response.body.chunks(PIECE) {
            if stream.blocking_write_and_flush(piece).is_err() {
                break;
            }
        }
    }
    let _ = OutgoingBody::finish(body, None);
}
