//! `cargo +nightly fuzz run json` in `crates/driftline-data`.
#![no_main]

#[path = "../read_json.rs"]
mod read_json;

libfuzzer_sys::fuzz_target!(|input: &[u8]| read_json::check(input));
