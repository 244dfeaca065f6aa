//! Statistics of mean ranks: what tools make of ties that take SciPy's definitions.

use serde::{Deserialize, Serialize};

use super::steps::Step;

/// The reference's rank sum and the ties, in whole numbers, and the Cramér–von Mises statistic of mean ranks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Statistic {
    /// Twice the reference's rank sum: tied rows have their mean rank, a whole number of halves.
    pub(super) twice_rank_sum: u128,
    /// Σ t³ − t over the values, t the rows of both sides that hold one.
    pub(super) ties: f64,
    /// `U/(nm(n + m)) − (4nm − 1)/(6(n + m))`, `U = n Σ (r − i)² + m Σ (s − j)²` over the mean ranks r and s of the two
    /// sides' values in the pooled sample, i and j those in their own, 1, 2, ... (T. W. Anderson, Ann. Math. Stat. 33,
    /// 1962, eqs. 9 and 10, with SciPy's mean ranks for ties).
    pub(super) cramer_von_mises: f64,
}

/// Adds up ranks, value by value.
pub(super) struct Walk {
    n: u64,
    m: u64,
    reference: u64,
    current: u64,
    twice_rank_sum: u128,
    ties: f64,
    /// 4 Σ (r − i)² and 4 Σ (s − j)².
    reference_squares: u128,
    current_squares: u128,
}

impl Walk {
    /// Before the first step of `n` reference and `m` current rows.
    pub(super) fn new(n: u64, m: u64) -> Walk {
        Walk {
            n,
            m,
            reference: 0,
            current: 0,
            twice_rank_sum: 0,
            ties: 0.0,
            reference_squares: 0,
            current_squares: 0,
        }
    }

    pub(super) fn step(&mut self, step: &Step) {
        let passed = u128::from(self.reference) + u128::from(self.current);
        let tied = u128::from(step.reference) + u128::from(step.current);
        // Twice the mean rank of the tied rows.
        let rank = 2 * passed + tied + 1;
        self.twice_rank_sum += u128::from(step.reference) * rank;
        self.reference_squares += squares(rank, self.reference, step.reference);
        self.current_squares += squares(rank, self.current, step.current);
        self.reference += step.reference;
        self.current += step.current;
        let tied = tied as f64;
        self.ties += (tied * tied - 1.0) * tied;
    }

    pub(super) fn finish(self) -> Statistic {
        Statistic {
            twice_rank_sum: self.twice_rank_sum,
            ties: self.ties,
            cramer_von_mises: self.cramer_von_mises(),
        }
    }

    fn cramer_von_mises(&self) -> f64 {
        let (n, m) = (u128::from(self.n), u128::from(self.m));
        // In whole numbers as far as they reach: the two terms are large and nearly equal.
        let four_u = n
            .checked_mul(self.reference_squares)
            .zip(m.checked_mul(self.current_squares))
            .and_then(|(a, b)| a.checked_add(b));
        let nm = n * m;
        let exact = four_u.and_then(|four_u| {
            let expected = nm.checked_mul(4)?.checked_sub(1)?.checked_mul(nm)?.checked_mul(4)?;
            let six_fold = i128::try_from(four_u.checked_mul(6)?).ok()?;
            let numerator = six_fold.checked_sub(i128::try_from(expected).ok()?)?;
            Some(numerator as f64 / (24.0 * nm as f64 * (n + m) as f64))
        });
        let rounded = || {
            let (n, m) = (self.n as f64, self.m as f64);
            let u = (n * self.reference_squares as f64 + m * self.current_squares as f64) / 4.0;
            u / (n * m * (n + m)) - (4.0 * n * m - 1.0) / (6.0 * (n + m))
        };
        exact.unwrap_or_else(rounded).max(0.0)
    }
}

/// Σ (rank − 2i)² over the `rows` ranks i that follow `before`.
fn squares(rank: u128, before: u64, rows: u64) -> u128 {
    if rows == 0 {
        return 0;
    }
    let (before, rows) = (u128::from(before), u128::from(rows));
    // Of the first of them; tied rows have their mean rank in the pooled sample, at least the first one's in its own.
    let first = rank - 2 * before - 2;
    let (sum_k, sum_k2) = (rows * (rows - 1) / 2, rows * (rows - 1) * (2 * rows - 1) / 6);
    rows * first * first + 4 * sum_k2 - 4 * first * sum_k
}
