//! References, learning one, and specs.

use super::*;

#[test]
fn a_reference_goes_in_and_out_in_every_form() {
    let mut desk = Desk::new();
    let id = desk.put_baseline("default", 500);
    let stored = desk.send(
        &Request::new("GET", &format!("/v1/references/{id}"))
            .with_header("accept", "application/octet-stream"),
    );
    let text = desk.send(&Request::new("GET", &format!("/v1/references/{id}")));
    assert_eq!(text.header("content-type"), Some("application/json"));
    for (media_type, body) in
        [("application/octet-stream", stored.body), ("application/json", text.body)]
    {
        let mut other = Desk::new();
        let request = Request::new("POST", "/v1/references").with_body(media_type, body);
        let response = other.send(&request);
        assert_eq!(response.status, 201, "{}", response.text());
        assert!(response.text().contains(&id));
        assert_eq!(other.get("/v1/references")[0]["rows"], 500);
    }
    let second = desk.send(
        &Request::new("POST", "/v1/references?activate=false&source=/tmp/x/b.csv")
            .with_body("text/csv", "amount\n1\n2\n3\n"),
    );
    let second: Value = serde_json::from_slice(&second.body).unwrap();
    assert_eq!((&second["active"], &second["source"]), (&json!(false), &json!("b.csv")));
    let second = second["id"].as_str().unwrap();
    assert_eq!(desk.send(&Request::new("DELETE", &format!("/v1/references/{id}"))).status, 409);
    let target = format!("/v1/references/{second}/activate");
    assert_eq!(desk.send(&Request::new("POST", &target)).status, 200);
    assert_eq!(desk.send(&Request::new("DELETE", &format!("/v1/references/{id}"))).status, 204);
    assert_eq!(desk.send(&Request::new("GET", &format!("/v1/references/{id}"))).status, 404);
    assert_eq!(desk.get("/v1/references").as_array().unwrap().len(), 1);
}

#[test]
fn a_baseline_that_cannot_be_read_is_refused() {
    let mut desk = Desk::new();
    for (media_type, body, says) in [
        ("text/csv", "", ""),
        ("text/csv", "amount\n", "expected a baseline with rows"),
        ("application/json", "{\"schema\": \"driftline.reference/v2\"}", ""),
        (
            "application/octet-stream",
            "driftlR\u{2}but cut short, whatever follows it there and on",
            "",
        ),
    ] {
        let request = Request::new("POST", "/v1/references").with_body(media_type, body);
        let response = desk.send(&request);
        assert_eq!(response.status, 422, "{body}: {}", response.text());
        assert!(response.text().contains(says), "{}", response.text());
    }
    assert_eq!(desk.station.models().count(), 0);
}

#[test]
fn the_oldest_reference_goes_first_and_the_active_one_stays() {
    let mut desk = Desk::new();
    let first = desk.put_baseline("default", 100);
    for rows in 1..=10 {
        desk.pass(15);
        let text = format!("amount\n{}", "1\n".repeat(rows));
        let target = "/v1/references?activate=false";
        assert_eq!(
            desk.send(&Request::new("POST", target).with_body("text/csv", text)).status,
            201
        );
    }
    let kept = desk.get("/v1/references");
    let kept = kept.as_array().unwrap();
    assert_eq!(kept.len(), 8);
    assert!(kept.iter().any(|reference| reference["id"] == first.as_str()));
    let rows: Vec<u64> = kept.iter().map(|reference| reference["rows"].as_u64().unwrap()).collect();
    assert!(!rows.contains(&1) && rows.contains(&10), "{rows:?}");
}

