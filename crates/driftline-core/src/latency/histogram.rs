//! A log-linear histogram of latencies.

use alloc::{boxed::Box, vec::Vec};
use core::{fmt, ops::RangeInclusive};

use serde::{Deserialize, Serialize};

use super::Micros;
use crate::{counts::MAX_ROWS, num::wilson};

/// Linear buckets an octave: 2⁷.
const BUCKETS_AN_OCTAVE_LOG2: u32 = 7;

const BLOCK: usize = 1 << BUCKETS_AN_OCTAVE_LOG2;

/// Buckets from 0 µs to one hour.
const BUCKETS: usize = bucket_of(Micros::HOUR.0) + 1;

const BLOCKS: usize = BUCKETS.div_ceil(BLOCK);

/// How many answers took how long, from 1 µs to 1 h.
///
/// **Buckets.** A latency of `v` microseconds with 2ᵉ ≤ v < 2ᵉ⁺¹ lies in one of 128 equal buckets of that octave, each
/// 2ᵉ⁻⁷ wide; below 256 µs a bucket is one microsecond. So the upper end `u` of the bucket of `v` has
/// v ≤ u < v·(1 + 1/128): **a relative error below 0.782 %, always upwards**, none at all below 256 µs. What is below
/// 1 µs counts as 0 and is told by [`below`](LatencyHistogram::below), what is above one hour shares one open bucket and
/// is told by [`above`](LatencyHistogram::above).
///
/// **Exact** are the count, the sum, the smallest and the largest latency (until something is
/// [subtracted](LatencyHistogram::subtract)), and how many latencies are [within](LatencyHistogram::within) each
/// threshold that was declared at the start: an objective is decided on that, the buckets are for display.
///
/// **Merging is addition**: any order, any machine, the same counts. Memory: 0.3 KB, and 1 KB more for each octave that
/// holds a latency; 27 KB at most.
///
/// Log-linear buckets are those of G. Tene's HdrHistogram; nearest rank is definition 1 of R. J. Hyndman and Y. Fan,
/// "Sample quantiles in statistical packages", 1996 (NumPy's `inverted_cdf`).
///
/// ```
/// use driftline_core::latency::{LatencyHistogram, Micros};
///
/// let objective = Micros(100_000);
/// let mut latencies = LatencyHistogram::with_thresholds(&[objective]);
/// for ms in [12.5, 99.9, 100.0, 100.0001, 340.0] {
///     latencies.record_ms(ms);
/// }
/// assert_eq!(latencies.within(objective), Some(3));
/// assert_eq!(latencies.quantile(1, 2), Some(Micros(100_000)));
/// assert_eq!(latencies.max(), Some(Micros(340_000)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "HistogramParts", into = "HistogramParts")]
pub struct LatencyHistogram {
    /// Invariant: a block that is there holds a count.
    blocks: [Option<Box<[u64; BLOCK]>>; BLOCKS],
    above: u64,
    count: u64,
    sum: u128,
    /// The largest number while there is no latency.
    min: u64,
    max: u64,
    invalid: u64,
    /// Each with the latencies at most that long. Invariant: ascending.
    thresholds: Vec<(Micros, u64)>,
}

/// The share of latencies that a quantile leaves above it; `None` where it is none in \[0, 1\].
fn longer_share(numerator: u64, denominator: u64) -> Option<f64> {
    let longer = denominator.checked_sub(numerator).filter(|_| denominator > 0)?;
    Some(longer as f64 / denominator as f64)
}

impl Default for LatencyHistogram {
    fn default() -> LatencyHistogram {
        LatencyHistogram {
            blocks: [const { None }; BLOCKS],
            above: 0,
            count: 0,
            sum: 0,
            min: u64::MAX,
            max: 0,
            invalid: 0,
            thresholds: Vec::new(),
        }
    }
}

impl LatencyHistogram {
    /// No latencies, and no thresholds.
    pub fn new() -> LatencyHistogram {
        LatencyHistogram::default()
    }

