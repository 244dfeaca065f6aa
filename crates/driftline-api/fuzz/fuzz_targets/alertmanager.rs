//! `cargo +nightly fuzz run alertmanager` in `crates/driftline-api`: Alertmanager's webhook.
#![no_main]

#[path = "../answer.rs"]
mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::check("alertmanager", input));
