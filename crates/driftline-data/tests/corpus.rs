//! The fuzzer's corpus, through the fuzzer's own entry: every build runs it, with or without cargo-fuzz.

use std::{fs, path::Path};

#[path = "../fuzz/read_csv.rs"]
mod read_csv;

#[test]
fn every_text_of_the_corpus_reads_alike_whole_and_in_chunks() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/csv");
    let mut n_texts = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let text = fs::read(entry.unwrap().path()).unwrap();
        read_csv::check(&text);
        // The same bytes read in other ways, and cut short anywhere.
        for end in 4..=text.len() {
            for how in [[1, 1, 2, 0], [3, 2, 4, 1], [7, 5, 255, 6]] {
                read_csv::check(&[&how[..], &text[4..end]].concat());
            }
        }
        n_texts += 1;
    }
    assert!(n_texts >= 10, "the corpus is there");
}
