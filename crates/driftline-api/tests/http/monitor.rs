//! `POST /monitor` and what it leads to.

use super::*;

/// The event of the design, verbatim.
const EVENT: &str = r#"{"features": {"transaction_amount": 150.0, "transaction_hour": 14, "days_since_last_transaction": 1.5,
              "transaction_count_24h": 3, "distance_from_home": 5.0},
 "prediction": "legitimate", "probability": 0.88, "latency_ms": 12.5}"#;

fn send(media_type: &str, body: &str) -> Response {
    Desk::new().send(&Request::new("POST", "/monitor").with_body(media_type, body))
}

#[test]
fn the_event_of_the_readme_is_taken() {
    let response = send("application/json", EVENT);
    assert_eq!((response.status, response.text()), (200, "{\"accepted\":1}\n"));
}

#[test]
fn every_form_says_the_same() {
    let forms = [
        (
            "application/json",
            r#"[{"features": {"amount": 1.5, "country": "de"}, "prediction": 1, "latency_ms": 3},
            {"features": {"amount": 2.5, "country": null}, "prediction": 0, "latency_ms": -1}]"#,
        ),
        (
            "application/x-ndjson",
            "{\"features\": {\"amount\": 1.5, \"country\": \"de\"}, \"prediction\": 1, \"latency_ms\": 3}\n\n\
            {\"features\": {\"country\": null, \"amount\": 2.5}, \"prediction\": 0, \"latency_ms\": -1}\r\n",
        ),
        (
            "application/json",
            r#"{"columns": {"amount": [1.5, 2.5], "country": ["de", null], "prediction": [1, 0], "latency_ms": [3, -1]}}"#,
        ),
        (
            "application/json",
            "\u{feff}{\"columns\": {\"prediction\": [1, 0], \"latency_ms\": [3, -1], \"features\": {\"amount\": [1.5, 2.5], \"country\": [\"de\", null]}}}",
        ),
    ];
    let snapshots = forms.map(|(media_type, body)| {
        let mut desk = Desk::new();
        let put = desk.put_baseline("default", 500);
        assert_eq!(put.len(), 32);
        let response = desk.send(&Request::new("POST", "/monitor").with_body(media_type, body));
        assert_eq!(response.text(), "{\"accepted\":2}\n");
        let latency = desk.get("/latency");
        assert_eq!((&latency["count"], &latency["invalid"]), (&json!(1), &json!(1)));
        desk.station.snapshot()
    });
    assert!(snapshots.iter().all(|snapshot| *snapshot == snapshots[0]));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let check = |body: &str, status: u16, expected: &[(&str, &str)]| {
        let response = send("application/json", body);
        let found = faults(&response);
        assert_eq!(response.status, status, "{body}: {}", response.text());
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        assert_eq!(found.len(), expected.len(), "{body}: {found:?}");
        for ((place, detail), (at, says)) in found.iter().zip(expected) {
            assert_eq!(place, at, "{body}");
            assert!(detail.contains(says), "{body}: expected \"{says}\" in \"{detail}\"");
        }
    };
    // Not JSON: line and column.
    check("{\"features\": {\"a\": 1,}}", 400, &[("1:22", "trailing comma")]);
    check("{\"features\":\n {\"a\": NaN}}", 400, &[("2:8", "expected value")]);
    check("{\"latency_ms\": 1e999}", 400, &[("1:20", "number out of range")]);
    check("", 400, &[("1:0", "EOF")]);
    check("{\"prediction\": \"\\ud800\"}", 400, &[("1:23", "")]);
    check("[{\"latency_ms\": 1}] x", 400, &[("1:21", "trailing characters")]);
    check(&"[".repeat(200), 400, &[("1:200", "EOF")]);
    // Another type: a pointer each.
    check("17", 422, &[("", "expected an event, an array of events")]);
    check("{}", 422, &[("", "found none")]);
    check(
        r#"{"features": {"a": [1], "b/c~": {}}, "latency_ms": "fast", "model": 3, "probability": true}"#,
        422,
        &[
            ("/features/a", "found an array"),
            ("/features/b~1c~0", "found an object"),
            ("/latency_ms", "expected a number, found a text"),
            ("/model", "expected a text, found a number"),
            ("/probability", "expected a number, found true"),
        ],
    );
    check(r#"{"features": 3}"#, 422, &[("/features", "found a number")]);
    check(
        r#"{"latency": 3}"#,
        422,
        &[("/latency", "did you mean \"latency_ms\"?"), ("", "found none")],
    );
    check(
        r#"[{"latency_ms": 3}, 4, {"timestamp": "soon"}]"#,
        422,
        &[
            ("/1", "expected an event (an object), found a number"),
            ("/2/timestamp", "found \"soon\""),
        ],
    );
    check(
        r#"{"features": {"a": 1, "a": 2}}"#,
        422,
        &[("/features/a", "expected each feature once")],
    );
    check(r#"{"label": 1, "label": 2}"#, 422, &[("/label", "found it again")]);
    check(
        "{\"features\": {\"a\\u0000b\": 2}}",
        422,
        &[("/features/a\u{fffd}b", "control characters")],
    );
    check(r#"{"features": {"": 2}}"#, 422, &[("/features/", "found an empty text")]);
    check(
        r#"{"columns": {"a": [1, 2], "b": [1]}}"#,
        422,
        &[("/columns/b", "expected 2 values as in \"a\", found 1")],
    );
    check(
        r#"{"columns": {"a": 1, "latency_ms": [1, "x"]}}"#,
        422,
        &[
            ("/columns/a", "expected an array of values"),
            ("/columns/latency_ms/1", "expected a number, found a text"),
            ("/columns/latency_ms", "expected 0 values"),
        ],
    );
    check(r#"{"columns": {"a": [1]}, "prediction": 1}"#, 422, &[("/prediction", "beside columns")]);
    check(
        r#"{"timestamp": 1705314600000, "latency_ms": 1}"#,
        422,
        &[("/timestamp", "seconds since 1970")],
    );

    let lines = "{\"latency_ms\": 1}\n{\"latency_ms\": \"x\"}\n\n[]\n";
    let response = send("application/x-ndjson", lines);
    assert_eq!(response.status, 422);
    let places: Vec<String> = faults(&response).into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["2 /latency_ms", "4"]);
    let response = send("application/x-ndjson", "{\"latency_ms\": 1}\n{\"latency_ms\": }\n");
    assert_eq!((response.status, faults(&response)[0].0.as_str()), (400, "2:16"));
}

#[test]
fn a_bad_batch_changes_nothing() {
    let mut desk = Desk::new();
    desk.post_events("default", 3, 0.0, None);
    let before = desk.station.snapshot();
    assert_eq!(desk.post("/monitor", json!([{"latency_ms": 1}, {"latency_ms": "x"}])).status, 422);
    assert_eq!(desk.station.snapshot(), before);
}

#[test]
fn drift_is_told_as_the_design_says() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 2000);
    desk.post_events("default", 1000, 0.0, None);
    let drift = desk.get("/drift");
    assert_eq!(drift["timestamp"], "2024-01-15T10:30:00Z");
    assert_eq!(
        (&drift["features_monitored"], &drift["drift_detected"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(drift["severity"], "none");
    assert!(drift["psi_scores"]["amount"].as_f64().unwrap() < 0.01);

    let mut desk = Desk::new();
    desk.put_baseline("default", 2000);
    desk.post_events("default", 1000, 40.0, None);
    let drift = desk.get("/drift");
    assert_eq!(
        (&drift["drift_detected"], &drift["drifted_features"]),
        (&json!(true), &json!(["amount"]))
    );
    assert_eq!(drift["severity"], "critical");
    // 40 of 100 values move past the end: reference shares 0.1 each; current 0 in four cells, 0.5 in the last.
    let (floor, tenth) = (1e-4_f64, 0.1_f64);
    let expected = 4.0 * (floor - tenth) * (floor / tenth).ln() + 0.4 * 5.0_f64.ln();
    let psi = drift["psi_scores"]["amount"].as_f64().unwrap();
    assert!((psi - expected).abs() < 1e-6, "{psi} {expected}");
    assert_eq!(desk.get("/v1/report")["severity"], "critical");
}

#[test]
fn without_a_reference_nothing_is_decided_and_latencies_count() {
    let mut desk = Desk::new();
    for _ in 0..2 {
        let drift = desk.get("/drift");
        assert_eq!(
            (&drift["severity"], &drift["reason"]["code"]),
            (&json!("inconclusive"), &json!("no_reference"))
        );
        assert_eq!(drift["features_monitored"], 0);
        desk.post_events("default", 400, 0.0, None);
    }
    let latency = desk.get("/latency");
    assert_eq!(latency["count"], 800);
    // The baseline's latencies are 5 to 24 ms: the 95th percentile of these is 23 or 24, at most 0.8 % more.
    let p95 = latency["p95_ms"].as_f64().unwrap();
    assert!((23.0..=24.2).contains(&p95), "{p95}");
    let objectives = latency["objectives"].as_array().unwrap();
    assert_eq!(objectives.len(), 2);
    assert_eq!((&objectives[0]["quantile"], &objectives[0]["met"]), (&json!(0.95), &json!(true)));
    assert_eq!(objectives[0]["share_within"], 1.0);
}

#[test]
fn few_rows_are_no_verdict() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 2000);
    assert_eq!(desk.get("/drift")["reason"]["code"], "no_rows");
    // As uneven over ten cells as chance mostly is: χ² is 13 at 9 degrees of freedom.
    let amounts = [3, 3, 3, 3, 3, 25, 25, 25, 35, 45, 45, 45, 45, 65, 65, 75, 75, 75, 85, 95];
    let event = |(i, amount): (usize, i32)| {
        json!({
            "features": {"amount": amount, "country": (["de", "fr", "cz"][i % 3])}, "prediction": "legitimate",
            "probability": (i % 10) as f64 / 10.0, "latency_ms": 5 + i,
        })
    };
    let few: Vec<Value> = amounts.into_iter().enumerate().map(event).collect();
    assert_eq!(desk.post("/monitor", few).status, 200);
    let drift = desk.get("/drift");
    assert_eq!(drift["reason"]["code"], "few_rows", "{drift}");
    assert_eq!(
        (&drift["drift_detected"], &drift["reason"]["wanted"]),
        (&json!(false), &json!(300))
    );
    assert!(drift["inconclusive_features"].as_array().unwrap().contains(&json!("amount")));
}

#[test]
fn a_text_never_seen_is_a_new_level_and_what_does_not_fit_is_unreadable() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 2000);
    let events = json!([
        {"features": {"amount": 1, "country": "at"}, "prediction": "review"},
        {"features": {"amount": "2.5", "country": "de"}, "prediction": "fraud"},
        {"features": {"amount": "many", "country": "de", "colour": "red"}, "prediction": "fraud"},
        {"features": {"amount": true, "country": 3}, "prediction": "fraud"},
        {"features": {}, "prediction": "fraud"},
    ]);
    assert_eq!(desk.post("/monitor", events).status, 200);
    let report = desk.get("/v1/report");
    let column = |name: &str| {
        let columns = report["columns"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).unwrap().clone()
    };
    assert_eq!(column("amount")["unreadable"]["current"], 2);
    assert_eq!(column("amount")["missing"]["current"], 1);
    let levels: Vec<Value> = column("country")["new_levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["level"].clone())
        .collect();
    assert_eq!(levels.len(), 2, "{levels:?}");
    assert!(column("prediction")["new_levels"].to_string().contains("review"));
    assert!(report["left_out"].to_string().contains("colour"));
    assert!(!report["left_out"].to_string().contains("latency_ms_"));
}

