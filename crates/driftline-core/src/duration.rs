//! Lengths of time as people write them: `15m`, `1h30m`, `7d`.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};

const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 3600 * 1_000_000),
    ("d", 24 * 3600 * 1_000_000),
    ("h", 3600 * 1_000_000),
    ("m", 60 * 1_000_000),
    ("s", 1_000_000),
    ("ms", 1000),
];

/// A length of time above zero, in whole microseconds: `1h`, `1d12h`, `500ms`. Days have 24 hours.
///
/// ```
/// use driftline_core::duration::Duration;
/// let duration = Duration::parse("90m").unwrap();
/// assert_eq!((duration.micros(), duration.to_string()), (5_400_000_000, "1h30m".into()));
/// assert!(Duration::parse("10 mins").is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("pattern" = r#"^(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"#)))]
#[serde(try_from = "String", into = "String")]
pub struct Duration {
    micros: u64,
}

impl Duration {
    /// Sixty seconds.
    pub const MINUTE: Duration = Duration { micros: 60_000_000 };

    /// So many times as long; at least once, and at most about 29,000 years.
    #[must_use]
    pub const fn times(self, n: u64) -> Duration {
        const LONGEST: u64 = i64::MAX as u64 / 10;
        let n = if n == 0 { 1 } else { n };
        let micros = self.micros.saturating_mul(n);
        Duration { micros: if micros > LONGEST { LONGEST } else { micros } }
    }

    /// `numerator`/`denominator` of it, at least a microsecond.
    #[must_use]
    pub(crate) const fn fraction(self, numerator: u64, denominator: u64) -> Duration {
        let micros = self.micros.saturating_mul(numerator) / denominator;
        Duration { micros: if micros == 0 { 1 } else { micros } }
    }

    /// `None` for no time at all, and past about 29,000 years.
    pub fn from_micros(micros: u64) -> Option<Duration> {
        (1..=i64::MAX as u64 / 10).contains(&micros).then_some(Duration { micros })
    }

    /// In microseconds.
    pub fn micros(self) -> u64 {
        self.micros
    }

    /// Reads whole numbers with the units w, d, h, m, s, ms, each at most once, largest first.
    pub fn parse(text: &str) -> Option<Duration> {
        let mut rest = text;
        let mut micros = 0_u64;
        let mut next_unit = 0;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number: u64 = rest[..digits].parse().ok()?;
            rest = &rest[digits..];
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let unit = UNITS.iter().position(|(name, _)| *name == &rest[..letters])?;
            if unit < next_unit {
                return None;
            }
            next_unit = unit + 1;
            micros = micros.checked_add(number.checked_mul(UNITS[unit].1)?)?;
            rest = &rest[letters..];
        }
        Duration::from_micros(micros)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.micros;
        // Weeks are read, days are what people expect to see.
        for (name, micros) in UNITS.into_iter().skip(1) {
            if rest >= micros {
                write!(f, "{}{name}", rest / micros)?;
                rest %= micros;
            }
        }
        Ok(())
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> String {
        alloc::format!("{duration}")
    }
}

impl TryFrom<String> for Duration {
    type Error = String;

    fn try_from(text: String) -> Result<Duration, String> {
        Duration::parse(&text)
            .ok_or_else(|| alloc::format!("expected a duration such as \"10m\", found \"{text}\""))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn check_parse(text: &str, seconds: Option<f64>, written: &str) {
        let found = Duration::parse(text);
        assert_eq!(found.map(|d| d.micros() as f64 / 1e6), seconds, "{text}");
        assert_eq!(found.map_or(String::new(), |d| d.to_string()), written, "{text}");
    }

    #[test]
    fn durations_are_numbers_with_units_largest_first() {
        check_parse("1h", Some(3600.0), "1h");
        check_parse("1d12h", Some(129_600.0), "1d12h");
        check_parse("2w", Some(1_209_600.0), "14d");
        check_parse("1500ms", Some(1.5), "1s500ms");
        for text in
            ["", "0s", "1", "h", "1h1h", "1m1h", "-1s", "1.5h", "10 mins", "1 h", "99999999999w"]
        {
            check_parse(text, None, "");
        }
    }
}
