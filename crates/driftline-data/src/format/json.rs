//! JSON: an array of objects, or an object a line.
//!
//! A block of the file's beginning (1 MiB by default) is looked at first: the keys in it, in the order in which they
//! first appear, are the columns, and their values give each column's kind. Then the block and everything after it is
//! read row by row; no more than one row (16 MiB at most) and one batch is held.
//!
//! # What is read
//!
//! - `[{"age": 31}, {"age": 42}]` over any number of lines, and [`ndjson`](super::ndjson).
//! - A value is read from its text, by the rules for a cell of [`csv`](super::csv): the string `"31"` is a number in a
//!   column of numbers, the string `"NA"` is missing, `1e999` is infinite, and `true` and `false` are levels. So the
//!   same rows give the same report, whichever of the formats they are in.
//! - Missing: `null`, a key that a row does not have, and what is missing in a cell of CSV.
//! - `NaN`, `Infinity` and `-Infinity`, which are no JSON, as Python writes them. `NaN` is missing.
//!
//! # What is not
//!
//! | found | becomes |
//! |---|---|
//! | a row that is no object, or no JSON, or nests deeper than 127 | skipped |
//! | a value not of its column's kind, not UTF-8, with half a surrogate pair or a NUL | an unreadable slot of that column |
//! | a key whose values in the first block are all objects or arrays | no column; told once |
//! | an object or array in another column | in a column of text its text, else an unreadable slot |
//! | a key that the first block does not have | no column; told |
//! | a key twice in one object | its last value counts; told |
//! | an array that is cut short, or between whose elements something else stands | an error |
//! | columns as arrays (`{"age": [31, 42]}`), rows as arrays (`[[31], [42]]`) | an error |
//!
//! Each is a [`Problem`](driftline_core::report::Problem) with its row and column, and, but for columns that are left
//! out, an error for a strict reader. A row's number is its line's, or its place in the array, from 1.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use driftline_core::schema::Schema;

use self::{
    head::{Found, Head},
    split::Layout,
    table::Table,
};
use super::{FormatReader, Sink, foreign};
use crate::{
    error::{Place, ReadError},
    options::ReadOptions,
    problem::{Problems, Summary},
};

mod head;
mod object;
mod split;
mod table;

/// Whether these can be the first bytes of an array of objects.
pub(super) fn recognise(first_bytes: &[u8]) -> bool {
    let text = first_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_bytes).trim_ascii_start();
    text.starts_with(b"[") && foreign::is_json(text)
}

/// Reads an array of objects, or an object a line, pushed in any chunks.
///
/// ```
/// use driftline_data::{JsonReader, ReadOptions};
///
/// let mut reader = JsonReader::new("current.json", ReadOptions::default());
/// let mut rows = 0;
/// reader.push(br#"[{"age": 31, "city": "Oslo"}, {"age": 42"#, &mut |_, batch| rows += batch.rows())?;
/// reader.push(b"}]", &mut |_, batch| rows += batch.rows())?;
/// let summary = reader.finish(&mut |_, batch| rows += batch.rows())?;
/// assert_eq!((rows, summary.rows), (2, 2));
/// assert_eq!(reader.schema().unwrap().fields[1].name, "city");
/// # Ok::<(), driftline_data::ReadError>(())
/// ```
pub struct JsonReader {
    format: &'static str,
    layout: Layout,
    source: String,
    options: ReadOptions,
    /// The first bytes, until they are enough.
    head: Vec<u8>,
    /// How many would be.
    head_bytes: usize,
    table: Option<Table>,
    problems: Problems,
    bytes: u64,
    failed: Option<ReadError>,
}

impl JsonReader {
    /// A reader of one array, for the file whose base name is `source`, with which messages begin.
    pub fn new(source: impl Into<String>, options: ReadOptions) -> JsonReader {
        JsonReader::with_layout("JSON", Layout::Array, source, options)
    }

    /// The same of an object a line.
    pub fn lines(source: impl Into<String>, options: ReadOptions) -> JsonReader {
        JsonReader::with_layout("NDJSON", Layout::Lines, source, options)
    }

