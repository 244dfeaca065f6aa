//! The special functions against numbers nobody here made: SciPy and mpmath (the golden table), statrs (an
//! oracle over random arguments) and printed tables.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::beta::{beta_inc, ln_beta};
use super::chi_square::{
    cdf, critical, noncentral_cdf, noncentral_sf, noncentrality, quantile, sf,
};
use super::erf::{erf, erfc};
use super::gamma::{gamma_p, gamma_q, ln_gamma};
use super::normal;

/// Made by `tests/golden/make_special_functions.py`.
const GOLDEN: &str = include_str!("../../tests/golden/special_functions.json");

/// A distance of at most `tolerance`, relative to what was expected (absolute below `scale`).
#[track_caller]
fn distance(expected: f64, found: f64, scale: f64) -> f64 {
    let gap = (found - expected).abs() / expected.abs().max(scale);
    if gap.is_nan() { f64::INFINITY } else { gap }
}

/// Every row of one golden table: `error` gives the distance of ours from the row's value.
#[track_caller]
fn check_golden(table: &str, tolerance: f64, error: impl Fn(&[f64]) -> f64) {
    let golden: serde_json::Value = serde_json::from_str(GOLDEN).unwrap();
    let rows = golden[table].as_array().unwrap();
    assert!(rows.len() >= 6, "{table}: {} rows", rows.len());
    let (mut worst, mut at) = (0.0, Vec::new());
    for row in rows {
        let row: Vec<f64> = row.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        let gap = error(&row);
        if gap > worst {
            (worst, at) = (gap, row);
        }
    }
    assert!(worst <= tolerance, "{table}: {worst:e} at {at:?}, allowed {tolerance:e}");
}

/// Numbers in (0, 1) from a fixed seed (Steele, Lea and Flood's SplitMix64).
fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + 1e-17
    }
}

/// The allowance for a tail: `centre` down to 1e-10, ten times that below.
fn in_tail(value: f64, gap: f64) -> f64 {
    if value < 1e-10 { gap / 10.0 } else { gap }
}

#[test]
fn ln_gamma_agrees_with_mpmath() {
    check_golden("ln_gamma: x, value", 1e-14, |r| distance(r[1], ln_gamma(r[0]), 1e-2));
}

#[test]
fn incomplete_gamma_agrees_with_mpmath_in_the_centre_and_both_tails() {
    check_golden("gamma: a, x, P, Q", 1e-12, |r| {
        let p = in_tail(r[2], distance(r[2], gamma_p(r[0], r[1]), 0.0));
        p.max(in_tail(r[3], distance(r[3], gamma_q(r[0], r[1]), 0.0)))
    });
}

#[test]
fn ln_beta_agrees_with_mpmath() {
    check_golden("ln_beta: a, b, value", 1e-14, |r| distance(r[2], ln_beta(r[0], r[1]), 1.0));
}

#[test]
fn incomplete_beta_agrees_with_mpmath() {
    check_golden("beta: a, b, x, I", 1e-12, |r| {
        in_tail(r[3], distance(r[3], beta_inc(r[0], r[1], r[2]), 0.0))
    });
}

#[test]
fn error_function_agrees_with_mpmath() {
    check_golden("erf: x, erf, erfc", 1e-15, |r| {
        distance(r[1], erf(r[0]), 0.0).max(distance(r[2], erfc(r[0]), 0.0))
    });
}

#[test]
fn normal_agrees_with_mpmath_and_its_sides_mirror() {
    check_golden("normal: z, cdf", 1e-13, |r| {
        let gap = in_tail(r[1], distance(r[1], normal::cdf(r[0]), 0.0));
        gap.max(distance(normal::cdf(r[0]), normal::sf(-r[0]), 0.0))
    });
    check_golden("normal quantile: p, z", 1e-14, |r| distance(r[1], normal::quantile(r[0]), 0.0));
}

#[test]
fn chi_square_critical_values_agree_with_mpmath() {
    check_golden("chi square critical: df, alpha, x", 1e-12, |r| {
        let gap = distance(r[2], critical(r[1], r[0]), 0.0);
        // As 1 − alpha the level is rounded; solved from the left it can only be as good as that.
        if r[1] < 0.01 || r[1] > 0.9 {
            return gap;
        }
        gap.max(distance(r[2], quantile(1.0 - r[1], r[0]), 0.0))
    });
}

