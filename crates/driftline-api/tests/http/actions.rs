//! From events, or from Alertmanager, to an action: behind the rails.

use driftline_api::{endpoint::MODELS_HEADER, notice};
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
    let refused = desk.post("/v1/alertmanager", alerts("firing", &["CriticalErrorRate"]));
    let refused = refused.text();
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

#[test]
fn the_end_of_one_alert_of_a_rule_is_not_the_end_of_another() {
    let mut desk = ready();
    let name = &["CriticalErrorRate"][..];
    // Two clusters, one group: one fires on, the other has ended.
    let mut group = alerts("firing", name);
    let mut ended = alerts("resolved", name)["alerts"][0].clone();
    ended["labels"]["cluster"] = json!("b");
    ended["fingerprint"] = json!("0102030405060708");
    group["alerts"].as_array_mut().unwrap().push(ended);
    let response = desk.post("/v1/alertmanager", group);
    assert_eq!(response.text(), "{\"left_alone\":[],\"taken\":1}\n");
    assert_eq!(requests(&mut desk), ["https://deploy.example/rollback/fraud/1"]);
    desk.pass(60);
    assert!(desk.get("/v1/target")["incident"].is_object());
}

#[test]
fn an_alert_of_a_server_is_no_evidence_for_itself() {
    let mut desk = ready();
    let mut group = alerts("firing", &["CriticalErrorRate"]);
    group["alerts"][0]["labels"]["source"] = json!(notice::SOURCE);
    let response = desk.post("/v1/alertmanager", group);
    assert_eq!(response.text(), "{\"left_alone\":[],\"taken\":0}\n");
    assert_eq!(requests(&mut desk), Vec::<String>::new());
}

/// Events and looks for so many seconds; the notices of each look.
fn told(desk: &mut Desk, seconds: u64, moved: f64) -> Vec<notice::Notice> {
    let mut told = Vec::new();
    for _ in 0..seconds / 15 {
        desk.post_events("default", 400, moved, None);
        desk.applied.clear();
        desk.pass(15);
        for applied in std::mem::take(&mut desk.applied) {
            told.extend(notice::notices(&desk.station, &applied.transitions, desk.now));
        }
    }
    told
}

#[test]
fn alertmanager_is_told_while_an_alert_fires_and_once_that_it_ended() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 2000);
    assert_eq!(told(&mut desk, 120, 0.0), []);
    // Twelve minutes of drift: all three steps of the ladder fire.
    let while_firing = told(&mut desk, 900, 60.0);
    let of = |notices: &[notice::Notice], name: &str| -> Vec<(String, Value)> {
        let of = notices.iter().filter(|notice| notice.subject == format!("default/{name}"));
        of.map(|notice| (notice.event.clone(), notice.body[0].clone())).collect()
    };
    let critical = of(&while_firing, "CriticalDataDrift");
    let first = &critical[0].1;
    assert_eq!(
        first["labels"],
        json!({"alertname": "CriticalDataDrift", "severity": "critical", "model": "default", "ladder": "psi_score",
               "source": "driftline_server"})
    );
    let value: f64 = first["annotations"]["value"].as_str().unwrap().parse().unwrap();
    assert!(value > 0.25, "{value}");
    // Told at every look, and the same for a minute: the outbox takes each id once.
    let ids: std::collections::BTreeSet<&String> = critical.iter().map(|(id, _)| id).collect();
    assert!(
        critical.len() > 30
            && ids.len() >= critical.len() / 4
            && ids.len() <= critical.len() / 4 + 1
    );
    let instant = |value: &Value| Timestamp::parse(value.as_str().unwrap()).unwrap();
    for (_, body) in &critical {
        assert_eq!(body["startsAt"], first["startsAt"]);
        let lasts = instant(&body["endsAt"]).since(instant(&body["startsAt"]));
        assert_eq!(lasts % 60_000_000, 0);
    }
    let after = told(&mut desk, 1800, 0.0);
    let after = of(&after, "CriticalDataDrift");
    let (ended, firing): (Vec<_>, Vec<_>) =
        after.iter().partition(|(_, body)| body.get("startsAt").is_none());
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert!(firing.iter().all(|(_, body)| body["startsAt"] == first["startsAt"]));
    assert_eq!(after.last().unwrap().0, ended[0].0);
}

#[test]
fn a_caller_for_some_models_reaches_no_other() {
    let mut desk = Desk::new();
    desk.put_baseline("a", 500);
    desk.put_baseline("b", 500);
    let limited = |method: &str, target: &str, body: Value| {
        let request = Request::new(method, target).with_header(MODELS_HEADER, "a\nc");
        if body.is_null() {
            request
        } else {
            request.with_body("application/json", body.to_string())
        }
    };
    let event = |model: &str| json!({"latency_ms": 1, "model": model});
    let alert = |model: &str| json!({"alerts": [{"status": "resolved", "labels": {"alertname": "x", "model": model}}]});
    for (method, target, body, status) in [
        ("GET", "/drift?model=a", Value::Null, 200),
        ("GET", "/drift?model=b", Value::Null, 403),
        ("GET", "/drift", Value::Null, 403),
        ("GET", "/v1/windows?model=b", Value::Null, 403),
        ("GET", "/v1/live?model=b", Value::Null, 403),
        ("GET", "/metrics", Value::Null, 403),
        ("GET", "/api/v1/alerts", Value::Null, 403),
        ("GET", "/health", Value::Null, 503),
        ("POST", "/monitor", event("a"), 200),
        ("POST", "/monitor", json!([event("a"), event("b")]), 403),
        ("POST", "/monitor", json!({"latency_ms": 1}), 403),
        ("POST", "/v1/labels?model=b", json!([]), 403),
        ("PUT", "/v1/spec?model=c", json!({}), 200),
        ("PUT", "/v1/spec?model=b", json!({}), 403),
        ("POST", "/v1/triggers/kill-switch?model=a", json!({"on": true}), 200),
        ("POST", "/v1/triggers/kill-switch", json!({"on": true}), 403),
        ("POST", "/v1/alertmanager", alert("a"), 200),
        ("POST", "/v1/alertmanager", alert("b"), 403),
    ] {
        let response = desk.send(&limited(method, target, body));
        let is_health = target == "/health";
        assert!(
            response.status == status || is_health && response.status == 200,
            "{method} {target}: {} {}",
            response.status,
            response.text()
        );
    }
    assert_eq!(desk.get("/latency?model=b")["count"], 0);
}
