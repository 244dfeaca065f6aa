//! Delimited text: CSV and TSV.
//!
//! A block of the file's beginning (1 MiB by default) is looked at first: it gives the delimiter, whether there is a
//! header, and each column's kind. Then the block and everything after it is split into records by [`csv_core`] and
//! read cell by cell into typed columns.
//!
//! # What is read
//!
//! - Delimiter `,` `;` tab or `|`, worked out or given. An Excel `sep=;` line counts as given.
//! - Fields in double quotes may hold delimiters, newlines, and quotes written twice. A quote inside a field that does
//!   not begin with one is a character like any other.
//! - Records end with LF, CRLF or CR. Blank lines are skipped, in a file of one column too: a missing value there is
//!   written `""`. A UTF-8 byte order mark is skipped.
//! - The first record is the header unless its cells read like the rows below: a number above numbers. Names lose the
//!   blanks around them; an empty name becomes `column_3`, a repeated one `name_2`.
//! - Instants are in one [`TimeForm`](driftline_core::time::TimeForm) a column, worked out from its first values or
//!   given. Where they do not tell day from month, dots mean the day first and all else the month, and that is said.
//! - Missing: an empty cell, quoted or not, and `NA`, `N/A`, `null`, `None`, `NaN` in any case, and `-`, each with or
//!   without blanks around it.
//! - A text's level is the cell as written, blanks included.
//!
//! # What is not
//!
//! | found | becomes |
//! |---|---|
//! | a cell not of its column's kind, not UTF-8, or with a NUL | an unreadable slot of that column |
//! | a row of another number of fields than the first | skipped |
//! | a field over 1 MiB, a record over 16 MiB or of over 10,000 fields | skipped |
//! | a quote that opens and never closes | the rows before it stand; the rest of the file is counted as unread |
//! | a first row over 10,000 columns, over 1 MiB in a field, or that never ends | an error |
//! | an empty file, UTF-16, binary data | an error |
//!
//! Each is a [`Problem`](driftline_core::report::Problem) with its row and column, and an error for a strict reader.

use alloc::{format, string::String, vec::Vec};
use core::fmt;

use driftline_core::{column::Batch, schema::Schema};

use self::{
    head::Head,
    split::{Record, Split, Splitter},
};
use super::{FormatReader, Sink, foreign};
use crate::{
    batch::{BatchBuilder, Unreadable},
    cell,
    error::{Place, Quoted, ReadError},
    options::ReadOptions,
    problem::{Problems, Sort, Summary},
};

mod delimiter;
mod head;
pub(super) mod header;
mod split;

/// Longest field, in bytes.
pub const MOST_FIELD_BYTES: usize = 1 << 20;
/// Longest record, in bytes of its fields.
pub const MOST_RECORD_BYTES: usize = 16 << 20;
/// Most columns.
pub const MOST_COLUMNS: usize = 10_000;

/// How a text is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between two fields.
    pub delimiter: u8,
    /// Whether the first record holds the names.
    pub has_header: bool,
}

/// Whether these can be the first bytes of a delimited text.
pub(super) fn recognise(first_bytes: &[u8]) -> bool {
    foreign::name(first_bytes).is_none()
}

/// Reads delimited text pushed in any chunks.
///
/// ```
/// use driftline_core::schema::Kind;
/// use driftline_data::{CsvReader, ReadOptions};
///
/// let mut reader = CsvReader::new("current.csv", ReadOptions::default());
/// let mut rows = 0;
/// reader.push(b"age;city\n31;Oslo\n42;Turku\n", &mut |_, batch| rows += batch.rows())?;
/// let summary = reader.finish(&mut |_, batch| rows += batch.rows())?;
/// assert_eq!((rows, summary.dialect.unwrap().delimiter), (2, b';'));
/// assert_eq!(reader.schema().unwrap().fields[0].kind, Kind::Numeric);
/// # Ok::<(), driftline_data::ReadError>(())
/// ```
pub struct CsvReader {
    format: &'static str,
    source: String,
    options: ReadOptions,
    /// The first bytes, until they are enough.
    head: Vec<u8>,
    /// How many would be.
    head_bytes: usize,
    table: Option<Table>,
    problems: Problems,
    bytes: u64,
    unread_bytes: u64,
    failed: Option<ReadError>,
}