#[test]
fn noncentral_chi_square_agrees_with_mpmath_in_the_centre_and_both_tails() {
    check_golden("noncentral: x, df, lambda, cdf, sf", 1e-12, |r| {
        let below = in_tail(r[3], distance(r[3], noncentral_cdf(r[0], r[1], r[2]), 0.0));
        below.max(in_tail(r[4], distance(r[4], noncentral_sf(r[0], r[1], r[2]), 0.0)))
    });
}

#[test]
fn noncentrality_finds_the_lambda_the_golden_rows_were_made_with() {
    check_golden("noncentral: x, df, lambda, cdf, sf", 1e-10, |r| {
        // Near 1 the rounding of the probability itself moves lambda more than that.
        if r[3] > 0.99 { 0.0 } else { distance(r[2], noncentrality(r[0], r[1], r[3]), 1.0) }
    });
}

#[test]
fn central_functions_agree_with_statrs_over_random_arguments() {
    let mut next = uniform(20_261_123);
    for _ in 0..2000 {
        let a = super::exp(next() * 12.0 - 3.0); // 0.05 to 8100
        let x = a * super::exp((next() - 0.5) * 6.0 / (1.0 + super::sqrt(a)));
        let gap = distance(statrs::function::gamma::gamma_lr(a, x), gamma_p(a, x), 1e-4);
        assert!(gap < 1e-8, "P({a}, {x}): {gap:e}"); // statrs' own accuracy
        let gap = distance(statrs::function::gamma::ln_gamma(a), ln_gamma(a), 1.0);
        assert!(gap < 1e-13, "ln_gamma({a}): {gap:e}");
        let b = super::exp(next() * 8.0 - 1.0); // 0.4 to 1100
        let (a, x) = (super::exp(next() * 8.0 - 1.0), next());
        let gap = distance(statrs::function::beta::beta_reg(a, b, x), beta_inc(a, b, x), 1e-6);
        assert!(gap < 1e-8, "I_{x}({a}, {b}): {gap:e}");
        let z = (next() - 0.5) * 12.0;
        let gap = distance(statrs::function::erf::erfc(z), erfc(z), 0.0);
        assert!(gap < 1e-9, "erfc({z}): {gap:e}");
    }
}

#[test]
fn printed_tables_are_met_to_their_last_digit() {
    // Critical values as in every table of the chi-square distribution.
    for (p, df, printed) in [(0.95, 9.0, 16.919), (0.999, 9.0, 27.877), (0.95, 19.0, 30.144)] {
        assert!((quantile(p, df) - printed).abs() <= 5e-4, "{p} {df}: {}", quantile(p, df));
        assert!((sf(quantile(p, df), df) - (1.0 - p)).abs() < 1e-15);
        assert!((cdf(quantile(p, df), df) - p).abs() < 1e-15);
    }
    // Noncentrality that a test with 9 degrees of freedom finds four times in five.
    for (alpha, printed) in [(0.05, 15.65), (0.001, 28.80), (0.001 / 20.0, 37.56)] {
        let lambda = noncentrality(critical(alpha, 9.0), 9.0, 0.20);
        assert!((lambda - printed).abs() <= 5e-3, "{alpha}: {lambda}");
    }
}

#[test]
fn noncentral_falls_in_lambda_without_a_step_where_the_method_changes() {
    // The sum over every k ends and the strided one begins at lambda = 50 000.
    let at = |lambda: f64| noncentral_cdf(50_100.0, 9.0, lambda);
    let (before, after) = (at(50_000.0 - 1e-6), at(50_000.0));
    assert!(before > after && before - after < 1e-8, "{before} {after}");
    let mut last = 1.0;
    for step in 0..2000 {
        let here = at(45_000.0 + f64::from(step) * 5.0);
        assert!(here <= last + 1e-12, "step {step}: {last} then {here}");
        last = here;
    }
}

#[test]
fn noncentrality_is_finite_and_fast_everywhere() {
    for x in [1e-300, 1e-9, 0.1, 9.0, 300.0, 1e4, 49_999.0, 1e5, 1e7, 1e9, 1e12] {
        for df in [1e-3, 0.5, 1.0, 9.0, 999.0, 11_000.0] {
            for p in [-1.0, 0.0, 1e-300, 1e-9, 0.05, 0.5, 0.95, 1.0 - 1e-12, 1.0, 2.0] {
                let lambda = noncentrality(x, df, p);
                let case = (x, df, p, lambda);
                assert!(lambda.is_finite() && lambda >= 0.0, "{case:?}");
                if lambda > 0.0 && (1e-12..=0.95).contains(&p) && x <= 1e9 {
                    let back = noncentral_cdf(x, df, lambda);
                    assert!((back / p - 1.0).abs() < 1e-8, "{case:?}: back to {back:e}");
                }
            }
        }
    }
}

