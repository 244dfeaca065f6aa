//! What the first rows show: the keys, which are the columns, and the columns' kinds.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use driftline_core::schema::Schema;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{
    object::{self, Value},
    split::{Layout, MOST_ROW_BYTES, Split, Splitter, Start},
    table::Table,
};
use crate::{
    error::{Place, ReadError},
    evidence::Witness,
    format::csv::{MOST_COLUMNS, header},
    options::ReadOptions,
    problem::{Problems, Sort},
};

/// Rows that are enough to tell a column's kind. Keys are looked for in all of them.
const MOST_ROWS: usize = 10_000;
/// The longest head: room for two rows at their cap.
const MOST_HEAD_BYTES: usize = 2 * MOST_ROW_BYTES;

/// The first bytes of a text, or all of them.
pub(super) struct Head<'a> {
    pub(super) source: &'a str,
    pub(super) options: &'a ReadOptions,
    pub(super) layout: Layout,
    pub(super) bytes: &'a [u8],
    /// Whether the text ends where the head does.
    pub(super) is_all: bool,
}

/// What a head shows.
pub(super) enum Found {
    /// The columns; the rows begin at this byte of the head.
    Table(Box<Table>, usize),
    /// No row with a key: this many bytes are wanted.
    TooShort { wanted_bytes: usize },
    /// The text is over, and there is nothing in it.
    Nothing,
}

/// A key and its values.
struct Column {
    key: Vec<u8>,
    witness: Witness,
    /// How many values were an object or an array, and how many were anything else that is there.
    nested: usize,
    flat: usize,
}

#[derive(Default)]
struct Seen {
    columns: Vec<Column>,
    places: HashMap<Vec<u8>, usize, RandomState>,
    rows: usize,
    /// The first row that could not be read.
    fault: Option<(Start, String)>,
}

impl Head<'_> {
    pub(super) fn look(&self, problems: &mut Problems) -> Result<Found, ReadError> {
        let body = if self.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let seen = self.see(body)?;
        if seen.columns.is_empty() {
            if !self.is_all && self.bytes.len() < MOST_HEAD_BYTES {
                let wanted_bytes = (self.bytes.len() * 2).min(MOST_HEAD_BYTES);
                return Ok(Found::TooShort { wanted_bytes });
            }
            return match seen.fault {
                Some((at, message)) => Err(ReadError::new(at.place(self.source), message)),
                None if seen.rows > 0 || !self.is_blank() => {
                    let message = "expected objects with keys, found none";
                    Err(ReadError::new(Place::file(self.source), message))
                }
                None => Ok(Found::Nothing),
            };
        }
        self.table(seen.columns, problems).map(|table| Found::Table(Box::new(table), body))
    }

    fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }

    /// Looks at the rows, the one that the head cuts off left out.
    fn see(&self, body: usize) -> Result<Seen, ReadError> {
        let mut splitter = Splitter::new(self.layout, body);
        let mut text = &self.bytes[body..];
        let mut seen = Seen::default();
        let mut scratch = Vec::new();
        loop {
            match splitter.next(&mut text) {
                Split::Row { text, .. } if text.trim_ascii().is_empty() => {}
                Split::Row { text, at } => self.see_row(&mut seen, text, at, &mut scratch)?,
                Split::TooLong(at) => seen.note(at, || "expected a row of at most 16 MiB".into()),
                Split::Broken { at, message } => {
                    seen.note(at, || message);
                    return Ok(seen);
                }
                Split::NeedsInput => {
                    if !self.is_all || !splitter.is_in_line() {
                        break;
                    }
                    // The last line has no newline; now it has.
                    text = b"\n";
                }
            }
        }
        if let Some((at, expected)) = splitter.end().filter(|_| self.is_all && !self.is_blank()) {
            seen.note(at, || format!("expected {expected}, found the end of the file"));
        }
        Ok(seen)
    }

    fn see_row(
        &self,
        seen: &mut Seen,
        text: &[u8],
        at: Start,
        scratch: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        let mut row: Vec<(object::Span, Value)> = Vec::new();
        // A row of millions of keys is refused by the first ones past the cap: no need to hold them all.
        let note = |key, value| {
            if row.len() <= MOST_COLUMNS {
                row.push((key, value));
            }
        };
        if let Err(fault) = object::members(text, note) {
            let is_cut = fault.at >= text.trim_ascii_end().len() && self.layout == Layout::Lines;
            seen.note(at, || {
                if is_cut {
                    "expected an object a line, or an array of objects, found an object over several lines".into()
                } else {
                    fault.message(text)
                }
            });
            return Ok(());
        }
        seen.rows += 1;
        for (key, value) in row {
            let key = spelled(text, &key, scratch);
            let place = match seen.places.get(key) {
                Some(&place) => place,
                None => {
                    let place = seen.columns.len();
                    if place == MOST_COLUMNS {
                        let message = format!("expected at most {MOST_COLUMNS} keys, found more");
                        return Err(ReadError::new(at.place(self.source), message));
                    }
                    seen.places.insert(key.to_vec(), place);
                    let (key, witness) = (key.to_vec(), Witness::default());
                    seen.columns.push(Column { key, witness, nested: 0, flat: 0 });
                    place
                }
            };
            let column = &mut seen.columns[place];
            let cell = match &value {
                Value::Null => continue,
                Value::Nested(range) => {
                    column.nested += 1;
                    &text[range.clone()]
                }
                Value::Plain(range) => {
                    column.flat += 1;
                    &text[range.clone()]
                }
                Value::Text(span) => {
                    column.flat += 1;
                    spelled(text, span, scratch)
                }
            };
            if seen.rows <= MOST_ROWS {
                column.witness.see(cell);
            }
        }
        Ok(())
    }

    fn table(&self, columns: Vec<Column>, problems: &mut Problems) -> Result<Table, ReadError> {
        let is_left_out = |column: &Column| column.nested > 0 && column.flat == 0;
        let kept = || columns.iter().filter(|column| !is_left_out(column));
        let place = Place::file(self.source);
        if kept().next().is_none() {
            let message = "every value is an object or an array: expected rows as objects whose values are numbers, \
                           text or true and false (columns as arrays are not read)";
            return Err(ReadError::new(place, message));
        }
        for column in columns.iter().filter(|column| is_left_out(column)) {
            let place = place.clone().column(&String::from_utf8_lossy(&column.key));
            let message = "its values are objects or arrays: left out";
            problems.note(Sort::Key, &place, message);
        }
        let names = header::names(kept().map(|column| &*column.key), &place, problems)?;
        let fields = names
            .iter()
            .zip(kept())
            .map(|(name, column)| column.witness.field(name, self.source, self.options, problems));
        let schema = Schema { fields: fields.collect() };
        let mut n_columns = 0;
        let keys = columns.into_iter().map(|column| {
            let place = (!is_left_out(&column)).then_some(n_columns);
            n_columns += usize::from(place.is_some());
            (column.key, place)
        });
        let keys = keys.collect();
        Ok(Table::new(schema, keys, self.layout, self.bytes_before(), self.options.batch_rows))
    }

    fn bytes_before(&self) -> usize {
        if self.bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
    }
}

impl Seen {
    fn note(&mut self, at: Start, message: impl FnOnce() -> String) {
        if self.fault.is_none() {
            self.fault = Some((at, message()));
        }
    }
}

/// The text of a string, decoded into `scratch` where it has to be.
fn spelled<'a>(text: &'a [u8], span: &object::Span, scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let inside = &text[span.range.clone()];
    if !span.has_escapes {
        return inside;
    }
    scratch.clear();
    object::decode(inside, scratch);
    scratch
}