#[test]
fn late_and_future_rows_are_counted_apart() {
    let mut desk = Desk::new();
    let response = desk.post(
        "/monitor",
        json!([
            {"latency_ms": 1, "timestamp": "2024-01-15T10:29:50Z"},
            {"latency_ms": 2, "timestamp": 1_705_314_590},
            {"latency_ms": 3, "timestamp": "2024-01-14T10:30:00Z"},
            {"latency_ms": 4, "timestamp": "2034-01-14T10:30:00Z"},
            {"latency_ms": 5},
        ]),
    );
    assert_eq!(response.text(), "{\"accepted\":5,\"late\":1,\"future\":1}\n");
    assert_eq!(desk.get("/latency")["count"], 3);
}

#[test]
fn models_and_versions_are_apart() {
    let mut desk = Desk::new();
    desk.put_baseline("fraud", 2000);
    desk.post_events("fraud", 400, 0.0, Some("1"));
    desk.post_events("fraud", 400, 40.0, Some("2"));
    desk.post_events("other", 10, 0.0, None);
    assert_eq!(desk.get("/latency?model=other")["count"], 10);
    assert_eq!(desk.get("/latency?model=fraud")["count"], 800);
    assert_eq!(desk.get("/drift?model=fraud&version=1")["drift_detected"], false);
    assert_eq!(desk.get("/drift?model=fraud&version=2")["drift_detected"], true);
    // The one that serves is judged, once somebody tells which one does.
    desk.order("PUT", "/v1/target?model=fraud", json!({"version": "1"}));
    assert_eq!(desk.get("/drift?model=fraud")["drift_detected"], false);
    assert_eq!(desk.get("/drift?model=fraud")["window"]["rows"], 400);
    let unknown = desk.send(&Request::new("GET", "/drift?model=nobody"));
    assert_eq!(unknown.status, 404);
    assert_eq!(desk.send(&Request::new("GET", "/drift?model=fraud&version=3")).status, 404);
}

