//! What must hold whatever bytes the decoders are given: an error, or a value that everything accepts.

use driftline_core::{
    bins::Resolution,
    codec::{Content, DecodeError},
    column::{Batch, Bitmap, Column, Dictionary, Values},
    convention::Convention,
    engine::{Engine, Input},
    evidence::{Evidence, Observed},
    live::{LiveWindows, PanePlan},
    metric::Metric,
    policy::{Policy, PolicySpec},
    reference::Reference,
    report::Report,
    schema::{Field, Kind, Origin, Role, Schema},
    spec::CompareSpec,
    time::Timestamp,
    trigger::{Action, Proposal},
    window::Window,
};
use sha2::{Digest, Sha256};

/// `payload` as the content of a file whose hash is right.
pub(crate) fn sealed(content: Content, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [&content.magic()[..], payload].concat();
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// As they are, as the content of a sealed file, and as JSON.
pub(crate) fn check_reference(input: &[u8]) {
    let json = core::str::from_utf8(input)
        .map_err(|_| DecodeError::Malformed)
        .and_then(Reference::from_json);
    for reference in
        [Reference::decode(input), Reference::decode(&sealed(Content::Reference, input)), json]
            .into_iter()
            .flatten()
    {
        assert_eq!(Reference::decode(&reference.encode()).as_ref(), Ok(&reference));
        let mut window = Window::empty(&reference, Resolution::Grid);
        window
            .merge(&Window::empty(&reference, Resolution::Grid))
            .expect("both are on one reference");
        check_report(&reference, &window);
    }
}

/// As they are, and as the content of a sealed file, on a reference.
pub(crate) fn check_window(reference: &Reference, input: &[u8]) {
    for bytes in [input, &sealed(Content::Window, input)] {
        if let Ok(mut window) = Window::decode(bytes, reference) {
            assert_eq!(Window::decode(&window.encode(), reference).as_ref(), Ok(&window));
            check_report(reference, &window);
            let twice = window.clone();
            window.merge(&twice).expect("both are on one reference");
        }
    }
}

/// A policy that may act, over all that a window says.
fn policy() -> Policy {
    let mut spec = PolicySpec::default();
    spec.rails.mode = driftline_core::trigger::Mode::Auto;
    spec.rails.url = Some("https://deploy/{action}".into());
    spec.rules.extend(driftline_core::rule::burn_rate_rules(&spec.objectives.availability));
    spec.check().expect("a sound policy")
}

/// The state of an engine, as it is and as the content of a sealed file: what is taken handles whatever comes.
pub(crate) fn check_engine(input: &[u8]) {
    for bytes in [input, &sealed(Content::Engine, input)] {
        let Ok(mut engine) = Engine::restore(policy(), bytes) else { continue };
        let again = Engine::restore(policy(), &engine.snapshot()).expect("its own snapshot");
        assert_eq!(again.state(), engine.state());
        let now = engine.state().last_now.unwrap_or(Timestamp::EPOCH);
        let incident = engine.state().incident.as_ref().map_or("none".into(), |it| it.id.clone());
        let id = engine.state().window.as_ref().map_or(0, |window| window.id);
        let proposal = engine.state().incident.as_ref().and_then(|it| it.proposal().cloned());
        let proposal =
            proposal.unwrap_or(Proposal { action: Action::Rollback, target_version: None });
        let by = || "a person".into();
        for (n, minutes) in (1_u64..).zip([0_u64, 1, 1, 1, 30, 600, 1_000_000]) {
            let now = now.later(60_000_000_u64.saturating_mul(minutes));
            let start = Timestamp::from_micros(now.micros() - 60_000_000);
            let mut window = Evidence::new(id.saturating_add(n), start, now, 1000);
            for (metric, value) in
                [("error_rate", 0.9), ("prediction_psi", 2.0), ("latency_p99", 9.0)]
            {
                let metric = Metric::parse(metric).expect("a metric");
                window.values.insert(metric, Observed::new(value, 1000));
            }
            for input in [
                Input::Tick,
                Input::Window(window),
                Input::TargetChanged { version: "2".into() },
                Input::Approve { incident: incident.clone(), proposal: proposal.clone(), by: by() },
                Input::EffectResult { key: incident.clone(), succeeded: false, detail: by() },
                Input::KillSwitch { on: n % 2 == 0, by: by() },
                Input::Unlatch { by: by() },
            ] {
                engine.handle(input, now);
            }
        }
        engine.handle(Input::Tick, Timestamp::from_micros(i64::MIN));
        engine.handle(Input::Tick, Timestamp::from_micros(i64::MAX));
        assert!(Engine::restore(policy(), &engine.snapshot()).is_ok());
    }
}

/// Live windows on a reference that has `amount` and `city`: what is taken is counted into, looked at and merged.
pub(crate) fn check_live(reference: &Reference, input: &[u8]) {
    let monitor = CompareSpec::default().check().expect("a sound spec");
    let policy = policy();
    let plan = || PanePlan::of(&monitor, &policy, reference);
    for bytes in [input, &sealed(Content::Live, input)] {
        let Ok(mut live) = LiveWindows::decode(bytes, reference, plan()) else { continue };
        let again = LiveWindows::decode(&live.encode(), reference, plan());
        assert_eq!(again.as_ref(), Ok(&live));
        let now = live.panes().latest().unwrap_or(Timestamp::EPOCH);
        let (schema, batch) = rows();
        for minutes in [0_u64, 1, 59, 600, 1_000_000, 1 << 60] {
            let now = now.later(60_000_000_u64.saturating_mul(minutes));
            live.count(reference, &schema, &batch, now).expect("on the same reference");
            live.panes().window_so_far(reference, now).expect("a row was just counted");
            if let Some(window) = live.window(reference, now) {
                let report = monitor.compare(reference, &window.window, "live", now);
                live.evidence(&window, &report, &policy);
            }
            let mut twice = live.clone();
            twice.merge(live.panes(), now).expect("both are on one reference");
            assert!(LiveWindows::decode(&live.encode(), reference, plan()).is_ok());
        }
        live.count(reference, &schema, &batch, Timestamp::from_micros(i64::MIN)).expect("as above");
    }
}

/// Two rows, one of them with a level that nobody has seen.
fn rows() -> (Schema, Batch) {
    let field = |name: &str, kind| Field {
        name: name.into(),
        kind,
        role: Role::Feature,
        role_from: Origin::Default,
        time_form: None,
    };
    let mut dictionary = Dictionary::default();
    ["level 1", "never seen"].iter().for_each(|level| _ = dictionary.push(level));
    let all = || Bitmap::all_set(2);
    let columns = vec![
        Column::new(Values::Number(vec![1.0, f64::NAN]), all(), 0),
        Column::new(Values::Text { codes: vec![0, 1], dictionary }, all(), 0),
        Column::new(Values::Number(vec![1.0, 2.0]), all(), 0),
    ];
    let fields = vec![
        field("amount", Kind::Numeric),
        field("city", Kind::Categorical),
        field("other", Kind::Numeric),
    ];
    (Schema { fields }, Batch::new(2, columns).expect("columns of two rows"))
}

fn check_report(reference: &Reference, window: &Window) {
    for convention in Convention::ALL {
        let monitor =
            CompareSpec { convention, ..CompareSpec::default() }.check().expect("a sound spec");
        let report = monitor.compare(reference, window, "current", Timestamp::EPOCH);
        // A number that is none is written as null and read as an error.
        assert_eq!(Report::from_json(&report.to_json()).as_ref(), Ok(&report));
    }
}