#[test]
fn outside_the_domain_every_function_continues_its_limit() {
    let inf = f64::INFINITY;
    for (name, expected, found) in [
        ("P(a, ≤0)", 0.0, gamma_p(2.0, -1.0)),
        ("Q(a, ≤0)", 1.0, gamma_q(2.0, 0.0)),
        ("P(a, ∞)", 1.0, gamma_p(2.0, inf)),
        ("P(≤0, x)", 1.0, gamma_p(-1.0, 1.0)),
        ("P(∞, x)", 0.0, gamma_p(inf, 1.0)),
        ("Q far beyond", 0.0, gamma_q(1e300, inf)),
        ("P far below", 0.0, gamma_p(1e300, 1.0)),
        ("I at 0", 0.0, beta_inc(1.0, 2.0, -0.5)),
        ("I at 1", 1.0, beta_inc(1.0, 2.0, 1.5)),
        ("I a = 0", 1.0, beta_inc(0.0, 2.0, 0.5)),
        ("I b = 0", 0.0, beta_inc(2.0, 0.0, 0.5)),
        ("quantile 0", 0.0, quantile(0.0, 9.0)),
        ("quantile 1", inf, quantile(1.0, 9.0)),
        ("quantile df 0", 0.0, quantile(0.5, 0.0)),
        ("quantile of a vanishing df", 0.0, quantile(0.01, 1e-6)),
        ("critical 0", inf, critical(0.0, 9.0)),
        ("critical 1", 0.0, critical(1.0, 9.0)),
        ("noncentral x = 0", 0.0, noncentral_cdf(0.0, 9.0, 3.0)),
        ("noncentral x = ∞", 1.0, noncentral_cdf(inf, 9.0, 3.0)),
        ("noncentral λ = ∞", 0.0, noncentral_cdf(5.0, 9.0, inf)),
        ("noncentral λ = 0", cdf(5.0, 9.0), noncentral_cdf(5.0, 9.0, 0.0)),
        ("noncentral λ < 0", sf(5.0, 9.0), noncentral_sf(5.0, 9.0, -1.0)),
        // No degrees of freedom: the k = 0 term is an atom of e^(−λ/2) at 0.
        ("noncentral df = 0", super::exp(-1.0), noncentral_cdf(1e-300, 0.0, 2.0)),
        ("normal 0", -inf, normal::quantile(0.0)),
        ("normal 1", inf, normal::quantile(1.0)),
        ("normal cdf −∞", 0.0, normal::cdf(-inf)),
        ("normal sf −∞", 1.0, normal::sf(-inf)),
    ] {
        assert_eq!(expected.to_string(), found.to_string(), "{name}");
    }
    let nan = f64::NAN;
    for found in [gamma_p(nan, 1.0), gamma_q(1.0, nan), beta_inc(1.0, nan, 0.5), ln_beta(nan, 1.0)]
    {
        assert!(found.is_nan());
    }
    for found in [
        cdf(nan, 9.0),
        quantile(nan, 9.0),
        noncentral_cdf(1.0, 9.0, nan),
        noncentrality(nan, 9.0, 0.5),
    ] {
        assert!(found.is_nan());
    }
}

#[test]
fn no_argument_panics_hangs_or_leaves_the_unit_interval() {
    let extremes = [
        -1.0,
        0.0,
        5e-324,
        1e-300,
        1e-9,
        0.5,
        1.0,
        9.5,
        3e4,
        1e9,
        1e18,
        1e300,
        f64::MAX,
        f64::INFINITY,
    ];
    for a in extremes {
        for b in extremes {
            for c in extremes {
                for share in [
                    gamma_p(a, b),
                    gamma_q(a, b),
                    beta_inc(a, b, c),
                    noncentral_cdf(a, b, c),
                    noncentral_sf(a, b, c),
                ] {
                    assert!((0.0..=1.0).contains(&share), "{a} {b} {c}: {share}");
                }
            }
            assert!(quantile(a, b) >= 0.0 && critical(a, b) >= 0.0, "{a} {b}");
            assert!(!ln_beta(a, b).is_nan(), "{a} {b}");
        }
    }
}
