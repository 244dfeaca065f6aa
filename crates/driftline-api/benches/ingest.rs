//! From a request's bytes to counted rows: what one core takes of `POST /monitor`, without a disk.

use core::fmt::Write;

use divan::{Bencher, counter::ItemsCount};
use driftline_api::{Command, Handling, Host, Request, Station, route};
use driftline_core::time::Timestamp;

const FEATURES: usize = 20;

fn main() {
    divan::main();
}

/// A station with a baseline of 20 numbers a row.
fn station() -> (Station, Timestamp) {
    let now = Timestamp::parse("2024-01-15T10:30:00Z").expect("a time");
    let mut text: String = (0..FEATURES).map(|i| format!("f{i},")).collect();
    text += "prediction,latency_ms\n";
    for row in 0..2000 {
        (0..FEATURES).for_each(|i| write!(text, "{}.5,", (row * (i + 3)) % 997).expect("memory"));
        writeln!(text, "{},{}", ["a", "b"][row % 2], row % 50).expect("memory");
    }
    let mut station = Station::new();
    let request = Request::new("POST", "/v1/references").with_body("text/csv", text);
    apply(&mut station, &request, now);
    (station, now)
}

fn command(station: &Station, request: &Request, now: Timestamp) -> Command {
    match route(station, &Host::default(), request, now) {
        Handling::Commit(commit) => commit.command,
        other => panic!("{other:?}"),
    }
}

fn apply(station: &mut Station, request: &Request, now: Timestamp) {
    let command = command(station, request, now);
    station.apply(command, now);
}

fn event(row: usize) -> String {
    let features: Vec<String> =
        (0..FEATURES).map(|i| format!("\"f{i}\": {}.25", (row * (i + 7)) % 997)).collect();
    let features = features.join(", ");
    format!(
        "{{\"features\": {{{features}}}, \"prediction\": \"a\", \"latency_ms\": {}.5}}",
        row % 60
    )
}

fn events(rows: usize) -> Request {
    let events: Vec<String> = (0..rows).map(event).collect();
    Request::new("POST", "/monitor")
        .with_body("application/json", format!("[{}]", events.join(",")))
}

fn columns(rows: usize) -> Request {
    let mut columns: Vec<String> = (0..FEATURES)
        .map(|i| {
            let values: Vec<String> =
                (0..rows).map(|row| format!("{}.25", (row * (i + 7)) % 997)).collect();
            format!("\"f{i}\": [{}]", values.join(","))
        })
        .collect();
    columns.push(format!("\"prediction\": [{}]", vec!["\"a\""; rows].join(",")));
    columns.push(format!("\"latency_ms\": [{}]", vec!["3.5"; rows].join(",")));
    let body = format!("{{\"columns\": {{{}}}}}", columns.join(","));
    Request::new("POST", "/monitor").with_body("application/json", body)
}

#[divan::bench(args = [1, 500])]
fn parse_events(bencher: Bencher, rows: usize) {
    let ((station, now), request) = (station(), events(rows));
    bencher.counter(ItemsCount::new(rows)).bench(|| command(&station, &request, now));
}

#[divan::bench]
fn parse_columns(bencher: Bencher) {
    let ((station, now), request) = (station(), columns(500));
    bencher.counter(ItemsCount::new(500_u32)).bench(|| command(&station, &request, now));
}

#[divan::bench(args = [1, 500])]
fn encode(bencher: Bencher, rows: usize) {
    let ((station, now), request) = (station(), events(rows));
    let command = command(&station, &request, now);
    bencher.counter(ItemsCount::new(rows)).bench(|| command.encode());
}

#[divan::bench(args = [1, 500])]
fn apply_events(bencher: Bencher, rows: usize) {
    let ((mut station, now), request) = (station(), events(rows));
    let command = command(&station, &request, now);
    bencher
        .counter(ItemsCount::new(rows))
        .with_inputs(|| command.clone())
        .bench_local_values(|command| station.apply(command, now));
}

#[divan::bench(args = ["/drift", "/latency", "/alerts", "/metrics"])]
fn read(bencher: Bencher, path: &str) {
    let (mut station, mut now) = station();
    for _ in 0..240 {
        apply(&mut station, &events(100), now);
        now = now.later(15_000_000);
        station.apply(Command::Tick, now);
    }
    let request = Request::new("GET", path);
    bencher.bench(|| route(&station, &Host::default(), &request, now));
}

#[divan::bench]
fn snapshot(bencher: Bencher) {
    let (mut station, mut now) = station();
    for _ in 0..240 {
        apply(&mut station, &events(100), now);
        now = now.later(15_000_000);
        station.apply(Command::Tick, now);
    }
    bencher.bench(|| station.snapshot());
}
