//! `cargo +nightly fuzz run compressed` in `crates/driftline-data`.
#![no_main]

#[path = "../read_compressed.rs"]
mod read_compressed;

libfuzzer_sys::fuzz_target!(|input: &[u8]| read_compressed::check(input));
