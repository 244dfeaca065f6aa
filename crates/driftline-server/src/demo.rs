//! Events of a sample, so that a server that nobody sends to has something to show: first as the baseline is, then more and
//! more of what came after it.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use driftline_api::{Handling, Host as Told, Request, Station, route};
use serde_json::{Map, Value, json};

use crate::host::{Host, now};

/// Columns that an event names itself; others are features.
const SERVICE: [&str; 4] = ["prediction", "probability", "latency_ms", "error"];

/// Events that are sent at once at the start.
const BURST: usize = 300;

/// Two samples and how one turns into the other.
#[derive(Clone, Debug)]
pub struct Demo {
    before: Vec<Value>,
    after: Vec<Value>,
    /// Events a second.
    pub rate: u32,
    /// How long events are as before.
    pub steady: Duration,
    /// How long it takes until all are as after.
    pub turning: Duration,
}

impl Demo {
    /// Reads two CSV files without quotes: what was, and what came after it.
    pub fn new(before: &str, after: &str) -> Demo {
        Demo {
            before: events(before),
            after: events(after),
            rate: 25,
            steady: Duration::from_secs(30),
            turning: Duration::from_secs(60),
        }
    }

    /// Sends until the end is asked for.
    pub(crate) fn run(&self, host: &Host, is_ending: &AtomicBool) {
        if self.before.is_empty() || self.after.is_empty() || self.rate == 0 {
            return;
        }
        let began = Instant::now();
        let mut number = 0usize;
        // A window's worth at once, so that the first look finds enough rows to decide by.
        let burst: Vec<Value> =
            (0..BURST).map(|number| row(&self.before, number).clone()).collect();
        send(host, &burst);
        while !is_ending.load(Ordering::Acquire) {
            let turned = began.elapsed().saturating_sub(self.steady).as_secs_f64()
                / self.turning.as_secs_f64().max(1e-3);
            // Evenly mixed, without chance: of a hundred in a row, as many are of what came after.
            let is_after = (number * 37 % 100) as f64 / 100.0 < turned;
            let rows = if is_after { &self.after } else { &self.before };
            send(host, std::slice::from_ref(row(rows, number + BURST)));
            number += 1;
            let next = Duration::from_secs(number as u64) / self.rate;
            thread::sleep(next.saturating_sub(began.elapsed()).min(Duration::from_secs(1)));
        }
    }
}

/// Rows from all over the sample, so that each minute has every hour of the day.
fn row(rows: &[Value], number: usize) -> &Value {
    &rows[number * 17 % rows.len()]
}

/// By the way that requests take, but for the socket. What is refused is not sent again: the next event comes soon.
fn send(host: &Host, events: &[Value]) {
    let body = Value::from(events).to_string();
    let request = Request::new("POST", "/monitor").with_body("application/json", body);
    if let Handling::Commit(commit) = route(&Station::new(), &Told::default(), &request, now()) {
        let _ = host.commit(&commit.command);
    }
}

fn events(csv: &str) -> Vec<Value> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let event = |line: &str| {
        let (mut event, mut features) = (Map::new(), Map::new());
        for (name, text) in names.iter().zip(line.split(',')) {
            let value = match (text, text.parse::<f64>()) {
                ("", _) => continue,
                (_, Ok(number)) => json!(number),
                (text, Err(_)) => json!(text),
            };
            if SERVICE.contains(name) {
                event.insert((*name).to_string(), value);
            } else if *name != "timestamp" {
                features.insert((*name).to_string(), value);
            }
        }
        event.insert("features".into(), features.into());
        Value::from(event)
    };
    lines.map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_an_event() {
        let csv = "timestamp,amount,hour,prediction,probability,latency_ms,error\n2024-01-01T00:03:54Z,73.05,,legitimate,0.7,35.8,0\n";
        let expected = json!({"features": {"amount": 73.05}, "prediction": "legitimate", "probability": 0.7,
                              "latency_ms": 35.8, "error": 0.0});
        assert_eq!(events(csv), [expected]);
    }
}
