//! The fuzzer's corpora, through the fuzzer's own entries: every build runs them, with or without cargo-fuzz.

use std::{fs, path::Path};

#[cfg(all(feature = "gzip", feature = "zstd"))]
#[path = "../fuzz/read_compressed.rs"]
mod read_compressed;
#[path = "../fuzz/read_csv.rs"]
mod read_csv;
#[path = "../fuzz/read_json.rs"]
mod read_json;

fn check(corpus: &str, read: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(corpus);
    let mut n_texts = 0;
    for entry in fs::read_dir(corpus).expect("the corpus is there") {
        let path = entry.expect("the corpus is readable").path();
        let text = fs::read(path).expect("the corpus is readable");
        read(&text);
        // The same bytes read in other ways, and cut short anywhere.
        for end in 4..=text.len() {
            for how in [[1, 1, 2, 0], [3, 2, 4, 1], [7, 5, 255, 6]] {
                read(&[&how[..], &text[4..end]].concat());
            }
        }
        n_texts += 1;
    }
    assert!(n_texts >= 10, "the corpus is there");
}

#[test]
fn every_delimited_text_of_the_corpus_reads_alike_whole_and_in_chunks() {
    check("csv", read_csv::check);
}

#[test]
fn every_json_of_the_corpus_reads_alike_whole_and_in_chunks() {
    check("json", read_json::check);
}

#[cfg(all(feature = "gzip", feature = "zstd"))]
#[test]
fn every_compressed_file_of_the_corpus_reads_alike_whole_and_in_chunks() {
    check("compressed", read_compressed::check);
}
