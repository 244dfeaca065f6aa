//! A sum that does not lose what it adds.

use super::abs;

/// A running sum of floats by Neumaier's compensated algorithm (A. Neumaier, ZAMM 54, 1974).
///
/// The rounding error of each addition is kept beside the sum and added once at the end, so the error of the
/// total is about one rounding of the result plus `n·ε²·Σ|x|`, instead of `n·ε·Σ|x|`. The order of the
/// additions can still change the last bit: callers add in a fixed order.
///
/// ```
/// use driftline_core::num::Sum;
///
/// let mut sum = Sum::default();
/// for x in [1.0, 1e100, 1.0, -1e100] {
///     sum.add(x);
/// }
/// assert_eq!(sum.total(), 2.0); // the plain sum is 0
/// assert_eq!([0.1; 10].into_iter().collect::<Sum>().total(), 1.0); // the plain sum is 0.9999999999999999
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// An empty sum: 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { sum: 0.0, lost: 0.0 }
    }

    /// Adds one value.
    #[inline]
    pub fn add(&mut self, x: f64) {
        let next = self.sum + x;
        let lost =
            if abs(self.sum) >= abs(x) { (self.sum - next) + x } else { (x - next) + self.sum };
        // Past the finite range the difference is ∞ − ∞; the sum itself already says what happened.
        if lost.is_finite() {
            self.lost += lost;
        }
        self.sum = next;
    }

    /// The sum so far.
    #[inline]
    #[must_use]
    pub fn total(&self) -> f64 {
        self.sum + self.lost
    }
}

impl Extend<f64> for Sum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        for x in values {
            self.add(x);
        }
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::new();
        sum.extend(values);
        sum
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the claim is the exact bits")]
mod tests {
    use super::Sum;

    #[test]
    fn an_infinite_or_missing_term_shows_in_the_total() {
        assert_eq!([1.0, f64::INFINITY, 2.0].into_iter().collect::<Sum>().total(), f64::INFINITY);
        assert_eq!([f64::MAX, f64::MAX].into_iter().collect::<Sum>().total(), f64::INFINITY);
        assert!([1.0, f64::NAN, 2.0].into_iter().collect::<Sum>().total().is_nan());
        assert!([f64::INFINITY, f64::NEG_INFINITY].into_iter().collect::<Sum>().total().is_nan());
    }

    #[test]
    fn a_million_tenths_add_up() {
        let sum: Sum = core::iter::repeat_n(0.1, 1_000_000).collect();
        // 0.1 is not a tenth: the exact sum of a million of its doubles is 100000.00000000000555.
        assert_eq!(sum.total(), 100_000.0);
    }
}
