//! `cargo +nightly fuzz run live` in `crates/driftline-core`.
#![no_main]

#[path = "../decode.rs"]
mod decode;

use driftline_core::reference::Reference;

const REFERENCE: &[u8] = include_bytes!("../corpus/reference/small");

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let reference = Reference::decode(REFERENCE).expect("the corpus holds a reference");
    decode::check_live(&reference, input);
});