    /// No latencies. How many will be at most as long as each of `thresholds` is counted exactly.
    pub fn with_thresholds(thresholds: &[Micros]) -> LatencyHistogram {
        let mut thresholds: Vec<(Micros, u64)> = thresholds.iter().map(|t| (*t, 0)).collect();
        thresholds.sort_unstable();
        thresholds.dedup();
        LatencyHistogram { thresholds, ..LatencyHistogram::default() }
    }

    /// Bytes that one holds at most, its thresholds beside.
    pub(crate) const MAX_BYTES: usize =
        size_of::<LatencyHistogram>() + BLOCKS * size_of::<[u64; BLOCK]>();

    /// Whether it counts exactly at these, in ascending order, and at no others.
    pub(crate) fn has_thresholds(&self, thresholds: &[Micros]) -> bool {
        self.thresholds.iter().map(|(threshold, _)| threshold).eq(thresholds)
    }

    /// Counts a latency of `micros` microseconds.
    #[inline]
    pub fn record(&mut self, micros: u64) {
        self.count = self.count.saturating_add(1);
        self.sum = self.sum.saturating_add(u128::from(micros));
        self.min = self.min.min(micros);
        self.max = self.max.max(micros);
        for (threshold, within) in &mut self.thresholds {
            *within = within.saturating_add(u64::from(micros <= threshold.0));
        }
        if micros <= Micros::HOUR.0 {
            add(&mut self.blocks, bucket_of(micros), 1);
        } else {
            self.above = self.above.saturating_add(1);
        }
    }

    /// Counts a latency in milliseconds, as files hold it: to the nearest microsecond, but one that exceeds a threshold
    /// by less than half a microsecond still counts, and shows, as longer than the threshold. What is no duration
    /// (negative, NaN, infinite) is counted as [invalid](LatencyHistogram::invalid).
    #[inline]
    pub fn record_ms(&mut self, ms: f64) {
        let Some(mut micros) = Micros::from_ms(ms) else {
            self.invalid = self.invalid.saturating_add(1);
            return;
        };
        for (threshold, _) in &self.thresholds {
            if micros == *threshold && ms > threshold.as_ms() {
                micros.0 += 1;
                break;
            }
        }
        self.record(micros.0);
    }

    /// How many latencies.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// All of them together, in microseconds.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The shortest; after a subtraction not longer than that, by less than one bucket.
    pub fn min(&self) -> Option<Micros> {
        (self.count > 0).then_some(Micros(self.min))
    }

    /// The longest; after a subtraction not shorter than that, by less than one bucket.
    pub fn max(&self) -> Option<Micros> {
        (self.count > 0).then_some(Micros(self.max))
    }

    /// Latencies below 1 µs, counted as 0.
    pub fn below(&self) -> u64 {
        self.blocks[0].as_ref().map_or(0, |block| block[0])
    }

    /// Latencies above one hour, whose order is not known.
    pub fn above(&self) -> u64 {
        self.above
    }

    /// What was given as a latency and is none; part of no other number.
    pub fn invalid(&self) -> u64 {
        self.invalid
    }

    /// The declared thresholds, ascending, each with the latencies at most that long.
    pub fn thresholds(&self) -> &[(Micros, u64)] {
        &self.thresholds
    }

    /// Whether the `numerator`/`denominator` quantile is at most `threshold`, decided exactly and in integers:
    /// count(≤ threshold)·denominator ≥ numerator·count. `None` where the threshold was not declared, there is no
    /// latency, or the fraction is not in \[0, 1\].
    ///
    /// ```
    /// use driftline_core::latency::{LatencyHistogram, Micros};
    ///
    /// let mut latencies = LatencyHistogram::with_thresholds(&[Micros(100_000)]);
    /// for i in 0..100 {
    ///     latencies.record_ms(if i < 95 { 100.0 } else { 100.1 });
    /// }
    /// assert_eq!(latencies.meets(95, 100, Micros(100_000)), Some(true));
    /// assert_eq!(latencies.meets(96, 100, Micros(100_000)), Some(false));
    /// ```
    pub fn meets(&self, numerator: u64, denominator: u64, threshold: Micros) -> Option<bool> {
        let within = self.within(threshold)?;
        (self.count > 0 && denominator > 0 && numerator <= denominator).then(|| {
            u128::from(within) * u128::from(denominator)
                >= u128::from(numerator) * u128::from(self.count)
        })
    }