#[test]
fn labels_that_come_later_are_held_against_predictions() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 500);
    let events: Vec<Value> = (0..100)
        .map(|i| json!({"id": format!("e{i}"), "prediction": if i % 2 == 0 { "fraud" } else { "legitimate" }, "probability": 0.5}))
        .collect();
    assert_eq!(desk.post("/monitor", events).status, 200);
    assert_eq!(desk.get("/v1/labels")["awaited"], 100);
    desk.pass(3600);
    // Ten of them were wrong.
    let labels: Vec<Value> = (0..100)
        .map(|i| {
            let is_fraud = (i % 2 == 0) != (i < 10);
            json!({"id": format!("e{i}"), "label": if is_fraud { "fraud" } else { "legitimate" }})
        })
        .chain([json!({"id": "e0", "label": "fraud"}), json!({"id": "never", "label": "fraud"})])
        .collect();
    let response = desk.post("/v1/labels", labels);
    assert_eq!(response.text(), "{\"matched\":100,\"unknown\":2}\n");
    let status = desk.get("/v1/labels");
    assert_eq!(
        (&status["matched"], &status["unknown"], &status["awaited"]),
        (&json!(100), &json!(2), &json!(0))
    );
    assert_eq!(status["performance"]["rows"], 100);
    assert_eq!(status["performance"]["accuracy"], 0.9);
    let bad = desk.post(
        "/v1/labels",
        json!([{"id": 3}, {"id": "a", "label": []}, {"id": "a", "label": 1, "x": 1}]),
    );
    assert_eq!(bad.status, 422);
    let places: Vec<String> = faults(&bad).into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/0/id", "/0/label", "/1/label", "/2/x"]);
}

