//! Answers requests from standard input, one JSON object a line, as a service at one instant: what every other runtime is
//! held to.
//!
//! ```sh
//! echo '{"method": "GET", "url": "/drift"}' | cargo run -p driftline-api --example resident -- 2024-01-15T10:30:00Z
//! ```

use core::error::Error;
use std::io::{Write as _, stdin, stdout};

use driftline_api::{Host, Request, Resident};
use driftline_core::time::Timestamp;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let instant = std::env::args().nth(1).and_then(|text| Timestamp::parse(&text));
    let now = instant.ok_or("expected an instant such as 2024-01-15T10:30:00Z")?;
    let host = Host { version: "0.1.0".into(), replica: "edge".into(), ..Host::default() };
    let mut resident = Resident::new(host);
    for line in stdin().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let text = |name: &str| asked[name].as_str().unwrap_or_default().to_string();
        let mut request = Request::new(&text("method"), &text("url"));
        for (name, value) in asked["headers"].as_object().into_iter().flatten() {
            request = request.with_header(name, value.as_str().unwrap_or_default());
        }
        request.body = text("body").into_bytes();
        let response = resident.handle(&request, now).response;
        writeln!(stdout(), "{}", json!({"status": response.status, "body": response.text()}))?;
    }
    Ok(())
}
