//! JSON read per second: `cargo bench -p driftline-data --bench json`.
//!
//! The rows are generated, like a log of predictions: 20 numbers, 5 short texts, a time. `tree` is what the same rows
//! cost where a tree is made of each.

use core::fmt::Write;

use divan::{Bencher, counter::BytesCount};
use driftline_data::{JsonReader, ReadOptions};

const TEXT_BYTES: usize = 8 << 20;
const CHUNK_BYTES: usize = 256 << 10;

fn main() {
    divan::main();
}

/// Objects with this between them.
fn rows(between: &str) -> String {
    let mut text = String::with_capacity(TEXT_BYTES + 4096);
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    while text.len() < TEXT_BYTES {
        let _ = write!(text, "{{\"timestamp\":\"2024-01-15T10:30:{:02}Z\"", next() % 60);
        for i in 0..20 {
            let _ = write!(text, ",\"f{i}\":{:.6}", next() as f64 / 1e8);
        }
        for (i, levels) in [3, 7, 20, 50].iter().enumerate() {
            let _ = write!(text, ",\"c{i}\":\"level_{}\"", next() % levels);
        }
        let _ = write!(text, ",\"prediction\":{}}}{between}", next() % 2);
    }
    text.truncate(text.len() - between.len());
    text
}

fn read(bencher: Bencher<'_, '_>, text: &str, open: fn() -> JsonReader) {
    bencher.counter(BytesCount::of_str(text)).bench_local(|| {
        let mut reader = open();
        let mut rows = 0;
        let mut out = |_: &_, batch: driftline_core::column::Batch| rows += batch.rows();
        for chunk in text.as_bytes().chunks(CHUNK_BYTES) {
            reader.push(chunk, &mut out).expect("generated rows are a table");
        }
        reader.finish(&mut out).expect("generated rows are a table");
        rows
    });
}

#[divan::bench]
fn lines(bencher: Bencher<'_, '_>) {
    read(bencher, &rows("\n"), || JsonReader::lines("bench.ndjson", ReadOptions::default()));
}

#[divan::bench]
fn array(bencher: Bencher<'_, '_>) {
    let text = ["[", &rows(",\n"), "]"].concat();
    read(bencher, &text, || JsonReader::new("bench.json", ReadOptions::default()));
}

#[divan::bench]
fn tree(bencher: Bencher<'_, '_>) {
    let text = rows("\n");
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        let members = |line: &str| {
            let row: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(line).expect("generated rows are objects");
            row.len()
        };
        text.lines().map(members).sum::<usize>()
    });
}
