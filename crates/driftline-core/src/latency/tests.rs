//! Bounds of the buckets by definition, merging and subtracting in any order, and stored content that lies.

use alloc::{format, string::ToString, vec, vec::Vec};

use proptest::prelude::*;

use super::*;
use crate::num::wilson;

fn histogram(thresholds: &[u64], micros: &[u64]) -> LatencyHistogram {
    let thresholds: Vec<Micros> = thresholds.iter().copied().map(Micros).collect();
    let mut histogram = LatencyHistogram::with_thresholds(&thresholds);
    micros.iter().for_each(|v| histogram.record(*v));
    histogram
}

/// The smallest value v with count(≤ v)·denominator ≥ numerator·n, by its definition.
fn nearest_rank(sorted: &[u64], numerator: u64, denominator: u64) -> u64 {
    let n = sorted.len() as u128;
    for (i, v) in sorted.iter().enumerate() {
        if (i as u128 + 1) * u128::from(denominator) >= u128::from(numerator) * n {
            return *v;
        }
    }
    *sorted.last().unwrap()
}

#[test]
fn milliseconds_are_read_to_the_nearest_microsecond() {
    for (ms, micros) in [
        (0.0, Some(0)),
        (-0.0, Some(0)),
        (0.0004, Some(0)),
        (0.0005, Some(1)),
        (45.054, Some(45_054)),
        (99.248, Some(99_248)),
        (3.6e6, Some(3_600_000_000)),
        (1e300, Some(u64::MAX)),
        (-0.001, None),
        (f64::NAN, None),
        (f64::INFINITY, None),
        (f64::NEG_INFINITY, None),
    ] {
        assert_eq!(Micros::from_ms(ms), micros.map(Micros), "{ms}");
    }
}

#[test]
fn a_latency_is_written_in_milliseconds() {
    for (micros, text) in [
        (0, "0 ms"),
        (7, "0.007 ms"),
        (1500, "1.5 ms"),
        (45_054, "45.054 ms"),
        (1_000_000, "1000 ms"),
    ] {
        assert_eq!(Micros(micros).to_string(), text);
    }
}

#[test]
fn every_octave_edge_is_one_value_s_own_bucket_or_the_start_of_one() {
    for exponent in 0..32 {
        let edge = 1_u64 << exponent;
        if edge > 1 && edge <= Micros::HOUR.0 {
            let (below, at) = (histogram(&[], &[edge - 1]), histogram(&[], &[edge]));
            assert_ne!(below.buckets().next(), at.buckets().next(), "2^{exponent}");
        }
    }
    // Two latencies of one bucket are one bucket, and the next microsecond is not.
    assert_eq!(histogram(&[], &[256, 257]).buckets().count(), 1);
    assert_eq!(histogram(&[], &[257, 258]).buckets().count(), 2);
    assert_eq!(histogram(&[], &[254, 255]).buckets().count(), 2);
}

#[test]
fn latencies_outside_the_range_are_counted_and_told() {
    let latencies = histogram(&[], &[0, 1, 3_600_000_000, 3_600_000_001, u64::MAX]);
    assert_eq!((latencies.count(), latencies.below(), latencies.above()), (5, 1, 2));
    assert_eq!(latencies.min(), Some(Micros(0)));
    assert_eq!(latencies.max(), Some(Micros(u64::MAX)));
    assert_eq!(latencies.quantile(3, 5), Some(Micros::HOUR));
    // What is beyond the range is shown as the longest: a percentile never understates.
    assert_eq!(latencies.quantile(4, 5), Some(Micros(u64::MAX)));
}

#[test]
fn what_is_no_duration_is_counted_as_invalid_and_as_nothing_else() {
    let mut latencies = LatencyHistogram::new();
    for ms in [-1.0, f64::NAN, f64::INFINITY, 2.0] {
        latencies.record_ms(ms);
    }
    assert_eq!((latencies.invalid(), latencies.count(), latencies.sum()), (3, 1, 2000));
}

