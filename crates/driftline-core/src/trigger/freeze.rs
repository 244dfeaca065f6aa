//! Times in which nothing is changed.

use alloc::{format, string::String};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

const MINUTES_A_DAY: u32 = 24 * 60;
const MINUTES_A_WEEK: u32 = 7 * MINUTES_A_DAY;
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// `Fri 16:00..Mon 08:00` every week, or `2024-12-20T00:00:00Z..2025-01-02T00:00:00Z` once; in UTC, the end excluded.
///
/// ```
/// use driftline_core::{time::Timestamp, trigger::FreezeWindow};
/// let weekend = FreezeWindow::parse("Fri 16:00..Mon 08:00").unwrap();
/// let frozen = |text| weekend.contains(Timestamp::parse(text).unwrap());
/// assert!(frozen("2024-01-12T16:00:00Z") && frozen("2024-01-14T00:00:00Z"));
/// assert!(!frozen("2024-01-15T08:00:00Z"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub enum FreezeWindow {
    /// Every week, in minutes since Monday, 00:00 UTC; from a later one to an earlier one over the week's end.
    Weekly {
        /// Its first minute.
        from: u32,
        /// The minute after its last.
        to: u32,
    },
    /// Once.
    Once {
        /// Its first instant.
        from: Timestamp,
        /// The instant after its last.
        to: Timestamp,
    },
}

impl FreezeWindow {
    /// Reads either form; `None` for anything else, and for a window of no length.
    pub fn parse(text: &str) -> Option<FreezeWindow> {
        let (from, to) = text.split_once("..")?;
        let (from, to) = (from.trim(), to.trim());
        if let (Some(from), Some(to)) = (Timestamp::parse(from), Timestamp::parse(to)) {
            return (from < to).then_some(FreezeWindow::Once { from, to });
        }
        let (from, to) = (minute_of_week(from)?, minute_of_week(to)?);
        (from != to).then_some(FreezeWindow::Weekly { from, to })
    }

    /// Whether an instant is in it.
    pub fn contains(&self, now: Timestamp) -> bool {
        match *self {
            FreezeWindow::Once { from, to } => from <= now && now < to,
            FreezeWindow::Weekly { from, to } => {
                // 1970-01-01 was a Thursday.
                let minutes = now.micros().div_euclid(60_000_000) + 3 * i64::from(MINUTES_A_DAY);
                let minute = minutes.rem_euclid(i64::from(MINUTES_A_WEEK)) as u32;
                if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
            }
        }
    }
}

fn minute_of_week(text: &str) -> Option<u32> {
    let (day, clock) = text.split_once(' ')?;
    let day = DAYS.iter().position(|name| name.eq_ignore_ascii_case(day))? as u32;
    let (hour, minute) = clock.trim().split_once(':')?;
    let two = |digits: &str| {
        let is_two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u32>().ok().filter(|_| is_two)
    };
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(day * MINUTES_A_DAY + hour * 60 + minute)
}

impl fmt::Display for FreezeWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            FreezeWindow::Once { from, to } => write!(f, "{from}..{to}"),
            FreezeWindow::Weekly { from, to } => {
                let mut write = |minute: u32| {
                    let day = DAYS[(minute / MINUTES_A_DAY) as usize % DAYS.len()];
                    write!(f, "{day} {:02}:{:02}", minute / 60 % 24, minute % 60)
                };
                write(from)?;
                f.write_str("..")?;
                let day = DAYS[(to / MINUTES_A_DAY) as usize % DAYS.len()];
                write!(f, "{day} {:02}:{:02}", to / 60 % 24, to % 60)
            }
        }
    }
}

impl From<FreezeWindow> for String {
    fn from(window: FreezeWindow) -> String {
        format!("{window}")
    }
}

impl TryFrom<String> for FreezeWindow {
    type Error = String;

    fn try_from(text: String) -> Result<FreezeWindow, String> {
        FreezeWindow::parse(&text).ok_or_else(|| {
            format!("expected a range such as \"Fri 16:00..Mon 08:00\" (UTC), found \"{text}\"")
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn check(text: &str, inside: &[&str], outside: &[&str]) {
        let window = FreezeWindow::parse(text).unwrap();
        assert_eq!(window.to_string(), text);
        for (times, is_inside) in [(inside, true), (outside, false)] {
            for time in times {
                let now = Timestamp::parse(time).unwrap();
                assert_eq!(window.contains(now), is_inside, "{text}: {time}");
            }
        }
    }

    #[test]
    fn a_window_holds_its_first_minute_and_not_its_last() {
        // 2024-01-15 is a Monday.
        check(
            "Mon 09:00..Mon 17:30",
            &["2024-01-15T09:00:00Z", "2024-01-22T17:29:59Z"],
            &["2024-01-15T08:59:59Z", "2024-01-15T17:30:00Z", "2024-01-16T12:00:00Z"],
        );
        check("Sun 23:59..Mon 00:01", &["2024-01-15T00:00:59Z"], &["2024-01-15T00:01:00Z"]);
        check(
            "2024-12-20T00:00:00Z..2025-01-02T00:00:00Z",
            &["2024-12-20T00:00:00Z", "2025-01-01T23:59:59Z"],
            &["2025-01-02T00:00:00Z", "2025-12-24T00:00:00Z"],
        );
        check("Wed 00:00..Thu 00:00", &["1969-12-31T23:59:59Z"], &["1970-01-01T00:00:00Z"]);
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "Mon 09:00",
            "Mon 09:00..Mon 09:00",
            "Mon 9:00..Tue 09:00",
            "Mon 24:00..Tue 00:00",
            "2025-01-02..2024-12-20",
            "Mon 09:00..2025-01-02",
        ] {
            assert_eq!(FreezeWindow::parse(text), None, "{text}");
        }
    }
}
