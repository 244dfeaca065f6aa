//! How quick and how reliable is enough, and how fast the rest is spent.
//!
//! A latency objective is decided in integers, on the count at its own threshold: p95 is above T exactly where
//! 100·count(≤ T) < 95·N. What is displayed comes from buckets and never contradicts that.
//!
//! **Coordinated omission.** A client that waits for an answer before it sends the next request sends fewer requests while
//! the service is slow, so its latencies understate what users who do not wait would have seen. Latencies recorded by the
//! service itself, one for each request that arrived, do not have this fault; a load generator's need its correction before
//! they come here.

use alloc::{format, string::String, vec, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration,
    latency::{LatencyHistogram, Micros},
    num,
    report::LatencyFigures,
    verdict::Severity,
};

/// What the service promises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Objectives {
    /// How long answers may take.
    pub latency: Vec<Objective>,
    /// How many may fail.
    pub availability: Availability,
}

impl Default for Objectives {
    /// p95 < 100 ms, p99 < 500 ms; 99.9 % of requests succeed over 30 days.
    fn default() -> Objectives {
        let objective = |percent: u64, ms| Objective {
            quantile: Quantile { per_million: percent * 10_000 },
            threshold: Duration::MINUTE.fraction(ms, 60_000),
        };
        Objectives {
            latency: vec![objective(95, 100), objective(99, 500)],
            availability: Availability::default(),
        }
    }
}

impl Objectives {
    /// The thresholds that a histogram must count at from the start, so that every objective is decided exactly.
    pub fn thresholds(&self) -> Vec<Micros> {
        self.latency.iter().map(Objective::threshold).collect()
    }

    /// Calls `report` with the path and text of everything that is wrong.
    pub(crate) fn check(&self, report: &mut impl FnMut(String, String)) {
        for (i, objective) in self.latency.iter().enumerate() {
            let earlier = self.latency.iter().take(i);
            if earlier.into_iter().any(|other| other.quantile == objective.quantile) {
                let share = objective.quantile.share();
                let message =
                    format!("expected one objective for each quantile, found {share} again");
                report(format!("objectives.latency[{i}].quantile"), message);
            }
        }
    }

    /// Decides every latency objective.
    pub fn judge(&self, latencies: &LatencyHistogram) -> Vec<ObjectiveOutcome> {
        self.latency.iter().map(|objective| objective.judge(latencies)).collect()
    }
}

/// A quantile of latency that stays below a threshold: `{"quantile": 0.95, "threshold": "100ms"}`.
///
/// ```
/// use driftline_core::{latency::LatencyHistogram, objective::Objectives};
///
/// let objectives = Objectives::default();
/// let mut latencies = LatencyHistogram::with_thresholds(&objectives.thresholds());
/// for i in 0..100 {
///     latencies.record_ms(if i < 95 { 100.0 } else { 2000.0 });
/// }
/// let judged = objectives.judge(&latencies)[0];
/// assert_eq!((judged.met, judged.share_within), (Some(true), Some(0.95)));
/// assert_eq!(judged.budget_spent, Some(1.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// Which share of the requests.
    pub quantile: Quantile,
    /// How long they may take.
    pub threshold: Duration,
}

impl Objective {
    /// The threshold in the unit of latencies.
    pub fn threshold(&self) -> Micros {
        Micros(self.threshold.micros())
    }

    /// Decides the objective on counts.
    pub fn judge(&self, latencies: &LatencyHistogram) -> ObjectiveOutcome {
        let threshold = self.threshold();
        let (numerator, denominator) = self.quantile.ratio();
        let within = latencies.within(threshold).filter(|_| latencies.count() > 0);
        let share_within = within.map(|within| within as f64 / latencies.count() as f64);
        let allowed = denominator - numerator;
        let budget_spent = within.map(|within| {
            let slow = latencies.count() - within;
            // Exact up to 2⁵³: a budget spent to the last request is 1, not nearly 1.
            (slow as f64 * denominator as f64) / (latencies.count() as f64 * allowed as f64)
        });
        ObjectiveOutcome {
            quantile: self.quantile,
            threshold_ms: threshold.as_ms(),
            met: latencies.meets(numerator, denominator, threshold),
            share_within,
            budget_spent,
        }
    }

    /// Where figures hold both ends of its quantile; `None` where they do not hold it.
    pub(crate) fn ends_of(&self) -> Option<(FigureEnd, FigureEnd)> {
        match self.quantile.per_million {
            500_000 => Some((|f| f.p50_lower_ms, |f| f.p50_upper_ms)),
            950_000 => Some((|f| f.p95_lower_ms, |f| f.p95_upper_ms)),
            990_000 => Some((|f| f.p99_lower_ms, |f| f.p99_upper_ms)),
            _ => None,
        }
    }
}

/// An end of a quantile's interval, in milliseconds.
pub(crate) type FigureEnd = fn(&LatencyFigures) -> Option<f64>;

/// Whether an objective is met.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectiveOutcome {
    /// Which share of the requests.
    pub quantile: Quantile,
    /// How long they may take.
    pub threshold_ms: f64,
    /// Whether so many do not take longer; absent without latencies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<bool>,
    /// Share that does not, in \[0, 1\].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_within: Option<f64>,
    /// The requests that are too slow, by how many may be: above 1 the objective is missed. Over a window this is its burn
    /// rate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_spent: Option<f64>,
}

/// A share in (0, 1), in whole millionths, so that it is decided in integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "f64", into = "f64")]
pub struct Quantile {
    per_million: u64,
}