#[test]
fn a_threshold_is_decided_on_the_value_as_given() {
    let threshold = Micros(100_000);
    let mut latencies = LatencyHistogram::with_thresholds(&[threshold, Micros(5)]);
    latencies.record_ms(100.0);
    assert_eq!(latencies.within(threshold), Some(1));
    latencies.record_ms(100.0_f64.next_up());
    assert_eq!(latencies.within(threshold), Some(1));
    assert_eq!(
        (latencies.quantile(1, 2), latencies.quantile(1, 1)),
        (Some(threshold), latencies.max())
    );
    assert_eq!(latencies.max(), Some(Micros(100_001)));
    assert_eq!(latencies.within(Micros(99_999)), None);
    assert_eq!(latencies.count_at_most(Micros(99_999)), 0..=0);
}

#[test]
fn a_shown_percentile_does_not_exceed_a_threshold_that_is_met() {
    // 99.9 ms and 100.3 ms share a bucket that ends at 100.351 ms.
    let latencies = histogram(&[100_000], &[99_900, 99_900, 99_900, 100_300]);
    assert_eq!(latencies.quantile(3, 4), Some(Micros(100_000)));
    assert_eq!(latencies.quantile(1, 1), Some(Micros(100_300)));
    assert_eq!(
        histogram(&[], &[99_900, 99_900, 99_900, 100_300]).quantile(3, 4),
        Some(Micros(100_300))
    );
}

#[test]
fn a_fraction_outside_zero_and_one_has_no_quantile() {
    let latencies = histogram(&[], &[1, 2, 3]);
    assert_eq!([latencies.quantile(2, 1), latencies.quantile(0, 0)], [None; 2]);
    assert_eq!(latencies.quantile(0, 1), Some(Micros(1)));
    assert_eq!(LatencyHistogram::new().quantile(1, 2), None);
    assert_eq!(latencies.meets(1, 2, Micros(3)), None);
    assert_eq!(histogram(&[3], &[]).meets(1, 2, Micros(3)), None);
    assert_eq!(histogram(&[3], &[3]).meets(2, 1, Micros(3)), None);
}

#[test]
fn only_what_was_merged_is_subtracted() {
    let whole = histogram(&[300], &[256, 500, 900]);
    for (other, mismatch) in [
        (histogram(&[300], &[256, 256]), HistogramMismatch::NotPart),
        (histogram(&[300], &[10]), HistogramMismatch::NotPart),
        // 257 shares its bucket with 256; the rest would add up to 2 µs less than its buckets can.
        (histogram(&[300], &[257, 501, 901]), HistogramMismatch::NotPart),
        (histogram(&[], &[256]), HistogramMismatch::Thresholds),
    ] {
        let mut rest = whole.clone();
        assert_eq!(rest.subtract(&other), Err(mismatch));
        assert_eq!(rest, whole);
    }
    let mut rest = whole.clone();
    rest.subtract(&whole).unwrap();
    assert_eq!(rest, histogram(&[300], &[]));
}

#[test]
fn the_largest_after_a_subtraction_is_the_end_of_its_bucket() {
    let mut rest = histogram(&[], &[100_300, 200_000, 50]);
    rest.subtract(&histogram(&[], &[200_000])).unwrap();
    assert_eq!((rest.min(), rest.max()), (Some(Micros(50)), Some(Micros(100_351))));
}

#[test]
fn stored_content_is_checked() {
    let json = serde_json::to_string(&histogram(&[300], &[5, 256, 900, 4_000_000_000])).unwrap();
    assert_eq!(
        json,
        r#"{"buckets":[[5,1],[256,1],[481,1]],"above":1,"sum":4000001161,"span":[5,4000000000],"invalid":0,"thresholds":[[300,2]]}"#
    );
    for (from, to) in [
        ("[5,1],[256,1]", "[256,1],[5,1]"),
        ("[5,1],[256,1]", "[5,1],[5,1]"),
        ("[5,1],", "[5,0],"),
        ("[5,1],", "[5,9007199254740993],"),
        ("[5,1],", "[5,18446744073709551615],"),
        ("[481,1]", "[3287,1]"),
        ("\"sum\":4000001161", "\"sum\":3600001161"),
        ("\"sum\":4000001161", "\"sum\":5000000000"),
        ("[5,4000000000]", "[4,4000000000]"),
        ("[5,4000000000]", "[5,900]"),
        ("[5,4000000000]", "null"),
        ("[300,2]", "[300,3]"),
        ("[300,2]", "[300,1]"),
        ("[300,2]", "[300,2],[300,2]"),
        ("[300,2]", "[300,2],[200,1]"),
    ] {
        let altered = json.replace(from, to);
        assert_ne!(altered, json, "{from}");
        assert!(serde_json::from_str::<LatencyHistogram>(&altered).is_err(), "{from} as {to}");
    }
}

