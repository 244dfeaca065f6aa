//! Recording rules: from sums of counters over all replicas to the numbers that alerts compare.
//!
//! The live window is the shortest of a few lengths that holds `live.min_samples` rows, the longest one otherwise: what
//! Driftline itself extends row by row is extended in steps here.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};

use super::{
    exposition::{self, Family, le},
    yaml::{indented, number, quoted},
};
use crate::{
    duration::Duration,
    live::Semantics,
    metric::{BurnWindows, Metric},
    objective::BURN_RATE_WINDOWS,
    policy::Policy,
};

/// A recording rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recording {
    pub(super) record: String,
    pub(super) expr: String,
    pub(super) labels: Vec<(&'static str, String)>,
}

impl Recording {
    fn new(record: impl Into<String>, expr: impl Into<String>) -> Recording {
        Recording { record: record.into(), expr: expr.into(), labels: Vec::new() }
    }

    pub(super) fn yaml(&self) -> String {
        let mut out = format!("- record: {}\n  expr: |-\n{}", self.record, indented(&self.expr, 4));
        if !self.labels.is_empty() {
            out.push_str("  labels:\n");
            for (name, value) in &self.labels {
                out.push_str(&format!("    {name}: {}\n", quoted(value)));
            }
        }
        out
    }
}

/// Columns that are counted in cells: features, or what the model answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    /// The label that names the column.
    pub(super) column: &'static str,
    pub(super) counts: Family,
    pub(super) shares: Family,
    pub(super) reference_rows: Family,
}

pub(super) const FEATURES: Cells = Cells {
    column: "feature",
    counts: exposition::FEATURE_BIN,
    shares: exposition::FEATURE_REFERENCE_RATIO,
    reference_rows: exposition::FEATURE_REFERENCE_ROWS,
};

pub(super) const OUTPUTS: Cells = Cells {
    column: "output",
    counts: exposition::OUTPUT_BIN,
    shares: exposition::OUTPUT_REFERENCE_RATIO,
    reference_rows: exposition::OUTPUT_REFERENCE_ROWS,
};

/// z of a one-sided 95 %, times √2; its square; and what the skewness of χ' adds at most, (z² − 1) / 6 · 6.
const Z_ROOT_2: f64 = 2.326_174_307_353_75;
const TWO_Z_SQUARED: f64 = 5.411_086_908_195_99;
const SKEWNESS: f64 = 1.705_543_454_097_99;

/// Twice the lower end (one-sided 95 %) of the noncentrality of a statistic that is χ² with one degree of freedom less than
/// cells where nothing has moved, in closed form.
///
/// The statistic is PSI / (1/n + 1/m), 2 KL / (1/n + 1/m) or 8 JS / (1/n + 1/m) in nats, by smoothed shares: the three are
/// one number to the second order of what has moved.
fn twice_noncentrality(statistic: &str, n_cells: &str) -> String {
    format!(
        "clamp_min(\n  clamp_min(sqrt(clamp_min(2 * ({statistic} - {SKEWNESS}) - ({n_cells} - 1) + {TWO_Z_SQUARED}, 0)) - \
         {Z_ROOT_2}, 0) ^ 2\n  - ({n_cells} - 1), 0)"
    )
}

/// z of a two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// The lower end of the 95 % interval of a share, k of n rows: Wilson's score interval with continuity correction (R. G.
/// Newcombe, *Statistics in Medicine* 17, 1998, method 4).
///
/// ```text
/// lower = (2k + z² − 1 − z √(z² − 2 − 1/n + 4 k/n (n − k + 1))) / 2(n + z²), at least 0
/// ```
///
/// It is 0 at half a row, and for fewer: `increase()` makes no less than one of the first row, and sums may be off by a
/// last bit.
fn lower_of_share(k: &str, n: &str) -> String {
    let z_squared = Z * Z;
    let [least, under, z, z_squared] = [z_squared - 1.0, z_squared - 2.0, Z, z_squared].map(number);
    format!(
        "clamp_min(\n  2 * {k} + {least}\n  - {z} * sqrt({under} - 1 / {n} + 4 * {k} / {n} * ({n} - {k} + 1)),\n  0\n) \
         / (2 * ({n} + {z_squared})) * ({k} >= bool 0.5)"
    )
}

