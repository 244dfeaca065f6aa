//! One attempt over HTTP.

use std::{
    collections::BTreeMap,
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use driftline_core::time::Timestamp;
use ureq::{
    Agent,
    config::Config,
    http::{Response, Uri, header::RETRY_AFTER},
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use super::{
    Deliver, Delivery, Forbidden, Guard, HeaderSecret, Secret, header_secret as secret,
    signature_header,
};
use crate::store::OutboxRow;

/// How rows are sent.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Where nothing is sent to.
    pub guard: Guard,
    /// The secrets of each endpoint: the first is the current one, others are on their way in or out. An endpoint without
    /// any takes those of the empty name, and is sent to unsigned where there are none either.
    pub secrets: BTreeMap<String, Vec<Secret>>,
    /// What `{secret:NAME}` stands for in headers, by name.
    pub header_secrets: BTreeMap<String, HeaderSecret>,
    /// The certificates, in PEM's form, of whom receivers' certificates may come from, in place of those that browsers know;
    /// empty for these.
    pub authorities: Vec<Certificate<'static>>,
    /// From the name's resolution to the end of the answer's headers.
    pub timeout: Duration,
    /// For the connection alone.
    pub connect_timeout: Duration,
}

impl Default for HttpSettings {
    fn default() -> HttpSettings {
        HttpSettings {
            guard: Guard::default(),
            secrets: BTreeMap::new(),
            header_secrets: BTreeMap::new(),
            authorities: Vec::new(),
            timeout: Duration::from_secs(15),
            connect_timeout: Duration::from_secs(5),
        }
    }
}

/// Reads certificates in PEM's form.
///
/// # Errors
/// A text that holds none, or something that is none.
pub fn parse_authorities(pem: &[u8]) -> Result<Vec<Certificate<'static>>, String> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => return Err("expected certificates, found something else beside them".into()),
            Err(error) => return Err(format!("expected certificates in PEM's form: {error}")),
        }
    }
    if found.is_empty() {
        return Err("expected a certificate in PEM's form, found none".into());
    }
    Ok(found)
}

/// Sends rows by their method, signed where the endpoint has a secret.
///
/// 200 to 299 is success; 410 ends it; all else is tried again. Redirects are not followed, proxies of the environment not
/// used, answers' bodies not read.
pub struct HttpDelivery {
    agent: Agent,
    settings: HttpSettings,
}

impl fmt::Debug for HttpDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpDelivery").field("settings", &self.settings).finish_non_exhaustive()
    }
}

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

impl HttpDelivery {
    /// Prepares to send.
    pub fn new(settings: HttpSettings) -> HttpDelivery {
        let roots = match settings.authorities.as_slice() {
            [] => RootCerts::WebPki,
            own => RootCerts::from(own.to_vec()),
        };
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(settings.timeout))
            .timeout_connect(Some(settings.connect_timeout))
            // Each attempt is a connection of its own, to an address that was checked for it.
            .max_idle_connections(0)
            .max_response_header_size(16 << 10)
            .user_agent(concat!("driftline/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver =
            CheckedResolver { guard: settings.guard.clone(), resolver: DefaultResolver::default() };
        let agent = Agent::with_parts(config, DefaultConnector::default(), resolver);
        HttpDelivery { agent, settings }
    }

    fn send(&self, row: &OutboxRow, now: Timestamp) -> Result<Delivery, ureq::Error> {
        let url = match self.settings.guard.check_url(&row.url) {
            Ok(url) => url,
            Err(forbidden) => {
                return Ok(Delivery::Refused { status: None, why: forbidden.to_string() });
            }
        };
        let timestamp = now.micros().div_euclid(1_000_000);
        let mut request = match row.method.as_str() {
            "PUT" => self.agent.put(url.as_str()),
            "PATCH" => self.agent.patch(url.as_str()),
            _ => self.agent.post(url.as_str()),
        };
        for (name, value) in &row.headers {
            if !OURS.contains(&name.to_ascii_lowercase().as_str()) {
                match secret::filled(value, &url, &self.settings.header_secrets) {
                    Ok(value) => request = request.header(name.as_str(), value),
                    Err(why) => return Ok(why.of_header(name)),
                }
            }
        }
        if !row.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            request = request.header("content-type", "application/json");
        }
        request = request
            .header("webhook-id", row.event.as_str())
            .header("webhook-timestamp", timestamp.to_string());
        let secrets = &self.settings.secrets;
        if let Some(secrets) =
            secrets.get(&row.endpoint).or_else(|| secrets.get("")).filter(|all| !all.is_empty())
        {
            let signature = signature_header(secrets, &row.event, timestamp, &row.body);
            request = request.header("webhook-signature", signature);
        }
        // The body of the answer is dropped with its connection: a receiver cannot make us read.
        let response = request.send(row.body.as_slice())?;
        Ok(judge(&response, now))
    }
}

impl Deliver for HttpDelivery {
    fn deliver(&self, row: &OutboxRow, now: Timestamp) -> Delivery {
        self.send(row, now).unwrap_or_else(|error| {
            let why = error.to_string();
            match error {
                ureq::Error::Other(inner) if inner.is::<Forbidden>() => {
                    Delivery::Refused { status: None, why: inner.to_string() }
                }
                _ => Delivery::Failed { status: None, retry_after: None, why },
            }
        })
    }
}

fn judge<T>(response: &Response<T>, now: Timestamp) -> Delivery {
    let status = response.status().as_u16();
    let why = match status {
        200..=299 => return Delivery::Accepted { status: Some(status) },
        300..=399 => {
            format!("status {status}: redirects are not followed; give the address it leads to")
        }
        410 => {
            let why = "status 410: the receiver says that it is gone for good".into();
            return Delivery::Refused { status: Some(status), why };
        }
        _ => format!("status {status}"),
    };
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = retry_after.and_then(|text| wait_of(text, now));
    Delivery::Failed { status: Some(status), retry_after, why }
}

/// `Retry-After`: seconds, or an HTTP date.
fn wait_of(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date: SystemTime = httpdate::parse_http_date(text).ok()?;
    let since_1970 = date.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::from_micros(u64::try_from(now.micros()).ok()?);
    Some(since_1970.saturating_sub(now))
}

/// Resolves a name and checks where it leads; what it gives back is what is connected to.
#[derive(Debug)]
struct CheckedResolver {
    guard: Guard,
    resolver: DefaultResolver,
}

impl Resolver for CheckedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.resolver.resolve(uri, config, timeout)?;
        let host = uri.host().unwrap_or_default();
        self.guard
            .check_addresses(host, &found)
            .map_err(|forbidden| ureq::Error::Other(Box::new(forbidden)))?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = Timestamp::from_millis(784_111_777_000); // Sun, 06 Nov 1994 08:49:37 GMT
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("soon", None),
            ("-1", None),
            ("1.5", None),
        ] {
            assert_eq!(wait_of(text, now).map(|wait| wait.as_secs()), seconds, "{text}");
        }
    }
}
