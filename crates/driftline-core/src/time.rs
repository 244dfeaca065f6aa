//! Instants, given by the caller: core has no clock.
//!
//! A [`Timestamp`] counts microseconds since 1970-01-01T00:00:00Z on the proleptic Gregorian calendar, without leap
//! seconds. It is written as RFC 3339 in UTC and read from the forms that data files use: a [`TimeForm`] is the one that
//! a column keeps to, worked out from its first values by a [`TimeSample`].

use alloc::{format, string::String};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

mod form;
mod sample;

pub use form::TimeForm;
pub use sample::{Detected, TimeSample};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// An instant: microseconds since the Unix epoch, UTC.
///
/// ```
/// use driftline_core::time::Timestamp;
/// let t = Timestamp::parse("2024-01-15 10:30:00").unwrap();
/// assert_eq!(t.to_string(), "2024-01-15T10:30:00Z");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "alloc::string::String", extend("format" = "date-time")))]
pub struct Timestamp {
    micros: i64,
}

impl Timestamp {
    /// The Unix epoch.
    pub const EPOCH: Timestamp = Timestamp { micros: 0 };

    /// The first instant that RFC 3339 can write, and the last.
    const ENDS: (i64, i64) = (-62_167_219_200_000_000, 253_402_300_799_999_999);

    /// The instant `micros` microseconds after the Unix epoch; what lies outside the years 0000 to 9999 becomes the end
    /// it is past.
    pub const fn from_micros(micros: i64) -> Timestamp {
        let (first, last) = Timestamp::ENDS;
        Timestamp {
            micros: if micros < first {
                first
            } else if micros > last {
                last
            } else {
                micros
            },
        }
    }