impl Cells {
    fn by(&self) -> String {
        format!("model, {}, reference", self.column)
    }

    fn name(&self, level: &str, what: &str) -> String {
        format!("model_{}{level}:driftline_{what}", self.column)
    }

    /// Rows of the live window in all cells of a column.
    pub(super) fn rows(&self) -> String {
        self.name("", &format!("{}_bin:increase_live", self.column))
    }

    pub(super) fn psi(&self) -> String {
        self.name("", "psi:live")
    }

    pub(super) fn psi_lower(&self) -> String {
        self.name("", "psi:lower_live")
    }

    pub(super) fn kl(&self) -> String {
        self.name("", "kl_divergence:live")
    }

    pub(super) fn js(&self) -> String {
        self.name("", "js_divergence:live")
    }

    pub(super) fn kl_lower(&self) -> String {
        self.name("", "kl_divergence:lower_live")
    }

    pub(super) fn js_lower(&self) -> String {
        self.name("", "js_divergence:lower_live")
    }

    /// From counters to PSI and its lower end; KL and JS where something reads them.
    fn recordings(&self, policy: &Policy, wants: &dyn Fn(&str) -> bool) -> Vec<Recording> {
        let (by, column) = (self.by(), self.column);
        let cells = self.name("_bin", &format!("{column}_bin:increase_live"));
        let rows = self.rows();
        let share = self.name("_bin", &format!("{column}_bin:ratio_live"));
        let reference = self.name("_bin", &format!("{column}_reference_bin:ratio"));
        let reference_rows = self.name("", &format!("{column}_reference:rows"));
        let n_cells = self.name("", &format!("{column}_bin:cells_live"));
        let smoothed = self.name("_bin", &format!("{column}_bin:smoothed_ratio_live"));
        let smoothed_reference =
            self.name("_bin", &format!("{column}_reference_bin:smoothed_ratio_live"));
        let spread = self.name("", "psi:spread_live");
        let statistic = self.name("", "psi:statistic_live");
        let occupied = format!("({reference} + {cells} > 0)");
        let (p, q) = (format!("clamp_min({reference}, 1e-4)"), format!("clamp_min({share}, 1e-4)"));
        let mut all = alloc::vec![
            Recording::new(
                &cells,
                live(policy, self.counts.name, "", &format!("{by}, bin"), &by, "")
            ),
            Recording::new(&rows, format!("sum by ({by}) ({cells})")),
            Recording::new(&share, format!("{cells} / ignoring (bin) group_left {rows}")),
            Recording::new(&reference, format!("max by ({by}, bin) ({})", self.shares.name)),
            Recording::new(
                &reference_rows,
                format!("max by ({by}) ({})", self.reference_rows.name)
            ),
            Recording::new(self.psi(), format!("sum by ({by}) (({q} - {p}) * ln({q} / {p}))")),
            Recording::new(&n_cells, format!("count by ({by}) {occupied}")),
            Recording::new(
                &smoothed,
                format!(
                    "(({cells} + 0.5) and {occupied}) / ignoring (bin) group_left () ({rows} + {n_cells} / 2)"
                ),
            ),
            Recording::new(
                &smoothed_reference,
                format!(
                    "(({reference} * ignoring (bin) group_left {reference_rows} + 0.5) and {occupied})\n  / ignoring (bin) \
                     group_left () ({reference_rows} + {n_cells} / 2)"
                ),
            ),
            Recording::new(&spread, format!("1 / {reference_rows} + 1 / {rows}")),
            Recording::new(
                &statistic,
                format!(
                    "sum by ({by}) (\n  ({smoothed} - {smoothed_reference})\n  * ln({smoothed} / {smoothed_reference})\n) / {spread}"
                ),
            ),
            Recording::new(
                self.psi_lower(),
                format!("{spread} / 2 * {}", twice_noncentrality(&statistic, &n_cells)),
            ),
        ];
        let is_guarded = policy.live.semantics == Semantics::Guarded;
        if wants("kl_divergence") {
            all.push(Recording::new(
                self.kl(),
                format!("clamp_min(sum by ({by}) ({q} * ln({q} / {p})), 0)"),
            ));
            if is_guarded {
                let statistic = self.name("", "kl_divergence:statistic_live");
                let sum =
                    format!("sum by ({by}) ({smoothed} * ln({smoothed} / {smoothed_reference}))");
                all.push(Recording::new(&statistic, format!("2 * {sum} / {spread}")));
                all.push(Recording::new(
                    self.kl_lower(),
                    format!("{spread} / 4 * {}", twice_noncentrality(&statistic, &n_cells)),
                ));
            }
        }
        if wants("js_divergence") {
            let of = |x: &str| {
                format!("{x} * log2(clamp_min(2 * {x} / ({reference} + {share} > 0), 1e-300))")
            };
            all.push(Recording::new(
                self.js(),
                format!("sum by ({by}) (\n  {}\n  + {}\n) / 2", of(&share), of(&reference)),
            ));
            if is_guarded {
                let statistic = self.name("", "js_divergence:statistic_live");
                let of =
                    |x: &str| format!("{x} * ln(2 * {x} / ({smoothed_reference} + {smoothed}))");
                let sum = format!(
                    "sum by ({by}) (\n  {}\n  + {}\n)",
                    of(&smoothed),
                    of(&smoothed_reference)
                );
                all.push(Recording::new(&statistic, format!("4 * {sum} / {spread}")));
                all.push(Recording::new(
                    self.js_lower(),
                    format!(
                        "{spread} / {} * {}",
                        number(16.0 * core::f64::consts::LN_2),
                        twice_noncentrality(&statistic, &n_cells)
                    ),
                ));
            }
        }
        all
    }
}

