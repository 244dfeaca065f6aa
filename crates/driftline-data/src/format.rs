//! Which format the bytes are in.
//!
//! To add a format: one file in this folder with a [`FormatReader`], one row in [`TABLE`]. Sniffing, the list in
//! messages and the file picker follow from the row.

use alloc::{boxed::Box, format, vec::Vec};
use core::fmt;

use driftline_core::{column::Batch, schema::Schema};

use crate::{
    error::{Place, ReadError},
    options::ReadOptions,
    problem::Summary,
};

pub mod csv;
mod foreign;
pub mod json;
pub mod ndjson;
mod table;

pub use table::TABLE;

/// Where batches go: called with the file's schema and each batch as it is full.
pub type Sink<'a> = &'a mut dyn FnMut(&Schema, Batch);

/// First bytes that are enough to tell the formats apart.
pub const SNIFFED_BYTES: usize = 4096;

/// A reader of one format: bytes in, batches out. Any chunking of the same bytes gives the same batches.
pub trait FormatReader: fmt::Debug {
    /// Takes the next bytes and hands every batch they complete to `out`.
    ///
    /// # Errors
    /// The bytes cannot be read; every later call gives the same error.
    fn push(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError>;

    /// Ends the file: hands out the rows that are left. Nothing is pushed afterwards.
    ///
    /// # Errors
    /// As for [`push`](Self::push), and for a file that ends where it must not.
    fn finish(&mut self, out: Sink<'_>) -> Result<Summary, ReadError>;

    /// The columns, known before the first batch is handed out.
    fn schema(&self) -> Option<&Schema>;
}

/// One row of the [`TABLE`]: a format this crate reads.
#[derive(Debug)]
pub struct Format {
    /// Its name, as people write it.
    pub name: &'static str,
    /// File extensions, lower case, without the dot.
    pub extensions: &'static [&'static str],
    /// Media type, for file pickers and uploads.
    pub media_type: &'static str,
    /// Whether the first bytes can be of this format, whatever the file is called.
    pub recognise: fn(first_bytes: &[u8]) -> bool,
    /// A reader for the file with this base name.
    pub open: fn(source: &str, options: &ReadOptions) -> Box<dyn FormatReader>,
}

/// The format of a file, by its first [`SNIFFED_BYTES`] (or all, where there are fewer) and its name.
///
/// The bytes decide; the name's extension only chooses among the formats that the bytes allow.
///
/// ```
/// use driftline_data::format;
/// assert_eq!(format::sniff(b"a\tb\n1\t2\n", "current.tsv").unwrap().name, "TSV");
/// let error = format::sniff(b"PAR1\x15\x04", "current.csv").unwrap_err();
/// assert_eq!(error.to_string(), "current.csv: this is a Parquet file; supported: CSV, TSV, NDJSON, JSON");
/// ```
///
/// # Errors
/// No supported format: the message names what the bytes look like and what is supported.
pub fn sniff(first_bytes: &[u8], source: &str) -> Result<&'static Format, ReadError> {
    let lower = source.to_ascii_lowercase();
    let name = COMPRESSED.iter().find_map(|suffix| lower.strip_suffix(suffix)).unwrap_or(&lower);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let mut possible = TABLE.iter().filter(|format| (format.recognise)(first_bytes));
    let first = possible.clone().next();
    if let Some(format) = possible.find(|format| format.extensions.contains(&extension)).or(first) {
        return Ok(format);
    }
    let message = match foreign::name(first_bytes) {
        Some(found) => {
            let supported: Vec<&str> = TABLE.iter().map(|format| format.name).collect();
            format!("this is {found}; supported: {}", supported.join(", "))
        }
        None => "neither text nor a known binary format".into(),
    };
    Err(ReadError::new(Place::file(source), message))
}

/// What a compressed file's name ends with, after the extension of what is in it.
const COMPRESSED: [&str; 4] = [".gz", ".gzip", ".zst", ".zstd"];
