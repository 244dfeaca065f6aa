//! Alerting rules: a policy's rule as PromQL, with the guards that PromQL can hold.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::cmp::Ordering;

use super::{
    exposition::{self, below, le, up_to},
    recording::{self, FEATURES, OUTPUTS, Recording, prometheus_duration},
    yaml::{self, indented, literal_template, number, promql_quoted, quoted},
};
use crate::{
    duration::Duration,
    engine::no_data_name,
    live::Semantics,
    metric::Metric,
    policy::Policy,
    rule::{Comparison, Hold, NoDataPolicy, Rule},
};

/// Labels that the export gives itself, or that Prometheus does.
const OWN_LABELS: [&str; 7] =
    ["alertname", "alertstate", "model", "severity", "ladder", "action", "source"];

/// A number of one series that a condition compares.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Atom {
    /// The recorded series, without labels.
    pub(super) record: String,
    /// Its labels beside `model`.
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) comparison: Comparison,
    pub(super) threshold: f64,
}

/// An alerting rule, and what its tests need to know of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Alert {
    pub(super) name: String,
    /// What it is about.
    pub(super) metric: Metric,
    pub(super) comments: Vec<String>,
    pub(super) expr: String,
    pub(super) hold: Option<Duration>,
    pub(super) keep_firing_for: Option<Duration>,
    pub(super) labels: Vec<(String, String)>,
    pub(super) annotations: Vec<(String, String)>,
    /// What must be true at once.
    pub(super) condition: Vec<Atom>,
    /// The same with the exit threshold.
    pub(super) exit: Option<Vec<Atom>>,
    /// What else must be there for the condition to be decided.
    pub(super) shown: Option<String>,
    pub(super) guards: Option<Guards>,
    /// What each column said when it last could; read by the alert itself.
    pub(super) decided: Option<Recording>,
    pub(super) on_no_data: NoDataPolicy,
}

/// When nothing is decided.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Guards {
    /// The recorded series of the number of rows, and its labels beside `model`: not those of the series that is compared,
    /// which may name windows or thresholds.
    pub(super) rows: (String, Vec<(&'static str, String)>),
    /// The labels that tell which rows a compared series is made of.
    pub(super) on: &'static str,
    pub(super) min_samples: u64,
    pub(super) max_age: Duration,
}

/// The alert on missing data of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NoDataAlert {
    pub(super) alert: Alert,
    /// The rule that has no data.
    pub(super) of: String,
}

impl Alert {
    pub(super) fn yaml(&self) -> String {
        let mut out = String::new();
        for comment in &self.comments {
            out.push_str(&format!("# {}\n", yaml::comment(comment)));
        }
        out.push_str(&format!("- alert: {}\n  expr: |-\n{}", self.name, indented(&self.expr, 4)));
        if let Some(hold) = self.hold {
            out.push_str(&format!("  for: {}\n", prometheus_duration(hold)));
        }
        if let Some(keep) = self.keep_firing_for {
            out.push_str(&format!("  keep_firing_for: {}\n", prometheus_duration(keep)));
        }
        for (key, pairs) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            if !pairs.is_empty() {
                out.push_str(&format!("  {key}:\n"));
            }
            for (name, value) in pairs {
                out.push_str(&format!("    {name}: {}\n", quoted(&literal_template(value))));
            }
        }
        out
    }
}

