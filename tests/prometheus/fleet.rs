//! Three servers, none of which sees enough to decide, and a rollback all the same: Prometheus adds them up, Alertmanager tells
//! one of them, and that one sends a single order. A fourth server sees everything.

use std::{collections::BTreeMap, path::Path};

use driftline_tests::sets::workspace;

use super::*;
use crate::{
    server::{Server, Tokens},
    stack::folder,
};

/// Rows a second of each of the three. Ten seconds are the longest window, so none of them ever holds the 300 rows that
/// deciding takes.
const RATE: usize = 20;

/// Events of a sample's file as JSON, without those values that make it slow or wrong: only the data drifts here.
fn events(file: &str) -> Vec<Value> {
    let path = workspace().join("web/samples/transactions").join(file);
    let csv = std::fs::read_to_string(path).unwrap();
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let event = |line: &str| {
        let fields: BTreeMap<&str, &str> = names.iter().copied().zip(line.split(',')).collect();
        let features: BTreeMap<&str, f64> = fields
            .iter()
            .filter(|(name, _)| {
                !["timestamp", "prediction", "probability", "latency_ms", "error"].contains(name)
            })
            .filter_map(|(name, text)| Some((*name, text.parse().ok()?)))
            .collect();
        json!({"features": features, "prediction": fields["prediction"], "latency_ms": 12.5})
    };
    lines.map(event).collect()
}

/// The next rows, from all over a file.
struct Rows<'a>(&'a [Value], usize);

impl Rows<'_> {
    fn next(&mut self) -> Value {
        self.1 += 1;
        self.0[self.1 * 17 % self.0.len()].clone()
    }
}

/// A second's rows: each of the three its share, the fourth all of them.
fn send(replicas: &[Server], whole: &Server, rows: &mut Rows<'_>) {
    let mut all = Vec::new();
    for replica in replicas {
        let mut share: Vec<Value> = (0..RATE).map(|_| rows.next()).collect();
        for event in &mut share {
            event["version"] = "v2".into();
        }
        replica.ask(
            "POST",
            "/monitor",
            "application/json",
            &Value::from(share.clone()).to_string(),
        );
        all.extend(share);
    }
    for event in &mut all {
        event["model"] = "whole".into();
    }
    whole.ask("POST", "/monitor", "application/json", &Value::from(all).to_string());
}

