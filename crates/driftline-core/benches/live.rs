//! What live rows and a look at them cost: `cargo bench -p driftline-core --bench live`.
//!
//! Twenty features, fifteen of them numbers, at a hundred rows a second.

use divan::{Bencher, black_box, counter::ItemsCount};
use driftline_core::{
    column::{Batch, Bitmap, Column, Dictionary, Values},
    engine::{Engine, Input},
    evidence::{Evidence, Observed},
    live::{LiveWindows, PanePlan},
    metric::Metric,
    policy::Policy,
    reference::{DEFAULT_BUDGET_BYTES, Reference, ReferenceBuilder},
    schema::{Field, Kind, Origin, Role, Schema},
    spec::CompareSpec,
    time::Timestamp,
};

const NUMBERS: usize = 15;
const LEVELS: usize = 5;

fn main() {
    divan::main();
}

fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn schema() -> Schema {
    let field = |name: String, kind, role| Field {
        name,
        kind,
        role,
        role_from: Origin::Given,
        time_form: None,
    };
    let numbers = (0..NUMBERS).map(|i| field(format!("x{i}"), Kind::Numeric, Role::Feature));
    let levels = (0..LEVELS).map(|i| field(format!("c{i}"), Kind::Categorical, Role::Feature));
    let latency = field("latency_ms".into(), Kind::Numeric, Role::Latency);
    Schema { fields: numbers.chain(levels).chain([latency]).collect() }
}

fn batch(rows: usize, state: &mut u64) -> Batch {
    let all = || Bitmap::all_set(rows);
    let mut numbers = |most: u64| {
        let values = (0..rows).map(|_| (next(state) % most) as f64).collect();
        Column::new(Values::Number(values), all(), 0)
    };
    let mut columns: Vec<Column> = (0..NUMBERS).map(|_| numbers(100_000)).collect();
    let latency = numbers(90);
    for _ in 0..LEVELS {
        let mut dictionary = Dictionary::default();
        (0..10).for_each(|level| _ = dictionary.push(&format!("level {level}")));
        let codes = (0..rows).map(|_| (next(state) % 10) as u32).collect();
        columns.push(Column::new(Values::Text { codes, dictionary }, all(), 0));
    }
    columns.push(latency);
    Batch::new(rows, columns).expect("columns of equal length")
}

fn reference() -> Reference {
    let mut builder = ReferenceBuilder::new("baseline.csv", &schema(), DEFAULT_BUDGET_BYTES);
    builder.push(&batch(20_000, &mut 1));
    builder.finish().0
}

fn live(reference: &Reference) -> LiveWindows {
    let monitor = CompareSpec::default().check().expect("a sound spec");
    LiveWindows::new(reference, PanePlan::of(&monitor, &Policy::default(), reference))
}

/// Rows that come in batches of so many.
#[divan::bench(args = [1, 100, 1500])]
fn count(bencher: Bencher<'_, '_>, rows: usize) {
    let (reference, schema) = (reference(), schema());
    let mut live = live(&reference);
    let batch = batch(rows, &mut 2);
    let mut now = Timestamp::EPOCH;
    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        now = now.later(rows as u64 * 10_000);
        live.count(&reference, &schema, black_box(&batch), now)
    });
}

/// From panes to what the engine is told: one look at a minute of 6,000 rows.
#[divan::bench]
fn look(bencher: Bencher<'_, '_>) {
    let (reference, schema) = (reference(), schema());
    let monitor = CompareSpec::default().check().expect("a sound spec");
    let policy = Policy::default();
    let mut live = live(&reference);
    let at = |second: u64| Timestamp::EPOCH.later(second * 1_000_000);
    for second in 0..60 {
        live.count(&reference, &schema, &batch(100, &mut (second + 1)), at(second))
            .expect("on its own reference");
    }
    bencher.bench_local(|| {
        let window = live.window(&reference, at(60)).expect("rows");
        let report = monitor.compare(&reference, &window.window, "live", at(60));
        live.evidence(&window, &report, &policy)
    });
}

/// `Engine::handle` of a window of twenty features under the shipped policy.
#[divan::bench]
fn handle(bencher: Bencher<'_, '_>) {
    let mut engine = Engine::new(Policy::default());
    let mut n = 0;
    let names: Vec<String> = (0..20).map(|i| format!("psi_score{{feature=\"x{i}\"}}")).collect();
    let metrics: Vec<Metric> = names
        .iter()
        .map(String::as_str)
        .chain(["prediction_psi", "latency_p50", "latency_p95", "latency_p99", "error_rate"])
        .map(|name| Metric::parse(name).expect("a metric"))
        .collect();
    bencher
        .with_inputs(|| {
            n += 1;
            let at = |n: u64| Timestamp::EPOCH.later(n * 15_000_000);
            let mut window = Evidence::new(n, at(n), at(n + 1), 1000);
            // Every tenth minute is a bad one.
            let value = if n / 4 % 10 == 0 { 0.3 } else { 0.01 };
            for metric in &metrics {
                window.values.insert(metric.clone(), Observed::new(value, 1000));
            }
            (window, at(n + 1))
        })
        .bench_local_values(|(window, now)| engine.handle(Input::Window(window), now));
}
