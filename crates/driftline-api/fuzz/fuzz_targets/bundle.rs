//! `cargo +nightly fuzz run bundle` in `crates/driftline-api`: bundles of replicas, stored references, commands and snapshots.
#![no_main]

#[path = "../answer.rs"]
mod answer;

libfuzzer_sys::fuzz_target!(|input: &[u8]| answer::check("bundle", input));
