//! Bytes to records: `csv_core` finds the fields, this keeps the place and the caps.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::{MOST_COLUMNS, MOST_FIELD_BYTES, MOST_RECORD_BYTES};
use crate::error::Place;

/// Where a record starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// As a spreadsheet counts, from 1: blank lines count, a record of several lines is one row.
    pub(super) row: u64,
    /// Line of the text, from 1.
    pub(super) line: u64,
    /// Byte of the text, from 0.
    pub(super) byte: u64,
}

impl Start {
    pub(super) fn place(self, source: &str) -> Place {
        Place {
            source: source.to_string(),
            row: Some(self.row),
            line: Some(self.line),
            ..Place::default()
        }
    }
}

/// A record: its fields without quotes, one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) text: &'a [u8],
    pub(super) ends: &'a [usize],
    pub(super) at: Start,
}

impl<'a> Record<'a> {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn field(&self, index: usize) -> &'a [u8] {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &'a [u8]> {
        (0..self.len()).map(|index| self.field(index))
    }
}

/// A record past a cap: not kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooLong {
    pub(super) at: Start,
    /// Fields it has.
    pub(super) n_fields: u64,
}

impl TooLong {
    pub(super) fn message(&self) -> String {
        if self.n_fields > MOST_COLUMNS as u64 {
            format!("expected at most {MOST_COLUMNS} fields, found {}: row skipped", self.n_fields)
        } else {
            "a field is longer than 1 MiB or the record longer than 16 MiB: row skipped".to_string()
        }
    }
}

/// What a step gave.
#[derive(Debug)]
pub(super) enum Split<'a> {
    /// All input was taken.
    NeedsInput,
    Record(Record<'a>),
    TooLong(TooLong),
}

/// Splits pushed bytes into records.
#[derive(Debug)]
pub(super) struct Splitter {
    core: csv_core::Reader,
    /// Fields of the record in progress, and how much of the buffer they fill.
    text: Vec<u8>,
    text_len: usize,
    /// Ends of its fields, likewise.
    ends: Vec<usize>,
    ends_len: usize,
    /// Fields that ended, of a record that is too long to be kept.
    dropped: Option<u64>,
    start: Start,
    is_in_record: bool,
    /// The last record ended with a CR, whose LF may follow.
    is_after_cr: bool,
    /// Row of the next record.
    row: u64,
    /// Lines that ended outside `core`, which counts the LFs it sees.
    lines_outside: u64,
    /// Byte of the next input.
    byte: u64,
}

impl Splitter {
    /// A splitter for a text whose first `skipped_bytes` on `skipped_lines` lines were not its business.
    pub(super) fn new(delimiter: u8, skipped_bytes: usize, skipped_lines: u64) -> Splitter {
        Splitter {
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            text: vec![0; 16 << 10],
            text_len: 0,
            ends: vec![0; 256],
            ends_len: 0,
            dropped: None,
            start: Start { row: 1, line: 1 + skipped_lines, byte: skipped_bytes as u64 },
            is_in_record: false,
            is_after_cr: false,
            row: 1,
            lines_outside: skipped_lines,
            byte: skipped_bytes as u64,
        }
    }

