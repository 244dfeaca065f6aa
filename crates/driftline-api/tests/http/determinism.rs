//! The station is a function of its commands.

use driftline_api::command::{ExternalAlert, Label, Truth};
use driftline_core::trigger::Claim;
use proptest::prelude::*;

use super::*;

/// Something that a host may do.
#[derive(Clone, Debug)]
enum Step {
    Events { rows: u32, moved: f64, model: usize, version: Option<usize>, late_seconds: u64 },
    Pass(u64),
    ClockBack(u64),
    Baseline(usize),
    Learn(u64),
    Labels,
    Target(usize),
    KillSwitch(bool),
    Spec(usize),
    External(bool),
    Merge,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_u32..120, 0_u8..3, 0_usize..2, prop::option::of(0_usize..3), 0_u64..200).prop_map(
            |(rows, moved, model, version, late_seconds)| {
                Step::Events { rows, moved: f64::from(moved) * 30.0, model, version, late_seconds }
            }
        ),
        6 => (15_u64..1200).prop_map(Step::Pass),
        1 => (1_u64..4000).prop_map(Step::ClockBack),
        2 => (0_usize..2).prop_map(Step::Baseline),
        1 => (1_u64..200).prop_map(Step::Learn),
        2 => Just(Step::Labels),
        1 => (0_usize..3).prop_map(Step::Target),
        1 => any::<bool>().prop_map(Step::KillSwitch),
        1 => (0_usize..3).prop_map(Step::Spec),
        1 => any::<bool>().prop_map(Step::External),
        1 => Just(Step::Merge),
    ]
}

const MODELS: [&str; 2] = ["default", "other"];
const SPECS: [&str; 3] = [
    "{}",
    r#"{"bins": 5, "triggers": [{"metric": "psi_score", "threshold": 0.1, "action": "rollback"}]}"#,
    r#"{"live": {"min_samples": 50}, "rules": []}"#,
];

/// A station that asks are put to, and what came of them.
struct Run {
    desk: Desk,
    commands: Vec<(Command, Timestamp)>,
}

impl Run {
    fn ask(&mut self, request: &Request, now: Timestamp) {
        match route(&self.desk.station, &self.desk.host, request, now) {
            Handling::Commit(commit) => self.apply(commit.command, now),
            Handling::Respond(response) => assert!(response.status < 500, "{}", response.text()),
            other => panic!("{other:?}"),
        }
    }

    fn apply(&mut self, command: Command, now: Timestamp) {
        self.desk.station.apply(command.clone(), now);
        self.commands.push((command, now));
    }
}

