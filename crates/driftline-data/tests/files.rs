//! Files and streams: what a path may be, progress, cancellation.

use core::ops::ControlFlow;
use std::{fs, io, path::PathBuf};

use driftline_core::{codec::Content, counting::Counting};
use driftline_data::{BaselineIntake, Progress, ReadOptions, Summary, read, read_path};

/// A directory of this test's own, removed with the value.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("the target directory is writable");
        Scratch(path)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).expect("the target directory is writable");
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read_all(path: &std::path::Path) -> Result<Summary, String> {
    let mut rows = 0;
    let mut go_on = |_| ControlFlow::Continue(());
    let summary = read_path(path, ReadOptions::default(), &mut go_on, &mut |_, batch| {
        rows += batch.rows() as u64;
    })
    .map_err(|error| error.to_string())?;
    assert_eq!(rows, summary.rows);
    Ok(summary)
}

#[test]
fn the_format_follows_from_the_bytes_and_then_the_name() {
    let scratch = Scratch::new("formats");
    let check = |name: &str, content: &[u8], format: &str, n_columns: usize| {
        let path = scratch.file(name, content);
        let mut schema = None;
        let mut out = |found: &driftline_core::schema::Schema, _| schema = Some(found.clone());
        let mut go_on = |_| ControlFlow::Continue(());
        let summary = read_path(&path, ReadOptions::default(), &mut go_on, &mut out).unwrap();
        assert_eq!((summary.format, schema.unwrap().fields.len()), (format, n_columns), "{name}");
    };
    check("a.csv", b"a,b\n1,2\n", "CSV", 2);
    check("a.CSV", b"a;b\n1;2\n", "CSV", 2);
    check("a.tsv", b"a, b\tc\n1, 2\t3\n", "TSV", 2);
    check("a.data", b"a\tb\n1\t2\n", "CSV", 2);
}

#[test]
fn a_path_that_names_no_readable_file_is_refused_by_name() {
    let scratch = Scratch::new("paths");
    let check = |path: PathBuf, expected: &str| {
        let error = read_all(&path).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
        assert!(error.contains("paths"), "the path given is shown: {error}");
    };
    check(scratch.0.join("none.csv"), "none.csv: no such file");
    check(scratch.0.clone(), "paths: expected a file, found a directory");
    let path = scratch.file("model.csv", b"PAR1\x15\x04\x15");
    let error = read_all(&path).unwrap_err();
    assert_eq!(error, "model.csv: this is a Parquet file; supported: CSV, TSV, NDJSON, JSON");
    assert_eq!(
        read_all(&scratch.file("empty.csv", b"")).unwrap_err(),
        "empty.csv: the file is empty"
    );
}

#[test]
fn progress_is_told_and_a_break_ends_the_reading() {
    let scratch = Scratch::new("progress");
    let text = [b"a,b\n".to_vec(), b"1,2\n".repeat(1 << 19)].concat();
    let path = scratch.file("long.csv", &text);
    let mut seen = Vec::new();
    let mut note = |progress: Progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    };
    let summary = read_path(&path, ReadOptions::default(), &mut note, &mut |_, _| ()).unwrap();
    assert_eq!((summary.rows, summary.bytes), (1 << 19, text.len() as u64));
    assert!(seen.windows(2).all(|pair| pair[0].bytes < pair[1].bytes));
    let total = Some(text.len() as u64);
    assert_eq!(seen.last(), Some(&Progress { bytes: text.len() as u64, total }));

    let mut stop = |progress: Progress| match progress.bytes {
        0..=1_000_000 => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    };
    let error = read_path(&path, ReadOptions::default(), &mut stop, &mut |_, _| ()).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(error.to_string(), "long.csv: reading was cancelled");
}

/// Gives some bytes and then fails; interrupted before every other read.
struct Flaky {
    left: usize,
    is_interrupted: bool,
}

impl io::Read for Flaky {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.is_interrupted = !self.is_interrupted;
        if self.is_interrupted {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.left == 0 {
            return Err(io::Error::other("the disk is gone"));
        }
        self.left -= 1;
        buffer[..4].copy_from_slice(b"1,2\n");
        Ok(4)
    }
}

#[test]
fn a_stream_that_fails_says_where() {
    let input = Flaky { left: 3, is_interrupted: false };
    let mut go_on = |_| ControlFlow::Continue(());
    let error =
        read(input, "pipe", ReadOptions::default(), &mut go_on, &mut |_, _| ()).unwrap_err();
    assert_eq!(error.to_string(), "pipe, byte 12: reading failed: the disk is gone");
}

#[test]
fn a_stored_reference_past_its_bound_is_refused_in_one_piece_too() {
    // Zeros that are never read take no memory.
    let mut bytes = vec![0; (512 << 20) + 1];
    bytes[..8].copy_from_slice(Content::Reference.magic());
    for first in [bytes.len(), 8, 64, 1000] {
        let mut intake =
            BaselineIntake::new("stored", ReadOptions::default(), &Counting::default());
        let (first, rest) = bytes.split_at(first);
        let refused = intake.push(first).and_then(|()| intake.push(rest));
        let message = refused.expect_err("too long").to_string();
        assert!(message.contains("at most 536870912 bytes"), "{message}");
    }
}
