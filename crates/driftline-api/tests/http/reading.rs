//! What takes long is computed from a copy: of the instant at which it was asked for, whatever happens meanwhile.

use driftline_api::prepare;

use super::*;

#[test]
fn a_reading_says_what_was_so_when_it_was_prepared() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 500);
    let event = json!({"features": {"amount": 3.0}, "prediction": "a", "latency_ms": 12.5});
    desk.post("/monitor", vec![event.clone(); 400]);
    for target in ["/drift", "/v1/report", "/metrics", "/drift?model=default"] {
        let request = Request::new("GET", target);
        let before = desk.send(&request);
        let Handling::Read(reading) = prepare(&desk.station, &desk.host, &request, desk.now) else {
            panic!("{target} is answered at once");
        };
        desk.post("/monitor", vec![event.clone(); 100]);
        assert_eq!(reading.response(), before, "{target}");
        assert_ne!(desk.send(&request), before, "{target}: the next answer has the new rows");
    }
}

#[test]
fn a_head_of_a_reading_has_no_body() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 500);
    let response = desk.send(&Request::new("HEAD", "/drift"));
    assert_eq!((response.status, response.body.len()), (200, 0));
}
