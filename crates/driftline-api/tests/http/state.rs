//! Replicas add up what they hold.

use super::*;

fn bundle(desk: &mut Desk) -> Vec<u8> {
    desk.send(&Request::new("GET", "/v1/state")).body
}

fn merge(desk: &mut Desk, bundle: &[u8]) -> Response {
    let request = Request::new("POST", "/v1/state").with_body("application/octet-stream", bundle);
    desk.send(&request)
}

#[test]
fn replicas_that_add_up_say_what_one_would_that_saw_everything() {
    let mut desks: Vec<Desk> = ["a", "b", "c"]
        .map(|name| {
            let mut desk = Desk::new();
            desk.host.replica = name.into();
            desk.put_baseline("default", 2000);
            desk
        })
        .into();
    let mut all = Desk::new();
    all.put_baseline("default", 2000);
    for (i, desk) in desks.iter_mut().enumerate() {
        let (rows, moved) = (300 + 100 * i as u32, 10.0 * i as f64);
        desk.post_events("default", rows, moved, Some("1"));
        all.post_events("default", rows, moved, Some("1"));
    }
    let bundles: Vec<Vec<u8>> = desks.iter_mut().map(bundle).collect();
    let expected = all.get("/drift");
    // In both orders, and one of them twice.
    for order in [[1, 2, 1], [2, 1, 2]] {
        let mut desk = Desk::new();
        desk.put_baseline("default", 2000);
        desk.post_events("default", 300, 0.0, Some("1"));
        for at in order {
            assert_eq!(merge(&mut desk, &bundles[at]).status, 200);
        }
        assert_eq!(desk.get("/drift"), expected);
        let (found, wanted) = (desk.get("/latency"), all.get("/latency"));
        assert_eq!(found, wanted);
    }
    // A replica's later bundle takes the place of its earlier one.
    let early = bundles[1].clone();
    desks[1].post_events("default", 50, 0.0, Some("1"));
    let late = bundle(&mut desks[1]);
    merge(&mut desks[0], &late);
    let response = merge(&mut desks[0], &early);
    assert!(response.text().contains("\"taken\":false"), "{}", response.text());
    assert_eq!(desks[0].get("/latency")["count"], 300 + 400 + 50);
}

#[test]
fn a_bundle_that_does_not_fit_is_refused() {
    let mut desk = Desk::new();
    desk.put_baseline("default", 500);
    let own = bundle(&mut desk);
    assert_eq!(merge(&mut desk, &own).status, 409);
    desk.host.replica = "b".into();
    for at in [0, 7, 20, own.len() - 1] {
        let mut altered = own.clone();
        altered[at] ^= 1;
        assert_eq!(merge(&mut desk, &altered).status, 422, "{at}");
        assert_eq!(merge(&mut desk, &own[..at]).status, 422, "{at}");
    }
    desk.put_baseline("default", 501);
    assert_eq!(merge(&mut desk, &own).status, 409);
}