pub(super) const MISSING: &str = "model_feature:driftline_missing:ratio_live";
/// Lower ends of shares, and of burn rates: shares in budgets.
pub(super) const MISSING_LOWER: &str = "model_feature:driftline_missing:ratio_lower_live";
pub(super) const ERRORS_LOWER: &str = "model:driftline_error:ratio_lower_live";
pub(super) const SLOW_LOWER: &str =
    "model:driftline_request_duration_seconds:slow_ratio_lower_live";
pub(super) const BURN_RATE_LOWER: &str = "model:driftline_error_budget:burn_rate_lower_live";
pub(super) const BURN_RATE_OVER_LOWER: &str = "model:driftline_error_budget:burn_rate_over_lower";
pub(super) const VALUES: &str = "model_feature:driftline_feature_values:increase_live";
pub(super) const LATENCIES: &str = "model:driftline_request_duration_seconds_count:increase_live";
pub(super) const WITHIN: &str = "model:driftline_request_duration_seconds:within_ratio_live";
pub(super) const REQUESTS: &str = "model:driftline_predictions:increase_live";
pub(super) const ERRORS: &str = "model:driftline_error:ratio_live";
pub(super) const BURN_RATE: &str = "model:driftline_error_budget:burn_rate_live";
/// The smaller of the burn rates over a long and a short window, which its labels name.
pub(super) const BURN_RATE_OVER: &str = "model:driftline_error_budget:burn_rate_over";

/// A percentile for people to look at; alerts compare shares.
pub(super) fn percentile(percent: u32) -> String {
    format!("model:driftline_request_duration_seconds:p{percent}_live")
}

/// The lengths that the live window may have, ascending: each four times the one before.
pub(super) fn live_windows(policy: &Policy) -> Vec<Duration> {
    let live = &policy.live;
    let mut windows = Vec::new();
    let mut window = live.window;
    while window < live.extend_to {
        windows.push(window);
        window = window.times(4);
    }
    windows.push(live.extend_to);
    windows
}

/// Prometheus counts in milliseconds, and in 64 bits of nanoseconds.
pub(super) fn prometheus_duration(duration: Duration) -> String {
    const LONGEST_MS: u64 = i64::MAX as u64 / 1_000_000;
    let ms = duration.micros().div_ceil(1000).min(LONGEST_MS / 4);
    Duration::from_micros(ms * 1000).map_or("1ms".into(), |whole| whole.to_string())
}