impl Quantile {
    /// `None` for what is not in (0, 1), or is no whole number of millionths.
    pub fn new(share: f64) -> Option<Quantile> {
        let millionths = num::round(share * 1e6);
        // Decimal shares are not binary ones: 0.999 · 10⁶ may be off by a rounding, but by no more.
        let is_whole = num::abs(share * 1e6 - millionths) < 1e-6;
        (is_whole && (1.0..=999_999.0).contains(&millionths))
            .then_some(Quantile { per_million: millionths as u64 })
    }

    /// As a fraction.
    pub fn ratio(self) -> (u64, u64) {
        (self.per_million, 1_000_000)
    }

    /// As a number.
    pub fn share(self) -> f64 {
        self.per_million as f64 / 1e6
    }
}

impl From<Quantile> for f64 {
    fn from(quantile: Quantile) -> f64 {
        quantile.share()
    }
}

impl TryFrom<f64> for Quantile {
    type Error = String;

    fn try_from(share: f64) -> Result<Quantile, String> {
        Quantile::new(share).ok_or_else(|| {
            format!("expected a share such as 0.95, of at most six decimals, found {share}")
        })
    }
}

/// How many requests may fail, and over how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Availability {
    /// Share of requests that succeed.
    pub success_rate: Quantile,
    /// The time over which the budget is counted.
    pub period: Duration,
}

impl Default for Availability {
    fn default() -> Availability {
        Availability {
            success_rate: Quantile { per_million: 999_000 },
            period: Duration::MINUTE.times(30 * 24 * 60),
        }
    }
}

impl Availability {
    /// The error budget: share of requests that may fail.
    pub fn budget(&self) -> f64 {
        (1_000_000 - self.success_rate.per_million) as f64 / 1e6
    }

    /// How many times faster than allowed the budget is spent: 1 spends it exactly over the period.
    pub fn burn_rate_of(&self, error_rate: f64) -> f64 {
        error_rate / self.budget()
    }

    /// The largest burn rate there is: every request fails.
    pub fn largest_burn_rate(&self) -> f64 {
        1.0 / self.budget()
    }
}

/// A row of the table of burn rates: alert where both windows burn at least so fast. The long window makes it matter, the
/// short one ends it soon after.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BurnRateWindow {
    /// Share of the period's budget that is gone when it alerts.
    pub budget_share: f64,
    /// The long window.
    pub long: Duration,
    /// The short one.
    pub short: Duration,
    /// From this burn rate on, for a period of 30 days.
    pub burn_rate: f64,
    /// Whom it wakes.
    pub severity: Severity,
}

/// The table of the Google SRE workbook, chapter 5, "Multiwindow, multi-burn-rate alerts": two pages and a ticket. As rules:
/// [`burn_rate_rules`](crate::rule::burn_rate_rules).
pub const BURN_RATE_WINDOWS: [BurnRateWindow; 3] = [
    BurnRateWindow {
        budget_share: 0.02,
        long: Duration::MINUTE.times(60),
        short: Duration::MINUTE.times(5),
        burn_rate: 14.4,
        severity: Severity::Critical,
    },
    BurnRateWindow {
        budget_share: 0.05,
        long: Duration::MINUTE.times(6 * 60),
        short: Duration::MINUTE.times(30),
        burn_rate: 6.0,
        severity: Severity::Critical,
    },
    BurnRateWindow {
        budget_share: 0.1,
        long: Duration::MINUTE.times(3 * 24 * 60),
        short: Duration::MINUTE.times(6 * 60),
        burn_rate: 1.0,
        severity: Severity::Moderate,
    },
];

impl BurnRateWindow {
    /// The burn rate that spends the row's share of the budget in the long window, for another period.
    pub fn burn_rate_for(&self, period: Duration) -> f64 {
        self.budget_share * period.micros() as f64 / self.long.micros() as f64
    }

    /// Whether both windows burn fast enough.
    pub fn is_burning(&self, long_rate: f64, short_rate: f64) -> bool {
        long_rate >= self.burn_rate && short_rate >= self.burn_rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_workbooks() {
        let period = Availability::default().period;
        for row in BURN_RATE_WINDOWS {
            assert!((row.burn_rate_for(period) - row.burn_rate).abs() < 1e-12, "{row:?}");
            // The workbook's short window is a twelfth of the long one.
            assert_eq!(row.short.micros() * 12, row.long.micros());
        }
        assert!(BURN_RATE_WINDOWS[0].is_burning(14.4, 20.0));
        assert!(!BURN_RATE_WINDOWS[0].is_burning(14.4, 14.3));
    }

    #[test]
    fn an_objective_is_decided_in_integers_on_the_value_as_given() {
        let objective = Objectives::default().latency[1];
        for (slow, met) in [(0, true), (10, true), (11, false), (1000, false)] {
            let mut latencies = LatencyHistogram::with_thresholds(&[objective.threshold()]);
            for i in 0..1000 {
                latencies.record_ms(if i < slow { 500.000_1 } else { 500.0 });
            }
            assert_eq!(objective.judge(&latencies).met, Some(met), "{slow} slow of 1000");
        }
        assert_eq!(objective.judge(&LatencyHistogram::new()).met, None);
    }

    #[test]
    fn a_quantile_is_a_whole_number_of_millionths_between_nothing_and_all() {
        for share in [0.5, 0.95, 0.99, 0.999, 0.9999, 0.000_001, 0.123_456] {
            assert_eq!(Quantile::new(share).map(Quantile::share), Some(share));
        }
        for share in [0.0, 1.0, -0.1, 95.0, f64::NAN, 0.123_456_7] {
            assert_eq!(Quantile::new(share), None, "{share}");
        }
    }

    #[test]
    fn a_burn_rate_is_errors_by_what_may_fail() {
        let availability = Availability::default();
        assert!((availability.burn_rate_of(0.0144) - 14.4).abs() < 1e-12);
        assert!((availability.largest_burn_rate() - 1000.0).abs() < 1e-9);
    }
}
