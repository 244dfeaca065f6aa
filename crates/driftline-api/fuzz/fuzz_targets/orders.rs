//! `cargo +nightly fuzz run orders` in `crates/driftline-api`: small JSON bodies of orders.
#![no_main]

#[path = "../answer.rs"]
mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::check("orders", input));
