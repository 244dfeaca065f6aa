//! Rows as typed columns: what every reader produces and every counter consumes.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::time::Timestamp;

/// Some rows: columns of equal length, in the order of the file's [`Schema`](crate::schema::Schema).
#[derive(Clone, Debug)]
pub struct Batch {
    rows: usize,
    columns: Vec<Column>,
}

impl Batch {
    /// A batch of `rows` rows.
    ///
    /// # Errors
    /// A column whose length is not `rows`.
    pub fn new(rows: usize, columns: Vec<Column>) -> Result<Batch, LengthMismatch> {
        match columns.iter().position(|column| column.len() != rows) {
            Some(column) => {
                Err(LengthMismatch { column, found: columns[column].len(), expected: rows })
            }
            None => Ok(Batch { rows, columns }),
        }
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in schema order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}

/// A column that is shorter or longer than its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LengthMismatch {
    /// Position of the column in the batch.
    pub column: usize,
    /// Its length.
    pub found: usize,
    /// The batch's.
    pub expected: usize,
}

impl fmt::Display for LengthMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "column {}: expected {} rows, found {}",
            self.column + 1,
            self.expected,
            self.found
        )
    }
}

impl core::error::Error for LengthMismatch {}

/// One column of a batch: values, which of them are present, and how many were there but could not be read as the
/// column's kind.
#[derive(Clone, Debug)]
pub struct Column {
    values: Values,
    validity: Bitmap,
    unreadable: u64,
}

impl Column {
    /// A column whose missing slots are the zeros of `validity`. `unreadable` of those slots held something that is not
    /// of the column's kind.
    ///
    /// # Panics
    /// Where `validity` and `values` differ in length, or more slots are said to be unreadable than are unset: a
    /// reader's own mistake, never the data's.
    pub fn new(values: Values, validity: Bitmap, unreadable: u64) -> Column {
        assert_eq!(values.len(), validity.len(), "values and validity of one column");
        assert!(validity.count_zeros() >= unreadable, "unreadable slots hold no value");
        Column { values, validity, unreadable }
    }

    /// Number of slots.
    pub fn len(&self) -> usize {
        self.validity.len()
    }

    /// Whether there is no slot at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values; slots that are not valid hold an arbitrary one.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Which slots hold a value.
    pub fn validity(&self) -> &Bitmap {
        &self.validity
    }

    /// Slots that hold nothing.
    pub fn missing(&self) -> u64 {
        self.validity.count_zeros() - self.unreadable
    }

    /// Slots that held something which is not of the column's kind.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }
}

/// The values of one column.
#[derive(Clone, Debug)]
pub enum Values {
    /// Numbers, NaN and infinities included.
    Number(Vec<f64>),
    /// Text as codes into this batch's own dictionary. A dictionary lives no longer than its batch, so that a column of
    /// ids costs no more memory than one batch.
    Text {
        /// One code a slot.
        codes: Vec<u32>,
        /// What the codes stand for.
        dictionary: Dictionary,
    },
    /// Truth values; counted as the levels `false` and `true`.
    Boolean(Vec<bool>),
    /// Instants.
    Timestamp(Vec<Timestamp>),
}

impl Values {
    /// Number of slots.
    pub fn len(&self) -> usize {
        match self {
            Values::Number(values) => values.len(),
            Values::Text { codes, .. } => codes.len(),
            Values::Boolean(values) => values.len(),
            Values::Timestamp(values) => values.len(),
        }
    }

    /// Whether there is no slot at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Distinct texts, numbered from 0 in order of first appearance, in one allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dictionary {
    text: String,
    ends: Vec<u32>,
}

impl Dictionary {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds an entry and gives its code. The caller sees to it that entries are distinct.
    ///
    /// # Panics
    /// Past 4 GiB of text in one batch; readers cap fields and batches far below that.
    pub fn push(&mut self, entry: &str) -> u32 {
        let code = self.ends.len() as u32;
        self.text.push_str(entry);
        self.ends
            .push(u32::try_from(self.text.len()).expect("a batch's dictionary stays below 4 GiB"));
        code
    }

    /// The entry of a code, `None` past the end.
    pub fn get(&self, code: u32) -> Option<&str> {
        let end = *self.ends.get(code as usize)? as usize;
        let start = if code == 0 { 0 } else { self.ends[code as usize - 1] as usize };
        Some(&self.text[start..end])
    }

    /// The entries in code order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len() as u32).filter_map(|code| self.get(code))
    }
}

/// A row of bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    /// No bits.
    pub fn new() -> Bitmap {
        Bitmap::default()
    }

    /// `len` set bits.
    pub fn all_set(len: usize) -> Bitmap {
        let mut words = alloc::vec![u64::MAX; len.div_ceil(64)];
        if let Some(last) = words.last_mut().filter(|_| !len.is_multiple_of(64)) {
            *last = (1 << (len % 64)) - 1;
        }
        Bitmap { words, len }
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no bit.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a bit.
    #[inline]
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        let last = self.words.len() - 1;
        self.words[last] |= u64::from(bit) << (self.len % 64);
        self.len += 1;
    }

    /// The bit at `index`, false past the end.
    #[inline]
    pub fn get(&self, index: usize) -> bool {
        index < self.len && self.words[index / 64] >> (index % 64) & 1 == 1
    }

    /// How many bits are set.
    pub fn count_ones(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// How many bits are not.
    pub fn count_zeros(&self) -> u64 {
        self.len as u64 - self.count_ones()
    }

    /// Whether every bit is set: the common case, for which counters have a shorter loop.
    pub fn is_all_set(&self) -> bool {
        self.count_zeros() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bitmap_counts_what_was_pushed() {
        for len in [0, 1, 63, 64, 65, 200] {
            let mut bits = Bitmap::new();
            for i in 0..len {
                bits.push(i % 3 == 0);
            }
            assert_eq!(bits.count_ones(), (0..len).filter(|i| i % 3 == 0).count() as u64);
            assert_eq!(bits.len(), len);
            assert!(Bitmap::all_set(len).is_all_set());
            assert_eq!(Bitmap::all_set(len).count_ones(), len as u64);
            assert!(!bits.get(len));
        }
    }

    #[test]
    fn a_dictionary_gives_back_its_entries_by_code() {
        let mut dictionary = Dictionary::default();
        assert_eq!([dictionary.push("a"), dictionary.push(""), dictionary.push("čaj")], [0, 1, 2]);
        assert_eq!(dictionary.iter().collect::<Vec<_>>(), ["a", "", "čaj"]);
        assert_eq!(dictionary.get(3), None);
    }

    #[test]
    fn a_batch_refuses_columns_of_another_length() {
        let column = Column::new(Values::Number(alloc::vec![1.0]), Bitmap::all_set(1), 0);
        let error = Batch::new(2, alloc::vec![column]).unwrap_err();
        assert_eq!(error, LengthMismatch { column: 0, found: 1, expected: 2 });
    }
}
