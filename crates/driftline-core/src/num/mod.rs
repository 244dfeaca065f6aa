//! The only door to float functions: one pure-Rust library (`libm`) on every target, so that a browser and a
//! server agree to the last bit.
//!
//! Add, subtract, multiply, divide and compare are the same everywhere by IEEE 754 and are written as
//! operators; everything else goes through here. No function fuses a multiply and an add: whether that is one
//! instruction or a library call differs between targets. Every function is pure and total: nothing
//! panics, NaN in gives NaN out, and each says what it returns outside its domain.

pub mod anderson_darling;
pub mod beta;
pub mod chi_square;
pub mod cramer_von_mises;
pub mod erf;
pub mod f_ratio;
pub mod gamma;
pub mod kolmogorov;
pub mod normal;
pub mod student_t;
pub mod wilson;

mod exact_sum;
mod noncentral;
mod significant;
mod sum;
mod weighted_chi_squares;

pub use exact_sum::ExactSum;
pub use significant::significant;
pub use sum::Sum;

/// Natural logarithm. `ln(0)` is −∞; a negative argument gives NaN.
#[inline]
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// `ln(1 + x)`, exact for small `x` where `1 + x` would already have rounded.
#[inline]
#[must_use]
pub fn ln_1p(x: f64) -> f64 {
    libm::log1p(x)
}

/// Logarithm to base 2: information in bits.
#[inline]
#[must_use]
pub fn log2(x: f64) -> f64 {
    libm::log2(x)
}

/// Logarithm to base 10.
#[inline]
#[must_use]
pub fn log10(x: f64) -> f64 {
    libm::log10(x)
}

/// `e` to the power of `x`.
#[inline]
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// `exp(x) − 1`, exact for small `x` where `exp(x)` would already have rounded to 1.
#[inline]
#[must_use]
pub fn exp_m1(x: f64) -> f64 {
    libm::expm1(x)
}

/// Square root. A negative argument gives NaN.
#[inline]
#[must_use]
pub fn sqrt(x: f64) -> f64 {
    libm::sqrt(x)
}

/// Cube root, negative arguments included.
#[inline]
#[must_use]
pub fn cbrt(x: f64) -> f64 {
    libm::cbrt(x)
}

/// `√(x² + y²)` without leaving the float range on the way.
#[inline]
#[must_use]
pub fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}

/// `base` to the power of `exponent`.
#[inline]
#[must_use]
pub fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// Largest whole number not above `x`.
#[inline]
#[must_use]
pub fn floor(x: f64) -> f64 {
    libm::floor(x)
}

/// Smallest whole number not below `x`.
#[inline]
#[must_use]
pub fn ceil(x: f64) -> f64 {
    libm::ceil(x)
}

/// Nearest whole number, halves away from zero.
#[inline]
#[must_use]
pub fn round(x: f64) -> f64 {
    libm::round(x)
}

/// The whole part of `x`, towards zero.
#[inline]
#[must_use]
pub fn trunc(x: f64) -> f64 {
    libm::trunc(x)
}

/// Sine of an angle in radians. ±∞ gives NaN.
#[inline]
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// Absolute value.
#[inline]
#[must_use]
pub fn abs(x: f64) -> f64 {
    libm::fabs(x)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod two_sample_tests;
