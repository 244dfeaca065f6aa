//! One model's series.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use driftline_core::{
    bins::{Bins, Resolution},
    counts::Counts,
    engine::Input,
    errors::Errors,
    export::exposition::{
        self, ACTIONS, ACTIONS_BLOCKED, ALERT_STATE, ALERT_TRANSITIONS, ERROR_RATIO, FEATURE_BIN,
        FEATURE_REFERENCE_RATIO, FEATURE_REFERENCE_ROWS, FEATURE_VALUES, FEATURES_LEFT_OUT, Family,
        KILL_SWITCH, LAST_EVENT, LATENCY_QUANTILE, MODEL_INFO, OBJECTIVE_SUCCESS,
        OBJECTIVE_THRESHOLD, OUTPUT_BIN, OUTPUT_REFERENCE_RATIO, OUTPUT_REFERENCE_ROWS,
        PREDICTION_PSI, PREDICTION_PSI_LOWER, PREDICTIONS, REJECTED, REQUEST_DURATION, WINDOW_END,
        WINDOW_ROWS,
    },
    reference::ReferenceColumn,
    report::Report,
    schema::Role,
    time::Timestamp,
    trigger::{Action, Mode, Rail},
    verdict::Side,
    window::Window,
};

use super::{MOST_SERIES, Number, Samples};
use crate::station::{Look, Model};

use Number::{Count, Real};

const STATES: [&str; 4] = ["inactive", "pending", "firing", "resolved"];

const ACTING: [Action; 2] = [Action::ScaleDown, Action::Rollback];

pub(super) fn add(samples: &mut Samples, model: &Model, now: Timestamp) {
    let name = model.name.as_str();
    let id = model.active.map_or(String::new(), |id| id.to_string());
    let serving = model.serving().unwrap_or_default();
    samples.add(&MODEL_INFO, &[name, serving, &id], Count(1));
    let windows: Vec<&Window> = model
        .lines
        .values()
        .flat_map(|line| line.panes().panes().map(|(_, window)| window))
        .chain(model.counters.retired.as_ref())
        .collect();
    let mut errors = Errors::default();
    windows.iter().for_each(|window| errors.merge(&window.service().errors));
    let taken = model.totals();
    let unknown =
        windows.iter().map(|window| window.rows()).sum::<u64>().saturating_sub(errors.rows);
    for (outcome, count) in
        exposition::OUTCOMES.iter().zip([errors.rows - errors.errors, errors.errors, unknown])
    {
        samples.add(&PREDICTIONS, &[name, outcome], Count(count));
    }
    let rejected = [
        ("late", taken.late),
        ("future", taken.future),
        ("feature_limit", model.counters.told.feature_values),
    ];
    for (reason, count) in rejected {
        samples.add(&REJECTED, &[name, reason], Count(count));
    }
    latencies(samples, model, &windows);
    columns(samples, model, &windows, &id);
    let seconds = |at: Option<Timestamp>| at.map_or(f64::NAN, |at| at.micros() as f64 / 1e6);
    samples.add(&LAST_EVENT, &[name], Real(seconds(model.counters.last_event)));
    look(samples, model, seconds);
    decisions(samples, model, now);
}

fn latencies(samples: &mut Samples, model: &Model, windows: &[&Window]) {
    let histograms = || windows.iter().map(|window| &window.service().latency);
    let ends = exposition::latency_buckets(model.policy());
    let ends: Vec<(String, u64)> = ends
        .into_iter()
        .map(|end| {
            let within = |latency: &driftline_core::latency::LatencyHistogram| {
                let exact = latency.thresholds().iter().find(|(at, _)| at.0 == end);
                exact.map_or(0, |(_, within)| *within)
            };
            (exposition::le(end), histograms().map(within).sum())
        })
        .collect();
    let count = histograms().map(driftline_core::latency::LatencyHistogram::count).sum();
    let sum: u128 = histograms().map(driftline_core::latency::LatencyHistogram::sum).sum();
    samples.add_histogram(&REQUEST_DURATION, &[&model.name], &ends, (count, sum as f64 / 1e6));
}

/// A column's families: of inputs, or of outputs.
struct Families {
    bin: &'static Family,
    ratio: &'static Family,
    rows: &'static Family,
}

const OF_FEATURES: Families =
    Families { bin: &FEATURE_BIN, ratio: &FEATURE_REFERENCE_RATIO, rows: &FEATURE_REFERENCE_ROWS };
