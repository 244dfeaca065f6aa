//! A replica that makes its counts up, and exposes them under the names of `export::exposition`.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use driftline_core::{
    export::exposition::{
        self, FAMILIES, Family, FamilyType, OUTCOMES, VALUE_STATES, latency_buckets, le,
    },
    policy::Policy,
};

use crate::http;

/// Rows of the reference in each cell of every column here.
pub(crate) const REFERENCE: [u64; 10] = [500, 520, 480, 510, 490, 505, 495, 530, 470, 500];
const REFERENCE_ID: &str = "0f1e2d3c";

/// Values by family and the values of its labels.
type Series = BTreeMap<(&'static str, Vec<String>), f64>;

/// A replica's counters and gauges.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    series: Arc<Mutex<Series>>,
    bounds: Vec<u64>,
}

impl Replica {
    pub(crate) fn new(policy: &Policy) -> Replica {
        Replica { series: Arc::default(), bounds: latency_buckets(policy) }
    }

    fn change(&self, family: &Family, labels: &[&str], change: impl FnOnce(&mut f64)) {
        assert_eq!(family.labels.len(), labels.len(), "{}", family.name);
        let labels = labels.iter().map(ToString::to_string).collect();
        change(self.series.lock().unwrap().entry((family.name, labels)).or_insert(0.0));
    }

    fn add(&self, family: &Family, labels: &[&str], n: u64) {
        self.change(family, labels, |value| *value += n as f64);
    }

    fn set(&self, family: &Family, labels: &[&str], to: f64) {
        self.change(family, labels, |value| *value = to);
    }

    /// Everything that a server exposes of a model from the start, with 0.
    pub(crate) fn begin(&self, model: &str, features: &[&str], policy: &Policy) {
        let rows: u64 = REFERENCE.iter().sum();
        let columns = [
            (
                features,
                exposition::FEATURE_BIN,
                exposition::FEATURE_REFERENCE_RATIO,
                exposition::FEATURE_REFERENCE_ROWS,
            ),
            (
                &["prediction"],
                exposition::OUTPUT_BIN,
                exposition::OUTPUT_REFERENCE_RATIO,
                exposition::OUTPUT_REFERENCE_ROWS,
            ),
        ];
        for (names, counts, shares, reference_rows) in columns {
            for name in names {
                for (bin, n) in REFERENCE.iter().enumerate() {
                    let labels = [model, name, REFERENCE_ID, &bin.to_string()];
                    self.add(&counts, &labels, 0);
                    self.set(&shares, &labels, *n as f64 / rows as f64);
                }
                self.set(&reference_rows, &[model, name, REFERENCE_ID], rows as f64);
            }
        }
        for name in features {
            for state in VALUE_STATES {
                self.add(&exposition::FEATURE_VALUES, &[model, name, state], 0);
            }
            for gauge in [
                exposition::PSI,
                exposition::PSI_LOWER,
                exposition::KL,
                exposition::JS,
                exposition::MISSING_RATIO,
            ] {
                self.set(&gauge, &[model, name], 0.01);
            }
        }
        for outcome in OUTCOMES {
            self.add(&exposition::PREDICTIONS, &[model, outcome], 0);
        }
        for bound in self.bounds.iter().map(|end| le(*end)).chain(["+Inf".into(), "sum".into()]) {
            self.observe(model, &bound, 0.0);
        }
        for rule in &policy.rules {
            for state in ["inactive", "pending", "firing", "resolved"] {
                let severity = rule.severity.to_string();
                let labels = [model, &rule.name, &severity, state];
                self.set(
                    &exposition::ALERT_STATE,
                    &labels,
                    f64::from(u8::from(state == "inactive")),
                );
            }
            self.add(&exposition::ALERT_TRANSITIONS, &[model, &rule.name, "firing"], 0);
        }
        for objective in &policy.objectives.latency {
            let q = objective.quantile.share().to_string();
            let seconds = objective.threshold().0 as f64 / 1e6;
            self.set(&exposition::OBJECTIVE_THRESHOLD, &[model, &q], seconds);
        }
        self.set(&exposition::OBJECTIVE_SUCCESS, &[model], 0.999);
        self.set(&exposition::MODEL_INFO, &[model, "1", REFERENCE_ID], 1.0);
        self.add(&exposition::REJECTED, &[model, "late"], 0);
        self.add(&exposition::ACTIONS, &[model, "rollback", "dry-run"], 0);
        self.add(&exposition::ACTIONS_BLOCKED, &[model, "rollback", "cooldown"], 0);
        for gauge in
            [exposition::KILL_SWITCH, exposition::FEATURES_LEFT_OUT, exposition::WINDOW_ROWS]
        {
            self.set(&gauge, &[model], 0.0);
        }
        self.touch(model);
    }