fn latencies() -> impl Strategy<Value = Vec<u64>> {
    let micros = prop_oneof![
        4 => (0_u32..33, any::<u64>()).prop_map(|(bits, v)| v & ((1 << bits) - 1)),
        1 => 90_000_u64..110_000,
        1 => any::<u64>(),
    ];
    proptest::collection::vec(micros, 0..200)
}

const THRESHOLDS: [u64; 3] = [250, 100_000, 500_000];

proptest! {
    #[test]
    fn merging_in_any_order_is_counting_at_once(a in latencies(), b in latencies(), c in latencies()) {
        let all = [a.clone(), b.clone(), c.clone()].concat();
        let at_once = histogram(&THRESHOLDS, &all);
        let parts = [a, b, c].map(|part| histogram(&THRESHOLDS, &part));
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]] {
            let mut merged = histogram(&THRESHOLDS, &[]);
            for i in order {
                merged.merge(&parts[i]).unwrap();
            }
            prop_assert_eq!(&merged, &at_once);
        }
    }

    #[test]
    fn subtracting_inverts_merging(a in latencies(), b in latencies()) {
        let (left, right) = (histogram(&THRESHOLDS, &a), histogram(&THRESHOLDS, &b));
        let mut rest = left.clone();
        rest.merge(&right).unwrap();
        rest.subtract(&right).unwrap();
        prop_assert_eq!((rest.count(), rest.sum(), rest.above()), (left.count(), left.sum(), left.above()));
        prop_assert_eq!(rest.thresholds(), left.thresholds());
        let counts = |h: &LatencyHistogram| h.buckets().map(|bucket| bucket.count).collect::<Vec<_>>();
        prop_assert_eq!(counts(&rest), counts(&left));
        // The ends are known to the bucket: past one hour the last bucket is open.
        prop_assert!(rest.min() <= left.min() && rest.max() >= left.max());
        if let (Some(max), Some(exact)) = (rest.max(), left.max().filter(|max| *max <= Micros::HOUR)) {
            prop_assert!((max.0 - exact.0) * 128 <= exact.0);
        }
        // What is left can be stored and go on.
        let bytes = postcard::to_allocvec(&rest).unwrap();
        prop_assert_eq!(postcard::from_bytes::<LatencyHistogram>(&bytes).unwrap(), rest);
    }

    #[test]
    fn a_quantile_lies_at_most_a_128th_above_the_nearest_rank(
        mut values in latencies(), numerator in 0_u64..=1000, declared in any::<bool>(),
    ) {
        let latencies = histogram(if declared { &THRESHOLDS } else { &[] }, &values);
        values.sort_unstable();
        let Some(shown) = latencies.quantile(numerator, 1000) else {
            prop_assert!(values.is_empty());
            return Ok(());
        };
        let exact = nearest_rank(&values, numerator, 1000);
        prop_assert!(shown.0 >= exact);
        prop_assert!(shown <= latencies.max().unwrap());
        if exact <= Micros::HOUR.0 {
            prop_assert!((shown.0 - exact) * 128 <= exact, "{shown} for {exact}");
        }
        if exact < 256 {
            prop_assert_eq!(shown.0, exact);
        }
        for (threshold, within) in latencies.thresholds() {
            prop_assert_eq!(*within, values.iter().filter(|v| **v <= threshold.0).count() as u64);
            let met = u128::from(*within) * 1000 >= u128::from(numerator) * values.len() as u128;
            prop_assert_eq!(latencies.meets(numerator, 1000, *threshold), Some(met));
            if numerator > 0 {
                prop_assert_eq!(met, shown <= *threshold);
            }
        }
    }

    #[test]
    fn stored_and_read_back_is_the_same(values in latencies(), invalid in 0_u64..3) {
        let mut latencies = histogram(&THRESHOLDS, &values);
        (0..invalid).for_each(|_| latencies.record_ms(f64::NAN));
        let bytes = postcard::to_allocvec(&latencies).unwrap();
        prop_assert_eq!(&postcard::from_bytes::<LatencyHistogram>(&bytes).unwrap(), &latencies);
        let json = serde_json::to_string(&latencies).unwrap();
        prop_assert_eq!(serde_json::from_str::<LatencyHistogram>(&json).unwrap(), latencies);
    }
}