impl CsvReader {
    /// A reader for the file whose base name is `source`, with which messages begin.
    pub fn new(source: impl Into<String>, options: ReadOptions) -> CsvReader {
        // Enough to see a byte order mark and an Excel `sep=` line whole.
        let head_bytes = options.sniff_bytes.max(16);
        CsvReader {
            format: "CSV",
            source: source.into(),
            problems: Problems::new(options.strict),
            options,
            head: Vec::new(),
            head_bytes,
            table: None,
            bytes: 0,
            unread_bytes: 0,
            failed: None,
        }
    }

    /// The same for tab-separated text.
    pub fn tsv(source: impl Into<String>, options: ReadOptions) -> CsvReader {
        let delimiter = options.delimiter.or(Some(b'\t'));
        let reader = CsvReader::new(source, ReadOptions { delimiter, ..options });
        CsvReader { format: "TSV", ..reader }
    }

    /// Takes the next bytes and hands every batch they complete to `out`.
    ///
    /// # Errors
    /// No table can be made of the text, or the reader is strict and a row or cell cannot be read. Every later call
    /// gives the same error.
    pub fn push(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        self.bytes += bytes.len() as u64;
        self.keep_failure(|reader| reader.take_bytes(bytes, out))
    }

    /// Ends the file: hands out the rows that are left.
    ///
    /// # Errors
    /// As for [`push`](Self::push), and for an empty file.
    pub fn finish(&mut self, out: Sink<'_>) -> Result<Summary, ReadError> {
        self.keep_failure(|reader| reader.take_end(out))
    }

    /// The columns, known before the first batch is handed out.
    pub fn schema(&self) -> Option<&Schema> {
        self.table.as_ref().map(|table| &table.schema)
    }

    fn keep_failure<T>(
        &mut self,
        work: impl FnOnce(&mut CsvReader) -> Result<T, ReadError>,
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
        self.unread_bytes = table.end(&self.source, self.bytes, &mut self.problems, out)?;
        let fields = &table.schema.fields;
        Ok(Summary {
            format: self.format,
            dialect: Some(table.dialect),
            rows: table.rows,
            bad_rows: self.problems.bad_rows(),
            unreadable_cells: self.problems.unreadable_cells(),
            bytes: self.bytes,
            unread_bytes: self.unread_bytes,
            problems: self.problems.finish(&self.source, |column| fields[column].name.clone()),
        })
    }

    /// Makes the table of the head, and reads the head's rows; or asks for a longer head.
    fn open(&mut self, is_all: bool, out: Sink<'_>) -> Result<(), ReadError> {
        if let Some(found) = foreign::name(&self.head[..self.head.len().min(super::SNIFFED_BYTES)])
        {
            let message = format!("this is {found}; expected {}", self.format);
            return Err(ReadError::new(Place::file(&self.source), message));
        }
        let found =
            Head { source: &self.source, options: &self.options, bytes: &self.head, is_all }
                .look(&mut self.problems)?;
        match found {
            head::Found::Table { schema, dialect, splitter, body } => {
                let builder = BatchBuilder::new(&schema, self.options.batch_rows);
                let awaits_header = dialect.has_header;
                let table =
                    Table { schema, dialect, splitter: *splitter, builder, awaits_header, rows: 0 };
                self.table = Some(table);
                let head = core::mem::take(&mut self.head);
                self.read(&head[body..], out)
            }
            head::Found::TooShort { wanted_bytes } => {
                self.head_bytes = wanted_bytes;
                self.head.reserve_exact(wanted_bytes - self.head.len());
                Ok(())
            }
            head::Found::Nothing => Ok(()),
        }
    }

    fn read(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        match &mut self.table {
            Some(table) => table.read(bytes, &self.source, &mut self.problems, out),
            None => Ok(()),
        }
    }
}

impl FormatReader for CsvReader {
    fn push(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        CsvReader::push(self, bytes, out)
    }

    fn finish(&mut self, out: Sink<'_>) -> Result<Summary, ReadError> {
        CsvReader::finish(self, out)
    }

    fn schema(&self) -> Option<&Schema> {
        CsvReader::schema(self)
    }
}

