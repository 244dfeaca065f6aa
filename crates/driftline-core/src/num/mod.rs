//! The only door to float functions: one pure-Rust library (`libm`) on every target, so that a browser and a
//! server agree to the last bit.

/// Natural logarithm.
#[inline]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}
