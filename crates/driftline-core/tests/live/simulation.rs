//! Random lives of live windows that feed an engine: rows late, out of order and from the future, clocks that jump, restarts
//! at any tick. What must never happen does not, by what is known of the rows themselves.

use alloc::collections::BTreeSet;

use driftline_core::{
    engine::{Engine, Input, Outcome},
    evidence::Evidence,
    live::{LiveWindows, Panes, Taken},
    policy::Policy,
    reference::Reference,
    time::Timestamp,
    trigger::Effect,
};

use crate::rows::{Draws, Row, SECOND, START, batch, monitor, plan, policy, reference, schema};

/// What the service does in a life.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Life {
    /// Good times and bad ones take turns.
    Mixed,
    /// Nothing is ever wrong.
    Good,
    /// All is wrong, in so few rows that nothing can be said.
    Sparse,
}

#[derive(Default)]
struct Sum {
    orders: u64,
    looks: u64,
    without_data: u64,
    extended: u64,
    taken: Taken,
}

/// One host of the model: windows and an engine.
struct Host<'r> {
    reference: &'r Reference,
    policy: Policy,
    live: LiveWindows,
    engine: Engine,
}

impl Host<'_> {
    fn restart(&mut self) {
        let plan = plan(self.reference, &self.policy);
        self.live = LiveWindows::decode(&self.live.encode(), self.reference, plan).unwrap();
        self.engine = Engine::restore(self.policy.clone(), &self.engine.snapshot()).unwrap();
    }

    fn look(&mut self, now: Timestamp) -> (Option<Evidence>, Outcome) {
        let evidence = self.live.window(self.reference, now).map(|window| {
            let report = monitor().compare(self.reference, &window.window, "live", now);
            self.live.evidence(&window, &report, &self.policy)
        });
        let input = evidence.clone().map_or(Input::Tick, Input::Window);
        (evidence, self.engine.handle(input, now))
    }
}

fn rows(draws: &mut Draws, now: Timestamp, life: Life, is_bad: bool) -> Vec<Row> {
    let n = match life {
        Life::Sparse => draws.below(2),
        _ if draws.below(12) == 0 => 0,
        _ => 20 + draws.below(200),
    };
    let seconds = |n: u64| n * SECOND;
    (0..n)
        .map(|_| {
            let at = now.micros().unsigned_abs();
            let at = match draws.below(40) {
                0 => None,
                1 => Some(at - seconds(draws.below(8000))),
                2 => Some(at + seconds(draws.below(300))),
                3 => Some(at + seconds(1_000_000)),
                _ => Some(at - seconds(draws.below(20))),
            };
            let mut row = Row::new(at.map(|at| Timestamp::EPOCH.later(at)), draws);
            if is_bad {
                row.amount = 900.0;
                row.failed = draws.below(3) == 0;
                row.latency_ms = 2000.0;
            }
            row
        })
        .collect()
}

