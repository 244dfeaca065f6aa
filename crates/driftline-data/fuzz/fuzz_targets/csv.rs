//! `cargo +nightly fuzz run csv` in `crates/driftline-data`.
#![no_main]

#[path = "../read_csv.rs"]
mod read_csv;

libfuzzer_sys::fuzz_target!(|input: &[u8]| read_csv::check(input));
