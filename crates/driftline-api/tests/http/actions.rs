//! From events, or from Alertmanager, to an action: behind the rails.

use driftline_core::trigger::{Effect, audit};

use super::*;

/// A policy that acts by itself.
fn auto() -> Value {
    json!({
        "rails": {"mode": "auto", "url": "https://deploy.example/{action}/{target}/{target_version}", "target": "fraud",
                  "settle": "1s"},
        "rules": [{"name": "CriticalDataDrift", "metric": "psi_score", "threshold": 0.25, "for": "2m",
                   "severity": "critical", "action": "rollback"},
                  {"name": "CriticalP99Latency", "metric": "latency_p99", "threshold": 0.5, "for": "2m",
                   "severity": "critical", "action": "rollback"},
                  {"name": "CriticalErrorRate", "metric": "error_rate", "threshold": 0.05, "for": "2m",
                   "severity": "critical", "action": "rollback"},
                  {"name": "Quiet", "metric": "error_rate", "threshold": 0.5}],
        "triggers": [],
    })
}

fn alerts(status: &str, names: &[&str]) -> Value {
    // As Alertmanager 0.25 sends it, with fields that are not read.
    let alert = |name: &&str| {
        json!({
            "status": status, "labels": {"alertname": name, "severity": "critical", "job": "driftline"},
            "annotations": {"summary": "x", "value": "0.12"}, "startsAt": "2024-01-15T10:35:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus:9090/graph", "fingerprint": "b5bd03e9bc7a1c4e",
        })
    };
    json!({
        "version": "4", "groupKey": "{}:{alertname=\"x\"}", "truncatedAlerts": 0, "status": status, "receiver": "driftline",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager:9093",
        "alerts": names.iter().map(alert).collect::<Vec<_>>(),
    })
}

fn requests(desk: &mut Desk) -> Vec<String> {
    let applied = std::mem::take(&mut desk.applied);
    let effects = applied.into_iter().flat_map(|applied| applied.effects);
    let url = |effect: Effect| match effect {
        Effect::Request(request) => Some(request.url),
        Effect::Line(_) => None,
    };
    effects.filter_map(|effect| url(effect.what)).collect()
}

fn ready() -> Desk {
    let mut desk = Desk::new();
    assert_eq!(desk.order("PUT", "/v1/spec", auto()).status, 200);
    desk.put_baseline("default", 2000);
    desk.order("PUT", "/v1/target", json!({"version": "1"}));
    desk.pass(60);
    desk.order("PUT", "/v1/target", json!({"version": "2"}));
    desk.pass(600);
    desk.post_events("default", 500, 0.0, Some("2"));
    desk.pass(60);
    desk.applied.clear();
    desk
}

#[test]
fn an_alert_of_prometheus_rolls_back_once_and_not_past_the_rails() {
    let mut desk = ready();
    // Of errors nobody here has said anything; Prometheus has.
    let response = desk.post("/v1/alertmanager", alerts("firing", &["CriticalErrorRate"]));
    assert_eq!(response.text(), "{\"left_alone\":[],\"taken\":1}\n");
    let told = desk.get("/v1/audit").to_string();
    let reason = "error_rate is 0.12 against 0.05, judged by Prometheus since 2024-01-15T10:35:00Z (CriticalErrorRate)";
    assert!(told.contains(reason), "{told}");
    assert_eq!(requests(&mut desk), ["https://deploy.example/rollback/fraud/1"]);
    // It repeats itself, and is the same incident.
    for _ in 0..3 {
        desk.pass(300);
        desk.post("/v1/alertmanager", alerts("firing", &["CriticalErrorRate"]));
    }
    assert_eq!(requests(&mut desk), Vec::<String>::new());
    assert!(desk.get("/v1/target")["incident"].is_object());
    desk.post("/v1/alertmanager", alerts("resolved", &["CriticalErrorRate"]));
    assert!(desk.get("/v1/target").get("incident").is_none());

    // What the rows here certainly contradict asks for nothing, and that is told.
    for name in ["CriticalDataDrift", "CriticalP99Latency"] {
        let mut desk = ready();
        desk.post("/v1/alertmanager", alerts("firing", &[name]));
        let told = desk.get("/v1/audit").to_string();
        assert!(told.contains("the latest window here certainly does not"), "{told}");
        assert_eq!(requests(&mut desk), Vec::<String>::new());
    }
    // An alert of the version before says nothing about the one that serves.
    let mut desk = ready();
    desk.order("PUT", "/v1/target", json!({"version": "3"}));
    let refused = desk.post("/v1/alertmanager", alerts("firing", &["CriticalErrorRate"])).text();
    assert!(refused.contains("found one since 2024-01-15T10:35:00Z"), "{refused}");
    assert_eq!(requests(&mut desk), Vec::<String>::new());
    // Nor does anything happen while all is switched off.
    let mut desk = ready();
    assert_eq!(desk.post("/v1/triggers/kill-switch", json!({"on": true, "by": "eve"})).status, 200);
    desk.post("/v1/alertmanager", alerts("firing", &["CriticalErrorRate"]));
    assert_eq!(requests(&mut desk), Vec::<String>::new());
    assert_eq!(desk.get("/alerts")["kill_switch"], true);
}

