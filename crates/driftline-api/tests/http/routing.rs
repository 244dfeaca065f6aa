//! The table of endpoints, and what is none.

use driftline_api::endpoint::ENDPOINTS;

use super::*;

#[test]
fn every_endpoint_answers_and_none_is_undocumented() {
    let mut desk = Desk::new();
    let id = desk.put_baseline("default", 500);
    desk.post_events("default", 400, 0.0, None);
    desk.pass(60);
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.method == "GET") {
        let path = endpoint.path.replace("{id}", &id);
        let response = desk.send(&Request::new("GET", &path));
        assert_eq!(response.status, 200, "{path}: {}", response.text());
        let head = desk.send(&Request::new("HEAD", &path));
        assert!(head.body.is_empty(), "{path}");
        if !matches!(endpoint.path, "/v1/windows" | "/v1/audit" | "/v1/live") {
            assert_eq!(
                head.header("content-length"),
                Some(response.body.len().to_string().as_str())
            );
        }
        let options = desk.send(&Request::new("OPTIONS", &path));
        assert_eq!(options.status, 204);
        assert!(options.header("allow").unwrap().contains("GET, HEAD, OPTIONS"), "{path}");
        let refused = desk.send(&Request::new("GET", &path).with_header("accept", "image/png"));
        assert_eq!(refused.status, 406, "{path}");
    }
}

#[test]
fn what_is_not_there_is_told_with_what_may_be_meant() {
    let mut desk = Desk::new();
    let check = |desk: &mut Desk, method: &str, target: &str, status: u16, says: &str| {
        let response = desk.send(&Request::new(method, target));
        assert_eq!(response.status, status, "{method} {target}");
        assert!(response.text().contains(says), "{method} {target}: {}", response.text());
        response
    };
    check(&mut desk, "GET", "/drfit", 404, "did you mean /drift?");
    check(&mut desk, "GET", "/nothing-like-it-at-all", 404, "/openapi.json lists what there is");
    check(&mut desk, "GET", "/drift/", 404, "did you mean /drift?");
    check(&mut desk, "GET", "/%00", 404, "not-found");
    let response = check(&mut desk, "GET", "/monitor", 405, "expected one of OPTIONS, POST");
    assert_eq!(response.header("allow"), Some("OPTIONS, POST"));
    check(&mut desk, "DELETE", "/drift", 405, "method-not-allowed");
    check(&mut desk, "BREW", "/drift", 405, "found BREW");
    check(&mut desk, "GET", "/drift?modle=x", 400, "modle: expected model, version");
    check(&mut desk, "GET", "/drift?model=", 400, "expected a text of 1 to 200 characters");
    check(&mut desk, "GET", "/drift?model=a&model=b", 400, "found it again");
    check(&mut desk, "GET", "/drift?model=%ff", 400, "expected percent-encoded UTF-8");
    check(&mut desk, "GET", "/v1/windows?from=yesterday", 400, "expected a time");
    check(&mut desk, "GET", "/v1/windows?limit=0", 400, "expected 1 to 5000");
    check(
        &mut desk,
        "GET",
        "/v1/windows?from=2024-01-02&to=2024-01-01",
        400,
        "expected a time before",
    );
    check(&mut desk, "GET", "/alerts?state=broken", 400, "expected one of inactive");
    check(&mut desk, "GET", "/v1/references/00", 404, "expected the id of a kept reference");
    let text = "{\"latency_ms\": 1}";
    for (media_type, status) in [
        ("text/plain", 415),
        ("application/json; charset=latin1", 415),
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
        ("application/x-www-form-urlencoded", 415),
    ] {
        let request = Request::new("POST", "/monitor").with_body(media_type, text);
        assert_eq!(desk.send(&request).status, status, "{media_type}");
    }
    let mut request = Request::new("POST", "/monitor");
    request.body = text.into();
    assert_eq!(desk.send(&request).status, 415);
    for (key, status) in [("abc-123", 200), ("\"quoted\"", 200), ("a b", 400), ("", 400)] {
        let request = Request::new("POST", "/monitor")
            .with_body("application/json", text)
            .with_header("Idempotency-Key", key);
        assert_eq!(desk.send(&request).status, status, "{key}");
    }
}

#[test]
fn an_idempotency_key_names_the_request() {
    let desk = Desk::new();
    let hash = |body: &str| {
        let request = Request::new("POST", "/monitor")
            .with_body("application/json", body)
            .with_header("idempotency-key", "k");
        match route(&desk.station, &desk.host, &request, desk.now) {
            Handling::Commit(commit) => commit.idempotency_key.unwrap().request_hash,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(hash("{\"latency_ms\":1}"), hash("{\"latency_ms\":1}"));
    assert_ne!(hash("{\"latency_ms\":1}"), hash("{\"latency_ms\":2}"));
}

#[test]
fn health_says_why_no_events_are_taken() {
    let mut desk = Desk::new();
    assert_eq!(desk.get("/health")["status"], "ok");
    desk.host.not_ready.push("reading the journal: 40 %".into());
    for (path, status) in [("/health", 503), ("/health/ready", 503), ("/health/live", 200)] {
        let response = desk.send(&Request::new("GET", path));
        assert_eq!(response.status, status);
        assert!(response.text().contains("reading the journal"), "{path}");
    }
    let response = desk.post("/monitor", json!({"latency_ms": 1}));
    assert_eq!((response.status, response.header("retry-after")), (503, Some("1")));
}

#[test]
fn the_document_is_whole() {
    let document = openapi("0.1.0");
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = std::collections::BTreeSet::new();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations += 1;
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_string()), "{path}");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_path =
                |name: &str| parameters.iter().any(|p| p["in"] == "path" && p["name"] == name);
            for part in path.split('/').filter(|part| part.starts_with('{')) {
                assert!(in_path(part.trim_matches(['{', '}'])), "{path}");
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                assert!((200..600).contains(&status.parse::<u16>().unwrap()));
                assert!(!response["description"].as_str().unwrap().is_empty(), "{path} {status}");
            }
            assert_eq!(
                operation.get("requestBody").is_some(),
                matches!(method.as_str(), "post" | "put") && !path.ends_with("/activate"),
                "{method} {path}"
            );
        }
    }
    assert_eq!(operations, ENDPOINTS.len());
    check_references(&document, &document);
}

/// Every `$ref` leads somewhere.
fn check_references(value: &Value, document: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            }
            fields.values().for_each(|value| check_references(value, document));
        }
        Value::Array(values) => values.iter().for_each(|value| check_references(value, document)),
        _ => {}
    }
}