    /// How many latencies are at most `threshold`, exactly, decided on the value as given; `None` where the threshold
    /// was not declared.
    pub fn within(&self, threshold: Micros) -> Option<u64> {
        let at = self.thresholds.binary_search_by_key(&threshold, |(t, _)| *t).ok()?;
        Some(self.thresholds[at].1)
    }

    /// The fewest and the most latencies that can be at most `threshold`, by the buckets: for a threshold that nobody
    /// declared in time.
    pub fn count_at_most(&self, threshold: Micros) -> RangeInclusive<u64> {
        let (mut least, mut most) = (0_u64, 0_u64);
        for bucket in self.buckets() {
            if bucket.upper <= threshold {
                least = least.saturating_add(bucket.count);
            }
            if bucket.lower <= threshold {
                most = most.saturating_add(bucket.count);
            }
        }
        least..=most
    }

    /// The `numerator`/`denominator` quantile by nearest rank: the smallest latency `v` for which
    /// count(≤ v)·denominator ≥ numerator·count, in whole microseconds. Shown as the upper end of its bucket, at most as
    /// the [`max`](LatencyHistogram::max), so that it never understates, and never beyond a declared threshold that this
    /// quantile [meets](LatencyHistogram::meets), so that what is shown and what is decided agree.
    ///
    /// `None` where there is no latency, or the fraction is not in \[0, 1\].
    pub fn quantile(&self, numerator: u64, denominator: u64) -> Option<Micros> {
        if self.count == 0 || denominator == 0 || numerator > denominator {
            return None;
        }
        let product = u128::from(numerator) * u128::from(self.count);
        // At most the count, which is a u64.
        let rank = (product.div_ceil(u128::from(denominator)) as u64).max(1);
        let met = self.thresholds.iter().find(|(_, within)| *within >= rank);
        let met = met.map_or(u64::MAX, |(threshold, _)| threshold.0);
        let bucket = self.bucket_at(rank);
        Some(Micros(bucket.map_or(self.max, |bucket| bucket.upper.0).min(met)))
    }

    /// The lower end of the `numerator`/`denominator` quantile, by the [Wilson interval](wilson) of the share of latencies
    /// that are longer: the quantile is certainly above `v` exactly where this is, for a declared threshold `v`. Elsewhere it
    /// is the lower end of a bucket, so it never overstates.
    ///
    /// `None` where there are too few latencies for any, or the fraction is not in \[0, 1\].
    pub fn quantile_lower(&self, numerator: u64, denominator: u64) -> Option<Micros> {
        let share = longer_share(numerator, denominator)?;
        let longer = wilson::least_count_above(share, self.count)?.max(1);
        // The latency that so many are at least as long as.
        let rank = self.count.checked_sub(longer)?.saturating_add(1);
        let exceeded = self.thresholds.iter().rev();
        let mut exceeded = exceeded.filter(|(_, within)| self.count - within >= longer);
        let least = exceeded.next().map_or(0, |(threshold, _)| threshold.0.saturating_add(1));
        let lower = self.bucket_at(rank).map_or(self.min, |bucket| bucket.lower.0);
        Some(Micros(lower.max(least)))
    }

    /// The upper end of the `numerator`/`denominator` quantile: where the upper end of the share of latencies that are
    /// longer is below what the quantile leaves. As exact as [`quantile_lower`](LatencyHistogram::quantile_lower), from the
    /// other side.
    ///
    /// `None` where there are too few latencies for any, or the fraction is not in \[0, 1\].
    pub fn quantile_upper(&self, numerator: u64, denominator: u64) -> Option<Micros> {
        let share = longer_share(numerator, denominator)?;
        let longer = wilson::largest_count_below(share, self.count)?;
        let rank = self.count.checked_sub(longer).filter(|rank| *rank > 0)?;
        let met = self.thresholds.iter().find(|(_, within)| *within >= rank);
        let met = met.map_or(u64::MAX, |(threshold, _)| threshold.0);
        let upper = self.bucket_at(rank).map_or(self.max, |bucket| bucket.upper.0);
        Some(Micros(upper.min(met)))
    }

