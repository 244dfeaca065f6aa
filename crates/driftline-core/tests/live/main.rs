//! Live windows: what becomes of rows that come late, early, out of order and from several replicas, which of them are the
//! live window, when that is evidence anew, and what is kept of it all.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate alloc;

mod burn;
mod rows;
mod simulation;
mod stored;

use driftline_core::{
    bins::Resolution,
    engine::{Engine, Input},
    latency::Micros,
    live::{LiveWindows, OtherPanes, PanePlan, Panes, Taken},
    metric::Metric,
    policy::Policy,
    reference::{DEFAULT_BUDGET_BYTES, ReferenceBuilder},
    spec::MonitorSpec,
    time::Timestamp,
    trigger::Effect,
    window::{Plan, Window, WindowCounter},
};
use rows::{Draws, Row, at, batch, monitor, plan, policy, reference, schema};

fn panes() -> Panes {
    let reference = reference();
    Panes::new(&reference, plan(&reference, &Policy::default()))
}

#[test]
fn every_row_is_counted_or_told_of() {
    let (reference, mut panes, mut draws) = (reference(), panes(), Draws(1));
    let now = at(7200);
    let mut row = |instant: Option<u64>| Row::new(instant.map(at), &mut draws);
    let rows = [
        row(Some(7200)),
        row(None),
        // An hour back is kept, and the pane before that is not.
        row(Some(3600)),
        row(Some(3599)),
        row(Some(0)),
        // Clocks may differ by a minute.
        row(Some(7260)),
        row(Some(7261)),
    ];
    let taken = panes.count(&reference, &schema(), &batch(&rows), now).unwrap();
    let expected = Taken { counted: 4, by_arrival: 1, late: 2, future: 1, clock_ran_back: 0 };
    assert_eq!((taken, panes.totals()), (expected, expected));
    let found: Vec<(Timestamp, u64)> =
        panes.panes().map(|(start, window)| (start, window.rows())).collect();
    assert_eq!(found, [(at(3600), 1), (at(7200), 2), (at(7260), 1)]);
}

#[test]
fn a_clock_that_runs_back_is_told_and_rows_are_counted_where_it_was() {
    let (reference, mut panes, mut draws) = (reference(), panes(), Draws(1));
    let one = |draws: &mut Draws| batch(&[Row::new(None, draws)]);
    panes.count(&reference, &schema(), &one(&mut draws), at(600)).unwrap();
    let taken = panes.count(&reference, &schema(), &one(&mut draws), at(0)).unwrap();
    assert_eq!((taken.counted, taken.clock_ran_back), (1, 1));
    assert_eq!(panes.panes().map(|(start, _)| start).collect::<Vec<_>>(), [at(600)]);
    assert_eq!(panes.latest(), Some(at(600)));
    assert_eq!(panes.window_so_far(&reference, at(0)).unwrap().rows, 2);
}

#[test]
fn rows_that_arrive_one_by_one_are_counted_when_they_arrived() {
    let (reference, mut panes, mut draws) = (reference(), panes(), Draws(1));
    let rows: Vec<Row> = (0..3).map(|_| Row::new(None, &mut draws)).collect();
    let arrived = [at(560), at(590)];
    panes.count_arrived(&reference, &schema(), &batch(&rows), &arrived, at(600)).unwrap();
    let starts: Vec<Timestamp> = panes.panes().map(|(start, _)| start).collect();
    assert_eq!(starts, [at(555), at(585), at(600)]);
}

#[test]
fn what_a_pane_counts_is_what_a_file_of_its_rows_would_say() {
    let (reference, mut panes, mut draws) = (reference(), panes(), Draws(3));
    let mut rows: Vec<Row> = (0..900).map(|i| Row::new(Some(at(i / 15)), &mut draws)).collect();
    for (i, row) in rows.iter_mut().enumerate() {
        row.amount += if i % 3 == 0 { 400.0 } else { 0.0 };
        row.city = if i % 50 == 0 { format!("new {}", i % 4) } else { row.city.clone() };
        row.failed = i % 10 == 0;
    }
    // In an order that has nothing to do with time, in several batches.
    let mut mixed = rows.clone();
    (1..mixed.len()).rev().for_each(|i| mixed.swap(i, draws.below(i as u64 + 1) as usize));
    for part in mixed.chunks(64) {
        panes.count(&reference, &schema(), &batch(part), at(60)).unwrap();
    }
    let live = panes.window(&reference, at(60)).unwrap();
    assert_eq!((live.rows, live.start, live.end, live.extended), (900, at(0), at(60), false));
    assert!(matches!(live.window.resolution(), Resolution::Psi(_)));
    let file_plan =
        Plan { service: plan(&reference, &Policy::default()).service, ..Plan::default() };
    let mut counter = WindowCounter::new(&reference, &schema(), &file_plan);
    counter.count(&batch(&rows));
    let file = counter.finish().window;
    let report = |window: &Window| monitor().compare(&reference, window, "current", at(60));
    let (of_live, of_file) = (report(&live.window), report(&file));
    for name in ["amount", "city"] {
        let psi = |report: &driftline_core::report::Report| {
            report.column(name).unwrap().measures.psi.clone().unwrap()
        };
        assert_eq!(psi(&of_live), psi(&of_file), "{name}");
        assert!(psi(&of_live).value > 0.01, "{name}");
    }
    assert_eq!(of_live.errors, of_file.errors);
    assert_eq!(of_live.latency.unwrap().current, of_file.latency.unwrap().current);
    assert_eq!(of_live.errors.unwrap().count, 90);
}