    /// The instant `millis` milliseconds after the Unix epoch, as a browser's clock gives it; otherwise as
    /// [`from_micros`](Timestamp::from_micros).
    pub const fn from_millis(millis: i64) -> Timestamp {
        Timestamp::from_micros(millis.saturating_mul(1000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// Microseconds that have passed since an earlier instant, 0 since a later one.
    pub const fn since(self, earlier: Timestamp) -> u64 {
        let micros = self.micros.saturating_sub(earlier.micros);
        if micros > 0 { micros as u64 } else { 0 }
    }

    /// The instant so many microseconds later, at most the last one of the year 9999.
    #[must_use]
    pub const fn later(self, micros: u64) -> Timestamp {
        Timestamp::from_micros(self.micros.saturating_add_unsigned(micros))
    }

    /// Reads year-first dates: RFC 3339 (`2024-01-15T10:30:00.250Z`, with any offset), the same with a blank for the
    /// `T`, without seconds, without an offset (taken as UTC), with `UTC` after it, with slashes for the hyphens, as a
    /// bare date, and ISO 8601's basic form (`20240115T103000Z`).
    ///
    /// Digits past the sixth of a fraction are cut off. `None` for anything else, impossible dates included.
    #[inline]
    pub fn parse(text: &str) -> Option<Timestamp> {
        Timestamp::parse_seconds(text.as_bytes()).or_else(|| Timestamp::parse_variant(text))
    }

    /// Reads what nearly every column of instants holds, `2024-01-15T10:30:00` with what may follow, all its digits at
    /// once. `None` says nothing about other texts.
    #[inline]
    fn parse_seconds(text: &[u8]) -> Option<Timestamp> {
        let (head, tail) = text.split_first_chunk::<19>()?;
        #[rustfmt::skip] // The pattern reads like the text.
        let &[
            y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T' | b' ',
            h1, h2, b':', i1, i2, b':', s1, s2,
        ] = head
        else {
            return None;
        };
        let digits = [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, i1, i2, s1, s2];
        let digits = digits.map(|byte| byte.wrapping_sub(b'0'));
        if digits.iter().fold(0, |largest, &digit| digit.max(largest)) > 9 {
            return None;
        }
        let two = |at: usize| i64::from(digits[at]) * 10 + i64::from(digits[at + 1]);
        let midnight = Timestamp::midnight(two(0) * 100 + two(2), two(4), two(6))?;
        let (mut fraction_micros, mut offset_seconds) = (0, 0);
        if !matches!(tail, b"" | b"Z") {
            let mut input = Input { rest: tail };
            fraction_micros = input.fraction_micros()?;
            offset_seconds = input.offset_seconds()?;
        }
        midnight.at(micros_of_day(two(8), two(10), two(12), fraction_micros)?, offset_seconds)
    }

    fn parse_variant(text: &str) -> Option<Timestamp> {
        let mut input = Input { rest: text.as_bytes() };
        let year = input.digits(4)?;
        let separator = input.rest.first().copied().filter(|byte| matches!(byte, b'-' | b'/'));
        let between = |input: &mut Input<'_>| separator.map_or(Some(()), |byte| input.expect(byte));
        between(&mut input)?;
        let month = input.digits(2)?;
        between(&mut input)?;
        let day = input.digits(2)?;
        let midnight = Timestamp::midnight(year, month, day)?;
        match (input.take(), separator) {
            (None, Some(_)) => Some(midnight),
            (Some(b'T' | b't' | b' '), Some(_)) => {
                midnight.at(input.extended_clock()?, input.offset_seconds()?)
            }
            (Some(b'T' | b't'), None) => midnight.at(input.basic_clock()?, input.offset_seconds()?),
            _ => None,
        }
    }

    /// The first instant of a day, `None` where the calendar has no such day.
    #[inline]
    fn midnight(year: i64, month: i64, day: i64) -> Option<Timestamp> {
        let exists = (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        let days = days_from_civil(year, month, day);
        exists.then_some(Timestamp { micros: days * SECONDS_PER_DAY * MICROS_PER_SECOND })
    }

    /// `micros_of_day` later, on a clock that is `offset_seconds` east of UTC.
    fn at(self, micros_of_day: i64, offset_seconds: i64) -> Option<Timestamp> {
        Timestamp::checked(self.micros + micros_of_day - offset_seconds * MICROS_PER_SECOND)
    }

    /// `None` outside the years 0000 to 9999.
    fn checked(micros: i64) -> Option<Timestamp> {
        let (first, last) = Timestamp::ENDS;
        (first..=last).contains(&micros).then_some(Timestamp { micros })
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.micros.div_euclid(MICROS_PER_SECOND);
        let fraction = self.micros.rem_euclid(MICROS_PER_SECOND);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if fraction != 0 {
            let digits = format!("{fraction:06}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        Timestamp::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "expected a time such as \"2024-01-15T10:30:00Z\", found \"{text}\""
            ))
        })
    }
}

/// What is left to read of a date.
struct Input<'a> {
    rest: &'a [u8],
}

impl Input<'_> {
    fn take(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.take()? == byte).then_some(())
    }

    fn digits(&mut self, n_digits: usize) -> Option<i64> {
        let mut value = 0;
        for _ in 0..n_digits {
            let byte = self.take()?;
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i64::from(byte - b'0');
        }
        Some(value)
    }

    /// Microseconds of a second's fraction; 0 where none is written.
    fn fraction_micros(&mut self) -> Option<i64> {
        match self.rest {
            [b'.' | b',', rest @ ..] => self.rest = rest,
            _ => return Some(0),
        }
        let mut micros = 0;
        let mut unit = 100_000;
        let mut any = false;
        while let Some(digit) = self.rest.first().filter(|b| b.is_ascii_digit()) {
            micros += i64::from(digit - b'0') * unit;
            unit /= 10;
            any = true;
            self.take();
        }
        any.then_some(micros)
    }

    /// `10:30`, `10:30:00` or `10:30:00.250`, in microseconds since midnight.
    fn extended_clock(&mut self) -> Option<i64> {
        let hour = self.digits(2)?;
        self.expect(b':')?;
        let minute = self.digits(2)?;
        if self.rest.first() == Some(&b':') {
            self.take();
            return self.seconds(hour, minute);
        }
        micros_of_day(hour, minute, 0, 0)
    }

    /// `1030`, `103000` or `103000.250`, in microseconds since midnight.
    fn basic_clock(&mut self) -> Option<i64> {
        let (hour, minute) = (self.digits(2)?, self.digits(2)?);
        if self.rest.first().is_some_and(u8::is_ascii_digit) {
            return self.seconds(hour, minute);
        }
        micros_of_day(hour, minute, 0, 0)
    }

    fn seconds(&mut self, hour: i64, minute: i64) -> Option<i64> {
        let second = self.digits(2)?;
        micros_of_day(hour, minute, second, self.fraction_micros()?)
    }

    /// Seconds east of UTC; 0 where no offset is written. Nothing may follow.
    fn offset_seconds(&mut self) -> Option<i64> {
        // One blank may stand before it, as in "10:30:00 UTC" and "10:30:00 +0200".
        if let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
            if rest.is_empty() {
                return None;
            }
        }
        if self.rest.eq_ignore_ascii_case(b"UTC") || self.rest.eq_ignore_ascii_case(b"GMT") {
            self.rest = b"";
            return Some(0);
        }
        let sign = match self.take() {
            None => return Some(0),
            Some(b'Z' | b'z') => return self.rest.is_empty().then_some(0),
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(_) => return None,
        };
        let hours = self.digits(2)?;
        if self.rest.first() == Some(&b':') {
            self.take();
        }
        let minutes = if self.rest.is_empty() { 0 } else { self.digits(2)? };
        (self.rest.is_empty() && hours <= 23 && minutes <= 59)
            .then_some(sign * (hours * 3600 + minutes * 60))
    }
}

