//! The numbers that rules and triggers are about, by the names that people write.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    duration::Duration, errors::Errors, evidence::Observed, latency::Micros, num::wilson,
    objective::Availability,
};

/// A number that a window of rows has: `psi_score`, `psi_score{feature="age"}`, `latency_p99`.
///
/// ```
/// use driftline_core::metric::Metric;
/// let metric = Metric::parse(r#"psi_score{feature="distance_from_home"}"#).unwrap();
/// assert_eq!(metric, Metric::PsiScore { feature: Some("distance_from_home".into()) });
/// assert_eq!(Metric::parse("latency_p99").unwrap().unit(), "seconds");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub enum Metric {
    /// PSI of a feature; without one the largest of all features.
    PsiScore {
        /// Which.
        feature: Option<String>,
    },
    /// The largest PSI of predictions and probabilities.
    PredictionPsi,
    /// KL divergence of a feature; without one the largest of all features.
    KlDivergence {
        /// Which.
        feature: Option<String>,
    },
    /// JS divergence of a feature, in bits; without one the largest of all features.
    JsDivergence {
        /// Which.
        feature: Option<String>,
    },
    /// Share of rows without a value in a feature; without one the largest of all features.
    MissingShare {
        /// Which.
        feature: Option<String>,
    },
    /// The median latency, in seconds.
    LatencyP50,
    /// The 95th percentile of latency, in seconds.
    LatencyP95,
    /// The 99th percentile of latency, in seconds.
    LatencyP99,
    /// Share of requests that failed, in \[0, 1\].
    ErrorRate,
    /// How many times faster than allowed the error budget is spent: in the window at hand, or the smaller of the burn rates
    /// of a long and a short one, so that `burn_rate{long="1h",short="5m"} >= 14.4` is true where both burn so fast.
    BurnRate {
        /// Over which two windows.
        over: Option<BurnWindows>,
    },
}

/// A long window and a short one, both ending now. The long one makes a burn rate matter, the short one ends the alert soon
/// after the burning has ended.
///
/// ```
/// use driftline_core::metric::{BurnWindows, Metric};
/// let metric = Metric::parse(r#"burn_rate{long="1h",short="5m"}"#).unwrap();
/// let Metric::BurnRate { over: Some(BurnWindows { long, short }) } = metric else { panic!() };
/// assert_eq!(long.micros(), 12 * short.micros());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BurnWindows {
    /// The long one.
    pub long: Duration,
    /// The short one.
    pub short: Duration,
}

impl BurnWindows {
    /// The smaller burn rate of the errors in both windows, on the rows of the smaller count; `None` where one has none.
    ///
    /// That it is certain is asked of the long window, whose lower end, by [Wilson](wilson), takes the place of its rate. The
    /// short one only says that it still burns.
    pub fn observed(
        self,
        availability: &Availability,
        long: &Errors,
        short: &Errors,
    ) -> Option<Observed> {
        let (rate, still) = (long.rate()?, short.rate()?);
        let burn_rate = |rate: f64| availability.burn_rate_of(rate.min(still));
        Some(Observed {
            lower: Some(burn_rate(wilson::lower(long.errors, long.rows))),
            ..Observed::new(burn_rate(rate), long.rows.min(short.rows))
        })
    }

    /// The shorter of both: what a reading is made of for the least part. Readings that lie closer together share rows.
    pub(crate) fn own_span(self) -> Duration {
        self.long.min(self.short)
    }
}

impl Metric {
    /// Every metric's name, without a feature.
    pub const NAMES: [&'static str; 10] = [
        "psi_score",
        "prediction_psi",
        "kl_divergence",
        "js_divergence",
        "missing_share",
        "latency_p50",
        "latency_p95",
        "latency_p99",
        "error_rate",
        "burn_rate",
    ];