#[test]
fn the_window_reaches_back_until_it_holds_enough_rows() {
    let reference = reference();
    let policy = policy(r#"{"live": {"min_samples": 100, "extend_to": "10m"}}"#);
    let mut panes = Panes::new(&reference, plan(&reference, &policy));
    let mut draws = Draws(1);
    let mut count = |panes: &mut Panes, second: u64, rows: u64| {
        let rows: Vec<Row> = (0..rows).map(|_| Row::new(Some(at(second)), &mut draws)).collect();
        panes.count(&reference, &schema(), &batch(&rows), at(second)).unwrap();
    };
    // (rows that come, at which second, look, rows of the window, start, end, until)
    for (come, second, look, expected) in [
        (0, 0, 0, None),
        // The pane of 10 s is whole from 15 s on.
        (60, 10, 14, None),
        (0, 0, 15, Some((60, 0, 15, 15))),
        (0, 0, 75, Some((60, 0, 15, 75))),
        (30, 100, 119, Some((90, 0, 105, 105))),
        (20, 400, 420, Some((110, 0, 405, 420))),
        // The first rows are past ten minutes, and the others alone are too few.
        (0, 0, 620, Some((50, 90, 405, 615))),
        (0, 0, 1100, None),
    ] {
        if come > 0 {
            count(&mut panes, second, come);
        }
        panes.forget_old(at(look));
        let found = panes.window(&reference, at(look));
        let found = found.map(|w| (w.rows, w.start, w.end, w.until));
        let expected =
            expected.map(|(rows, start, end, until)| (rows, at(start), at(end), at(until)));
        assert_eq!(found, expected, "{look} s");
    }
    // A window that holds enough within its minute is not extended.
    count(&mut panes, 1110, 100);
    let window = panes.window(&reference, at(1125)).unwrap();
    assert_eq!((window.rows, window.extended, window.panes), (100, false, 4));
    // One row too few, and it reaches back to them.
    let mut few = panes.clone();
    count(&mut few, 1320, 99);
    let window = few.window(&reference, at(1335)).unwrap();
    assert_eq!((window.rows, window.extended, window.start), (199, true, at(1110)));
    // What has come in since the last whole pane, for whoever asks in between.
    count(&mut panes, 1126, 7);
    let window = panes.window_so_far(&reference, at(1127)).unwrap();
    assert_eq!((window.rows, window.end), (107, at(1127)));
}

#[test]
fn replicas_add_up_to_what_one_would_have_counted_in_any_order() {
    let reference = reference();
    let plan = plan(&reference, &Policy::default());
    for seed in 0..20 {
        let mut draws = Draws(seed);
        let mut one = Panes::new(&reference, plan.clone());
        let mut replicas = vec![one.clone(); 4];
        let mut now = 0;
        for _ in 0..200 {
            now += draws.below(60);
            let rows: Vec<Row> = (0..1 + draws.below(5))
                .map(|_| {
                    let instant = match draws.below(10) {
                        0 => None,
                        1 => Some(now.saturating_sub(draws.below(8000))),
                        2 => Some(now + draws.below(120)),
                        _ => Some(now.saturating_sub(draws.below(30))),
                    };
                    let mut row = Row::new(instant.map(at), &mut draws);
                    row.failed = draws.below(10) == 0;
                    row.latency_ms *= if draws.below(10) == 0 { 10.0 } else { 1.0 };
                    if draws.below(2) == 0 {
                        row.city = format!("new {}", draws.below(400));
                    }
                    row
                })
                .collect();
            let rows = batch(&rows);
            one.count(&reference, &schema(), &rows, at(now)).unwrap();
            let replica = draws.below(4) as usize;
            replicas[replica].count(&reference, &schema(), &rows, at(now)).unwrap();
        }
        one.forget_old(at(now));
        for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]] {
            let mut sum = Panes::new(&reference, plan.clone());
            order.iter().for_each(|i| sum.merge(&replicas[*i], at(now)).unwrap());
            assert_eq!(sum, one, "seed {seed}, order {order:?}");
        }
        let (mut left, mut right) = (replicas[0].clone(), replicas[2].clone());
        left.merge(&replicas[1], at(now)).unwrap();
        right.merge(&replicas[3], at(now)).unwrap();
        right.merge(&left, at(now)).unwrap();
        assert_eq!(right, one, "seed {seed}, in pairs");
        assert!(one.totals().late > 0 && one.totals().future > 0);
    }
}

