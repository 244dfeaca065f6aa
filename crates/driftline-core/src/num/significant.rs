//! Numbers as people read them.

use alloc::{format, string::String};

/// A number with at least `digits` significant digits where it has that many: whole parts are never rounded, trailing
/// zeros are left out, and what is very large or very small is written with an exponent.
///
/// ```
/// use driftline_core::num::significant;
///
/// assert_eq!([significant(0.31999, 2), significant(12345.678, 2), significant(84.0, 5)], ["0.32", "12346", "84"]);
/// assert_eq!([significant(-0.000012345, 3), significant(2.5e17, 3)], ["-1.23e-5", "2.5e17"]);
/// assert_eq!(significant(0.0, 3), "0");
/// ```
#[must_use]
pub fn significant(value: f64, digits: usize) -> String {
    let scientific = format!("{value:.*e}", digits.max(1) - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if !(-4..15).contains(&exponent) {
        return format!("{}e{exponent}", without_trailing_zeros(mantissa));
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    let fixed = format!("{value:.decimals$}");
    let text = without_trailing_zeros(&fixed);
    // A negative number that rounds to zero is zero.
    if text == "-0" { "0".into() } else { text.into() }
}

fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}
