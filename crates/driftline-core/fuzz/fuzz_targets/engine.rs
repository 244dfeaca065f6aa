//! `cargo +nightly fuzz run engine` in `crates/driftline-core`.
#![no_main]

#[path = "../decode.rs"]
mod decode;

libfuzzer_sys::fuzz_target!(|input: &[u8]| decode::check_engine(input));
