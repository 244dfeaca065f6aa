//! A real Prometheus scrapes replicas, evaluates the exported rules and fires; a real Alertmanager calls the webhook; the
//! dashboard's questions have answers.
//!
//! The replicas are made up and speak in the names of `export::exposition`. Configuration, rules and route are those of
//! `deploy/`, with other addresses, a scrape every second, and holds of two.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "tests of programs, which never run without std"
)]

mod fleet;
mod http;
mod replica;
mod server;
mod stack;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use driftline_core::{
    measure::{CurrentCounts, Measure as _, Psi, ReferenceCounts, Sides},
    policy::{Policy, PolicySpec},
};
use driftline_tests::dashboard::{dashboard, queries};
use http::Request;
use replica::{REFERENCE, Replica};
use serde_json::{Value, json};
use stack::Stack;

const TOKEN: &str = "5e1f";

/// The shipped policy with short times.
fn policy() -> Policy {
    serde_json::from_value::<PolicySpec>(short_times()).unwrap().check().unwrap()
}

/// The same as JSON.
fn short_times() -> Value {
    let mut spec = serde_json::to_value(PolicySpec::default()).unwrap();
    for rule in spec["rules"].as_array_mut().unwrap() {
        rule["for"] = json!("2s");
    }
    for (key, time) in
        [("window", "10s"), ("extend_to", "40s"), ("every", "1s"), ("max_age", "30s")]
    {
        spec["live"][key] = json!(time);
    }
    spec
}

/// Rows a second and replica: as the reference, and moved to its upper end.
const STEADY: [u64; 10] = [10, 10, 10, 10, 10, 10, 10, 11, 9, 10];
const MOVED: [u64; 10] = [1, 1, 2, 4, 6, 9, 14, 18, 20, 25];

/// One batch for each replica. No two are alike, and neither their PSIs nor the mean of these is the PSI of the sum.
const BATCHES: [[u64; 10]; 3] = [
    [400, 300, 200, 100, 60, 30, 20, 10, 5, 2],
    [3, 8, 20, 45, 80, 160, 240, 330, 410, 520],
    [90, 95, 300, 310, 90, 85, 20, 15, 90, 95],
];

fn psi_of(cells: &[u64]) -> f64 {
    let sides = Sides::of_cells(ReferenceCounts(&REFERENCE), CurrentCounts(cells));
    Psi::default().compare(&sides).unwrap().value
}

/// Rows that keep coming, for as long as it is there.
struct Traffic {
    has_moved: Arc<AtomicBool>,
    is_over: Arc<AtomicBool>,
}

impl Traffic {
    fn start(replicas: &[Replica]) -> Traffic {
        let (has_moved, is_over) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let traffic = Traffic { has_moved: has_moved.clone(), is_over: is_over.clone() };
        let replicas = replicas.to_vec();
        thread::spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                for replica in &replicas {
                    let cells = if has_moved.load(Ordering::Relaxed) { &MOVED } else { &STEADY };
                    replica.count("demo", "amount", cells);
                    replica.count("demo", "hour", &STEADY);
                    replica.answer("demo", &STEADY);
                }
                thread::sleep(Duration::from_secs(1));
            }
        });
        traffic
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// The alerts that the webhook was called with.
fn alerts_in(requests: &[Request]) -> Vec<Value> {
    let bodies =
        requests.iter().map(|request| serde_json::from_str::<Value>(&request.body).unwrap());
    bodies.flat_map(|body| body["alerts"].as_array().unwrap().clone()).collect()
}