/// The column's severity and never-seen levels in the report, once `rows` events of `event` were sent.
fn told_of(
    baseline: &str,
    column: &str,
    rows: usize,
    event: impl Fn(usize) -> Value,
) -> (Value, Value) {
    let mut desk = Desk::new();
    let put = Request::new("POST", "/v1/references").with_body("text/csv", baseline);
    assert_eq!(desk.send(&put).status, 201);
    let events: Vec<Value> = (0..rows).map(event).collect();
    assert_eq!(desk.post("/monitor", events).status, 200);
    let report = desk.get("/v1/report");
    let columns = report["columns"].as_array().unwrap();
    let told = columns.iter().find(|told| told["name"] == column).unwrap();
    (told["severity"].clone(), told["new_levels"].clone())
}

#[test]
fn truth_is_spelled_as_the_baselines_column_spells_it() {
    // A tenth of the rows is true, on both sides, however each of them writes it.
    let is_true = |row: usize| row.is_multiple_of(10);
    let words: [[&str; 2]; 6] = [
        ["0", "1"],
        ["0.0", "1.0"],
        ["false", "true"],
        ["False", "True"],
        ["no", "yes"],
        ["N", "Y"],
    ];
    let sent: [[Value; 2]; 3] =
        [[json!(false), json!(true)], [json!(0), json!(1)], [json!(0.0), json!(1.0)]];
    for name in ["error", "churned", "label", "prediction"] {
        for word in words {
            let mut baseline = format!("amount,{name}\n");
            for row in 0..2000 {
                baseline += &format!("{}.5,{}\n", row % 100, word[usize::from(is_true(row))]);
            }
            for values in &sent {
                let told = told_of(&baseline, name, 1000, |row| {
                    let value = &values[usize::from(is_true(row))];
                    match name {
                        "churned" => json!({"features": {"amount": row, "churned": value}}),
                        _ => json!({"features": {"amount": row}, name: value}),
                    }
                });
                assert_eq!(told, (json!("none"), json!([])), "{name} {word:?} {values:?}");
            }
        }
    }
}

