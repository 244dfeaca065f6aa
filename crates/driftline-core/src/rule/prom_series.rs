//! What Prometheus sees of a series at an instant.

use alloc::{format, string::String, vec::Vec};

use crate::{duration::Duration, time::Timestamp};

/// How old a sample may grow.
pub const LOOKBACK: Duration = Duration::MINUTE.times(5);

/// Whether a sample of exactly that age is still seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LookbackEnd {
    /// It is not: Prometheus 3.
    #[default]
    Open,
    /// It is: Prometheus 2.
    Closed,
}

/// One scrape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PromSample {
    /// A number, NaN included.
    Value(f64),
    /// The series ended here.
    Stale,
}

/// Samples in the order of their time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PromSeries {
    samples: Vec<(Timestamp, PromSample)>,
}

/// Samples that one text may stand for.
const MOST_SAMPLES: u64 = 1_000_000;

impl PromSeries {
    /// Reads promtool's notation, the first sample at the epoch and the next ones `interval` apart: numbers, `NaN`,
    /// `_` (missing), `_xN`, `stale`, `a+bxN`, `a-bxN` and `axN` (N more after the first).
    ///
    /// ```
    /// use driftline_core::{duration::Duration, rule::{LookbackEnd, PromSeries}, time::Timestamp};
    /// let series = PromSeries::parse("1+1x2 _x2 stale", Duration::parse("1m").unwrap()).unwrap();
    /// let at = |minutes: i64| series.at(Timestamp::from_millis(minutes * 60_000), LookbackEnd::Open);
    /// assert_eq!([0, 2, 4, 5].map(at), [Some(1.0), Some(3.0), Some(3.0), None]);
    /// ```
    ///
    /// # Errors
    /// The item that is none of these.
    pub fn parse(notation: &str, interval: Duration) -> Result<PromSeries, String> {
        let mut series = PromSeries::default();
        let mut now = Timestamp::EPOCH;
        for item in notation.split_whitespace() {
            let run = Run::parse(item).ok_or_else(|| {
                format!("expected a value such as 1, NaN, _, stale or 1+2x3, found {item}")
            })?;
            for i in 0..run.count {
                if let Some(first) = run.first {
                    let sample = match first {
                        PromSample::Value(first) => PromSample::Value(first + run.step * i as f64),
                        PromSample::Stale => PromSample::Stale,
                    };
                    series.samples.push((now, sample));
                }
                now = now.later(interval.micros());
            }
        }
        Ok(series)
    }

    /// Adds a sample that is later than those before it; another is not taken.
    pub fn push(&mut self, at: Timestamp, sample: PromSample) {
        if self.samples.last().is_none_or(|(last, _)| *last < at) {
            self.samples.push((at, sample));
        }
    }

    /// The sample of exactly that instant.
    pub fn sample_at(&self, now: Timestamp) -> Option<PromSample> {
        let found = self.samples.binary_search_by_key(&now, |(at, _)| *at).ok()?;
        self.samples.get(found).map(|(_, sample)| *sample)
    }

    /// What an instant selector returns: the newest sample, if it is younger than [`LOOKBACK`] (or of that age, where the
    /// end is closed) and the series has not ended.
    pub fn at(&self, now: Timestamp, end: LookbackEnd) -> Option<f64> {
        let after = self.samples.partition_point(|(at, _)| *at <= now);
        let (at, sample) = self.samples[..after].last()?;
        let age = now.since(*at);
        let is_seen = match end {
            LookbackEnd::Open => age < LOOKBACK.micros(),
            LookbackEnd::Closed => age <= LOOKBACK.micros(),
        };
        match sample {
            PromSample::Value(value) if is_seen => Some(*value),
            _ => None,
        }
    }
}

/// One item of the notation.
struct Run {
    /// `None` for missing samples.
    first: Option<PromSample>,
    step: f64,
    count: u64,
}

impl Run {
    fn parse(item: &str) -> Option<Run> {
        let (what, more) = match item.split_once('x') {
            Some((what, times)) => (what, Some(times.parse::<u64>().ok()?)),
            None => (item, None),
        };
        if more.is_some_and(|more| more > MOST_SAMPLES) {
            return None;
        }
        if what == "_" {
            // Unlike a number's, the count of missing samples has no first one beside it.
            return Some(Run { first: None, step: 0.0, count: more.unwrap_or(1) });
        }
        if what == "stale" {
            return Some(Run { first: Some(PromSample::Stale), step: 0.0, count: 1 })
                .filter(|_| more.is_none());
        }
        // A sign inside the text begins the step; one at the start or behind an exponent does not.
        let step_at = more.and_then(|_| {
            what.char_indices()
                .skip(1)
                .filter(|(i, c)| {
                    matches!(c, '+' | '-') && !matches!(what.as_bytes()[i - 1], b'e' | b'E')
                })
                .map(|(i, _)| i)
                .next()
        });
        let (first, step) = match step_at {
            Some(at) => (&what[..at], what[at..].parse().ok()?),
            None => (what, 0.0),
        };
        let first = PromSample::Value(first.parse().ok()?);
        Some(Run { first: Some(first), step, count: more.map_or(1, |more| more + 1) })
    }
}