/// The alert of a rule, and the one on its missing data where it has one.
///
/// `None` where Prometheus cannot be given the rule; `report` takes why, and what is given otherwise.
pub(super) fn of_rule(
    policy: &Policy,
    rule: &Rule,
    report: &mut dyn FnMut(&str, String),
) -> Option<(Alert, Option<NoDataAlert>)> {
    let condition = match condition_of(policy, rule, rule.threshold) {
        Ok(condition) => condition,
        Err((key, why)) => {
            report(key, why);
            return None;
        }
    };
    let is_guarded = policy.live.semantics == Semantics::Guarded;
    let exit = match rule
        .exit_threshold
        .filter(|exit| is_guarded && exit.total_cmp(&rule.threshold).is_ne())
    {
        None => None,
        Some(exit) => match condition_of(policy, rule, exit) {
            Ok(condition) => Some(condition),
            Err((_, why)) => {
                report("exit_threshold", why);
                None
            }
        },
    };
    let guards = is_guarded.then(|| Guards {
        rows: (recording::rows_of(&rule.metric), feature_of(&rule.metric)),
        on: recording::columns_of(&rule.metric),
        min_samples: rule.min_samples.unwrap_or(policy.live.min_samples).max(1),
        max_age: policy.live.max_age,
    });
    let on_no_data = if is_guarded { rule.on_no_data() } else { NoDataPolicy::Resolve };
    let mut comments = alloc::vec![format!(
        "{} {} {}{}",
        rule.metric,
        rule.comparison,
        rule.threshold,
        rule.until.map_or(String::new(), |until| format!(", up to {until}"))
    )];
    let hold = hold_of(policy, rule, &mut comments);
    let keep_firing_for = match rule.keep_firing_for {
        Hold::None => None,
        Hold::For(keep) => Some(keep),
        Hold::Windows(n) => {
            let keep = policy.live.window.times(n.into());
            comments.push(format!(
                "keep_firing_for is {}: {n} windows of {}.",
                prometheus_duration(keep),
                policy.live.window
            ));
            Some(keep)
        }
    };
    for (key, duration) in [("for", hold), ("keep_firing_for", keep_firing_for)] {
        if duration > Some(LONGEST) {
            report(key, format!("expected at most {LONGEST}, found longer"));
            return None;
        }
    }
    let labels = labels(policy, rule, report);
    let mut annotations = annotations(rule, report);
    if !annotations.iter().any(|(name, _)| name == "summary") {
        let summary = format!("{} {} {}", rule.metric, rule.comparison, rule.threshold);
        annotations.push(("summary".into(), summary));
    }
    let mut alert = Alert {
        name: rule.name.clone(),
        metric: rule.metric.clone(),
        comments,
        expr: String::new(),
        hold,
        keep_firing_for,
        labels,
        annotations,
        condition,
        exit,
        shown: percent_of(&rule.metric).map(recording::percentile),
        guards,
        decided: None,
        on_no_data,
    };
    alert.decided = decided(&alert);
    alert.expr = expr(&alert, rule);
    let no_data = (on_no_data == NoDataPolicy::Alert).then(|| no_data_alert(&alert, rule));
    Some((alert, no_data))
}

/// The longest hold that is exported.
const LONGEST: Duration = Duration::MINUTE.times(60 * 24 * 366);

/// How long the condition must hold. Windows are counted here as the time from the first to the last of them: Prometheus
/// does not know whether two evaluations saw different rows.
fn hold_of(policy: &Policy, rule: &Rule, comments: &mut Vec<String>) -> Option<Duration> {
    let window = policy.live.window;
    let span = |n: u32| (n > 1).then(|| window.times(u64::from(n) - 1));
    let needed = match policy.live.semantics {
        Semantics::Guarded => span(rule.windows_needed()),
        Semantics::Compat => None,
    };
    let own = match rule.hold {
        Hold::None => None,
        Hold::For(hold) => Some(hold),
        Hold::Windows(n) => {
            comments.push(format!(
                "for is {n} windows of {window}, from the first to the last of them: {}.",
                span(n).map_or("at once".to_string(), prometheus_duration)
            ));
            span(n)
        }
    };
    if needed > own {
        comments.push(format!(
            "for is longer than the rule's own: {} distinct windows of {window} take so long.",
            rule.windows_needed()
        ));
    }
    needed.max(own)
}

pub(super) fn percent_of(metric: &Metric) -> Option<u32> {
    match metric {
        Metric::LatencyP50 => Some(50),
        Metric::LatencyP95 => Some(95),
        Metric::LatencyP99 => Some(99),
        _ => None,
    }
}

/// The labels beside `model` that pick out a metric's series.
fn labels_of(metric: &Metric) -> Vec<(&'static str, String)> {
    match metric {
        Metric::BurnRate { over: Some(over) } => recording::over_labels(*over),
        _ => feature_of(metric),
    }
}

/// The label of the feature that a metric is about.
fn feature_of(metric: &Metric) -> Vec<(&'static str, String)> {
    metric.feature().map(|feature| ("feature", feature.into())).into_iter().collect()
}

/// The buckets that the policy's rules and objectives are decided by, in microseconds.
pub(super) fn bucket_thresholds(policy: &Policy) -> alloc::collections::BTreeSet<u64> {
    let mut ends: alloc::collections::BTreeSet<u64> =
        policy.objectives.latency.iter().map(|objective| objective.threshold().0).collect();
    for rule in policy.rules.iter().filter(|rule| percent_of(&rule.metric).is_some()) {
        for threshold in [Some(rule.threshold), rule.exit_threshold].into_iter().flatten() {
            ends.extend(bucket_of(rule.comparison, threshold));
        }
        ends.extend(rule.until.and_then(|until| bucket_of(past_band(rule.comparison), until)));
    }
    ends
}