/// The increase of a counter over the live window: the shortest in which `rows_by` has enough rows.
fn live(
    policy: &Policy,
    counter: &str,
    matchers: &str,
    by: &str,
    rows_by: &str,
    rows_matchers: &str,
) -> String {
    let windows = live_windows(policy);
    let min = policy.live.min_samples.max(1);
    let mut expr = String::new();
    for (i, window) in windows.iter().enumerate() {
        let window = prometheus_duration(*window);
        let sum = |by: &str, matchers: &str| {
            format!("sum by ({by}) (increase({counter}{matchers}[{window}]))")
        };
        if i > 0 {
            expr.push_str("\nor\n");
        }
        if i + 1 == windows.len() {
            expr.push_str(&sum(by, matchers));
        } else {
            expr.push_str(&format!(
                "({} and on ({rows_by}) {} >= {min})",
                sum(by, matchers),
                sum(rows_by, rows_matchers)
            ));
        }
    }
    expr
}

/// A matcher of one bucket's end, however it was written: Prometheus 3 and OpenMetrics write `1.0` and `1e-05`.
pub(super) fn le_matcher(micros: u64) -> String {
    let plain = le(micros);
    let escaped = plain.replace('.', "\\\\.");
    let other = if micros < 100 {
        let exponent = if micros < 10 { 6 } else { 5 };
        let digits = if micros.is_multiple_of(10) || micros < 10 {
            format!("{}", micros / if micros < 10 { 1 } else { 10 })
        } else {
            format!("{}\\\\.{}", micros / 10, micros % 10)
        };
        format!("|{digits}e-0{exponent}")
    } else if micros.is_multiple_of(1_000_000) {
        "|".to_string() + &escaped + "\\\\.0"
    } else {
        String::new()
    };
    format!("le=~\"{escaped}{other}\"")
}

/// All of the live window.
pub(super) fn of_live_window(policy: &Policy, thresholds: &BTreeSet<u64>) -> Vec<Recording> {
    let wants = |name: &str| policy.rules.iter().any(|rule| rule.metric.name() == name);
    let mut all = FEATURES.recordings(policy, &wants);
    all.extend(OUTPUTS.recordings(policy, &|_| false));
    if wants("missing_share") {
        all.extend(of_missing(policy));
    }
    all.extend(of_latency(policy, thresholds));
    all.extend(of_errors(policy));
    all
}

fn of_missing(policy: &Policy) -> Vec<Recording> {
    let missing = "model_feature:driftline_feature_values_missing:increase_live";
    let states = "model_feature_state:driftline_feature_values:increase_live";
    let counter = exposition::FEATURE_VALUES.name;
    let mut all = alloc::vec![
        Recording::new(
            states,
            live(policy, counter, "", "model, feature, state", "model, feature", ""),
        ),
        Recording::new(VALUES, format!("sum by (model, feature) ({states})")),
        Recording::new(missing, format!("sum by (model, feature) ({states}{{state=\"missing\"}})"),),
        Recording::new(MISSING, format!("{missing} / {VALUES}")),
    ];
    if policy.live.semantics == Semantics::Guarded {
        all.push(Recording::new(MISSING_LOWER, lower_of_share(missing, VALUES)));
    }
    all
}

fn of_latency(policy: &Policy, thresholds: &BTreeSet<u64>) -> Vec<Recording> {
    let buckets = "model_le:driftline_request_duration_seconds_bucket:increase_live";
    let counter = format!("{}_bucket", exposition::REQUEST_DURATION.name);
    let all_of_them = "{le=\"+Inf\"}";
    let mut all = alloc::vec![
        Recording::new(buckets, live(policy, &counter, "", "model, le", "model", all_of_them)),
        Recording::new(LATENCIES, format!("sum by (model) ({buckets}{all_of_them})")),
    ];
    for percent in [50, 95, 99] {
        all.push(Recording::new(
            percentile(percent),
            format!("histogram_quantile({}, {buckets})", number(f64::from(percent) / 100.0)),
        ));
    }
    for threshold in thresholds {
        all.push(Recording {
            labels: alloc::vec![("threshold", le(*threshold))],
            ..Recording::new(
                WITHIN,
                format!("sum by (model) ({buckets}{{{}}}) / {LATENCIES}", le_matcher(*threshold)),
            )
        });
        if policy.live.semantics != Semantics::Guarded {
            continue;
        }
        let slow = "model:driftline_request_duration_seconds:slow_increase_live";
        let labels = alloc::vec![("threshold", le(*threshold))];
        let slow_here = format!("sum by (model) ({slow}{{threshold=\"{}\"}})", le(*threshold));
        all.push(Recording {
            labels: labels.clone(),
            ..Recording::new(
                slow,
                format!("{LATENCIES} - sum by (model) ({buckets}{{{}}})", le_matcher(*threshold)),
            )
        });
        all.push(Recording {
            labels,
            ..Recording::new(SLOW_LOWER, lower_of_share(&slow_here, LATENCIES))
        });
    }
    all
}

