//! How a value is compared with a threshold.

use core::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

/// PromQL's six comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Comparison {
    /// Above.
    #[default]
    #[serde(rename = ">")]
    Greater,
    /// At or above.
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// Below.
    #[serde(rename = "<")]
    Less,
    /// At or below.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// The same.
    #[serde(rename = "==")]
    Equal,
    /// Another.
    #[serde(rename = "!=")]
    NotEqual,
}

impl Comparison {
    /// Every comparison.
    pub const ALL: [Comparison; 6] = [
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Equal,
        Comparison::NotEqual,
    ];

    /// Compares by IEEE 754, as PromQL does: NaN is not equal to anything, and otherwise nothing is true of it.
    pub fn compare(self, value: f64, threshold: f64) -> bool {
        let order = value.partial_cmp(&threshold);
        match self {
            Comparison::Greater => order == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => order.is_some_and(Ordering::is_ge),
            Comparison::Less => order == Some(Ordering::Less),
            Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
            Comparison::Equal => order == Some(Ordering::Equal),
            Comparison::NotEqual => order != Some(Ordering::Equal),
        }
    }

    /// As PromQL writes it.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Equal => "==",
            Comparison::NotEqual => "!=",
        }
    }

    /// Whether it speaks of large values (`Greater`) or of small ones (`Less`); `Equal` for neither.
    pub fn direction(self) -> Ordering {
        match self {
            Comparison::Greater | Comparison::GreaterOrEqual => Ordering::Greater,
            Comparison::Less | Comparison::LessOrEqual => Ordering::Less,
            Comparison::Equal | Comparison::NotEqual => Ordering::Equal,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.symbol())
    }
}
