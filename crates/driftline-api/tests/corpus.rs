//! The fuzzers' corpora, through the fuzzers' own entry: every build runs them, with or without cargo-fuzz.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "the fuzzers' entry is a program's"
)]

use std::{fs, path::Path};

#[path = "../fuzz/answer.rs"]
mod answer;

/// Every input of a target, and the same cut short anywhere and with a byte altered.
fn check(target: &str) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let input = fs::read(entry.unwrap().path()).unwrap();
        answer::check(target, &input);
        // Long inputs in steps: the whole is quick, and each end is another place of the form.
        for end in (1..input.len()).step_by(input.len() / 100 + 1) {
            answer::check(target, &input[..end]);
            let mut altered = input.clone();
            altered[end] ^= 1 << (end % 8);
            answer::check(target, &altered);
        }
        inputs += 1;
    }
    assert!(inputs > 0, "the corpus of {target} is there");
}

#[test]
fn every_event_of_the_corpus_is_answered() {
    check("events");
}

#[test]
fn every_label_of_the_corpus_is_answered() {
    check("labels");
}

#[test]
fn every_spec_of_the_corpus_is_answered() {
    check("spec");
}

#[test]
fn every_webhook_of_the_corpus_is_answered() {
    check("alertmanager");
}

#[test]
fn every_order_of_the_corpus_is_answered() {
    check("orders");
}

#[test]
fn every_address_of_the_corpus_is_answered() {
    check("address");
}

#[test]
fn every_bundle_of_the_corpus_is_answered() {
    check("bundle");
}