/// The commands of a run, each with its instant.
fn commands(steps: &[Step]) -> Vec<(Command, Timestamp)> {
    let mut run = Run { desk: Desk::new(), commands: Vec::new() };
    let mut now = run.desk.now;
    let mut sent = 0_u32;
    for step in steps {
        let json_body = |target: &str, body: Value| {
            Request::new("POST", target).with_body("application/json", body.to_string())
        };
        match step {
            Step::Events { rows, moved, model, version, late_seconds } => {
                let at = Timestamp::from_micros(now.micros() - *late_seconds as i64 * 1_000_000);
                let events: Vec<Value> = (0..*rows)
                    .map(|row| {
                        sent += 1;
                        let mut event = json!({
                            "features": {"amount": f64::from(row * 37 % 100) + moved, "country": format!("c{}", row % 5)},
                            "prediction": format!("p{}", row % 2), "probability": 0.25, "latency_ms": f64::from(row),
                            "error": row % 50 == 0, "id": format!("e{sent}"), "model": MODELS[*model],
                            "timestamp": at.to_string(),
                        });
                        if let Some(version) = version {
                            event["version"] = json!(format!("v{version}"));
                        }
                        event
                    })
                    .collect();
                run.ask(&json_body("/monitor", events.into()), now);
            }
            Step::Pass(seconds) => {
                for _ in 0..seconds.div_ceil(15).min(40) {
                    now = now.later(15_000_000);
                    run.apply(Command::Tick, now);
                }
            }
            Step::ClockBack(seconds) => {
                now = Timestamp::from_micros(now.micros() - *seconds as i64 * 1_000_000);
            }
            Step::Baseline(model) => {
                let mut text = String::from("amount,country,prediction,probability\n");
                for row in 0..300 {
                    text += &format!("{},c{},p{},0.{}\n", row % 100, row % 4, row % 2, row % 10);
                }
                let target = format!("/v1/references?model={}", MODELS[*model]);
                run.ask(&Request::new("POST", &target).with_body("text/csv", text), now);
            }
            Step::Learn(events) => run.ask(&json_body("/v1/learn", json!({"events": events})), now),
            Step::Labels => {
                let labels = (0..30).map(|i| Label {
                    id: format!("e{}", sent.saturating_sub(i)),
                    label: Truth::Text(format!("p{}", i % 2)),
                });
                let command = Command::Labels { model: "default".into(), labels: labels.collect() };
                run.apply(command, now);
            }
            Step::Target(version) => {
                let body = json!({"version": format!("v{version}")}).to_string();
                let request = Request::new("PUT", "/v1/target").with_body("application/json", body);
                run.ask(&request, now);
            }
            Step::KillSwitch(on) => {
                run.ask(&json_body("/v1/triggers/kill-switch", json!({"on": on})), now)
            }
            Step::Spec(spec) => {
                let request =
                    Request::new("PUT", "/v1/spec").with_body("application/json", SPECS[*spec]);
                run.ask(&request, now);
            }
            Step::External(fires) => {
                let alert = ExternalAlert {
                    model: "default".into(),
                    rule: "CriticalDataDrift".into(),
                    claim: fires.then_some(Claim { since: now, value: Some(0.6) }),
                };
                let command = Command::External { alerts: vec![alert] };
                run.apply(command, now);
            }
            Step::Merge => {
                let other = Host { replica: "b".into(), ..Host::default() };
                let get = Request::new("GET", "/v1/state");
                let Handling::Respond(bundle) = route(&run.desk.station, &other, &get, now) else {
                    panic!()
                };
                let request = Request::new("POST", "/v1/state")
                    .with_body("application/octet-stream", bundle.body);
                run.ask(&request, now);
            }
        }
    }
    run.commands
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn commands_survive_their_form_and_a_restart_anywhere_changes_nothing(
        steps in prop::collection::vec(step(), 1..14),
        restart_after in any::<prop::sample::Index>(),
    ) {
        let commands = commands(&steps);
        prop_assume!(!commands.is_empty());
        let restart_after = restart_after.index(commands.len());
        let (mut straight, mut restarted) = (Station::new(), Station::new());
        for (i, (command, now)) in commands.iter().enumerate() {
            let bytes = command.encode();
            prop_assert_eq!(&Command::decode(&bytes).unwrap().encode(), &bytes);
            let (a, b) = (straight.apply(command.clone(), *now), restarted.apply(Command::decode(&bytes).unwrap(), *now));
            prop_assert_eq!(a, b);
            if i == restart_after {
                let snapshot = restarted.snapshot();
                restarted = Station::restore(&snapshot).unwrap();
                prop_assert!(restarted.snapshot() == snapshot, "a restored snapshot differs");
            }
        }
        prop_assert!(straight.snapshot() == restarted.snapshot(), "a restart has changed the future");
        let now = commands.last().unwrap().1;
        for path in ["/drift", "/latency", "/alerts", "/metrics", "/v1/report?model=other"] {
            let request = Request::new("GET", path);
            let host = Host::default();
            prop_assert_eq!(route(&straight, &host, &request, now), route(&restarted, &host, &request, now));
        }
    }

    #[test]
    fn altered_bytes_are_refused_or_harmless(cut in any::<prop::sample::Index>(), bit in 0_u8..8, is_cut in any::<bool>()) {
        let mut desk = Desk::new();
        desk.put_baseline("default", 200);
        desk.post_events("default", 20, 0.0, Some("1"));
        let mut snapshot = desk.station.snapshot();
        let at = cut.index(snapshot.len());
        if is_cut { snapshot.truncate(at); } else { snapshot[at] ^= 1 << bit; }
        prop_assert!(Station::restore(&snapshot).is_err());
        // A command has no checksum of its own: it decodes to something or not, and is applied either way.
        let mut command = Command::Labels {
            model: "default".into(), labels: vec![Label { id: "a".into(), label: Truth::Number(1.0) }; 5],
        }.encode();
        let at = cut.index(command.len());
        if is_cut { command.truncate(at); } else { command[at] ^= 1 << bit; }
        if let Ok(command) = Command::decode(&command) {
            desk.station.apply(command, desk.now);
        }
    }
}