impl fmt::Debug for CsvReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvReader")
            .field("source", &self.source)
            .field("bytes", &self.bytes)
            .field("schema", &self.schema())
            .finish_non_exhaustive()
    }
}

/// A text whose columns are known.
struct Table {
    schema: Schema,
    dialect: Dialect,
    splitter: Splitter,
    builder: BatchBuilder,
    /// The next record is the header.
    awaits_header: bool,
    rows: u64,
}

impl Table {
    fn read(
        &mut self,
        mut bytes: &[u8],
        source: &str,
        problems: &mut Problems,
        out: Sink<'_>,
    ) -> Result<(), ReadError> {
        loop {
            match self.splitter.next(&mut bytes) {
                Split::NeedsInput => return Ok(()),
                Split::Record(record) => {
                    if is_blank(&record) {
                        continue;
                    }
                    if core::mem::take(&mut self.awaits_header) {
                        continue;
                    }
                    let is_full =
                        push_row(&mut self.builder, &self.schema, &record, source, problems)?;
                    if is_full {
                        self.hand_out(out);
                    }
                }
                Split::TooLong(long) => {
                    problems.refuse(Sort::Row, || (long.at.place(source), long.message()))?;
                }
            }
        }
    }

    /// Hands out what is left, and gives the number of bytes that could not be read.
    fn end(
        &mut self,
        source: &str,
        bytes: u64,
        problems: &mut Problems,
        out: Sink<'_>,
    ) -> Result<u64, ReadError> {
        let mut unread_bytes = 0;
        if self.splitter.is_in_record() {
            // The last line has no newline; now it has.
            self.read(b"\n", source, problems, out)?;
        }
        if self.splitter.is_in_record() {
            let at = self.splitter.start();
            unread_bytes = bytes - at.byte;
            problems.refuse(Sort::Row, || {
                let message = format!(
                    "quote opened and never closed: {unread_bytes} bytes from here to the end were not read"
                );
                (at.place(source), message)
            })?;
        }
        self.hand_out(out);
        Ok(unread_bytes)
    }

    fn hand_out(&mut self, out: Sink<'_>) {
        if self.builder.rows() > 0 {
            let batch: Batch = self.builder.take();
            self.rows += batch.rows() as u64;
            out(&self.schema, batch);
        }
    }
}

/// A line of nothing but blanks, which no one means as a row. A record without any text is `""`: the splitter passed the
/// empty lines already.
fn is_blank(record: &Record<'_>) -> bool {
    record.len() == 1 && !record.text.is_empty() && cell::trim(record.text).is_empty()
}

/// Adds a record to the batch, or refuses it whole. True when the batch is full.
fn push_row(
    builder: &mut BatchBuilder,
    schema: &Schema,
    record: &Record<'_>,
    source: &str,
    problems: &mut Problems,
) -> Result<bool, ReadError> {
    let expected = schema.fields.len();
    if record.len() != expected {
        problems.refuse(Sort::Row, || {
            let fields = if expected == 1 { "field" } else { "fields" };
            let message =
                format!("expected {expected} {fields}, found {}: row skipped", record.len());
            (record.at.place(source), message)
        })?;
        return Ok(false);
    }
    let mut start = 0;
    for (column, &end) in record.ends.iter().enumerate() {
        let cell = &record.text[start..end];
        if let Err(unreadable) = builder.push(column, cell) {
            problems.refuse(Sort::Cell(column), || {
                let place = record.at.place(source).column(&schema.fields[column].name);
                (place, unreadable_message(unreadable, cell))
            })?;
        }
        start = end;
    }
    Ok(builder.end_row())
}

/// What to tell of a cell that is not of its column's kind.
pub(super) fn unreadable_message(unreadable: Unreadable, cell: &[u8]) -> String {
    let found = Quoted(cell);
    match unreadable {
        Unreadable::Number => format!("expected a number, found {found}"),
        Unreadable::Time(form) => {
            format!("expected {} such as \"{}\", found {found}", form.words(), form.example())
        }
        Unreadable::Utf8 { at } => {
            format!(
                "expected UTF-8 text, found byte 0x{:02X} at position {at} of {found}",
                cell[at]
            )
        }
        Unreadable::Nul { at } => {
            format!("expected text, found a NUL byte at position {at} of {found}")
        }
    }
}

#[cfg(test)]
mod tests;