fn of_errors(policy: &Policy) -> Vec<Recording> {
    let errors = "model:driftline_prediction_errors:increase_live";
    let budget = number(policy.objectives.availability.budget());
    let outcomes = "model_outcome:driftline_predictions:increase_live";
    let counter = exposition::PREDICTIONS.name;
    let known = "{outcome=~\"ok|error\"}";
    let mut all = alloc::vec![
        Recording::new(outcomes, live(policy, counter, known, "model, outcome", "model", known)),
        Recording::new(REQUESTS, format!("sum by (model) ({outcomes})")),
        Recording::new(errors, format!("sum by (model) ({outcomes}{{outcome=\"error\"}})")),
        Recording::new(ERRORS, format!("{errors} / {REQUESTS}")),
        Recording::new(BURN_RATE, format!("{ERRORS} / {budget}")),
    ];
    if policy.live.semantics == Semantics::Guarded {
        all.push(Recording::new(ERRORS_LOWER, lower_of_share(errors, REQUESTS)));
        all.push(Recording::new(BURN_RATE_LOWER, format!("{ERRORS_LOWER} / {budget}")));
    }
    all
}

/// The burn rates of every objective over the windows of the table, and the rows of the table in which both windows burn.
pub(super) fn of_burn_rates(policy: &Policy) -> Vec<Recording> {
    let mut all = Vec::new();
    let asked_for: BTreeSet<BurnWindows> = policy
        .rules
        .iter()
        .filter_map(|rule| match rule.metric {
            Metric::BurnRate { over } => over,
            _ => None,
        })
        .collect();
    let mut windows: Vec<Duration> =
        BURN_RATE_WINDOWS.iter().flat_map(|row| [row.short, row.long]).collect();
    windows.extend(asked_for.iter().flat_map(|over| [over.short, over.long]));
    windows.sort_unstable();
    windows.dedup();
    let predictions = exposition::PREDICTIONS.name;
    let durations = exposition::REQUEST_DURATION.name;
    let budget = &policy.objectives.availability;
    for window in &windows {
        let window = prometheus_duration(*window);
        let sum = |counter: &str| format!("sum by (model) (increase({counter}[{window}]))");
        let errors = sum(&format!("{predictions}{{outcome=\"error\"}}"));
        let known = sum(&format!("{predictions}{{outcome=~\"ok|error\"}}"));
        all.push(Recording::new(
            format!("model:driftline_error_budget:burn_rate{window}"),
            format!("{errors}\n  / {known}\n  / {}", number(budget.budget())),
        ));
        for objective in &policy.objectives.latency {
            let (numerator, denominator) = objective.quantile.ratio();
            let allowed = (denominator - numerator) as f64 / denominator as f64;
            let threshold = objective.threshold().0;
            let within = sum(&format!("{durations}_bucket{{{}}}", le_matcher(threshold)));
            let count = sum(&format!("{durations}_bucket{{le=\"+Inf\"}}"));
            all.push(Recording {
                labels: alloc::vec![
                    ("quantile", number(objective.quantile.share())),
                    ("threshold", le(threshold)),
                ],
                ..Recording::new(
                    format!("model:driftline_latency_budget:burn_rate{window}"),
                    format!("(1 - {within}\n  / {count})\n  / {}", number(allowed)),
                )
            });
        }
    }
    let is_guarded = policy.live.semantics == Semantics::Guarded;
    let lower_windows: BTreeSet<Duration> =
        asked_for.iter().filter(|_| is_guarded).flat_map(|over| [over.short, over.long]).collect();
    for window in lower_windows {
        let window = prometheus_duration(window);
        let sum = |outcome: &str| {
            format!("sum by (model) (increase({predictions}{{outcome{outcome}}}[{window}]))")
        };
        let counts = ["errors", "known"]
            .map(|what| format!("model:driftline_prediction_{what}:increase{window}"));
        for (record, outcome) in counts.iter().zip(["=\"error\"", "=~\"ok|error\""]) {
            all.push(Recording::new(record.as_str(), sum(outcome)));
        }
        let [errors, known] = counts;
        all.push(Recording::new(
            format!("model:driftline_error_budget:burn_rate_lower{window}"),
            format!("{}\n  / {}", lower_of_share(&errors, &known), number(budget.budget())),
        ));
    }
    for over in asked_for {
        for (record, end) in [(BURN_RATE_OVER, ""), (BURN_RATE_OVER_LOWER, "_lower")] {
            if record == BURN_RATE_OVER_LOWER && !is_guarded {
                continue;
            }
            let burn_rate = |window| {
                format!(
                    "model:driftline_error_budget:burn_rate{end}{}",
                    prometheus_duration(window)
                )
            };
            let (long, short) = (burn_rate(over.long), burn_rate(over.short));
            all.push(Recording {
                labels: over_labels(over),
                // No data where either has none.
                ..Recording::new(record, format!("({long} < {short}) or ({short} <= {long})"))
            });
        }
    }
    for row in &BURN_RATE_WINDOWS {
        let (long, short) = (prometheus_duration(row.long), prometheus_duration(row.short));
        let least = number(row.burn_rate_for(budget.period));
        for which in ["error", "latency"] {
            if which == "latency" && policy.objectives.latency.is_empty() {
                continue;
            }
            let name = format!("model:driftline_{which}_budget:burn_rate");
            all.push(Recording {
                labels: alloc::vec![
                    ("long", long.clone()),
                    ("severity", row.severity.to_string()),
                    ("short", short.clone()),
                ],
                ..Recording::new(
                    format!("model:driftline_{which}_budget:burning"),
                    format!("{name}{long} >= {least} and {name}{short} >= {least}"),
                )
            });
        }
    }
    all
}