    /// Reads a name, with `{feature="…"}` behind those that are of one feature, and `{long="1h",short="5m"}` behind
    /// `burn_rate` over two windows. In the feature's name `\"` is a quote and `\\` a backslash, as in PromQL.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Metric, String> {
        let (name, labels) = match text.split_once('{') {
            None => (text.trim(), Vec::new()),
            Some((name, labels)) => {
                let labels = labels.trim_end().strip_suffix('}').and_then(read_labels);
                let labels = labels.ok_or_else(|| {
                    format!("expected a metric such as psi_score{{feature=\"age\"}}, found {text}")
                })?;
                (name.trim(), labels)
            }
        };
        let feature = match labels.as_slice() {
            [] => None,
            [(label, feature)] if label == "feature" => Some(feature.clone()),
            _ if name == "burn_rate" => {
                return Ok(Metric::BurnRate { over: Some(read_windows(&labels)?) });
            }
            _ => return Err(format!("{name}: expected {{feature=\"…\"}}, found {text}")),
        };
        let of_all = |metric: Metric| match &feature {
            None => Ok(metric),
            Some(_) => Err(format!("{name}: expected no feature, found one")),
        };
        match name {
            "psi_score" => Ok(Metric::PsiScore { feature }),
            "kl_divergence" => Ok(Metric::KlDivergence { feature }),
            "js_divergence" => Ok(Metric::JsDivergence { feature }),
            "missing_share" => Ok(Metric::MissingShare { feature }),
            "prediction_psi" => of_all(Metric::PredictionPsi),
            "latency_p50" => of_all(Metric::LatencyP50),
            "latency_p95" => of_all(Metric::LatencyP95),
            "latency_p99" => of_all(Metric::LatencyP99),
            "error_rate" => of_all(Metric::ErrorRate),
            "burn_rate" => of_all(Metric::BurnRate { over: None }),
            _ => Err(format!("expected one of {}, found \"{name}\"", Metric::NAMES.join(", "))),
        }
    }

    /// The name without a feature.
    pub fn name(&self) -> &'static str {
        match self {
            Metric::PsiScore { .. } => "psi_score",
            Metric::PredictionPsi => "prediction_psi",
            Metric::KlDivergence { .. } => "kl_divergence",
            Metric::JsDivergence { .. } => "js_divergence",
            Metric::MissingShare { .. } => "missing_share",
            Metric::LatencyP50 => "latency_p50",
            Metric::LatencyP95 => "latency_p95",
            Metric::LatencyP99 => "latency_p99",
            Metric::ErrorRate => "error_rate",
            Metric::BurnRate { .. } => "burn_rate",
        }
    }

    /// The feature it is of, if it is of one.
    pub fn feature(&self) -> Option<&str> {
        match self {
            Metric::PsiScore { feature }
            | Metric::KlDivergence { feature }
            | Metric::JsDivergence { feature }
            | Metric::MissingShare { feature } => feature.as_deref(),
            _ => None,
        }
    }

    /// What it counts.
    pub fn unit(&self) -> &'static str {
        match self {
            Metric::PsiScore { .. } | Metric::PredictionPsi | Metric::KlDivergence { .. } => "nats",
            Metric::JsDivergence { .. } => "bits",
            Metric::MissingShare { .. } | Metric::ErrorRate | Metric::BurnRate { .. } => "ratio",
            Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => "seconds",
        }
    }

    /// The time that a reading is about where that is not the window at hand: a later one is distinct evidence only where it
    /// is at least so much later.
    pub(crate) fn own_span(&self) -> Option<Duration> {
        match self {
            Metric::BurnRate { over } => over.map(BurnWindows::own_span),
            _ => None,
        }
    }

    /// A threshold of this metric as a latency, where it is one: in whole microseconds, as latencies are counted.
    pub(crate) fn latency_at(&self, threshold: f64) -> Option<Micros> {
        let is_latency =
            matches!(self, Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99);
        Micros::from_ms(threshold * 1000.0).filter(|_| is_latency)
    }

    /// Whether only the inputs speak in it: of a drift of inputs alone a rollback is not expected to help.
    pub fn is_of_inputs(&self) -> bool {
        matches!(
            self,
            Metric::PsiScore { .. }
                | Metric::KlDivergence { .. }
                | Metric::JsDivergence { .. }
                | Metric::MissingShare { .. }
        )
    }
}

