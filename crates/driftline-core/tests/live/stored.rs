//! The compact form.

use driftline_core::{
    codec::DecodeError,
    live::{LiveWindows, PanePlan},
    policy::Policy,
    reference::Reference,
};

use crate::rows::{Draws, Row, at, batch, monitor, plan, policy, reference, schema};

fn counted(reference: &Reference, plan: PanePlan, seconds: u64) -> LiveWindows {
    let mut live = LiveWindows::new(reference, plan);
    let mut draws = Draws(5);
    for n in 0..seconds / 20 {
        let mut row = Row::new(Some(at(n * 20)), &mut draws);
        row.city = if n % 3 == 0 { format!("new {n}") } else { row.city };
        row.failed = n % 4 == 0;
        live.count(reference, &schema(), &batch(&[row]), at(n * 20)).unwrap();
        if let Some(window) = live.window(reference, at(n * 20)) {
            let report = monitor().compare(reference, &window.window, "live", at(n * 20));
            live.evidence(&window, &report, &Policy::default());
        }
    }
    live
}

#[test]
fn what_was_stored_is_what_comes_back() {
    let reference = reference();
    let plan = plan(&reference, &Policy::default());
    let empty = LiveWindows::new(&reference, plan.clone());
    for live in [empty, counted(&reference, plan.clone(), 8000)] {
        let bytes = live.encode();
        let back = LiveWindows::decode(&bytes, &reference, plan.clone()).unwrap();
        assert_eq!(back, live);
        assert_eq!(back.encode(), bytes);
    }
}

#[test]
fn a_state_that_was_cut_or_altered_is_refused() {
    let reference = reference();
    let plan = plan(&reference, &Policy::default());
    let bytes = counted(&reference, plan.clone(), 60).encode();
    let decodes = |bytes: &[u8]| LiveWindows::decode(bytes, &reference, plan.clone()).is_ok();
    assert!(decodes(&bytes));
    for end in 0..bytes.len() {
        assert!(!decodes(&bytes[..end]), "cut to {end}");
    }
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(!decodes(&altered), "bit {bit}");
    }
}

#[test]
fn a_state_of_another_plan_is_refused_where_its_counts_mean_something_else() {
    let reference = reference();
    let bytes = counted(&reference, plan(&reference, &Policy::default()), 8000).encode();
    let under =
        |json: &str| LiveWindows::decode(&bytes, &reference, plan(&reference, &policy(json)));
    for (json, part) in [
        (r#"{"live": {"every": "30s"}}"#, "panes of 30s"),
        (r#"{"objectives": {"latency": [{"quantile": 0.5, "threshold": "1s"}]}}"#, "thresholds"),
    ] {
        let Err(DecodeError::OtherPlan(message)) = under(json) else { panic!("{json}") };
        assert!(message.contains(part), "{message}");
    }
    // How far back the window may reach is only how much is kept.
    let shorter = under(r#"{"live": {"extend_to": "10m", "window": "5m"}}"#).unwrap();
    assert_eq!(shorter.panes().panes().next().unwrap().0, at(7980 - 600));
    assert_eq!(shorter.panes().totals().counted, 400);
}