#[test]
fn an_empty_histogram_has_no_numbers() {
    let empty = LatencyHistogram::new();
    assert_eq!((empty.count(), empty.min(), empty.max()), (0, None, None));
    assert_eq!(empty.buckets().collect::<Vec<_>>(), vec![]);
}

/// Latencies of which about one in `one_in` is slow.
fn some_slow(draws: &mut u64, rows: usize, one_in: u64) -> Vec<u64> {
    let mut next = |n: u64| {
        *draws =
            draws.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*draws >> 33) % n
    };
    (0..rows)
        .map(|_| if next(one_in) == 0 { 500_001 + next(900_000) } else { 20_000 + next(200_000) })
        .collect()
}

#[test]
fn a_quantile_is_certainly_beyond_a_threshold_exactly_where_the_share_of_longer_ones_is() {
    let thresholds = [50_000, 150_000, 500_000, 800_000];
    let mut draws = 5;
    for (rows, one_in) in [(1, 2), (7, 2), (100, 20), (300, 9), (300, 40), (2000, 12), (2000, 90)] {
        for _ in 0..20 {
            let mut values = some_slow(&mut draws, rows, one_in);
            let histogram = histogram(&thresholds, &values);
            values.sort_unstable();
            for percent in [50, 95, 99] {
                let left = (100 - percent) as f64 / 100.0;
                let (lower, upper) = (
                    histogram.quantile_lower(percent, 100),
                    histogram.quantile_upper(percent, 100),
                );
                for t in thresholds {
                    let longer = values.iter().filter(|v| **v > t).count() as u64;
                    let (least, most) = wilson::interval(longer, rows as u64);
                    let what = format!("p{percent} of {rows}, {longer} above {t}");
                    assert_eq!(lower.is_some_and(|lower| lower.0 > t), least > left, "{what}");
                    assert_eq!(upper.is_some_and(|upper| upper.0 <= t), most < left, "{what}");
                }
                let value = histogram.quantile(percent, 100).unwrap();
                assert!(lower.is_none_or(|lower| lower <= value));
                assert!(upper.is_none_or(|upper| upper >= value));
            }
        }
    }
}

#[test]
fn half_a_budget_of_slow_requests_never_exceeds_it_for_certain_in_three_windows_in_a_row() {
    let mut draws = 1;
    let (mut by_value, mut for_certain, mut in_a_row, mut longest) = (0, 0, 0, 0);
    for _ in 0..7 * 1440 {
        let histogram = histogram(&[500_000], &some_slow(&mut draws, 300, 200));
        let is_above = |v: Option<Micros>| v.is_some_and(|v| v > Micros(500_000));
        by_value += u32::from(is_above(histogram.quantile(99, 100)));
        let is_certain = is_above(histogram.quantile_lower(99, 100));
        for_certain += u32::from(is_certain);
        in_a_row = if is_certain { in_a_row + 1 } else { 0 };
        longest = longest.max(in_a_row);
    }
    // Poisson: more than 3 where 1.5 are expected, 6.6 %; more than 6, 0.09 %.
    assert!((560..=760).contains(&by_value), "{by_value}");
    assert!(for_certain <= 25, "{for_certain}");
    assert!(longest < 3);
}
