//! Rows into batches, once the columns are known.

use alloc::{format, string::String, vec::Vec};
use core::ops::Range;

use driftline_core::{column::Batch, schema::Schema};
use foldhash::fast::RandomState;
use hashbrown::{HashMap, HashSet};

use super::{
    object::{self, Span, Value},
    split::{Layout, Split, Splitter, Start},
};
use crate::{
    batch::BatchBuilder,
    error::{Place, Quoted, ReadError},
    format::{Sink, csv::unreadable_message},
    problem::{Problems, Sort},
};

/// Keys that are no column and were told, past which they are counted as if each were new; and keys of one row that are
/// told of.
const MOST_LATE_KEYS: usize = 1000;

/// A text whose columns are known.
pub(super) struct Table {
    pub(super) schema: Schema,
    pub(super) rows: u64,
    splitter: Splitter,
    builder: BatchBuilder,
    keys: Keys,
    row: Row,
    late: HashSet<Vec<u8>, RandomState>,
}

impl Table {
    /// A table whose rows begin at byte `start` of the file. `keys` gives each key its column, or none where it is left
    /// out.
    pub(super) fn new(
        schema: Schema,
        keys: Vec<(Vec<u8>, Option<usize>)>,
        layout: Layout,
        start: usize,
        batch_rows: usize,
    ) -> Table {
        Table {
            rows: 0,
            splitter: Splitter::new(layout, start),
            builder: BatchBuilder::new(&schema, batch_rows),
            row: Row::new(schema.fields.len()),
            keys: Keys::new(keys),
            late: HashSet::default(),
            schema,
        }
    }

    pub(super) fn read(
        &mut self,
        mut bytes: &[u8],
        source: &str,
        problems: &mut Problems,
        out: Sink<'_>,
    ) -> Result<(), ReadError> {
        loop {
            match self.splitter.next(&mut bytes) {
                Split::NeedsInput => return Ok(()),
                Split::Row { text, at } => {
                    if text.trim_ascii_start().is_empty() {
                        continue;
                    }
                    if let Err(fault) = self.row.take(text, &mut self.keys) {
                        problems.refuse(Sort::Row, || {
                            let byte = Some(at.byte + fault.at as u64);
                            (Place { byte, ..at.place(source) }, fault.message(text))
                        })?;
                        continue;
                    }
                    self.row.tell(text, at, &mut self.late, source, problems)?;
                    for (column, slot) in self.row.slots.iter().enumerate() {
                        let cell = self.row.cell(slot, text);
                        if let Err(unreadable) = self.builder.push(column, cell) {
                            problems.refuse(Sort::Cell(column), || {
                                let name = &self.schema.fields[column].name;
                                let place = at.place(source).column(name);
                                (place, unreadable_message(unreadable, cell))
                            })?;
                        }
                    }
                    if self.builder.end_row() {
                        hand_out(&mut self.builder, &mut self.rows, &self.schema, out);
                    }
                }
                Split::TooLong(at) => {
                    let message =
                        "expected a row of at most 16 MiB, found a longer one: row skipped";
                    problems.refuse(Sort::Row, || (at.place(source), message.into()))?;
                }
                Split::Broken { at, message } => {
                    let place = Place { byte: Some(at.byte), ..at.place(source) };
                    return Err(ReadError::new(place, message));
                }
            }
        }
    }

    /// Hands out what is left.
    pub(super) fn end(
        &mut self,
        source: &str,
        problems: &mut Problems,
        out: Sink<'_>,
    ) -> Result<(), ReadError> {
        if self.splitter.is_in_line() {
            // The last line has no newline; now it has.
            self.read(b"\n", source, problems, out)?;
        }
        hand_out(&mut self.builder, &mut self.rows, &self.schema, out);
        match self.splitter.end() {
            Some((at, expected)) => {
                let message = format!(
                    "expected {expected}, found the end of the file: it was cut short after {} rows",
                    self.rows
                );
                Err(ReadError::new(Place { byte: Some(at.byte), ..at.place(source) }, message))
            }
            None => Ok(()),
        }
    }
}

fn hand_out(builder: &mut BatchBuilder, rows: &mut u64, schema: &Schema, out: Sink<'_>) {
    if builder.rows() > 0 {
        let batch: Batch = builder.take();
        *rows += batch.rows() as u64;
        out(schema, batch);
    }
}

/// The keys of the head, found again.
struct Keys {
    /// Each key and its column, in order of first appearance.
    list: Vec<(Vec<u8>, Option<usize>)>,
    places: HashMap<Vec<u8>, usize, RandomState>,
    /// For each key the one that came after it last time; at the end, the one that came first. Rows are nearly always
    /// alike, and then no key is hashed.
    follows: Vec<usize>,
}