/// The spec that the servers run: the test's policy, and where orders go.
fn spec(folder: &Path, name: &str, rails: Value) -> String {
    let mut spec = short_times();
    spec["live"]["extend_to"] = json!("10s");
    spec["triggers"] = json!([]);
    spec["rails"] = rails;
    let path = folder.join(name);
    std::fs::write(&path, spec.to_string()).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn what_only_all_replicas_together_can_see_rolls_back_once() {
    let mut exported = short_times();
    exported["live"]["extend_to"] = json!("10s");
    let policy = serde_json::from_value::<PolicySpec>(exported).unwrap().check().unwrap();
    let orders: Arc<Mutex<Vec<Request>>> = Arc::default();
    let keeper = orders.clone();
    let receiver = http::serve(move |request| {
        keeper.lock().unwrap().push(request);
        (202, "application/json", "{}".into())
    });

    let folder = folder("fleet");
    let tokens = Tokens::new(&folder);
    let baseline = workspace().join("web/samples/transactions/baseline.csv");
    let baseline = baseline.to_str().unwrap();
    let acting = json!({
        "mode": "auto", "target": "fraud", "settle": "1s",
        // Predictions are as they were: nothing says that the version before would do better.
        "on_inputs_alone": true,
        "url": format!("http://127.0.0.1:{receiver}/rollback"),
    });
    let (acts, looks) =
        (spec(&folder, "acts.json", acting), spec(&folder, "looks.json", json!({"mode": "off"})));
    let allowed = format!("127.0.0.1:{receiver}");
    let replicas: Vec<Server> = ["a", "b", "c"]
        .iter()
        .map(|name| {
            let arguments = ["--baseline", baseline, "--spec", &acts, "--allow-to", &allowed];
            Server::start(&folder, name, &tokens, &arguments)
        })
        .collect();
    let whole = Server::start(&folder, "whole", &tokens, &["--spec", &looks]);
    let csv = std::fs::read_to_string(baseline).unwrap();
    whole.ask(
        "POST",
        "/v1/references?model=whole&activate=true&source=baseline.csv",
        "text/csv",
        &csv,
    );
    for replica in &replicas {
        for version in ["v1", "v2"] {
            let body = json!({ "version": version }).to_string();
            replica.ask("PUT", "/v1/target", "application/json", &body);
        }
    }

    let targets: Vec<u16> = replicas.iter().chain([&whole]).map(|server| server.port).collect();
    let stack = Stack::start(&policy, &targets, replicas[0].port, &tokens.operator);
    let secs = Duration::from_secs;
    let up = "count(up{job=\"driftline\"} == 1)";
    stack.wait("scrape of four servers", secs(20), || stack.value(up).filter(|n| *n > 3.5));

    let (steady, moved) = (events("baseline.csv"), events("current.csv"));
    let (mut steady, mut moved) = (Rows(&steady, 0), Rows(&moved[moved.len() * 3 / 4..], 0));
    let second = |rows: &mut Rows<'_>| {
        let began = std::time::Instant::now();
        send(&replicas, &whole, rows);
        thread::sleep(secs(1).saturating_sub(began.elapsed()));
    };
    for _ in 0..12 {
        second(&mut steady);
    }
    assert!(stack.query("ALERTS{action=\"rollback\"}").is_empty(), "steady rows");

    let firing = "ALERTS{alertname=\"CriticalDataDrift\",alertstate=\"firing\",model=\"default\"}";
    let mut waited = 0;
    while orders.lock().unwrap().is_empty() {
        second(&mut moved);
        waited += 1;
        let alerts = || replicas[0].get("/alerts");
        assert!(
            waited < 60,
            "no order\n{:?}\n{}\n{}",
            stack.query(firing),
            alerts(),
            replicas[0].get("/v1/audit")
        );
    }
    // It goes on, and is told again: the incident has had its action.
    for _ in 0..10 {
        second(&mut moved);
    }
    let found = |model: &str| {
        stack.value(&format!("max(model_feature:driftline_psi:live{{model=\"{model}\"}})"))
    };
    let (sum, seen) = (found("default").unwrap(), found("whole").unwrap());
    assert!(sum > 0.25 && (sum / seen - 1.0).abs() < 0.1, "{sum} of the sum, {seen} of the whole");

    let orders = orders.lock().unwrap().clone();
    assert_eq!(orders.len(), 1, "{orders:?}");
    let order: Value = serde_json::from_str(&orders[0].body).unwrap();
    assert_eq!((orders[0].path.as_str(), &order["action"]), ("/rollback", &json!("rollback")));
    assert_eq!(
        (&order["expected_current_version"], &order["target_version"]),
        (&json!("v2"), &json!("v1"))
    );
    // None of the three holds rows enough to alert by itself.
    for replica in &replicas {
        let (alerts, drift) = (replica.get("/alerts"), replica.get("/drift"));
        assert_eq!(alerts["firing"], 0, "{alerts}");
        assert!(drift["window"]["rows"].as_u64().is_some_and(|rows| rows < 300), "{drift}");
    }
    let trail = replicas[0].get("/v1/audit");
    assert!(trail["rows"].to_string().contains("CriticalDataDrift"), "{trail}");
    check_counts(&stack);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// To the row: what the three counted is what the fourth did.
fn check_counts(stack: &Stack) {
    let counted = |model: &str| -> BTreeMap<(String, String), u64> {
        let sum =
            format!("sum by (feature, bin) (driftline_feature_bin_total{{model=\"{model}\"}})");
        let samples = stack.query(&sum);
        let key = |labels: &Value, name: &str| labels[name].as_str().unwrap_or_default().to_owned();
        samples
            .iter()
            .map(|(labels, n)| ((key(labels, "feature"), key(labels, "bin")), *n as u64))
            .collect()
    };
    stack.wait("equal counts", Duration::from_secs(10), || {
        let (sum, whole) = (counted("default"), counted("whole"));
        assert!(sum.len() >= 50, "{sum:?}");
        (sum == whole).then_some(())
    });
}