    /// A bucket by its end, `+Inf` or `sum`.
    fn observe(&self, model: &str, bucket: &str, n: f64) {
        let key = (exposition::REQUEST_DURATION.name, vec![model.into(), bucket.into()]);
        *self.series.lock().unwrap().entry(key).or_insert(0.0) += n;
    }

    /// Rows of a feature, by cell.
    pub(crate) fn count(&self, model: &str, feature: &str, cells: &[u64]) {
        for (bin, n) in cells.iter().enumerate() {
            self.add(
                &exposition::FEATURE_BIN,
                &[model, feature, REFERENCE_ID, &bin.to_string()],
                *n,
            );
        }
        self.add(&exposition::FEATURE_VALUES, &[model, feature, "present"], cells.iter().sum());
    }

    /// Answers, by cell, and that each came well and after 20 ms.
    pub(crate) fn answer(&self, model: &str, cells: &[u64]) {
        for (bin, n) in cells.iter().enumerate() {
            self.add(
                &exposition::OUTPUT_BIN,
                &[model, "prediction", REFERENCE_ID, &bin.to_string()],
                *n,
            );
        }
        let n: u64 = cells.iter().sum();
        self.add(&exposition::PREDICTIONS, &[model, "ok"], n);
        for end in self.bounds.iter().filter(|end| **end >= 20_000) {
            self.observe(model, &le(*end), n as f64);
        }
        self.observe(model, "+Inf", n as f64);
        self.observe(model, "sum", n as f64 * 0.02);
        self.touch(model);
    }

    fn touch(&self, model: &str) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        self.set(&exposition::LAST_EVENT, &[model], now);
        self.set(&exposition::WINDOW_END, &[model], now);
    }

    /// The text of `/metrics`.
    pub(crate) fn metrics(&self) -> String {
        let series = self.series.lock().unwrap();
        let mut text = String::new();
        for family in FAMILIES {
            let of_it: Vec<_> =
                series.iter().filter(|((name, _), _)| *name == family.name).collect();
            if of_it.is_empty() {
                continue;
            }
            let Family { name, kind, help, .. } = family;
            writeln!(text, "# HELP {name} {help}\n# TYPE {name} {}", kind.name()).unwrap();
            for ((_, values), value) in of_it {
                let labels: Vec<String> = family
                    .labels
                    .iter()
                    .zip(values)
                    .map(|(label, value)| format!("{label}=\"{value}\""))
                    .collect();
                let labels = labels.join(",");
                let suffix = values.get(family.labels.len()).map(String::as_str);
                match suffix {
                    Some("sum") => writeln!(text, "{name}_sum{{{labels}}} {value}"),
                    Some("+Inf") => writeln!(
                        text,
                        "{name}_bucket{{{labels},le=\"+Inf\"}} {value}\n{name}_count{{{labels}}} {value}"
                    ),
                    Some(end) => writeln!(text, "{name}_bucket{{{labels},le=\"{end}\"}} {value}"),
                    None => writeln!(text, "{name}{{{labels}}} {value}"),
                }
                .unwrap();
            }
            assert!(*kind == FamilyType::Histogram || !text.contains(&format!("{name}_bucket")));
        }
        text
    }

    /// Serves them to whoever has the token.
    pub(crate) fn serve(&self, token: &'static str) -> u16 {
        let replica = self.clone();
        http::serve(move |request| {
            if request.authorization != format!("Bearer {token}") {
                return (401, "text/plain", "no token\n".into());
            }
            (200, "text/plain; version=0.0.4", replica.metrics())
        })
    }
}
