//! `cargo +nightly fuzz run events` in `crates/driftline-api`: events: one, an array, columns, one a line.
#![no_main]

#[path = "../answer.rs"]
mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::check("events", input));
