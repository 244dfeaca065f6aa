//! The same rows through every format, plain and compressed, and what is told of compressed files that are damaged.

use core::ops::ControlFlow;
use std::io::{Read, Write};

use driftline_core::{column::Batch, schema::Schema};
use driftline_data::{ReadOptions, Summary, read};
use flate2::{Compression, write::GzEncoder};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("zstd is there");
    encoder.include_checksum(true).expect("zstd has checksums");
    encoder.write_all(plain).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// Gives `size` bytes at a time.
struct InChunks<'a>(&'a [u8], usize);

impl Read for InChunks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n_bytes = self.1.min(self.0.len()).min(buffer.len());
        buffer[..n_bytes].copy_from_slice(&self.0[..n_bytes]);
        self.0 = &self.0[n_bytes..];
        Ok(n_bytes)
    }
}

fn read_chunks(name: &str, bytes: &[u8], size: usize) -> (Vec<String>, Result<Summary, String>) {
    let mut batches = Vec::new();
    let mut out = |_: &Schema, batch: Batch| batches.push(format!("{batch:?}"));
    let mut go_on = |_| ControlFlow::Continue(());
    let options = ReadOptions { batch_rows: 100, ..ReadOptions::default() };
    let end = read(InChunks(bytes, size), name, options, &mut go_on, &mut out);
    (batches, end.map_err(|error| error.to_string()))
}

fn rows(n_rows: usize) -> [(&'static str, Vec<u8>); 3] {
    let mut csv = String::from("n,city,ok\n");
    let (mut lines, mut array) = (String::new(), String::from("["));
    for row in 0..n_rows {
        let (n, city, ok) = (
            row.wrapping_mul(2_654_435_761) % (1 << 32),
            ["Oslo", "Turku", "Ifni"][row % 3],
            row % 5 == 0,
        );
        csv += &format!("{n}.5,{city},{ok}\n");
        let object = format!("{{\"n\":{n}.5,\"city\":\"{city}\",\"ok\":{ok}}}");
        lines += &format!("{object}\n");
        array += &format!("{}{object}", if row == 0 { "" } else { ",\n" });
    }
    array += "]\n";
    [("a.csv", csv.into()), ("a.ndjson", lines.into()), ("a.json", array.into())]
}

#[test]
fn the_same_rows_are_the_same_batches_in_every_format_plain_and_compressed() {
    let texts = rows(1000);
    let (expected, _) = read_chunks("a.csv", &texts[0].1, 1 << 16);
    assert!(expected.len() >= 10);
    for (name, plain) in &texts {
        for (ending, bytes) in [("", plain.clone()), (".gz", gzip(plain)), (".zst", zstd(plain))] {
            let name = format!("{name}{ending}");
            for size in [1, 7, 4096, 1 << 20] {
                let (batches, end) = read_chunks(&name, &bytes, size);
                let summary = end.expect("it is whole");
                assert_eq!(batches, expected, "{name} in chunks of {size}");
                assert_eq!((summary.rows, summary.problems.len()), (1000, 0), "{name}");
            }
        }
    }
}

#[test]
fn members_one_after_the_other_are_one_file() {
    let [(_, csv), ..] = rows(1000);
    let (first, rest) = csv.split_at(5000);
    let expected = read_chunks("a.csv", &csv, 1 << 16).0;
    let skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc";
    for bytes in [
        [gzip(first), gzip(b""), gzip(rest)].concat(),
        [zstd(first), skippable.to_vec(), zstd(b""), zstd(rest)].concat(),
    ] {
        for size in [1, 3, 1 << 20] {
            let (batches, end) = read_chunks("a.csv", &bytes, size);
            assert_eq!(end.expect("it is whole").problems, []);
            assert_eq!(batches, expected);
        }
    }
}

#[test]
fn a_stream_that_is_cut_short_says_after_how_many_rows() {
    let [(_, csv), ..] = rows(100_000);
    for (name, bytes) in [("gzip", gzip(&csv)), ("zstd", zstd(&csv))] {
        for cut in [bytes.len() / 2, bytes.len() - 1, 11] {
            let (batches, end) = read_chunks("a.csv", &bytes[..cut], 1 << 16);
            let error = end.expect_err("it is cut short");
            assert!(error.starts_with("a.csv, byte "), "{error}");
            let expected =
                format!("expected the rest of the {name} stream, found the end of the file");
            assert!(error.contains(&expected) && error.ends_with(" rows"), "{error}");
            assert!(cut < 100 || batches.len() > 100, "the rows before are handed out");
        }
        for at in 20..60 {
            let mut damaged = bytes.clone();
            damaged[bytes.len() / 60 * at] ^= 0x55;
            // What changed may still be a stream, but not with the same checksum.
            let whole = read_chunks("a.csv", &bytes, 1 << 16);
            let found = read_chunks("a.csv", &damaged, 1 << 16);
            assert!(found.1.is_err() || found.0 == whole.0, "{name} at {at}");
        }
    }
}

#[test]
fn bytes_after_the_last_member_are_told() {
    let [(_, csv), ..] = rows(100);
    for (name, mut bytes) in [("gzip", gzip(&csv)), ("zstd", zstd(&csv))] {
        bytes.extend_from_slice(&[0; 7]);
        for size in [1, 5, 1 << 20] {
            let summary = read_chunks("a.csv", &bytes, size).1.expect("the member is whole");
            let told: Vec<&str> = summary.problems.iter().map(|p| &*p.message).collect();
            assert_eq!(told, [format!("7 bytes after the {name} stream were not read")]);
            assert_eq!(summary.rows, 100);
        }
    }
}

#[test]
fn what_swells_without_end_is_refused() {
    let alike = [b"a,b\n".to_vec(), b"1,2\n".repeat(20 << 20)].concat();
    let bytes = zstd(&alike);
    let error = read_chunks("a.csv", &bytes, 1 << 16).1.expect_err("a bomb");
    assert!(error.contains("more than 1000 times as many"), "{error}");
}

#[test]
fn a_window_past_the_cap_is_refused() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("zstd is there");
    encoder.window_log(28).expect("a window of 256 MiB");
    encoder.long_distance_matching(true).expect("long windows");
    encoder.write_all(b"a,b\n1,2\n").expect("a vector takes all");
    let bytes = encoder.finish().expect("a vector takes all");
    let error = read_chunks("a.csv", &bytes, 1 << 16).1.expect_err("too large a window");
    assert!(error.contains("the zstd stream is damaged") && error.contains("memory"), "{error}");
}
