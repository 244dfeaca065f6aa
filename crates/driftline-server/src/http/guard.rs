//! Browsers that were led here by another site.
//!
//! A page elsewhere can make a browser on this machine send requests to a loopback address. Where no token keeps it out,
//! a request must name this machine (a name of somebody else's that resolves to 127.0.0.1 does not), and what changes
//! something must not come from another site.

use axum::http::{HeaderMap, Method};
use driftline_api::{Kind, Problem};

/// Whether a request was meant for this server.
pub(super) fn check(method: &Method, headers: &HeaderMap, is_open: bool) -> Result<(), Problem> {
    if is_open {
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
        if !is_loopback(host) {
            let detail = "expected Host: localhost or 127.0.0.1, found another name; with a token any name will do";
            return Err(Problem::new(Kind::FORBIDDEN, detail));
        }
    }
    let changes = !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let site = headers.get("sec-fetch-site").map(|site| site.as_bytes());
    if changes && matches!(site, Some(b"cross-site" | b"same-site")) {
        return Err(Problem::new(
            Kind::FORBIDDEN,
            "expected a request of this site's own, found one of another",
        ));
    }
    Ok(())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_its_own() {
        for host in
            ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "127.1.2.3", "[::1]:8000", "[::1]"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "10.0.0.1:8000",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
