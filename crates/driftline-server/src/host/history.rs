//! Windows as series of numbers, which the store keeps at several resolutions, and back.
//!
//! A series is called by the model (`/` and `%` in it written as `%2F` and `%25`), what it is, and the column:
//! `default/psi_score/amount`. The instants of a window are series too: microseconds since 1970, which a double holds exactly.

use std::collections::BTreeMap;

use driftline_api::{HistoryPoint, endpoint::HistoryQuery};
use driftline_core::{
    replay::KeptWindow,
    report::{ErrorCount, LatencyFigures, WindowReport},
    time::Timestamp,
    verdict::Severity,
};

use crate::store::{self, Reader, StoreError};

/// How alerts and triggers can stand, the one that matters more later: where several windows share a bucket, that one is
/// kept. A state is written as its place here.
const STATES: [&str; 7] = ["inactive", "off", "resolved", "counting", "pending", "on", "firing"];

/// Series of one model that are read for one answer.
const MOST_SERIES: u32 = 5000;

fn prefix(model: &str) -> String {
    format!("{}/", model.replace('%', "%25").replace('/', "%2F"))
}

/// A window as points.
pub(super) fn points(point: &HistoryPoint, out: &mut Vec<store::HistoryPoint>) {
    let prefix = prefix(&point.model);
    let KeptWindow { at, states, window } = &point.kept;
    let mut add = |name: &str, value: f64| {
        out.push(store::HistoryPoint { series: format!("{prefix}{name}"), at: *at, value });
    };
    for (what, state) in states {
        let place = STATES.iter().position(|known| known == state);
        add(&format!("state/{what}"), place.unwrap_or(0) as f64);
    }
    add("rows", window.rows as f64);
    let severity = Severity::ALL.iter().position(|severity| *severity == window.severity);
    add("severity", severity.unwrap_or(0) as f64);
    for (name, at) in [("start", window.start), ("end", window.end)] {
        if let Some(at) = at {
            add(name, at.micros() as f64);
        }
    }
    if let Some(rate) = window.error_rate {
        add("error_rate", rate);
    }
    if let Some(errors) = &window.errors {
        add("errors_count", errors.count as f64);
        add("errors_rows", errors.rows as f64);
    }
    if let Some(latency) = &window.latency {
        add("latency_count", latency.count as f64);
        for (name, value) in [
            ("latency_p50_ms", latency.p50_ms),
            ("latency_p95_ms", latency.p95_ms),
            ("latency_p99_ms", latency.p99_ms),
            ("latency_max_ms", latency.max_ms),
        ] {
            add(name, value);
        }
        for (name, value) in [
            ("latency_p50_lower_ms", latency.p50_lower_ms),
            ("latency_p95_lower_ms", latency.p95_lower_ms),
            ("latency_p99_lower_ms", latency.p99_lower_ms),
            ("latency_p50_upper_ms", latency.p50_upper_ms),
            ("latency_p95_upper_ms", latency.p95_upper_ms),
            ("latency_p99_upper_ms", latency.p99_upper_ms),
        ] {
            if let Some(value) = value {
                add(name, value);
            }
        }
    }
    for (measure, values) in [
        ("psi_score", &window.psi_scores),
        ("psi_lower", &window.psi_lower),
        ("kl", &window.kl),
        ("js", &window.js),
        ("missing_share", &window.missing_share),
        ("missing_lower", &window.missing_lower),
    ] {
        for (column, value) in values {
            add(&format!("{measure}/{column}"), *value);
        }
    }
    if let Some(mix) = &window.prediction {
        for (level, rows) in &mix.levels {
            add(&format!("prediction/{level}"), *rows as f64);
        }
        add("prediction_other", mix.other as f64);
        add("prediction_new", mix.new as f64);
    }
    for column in &window.drifted_features {
        add(&format!("drifted/{column}"), 1.0);
    }
    for column in &window.inconclusive_features {
        add(&format!("inconclusive/{column}"), 1.0);
    }
    for (column, rows) in &window.valued {
        add(&format!("valued/{column}"), *rows as f64);
    }
    for column in &window.undecided {
        add(&format!("undecided/{column}"), 1.0);
    }
}

/// Windows again, the earliest first. Where several were put together into one bucket, the last of them.
pub(super) fn read(reader: &Reader, query: &HistoryQuery) -> Result<Vec<HistoryPoint>, StoreError> {
    let prefix = prefix(&query.model);
    let points = u32::try_from(query.limit).unwrap_or(u32::MAX);
    let mut windows: BTreeMap<Timestamp, KeptWindow> = BTreeMap::new();
    // A window is kept under the instant of the look, which is not before its end.
    for series in reader.series(&prefix, MOST_SERIES)? {
        let asked =
            store::HistoryQuery { series: series.clone(), from: query.from, to: query.to, points };
        let name = series.strip_prefix(&prefix).unwrap_or_default();
        for bucket in reader.history(&asked)? {
            let kept = windows.entry(bucket.at).or_insert_with(|| empty(bucket.at));
            match name.strip_prefix("state/") {
                Some(what) => set_state(kept, what, bucket.max),
                None => set(&mut kept.window, name, bucket.last),
            }
        }
    }
    let model = &query.model;
    Ok(windows
        .into_values()
        .filter(|kept| kept.window.end.is_some())
        .map(|kept| HistoryPoint { model: model.clone(), kept })
        .collect())
}

fn empty(at: Timestamp) -> KeptWindow {
    KeptWindow { at, states: BTreeMap::new(), window: WindowReport::of_rows(0) }
}

