//! What must hold of any bytes read as JSON, an object a line or an array of them. The fuzzer calls it with bytes of its
//! own, the test `tests/corpus.rs` with those of the corpus.

use driftline_core::{column::Batch, schema::Schema};
use driftline_data::{JsonReader, ReadError, ReadOptions, Summary};

/// Reads the input, whose first four bytes choose how, in both layouts, whole and in chunks.
///
/// # Panics
/// Where the two differ, or the summary does not add up.
pub(crate) fn check(input: &[u8]) {
    let Some((&[chunk, rows, sniff, flags], text)) = input.split_first_chunk() else { return };
    let options = ReadOptions {
        strict: flags & 1 != 0,
        batch_rows: usize::from(rows),
        sniff_bytes: usize::from(sniff) * 8,
        ..ReadOptions::default()
    };
    let layouts: [fn(&'static str, ReadOptions) -> JsonReader; 2] = [
        |source, options| JsonReader::new(source, options),
        |source, options| JsonReader::lines(source, options),
    ];
    for open in layouts {
        let whole = read(open("fuzz.json", options.clone()), [text], &options);
        let chunks = text.chunks(usize::from(chunk).max(1));
        let cut = read(open("fuzz.json", options.clone()), chunks, &options);
        assert_eq!(whole, cut, "the chunks show in what was read");
    }
}

type Reading = (Vec<String>, Result<Summary, ReadError>);

fn read<'a>(
    mut reader: JsonReader,
    chunks: impl IntoIterator<Item = &'a [u8]>,
    options: &ReadOptions,
) -> Reading {
    let (mut batches, mut rows, mut unreadable) = (Vec::new(), 0, 0);
    let mut out = |schema: &Schema, batch: Batch| {
        assert_eq!(schema.fields.len(), batch.columns().len());
        rows += batch.rows() as u64;
        unreadable += batch.columns().iter().map(|column| column.unreadable()).sum::<u64>();
        batches.push(format!("{schema:?} {batch:?}"));
    };
    let pushed = chunks.into_iter().try_for_each(|chunk| reader.push(chunk, &mut out));
    let end = pushed.and_then(|()| reader.finish(&mut out));
    if let Ok(summary) = &end {
        assert_eq!((summary.rows, summary.unreadable_cells), (rows, unreadable));
        let is_bad = summary.bad_rows + summary.unreadable_cells > 0;
        assert!(!is_bad || !(summary.problems.is_empty() || options.strict), "silently lost");
    }
    (batches, end)
}
