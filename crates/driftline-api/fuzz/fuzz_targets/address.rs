//! `cargo +nightly fuzz run address` in `crates/driftline-api`: methods, paths, queries and headers.
#![no_main]

#[path = "../answer.rs"]
mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::check("address", input));
