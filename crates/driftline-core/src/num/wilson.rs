//! Wilson's score interval of a share, with continuity correction.

use super::sqrt;

/// Two-sided 95 %: the standard normal quantile of 0.975.
const Z: f64 = 1.959_963_984_540_054;

/// The interval in which the true share lies where `count` of `rows` were counted, at 95 % confidence: it misses on either
/// side in at most about one of 40 samples.
///
/// ```text
/// lower, upper = (2np + z² ∓ 1 ∓ z√(z² ∓ 2 − 1/n + 4p(n(1 − p) ± 1))) / 2(n + z²)      n = rows, p = count / n, z = 1.96
/// ```
///
/// The lower end is 0 where nothing was counted and the upper end 1 where everything was; without rows it is all of
/// \[0, 1\]. Both ends grow with `count`. More than `rows` counts as `rows`.
///
/// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17, 1998, method 4.
///
/// ```
/// use driftline_core::num::wilson;
/// let (lower, upper) = wilson::interval(15, 148);
/// assert!((lower - 0.0598).abs() < 5e-5 && (upper - 0.1644).abs() < 5e-5);
/// ```
#[must_use]
pub fn interval(count: u64, rows: u64) -> (f64, f64) {
    if rows == 0 {
        return (0.0, 1.0);
    }
    let count = count.min(rows);
    let (n, p, z2) = (rows as f64, count as f64 / rows as f64, Z * Z);
    let (centre, width) = (2.0 * n * p + z2, 2.0 * (n + z2));
    let end = |sign: f64| {
        let root = z2 + sign * 2.0 - 1.0 / n + 4.0 * p * (n * (1.0 - p) - sign);
        // Below zero only by a rounding.
        (centre + sign * (1.0 + Z * sqrt(root.max(0.0)))) / width
    };
    let lower = if count == 0 { 0.0 } else { end(-1.0).clamp(0.0, p) };
    let upper = if count == rows { 1.0 } else { end(1.0).clamp(p, 1.0) };
    (lower, upper)
}

/// The lower end of the [`interval`].
#[must_use]
pub fn lower(count: u64, rows: u64) -> f64 {
    interval(count, rows).0
}

/// The smallest count of `rows` whose [`lower`] end is above a share; `None` where not even all of them are enough.
#[must_use]
pub fn least_count_above(share: f64, rows: u64) -> Option<u64> {
    first(rows, |count| lower(count, rows) > share)
}

/// The largest count of `rows` whose upper end is below a share; `None` where not even none of them is.
#[must_use]
pub fn largest_count_below(share: f64, rows: u64) -> Option<u64> {
    match first(rows, |count| interval(count, rows).1 >= share) {
        Some(first) => first.checked_sub(1),
        None => Some(rows),
    }
}

/// The first count, of those up to `rows`, from which on something holds.
fn first(rows: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(rows) {
        return None;
    }
    let (mut fails_before, mut holds_at) = (0, rows);
    while fails_before < holds_at {
        let middle = fails_before + (holds_at - fails_before) / 2;
        if holds(middle) {
            holds_at = middle;
        } else {
            fails_before = middle + 1;
        }
    }
    Some(holds_at)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// The column "4. Score method, with continuity correction" of Newcombe's table I.
    #[test]
    fn newcombes_table_is_met_to_its_last_digit() {
        for (count, rows, lower, upper) in [
            (81, 263, 0.2535, 0.3682),
            (15, 148, 0.0598, 0.1644),
            (0, 20, 0.0, 0.2005),
            (1, 29, 0.0018, 0.1963),
        ] {
            let found = interval(count, rows);
            let is_near = |a: f64, b: f64| (a - b).abs() <= 5e-5;
            assert!(
                is_near(found.0, lower) && is_near(found.1, upper),
                "{count} of {rows}: {found:?}"
            );
        }
    }

    #[test]
    fn the_ends_are_in_order_and_grow_with_the_count() {
        for rows in (0..60).chain([300, 10_000, 1 << 53]) {
            let mut before = (0.0, 0.0);
            for count in (0..=rows.min(60)).chain([rows.max(120) / 2, rows]) {
                let count = count.min(rows);
                let (lower, upper) = interval(count, rows);
                let share = if rows == 0 { 0.5 } else { count as f64 / rows as f64 };
                assert!((0.0..=share).contains(&lower) && (share..=1.0).contains(&upper));
                assert!(before.0 <= lower && before.1 <= upper, "{count} of {rows}");
                before = (lower, upper);
                // What is counted is seen from the other side too.
                let other = interval(rows - count, rows);
                assert!((lower - (1.0 - other.1)).abs() < 1e-9, "{count} of {rows}");
            }
        }
        assert_eq!(interval(9, 5), interval(5, 5));
    }

    /// What three hundred rows can say; stated where latencies are explained.
    #[test]
    fn the_counts_that_decide_are_the_first_and_the_last() {
        for (share, rows, expected) in [
            (0.5, 300, Some(168)),
            (0.05, 300, Some(23)),
            (0.01, 300, Some(7)),
            (0.5, 5, None),
            (0.01, 0, None),
        ] {
            assert_eq!(least_count_above(share, rows), expected, "{share} of {rows}");
        }
        for rows in [0, 1, 7, 300, 4001] {
            for share in [0.01, 0.05, 0.5] {
                let above = |count| lower(count, rows) > share;
                let counts: Vec<u64> = (0..=rows).filter(|count| above(*count)).collect();
                assert_eq!(least_count_above(share, rows), counts.first().copied());
                let below = |count| interval(count, rows).1 < share;
                let counts: Vec<u64> = (0..=rows).filter(|count| below(*count)).collect();
                assert_eq!(largest_count_below(share, rows), counts.last().copied());
            }
        }
    }
}