#[test]
fn drift_in_three_replicas_fires_and_reaches_the_webhook() {
    let policy = policy();
    let replicas = [(); 3].map(|()| Replica::new(&policy));
    for replica in &replicas {
        replica.begin("demo", &["amount", "hour"], &policy);
        replica.begin("batch", &["amount"], &policy);
    }
    let received: Arc<Mutex<Vec<Request>>> = Arc::default();
    let keeper = received.clone();
    let receiver = http::serve(move |request| {
        keeper.lock().unwrap().push(request);
        (200, "application/json", "{}".into())
    });
    let targets: Vec<u16> = replicas.iter().map(|replica| replica.serve(TOKEN)).collect();
    let stack = Stack::start(&policy, &targets, receiver, TOKEN);
    let secs = Duration::from_secs;

    // Zeros first, as of a server that starts; then rows as in the reference.
    let up = "count(up{job=\"driftline\"} == 1)";
    stack.wait("scrape of three replicas", secs(20), || stack.value(up).filter(|n| *n > 2.5));
    let batch_rows = "sum(model_feature:driftline_feature_bin:increase_live{model=\"batch\"})";
    stack.wait("series of the model batch", secs(20), || stack.value(batch_rows));
    for (replica, cells) in replicas.iter().zip(&BATCHES) {
        replica.count("batch", "amount", cells);
    }
    let traffic = Traffic::start(&replicas);
    let live_rows = "max(model_feature:driftline_feature_bin:increase_live{model=\"demo\"})";
    stack.wait("full live window", secs(30), || {
        stack.value(live_rows).filter(|rows| *rows > 2500.0)
    });
    let psi = "max(model_feature:driftline_psi:live{model=\"demo\"})";
    assert!(stack.value(psi).unwrap() < 0.01, "{:?}", stack.query(psi));
    assert_eq!(stack.query("ALERTS{model=\"demo\"}").len(), 0, "steady rows");

    // By now the first batch has left the shortest window; as its second comes at one instant and nothing follows, a window
    // that holds it holds all of it, of every replica.
    for (replica, cells) in replicas.iter().zip(&BATCHES) {
        replica.count("batch", "amount", cells);
    }
    traffic.has_moved.store(true, Ordering::Relaxed);
    check_sum(&stack);
    check_psi(&stack);

    let firing = "ALERTS{alertname=\"CriticalDataDrift\",alertstate=\"firing\",model=\"demo\"}";
    stack.wait("firing CriticalDataDrift", secs(30), || stack.query(firing).first().cloned());
    let alert = stack.wait("call of the webhook", secs(20), || {
        alerts_in(&received.lock().unwrap()).into_iter().find(|alert| {
            alert["labels"]["alertname"] == "CriticalDataDrift"
                && alert["labels"]["model"] == "demo"
        })
    });
    let labels: BTreeMap<String, String> = serde_json::from_value(alert["labels"].clone()).unwrap();
    let expected = [
        ("action", "rollback"),
        ("alertname", "CriticalDataDrift"),
        ("ladder", "psi_score"),
        ("model", "demo"),
        ("severity", "critical"),
        ("source", "driftline"),
    ];
    assert_eq!(labels, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(alert["status"], "firing");
    assert!(alert["fingerprint"].as_str().is_some_and(|text| !text.is_empty()));
    assert!(
        alert["annotations"]["summary"]
            .as_str()
            .is_some_and(|text| text.contains("PSI above 0.25"))
    );
    let requests = received.lock().unwrap().clone();
    for request in &requests {
        assert_eq!(
            (request.path.as_str(), request.authorization.as_str()),
            ("/v1/alertmanager", "Bearer 5e1f")
        );
    }
    // What asks for nothing is gathered for half a minute, and what is lower on the ladder is inhibited.
    assert!(
        alerts_in(&requests).iter().all(|alert| alert["labels"]["action"] == "rollback"),
        "{requests:?}"
    );
    let lower = stack.wait("lower steps in Alertmanager", secs(10), || {
        let text = http::get(
            stack.alertmanager,
            "/api/v2/alerts?filter=ladder%3Dpsi_score&filter=model%3Ddemo",
        )
        .unwrap();
        let alerts: Vec<Value> = serde_json::from_str(&text).unwrap();
        (alerts.len() == 3).then_some(alerts)
    });
    for alert in lower {
        let is_inhibited = !alert["status"]["inhibitedBy"].as_array().unwrap().is_empty();
        assert_eq!(is_inhibited, alert["labels"]["alertname"] != "CriticalDataDrift", "{alert}");
    }

    check_dashboard(&stack);
}

/// The recorded PSI of three replicas is the PSI of their sum, for the core.
fn check_sum(stack: &Stack) {
    let sum: Vec<u64> =
        (0..REFERENCE.len()).map(|bin| BATCHES.iter().map(|cells| cells[bin]).sum()).collect();
    let (expected, mean) =
        (psi_of(&sum), BATCHES.iter().map(|cells| psi_of(cells)).sum::<f64>() / 3.0);
    assert!((expected - mean).abs() > 0.1, "{expected} {mean}: these batches show nothing");
    let mut seen = Vec::new();
    // A scrape that comes late by some milliseconds weighs a replica's rows otherwise, by some parts in a thousand.
    stack.wait("recorded PSI of the sum", Duration::from_secs(9), || {
        let found = stack.value("model_feature:driftline_psi:live{model=\"batch\"}")?;
        seen.push(found);
        assert!(seen.len() < 80, "expected {expected}, found {seen:?}");
        ((found / expected - 1.0).abs() < 3e-3).then_some(found)
    });
}

/// The recorded PSI is the core's, of the very cells that were recorded at the same instant.
fn check_psi(stack: &Stack) {
    // Of an evaluation that is over.
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() - 2.0;
    let cells = stack
        .query_at("model_feature_bin:driftline_feature_bin:increase_live{model=\"batch\"}", time);
    assert_eq!(cells.len(), REFERENCE.len());
    let mut counts = REFERENCE.map(|_| 0);
    for (labels, rows) in cells {
        // PSI is one of shares, so rows may be counted in millionths.
        counts[labels["bin"].as_str().unwrap().parse::<usize>().unwrap()] =
            (rows * 1e6).round() as u64;
    }
    let found = stack.query_at("model_feature:driftline_psi:live{model=\"batch\"}", time)[0].1;
    let expected = psi_of(&counts);
    assert!((found - expected).abs() < 1e-8, "expected {expected}, found {found}");
}

/// Every question has an answer, in which the labels are that its legend names.
fn check_dashboard(stack: &Stack) {
    let mut mistakes = Vec::new();
    for query in queries(&dashboard()) {
        let samples = stack.query(&query.of_model("demo"));
        // Nothing was done, so the annotation of actions has nothing to mark.
        if samples.is_empty() && query.title != "Asked for" {
            mistakes.push(format!("{}: no answer to {}", query.title, query.expr));
        }
        for label in query.legend_labels() {
            if samples.iter().any(|(labels, _)| labels[label].as_str().is_none_or(str::is_empty)) {
                mistakes.push(format!("{}: no label {label} in {}", query.title, query.expr));
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}
