//! How long something must last: a time, or a number of windows.

use alloc::{format, string::String};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{duration::Duration, time::Timestamp};

/// `2m`, `3windows`, or `0s` for no hold at all. Windows are for rows without times, where no clock runs between them.
///
/// ```
/// use driftline_core::rule::Hold;
/// assert_eq!(Hold::parse("3windows"), Some(Hold::Windows(3)));
/// assert_eq!(Hold::parse("0s"), Some(Hold::None));
/// assert_eq!(Hold::parse("2 m"), None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("pattern" = r#"^(0|[0-9]+ *windows?|(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$"#)))]
#[serde(try_from = "String", into = "String")]
pub enum Hold {
    /// At once.
    #[default]
    None,
    /// A length of time.
    For(Duration),
    /// A number of distinct windows in a row, at least 1.
    Windows(u32),
}

impl Hold {
    /// Reads a duration, `0s`, or a number of windows.
    pub fn parse(text: &str) -> Option<Hold> {
        match text.strip_suffix("windows").or_else(|| text.strip_suffix("window")) {
            Some(n) => n.trim_end().parse().ok().filter(|n| *n > 0).map(Hold::Windows),
            None if matches!(text, "0" | "0s" | "0m") => Some(Hold::None),
            None => Duration::parse(text).map(Hold::For),
        }
    }

    /// Whether there is nothing to wait for.
    pub fn is_none(&self) -> bool {
        *self == Hold::None
    }

    /// The time, of a hold that is one.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Hold::For(duration) => Some(duration),
            _ => None,
        }
    }

    /// Whether it is served by what lasts since `since` and was seen in `windows` windows.
    pub(crate) fn is_served(self, since: Timestamp, windows: u32, now: Timestamp) -> bool {
        match self {
            Hold::None => true,
            Hold::For(duration) => now.since(since) >= duration.micros(),
            Hold::Windows(n) => windows >= n,
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Hold::None => f.write_str("0s"),
            Hold::For(duration) => duration.fmt(f),
            Hold::Windows(n) => write!(f, "{n}windows"),
        }
    }
}

impl From<Hold> for String {
    fn from(hold: Hold) -> String {
        format!("{hold}")
    }
}

impl TryFrom<String> for Hold {
    type Error = String;

    fn try_from(text: String) -> Result<Hold, String> {
        Hold::parse(&text).ok_or_else(|| {
            format!("expected a duration such as \"10m\" or \"3windows\", found \"{text}\"")
        })
    }
}
