//! promtool unit tests from the counters of `/metrics` alone, through the recording rules of both groups, to an alert that
//! fires or does not.
//!
//! [`rule_test`](super::rule_test) gives the recorded series themselves, so it would also pass where a rule asks for a
//! series or a label that no other rule writes: here everything between has to fit.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::cmp::Ordering;

use super::{
    alert::{self, Alert, Atom, selector},
    exposition::{self, le},
    recording::{self, Cells, FEATURES, OUTPUTS},
    rule_test::{MODEL, MOST_STEPS, Test},
    yaml::number,
};
use crate::{
    duration::Duration,
    measure::{CurrentCounts, Js, Kl, Measure, Psi, ReferenceCounts, Sides},
    metric::{BurnWindows, Metric},
    policy::Policy,
    rule::Comparison,
};

/// Rows from one scrape to the next: so many that what is certain of a number is almost the number.
const ROWS: f64 = 1e9;

/// The reference's rows in each of four cells.
const CELL: u64 = 250_000_000;

/// How a model stands.
#[derive(Clone, Copy)]
enum State {
    /// This share of the rows failed, or has no value.
    Share(f64),
    /// This share of the rows of the other cells has moved to the last one.
    Moved(f64),
    /// This share of the requests took so many microseconds, the others one.
    Slow(f64, u64),
}

/// A state, rows from one scrape to the next, and how many scrapes.
type Phase = (State, f64, u64);

/// What is tested, and how densely.
struct Counters<'a> {
    policy: &'a Policy,
    alert: &'a Alert,
    interval: Duration,
    step: Duration,
}

/// The tests of one alert from counters.
pub(super) fn of_alert(policy: &Policy, alert: &Alert, step: Duration) -> String {
    let over = match alert.metric {
        Metric::BurnRate { over } => over,
        _ => None,
    };
    let shortest = over.map_or(policy.live.window, |over| over.short.min(policy.live.window));
    let interval = shortest.min(step).micros() / 4_000 * 1_000;
    let interval = Duration::from_micros(interval.max(1_000)).unwrap_or(Duration::MINUTE);
    let counters = Counters { policy, alert, interval, step };
    let (is_true, is_false) = (counters.state(true), counters.state(false));
    let hold = alert.hold.map_or(0, |hold| hold.micros().div_ceil(step.micros()));
    let last = hold + 3;
    let scrapes = counters.scrapes(last);
    if scrapes > 4 * MOST_STEPS {
        return format!(
            "# {}: scrapes are too close together for so long a hold to be tested from counters.\n",
            alert.name
        );
    }
    let mut out = String::new();
    for (state, fires, what) in
        [(is_true, true, "fires from counters"), (is_false, false, "does not fire from counters")]
    {
        let Some(state) = state else {
            out.push_str(&format!("# {} {what}: no counters reach it.\n", alert.name));
            continue;
        };
        let series = counters.series(OWN, &[(state, ROWS, scrapes)]);
        out.push_str(&counters.test(what, series, last, fires));
    }
    if let (Some(guards), Some(is_true), Some(is_false)) = (&alert.guards, is_true, is_false)
        && guards.on != "model"
        && guards.rows.1.is_empty()
    {
        let too_few = guards.min_samples as f64 / 4.0 / scrapes as f64;
        let mut series = counters.series(OWN, &[(is_false, ROWS, scrapes)]);
        for (name, values) in counters.series("few rows", &[(is_true, too_few, scrapes)]) {
            if !series.iter().any(|(other, _)| *other == name) {
                series.push((name, values));
            }
        }
        out.push_str(&counters.test(
            "does not fire by one column's numbers and another one's rows",
            series,
            last,
            false,
        ));
    }
    if let (Some(over), Some(is_true)) = (over, is_true) {
        out.push_str(&counters.of_one_window(over, is_true));
    }
    out
}

/// The column of a test whose rule names none.
const OWN: &str = "any";