#[expect(clippy::cast_sign_loss, reason = "a place in a list, written as such")]
fn set_state(kept: &mut KeptWindow, what: &str, value: f64) {
    if let Some(state) = STATES.get(value as usize).filter(|_| value >= 1.0) {
        kept.states.insert(what.into(), (*state).into());
    }
}

fn no_latency() -> LatencyFigures {
    LatencyFigures {
        count: 0,
        p50_ms: 0.0,
        p95_ms: 0.0,
        p99_ms: 0.0,
        max_ms: 0.0,
        p50_lower_ms: None,
        p95_lower_ms: None,
        p99_lower_ms: None,
        p50_upper_ms: None,
        p95_upper_ms: None,
        p99_upper_ms: None,
    }
}

#[expect(clippy::cast_sign_loss, reason = "counts and places in a list, written as such")]
fn set(window: &mut WindowReport, name: &str, value: f64) {
    if let Some((measure, column)) = name.split_once('/') {
        let column = column.to_string();
        match measure {
            "psi_score" => drop(window.psi_scores.insert(column, value)),
            "psi_lower" => drop(window.psi_lower.insert(column, value)),
            "kl" => drop(window.kl.insert(column, value)),
            "js" => drop(window.js.insert(column, value)),
            "missing_share" => drop(window.missing_share.insert(column, value)),
            "missing_lower" => drop(window.missing_lower.insert(column, value)),
            "valued" => drop(window.valued.insert(column, value as u64)),
            "undecided" => window.undecided.push(column),
            "prediction" => {
                let mix = window.prediction.get_or_insert_default();
                mix.levels.insert(column, value as u64);
            }
            "drifted" => window.drifted_features.push(column),
            "inconclusive" => window.inconclusive_features.push(column),
            _ => {}
        }
        return;
    }
    if let Some(name) = name.strip_prefix("latency_") {
        let latency = window.latency.get_or_insert_with(no_latency);
        match name {
            "count" => latency.count = value as u64,
            "p50_ms" => latency.p50_ms = value,
            "p95_ms" => latency.p95_ms = value,
            "p99_ms" => latency.p99_ms = value,
            "max_ms" => latency.max_ms = value,
            "p50_lower_ms" => latency.p50_lower_ms = Some(value),
            "p95_lower_ms" => latency.p95_lower_ms = Some(value),
            "p99_lower_ms" => latency.p99_lower_ms = Some(value),
            "p50_upper_ms" => latency.p50_upper_ms = Some(value),
            "p95_upper_ms" => latency.p95_upper_ms = Some(value),
            "p99_upper_ms" => latency.p99_upper_ms = Some(value),
            _ => {}
        }
        return;
    }
    if let Some(name) = name.strip_prefix("errors_") {
        let errors = window.errors.get_or_insert(ErrorCount { count: 0, rows: 0 });
        match name {
            "count" => errors.count = value as u64,
            "rows" => errors.rows = value as u64,
            _ => {}
        }
        return;
    }
    if let Some(name) = name.strip_prefix("prediction_") {
        let mix = window.prediction.get_or_insert_default();
        match name {
            "other" => mix.other = value as u64,
            "new" => mix.new = value as u64,
            _ => {}
        }
        return;
    }
    match name {
        "rows" => window.rows = value as u64,
        "severity" => {
            window.severity =
                Severity::ALL.get(value as usize).copied().unwrap_or(Severity::Inconclusive);
        }
        "start" => window.start = Some(Timestamp::from_micros(value as i64)),
        "end" => window.end = Some(Timestamp::from_micros(value as i64)),
        "error_rate" => window.error_rate = Some(value),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use driftline_core::report::PredictionMix;

    use super::*;

    #[test]
    fn a_window_comes_back_out_of_its_points() {
        let mut window = WindowReport::of_rows(0);
        window.start = Some(Timestamp::from_micros(1_705_314_600_000_001));
        window.end = Some(Timestamp::from_micros(1_705_314_660_000_001));
        window.rows = 300;
        window.severity = Severity::Significant;
        window.drifted_features = vec!["a/b".into()];
        window.inconclusive_features = vec!["c".into()];
        window.psi_scores = [("a/b".to_string(), 0.22), ("c".to_string(), 0.1)].into();
        window.psi_lower = [("a/b".to_string(), 0.2)].into();
        window.error_rate = Some(0.05);
        window.errors = Some(ErrorCount { count: 15, rows: 300 });
        window.prediction = Some(PredictionMix {
            levels: [("no/yes".to_string(), 280), ("other".to_string(), 12)].into(),
            other: 5,
            new: 3,
        });
        window.undecided = vec!["d".into()];
        window.valued = [("d".to_string(), 12)].into();
        window.missing_lower = [("d".to_string(), 0.4)].into();
        window.latency = Some(LatencyFigures {
            count: 299,
            p50_ms: 1.0,
            p95_ms: 2.0,
            p99_ms: 3.0,
            max_ms: 4.5,
            p95_lower_ms: Some(1.5),
            p95_upper_ms: Some(2.5),
            ..no_latency()
        });
        let states = BTreeMap::from([
            ("A/b".to_string(), "firing".to_string()),
            ("psi_score > 0.5: rollback".to_string(), "on".to_string()),
        ]);
        let kept = KeptWindow { at: Timestamp::EPOCH, states, window };
        let point = HistoryPoint { model: "m/1%".into(), kept: kept.clone() };
        let mut written = Vec::new();
        points(&point, &mut written);
        let mut found = empty(Timestamp::EPOCH);
        for point in written {
            let name = point.series.strip_prefix("m%2F1%25/").expect("the model's name is first");
            match name.strip_prefix("state/") {
                Some(what) => set_state(&mut found, what, point.value),
                None => set(&mut found.window, name, point.value),
            }
        }
        assert_eq!(found, kept);
    }
}
