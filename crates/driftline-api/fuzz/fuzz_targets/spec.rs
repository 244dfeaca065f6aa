//! `cargo +nightly fuzz run spec` in `crates/driftline-api`: the text of a spec.
#![no_main]

#[path = "../answer.rs"]
mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::check("spec", input));