    fn with_layout(
        format: &'static str,
        layout: Layout,
        source: impl Into<String>,
        options: ReadOptions,
    ) -> JsonReader {
        JsonReader {
            format,
            layout,
            source: source.into(),
            problems: Problems::new(options.strict),
            // Enough to see a byte order mark.
            head_bytes: options.sniff_bytes.max(16),
            options,
            head: Vec::new(),
            table: None,
            bytes: 0,
            failed: None,
        }
    }

    /// Takes the next bytes and hands every batch they complete to `out`.
    ///
    /// # Errors
    /// No table can be made of the text, or the reader is strict and a row or value cannot be read. Every later call
    /// gives the same error.
    pub fn push(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        self.bytes += bytes.len() as u64;
        self.keep_failure(|reader| reader.take_bytes(bytes, out))
    }

    /// Ends the file: hands out the rows that are left.
    ///
    /// # Errors
    /// As for [`push`](Self::push), for an empty file, and for an array that has no end.
    pub fn finish(&mut self, out: Sink<'_>) -> Result<Summary, ReadError> {
        self.keep_failure(|reader| reader.take_end(out))
    }

    /// The columns, known before the first batch is handed out.
    pub fn schema(&self) -> Option<&Schema> {
        self.table.as_ref().map(|table| &table.schema)
    }

    fn keep_failure<T>(
        &mut self,
        work: impl FnOnce(&mut JsonReader) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = work(self);
        self.failed = result.as_ref().err().cloned();
        result
    }

    fn take_bytes(&mut self, mut bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        while self.table.is_none() {
            // The head is filled to the byte whatever the chunks, so that what it shows does not depend on them.
            let wanted = self.head_bytes - self.head.len();
            let (first, rest) = bytes.split_at(wanted.min(bytes.len()));
            self.head.extend_from_slice(first);
            bytes = rest;
            if self.head.len() < self.head_bytes {
                return Ok(());
            }
            self.open(false, out)?;
        }
        self.read(bytes, out)
    }

    fn take_end(&mut self, out: Sink<'_>) -> Result<Summary, ReadError> {
        if self.table.is_none() {
            self.open(true, out)?;
        }
        let Some(table) = &mut self.table else {
            return Err(ReadError::new(Place::file(&self.source), "the file is empty"));
        };
        table.end(&self.source, &mut self.problems, out)?;
        let fields = &table.schema.fields;
        Ok(Summary {
            format: self.format,
            dialect: None,
            rows: table.rows,
            bad_rows: self.problems.bad_rows(),
            unreadable_cells: self.problems.unreadable_cells(),
            bytes: self.bytes,
            unread_bytes: 0,
            problems: self.problems.finish(&self.source, |column| fields[column].name.clone()),
        })
    }

    /// Makes the table of the head, and reads the head's rows; or asks for a longer head.
    fn open(&mut self, is_all: bool, out: Sink<'_>) -> Result<(), ReadError> {
        if let Some(found) = foreign::name(&self.head[..self.head.len().min(super::SNIFFED_BYTES)])
            && found != foreign::JSON
        {
            let message = format!("this is {found}; expected {}", self.format);
            return Err(ReadError::new(Place::file(&self.source), message));
        }
        let head = Head {
            source: &self.source,
            options: &self.options,
            layout: self.layout,
            bytes: &self.head,
            is_all,
        };
        match head.look(&mut self.problems)? {
            Found::Table(table, body) => {
                self.table = Some(*table);
                let head = core::mem::take(&mut self.head);
                self.read(&head[body..], out)
            }
            Found::TooShort { wanted_bytes } => {
                self.head_bytes = wanted_bytes;
                self.head.reserve_exact(wanted_bytes - self.head.len());
                Ok(())
            }
            Found::Nothing => Ok(()),
        }
    }

    fn read(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        match &mut self.table {
            Some(table) => table.read(bytes, &self.source, &mut self.problems, out),
            None => Ok(()),
        }
    }
}

impl FormatReader for JsonReader {
    fn push(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        JsonReader::push(self, bytes, out)
    }

    fn finish(&mut self, out: Sink<'_>) -> Result<Summary, ReadError> {
        JsonReader::finish(self, out)
    }

    fn schema(&self) -> Option<&Schema> {
        JsonReader::schema(self)
    }
}

impl fmt::Debug for JsonReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonReader")
            .field("source", &self.source)
            .field("bytes", &self.bytes)
            .field("schema", &self.schema())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