    /// The bucket of the latency of a rank, the shortest being the first.
    fn bucket_at(&self, rank: u64) -> Option<Bucket> {
        let mut seen = 0_u64;
        self.buckets().find(|bucket| {
            seen = seen.saturating_add(bucket.count);
            seen >= rank
        })
    }

    /// The buckets that hold a latency, shortest first, the last one cut at the [`max`](LatencyHistogram::max) and the
    /// first one at the [`min`](LatencyHistogram::min).
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let (min, max) = (self.min, self.max);
        let open = Bucket {
            lower: Micros(min.max(Micros::HOUR.0 + 1)),
            upper: Micros(max),
            count: self.above,
        };
        occupied(&self.blocks)
            .map(move |(bucket, count)| Bucket {
                lower: Micros(lower_end(bucket).max(min)),
                upper: Micros(upper_end(bucket).min(max)),
                count,
            })
            .chain((self.above > 0).then_some(open))
    }

    /// Adds the other's counts.
    ///
    /// # Errors
    /// A histogram with other thresholds: its latencies were not counted at ours. Nothing is added then.
    pub fn merge(&mut self, other: &LatencyHistogram) -> Result<(), HistogramMismatch> {
        if !self.has_thresholds_of(other) {
            return Err(HistogramMismatch::Thresholds);
        }
        self.add_counts(other);
        Ok(())
    }

    /// Adds the other's counts, and forgets the thresholds that were not declared on both: what was counted at the others
    /// would be of some latencies only.
    pub fn merge_common(&mut self, other: &LatencyHistogram) {
        self.thresholds.retain(|(own, _)| other.within(*own).is_some());
        self.add_counts(other);
    }

    /// Every threshold of this one is declared on the other too.
    fn add_counts(&mut self, other: &LatencyHistogram) {
        for (bucket, count) in occupied(&other.blocks) {
            add(&mut self.blocks, bucket, count);
        }
        self.above = self.above.saturating_add(other.above);
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.saturating_add(other.sum);
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.invalid = self.invalid.saturating_add(other.invalid);
        for (threshold, own) in &mut self.thresholds {
            *own = own.saturating_add(other.within(*threshold).unwrap_or(0));
        }
    }

    /// Takes back what was [merged](LatencyHistogram::merge). Which latency was the shortest and which the longest is
    /// then known to the bucket: the lower end of the first and the upper end of the last.
    ///
    /// # Errors
    /// A histogram with other thresholds, or one that cannot be part of this: a count would become negative. Nothing is
    /// taken then.
    pub fn subtract(&mut self, other: &LatencyHistogram) -> Result<(), HistogramMismatch> {
        if !self.has_thresholds_of(other) {
            return Err(HistogramMismatch::Thresholds);
        }
        let rest = self.without(other).filter(LatencyHistogram::adds_up);
        *self = rest.ok_or(HistogramMismatch::NotPart)?;
        Ok(())
    }

    fn has_thresholds_of(&self, other: &LatencyHistogram) -> bool {
        self.thresholds.iter().map(|(t, _)| t).eq(other.thresholds.iter().map(|(t, _)| t))
    }

    fn without(&self, other: &LatencyHistogram) -> Option<LatencyHistogram> {
        let mut rest = LatencyHistogram {
            blocks: self.blocks.clone(),
            above: self.above.checked_sub(other.above)?,
            count: self.count.checked_sub(other.count)?,
            sum: self.sum.checked_sub(other.sum)?,
            invalid: self.invalid.checked_sub(other.invalid)?,
            ..LatencyHistogram::default()
        };
        for (own, theirs) in rest.blocks.iter_mut().zip(&other.blocks) {
            let Some(theirs) = theirs else { continue };
            let block = own.as_mut()?;
            for (own, theirs) in block.iter_mut().zip(theirs.iter()) {
                *own = own.checked_sub(*theirs)?;
            }
            if block.iter().all(|count| *count == 0) {
                *own = None;
            }
        }
        for ((threshold, own), (_, theirs)) in self.thresholds.iter().zip(&other.thresholds) {
            rest.thresholds.push((*threshold, own.checked_sub(*theirs)?));
        }
        if rest.count > 0 {
            let (min, max) = rest.ends();
            rest.min = self.min.max(min);
            rest.max = self.max.min(max);
        }
        Some(rest)
    }

    /// The lower end of the first bucket that holds a latency, and the upper end of the last.
    fn ends(&self) -> (u64, u64) {
        let open = self.above > 0;
        let first = occupied(&self.blocks).next();
        let min = first.map_or(Micros::HOUR.0 + 1, |(bucket, _)| lower_end(bucket));
        let last = occupied(&self.blocks).last().filter(|_| !open);
        (min, last.map_or(u64::MAX, |(bucket, _)| upper_end(bucket)))
    }

    /// Whether these are counts that recording can lead to, as far as can be told.
    fn adds_up(&self) -> bool {
        let counts = occupied(&self.blocks).map(|(_, count)| count).chain([self.above]);
        let total = counts.fold(0_u64, u64::saturating_add);
        if total != self.count {
            return false;
        }
        let (least, most) = self.buckets().fold((0_u128, 0_u128), |(least, most), bucket| {
            let times = |end: Micros| u128::from(end.0) * u128::from(bucket.count);
            (least.saturating_add(times(bucket.lower)), most.saturating_add(times(bucket.upper)))
        });
        let (first, last) = self.ends();
        let ends_fit = if total == 0 {
            (self.min, self.max) == (u64::MAX, 0)
        } else {
            // The shortest is in the first bucket, the longest in the last.
            let last_lower = if self.above > 0 {
                Micros::HOUR.0 + 1
            } else {
                occupied(&self.blocks).last().map_or(0, |(bucket, _)| lower_end(bucket))
            };
            let first_upper =
                occupied(&self.blocks).next().map_or(u64::MAX, |(bucket, _)| upper_end(bucket));
            self.min <= self.max
                && (first..=first_upper).contains(&self.min)
                && (last_lower..=last).contains(&self.max)
        };
        ends_fit
            && (least..=most).contains(&self.sum)
            && self
                .thresholds
                .windows(2)
                .all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1)
            && self.thresholds_fit()
    }

    /// Whether each threshold's count is one that the buckets allow: all that end below it, and some of the one it is in.
    fn thresholds_fit(&self) -> bool {
        let mut buckets = self.buckets().peekable();
        let mut below = 0_u64;
        self.thresholds.iter().all(|(threshold, within)| {
            while let Some(bucket) = buckets.next_if(|bucket| bucket.upper <= *threshold) {
                below = below.saturating_add(bucket.count);
            }
            let divided = buckets.peek().filter(|bucket| bucket.lower <= *threshold);
            let most = below.saturating_add(divided.map_or(0, |bucket| bucket.count));
            (below..=most).contains(within)
        })
    }
}