fn live(seed: u64, reference: &Reference, sum: &mut Sum) {
    let mut draws = Draws(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x00C0_FFEE);
    let life =
        [Life::Mixed, Life::Mixed, Life::Mixed, Life::Good, Life::Sparse][draws.below(5) as usize];
    let inputs = draws.below(2) == 0;
    let policy = policy(&format!(
        r#"{{"rails": {{"mode": "auto", "url": "https://deploy/{{action}}", "on_inputs_alone": {inputs}, "cooldown": "5m"}}}}"#
    ));
    let host = || Host {
        reference,
        policy: policy.clone(),
        live: LiveWindows::new(reference, plan(reference, &policy)),
        engine: Engine::new(policy.clone()),
    };
    let (mut steady, mut restarted) = (host(), host());
    let mut replicas = vec![Panes::new(reference, plan(reference, &policy)); 3];
    let mut now = Timestamp::EPOCH.later(START + draws.below(7 * 24 * 3600) * SECOND);
    for version in ["1", "2"] {
        let told = Input::TargetChanged { version: version.into() };
        steady.engine.handle(told.clone(), now);
        restarted.engine.handle(told, now);
    }
    // Long enough ago for the change to have settled.
    now = now.later(24 * 3600 * SECOND);
    let mut is_bad = life == Life::Sparse;
    let mut incidents = BTreeSet::new();
    let mut bad_windows = BTreeSet::new();
    for _ in 0..70 {
        now = now.later(match draws.below(60) {
            0 => 3600 * SECOND * (1 + draws.below(12)),
            1 => 60 * SECOND * draws.below(30),
            _ => SECOND * (5 + draws.below(30)),
        });
        if life == Life::Mixed && draws.below(15) == 0 {
            is_bad = !is_bad;
        }
        let came = batch(&rows(&mut draws, now, life, is_bad));
        // A clock that runs back counts its rows where it was.
        let runs_back = draws.below(30) == 0;
        let at = if runs_back { Timestamp::from_micros(now.micros() - 3_600_000_000) } else { now };
        let taken = steady.live.count(reference, &schema(), &came, at).unwrap();
        assert_eq!(taken.counted + taken.late + taken.future, came.rows() as u64, "seed {seed}");
        assert_eq!(restarted.live.count(reference, &schema(), &came, at), Ok(taken));
        // Each replica's clock is its own; all of them agree.
        let replica = &mut replicas[draws.below(3) as usize];
        replica.count(reference, &schema(), &came, now).unwrap();
        if draws.below(6) == 0 {
            restarted.restart();
        }
        assert_eq!(steady.live.is_due(at), restarted.live.is_due(at));
        if !steady.live.is_due(at) {
            continue;
        }
        let (evidence, outcome) = steady.look(at);
        let again = restarted.look(at);
        assert_eq!((&evidence, &outcome), (&again.0, &again.1), "seed {seed}: a restart shows");
        if !runs_back {
            assert!(outcome.problems.is_empty(), "seed {seed}, {at}: {:?}", outcome.problems);
        }
        sum.looks += 1;
        match &evidence {
            None => sum.without_data += 1,
            Some(evidence) => {
                let window = steady.live.panes().window(reference, at).unwrap();
                sum.extended += u64::from(window.extended);
                let is_certain = evidence.rows >= policy.live.min_samples && life == Life::Mixed;
                if is_certain {
                    bad_windows.insert(evidence.id);
                }
            }
        }
        for effect in &outcome.effects {
            let Effect::Request(request) = effect else { continue };
            let what = format!("seed {seed}, {life:?}, {at}: {request:?}");
            let evidence = evidence.as_ref().expect(&what);
            assert_eq!(life, Life::Mixed, "{what}");
            assert!(evidence.rows >= policy.live.min_samples, "{what}");
            assert!(at.since(evidence.end) <= policy.live.max_age.micros(), "{what}");
            assert!(bad_windows.len() >= 3, "three distinct windows: {what}");
            assert!(incidents.insert(request.order.incident.clone()), "two actions: {what}");
            sum.orders += 1;
        }
    }
    assert_eq!(restarted.live, steady.live, "seed {seed}");
    assert_eq!(restarted.engine, steady.engine, "seed {seed}");
    // The three replicas together counted what the one host did, but for the rows of its clock's lapses.
    let end = steady.live.panes().latest().unwrap();
    let mut together = Panes::new(reference, plan(reference, &policy));
    replicas.iter().rev().for_each(|panes| together.merge(panes, end).unwrap());
    let of = |taken: Taken| taken.counted + taken.late + taken.future;
    assert_eq!(of(together.totals()), of(steady.live.panes().totals()), "seed {seed}");
    let totals = steady.live.panes().totals();
    sum.taken.counted += totals.counted;
    sum.taken.by_arrival += totals.by_arrival;
    sum.taken.late += totals.late;
    sum.taken.future += totals.future;
    sum.taken.clock_ran_back += totals.clock_ran_back;
}

fn check_lives(seeds: core::ops::Range<u64>) {
    let reference = reference();
    let mut sum = Sum::default();
    let n = seeds.end - seeds.start;
    seeds.for_each(|seed| live(seed, &reference, &mut sum));
    println!(
        "{n} lives, {} looks, {} without rows, {} extended, {} orders, rows {:?}",
        sum.looks, sum.without_data, sum.extended, sum.orders, sum.taken
    );
    // Each of what these lives are about came up.
    assert!(sum.orders > n / 20 && sum.extended > n && sum.without_data > 0);
    assert!(sum.taken.late > n && sum.taken.future > n && sum.taken.clock_ran_back > n / 10);
}

#[test]
fn in_random_lives_restarts_change_nothing_and_nothing_is_done_on_doubt() {
    check_lives(0..60);
}

#[test]
#[ignore = "long: run by `make soak`"]
fn in_many_random_lives_restarts_change_nothing_and_nothing_is_done_on_doubt() {
    check_lives(1_000..2_500);
}