    /// Takes input up to the end of a record.
    #[inline]
    pub(super) fn next<'a>(&'a mut self, input: &mut &[u8]) -> Split<'a> {
        if !self.is_in_record {
            self.skip_line_ends(input);
        }
        // To `csv_core` no input means the end of the text.
        if input.is_empty() {
            return Split::NeedsInput;
        }
        if !self.is_in_record {
            self.begin();
        }
        loop {
            let (result, n_in, n_out, n_ends) = self.core.read_record(
                input,
                &mut self.text[self.text_len..],
                &mut self.ends[self.ends_len..],
            );
            let taken;
            (taken, *input) = input.split_at(n_in);
            self.byte += n_in as u64;
            self.text_len += n_out;
            self.ends_len += n_ends;
            match result {
                ReadRecordResult::Record => {
                    self.is_after_cr = taken.last() == Some(&b'\r');
                    return self.end();
                }
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => self.make_room(),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {
                    if self.is_too_long() {
                        self.drop_fields();
                    }
                    return Split::NeedsInput;
                }
            }
        }
    }

    /// Where the record in progress starts.
    pub(super) fn start(&self) -> Start {
        self.start
    }

    /// Whether a record was begun and not ended. At the end of the text, a newline ends the last record unless a quote is
    /// open: `csv_core` does not say so otherwise.
    pub(super) fn is_in_record(&self) -> bool {
        self.is_in_record
    }

    /// Fields of the record in progress that ended, and whether it is too long to be kept.
    pub(super) fn progress(&self) -> (u64, bool) {
        (self.dropped.unwrap_or_default() + self.ends_len as u64, self.dropped.is_some())
    }

    /// Passes the ends of lines between two records: the LF of a CRLF, then blank lines, each of which is a row.
    #[inline]
    fn skip_line_ends(&mut self, input: &mut &[u8]) {
        while let Some((&first, rest)) = input.split_first() {
            match first {
                b'\n' if self.is_after_cr => self.is_after_cr = false,
                b'\n' | b'\r' => {
                    self.is_after_cr = first == b'\r';
                    self.lines_outside += 1;
                    self.row += 1;
                }
                _ => break,
            }
            self.byte += 1;
            *input = rest;
        }
    }

    #[inline]
    fn begin(&mut self) {
        let line = self.core.line() + self.lines_outside;
        self.start = Start { row: self.row, line, byte: self.byte };
        self.is_in_record = true;
        self.is_after_cr = false;
        self.text_len = 0;
        self.ends_len = 0;
    }

    #[inline]
    fn end(&mut self) -> Split<'_> {
        self.is_in_record = false;
        self.row += 1;
        // A CR ends a line too, but `core` counts only LFs; the LF after it is passed over uncounted.
        self.lines_outside += u64::from(self.is_after_cr);
        if self.text_len > MOST_FIELD_BYTES && self.is_too_long() {
            self.drop_fields();
        }
        let at = self.start;
        if let Some(n_dropped) = self.dropped.take() {
            return Split::TooLong(TooLong { at, n_fields: n_dropped + self.ends_len as u64 });
        }
        Split::Record(Record {
            text: &self.text[..self.text_len],
            ends: &self.ends[..self.ends_len],
            at,
        })
    }

    /// Whether a field, ended or not, or the record is past its cap.
    fn is_too_long(&self) -> bool {
        let mut start = 0;
        let mut is_long = |end: usize| end - core::mem::replace(&mut start, end) > MOST_FIELD_BYTES;
        self.text_len > MOST_RECORD_BYTES
            || (self.text_len > MOST_FIELD_BYTES
                && (self.ends[..self.ends_len].iter().any(|&end| is_long(end))
                    || is_long(self.text_len)))
    }

    /// Grows the buffers, or gives up the record where they may not grow.
    fn make_room(&mut self) {
        if self.dropped.is_some() || self.is_too_long() {
            self.drop_fields();
        }
        if self.ends_len == self.ends.len() {
            if self.ends.len() > MOST_COLUMNS {
                self.drop_fields();
            } else {
                self.ends.resize((self.ends.len() * 2).min(MOST_COLUMNS + 1), 0);
            }
        }
        if self.text_len == self.text.len() {
            self.text.resize((self.text.len() * 2).min(MOST_RECORD_BYTES + 1), 0);
        }
    }

    /// Forgets the fields of the record in progress but for their number: its end is still looked for, in the same
    /// buffers.
    fn drop_fields(&mut self) {
        *self.dropped.get_or_insert_default() += self.ends_len as u64;
        self.text_len = 0;
        self.ends_len = 0;
    }
}
