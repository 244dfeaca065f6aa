//! What must hold of any bytes read as a file that may be compressed. The fuzzer calls it with bytes of its own, the test
//! `tests/corpus.rs` with those of the corpus.

use driftline_core::{column::Batch, schema::Schema};
use driftline_data::{ReadOptions, Reader, Summary};

/// Reads the input, whose first four bytes choose how, whole and in chunks.
///
/// # Panics
/// Where one can be read and the other cannot, or what is read differs.
pub(crate) fn check(input: &[u8]) {
    let Some((&[chunk, rows, sniff, flags], file)) = input.split_first_chunk() else { return };
    let options = ReadOptions {
        strict: flags & 1 != 0,
        batch_rows: usize::from(rows),
        sniff_bytes: usize::from(sniff) * 8,
        ..ReadOptions::default()
    };
    let whole = read([file], &options);
    let cut = read(file.chunks(usize::from(chunk).max(1)), &options);
    // Where a damaged stream is noticed, and how much came before, is for whoever takes it apart.
    assert_eq!(whole, cut, "the chunks show in what was read");
}

fn read<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
    options: &ReadOptions,
) -> Option<(Vec<String>, Summary)> {
    let mut batches = Vec::new();
    let mut out = |_: &Schema, batch: Batch| batches.push(format!("{batch:?}"));
    let mut reader = Reader::new("fuzz", options.clone());
    let pushed = chunks.into_iter().try_for_each(|chunk| reader.push(chunk, &mut out));
    let end = pushed.and_then(|()| reader.finish(&mut out));
    end.ok().map(|summary| (batches, summary))
}