#[test]
fn a_failure_after_a_baseline_without_any_is_the_level_that_the_baseline_would_have_written() {
    let baseline = format!("amount,error\n{}", "1.5,0\n".repeat(2000));
    let (_, levels) =
        told_of(&baseline, "error", 1000, |row| json!({"error": row.is_multiple_of(2)}));
    assert_eq!((&levels[0]["level"], &levels[0]["rows"]), (&json!("1"), &json!(500)), "{levels}");
}

#[test]
fn a_column_that_knows_more_than_truth_takes_values_as_they_are() {
    let rows: String = (0..2000).map(|row| format!("1.5,{}\n", ["0", "1", "x"][row % 3])).collect();
    let baseline = format!("amount,class\n{rows}");
    let (_, levels) = told_of(&baseline, "class", 900, |row| match row % 3 {
        0 => json!({"features": {"class": true}}),
        1 => json!({"features": {"class": 0}}),
        _ => json!({"features": {"class": "x"}}),
    });
    assert_eq!((&levels[0]["level"], levels.as_array().unwrap().len()), (&json!("true"), 1));
    // Texts are what the client wrote: a new spelling is a change of the data.
    let baseline =
        baseline.replace(",0\n", ",yes\n").replace(",1\n", ",yes\n").replace(",x\n", ",no\n");
    let (_, levels) = told_of(&baseline, "class", 900, |_| json!({"features": {"class": "Yes"}}));
    assert_eq!(levels[0]["level"], "Yes");
}

#[test]
fn labels_that_come_later_are_spelled_as_predictions_are() {
    let mut desk = Desk::new();
    let rows: String = (0..2000).map(|row| format!("{},{}\n", row % 100, row % 2)).collect();
    let put = Request::new("POST", "/v1/references")
        .with_body("text/csv", format!("amount,prediction\n{rows}"));
    assert_eq!(desk.send(&put).status, 201);
    let events: Vec<Value> =
        (0..100).map(|row| json!({"id": row.to_string(), "prediction": row % 2 == 0})).collect();
    assert_eq!(desk.post("/monitor", events).status, 200);
    let labels: Vec<Value> =
        (0..100).map(|row| json!({"id": row.to_string(), "label": row % 2 == 0})).collect();
    assert_eq!(desk.post("/v1/labels", labels).status, 200);
    let labels = desk.get("/v1/labels");
    assert_eq!(
        (&labels["matched"], &labels["performance"]["accuracy"]),
        (&json!(100), &json!(1.0)),
        "{labels}"
    );
    assert_eq!(labels["performance"]["positive_class"], "1");
}