/// Latencies from `lower` to `upper`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The shortest.
    pub lower: Micros,
    /// The longest.
    pub upper: Micros,
    /// How many; never 0.
    pub count: u64,
}

/// Why two histograms were not merged or subtracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistogramMismatch {
    /// They count at different thresholds.
    Thresholds,
    /// What is to be taken away was not all there.
    NotPart,
}

impl fmt::Display for HistogramMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            HistogramMismatch::Thresholds => {
                "expected latencies counted at the same thresholds, found others"
            }
            HistogramMismatch::NotPart => {
                "expected latencies that were merged before, found some that are not in the histogram"
            }
        })
    }
}

impl core::error::Error for HistogramMismatch {}

/// The bucket of a latency of at most one hour: in integers, and continuous from octave to octave.
#[inline]
const fn bucket_of(micros: u64) -> usize {
    let octave = (micros | BLOCK as u64).ilog2();
    let shift = octave - BUCKETS_AN_OCTAVE_LOG2;
    ((shift as usize) << BUCKETS_AN_OCTAVE_LOG2) + (micros >> shift) as usize
}

const fn shift_of(bucket: usize) -> u32 {
    (bucket >> BUCKETS_AN_OCTAVE_LOG2).saturating_sub(1) as u32
}

const fn lower_end(bucket: usize) -> u64 {
    let shift = shift_of(bucket);
    ((bucket - ((shift as usize) << BUCKETS_AN_OCTAVE_LOG2)) as u64) << shift
}

