//! Two rows of counts as a 2 × B table: what sampling alone makes of it.

use crate::{
    num::{self, chi_square},
    verdict::Ladder,
};

/// Each end of an interval is one-sided 95 %.
pub(super) const TAIL: f64 = 0.05;

/// The smallest drift that a sample is said to show is one it shows in this share of cases, at a 5 % test.
pub(super) const POWER: f64 = 0.8;

/// Probabilities closer than this are not told apart without solving: far more than the law and its solution are off by.
const CLOSE: f64 = 1e-6;

/// Both sides' counts; of cells that a test is over.
pub(super) struct Pooled<'a> {
    pub(super) reference: &'a [u64],
    pub(super) current: &'a [u64],
    n: f64,
    m: f64,
}

pub(super) struct Interval {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl<'a> Pooled<'a> {
    pub(super) fn new(reference: &'a [u64], current: &'a [u64]) -> Pooled<'a> {
        let sum = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
        Pooled { reference, current, n: sum(reference), m: sum(current) }
    }

    /// 1/n + 1/m.
    pub(super) fn spread(&self) -> f64 {
        1.0 / self.n + 1.0 / self.m
    }

    /// Degrees of freedom: cells less one.
    pub(super) fn degrees(&self) -> f64 {
        self.reference.len().saturating_sub(1) as f64
    }

    /// PSI with shares smoothed by half a row.
    pub(super) fn smoothed(&self) -> f64 {
        let halves = self.reference.len() as f64 / 2.0;
        let mut sum = num::Sum::new();
        for (r, c) in self.reference.iter().zip(self.current) {
            sum.add(term(
                (*r as f64 + 0.5) / (self.n + halves),
                (*c as f64 + 0.5) / (self.m + halves),
            ));
        }
        sum.total()
    }

    /// What the PSI is plausibly, by inverting its noncentral χ² law.
    pub(super) fn interval(&self, smoothed: f64) -> Interval {
        let (spread, degrees) = (self.spread(), self.degrees());
        if degrees < 1.0 {
            return Interval { lower: 0.0, upper: self.unseen() };
        }
        let statistic = smoothed / spread;
        Interval {
            lower: self.lower(smoothed),
            upper: spread * chi_square::noncentrality(statistic, degrees, TAIL),
        }
    }

    /// The lower end of [`interval`](Pooled::interval) alone.
    pub(super) fn lower(&self, smoothed: f64) -> f64 {
        let (spread, degrees) = (self.spread(), self.degrees());
        if degrees < 1.0 {
            return 0.0;
        }
        spread * chi_square::noncentrality(smoothed / spread, degrees, 1.0 - TAIL)
    }

    /// An interval that a ladder takes for [`interval`](Pooled::interval): its ends are on the same steps. The law is looked
    /// at where the steps are instead of being solved, a tenth of the work; where an end is so close to a step that rounding
    /// could tell, it is solved.
    pub(super) fn interval_on(&self, ladder: &Ladder, smoothed: f64) -> Interval {
        let (spread, degrees) = (self.spread(), self.degrees());
        if degrees < 1.0 {
            return self.interval(smoothed);
        }
        let statistic = smoothed / spread;
        // The end whose probability is `p` is above `step` where the step makes the statistic likelier than that.
        let is_above = |step: f64, p: f64| {
            let likelihood = chi_square::noncentral_cdf(statistic, degrees, step / spread);
            (num::abs(likelihood - p) > CLOSE).then_some(likelihood > p)
        };
        let ends = || {
            let lower = if !is_above(ladder.moderate, 1.0 - TAIL)? {
                0.0
            } else if !is_above(ladder.significant, 1.0 - TAIL)? {
                ladder.moderate
            } else if !is_above(ladder.critical, 1.0 - TAIL)? {
                ladder.significant
            } else {
                f64::INFINITY
            };
            // Of an end that drifts the other says nothing more.
            let is_wide = lower > 0.0 || is_above(ladder.critical, TAIL)?;
            Some(Interval { lower, upper: if is_wide { f64::INFINITY } else { lower } })
        };
        ends().unwrap_or_else(|| self.interval(smoothed))
    }

    /// The PSI of the largest share that may lie outside the one cell that all rows are in: (1 − share)^rows = 5 %.
    fn unseen(&self) -> f64 {
        let share_unseen = |rows: f64| -num::exp_m1(num::ln(TAIL) / rows);
        let (p, q) = (0.5 / (self.n + 1.0), share_unseen(self.n.min(self.m)));
        term(p, q) + term(1.0 - p, 1.0 - q)
    }

    /// Pearson's statistic of homogeneity; 0 where there is no degree of freedom.
    pub(super) fn pearson(&self) -> f64 {
        let mut statistic = num::Sum::new();
        for (r, c) in self.occupied() {
            let difference = c / self.m - r / self.n;
            statistic.add(difference * difference / (r + c));
        }
        statistic.total() * self.n * self.m
    }

    /// The log-likelihood ratio `2 Σ O·ln(O/E)`.
    pub(super) fn likelihood_ratio(&self) -> f64 {
        let mut statistic = num::Sum::new();
        for (r, c) in self.occupied() {
            let pooled = (r + c) / (self.n + self.m);
            for (observed, expected) in [(r, pooled * self.n), (c, pooled * self.m)] {
                if observed > 0.0 {
                    // Terms O·ln(O/E) − (O − E) are at least 0, and the differences sum up to 0.
                    let excess = (observed - expected) / expected;
                    statistic.add(observed * num::ln_1p(excess) - (observed - expected));
                } else {
                    statistic.add(expected);
                }
            }
        }
        (2.0 * statistic.total()).max(0.0)
    }