/// The comparison that is true past the other end of a band.
fn past_band(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less | Comparison::LessOrEqual => Comparison::LessOrEqual,
        _ => Comparison::GreaterOrEqual,
    }
}

/// The bucket whose share decides a percentile's comparison: a percentile is above T exactly where too few are at or below T,
/// and at or above T exactly where too few are below it.
fn bucket_of(comparison: Comparison, seconds: f64) -> Option<u64> {
    match comparison {
        Comparison::Greater | Comparison::LessOrEqual => up_to(seconds),
        Comparison::GreaterOrEqual | Comparison::Less => below(seconds),
        Comparison::Equal | Comparison::NotEqual => None,
    }
    .filter(|micros| *micros > 0)
}

fn condition_of(
    policy: &Policy,
    rule: &Rule,
    threshold: f64,
) -> Result<Vec<Atom>, (&'static str, String)> {
    let is_guarded = policy.live.semantics == Semantics::Guarded;
    // In guarded mode the time above a step counts for the step below.
    let until = rule.until.filter(|_| !is_guarded || !policy.has_step_above(rule));
    let Some(percent) = percent_of(&rule.metric) else {
        let atom = |comparison, threshold| Atom {
            record: record_of(&rule.metric, rule.comparison, is_guarded),
            labels: labels_of(&rule.metric),
            comparison,
            threshold,
        };
        let before_until = match past_band(rule.comparison) {
            Comparison::LessOrEqual => Comparison::Greater,
            _ => Comparison::Less,
        };
        let own = atom(rule.comparison, threshold);
        return Ok([own].into_iter().chain(until.map(|until| atom(before_until, until))).collect());
    };
    let share = f64::from(percent) / 100.0;
    let atom = |comparison: Comparison, seconds: f64, is_true: bool| {
        let message = match comparison {
            Comparison::Equal | Comparison::NotEqual => format!(
                "expected >, >=, < or <= of a percentile, found {comparison}: buckets do not tell a percentile to the last digit"
            ),
            _ => format!(
                "expected a time from 2 microseconds to 2 hours, found {seconds} s: no bucket ends there"
            ),
        };
        let micros = bucket_of(comparison, seconds).ok_or(message)?;
        let is_large = comparison.direction() == Ordering::Greater;
        if is_guarded && rule.comparison.direction() == Ordering::Greater {
            // Above for certain: the lower end of the share that is slower is larger than what may be.
            return Ok(Atom {
                record: recording::SLOW_LOWER.into(),
                labels: alloc::vec![("threshold", le(micros))],
                comparison: if is_true { Comparison::Greater } else { Comparison::LessOrEqual },
                threshold: f64::from(100 - percent) / 100.0,
            });
        }
        Ok(Atom {
            record: recording::WITHIN.into(),
            labels: alloc::vec![("threshold", le(micros))],
            comparison: if is_large == is_true {
                Comparison::Less
            } else {
                Comparison::GreaterOrEqual
            },
            threshold: share,
        })
    };
    let own = atom(rule.comparison, threshold, true).map_err(|why| ("threshold", why))?;
    let band = until
        .map(|until| atom(past_band(rule.comparison), until, false))
        .transpose()
        .map_err(|why| ("until", why))?;
    Ok([own].into_iter().chain(band).collect())
}

/// The recorded series of a metric that is compared as it is. Where large is bad, guarded mode compares what is certain.
fn record_of(metric: &Metric, comparison: Comparison, is_guarded: bool) -> String {
    let is_lower = is_guarded && comparison.direction() == Ordering::Greater;
    let psi = |cells: recording::Cells| if is_lower { cells.psi_lower() } else { cells.psi() };
    let pick = |value: &str, lower: &str| String::from(if is_lower { lower } else { value });
    match metric {
        Metric::PsiScore { .. } => psi(FEATURES),
        Metric::PredictionPsi => psi(OUTPUTS),
        Metric::KlDivergence { .. } if is_lower => FEATURES.kl_lower(),
        Metric::KlDivergence { .. } => FEATURES.kl(),
        Metric::JsDivergence { .. } if is_lower => FEATURES.js_lower(),
        Metric::JsDivergence { .. } => FEATURES.js(),
        Metric::MissingShare { .. } => pick(recording::MISSING, recording::MISSING_LOWER),
        Metric::ErrorRate => pick(recording::ERRORS, recording::ERRORS_LOWER),
        Metric::BurnRate { over: None } => pick(recording::BURN_RATE, recording::BURN_RATE_LOWER),
        Metric::BurnRate { over: Some(_) } => {
            pick(recording::BURN_RATE_OVER, recording::BURN_RATE_OVER_LOWER)
        }
        Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => {
            recording::percentile(percent_of(metric).unwrap_or(50))
        }
    }
}

