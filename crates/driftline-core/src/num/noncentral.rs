//! The noncentral χ² distribution: a Poisson mixture of central ones.
//!
//! With `h = λ/2`, `y = x/2` and `a = df/2` (Abramowitz & Stegun 26.4.25),
//!
//! ```text
//! P(χ'² ≤ x) = Σₖ D(k, h) · P(a+k, y)      P(χ'² > x) = Σₖ D(k, h) · Q(a+k, y)
//! ```
//!
//! where `D(k, h) = hᵏ e⁻ʰ / k!`. Only the smaller side is summed, the other is one minus it. The summand is
//! log-concave in `k` and in the tails does not peak at the Poisson mode `h` but near the `k` with
//! `k (k + a) = h y`; the sum starts there.

use super::gamma::{
    gamma_p, gamma_pq, gamma_q, ln_density, lower_over_density, upper_over_density,
};
use super::{Sum, abs, exp, floor, hypot, normal, sqrt};

/// From this `h` on the sum is taken over every n-th term (see [`strided`]); below, over each one.
const STRIDED_FROM: f64 = 25_000.0;

/// From this shape on an incomplete gamma function is taken by its uniform expansion, whose cost does not grow, and
/// not as a multiple of the density, which keeps the digits of tails below 1e-300.
const UNIFORM_FROM: f64 = 100_000.0;

/// From this `a + h` on the normal limit is closer than 1e-6 and floats no longer tell neighbouring `k` apart.
const NORMAL_FROM: f64 = 1e13;

/// `P(χ'²_df(λ) ≤ x)`, the noncentral χ² distribution with `df` degrees of freedom and noncentrality `lambda`.
///
/// Falling in `lambda`; at `lambda ≤ 0` the central [`cdf`](super::chi_square::cdf). Relative error below
/// 1e-11, tails as small as 1e-300 included, for `x` and `lambda` up to 1e7 and `df` up to 11 000; beyond
/// `df + lambda = 2e13` it is the normal limit (absolute error below 1e-6). 0 for `x ≤ 0`, 1 for `x = ∞`, 0 for
/// `lambda = ∞`; a negative `df` counts as 0.
///
/// ```
/// use driftline_core::num::chi_square::noncentral_cdf;
///
/// // Power of the 5 % test with 9 degrees of freedom at noncentrality 15.65: 80 %.
/// assert!((1.0 - noncentral_cdf(16.919, 9.0, 15.65) - 0.80).abs() < 1e-3);
/// ```
#[must_use]
pub fn noncentral_cdf(x: f64, df: f64, lambda: f64) -> f64 {
    both(x, df, lambda).0
}

/// `P(χ'²_df(λ) > x)`, not by subtraction where it is the smaller side. Ranges, limits and accuracy as for
/// [`noncentral_cdf`].
///
/// ```
/// use driftline_core::num::chi_square::noncentral_sf;
///
/// // How often PSI/s exceeds 100 by chance alone when the true drift is worth 15.65.
/// let tail = noncentral_sf(100.0, 9.0, 15.65);
/// assert!(tail > 1e-9 && tail < 1e-6);
/// ```
#[must_use]
pub fn noncentral_sf(x: f64, df: f64, lambda: f64) -> f64 {
    both(x, df, lambda).1
}

/// The `lambda` for which [`noncentral_cdf`]`(x, df, lambda) = p`: the end of a confidence interval for the
/// noncentrality when `x` was observed.
///
/// 0 where even `lambda = 0` gives `p` or less, which is how a lower bound says that no drift at all explains the
/// value. Finite for every finite `x`: a `p` of 0 or less counts as the smallest normal float. Relative error
/// below 1e-10 (absolute 1e-10 below 1).
///
/// Method: bracket and inverse quadratic steps (T. R. Chandrupatla 1997) on the normal score of the probability
/// over √λ, which is nearly a straight line; at most 100 steps, usually six.
///
/// ```
/// use driftline_core::num::chi_square::{critical, noncentral_cdf, noncentrality};
///
/// let lambda = noncentrality(critical(0.05, 9.0), 9.0, 0.20); // found with 80 % power
/// assert!((lambda - 15.65).abs() < 5e-3);
/// assert_eq!(noncentrality(3.0, 9.0, 0.95), 0.0);
/// ```
#[must_use]
pub fn noncentrality(x: f64, df: f64, p: f64) -> f64 {
    if x.is_nan() || df.is_nan() || p.is_nan() {
        return f64::NAN;
    }
    if x.is_infinite() && x > 0.0 {
        return if p >= 1.0 { 0.0 } else { f64::INFINITY };
    }
    let p = if p > 0.0 { p } else { f64::MIN_POSITIVE };
    if x <= 0.0 || both(x, df, 0.0).0 <= p {
        return 0.0;
    }
    let target = normal::quantile(p);
    let excess = |root: f64| score(both(x, df, root * root)) - target;
    // With one degree of freedom P(χ' ≤ √x) ≤ Φ(√x − √λ), and more degrees only lower it, so this end is beyond the
    // answer already; the loop is for df < 1.
    let mut high = sqrt(x) - target + 1e-3;
    let mut at_high = excess(high);
    for _ in 0..60 {
        if at_high <= 0.0 {
            break;
        }
        high = high * 1.5 + 1.0;
        at_high = excess(high);
    }
    let root = chandrupatla(excess, (0.0, excess(0.0)), (high, at_high));
    root * root
}

