//! The χ² distribution, central and noncentral.

use super::gamma::{gamma_p, gamma_pq, gamma_q, ln_density, ln_gamma};
use super::normal;
use super::{abs, exp, ln, sqrt};

pub use super::noncentral::{noncentral_cdf, noncentral_sf, noncentrality};

/// `P(χ²_df ≤ x) = P(df/2, x/2)` (Abramowitz & Stegun 26.4.19).
///
/// 0 for `x ≤ 0`, 1 for `x = ∞`, 1 for `df ≤ 0` and `x > 0` (all mass at 0). Accuracy as for [`gamma_p`].
///
/// ```
/// use driftline_core::num::chi_square::cdf;
///
/// assert!((cdf(2.0, 2.0) - (1.0 - (-1f64).exp())).abs() < 1e-15);
/// assert!((cdf(16.919, 9.0) - 0.95).abs() < 1e-6); // the printed 5 % critical value
/// ```
#[must_use]
pub fn cdf(x: f64, df: f64) -> f64 {
    gamma_p(0.5 * df, 0.5 * x)
}

/// `P(χ²_df > x) = Q(df/2, x/2)`: the p-value of a statistic `x`, with its digits kept however small.
///
/// 1 for `x ≤ 0`, 0 for `x = ∞`, 0 for `df ≤ 0` and `x > 0`. Accuracy as for [`gamma_q`].
///
/// ```
/// use driftline_core::num::chi_square::sf;
///
/// assert!((sf(1000.0, 2.0) / (-500f64).exp() - 1.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn sf(x: f64, df: f64) -> f64 {
    gamma_q(0.5 * df, 0.5 * x)
}

/// The `x` with [`cdf`]`(x, df) = p`.
///
/// 0 for `p ≤ 0` or `df ≤ 0`, +∞ for `p ≥ 1`. Relative error below 1e-12. For a small upper tail use
/// [`critical`], which is not limited by how close `p` can come to 1.
///
/// ```
/// use driftline_core::num::chi_square::quantile;
///
/// assert!((quantile(0.95, 9.0) - 16.918_977_604_620_45).abs() < 1e-12);
/// ```
#[must_use]
pub fn quantile(p: f64, df: f64) -> f64 {
    // 1 − p is exact from ½ on; below that the upper tail is not the one solved for.
    solve(p, 1.0 - p, df)
}

/// The `x` with [`sf`]`(x, df) = alpha`: the critical value of a test at level `alpha`, for any level down to
/// 1e-300.
///
/// +∞ for `alpha ≤ 0`, 0 for `alpha ≥ 1` or `df ≤ 0`. Relative error below 1e-12.
///
/// ```
/// use driftline_core::num::chi_square::critical;
///
/// assert!((critical(0.001, 9.0) - 27.877).abs() < 5e-4); // as printed in tables
/// assert!((critical(1e-100, 2.0) / (200.0 * 10f64.ln()) - 1.0).abs() < 1e-13);
/// ```
#[must_use]
pub fn critical(alpha: f64, df: f64) -> f64 {
    solve(1.0 - alpha, alpha, df)
}

/// Newton's iteration on the logarithm of the smaller tail over `ln x`. Both tails are log-concave there,
/// whatever `df`, so it converges from every start and cannot cycle.
fn solve(p: f64, q: f64, df: f64) -> f64 {
    if p.is_nan() || df.is_nan() {
        return f64::NAN;
    }
    // Halved first: the smallest float has no half.
    if p <= 0.0 || 0.5 * df <= 0.0 {
        return 0.0;
    }
    if q <= 0.0 || df.is_infinite() {
        return f64::INFINITY;
    }
    let a = 0.5 * df;
    let lower = p < q;
    let target = ln(if lower { p } else { q });
    let mut x = start(p, q, a);
    let mut within = a;
    for _ in 0..100 {
        let (below, above) = gamma_pq(a, x);
        let tail = if lower { below } else { above };
        // The slope of the tail over ln x is x·pdf(x) = a·D(a, x).
        let slope = a * exp(ln_density(a, x));
        if tail <= 0.0 || slope <= 0.0 {
            // Overshot to where the tail is no longer a float: halfway back.
            x = 0.5 * (x + within);
            continue;
        }
        within = x;
        let step = (target - ln(tail)) * tail / if lower { slope } else { -slope };
        let next = x * exp(step.clamp(-20.0, 20.0));
        if !next.is_finite() || next <= 0.0 {
            return 2.0 * next;
        }
        x = next;
        if abs(step) <= 4.0 * f64::EPSILON {
            break;
        }
    }
    2.0 * x
}

/// Where to start, as a gamma variable of shape `a`: Wilson and Hilferty's cube (Abramowitz & Stegun 26.4.17),
/// or the leading power of the left tail where the cube is useless.
fn start(p: f64, q: f64, a: f64) -> f64 {
    let z = if p < q { normal::quantile(p) } else { -normal::quantile(q) };
    let spread = 1.0 / (9.0 * a);
    let root = 1.0 - spread + z * sqrt(spread);
    let cube = a * root * root * root;
    let power = exp((ln(p) + ln_gamma(a + 1.0)) / a);
    let guess = if root < 0.3 || (a < 1.0 && p < 0.5) { power } else { cube };
    if guess.is_finite() && guess > 0.0 { guess } else { f64::MIN_POSITIVE }
}