pub(super) fn selector(record: &str, labels: &[(&'static str, String)]) -> String {
    let pairs: Vec<String> =
        labels.iter().map(|(name, value)| format!("{name}={}", promql_quoted(value))).collect();
    if pairs.is_empty() { record.into() } else { format!("{record}{{{}}}", pairs.join(",")) }
}

/// The metric where it is decided, as one number for each model.
fn shown(alert: &Alert) -> String {
    shown_with(alert, alert.guards.as_ref())
}

fn shown_with(alert: &Alert, guards: Option<&Guards>) -> String {
    format!("max by (model) ({})", each(alert, guards))
}

/// The metric where it is decided: of each column where it is of columns.
fn each(alert: &Alert, guards: Option<&Guards>) -> String {
    let series = match (&alert.shown, alert.condition.first()) {
        (Some(shown), _) => shown.clone(),
        (None, Some(atom)) => selector(&atom.record, &atom.labels),
        (None, None) => String::new(),
    };
    match guards {
        Some(Guards { rows: (rows, labels), on, min_samples, .. }) => {
            format!("{series} and on ({on}) {} >= {min_samples}", selector(rows, labels))
        }
        None => series,
    }
}

/// What an alert about the largest number of all columns has to remember: a column that stops has no say any more, and what
/// the others say is no news of it.
fn decided(alert: &Alert) -> Option<Recording> {
    let guards = alert.guards.as_ref().filter(|_| alert.on_no_data != NoDataPolicy::Resolve)?;
    let is_large = alert.condition[0].comparison.direction() == Ordering::Greater;
    let record = recording::decided(&alert.metric)?;
    (is_large && guards.rows.1.is_empty()).then(|| Recording {
        record: record.into(),
        expr: each(alert, Some(guards)),
        labels: alloc::vec![("alert", alert.name.clone())],
    })
}

/// The columns that were past the threshold when they last said anything.
fn stopped(alert: &Alert, decided: &Recording, on: &str) -> String {
    let decided = selector(&decided.record, &decided.labels);
    let last = format!("last_over_time({decided}[{MISSED_FOR}])");
    let last = is_true(alert, last, alert.exit.as_ref().unwrap_or(&alert.condition));
    let reference = recording::reference_of(&alert.metric)
        .map_or(String::new(), |rows| format!("\n    and on ({on}) {rows}"));
    format!("{last}\n    unless on ({on}) {decided}{reference}")
}

fn fresh(guards: &Guards) -> String {
    let max_age = number(guards.max_age.micros() as f64 / 1e6);
    format!("time() - max by (model) ({}) <= {max_age}", exposition::LAST_EVENT.name)
}

fn is_true(alert: &Alert, shown: String, atoms: &[Atom]) -> String {
    let mut expr = shown;
    for atom in atoms {
        let comparison = format!("{} {}", atom.comparison, number(atom.threshold));
        match alert.shown {
            None => expr = format!("{expr} {comparison}"),
            Some(_) => {
                expr = format!(
                    "{expr}\n  and on (model) {} {comparison}",
                    selector(&atom.record, &atom.labels)
                );
            }
        }
    }
    expr
}

fn expr(alert: &Alert, rule: &Rule) -> String {
    let firing = format!("ALERTS{{alertname={},alertstate=\"firing\"}}", promql_quoted(&rule.name));
    let mut expr = is_true(alert, shown(alert), &alert.condition);
    if let Some(exit) = &alert.exit {
        // Once it fires, the condition is true until the value passes the exit threshold.
        // Where no data clears nothing it needs no rows for that.
        let guards = alert.guards.as_ref().filter(|_| alert.on_no_data == NoDataPolicy::Resolve);
        let exit = is_true(alert, shown_with(alert, guards), exit);
        expr = format!("(\n  {expr}\n  or {exit}\n  and on (model) {firing}\n)");
    }
    let Some(guards) = &alert.guards else { return expr };
    let fresh = fresh(guards);
    expr = format!("{expr}\nand on (model) {fresh}");
    if alert.on_no_data != NoDataPolicy::Resolve {
        // No data clears nothing: the alert that fires stays, with NaN for a value.
        let mut says = format!("{} and on (model) {fresh}", shown(alert));
        if let Some(decided) = &alert.decided {
            let stopped = stopped(alert, decided, guards.on);
            says = format!("{says}\n  unless on (model) (\n    {stopped}\n  )");
        }
        expr =
            format!("({expr})\nor (max by (model) ({firing}) * NaN\n  unless on (model) ({says}))");
    }
    expr
}

/// A rule's labels, and the ones that grouping, inhibition and Driftline's own webhook read.
fn labels(
    policy: &Policy,
    rule: &Rule,
    report: &mut dyn FnMut(&str, String),
) -> Vec<(String, String)> {
    let mut labels: Vec<(String, String)> =
        alloc::vec![("severity".into(), rule.severity.to_string())];
    let is_ladder = policy.rules.iter().any(|other| rule.is_below(other) || other.is_below(rule));
    if is_ladder {
        labels.push(("ladder".into(), rule.metric.to_string()));
    }
    if let Some(action) = rule.action {
        labels.push(("action".into(), action.name().into()));
    }
    labels.push(("source".into(), "driftline".into()));
    for (name, value) in &rule.labels {
        let key = format!("labels.{name:?}");
        if OWN_LABELS.contains(&name.as_str()) {
            report(
                &key,
                "expected a label that is not the export's own, found one: it is left out".into(),
            );
        } else if is_label_name(name) {
            labels.push((name.clone(), value.clone()));
        } else {
            report(&key, format!("expected letters, digits and _, found {name:?}: it is left out"));
        }
    }
    labels
}

fn annotations(rule: &Rule, report: &mut dyn FnMut(&str, String)) -> Vec<(String, String)> {
    let mut annotations = Vec::new();
    for (name, value) in &rule.annotations {
        if is_label_name(name) {
            annotations.push((name.clone(), value.clone()));
        } else {
            let message = format!("expected letters, digits and _, found {name:?}: it is left out");
            report(&format!("annotations.{name:?}"), message);
        }
    }
    annotations
}

/// What Prometheus takes for the name of a label or annotation; names with two underscores in front are its own.
fn is_label_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with("__")
}

/// How long a model that is no longer exposed is missed, and a column that stopped.
const MISSED_FOR: &str = "1d";

fn no_data_alert(alert: &Alert, rule: &Rule) -> NoDataAlert {
    let decided = match &alert.guards {
        Some(guards) => format!("{}\n  and on (model) {}", shown(alert), fresh(guards)),
        None => shown(alert),
    };
    let known =
        format!("group by (model) (last_over_time({}[{MISSED_FOR}]))", exposition::MODEL_INFO.name);
    let labels = alert.labels.iter().filter(|(name, _)| name != "ladder" && name != "action");
    let summary = format!("No decided {} for {}", rule.metric, rule.no_data_for);
    let no_data = Alert {
        name: no_data_name(rule),
        comments: alloc::vec![format!("{} has no data, or too little to decide", rule.name)],
        expr: format!("{known}\nunless on (model) (\n  {decided}\n)"),
        hold: Some(rule.no_data_for),
        keep_firing_for: None,
        decided: None,
        labels: labels.cloned().collect(),
        annotations: alloc::vec![("summary".into(), summary)],
        ..alert.clone()
    };
    NoDataAlert { alert: no_data, of: rule.name.clone() }
}

/// The nearest numbers on both sides of an atom's threshold: where it is true, and where it is false.
pub(super) fn around(atom: &Atom) -> (Vec<f64>, Vec<f64>) {
    let (at, above, below) = (atom.threshold, atom.threshold.next_up(), atom.threshold.next_down());
    match atom.comparison {
        Comparison::Greater => (alloc::vec![above], alloc::vec![at]),
        Comparison::GreaterOrEqual => (alloc::vec![at], alloc::vec![below]),
        Comparison::Less => (alloc::vec![below], alloc::vec![at]),
        Comparison::LessOrEqual => (alloc::vec![at], alloc::vec![above]),
        Comparison::Equal => (alloc::vec![at], alloc::vec![above, below]),
        Comparison::NotEqual => (alloc::vec![above, below], alloc::vec![at]),
    }
}