const OF_OUTPUTS: Families =
    Families { bin: &OUTPUT_BIN, ratio: &OUTPUT_REFERENCE_RATIO, rows: &OUTPUT_REFERENCE_ROWS };

fn columns(samples: &mut Samples, model: &Model, windows: &[&Window], id: &str) {
    let mut left_out = 0;
    for (at, column) in model.reference.columns().iter().enumerate() {
        let given = model.monitor.spec().columns.get(&column.field.name);
        let role = given.and_then(|given| given.role).unwrap_or(column.field.role);
        let families = match role {
            Role::Feature => OF_FEATURES,
            Role::Prediction | Role::Probability => OF_OUTPUTS,
            _ => continue,
        };
        let Some(reference) = cells(model, column, &column.counts, Resolution::Grid) else {
            continue;
        };
        if samples.series + 2 * reference.len() + 8 > MOST_SERIES {
            left_out += 1;
            continue;
        }
        let (name, feature) = (model.name.as_str(), column.field.name.as_str());
        let mut current = vec![0_u64; reference.len()];
        let (mut present, mut missing) = (0, 0);
        for window in windows {
            let Some(counts) = window.columns().get(at) else { continue };
            let cells = cells(model, column, counts, window.resolution()).unwrap_or_default();
            current.iter_mut().zip(&cells).for_each(|(sum, rows)| *sum += rows);
            present += cells.iter().sum::<u64>();
            missing += counts.missing + counts.unreadable + counts.nan;
        }
        let all: u64 = reference.iter().sum();
        for (bin, (reference, current)) in reference.iter().zip(&current).enumerate() {
            let bin = bin.to_string();
            samples.add(families.bin, &[name, feature, id, &bin], Count(*current));
            let share = *reference as f64 / all as f64;
            samples.add(families.ratio, &[name, feature, id, &bin], Real(share));
        }
        samples.add(families.rows, &[name, feature, id], Count(all));
        if role == Role::Feature {
            samples.add(
                &FEATURE_VALUES,
                &[name, feature, exposition::VALUE_STATES[0]],
                Count(present),
            );
            samples.add(
                &FEATURE_VALUES,
                &[name, feature, exposition::VALUE_STATES[1]],
                Count(missing),
            );
        }
    }
    samples.add(&FEATURES_LEFT_OUT, &[&model.name], Count(left_out));
}

/// Rows by PSI cell, then of both infinities, or of levels that the reference has never seen: as many numbers for every
/// window of one reference.
fn cells(
    model: &Model,
    column: &ReferenceColumn,
    counts: &Counts,
    resolution: Resolution,
) -> Option<Vec<u64>> {
    let mut cells = match (&column.bins, resolution) {
        (Bins::Instants | Bins::Identifier, _) => return None,
        (Bins::Grid(grid), Resolution::Grid) => {
            let mut start = 0;
            let cell = |end: usize| {
                let rows = counts.cells.get(start..end).unwrap_or_default().iter().sum();
                start = end;
                rows
            };
            grid.cut(model.monitor.cut()).into_iter().map(cell).collect()
        }
        _ => counts.cells.clone(),
    };
    match &column.bins {
        Bins::Grid(_) => cells.extend([counts.negative_infinity, counts.positive_infinity]),
        _ => cells.push(counts.novel.rows),
    }
    Some(cells)
}

/// What the latest look found.
fn look(samples: &mut Samples, model: &Model, seconds: impl Fn(Option<Timestamp>) -> f64) {
    let name = model.name.as_str();
    let look = model.look.as_ref();
    samples.add(&WINDOW_END, &[name], Real(seconds(look.map(|look| look.end))));
    samples.add(&WINDOW_ROWS, &[name], Count(look.map_or(0, |look| look.window.rows())));
    let report = look.map(|look: &Look| &look.report);
    if model.active.is_some() {
        features(samples, model, report);
    }
    let latency = report.and_then(|report| report.latency.as_ref()).map(|latency| latency.current);
    for (quantile, ms) in [
        ("0.5", latency.map(|figures| figures.p50_ms)),
        ("0.95", latency.map(|figures| figures.p95_ms)),
        ("0.99", latency.map(|figures| figures.p99_ms)),
    ] {
        let seconds = ms.map_or(f64::NAN, |ms| ms / 1000.0);
        samples.add(&LATENCY_QUANTILE, &[name, quantile], Real(seconds));
    }
    let errors = report.and_then(|report| report.errors);
    samples.add(&ERROR_RATIO, &[name], Real(errors.map_or(f64::NAN, |errors| errors.rate)));
}

