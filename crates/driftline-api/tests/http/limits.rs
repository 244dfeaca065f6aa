//! Whatever is sent, what is kept is bounded.

use super::*;

#[test]
fn a_hundred_thousand_features_are_capped_and_counted() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 500);
    let features: serde_json::Map<String, Value> =
        (0..100_000).map(|i| (format!("feature_{i}"), json!(i))).collect();
    let before = desk.station.snapshot().len();
    for model in ["default", "new"] {
        let response = desk.post("/monitor", json!({"features": features, "model": model}));
        assert_eq!(response.text(), "{\"accepted\":1,\"dropped_feature_values\":90000}\n");
    }
    // Names past the first hundred are told of nowhere.
    assert!(desk.station.snapshot().len() - before < 1 << 20);
    let metrics = desk.send(&Request::new("GET", "/metrics"));
    assert!(metrics.text().contains("reason=\"feature_limit\"} 90000"));
    assert!(metrics.body.len() < 1 << 20);
}

#[test]
fn learning_keeps_no_more_values_than_it_says() {
    let mut desk = Desk::new();
    desk.post("/v1/learn", json!({"events": 100_000}));
    for batch in 0..12 {
        let features: serde_json::Map<String, Value> =
            (0..20_000).map(|i| (format!("f{batch}_{i}"), json!(i))).collect();
        desk.post("/monitor", json!({"features": features}));
    }
    assert!(desk.station.snapshot().len() < 64 << 20);
    assert_eq!(desk.get("/v1/learn")["learnt"], 12);
}

#[test]
fn one_request_has_an_end() {
    let mut desk = Desk::new();
    let many = vec![json!({"latency_ms": 1}); 50_001];
    let response = desk.post("/monitor", many);
    assert_eq!(response.status, 413);
    assert!(response.text().contains("at most 50000 events"), "{}", response.text());
    // Each event with a feature of its own: columns would be mostly empty.
    let sparse: Vec<Value> = (0..5000).map(|i| json!({"features": {format!("f{i}"): 1}})).collect();
    assert_eq!(desk.post("/monitor", sparse).status, 413);
    let models: Vec<Value> =
        (0..40).map(|i| json!({"latency_ms": 1, "model": format!("m{i}")})).collect();
    assert_eq!(desk.post("/monitor", models).status, 413);
    let wide = json!({"columns": {"a": vec![1; 50_001]}});
    assert_eq!(desk.post("/monitor", wide).status, 413);
    let large =
        Request::new("POST", "/monitor").with_body("application/json", vec![b' '; (16 << 20) + 1]);
    assert_eq!(desk.send(&large).status, 413);
    assert_eq!(desk.station.models().count(), 0);
}

#[test]
fn there_are_so_many_models_and_versions_and_no_more() {
    let mut desk = Desk::new();
    for i in 0..110 {
        desk.post("/monitor", json!({"latency_ms": 1, "model": format!("m{i}")}));
    }
    assert_eq!(desk.station.models().count(), 100);
    let response = desk.post("/monitor", json!({"latency_ms": 1, "model": "one more"}));
    assert_eq!(response.text(), "{\"accepted\":0,\"refused\":1}\n");
    let response = desk.post("/v1/learn?model=another", json!({"events": 5}));
    assert_eq!(response.status, 422);
    for i in 0..40 {
        desk.post("/monitor", json!({"latency_ms": 1, "model": "m0", "version": format!("v{i}")}));
    }
    assert_eq!(desk.get("/latency?model=m0")["count"], 41);
    assert_eq!(desk.get("/latency?model=m0&version=v3")["count"], 1);
    assert_eq!(desk.send(&Request::new("GET", "/latency?model=m0&version=v30")).status, 404);
}

#[test]
fn long_texts_are_cut_and_told() {
    let mut desk = Desk::new();
    let long = "č".repeat(1000);
    let response = desk.post("/monitor", json!({"features": {"text": long}, "prediction": long}));
    assert_eq!(response.text(), "{\"accepted\":1,\"cut_texts\":2}\n");
    let response = desk.post("/monitor", json!({"features": {long: 1}}));
    assert_eq!(response.status, 422);
    assert!(
        response.text().len() < 1000,
        "what was sent is not repeated whole: {}",
        response.text()
    );
}
