//! What it costs to record a latency, beside `hdrhistogram` and `sketches-ddsketch`: `cargo bench -p driftline-core --bench
//! latency`.
//!
//! The same 100,000 latencies for all: log-normal around 20 ms, from 1 ms to seconds. The histograms are allocated and warm,
//! as they are in a service that runs.

use divan::{Bencher, black_box, counter::ItemsCount};
use driftline_core::{
    latency::{LatencyHistogram, Micros},
    num,
};

const N: usize = 100_000;

fn main() {
    divan::main();
}

fn micros() -> Vec<u64> {
    let mut state = 1_u64;
    let mut share = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1_u64 << 31) as f64
    };
    // The sum of twelve uniform shares, less six, is nearly normal.
    let mut normal = || (0..12).map(|_| share()).sum::<f64>() - 6.0;
    (0..N).map(|_| (20_000.0 * num::exp(normal())) as u64).collect()
}

fn thresholds() -> [Micros; 2] {
    [Micros(100_000), Micros(500_000)]
}

#[divan::bench]
fn driftline(bencher: Bencher<'_, '_>) {
    let values = micros();
    let mut histogram = LatencyHistogram::new();
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        values.iter().for_each(|micros| histogram.record(black_box(*micros)));
    });
}

/// With the exact counts that two objectives are decided on.
#[divan::bench]
fn driftline_with_two_objectives(bencher: Bencher<'_, '_>) {
    let values = micros();
    let mut histogram = LatencyHistogram::with_thresholds(&thresholds());
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        values.iter().for_each(|micros| histogram.record(black_box(*micros)));
    });
}

/// From milliseconds, as rows hold them.
#[divan::bench]
fn driftline_from_milliseconds(bencher: Bencher<'_, '_>) {
    let values: Vec<f64> = micros().iter().map(|micros| *micros as f64 / 1000.0).collect();
    let mut histogram = LatencyHistogram::with_thresholds(&thresholds());
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        values.iter().for_each(|ms| histogram.record_ms(black_box(*ms)));
    });
}

/// From 1 µs to 1 h with two significant digits: an error of 1 % at most, where ours is 0.78 %.
#[divan::bench]
fn hdrhistogram_two_digits(bencher: Bencher<'_, '_>) {
    let values = micros();
    let mut histogram = hdrhistogram::Histogram::<u64>::new_with_bounds(1, Micros::HOUR.0, 2)
        .expect("sound bounds");
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        values.iter().for_each(|micros| histogram.saturating_record(black_box(*micros)));
    });
}

/// A relative error of 0.78 %.
#[divan::bench]
fn sketches_ddsketch(bencher: Bencher<'_, '_>) {
    let values: Vec<f64> = micros().iter().map(|micros| *micros as f64).collect();
    let config = sketches_ddsketch::Config::new(0.0078, 4096, 1.0e-9);
    let mut sketch = sketches_ddsketch::DDSketch::new(config);
    bencher.counter(ItemsCount::new(N)).bench_local(|| {
        values.iter().for_each(|micros| sketch.add(black_box(*micros)));
    });
}

#[divan::bench]
fn driftline_p99(bencher: Bencher<'_, '_>) {
    let mut histogram = LatencyHistogram::new();
    micros().iter().for_each(|micros| histogram.record(*micros));
    bencher.bench_local(|| black_box(&histogram).quantile(99, 100));
}
