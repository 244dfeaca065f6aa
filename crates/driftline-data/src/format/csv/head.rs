//! What the beginning of a text shows: dialect, names, kinds.

use alloc::{boxed::Box, format, vec::Vec};

use driftline_core::schema::{Evidence, Schema};

use super::{
    Dialect, MOST_COLUMNS, MOST_RECORD_BYTES, delimiter, header, is_blank,
    split::{Record, Split, Splitter, Start},
};
use crate::{error::ReadError, evidence::Witness, options::ReadOptions, problem::Problems};

/// Rows that are enough to tell a column's kind.
const MOST_ROWS: usize = 10_000;
/// The longest head: room for a header and a row at their cap.
const MOST_HEAD_BYTES: usize = 2 * MOST_RECORD_BYTES;

/// The first bytes of a text, or all of them.
pub(super) struct Head<'a> {
    pub(super) source: &'a str,
    pub(super) options: &'a ReadOptions,
    pub(super) bytes: &'a [u8],
    /// Whether the text ends where the head does.
    pub(super) is_all: bool,
}

/// What a head shows.
pub(super) enum Found {
    /// The columns; the records begin at byte `body` of the head.
    Table { schema: Schema, dialect: Dialect, splitter: Box<Splitter>, body: usize },
    /// Not even two records: this many bytes are wanted.
    TooShort { wanted_bytes: usize },
    /// The text is over, and there is no record in it.
    Nothing,
}

impl Head<'_> {
    pub(super) fn look(&self, problems: &mut Problems) -> Result<Found, ReadError> {
        let (given, body, skipped_lines) = self.preamble();
        let text = &self.bytes[body..];
        let delimiter =
            self.options.delimiter.or(given).unwrap_or_else(|| delimiter::sniff(text, self.is_all));
        let splitter = || Splitter::new(delimiter, body, skipped_lines);
        let seen = self.see(text, splitter())?;
        let can_grow = !self.is_all && self.bytes.len() < MOST_HEAD_BYTES;
        if seen.n_rows < 2 && can_grow {
            let wanted_bytes = (self.bytes.len() * 2).min(MOST_HEAD_BYTES);
            return Ok(Found::TooShort { wanted_bytes });
        }
        let Some(first) = seen.first else { return Ok(Found::Nothing) };
        let mut witnesses = seen.witnesses;
        let below: Vec<Evidence> = witnesses.iter().map(Witness::evidence).collect();
        let has_header = self.options.has_header.unwrap_or_else(|| {
            header::is_header(first.fields(), &below, |name| self.options.knows(name))
        });
        let names = if has_header {
            header::names(first.fields(), &first.at.place(self.source), problems)?
        } else {
            witnesses.iter_mut().zip(first.fields()).for_each(|(witness, cell)| witness.see(cell));
            header::numbered(first.ends.len())
        };
        let fields = names.iter().zip(&witnesses);
        let fields = fields
            .map(|(name, witness)| witness.field(name, self.source, self.options, problems))
            .collect();
        let schema = Schema { fields };
        let dialect = Dialect { delimiter, has_header };
        Ok(Found::Table { schema, dialect, splitter: Box::new(splitter()), body })
    }

    /// Passes a byte order mark and Excel's `sep=;` line: the delimiter it gives, where the records begin, and how many
    /// lines were passed.
    fn preamble(&self) -> (Option<u8>, usize, u64) {
        let mark = if self.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        match &self.bytes[mark..] {
            [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, b'\r', b'\n', ..] => {
                (Some(*delimiter), mark + 7, 1)
            }
            [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, b'\n', ..] => {
                (Some(*delimiter), mark + 6, 1)
            }
            _ => (None, mark, 0),
        }
    }

    /// Looks at the records, the one that the head cuts off left out.
    fn see(&self, mut text: &[u8], mut splitter: Splitter) -> Result<Seen, ReadError> {
        let mut seen = Seen::default();
        let mut ended = false;
        while seen.n_rows < MOST_ROWS {
            match splitter.next(&mut text) {
                Split::Record(record) if is_blank(&record) => {}
                Split::Record(record) if seen.first.is_none() && record.len() > MOST_COLUMNS => {
                    return Err(self.refuse_first(record.at, record.len() as u64));
                }
                Split::Record(record) => seen.record(&record),
                Split::TooLong(long) if seen.first.is_none() => {
                    return Err(self.refuse_first(long.at, long.n_fields));
                }
                Split::TooLong(_) => {}
                Split::NeedsInput => {
                    // The last line may lack its newline.
                    if !self.is_all || ended || !splitter.is_in_record() {
                        break;
                    }
                    ended = true;
                    text = b"\n";
                }
            }
        }
        if seen.first.is_none() {
            let (n_fields, is_too_long) = splitter.progress();
            let is_unclosed = ended && splitter.is_in_record();
            if is_too_long || is_unclosed || self.bytes.len() >= MOST_HEAD_BYTES {
                return Err(self.refuse_first(splitter.start(), n_fields));
            }
        }
        Ok(seen)
    }

    /// The first row is past a cap or has no end: without it there are no columns.
    fn refuse_first(&self, at: Start, n_fields: u64) -> ReadError {
        let message = if n_fields > MOST_COLUMNS as u64 {
            format!("expected at most {MOST_COLUMNS} columns, found {n_fields} or more")
        } else {
            "expected a first row of at most 1 MiB a field, found one that is longer or never ends: \
             is a quote opened and never closed?"
                .into()
        };
        ReadError::new(at.place(self.source), message)
    }
}

/// The first record, kept.
struct First {
    text: Vec<u8>,
    ends: Vec<usize>,
    at: Start,
}

impl First {
    fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let starts = core::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }
}

/// The records of a head.
#[derive(Default)]
struct Seen {
    first: Option<First>,
    /// One for each column, of the rows below the first.
    witnesses: Vec<Witness>,
    n_rows: usize,
}

impl Seen {
    fn record(&mut self, record: &Record<'_>) {
        self.n_rows += 1;
        if self.first.is_none() {
            let (text, ends) = (record.text.to_vec(), record.ends.to_vec());
            self.witnesses.resize_with(ends.len(), Witness::default);
            self.first = Some(First { text, ends, at: record.at });
        } else if record.len() == self.witnesses.len() {
            self.witnesses
                .iter_mut()
                .zip(record.fields())
                .for_each(|(witness, cell)| witness.see(cell));
        }
    }
}