#[test]
fn a_reference_is_learnt_from_the_first_events() {
    let mut desk = Desk::new();
    assert_eq!(desk.post("/v1/learn", json!({"events": 600})).status, 202);
    desk.post_events("default", 400, 0.0, None);
    let drift = desk.get("/drift");
    assert_eq!(drift["reason"]["code"], "learning");
    assert_eq!(
        (&drift["reason"]["learnt"], &drift["reason"]["wanted"]),
        (&json!(400), &json!(600))
    );
    assert_eq!(desk.get("/v1/learn")["learnt"], 400);
    desk.post_events("default", 200, 0.0, None);
    assert_eq!(desk.get("/v1/learn")["learning"], false);
    let learnt = desk.get("/v1/references");
    assert_eq!((&learnt[0]["rows"], &learnt[0]["active"]), (&json!(600), &json!(true)));
    let kinds: Vec<String> = learnt[0]["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| format!("{} {} {}", c["name"], c["role"], c["kind"]).replace('"', ""))
        .collect();
    assert_eq!(
        kinds,
        [
            "prediction prediction categorical",
            "probability probability numeric",
            "latency_ms latency numeric",
            "amount feature numeric",
            "country feature categorical",
        ]
    );
    desk.post_events("default", 500, 0.0, None);
    assert_eq!(desk.get("/drift")["severity"], "none");
    desk.post_events("default", 1000, 60.0, None);
    assert_eq!(desk.get("/drift")["drifted_features"], json!(["amount"]));
    for body in
        [json!({"events": 0}), json!({"events": 1.5}), json!({}), json!({"events": 10_000_000})]
    {
        assert_eq!(desk.post("/v1/learn", body.clone()).status, 422, "{body}");
    }
}

#[test]
fn a_learnt_reference_is_the_one_that_the_same_file_gives() {
    let mut desk = Desk::new();
    desk.post("/v1/learn", json!({"events": 500}));
    let events: Vec<Value> = (0..500)
        .map(|i| json!({"features": {"amount": i * 7 % 113, "country": format!("c{}", i % 7)}}))
        .collect();
    desk.post("/monitor", events);
    let mut text = String::from("amount,country\n");
    for i in 0..500 {
        text += &format!("{},c{}\n", i * 7 % 113, i % 7);
    }
    let response = desk.send(&Request::new("POST", "/v1/references").with_body("text/csv", text));
    let uploaded: Value = serde_json::from_slice(&response.body).unwrap();
    let kept = desk.get("/v1/references");
    // One id: the content is the same.
    assert_eq!(kept.as_array().unwrap().len(), 1);
    assert_eq!(kept[0]["id"], uploaded["id"]);
}

#[test]
fn a_spec_is_checked_before_it_is_taken() {
    let mut desk = Desk::new();
    let own = desk.get("/v1/spec");
    assert_eq!((&own["own"], &own["spec"]["bins"]), (&json!(false), &json!(10)));
    assert_eq!(own["spec"]["rules"].as_array().unwrap().len(), 5);
    let bad = json!({"bins": 7, "rails": {"max_rollbacks": 0}, "rules": [{"name": "no good", "metric": "psi_score", "threshold": 1}]});
    for (method, target) in [("POST", "/v1/spec/check"), ("PUT", "/v1/spec")] {
        let response = desk.order(method, target, bad.clone());
        assert_eq!(response.status, 422);
        let places: Vec<String> = faults(&response).into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["/bins", "/rules/0/name", "/rails/max_rollbacks"]);
        let request = Request::new(method, target).with_body("application/json", "{\"bins\": }");
        let response = desk.send(&request);
        assert_eq!((response.status, faults(&response)[0].0.as_str()), (400, "1:10"));
        assert_eq!(desk.order(method, target, json!({"bin": 3})).status, 422);
        assert_eq!(desk.order(method, target, json!([])).status, 422);
    }
    assert_eq!(desk.post("/v1/spec/check", json!({"bins": 20})).status, 200);
    assert_eq!(desk.get("/v1/spec")["own"], false);
    assert_eq!(desk.order("PUT", "/v1/spec", json!({"bins": 20})).status, 200);
    let own = desk.get("/v1/spec");
    assert_eq!((&own["own"], &own["spec"]["bins"]), (&json!(true), &json!(20)));
    // What is written out can be sent back.
    assert_eq!(desk.order("PUT", "/v1/spec", own["spec"].clone()).status, 200);
    assert_eq!(desk.get("/v1/spec")["hash"], own["hash"]);
}
