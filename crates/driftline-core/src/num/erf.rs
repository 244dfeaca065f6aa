//! The error function.

/// `erf(x) = 2/√π ∫₀ˣ e^(−t²) dt` (DLMF 7.2.1). Odd, in [−1, 1]; within one unit in the last place or so.
///
/// ```
/// use driftline_core::num::erf::erf;
///
/// assert_eq!(erf(0.0), 0.0);
/// assert!((erf(1.0) - 0.842_700_792_949_714_9).abs() < 1e-15); // Abramowitz & Stegun, table 7.1
/// ```
#[inline]
#[must_use]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// `erfc(x) = 1 − erf(x)` (DLMF 7.2.2), not by subtraction: the right tail keeps its digits down to the
/// smallest float, near `x = 26.5`.
///
/// ```
/// use driftline_core::num::erf::erfc;
///
/// assert_eq!(erfc(0.0), 1.0);
/// assert!((erfc(10.0) / 2.088_487_583_762_545e-45 - 1.0).abs() < 1e-14);
/// ```
#[inline]
#[must_use]
pub fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}