/// The labels of [`BURN_RATE_OVER`].
pub(super) fn over_labels(over: BurnWindows) -> Vec<(&'static str, String)> {
    alloc::vec![
        ("long", prometheus_duration(over.long)),
        ("short", prometheus_duration(over.short))
    ]
}

/// Where the rows that a metric is made of are counted.
pub(super) fn rows_of(metric: &Metric) -> String {
    match metric {
        Metric::PsiScore { .. } | Metric::KlDivergence { .. } | Metric::JsDivergence { .. } => {
            FEATURES.rows()
        }
        Metric::PredictionPsi => OUTPUTS.rows(),
        Metric::MissingShare { .. } => VALUES.into(),
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => LATENCIES.into(),
        Metric::ErrorRate | Metric::BurnRate { .. } => REQUESTS.into(),
    }
}

/// The numbers of each column that a rule about all of them decides by, where they have enough rows; its label `alert` names
/// the rule. `None` for what is not of columns.
pub(super) fn decided(metric: &Metric) -> Option<&'static str> {
    match columns_of(metric) {
        "model" => None,
        "model, output, reference" => Some("model_output:driftline_alert:decided_live"),
        _ => Some("model_feature:driftline_alert:decided_live"),
    }
}

/// What says that a column is still compared with: its reference. Missing values have none.
pub(super) fn reference_of(metric: &Metric) -> Option<&'static str> {
    match columns_of(metric) {
        "model, feature, reference" => Some(FEATURES.reference_rows.name),
        "model, output, reference" => Some(OUTPUTS.reference_rows.name),
        _ => None,
    }
}

/// The labels by which a metric and the rows that it is made of belong together.
pub(super) fn columns_of(metric: &Metric) -> &'static str {
    match metric {
        Metric::PsiScore { .. } | Metric::KlDivergence { .. } | Metric::JsDivergence { .. } => {
            "model, feature, reference"
        }
        Metric::PredictionPsi => "model, output, reference",
        Metric::MissingShare { .. } => "model, feature",
        Metric::LatencyP50
        | Metric::LatencyP95
        | Metric::LatencyP99
        | Metric::ErrorRate
        | Metric::BurnRate { .. } => "model",
    }
}