/// The normal score of a probability given as both sides, cut at ±40 where the sides are no longer floats.
fn score((below, above): (f64, f64)) -> f64 {
    let z = if below < above { normal::quantile(below) } else { -normal::quantile(above) };
    z.clamp(-40.0, 40.0)
}

/// A root of `f` between two points at which it has opposite signs.
fn chandrupatla(f: impl Fn(f64) -> f64, low: (f64, f64), high: (f64, f64)) -> f64 {
    let (mut other, mut newest) = (low, high);
    let mut t = 0.5;
    for _ in 0..100 {
        let at = newest.0 + t * (other.0 - newest.0);
        let here = (at, f(at));
        let older = if (here.1 > 0.0) == (newest.1 > 0.0) {
            newest
        } else {
            let replaced = other;
            other = newest;
            replaced
        };
        newest = here;
        let best = if abs(newest.1) < abs(other.1) { newest } else { other };
        let tolerance = 2.0 * f64::EPSILON * abs(best.0) + f64::MIN_POSITIVE;
        let width = abs(other.0 - newest.0);
        if best.1.to_bits() << 1 == 0 || width <= 2.0 * tolerance {
            return best.0;
        }
        let floor_t = tolerance / width;
        // Inverse quadratic where it is monotone on the bracket, else bisection.
        let xi = (newest.0 - other.0) / (older.0 - other.0);
        let phi = (newest.1 - other.1) / (older.1 - other.1);
        t = if phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi {
            newest.1 / (other.1 - newest.1) * older.1 / (other.1 - older.1)
                + (older.0 - newest.0) / (other.0 - newest.0) * newest.1 / (older.1 - newest.1)
                    * other.1
                    / (older.1 - other.1)
        } else {
            0.5
        };
        t = if t.is_finite() { t.clamp(floor_t, 1.0 - floor_t) } else { 0.5 };
    }
    newest.0
}

/// Both sides at once.
fn both(x: f64, df: f64, lambda: f64) -> (f64, f64) {
    if x.is_nan() || df.is_nan() || lambda.is_nan() {
        return (f64::NAN, f64::NAN);
    }
    // Halved first: the smallest float has no half.
    if 0.5 * x <= 0.0 {
        return (0.0, 1.0);
    }
    if x.is_infinite() {
        return (1.0, 0.0);
    }
    let (a, y, h) = (0.5 * df.max(0.0), 0.5 * x, 0.5 * lambda);
    if h <= 0.0 {
        return gamma_pq(a, y);
    }
    if h.is_infinite() || a.is_infinite() {
        return (0.0, 1.0);
    }
    let lower = y < a + h;
    if a + h > NORMAL_FROM {
        let z = (y - a - h) / sqrt(a + 2.0 * h);
        return (normal::cdf(z), normal::sf(z));
    }
    // Written without h·y, which may leave the float range.
    let peak = h * (y / (0.5 * a + hypot(0.5 * a, sqrt(h) * sqrt(y))).max(f64::MIN_POSITIVE));
    let tail = if h >= STRIDED_FROM {
        strided(a, y, h, peak, lower)
    } else if lower {
        lower_sum(a, y, h, floor(peak))
    } else {
        upper_sum(a, y, h, floor(peak))
    };
    let tail = tail.clamp(0.0, 1.0);
    if lower { (tail, 1.0 - tail) } else { (1.0 - tail, tail) }
}

/// How far from the peak the summand may still count: it falls at least as fast as a Poisson density of mean
/// `peak`, and by Bernstein's inequality that is below 1e-20 beyond this.
fn reach(peak: f64) -> f64 {
    floor(32.0 + 9.7 * sqrt(peak))
}