fn micros_of_day(hour: i64, minute: i64, second: i64, fraction_micros: i64) -> Option<i64> {
    // A leap second (":60") is the last instant RFC 3339 allows; it falls on the next minute's first second.
    (hour <= 23 && minute <= 59 && second <= 60)
        .then_some((hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND + fraction_micros)
}

fn is_leap_year(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap_year(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to the given day.
///
/// Counted in years that begin in March, so that the leap day is the last of its year: then a month's first day is a
/// linear function of the month.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719468 days lie between 0000-03-01 and 1970-01-01.
    year * 365 + leap_days + day_of_year - 719_468
}

/// Year, month and day of a day counted from 1970-01-01: the inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn check_parse(text: &str, expected: &str) {
        let found = Timestamp::parse(text).map_or_else(|| "none".to_string(), |t| t.to_string());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_date_forms_of_data_files_are_read() {
        check_parse("2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z");
        check_parse("2024-01-15 10:30:00", "2024-01-15T10:30:00Z");
        check_parse("2001-01-01 00:47", "2001-01-01T00:47:00Z");
        check_parse("2019-01-01", "2019-01-01T00:00:00Z");
        check_parse("2023-11-16T18:15:46.680590Z", "2023-11-16T18:15:46.68059Z");
        check_parse("2024-01-15T10:30:00.1234567+02:00", "2024-01-15T08:30:00.123456Z");
        check_parse("2024-01-15T10:30:00-0330", "2024-01-15T14:00:00Z");
        check_parse("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z");
        check_parse("2000-02-29", "2000-02-29T00:00:00Z");
        check_parse("0001-01-01", "0001-01-01T00:00:00Z");
        check_parse("2024-01-15T10:30", "2024-01-15T10:30:00Z");
        check_parse("2024-01-15 10:30:00+0200", "2024-01-15T08:30:00Z");
        check_parse("2024-01-15 10:30:00+00", "2024-01-15T10:30:00Z");
        check_parse("2024-01-15 10:30:00 +02:00", "2024-01-15T08:30:00Z");
        check_parse("2024-01-15 10:30:00 UTC", "2024-01-15T10:30:00Z");
        check_parse("2024-01-15T10:30:00utc", "2024-01-15T10:30:00Z");
        check_parse("2024-01-15 10:30:00.5 GMT", "2024-01-15T10:30:00.5Z");
        check_parse("2024/01/15", "2024-01-15T00:00:00Z");
        check_parse("2024/01/15 10:30:00", "2024-01-15T10:30:00Z");
        check_parse("2024/01/15T10:30", "2024-01-15T10:30:00Z");
        check_parse("20240115T103000Z", "2024-01-15T10:30:00Z");
        check_parse("20240115T103000.25+0100", "2024-01-15T09:30:00.25Z");
        check_parse("20240115t1030", "2024-01-15T10:30:00Z");
        // The leap second of 2016 is the next day's first second.
        check_parse("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2023-02-29",
            "2024-01-15T25:00",
            "2024-01-15T10",
            "2024-01-15x",
            "1.5",
            "9999-12-31T23:59:59-01:00",
            "0000-01-01T00:00+01:00",
            "2024-01/15",
            "2024/01-15",
            "20240115",
            "20240115 103000",
            "20240115T10:30",
            "20240115T10300",
            "2024-01-15T1030",
            "2024-01-15T",
            "2024-01-15 10:30:00 ",
            "2024-01-15 10:30:00  UTC",
            "2024-01-15 10:30:00 CET",
            "2024-01-15 10:30:61",
            "2024-01-15T10:30:00.",
            "2024-1-15",
            "2024/02/30",
        ] {
            check_parse(text, "none");
        }
    }

    #[test]
    fn every_day_of_four_centuries_survives_a_round_trip() {
        for days in -146_097..146_097 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        // 2024-02-29 is 19,782 days after the epoch (date -d 2024-02-29 +%s / 86400).
        assert_eq!(civil_from_days(19_782), (2024, 2, 29));
    }
}