#[test]
fn a_replica_whose_clock_is_ahead_erases_nothing() {
    let reference = reference();
    let plan = plan(&reference, &Policy::default());
    let mut draws = Draws(7);
    let mut counted = |seconds: u64| {
        let mut panes = Panes::new(&reference, plan.clone());
        let rows = batch(&[Row::new(None, &mut draws)]);
        panes.count(&reference, &schema(), &rows, at(seconds)).unwrap();
        panes
    };
    let (own, day) = (counted(1000), 86_400);
    let ahead = counted(1000 + day);
    let mut sum = own.clone();
    sum.merge(&ahead, at(1000)).unwrap();
    // What it counted is a day from now, so none of it is here yet …
    assert!(sum.panes().eq(own.panes()), "{} panes", sum.panes().count());
    // … and rows of now are none that come too late.
    let rows = batch(&[Row::new(None, &mut draws)]);
    let taken = sum.count(&reference, &schema(), &rows, at(1001)).unwrap();
    assert_eq!((taken.counted, taken.late), (1, 0));
    // In the other order, and once its time has come.
    let mut other = Panes::new(&reference, plan.clone());
    other.merge(&ahead, at(1000)).unwrap();
    other.merge(&own, at(1000)).unwrap();
    assert!(other.panes().eq(own.panes()));
    let mut later = Panes::new(&reference, plan);
    later.merge(&ahead, at(1000 + day)).unwrap();
    assert!(later.panes().eq(ahead.panes()));
}