/// `Σ D(k, h) P(a+k, y)` from the top down: `P(a+k−1) = P(a+k) + D(a+k−1, y)` then only adds. Everything is
/// kept as a multiple of its value at the peak, so that no factor leaves the float range before the product does.
fn lower_sum(a: f64, y: f64, h: f64, peak: f64) -> f64 {
    let ln_scale = ln_density(peak, h) + ln_density(a + peak, y);
    if ln_scale < -800.0 || ln_density(a + peak, y) < -740.0 {
        return 0.0;
    }
    let last = peak + reach(peak);
    let mut weight = 1.0;
    let mut density = 1.0;
    let mut k = peak;
    while k < last {
        let (heavier, denser) = (weight * (h / (k + 1.0)), density * (y / (a + k + 1.0)));
        // With h or y tiny the next terms would leave the float range; they are as far from counting.
        if heavier * denser < 1e-40 {
            break;
        }
        (weight, density) = (heavier, denser);
        k += 1.0;
    }
    let mut share = if a + k < UNIFORM_FROM {
        density * lower_over_density(a + k, y)
    } else {
        gamma_p(a + k, y) / exp(ln_density(a + peak, y))
    };
    let mut total = Sum::new();
    let mut last = 0.0;
    loop {
        let term = weight * share;
        total.add(term);
        if k <= 0.0 || (term < last && term <= total.total() * 1e-19) {
            break;
        }
        last = term;
        // From k to k − 1: D(k−1, h) = D(k, h)·k/h, and the density at a+k−1 joins the share.
        weight *= k / h;
        density *= (a + k) / y;
        k -= 1.0;
        share += density;
    }
    exp(ln_scale) * total.total()
}

/// `Σ D(k, h) Q(a+k, y)` from the bottom up: `Q(a+k+1) = Q(a+k) + D(a+k, y)` then only adds.
fn upper_sum(a: f64, y: f64, h: f64, peak: f64) -> f64 {
    let ln_scale = ln_density(peak, h) + ln_density(a + peak, y);
    if ln_scale < -800.0 || ln_density(a + peak, y) < -740.0 {
        return 0.0;
    }
    let bottom = (peak - reach(peak)).max(0.0);
    let mut weight = 1.0;
    let mut density = 1.0;
    let mut k = peak;
    while k > bottom {
        weight *= k / h;
        density *= (a + k) / y;
        k -= 1.0;
    }
    // The continued fraction wants y ≥ 1; below, Q is no tail and can be taken as it is.
    let mut share = if y >= 1.0 && a + bottom < UNIFORM_FROM {
        density * upper_over_density(a + bottom, y)
    } else {
        gamma_q(a + bottom, y) / exp(ln_density(a + peak, y))
    };
    let mut total = Sum::new();
    let (mut k, mut last) = (bottom, 0.0);
    // The true peak can lie a few widths above the estimate, never ten reaches.
    let top = peak + 10.0 * reach(peak);
    while k < top {
        let term = weight * share;
        total.add(term);
        if k > peak && term <= last && term <= total.total() * 1e-19 {
            break;
        }
        last = term;
        share += density;
        k += 1.0;
        weight *= h / k;
        density *= y / (a + k);
    }
    exp(ln_scale) * total.total()
}

/// The same sums for large `h`, where the summand is a smooth bell in `k` thousands of terms wide: every n-th
/// term, n times over. By Poisson's summation formula the error of a stride of half the bell's width is
/// `e^(−8π²)`, so about fifty evaluations give all digits whatever `h`.
fn strided(a: f64, y: f64, h: f64, peak: f64, lower: bool) -> f64 {
    // The bell is a Poisson density (variance about `peak`) times an incomplete gamma function, which in `k` has
    // variance about a + peak.
    let width = sqrt(peak * ((a + peak) / (a + 2.0 * peak)));
    let stride = 0.5 * width;
    let term = |k: f64| {
        let shape = a + k;
        exp(ln_density(k, h)) * if lower { gamma_p(shape, y) } else { gamma_q(shape, y) }
    };
    let middle = term(peak);
    let mut total = Sum::new();
    total.add(middle);
    for direction in [-1.0, 1.0] {
        let (mut k, mut last) = (peak, middle);
        for _ in 0..400 {
            k += direction * stride;
            if k <= 0.0 {
                break;
            }
            let here = term(k);
            total.add(here);
            if here <= last && here <= total.total() * 1e-18 {
                break;
            }
            last = here;
        }
    }
    total.total() * stride
}