fn features(samples: &mut Samples, model: &Model, report: Option<&Report>) {
    let name = model.name.as_str();
    let mut outputs: Option<(f64, f64)> = None;
    for column in report.into_iter().flat_map(|report| &report.columns) {
        let psi = column.measures.psi.as_ref().map(|psi| (psi.value, psi.lower));
        match column.role {
            Role::Feature if samples.series < MOST_SERIES => {
                let (value, lower) = psi.unwrap_or((f64::NAN, f64::NAN));
                let nan = f64::NAN;
                let kl = column.measures.kl.as_ref().map_or(nan, |kl| kl.value);
                let js = column.measures.js.as_ref().map_or(nan, |js| js.value);
                // As the measure has it: what is no value of the column's kind is missing too.
                let rows = column.rows.of(Side::Current);
                let absent = rows.saturating_sub(column.rows_with_value(Side::Current));
                let missing = if rows > 0 { absent as f64 / rows as f64 } else { nan };
                for (family, value) in [
                    (&exposition::PSI, value),
                    (&exposition::PSI_LOWER, lower),
                    (&exposition::KL, kl),
                    (&exposition::JS, js),
                    (&exposition::MISSING_RATIO, missing),
                ] {
                    samples.add(family, &[name, &column.name], Real(value));
                }
            }
            Role::Prediction | Role::Probability => {
                if let Some(psi) = psi {
                    outputs = Some(outputs.map_or(psi, |o| if o.0 < psi.0 { psi } else { o }));
                }
            }
            _ => {}
        }
    }
    let (value, lower) = outputs.unwrap_or((f64::NAN, f64::NAN));
    samples.add(&PREDICTION_PSI, &[name], Real(value));
    samples.add(&PREDICTION_PSI_LOWER, &[name], Real(lower));
}

/// Objectives, alerts and actions.
fn decisions(samples: &mut Samples, model: &Model, now: Timestamp) {
    let name = model.name.as_str();
    let policy = model.policy();
    for objective in &policy.objectives.latency {
        let quantile = objective.quantile.share().to_string();
        let seconds = objective.threshold.micros() as f64 / 1e6;
        samples.add(&OBJECTIVE_THRESHOLD, &[name, &quantile], Real(seconds));
    }
    let success = policy.objectives.availability.success_rate.share();
    samples.add(&OBJECTIVE_SUCCESS, &[name], Real(success));
    let asked;
    let outcome = match &model.outcome {
        Some(outcome) => outcome,
        None => {
            asked = model.engine.clone().handle(Input::Tick, now);
            &asked
        }
    };
    for alert in &outcome.alerts {
        for state in STATES {
            let is_state = u64::from(alert.state == state);
            let labels = [name, &alert.name, alert.severity.name(), state];
            samples.add(&ALERT_STATE, &labels, Count(is_state));
        }
    }
    let told = &model.counters.told;
    let mut transitions: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for rule in &policy.rules {
        STATES.iter().for_each(|state| _ = transitions.insert((&rule.name, state), 0));
    }
    let keyed = |map: &'_ BTreeMap<(String, String), u64>| -> Vec<((String, String), u64)> {
        map.iter().map(|(key, count)| (key.clone(), *count)).collect()
    };
    let counted = keyed(&told.transitions);
    transitions.extend(counted.iter().map(|((alert, to), n)| ((alert.as_str(), to.as_str()), *n)));
    for ((alert, to), count) in transitions {
        samples.add(&ALERT_TRANSITIONS, &[name, alert, to], Count(count));
    }
    for action in ACTING {
        for mode in [Mode::DryRun, Mode::Approve, Mode::Auto] {
            let key = (action.name().to_string(), mode.name().to_string());
            let count = told.actions.get(&key).copied().unwrap_or(0);
            samples.add(&ACTIONS, &[name, &key.0, &key.1], Count(count));
        }
        for rail in Rail::ALL.map(Rail::name) {
            let key = (action.name().to_string(), rail.to_string());
            let count = told.blocked.get(&key).copied().unwrap_or(0);
            samples.add(&ACTIONS_BLOCKED, &[name, &key.0, rail], Count(count));
        }
    }
    let kill_switch = u64::from(model.engine.state().kill_switch);
    samples.add(&KILL_SWITCH, &[name], Count(kill_switch));
}
