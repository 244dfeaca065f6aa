//! The numbers that rules and triggers are about, by the names that people write.

use alloc::{format, string::String};
use core::fmt;

use serde::{Deserialize, Serialize};

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
    /// How many times faster than allowed the error budget is spent.
    BurnRate,
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

    /// Reads a name, with `{feature="…"}` behind those that are of one feature. In the feature's name `\"` is a quote and
    /// `\\` a backslash, as in PromQL.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Metric, String> {
        let (name, feature) = match text.split_once('{') {
            None => (text.trim(), None),
            Some((name, label)) => {
                let quoted = label
                    .trim_end()
                    .strip_suffix('}')
                    .and_then(|label| label.trim().strip_prefix("feature"))
                    .and_then(|label| label.trim_start().strip_prefix('='));
                let feature = quoted.and_then(|quoted| unquoted(quoted.trim()));
                let feature = feature.ok_or_else(|| {
                    format!("expected a metric such as psi_score{{feature=\"age\"}}, found {text}")
                })?;
                (name.trim(), Some(feature))
            }
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
            "burn_rate" => of_all(Metric::BurnRate),
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
            Metric::BurnRate => "burn_rate",
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
            Metric::MissingShare { .. } | Metric::ErrorRate | Metric::BurnRate => "ratio",
            Metric::LatencyP50 | Metric::LatencyP95 | Metric::LatencyP99 => "seconds",
        }
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

/// A text in double quotes, without them.
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut plain = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next()? {
                escaped @ ('"' | '\\') => plain.push(escaped),
                _ => return None,
            },
            '"' => return None,
            c => plain.push(c),
        }
    }
    Some(plain)
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
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
    }

    #[test]
    fn what_is_no_metric_is_refused() {
        for text in [
            "",
            "psi",
            "psi_score{}",
            "psi_score{feature=a}",
            "latency_p99{feature=\"a\"}",
            "psi_score{feature=\"a\"\"}",
        ] {
            assert!(Metric::parse(text).is_err(), "{text}");
        }
    }
}
