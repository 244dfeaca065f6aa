//! `cargo +nightly fuzz run labels` in `crates/driftline-api`: labels.
#![no_main]

#[path = "../answer.rs"]
mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::check("labels", input));