    fn occupied(&self) -> impl Iterator<Item = (f64, f64)> {
        let cells = self.reference.iter().zip(self.current);
        cells.map(|(r, c)| (*r as f64, *c as f64)).filter(|(r, c)| r + c > 0.0)
    }

    /// Pearson's two-sample chi-square test.
    pub(super) fn p_value(&self) -> f64 {
        self.tail_of(self.pearson())
    }

    /// Probability that a χ² of these degrees of freedom is at least `statistic`.
    pub(super) fn tail_of(&self, statistic: f64) -> f64 {
        let degrees = self.degrees();
        if degrees < 1.0 { 1.0 } else { chi_square::sf(statistic, degrees) }
    }

    /// What the PSI stays below in 95 of 100 cases without drift.
    pub(super) fn noise(&self) -> f64 {
        self.spread() * by_degrees(self.degrees().max(1.0)).critical
    }

    /// The smallest PSI that shows in four cases of five.
    pub(super) fn detectable(&self) -> f64 {
        self.spread() * by_degrees(self.degrees().max(1.0)).detectable
    }

    /// The rows that the rarest cell expects on the side that has fewer.
    pub(super) fn least_expected(&self) -> f64 {
        let smaller = self.n.min(self.m) / (self.n + self.m);
        self.occupied().map(|(r, c)| (r + c) * smaller).fold(f64::INFINITY, f64::min)
    }
}

/// What follows from the degrees of freedom alone.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ByDegrees {
    /// χ² exceeds it in [`TAIL`] of all cases.
    critical: f64,
    /// The noncentrality that exceeds it in [`POWER`] of all cases.
    detectable: f64,
}

impl ByDegrees {
    fn new(degrees: f64) -> ByDegrees {
        let critical = chi_square::critical(TAIL, degrees);
        ByDegrees {
            critical,
            detectable: chi_square::noncentrality(critical, degrees, 1.0 - POWER),
        }
    }
}

/// Solving for these takes a third of a PSI's time, so the usual ones are looked up.
fn by_degrees(degrees: f64) -> ByDegrees {
    // Whole and at least 1: cells less one.
    let known = KNOWN.get((degrees as usize).saturating_sub(1));
    match known {
        Some((critical, detectable)) => ByDegrees { critical: *critical, detectable: *detectable },
        None => ByDegrees::new(degrees),
    }
}

/// By degrees of freedom from 1 on, as [`ByDegrees::new`] computes them; a test holds the two together.
const KNOWN: [(f64, f64); 32] = [
    (3.8414588206941285, 7.848860509326205),
    (5.991464547107982, 9.634688867970233),
    (7.814727903251177, 10.902563290133267),
    (9.487729036781158, 11.93528583770469),
    (11.070497693516353, 12.82760657230542),
    (12.59158724374398, 13.6242861168052),
    (14.067140449340169, 14.350526605463266),
    (15.507313055865453, 15.022138420031508),
    (16.918977604620448, 15.649797895188204),
    (18.307038053275146, 16.241110284944188),
    (19.675137572682495, 16.801717618282183),
    (21.026069817483066, 17.33594113048744),
    (22.362032494826938, 17.84717670268137),
    (23.684791304840576, 18.338150172631856),
    (24.995790139728637, 18.81108874748515),
    (26.296227604864235, 19.2678399064694),
    (27.587111638275324, 19.70995619266204),
    (28.86929943039263, 20.13875713279347),
    (30.143527205646173, 20.55537539647113),
    (31.41043284423093, 20.960791833703894),
    (32.67057334091731, 21.355862498391097),
    (33.9244384714438, 21.74133978908763),
    (35.17246162690806, 22.117889199547967),
    (36.41502850180731, 22.48610274387936),
    (37.65248413348277, 22.846509828867703),
    (38.88513865983004, 23.199586142564996),
    (40.113272069413625, 23.545760984168332),
    (41.337138151427396, 23.8854233566545),
    (42.55696780429268, 24.218927068129684),
    (43.77297182574219, 24.546595032093688),
    (44.985343280365136, 24.868722915152098),
    (46.19425952027847, 25.185582249228396),
];

/// (q − p)·ln(q / p), written so that no rounding makes it negative.
pub(super) fn term(p: f64, q: f64) -> f64 {
    let (low, high) = if p < q { (p, q) } else { (q, p) };
    (high - low) * num::ln_1p((high - low) / low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_up_is_what_would_be_computed() {
        for (at, known) in KNOWN.iter().enumerate() {
            let ByDegrees { critical, detectable } = ByDegrees::new((at + 1) as f64);
            assert_eq!(
                (known.0.to_bits(), known.1.to_bits()),
                (critical.to_bits(), detectable.to_bits()),
                "({critical:?}, {detectable:?}),"
            );
        }
        // SciPy: chi2.ppf(0.95, 9).
        assert!((by_degrees(9.0).critical - 16.918_977_604_620_448).abs() < 1e-12);
    }
}
