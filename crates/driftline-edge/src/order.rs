//! One attempt to send an order: signed as Standard Webhooks says, over HTTPS unless an origin is permitted.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use driftline_api::resident::{Delivery, WaitingOrder};
use driftline_core::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use wasip2::http::{
    outgoing_handler,
    types::{Fields, Method, OutgoingBody, OutgoingRequest, RequestOptions, Scheme},
};

use crate::settings::Settings;

/// Headers that are ours to set.
const OURS: [&str; 7] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];
const TIMEOUT_NANOS: u64 = 15_000_000_000;

/// Sends an order, once.
pub(crate) fn send(order: &WaitingOrder, settings: &Settings, now: Timestamp) -> Delivery {
    match request(order, settings, now) {
        Err(why) => Delivery::Refused { status: None, why },
        Ok(request) => exchange(request, order.body.as_bytes())
            .unwrap_or_else(|why| Delivery::Failed { status: None, retry_after: None, why }),
    }
}

fn request(
    order: &WaitingOrder,
    settings: &Settings,
    now: Timestamp,
) -> Result<OutgoingRequest, String> {
    let (scheme, rest) =
        order.url.split_once("://").ok_or("expected an address such as https://…")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let path = path.split('#').next().unwrap_or_default();
    let path = if path.starts_with('/') { path.to_string() } else { format!("/{path}") };
    let origin = format!("{scheme}://{authority}");
    let is_permitted =
        settings.permit.iter().flat_map(|all| all.split(',')).any(|one| one.trim() == origin);
    if scheme != "https" && !is_permitted {
        return Err(format!("{origin}: expected https, or an origin that DRIFTLINE_PERMIT names"));
    }
    if authority.is_empty() || authority.contains('@') {
        return Err("expected an address with a host and without a password".into());
    }
    let seconds = now.micros().div_euclid(1_000_000);
    let mut headers = Vec::new();
    for (name, value) in &order.headers {
        if value.contains("{secret:") {
            return Err(format!("header {name}: this host has no secrets for headers"));
        }
        if !OURS.contains(&name.to_ascii_lowercase().as_str()) {
            headers.push((name.clone(), value.clone().into_bytes()));
        }
    }
    headers.push(("webhook-id".into(), order.key.clone().into_bytes()));
    headers.push(("webhook-timestamp".into(), seconds.to_string().into_bytes()));
    if let Some(secret) = &settings.secret {
        let signature = signature(secret, &order.key, seconds, &order.body)?;
        headers.push(("webhook-signature".into(), signature.into_bytes()));
    }
    let fields = Fields::from_list(&headers).map_err(|error| format!("headers: {error:?}"))?;
    let request = OutgoingRequest::new(fields);
    let method = match order.method.as_str() {
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        _ => Method::Post,
    };
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
    let set = request
        .set_method(&method)
        .and_then(|()| request.set_scheme(Some(&scheme)))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some(&path)));
    set.map_err(|()| format!("{}: expected an address, found another text", order.url))?;
    Ok(request)
}

/// `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.
fn signature(secret: &str, id: &str, seconds: i64, body: &str) -> Result<String, String> {
    let wrong = "DRIFTLINE_SECRET: expected whsec_ and 24 to 64 bytes in base64";
    let encoded = secret.strip_prefix("whsec_").ok_or(wrong)?;
    let key = STANDARD.decode(encoded).ok().filter(|key| (24..=64).contains(&key.len()));
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.ok_or(wrong)?).map_err(|_| wrong)?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

fn exchange(request: OutgoingRequest, body: &[u8]) -> Result<Delivery, String> {
    let options = RequestOptions::new();
    // A host that knows no limit has its own.
    let _ = options.set_connect_timeout(Some(TIMEOUT_NANOS));
    let _ = options.set_first_byte_timeout(Some(TIMEOUT_NANOS));
    let out = request.body().map_err(|()| "no body can be sent")?;
    let answer =
        outgoing_handler::handle(request, Some(options)).map_err(|error| format!("{error:?}"))?;
    {
        let stream = out.write().map_err(|()| "no body can be sent")?;
        for piece in body.chunks(4096) {
            stream.blocking_write_and_flush(piece).map_err(|error| format!("{error:?}"))?;
        }
    }
    OutgoingBody::finish(out, None).map_err(|error| format!("{error:?}"))?;
    answer.subscribe().block();
    let answer = match answer.get() {
        Some(Ok(answer)) => answer.map_err(|error| format!("{error:?}"))?,
        _ => return Err("no answer came".into()),
    };
    let status = answer.status();
    let why = format!("status {status}");
    Ok(match status {
        200..=299 => Delivery::Accepted { status },
        410 => Delivery::Refused { status: Some(status), why },
        _ => {
            let asked = answer.headers().get("retry-after").into_iter().next();
            let text = asked.and_then(|value| String::from_utf8(value).ok());
            let retry_after = text.and_then(|text| text.trim().parse().ok());
            Delivery::Failed { status: Some(status), retry_after, why }
        }
    })
}