fn upper_end(bucket: usize) -> u64 {
    (lower_end(bucket) + (1 << shift_of(bucket)) - 1).min(Micros::HOUR.0)
}

type Blocks = [Option<Box<[u64; BLOCK]>>; BLOCKS];

#[inline]
fn add(blocks: &mut Blocks, bucket: usize, count: u64) {
    let block = blocks[bucket >> BUCKETS_AN_OCTAVE_LOG2].get_or_insert_with(empty_block);
    let own = &mut block[bucket % BLOCK];
    *own = own.saturating_add(count);
}

#[cold]
fn empty_block() -> Box<[u64; BLOCK]> {
    Box::new([0; BLOCK])
}

fn occupied(blocks: &Blocks) -> impl Iterator<Item = (usize, u64)> {
    blocks.iter().enumerate().flat_map(|(i, block)| {
        let counts = block.iter().flat_map(|block| block.iter().enumerate());
        counts.filter(|(_, count)| **count > 0).map(move |(j, count)| (i * BLOCK + j, *count))
    })
}

/// A histogram as it is stored, buckets without latencies left out: checked on the way in.
#[derive(Serialize, Deserialize)]
struct HistogramParts {
    buckets: Vec<(u16, u64)>,
    above: u64,
    sum: u128,
    span: Option<(u64, u64)>,
    invalid: u64,
    thresholds: Vec<(Micros, u64)>,
}

impl From<LatencyHistogram> for HistogramParts {
    fn from(histogram: LatencyHistogram) -> HistogramParts {
        HistogramParts {
            buckets: occupied(&histogram.blocks).map(|(i, count)| (i as u16, count)).collect(),
            above: histogram.above,
            sum: histogram.sum,
            span: (histogram.count > 0).then_some((histogram.min, histogram.max)),
            invalid: histogram.invalid,
            thresholds: histogram.thresholds,
        }
    }
}

impl TryFrom<HistogramParts> for LatencyHistogram {
    type Error = &'static str;

    fn try_from(parts: HistogramParts) -> Result<LatencyHistogram, &'static str> {
        let ascending = parts.buckets.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let known = parts.buckets.iter().all(|(i, count)| usize::from(*i) < BUCKETS && *count > 0);
        if !ascending || !known {
            return Err("buckets: expected ascending positions up to one hour, each with a count");
        }
        let total = parts
            .buckets
            .iter()
            .try_fold(parts.above, |total, (_, count)| total.checked_add(*count))
            .filter(|total| *total <= MAX_ROWS && parts.invalid <= MAX_ROWS);
        let (min, max) = parts.span.unwrap_or((u64::MAX, 0));
        let mut histogram = LatencyHistogram {
            above: parts.above,
            count: total.ok_or("buckets: expected at most 2^53 latencies")?,
            sum: parts.sum,
            min,
            max,
            invalid: parts.invalid,
            thresholds: parts.thresholds,
            ..LatencyHistogram::default()
        };
        for (bucket, count) in parts.buckets {
            add(&mut histogram.blocks, usize::from(bucket), count);
        }
        if histogram.adds_up() {
            Ok(histogram)
        } else {
            Err("latencies: expected a sum, ends and thresholds that fit the buckets")
        }
    }
}