#[test]
fn panes_that_mean_something_else_are_not_added() {
    let reference = reference();
    let own = Panes::new(&reference, plan(&reference, &Policy::default()));
    let with = |json: &str| Panes::new(&reference, plan(&reference, &policy(json)));
    let other = with(r#"{"live": {"every": "30s"}}"#);
    assert!(matches!(own.clone().merge(&other, at(0)), Err(OtherPanes::Length { .. })));
    let other = with(r#"{"objectives": {"latency": [{"quantile": 0.5, "threshold": "1s"}]}}"#);
    assert_eq!(own.clone().merge(&other, at(0)), Err(OtherPanes::Counting));
    let mut builder = ReferenceBuilder::new("other.csv", &schema(), DEFAULT_BUDGET_BYTES);
    builder.push(&batch(&[Row::new(None, &mut Draws(1))]));
    let elsewhere = builder.finish().0;
    let other = Panes::new(&elsewhere, plan(&elsewhere, &Policy::default()));
    assert!(matches!(own.clone().merge(&other, at(0)), Err(OtherPanes::Reference(_))));
    let rows = batch(&[Row::new(None, &mut Draws(1))]);
    assert!(own.clone().count(&elsewhere, &schema(), &rows, at(0)).is_err());
}

#[test]
fn evidence_is_new_once_half_of_its_rows_are() {
    let reference = reference();
    let policy = Policy::default();
    let mut live = LiveWindows::new(&reference, plan(&reference, &policy));
    let mut draws = Draws(1);
    let mut ids = Vec::new();
    // 100 rows in each pane: a minute holds 400, and half of them are new every second pane.
    for pane in 0..12_u64 {
        let rows: Vec<Row> =
            (0..100).map(|i| Row::new(Some(at(pane * 15 + i % 15)), &mut draws)).collect();
        live.count(&reference, &schema(), &batch(&rows), at(pane * 15 + 14)).unwrap();
        let now = at(pane * 15 + 15);
        assert!(live.is_due(now), "pane {pane}");
        let window = live.window(&reference, now).unwrap();
        assert!(!live.is_due(now.later(14_999_999)));
        let report = monitor().compare(&reference, &window.window, "live", now);
        let evidence = live.evidence(&window, &report, &policy);
        assert_eq!((evidence.rows, evidence.end), (window.rows, now));
        ids.push(evidence.id);
        // The same window again is the same evidence.
        assert_eq!(live.evidence(&window, &report, &policy).id, evidence.id);
    }
    // Up to 300 rows decide nothing and hold nothing up; the first 300 are gone by half after the sixth pane.
    assert_eq!(ids, [1, 2, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7]);
    // Numbers go on after those that an engine remembers.
    live.number_after(40);
    let window = live.window(&reference, at(240)).unwrap();
    let report = monitor().compare(&reference, &window.window, "live", at(240));
    assert_eq!(live.evidence(&window, &report, &policy).id, 40);
}

/// Orders of an engine on live windows, for what fails in each pane of 15 s; `rows` come in each.
fn orders(rows: u64, panes: u64, fails: impl Fn(u64) -> bool) -> Vec<u64> {
    let reference = reference();
    let policy = policy(
        r#"{"rules": [], "triggers": [{"metric": "error_rate", "threshold": 0.05, "action": "rollback"}],
            "rails": {"mode": "auto", "url": "https://deploy/{action}"}}"#,
    );
    let mut live = LiveWindows::new(&reference, plan(&reference, &policy));
    let mut engine = Engine::new(policy.clone());
    for version in ["1", "2"] {
        engine.handle(Input::TargetChanged { version: version.into() }, Timestamp::EPOCH);
    }
    let mut draws = Draws(1);
    let mut orders = Vec::new();
    for pane in 0..panes {
        let rows: Vec<Row> = (0..rows)
            .map(|i| {
                let mut row = Row::new(Some(at(pane * 15 + i % 15)), &mut draws);
                row.failed = fails(pane);
                row
            })
            .collect();
        let now = at(pane * 15 + 15);
        live.count(&reference, &schema(), &batch(&rows), now).unwrap();
        let window = live.window(&reference, now).unwrap();
        let report = monitor().compare(&reference, &window.window, "live", now);
        let evidence = live.evidence(&window, &report, &policy);
        let outcome = engine.handle(Input::Window(evidence), now);
        let asks = outcome.effects.iter().filter(|effect| matches!(effect, Effect::Request(_)));
        orders.extend(asks.map(|_| pane));
    }
    orders
}

#[test]
fn a_spike_of_one_pane_rolls_nothing_back_wherever_it_comes() {
    for spike in [0, 1, 2, 3, 7, 20, 21] {
        for rows in [30, 100, 400, 2000] {
            assert_eq!(orders(rows, 60, |pane| pane == spike), [] as [u64; 0], "{spike}, {rows}");
        }
    }
}

#[test]
fn one_incident_is_one_rollback() {
    let found = orders(100, 200, |pane| pane >= 20);
    // The windows that end after panes 21, 23 and 25 are distinct and bad.
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((23..=26).contains(&found[0]), "{found:?}");
}

#[test]
fn a_rule_that_needs_fewer_rows_does_not_count_them_thrice() {
    let reference = reference();
    let policy = policy(
        r#"{"triggers": [], "rules": [
            {"name": "A", "metric": "error_rate", "threshold": 0.05, "min_samples": 100}]}"#,
    );
    let mut live = LiveWindows::new(&reference, plan(&reference, &policy));
    let mut draws = Draws(1);
    let ids: Vec<(u64, u64)> = [100, 199, 2]
        .into_iter()
        .enumerate()
        .map(|(pane, rows)| {
            let second = pane as u64 * 15;
            let rows: Vec<Row> =
                (0..rows).map(|_| Row::new(Some(at(second)), &mut draws)).collect();
            let now = at(second + 15);
            live.count(&reference, &schema(), &batch(&rows), now).unwrap();
            let window = live.window(&reference, now).unwrap();
            let report = monitor().compare(&reference, &window.window, "live", now);
            (window.rows, live.evidence(&window, &report, &policy).id)
        })
        .collect();
    assert_eq!(ids, [(100, 1), (299, 1), (301, 1)]);
}

#[test]
fn latencies_are_decided_exactly_at_the_thresholds_of_rules() {
    let spec: MonitorSpec = serde_json::from_str(
        r#"{"triggers": [], "rules": [{"name": "A", "metric": "latency_p95", "threshold": 0.3}]}"#,
    )
    .unwrap();
    let checked = spec.check().unwrap();
    let reference = reference();
    assert!(checked.monitor.counting().latency_thresholds().contains(&Micros(300_000)));
    let plan = PanePlan::of(&checked.monitor, &checked.policy, &reference);
    let mut live = LiveWindows::new(&reference, plan);
    let mut draws = Draws(1);
    let rows: Vec<Row> = (0..400)
        .map(|i| {
            let mut row = Row::new(Some(at(0)), &mut draws);
            row.latency_ms = if i < 380 { 299.2 } else { 1000.0 };
            row
        })
        .collect();
    live.count(&reference, &schema(), &batch(&rows), at(15)).unwrap();
    let window = live.window(&reference, at(15)).unwrap();
    let report = checked.monitor.compare(&reference, &window.window, "live", at(15));
    let evidence = live.evidence(&window, &report, &checked.policy);
    // Its bucket ends at 301.055 ms.
    assert_eq!(
        Micros::from_ms(evidence.values[&Metric::LatencyP95].value * 1000.0),
        Some(Micros(300_000))
    );
}