/// Labels as PromQL writes them: `name="text", name="text"`, none twice.
fn read_labels(text: &str) -> Option<Vec<(String, String)>> {
    let mut labels: Vec<(String, String)> = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, behind) = rest.split_once('=')?;
        let name = name.trim();
        let (value, behind) = unquoted(behind.trim_start())?;
        if name.is_empty() || labels.iter().any(|(other, _)| other == name) {
            return None;
        }
        labels.push((name.into(), value));
        rest = behind.trim_start();
        if rest.is_empty() {
            return Some(labels);
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

/// A text in double quotes, without them, and what stands behind it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let mut plain = String::new();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next()?.1 {
                escaped @ ('"' | '\\') => plain.push(escaped),
                _ => return None,
            },
            '"' => return Some((plain, &inner[at + 1..])),
            c => plain.push(c),
        }
    }
    None
}

fn read_windows(labels: &[(String, String)]) -> Result<BurnWindows, String> {
    let expected = "burn_rate: expected {long=\"1h\",short=\"5m\"}";
    let read = |wanted: &str| {
        let (_, text) = labels
            .iter()
            .find(|(name, _)| name == wanted)
            .ok_or_else(|| format!("{expected}, found no {wanted}"))?;
        Duration::parse(text).ok_or_else(|| {
            format!(
                "burn_rate: expected {wanted} to be a duration such as \"1h\", found \"{text}\""
            )
        })
    };
    let windows = BurnWindows { long: read("long")?, short: read("short")? };
    match labels.iter().find(|(name, _)| name != "long" && name != "short") {
        Some((name, _)) => Err(format!("{expected}, found {name}")),
        None => Ok(windows),
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Metric::BurnRate { over: Some(BurnWindows { long, short }) } = self {
            return write!(f, "{{long=\"{long}\",short=\"{short}\"}}");
        }
        match self.feature() {
            Some(feature) => {
                let escaped = feature.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "{{feature=\"{escaped}\"}}")
            }
            None => Ok(()),
        }
    }
}

impl From<Metric> for String {
    fn from(metric: Metric) -> String {
        format!("{metric}")
    }
}

impl TryFrom<String> for Metric {
    type Error = String;

    fn try_from(text: String) -> Result<Metric, String> {
        Metric::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_metric_is_read_as_it_is_written() {
        for name in Metric::NAMES {
            let metric = Metric::parse(name).unwrap();
            assert_eq!((metric.name(), metric.to_string().as_str()), (name, name));
        }
        for feature in ["age", "a b", "quote\"d", "back\\slash", "čaj", ""] {
            let metric = Metric::PsiScore { feature: Some(feature.into()) };
            assert_eq!(Metric::parse(&metric.to_string()), Ok(metric));
        }
        assert!(Metric::parse("psi_score { feature = \"a\" }").is_ok());
        for (text, written) in [
            (r#"burn_rate{long="1h",short="5m"}"#, r#"burn_rate{long="1h",short="5m"}"#),
            (r#"burn_rate{ short = "30m", long = "6h" }"#, r#"burn_rate{long="6h",short="30m"}"#),
            (r#"burn_rate{long="1w",short="360m"}"#, r#"burn_rate{long="7d",short="6h"}"#),
        ] {
            let metric = Metric::parse(text).unwrap();
            assert_eq!(metric.to_string(), written);
            assert_eq!(Metric::parse(written), Ok(metric.clone()));
            let json = serde_json::to_string(&metric).unwrap();
            assert_eq!(serde_json::from_str::<Metric>(&json).unwrap(), metric);
        }
    }

    #[test]
    fn what_is_no_metric_is_refused() {
        for text in [
            "",
            "psi",
            "burn_rate{feature=\"a\"}",
            "burn_rate{long=\"1h\"}",
            "burn_rate{long=\"1h\",short=\"5 min\"}",
            "burn_rate{long=\"1h\",long=\"2h\"}",
            "burn_rate{long=\"1h\",short=\"5m\",}",
            "burn_rate{long=\"1h\",short=\"5m\",mid=\"1m\"}",
            "psi_score{long=\"1h\",short=\"5m\"}",
            "psi_score{}",
            "psi_score{feature=a}",
            "latency_p99{feature=\"a\"}",
            "psi_score{feature=\"a\"\"}",
        ] {
            assert!(Metric::parse(text).is_err(), "{text}");
        }
    }
}