#[test]
fn an_alert_without_a_rule_or_an_action_is_left_alone_and_told() {
    let mut desk = ready();
    let response = desk.post("/v1/alertmanager", alerts("firing", &["Quiet", "Unknown"]));
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    assert_eq!(body["taken"], 0);
    assert_eq!(body["left_alone"][1]["alert"], "Unknown");
    assert_eq!(requests(&mut desk), Vec::<String>::new());
    let bad = desk.post(
        "/v1/alertmanager",
        json!({"alerts": [{"status": "odd", "labels": {"severity": 1}}, 3,
            {"status": "firing", "labels": {"alertname": "Quiet"}},
            {"status": "firing", "labels": {"alertname": "Quiet"}, "startsAt": "today"}]}),
    );
    assert_eq!(bad.status, 422);
    let places: Vec<String> = faults(&bad).into_iter().map(|(place, _)| place).collect();
    assert_eq!(
        places,
        [
            "/alerts/0/status",
            "/alerts/0/labels/alertname",
            "/alerts/1",
            "/alerts/1/labels",
            "/alerts/2/startsAt",
            "/alerts/3/startsAt"
        ]
    );
}

#[test]
fn slow_answers_roll_back_and_every_decision_is_in_the_trail() {
    let mut desk = ready();
    for _ in 0..20 {
        let slow: Vec<Value> = (0..400)
            .map(|i| json!({"features": {"amount": i % 100}, "latency_ms": 900, "version": "2"}))
            .collect();
        assert_eq!(desk.post("/monitor", slow).status, 200);
        desk.pass(30);
    }
    let rules = desk.get("/api/v1/rules");
    let rule = |name: &str| {
        let rules = rules["data"]["groups"][0]["rules"].as_array().unwrap();
        rules.iter().find(|rule| rule["name"] == name).unwrap().clone()
    };
    assert_eq!(rule("CriticalP99Latency")["state"], "firing");
    assert_eq!(rule("CriticalP99Latency")["duration"], 120.0);
    assert_eq!(rule("Quiet")["state"], "inactive");
    let firing = desk.get("/api/v1/alerts");
    assert_eq!(firing["data"]["alerts"][0]["labels"]["alertname"], "CriticalP99Latency");
    let firing = desk.get("/alerts?state=firing");
    assert_eq!(firing["alerts"].as_array().unwrap().len(), 1);
    let trail = desk.get("/v1/audit");
    assert!(trail["rows"].to_string().contains("\"acted\""), "{trail}");
    let rows: Vec<audit::AuditRow> = desk
        .applied
        .iter()
        .flat_map(|applied| applied.audit.iter().map(|row| row.what.clone()))
        .collect();
    let sequences: Vec<u64> = rows.iter().map(|row| row.sequence).collect();
    assert!(sequences.windows(2).all(|pair| pair[1] == pair[0] + 1), "{sequences:?}");
    let windows = desk.get("/v1/windows?from=2024-01-15");
    let ends: Vec<&str> =
        windows["windows"].as_array().unwrap().iter().map(|w| w["end"].as_str().unwrap()).collect();
    assert!(ends.len() >= 8 && ends.windows(2).all(|pair| pair[0] < pair[1]), "{ends:?}");
    assert_eq!(requests(&mut desk), ["https://deploy.example/rollback/fraud/1"]);
}

#[test]
fn people_approve_and_unlatch_and_orders_have_results() {
    let mut desk = ready();
    let none = json!({"incident": "none", "action": "rollback", "target_version": "1"});
    let refused = desk.post("/v1/triggers/approve", none);
    assert_eq!(refused.status, 409, "{}", refused.text());
    let mut spec = auto();
    spec["rails"]["mode"] = json!("approve");
    assert_eq!(desk.order("PUT", "/v1/spec", spec).status, 200);
    desk.post("/v1/alertmanager", alerts("firing", &["CriticalErrorRate"]));
    assert_eq!(requests(&mut desk), Vec::<String>::new());
    let incident = desk.get("/v1/target")["incident"]["id"].as_str().unwrap().to_string();
    // A yes to something else than what waits.
    for (action, version) in [("scale_down", None), ("rollback", None), ("rollback", Some("0"))] {
        let body = json!({"incident": incident, "action": action, "target_version": version});
        let refused = desk.post("/v1/triggers/approve", body);
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert!(refused.text().contains("rollback to 1"), "{}", refused.text());
    }
    assert_eq!(requests(&mut desk), Vec::<String>::new());
    let body =
        json!({"incident": incident, "action": "rollback", "target_version": "1", "by": "nobody"});
    let request = Request::new("POST", "/v1/triggers/approve")
        .with_body("application/json", body.to_string())
        .with_header("driftline-actor", "ana");
    let approved = desk.send(&request);
    assert_eq!(approved.status, 200, "{}", approved.text());
    let trail: String = desk.applied.iter().map(|applied| format!("{:?}", applied.audit)).collect();
    assert!(trail.contains("ana") && !trail.contains("nobody"), "{trail}");
    let key = desk.get("/v1/target")["incident"]["progress"]["acted"]["key"]
        .as_str()
        .unwrap()
        .to_string();
    assert_eq!(requests(&mut desk).len(), 1);
    let target = format!("/v1/effects/{key}/result");
    assert_eq!(desk.post(&target, json!({"succeeded": true, "detail": "done"})).status, 200);
    assert_eq!(desk.post("/v1/triggers/unlatch", json!({})).status, 200);
    for (target, body) in [
        ("/v1/triggers/approve", json!({"incident": ""})),
        ("/v1/triggers/approve", json!({"incident": "a"})),
        ("/v1/triggers/approve", json!({"incident": "a", "action": "alert"})),
        ("/v1/triggers/approve", json!({"incident": "a", "action": "rollback", "force": true})),
        ("/v1/triggers/kill-switch", json!({"on": "yes"})),
        ("/v1/triggers/kill-switch", json!([])),
        ("/v1/effects/k/result", json!({})),
    ] {
        assert_eq!(desk.post(target, body.clone()).status, 422, "{target} {body}");
    }
    assert_eq!(desk.order("PUT", "/v1/target", json!({"version": "a\nb"})).status, 422);
}