impl Keys {
    fn new(list: Vec<(Vec<u8>, Option<usize>)>) -> Keys {
        let places = list.iter().enumerate().map(|(place, (key, _))| (key.clone(), place));
        let n_keys = list.len();
        let mut follows: Vec<usize> = (1..=n_keys).collect();
        follows.push(0);
        Keys { places: places.collect(), list, follows }
    }

    /// The key's place, given the place of the one before it, which is the number of keys at a row's start.
    #[inline]
    fn find(&mut self, key: &[u8], before: usize) -> Option<usize> {
        let guess = self.follows[before];
        if self.list.get(guess).is_some_and(|(guessed, _)| guessed == key) {
            return Some(guess);
        }
        let found = self.places.get(key).copied();
        if let Some(found) = found {
            self.follows[before] = found;
        }
        found
    }
}

/// Where a cell's bytes are.
#[derive(Clone, Debug)]
enum Slot {
    Missing,
    InText(Range<usize>),
    Decoded(Range<usize>),
}

/// One row: a cell for each column.
struct Row {
    slots: Vec<Slot>,
    /// Strings that had escapes.
    decoded: Vec<u8>,
    key: Vec<u8>,
    /// Which row gave a column its cell last.
    given_in: Vec<u64>,
    n_rows: u64,
    /// Keys that are no column, and columns that came twice.
    unknown: Vec<Span>,
    repeated: Vec<Span>,
}

impl Row {
    fn new(n_columns: usize) -> Row {
        Row {
            slots: alloc::vec![Slot::Missing; n_columns],
            decoded: Vec::new(),
            key: Vec::new(),
            given_in: alloc::vec![0; n_columns],
            n_rows: 0,
            unknown: Vec::new(),
            repeated: Vec::new(),
        }
    }

    /// Takes a row apart. Only a row that is an object to its end gives cells.
    fn take(&mut self, text: &[u8], keys: &mut Keys) -> Result<(), object::Fault> {
        let Row { slots, decoded, key: spelled, given_in, n_rows, unknown, repeated } = self;
        decoded.clear();
        unknown.clear();
        repeated.clear();
        *n_rows += 1;
        slots.fill(Slot::Missing);
        let mut before = keys.list.len();
        object::members(text, |key, value| {
            let found = if key.has_escapes {
                spelled.clear();
                object::decode(&text[key.range.clone()], spelled);
                keys.find(spelled, before)
            } else {
                keys.find(&text[key.range.clone()], before)
            };
            let Some(place) = found else {
                if unknown.len() < MOST_LATE_KEYS {
                    unknown.push(key);
                }
                return;
            };
            before = place;
            let Some(column) = keys.list[place].1 else { return };
            let is_again = core::mem::replace(&mut given_in[column], *n_rows) == *n_rows;
            if is_again && repeated.len() < MOST_LATE_KEYS {
                repeated.push(key);
            }
            slots[column] = match value {
                Value::Null => Slot::Missing,
                Value::Plain(range) | Value::Nested(range) => Slot::InText(range),
                Value::Text(Span { range, has_escapes: false }) => Slot::InText(range),
                Value::Text(Span { range, has_escapes: true }) => {
                    let start = decoded.len();
                    object::decode(&text[range], decoded);
                    Slot::Decoded(start..decoded.len())
                }
            };
        })
    }

    #[inline]
    fn cell<'a>(&'a self, slot: &Slot, text: &'a [u8]) -> &'a [u8] {
        match slot {
            Slot::Missing => b"",
            Slot::InText(range) => &text[range.clone()],
            Slot::Decoded(range) => &self.decoded[range.clone()],
        }
    }

    /// Tells the keys whose values are lost.
    fn tell(
        &mut self,
        text: &[u8],
        at: Start,
        late: &mut HashSet<Vec<u8>, RandomState>,
        source: &str,
        problems: &mut Problems,
    ) -> Result<(), ReadError> {
        for span in &self.unknown {
            self.key.clear();
            object::decode(&text[span.range.clone()], &mut self.key);
            if late.contains(&self.key) {
                continue;
            }
            if late.len() < MOST_LATE_KEYS {
                late.insert(self.key.clone());
            }
            let key = String::from_utf8_lossy(&self.key);
            problems.refuse(Sort::Key, || {
                let message = "this key is not in the first rows, which give the columns: left out";
                (at.place(source).column(&key), message.into())
            })?;
        }
        for span in &self.repeated {
            problems.refuse(Sort::Key, || {
                let key = Quoted(&text[span.range.clone()]);
                (at.place(source), format!("the key {key} comes twice: its last value counts"))
            })?;
        }
        Ok(())
    }
}