impl Counters<'_> {
    /// How many scrapes there are up to a step.
    fn scrapes(&self, steps: u64) -> u64 {
        (self.step.micros() * steps).div_ceil(self.interval.micros())
    }

    fn test(&self, what: &str, series: Vec<(String, String)>, at: u64, fires: bool) -> String {
        Test {
            name: format!("counters: {} {what}", self.alert.name),
            interval: self.interval,
            step: self.step,
            series,
            checks: alloc::vec![(at, self.alert, fires)],
        }
        .yaml()
    }

    /// Two windows, of which only one burns: it takes both.
    fn of_one_window(&self, over: BurnWindows, is_true: State) -> String {
        let is_large = self.alert.condition[0].comparison.direction() == Ordering::Greater;
        let keep = self.alert.keep_firing_for.map_or(0, Duration::micros);
        let short = over.short.micros();
        let later = (short + keep + 3 * self.step.micros()).div_ceil(self.interval.micros());
        let before = (short + 2 * self.step.micros()).div_ceil(self.interval.micros());
        let both = (before + later) * self.interval.micros();
        if !is_large || both > over.long.micros() || before + later > 4 * MOST_STEPS {
            return String::new();
        }
        let at = both / self.step.micros();
        let none = State::Share(0.0);
        [
            ("does not fire by its short window alone", [(none, ROWS), (is_true, ROWS / 1e6)]),
            ("does not fire by its long window alone", [(is_true, ROWS), (none, ROWS / 1e6)]),
        ]
        .map(|(what, [first, then])| {
            let phases = [(first.0, first.1, before), (then.0, then.1, later)];
            self.test(what, self.series(OWN, &phases), at, false)
        })
        .concat()
    }

    /// A state in which the condition is surely true, or false.
    fn state(&self, wanted: bool) -> Option<State> {
        self.states(wanted).into_iter().find(|state| self.is_true(*state) == Some(wanted))
    }

    fn states(&self, wanted: bool) -> Vec<State> {
        if let Some(percent) = alert::percent_of(&self.alert.metric) {
            let slow = f64::from(100 - percent) / 100.0;
            let share = if wanted { 1.5 } else { 0.5 } * slow;
            let ends = exposition::latency_buckets(self.policy);
            let times: Vec<u64> = ends.iter().flat_map(|end| [*end, end + 1]).collect();
            let of = |share: f64| times.iter().map(move |micros| State::Slow(share, *micros));
            return of(share).chain(of(1.5 * slow)).chain(of(0.5 * slow)).collect();
        }
        let of_cells = self.cells().is_some();
        let most = if of_cells { State::Moved(0.999) } else { State::Share(1.0) };
        let Some(most) = self.value(&self.alert.condition[0], most) else { return Vec::new() };
        let thresholds = self.alert.condition.iter().map(|atom| atom.threshold);
        let mut ends: Vec<f64> =
            thresholds.chain([0.0, most]).filter(|end| (0.0..=most).contains(end)).collect();
        ends.sort_by(f64::total_cmp);
        let between = ends.windows(2).map(|pair| pair[0] + (pair[1] - pair[0]) / 2.0);
        let values = core::iter::once(0.0).chain(between);
        values
            .map(|value| {
                if of_cells { State::Moved(self.moved(value)) } else { State::Share(value / most) }
            })
            .collect()
    }

    /// The share that has to move for a divergence, by halving.
    fn moved(&self, value: f64) -> f64 {
        let (mut low, mut high) = (0.0, 0.999);
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            let found = self.value(&self.alert.condition[0], State::Moved(middle));
            if found.is_some_and(|found| found < value) { low = middle } else { high = middle }
        }
        low
    }

    /// `None` where a number is too near its threshold to be sure.
    fn is_true(&self, state: State) -> Option<bool> {
        let mut is_true = true;
        for atom in &self.alert.condition {
            let (value, threshold) = (self.value(atom, state)?, atom.threshold);
            let is_exact = matches!(state, State::Share(share) if share == 0.0);
            let is_near = (value - threshold).abs() <= 1e-3 * threshold.abs() + 1e-9;
            if is_near && !(is_exact && value.total_cmp(&threshold).is_eq()) {
                return None;
            }
            is_true &= match atom.comparison {
                Comparison::Greater => value > threshold,
                Comparison::GreaterOrEqual => value >= threshold,
                Comparison::Less => value < threshold,
                Comparison::LessOrEqual => value <= threshold,
                Comparison::Equal => value.total_cmp(&threshold).is_eq(),
                Comparison::NotEqual => value.total_cmp(&threshold).is_ne(),
            };
        }
        Some(is_true)
    }

    /// The number of a condition, of very many rows.
    fn value(&self, atom: &Atom, state: State) -> Option<f64> {
        Some(match state {
            State::Share(share) => match self.alert.metric {
                Metric::BurnRate { .. } => share / self.policy.objectives.availability.budget(),
                _ => share,
            },
            State::Slow(share, micros) => {
                let end: f64 = atom.labels.first()?.1.parse().ok()?;
                let within = if end * 1e6 + 0.5 >= micros as f64 { 1.0 } else { 1.0 - share };
                if atom.record == recording::WITHIN { within } else { 1.0 - within }
            }
            State::Moved(share) => {
                let [other, last] = cells(share).map(|share| (share * ROWS) as u64);
                let current = [other, other, other, last];
                let sides = Sides::of_cells(ReferenceCounts(&[CELL; 4]), CurrentCounts(&current));
                match self.alert.metric {
                    Metric::KlDivergence { .. } => Kl::default().compare(&sides)?.value,
                    Metric::JsDivergence { .. } => Js::default().compare(&sides)?.value,
                    _ => Psi::default().compare(&sides)?.value,
                }
            }
        })
    }

    fn cells(&self) -> Option<Cells> {
        match self.alert.metric {
            Metric::PsiScore { .. } | Metric::KlDivergence { .. } | Metric::JsDivergence { .. } => {
                Some(FEATURES)
            }
            Metric::PredictionPsi => Some(OUTPUTS),
            _ => None,
        }
    }

    /// What a server exposes in these states, one after the other.
    fn series(&self, column: &str, phases: &[Phase]) -> Vec<(String, String)> {
        let scrapes: u64 = phases.iter().map(|(_, _, n)| n).sum();
        let constant = |value: f64| format!("{}+0x{scrapes}", number(value));
        let column = self.alert.metric.feature().unwrap_or(column);
        let model = ("model", MODEL.to_string());
        let seconds = number(self.interval.micros() as f64 / 1e6);
        let mut all = alloc::vec![(
            selector(exposition::LAST_EVENT.name, core::slice::from_ref(&model)),
            format!("0+{seconds}x{scrapes}")
        )];
        let mut counter =
            |name: &str, labels: &[(&'static str, String)], of: &dyn Fn(State) -> f64| {
                let labels: Vec<_> = [model.clone()].iter().chain(labels).cloned().collect();
                let (mut values, mut at) = (String::from("0"), 0.0);
                for (state, rows, n) in phases {
                    let grows = of(*state) * rows;
                    values += &format!(" {}+{}x{}", number(at + grows), number(grows), n - 1);
                    at += grows * *n as f64;
                }
                all.push((selector(name, &labels), values));
            };
        if let Some(Cells { column: label, counts, shares, reference_rows }) = self.cells() {
            let labels = [(label, column.into()), ("reference", "r".into())];
            for bin in 0..4_usize {
                let labels = [labels[0].clone(), labels[1].clone(), ("bin", bin.to_string())];
                counter(counts.name, &labels, &|state| match state {
                    State::Moved(share) => cells(share)[usize::from(bin == 3)],
                    _ => 0.0,
                });
            }
            let labels: Vec<_> = [model.clone()].into_iter().chain(labels).collect();
            all.push((selector(reference_rows.name, &labels), constant(4.0 * CELL as f64)));
            for bin in 0..4_usize {
                let bin = ("bin", bin.to_string());
                let labels: Vec<_> = labels.iter().cloned().chain([bin]).collect();
                all.push((selector(shares.name, &labels), constant(0.25)));
            }
            return all;
        }
        let share_of = |state| match state {
            State::Share(share) | State::Moved(share) | State::Slow(share, _) => share,
        };
        if alert::percent_of(&self.alert.metric).is_some() {
            let name = format!("{}_bucket", exposition::REQUEST_DURATION.name);
            for end in exposition::latency_buckets(self.policy) {
                counter(&name, &[("le", le(end))], &|state| match state {
                    State::Slow(share, micros) if end < micros => 1.0 - share,
                    _ => 1.0,
                });
            }
            counter(&name, &[("le", "+Inf".into())], &|_| 1.0);
        } else if let Metric::MissingShare { .. } = self.alert.metric {
            let name = exposition::FEATURE_VALUES.name;
            let labels = |state: &str| [("feature", column.into()), ("state", state.into())];
            counter(name, &labels("missing"), &share_of);
            counter(name, &labels("present"), &|state| 1.0 - share_of(state));
        } else {
            let name = exposition::PREDICTIONS.name;
            counter(name, &[("outcome", "error".into())], &share_of);
            counter(name, &[("outcome", "ok".into())], &|state| 1.0 - share_of(state));
            // Nobody knows of them whether they failed.
            counter(name, &[("outcome", "unknown".into())], &|_| 10.0);
        }
        all
    }
}

/// The share of each of the other cells, and that of the last.
fn cells(moved: f64) -> [f64; 2] {
    [(1.0 - moved) / 4.0, 0.25 + 0.75 * moved]
}
