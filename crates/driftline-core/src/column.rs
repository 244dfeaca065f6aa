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

    /// The columns by themselves.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// The rows whose bit is set, in their order, as a batch of its own.
    ///
    /// Dictionaries stay as they are, so that a code means the same in both; levels that no row is left of are counted
    /// zero times.
    ///
    /// ```
    /// use driftline_core::column::{Batch, Bitmap, Column, Values};
    /// let column = Column::new(Values::Number(vec![1.0, 2.0, 3.0]), Bitmap::all_set(3), 0);
    /// let batch = Batch::new(3, vec![column])?;
    /// let odd = batch.select(&Bitmap::from_fn(3, |row| row % 2 == 0));
    /// assert_eq!(odd.rows(), 2);
    /// # Ok::<(), driftline_core::column::LengthMismatch>(())
    /// ```
    ///
    /// # Panics
    /// Where `keep` has not one bit for each row.
    #[must_use]
    pub fn select(&self, keep: &Bitmap) -> Batch {
        assert_eq!(keep.len(), self.rows, "one bit a row");
        if keep.is_all_set() {
            return self.clone();
        }
        let columns = self.columns.iter().map(|column| column.select(keep)).collect();
        Batch { rows: keep.count_ones() as usize, columns }
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

/// One column of a batch: values, which of them are present, and which slots held something that could not be read as
/// the column's kind.
#[derive(Clone, Debug)]
pub struct Column {
    values: Values,
    validity: Bitmap,
    /// Only where there is such a slot: nearly every column has none, and pays nothing.
    unreadable: Option<Bitmap>,
}

impl Column {
    /// A column whose missing slots are the zeros of `validity`. `unreadable` of them, none or all, held something that
    /// is not of the column's kind; where it is some, [`with_unreadable`](Column::with_unreadable) says which.
    ///
    /// # Panics
    /// Where `validity` and `values` differ in length, or `unreadable` is neither 0 nor the number of unset slots: a
    /// reader's own mistake, never the data's.
    pub fn new(values: Values, validity: Bitmap, unreadable: u64) -> Column {
        let slots = if unreadable == 0 {
            Bitmap::new()
        } else {
            assert_eq!(validity.count_zeros(), unreadable, "none or all of the unset slots");
            Bitmap::from_fn(validity.len(), |slot| !validity.get(slot))
        };
        Column::with_unreadable(values, validity, slots)
    }

    /// A column whose empty slots are the zeros of `validity`; those of them that are set in `unreadable` held
    /// something that is not of the column's kind. No bits at all say that there is no such slot.
    ///
    /// # Panics
    /// Where the three differ in length, or a slot is both valid and unreadable: a reader's own mistake, never the
    /// data's.
    pub fn with_unreadable(values: Values, validity: Bitmap, unreadable: Bitmap) -> Column {
        assert_eq!(values.len(), validity.len(), "values and validity of one column");
        let unreadable = Some(unreadable).filter(|slots| slots.count_ones() > 0);
        if let Some(slots) = &unreadable {
            assert_eq!(slots.len(), validity.len(), "unreadable slots and validity of one column");
            assert!(slots.is_disjoint(&validity), "unreadable slots hold no value");
        }
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
        self.validity.count_zeros() - self.unreadable()
    }

    /// Slots that held something which is not of the column's kind.
    pub fn unreadable(&self) -> u64 {
        self.unreadable.as_ref().map_or(0, Bitmap::count_ones)
    }

    /// Which slots they are; `None` where there is none.
    pub fn unreadable_slots(&self) -> Option<&Bitmap> {
        self.unreadable.as_ref()
    }

    fn select(&self, keep: &Bitmap) -> Column {
        let unreadable = self.unreadable.as_ref().map(|slots| slots.select(keep));
        Column {
            values: self.values.select(keep),
            validity: self.validity.select(keep),
            unreadable: unreadable.filter(|slots| slots.count_ones() > 0),
        }
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

    fn select(&self, keep: &Bitmap) -> Values {
        match self {
            Values::Number(values) => Values::Number(select(values, keep)),
            Values::Text { codes, dictionary } => {
                Values::Text { codes: select(codes, keep), dictionary: dictionary.clone() }
            }
            Values::Boolean(values) => Values::Boolean(select(values, keep)),
            Values::Timestamp(values) => Values::Timestamp(select(values, keep)),
        }
    }
}

fn select<T: Copy>(values: &[T], keep: &Bitmap) -> Vec<T> {
    let mut selected = Vec::with_capacity(keep.count_ones() as usize);
    selected.extend(keep.ones().map(|slot| values[slot]));
    selected
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

    /// `len` bits, each as `bit` says of its place.
    pub fn from_fn(len: usize, mut bit: impl FnMut(usize) -> bool) -> Bitmap {
        let mut bits = Bitmap { words: Vec::with_capacity(len.div_ceil(64)), len: 0 };
        for place in 0..len {
            bits.push(bit(place));
        }
        bits
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

    /// Appends unset bits until there are `len`; nothing where there are more already.
    pub fn pad(&mut self, len: usize) {
        if len > self.len {
            self.words.resize(len.div_ceil(64), 0);
            self.len = len;
        }
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

    /// The places of the set bits, in order.
    pub fn ones(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            let mut left = word;
            core::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }

    /// Whether no place is set in both.
    fn is_disjoint(&self, other: &Bitmap) -> bool {
        self.words.iter().zip(&other.words).all(|(a, b)| a & b == 0)
    }

    /// The bits at the places that are set in `keep`.
    fn select(&self, keep: &Bitmap) -> Bitmap {
        if self.is_all_set() {
            return Bitmap::all_set(keep.count_ones() as usize);
        }
        let mut selected = Bitmap::new();
        keep.ones().for_each(|place| selected.push(self.get(place)));
        selected
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use proptest::prelude::*;

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
    fn a_bitmap_is_padded_with_unset_bits() {
        for (len, padded) in [(0, 0), (0, 130), (3, 64), (64, 65), (70, 70), (70, 5)] {
            let mut bits = Bitmap::all_set(len);
            bits.pad(padded);
            bits.push(true);
            assert_eq!(bits.len(), len.max(padded) + 1);
            assert_eq!(bits.count_ones(), len as u64 + 1);
            assert_eq!(bits.ones().last(), Some(len.max(padded)));
        }
    }

    #[test]
    fn unreadable_slots_are_missing_from_the_missing() {
        let values = || Values::Number(alloc::vec![0.0; 3]);
        let validity = || Bitmap::from_fn(3, |slot| slot == 0);
        let check = |column: Column, missing: u64, unreadable: u64| {
            assert_eq!((column.missing(), column.unreadable()), (missing, unreadable));
            assert_eq!(column.unreadable_slots().is_some(), unreadable > 0);
        };
        check(Column::new(values(), validity(), 0), 2, 0);
        check(Column::new(values(), validity(), 2), 0, 2);
        let last = Bitmap::from_fn(3, |slot| slot == 2);
        check(Column::with_unreadable(values(), validity(), last), 1, 1);
        check(Column::with_unreadable(values(), validity(), Bitmap::from_fn(3, |_| false)), 2, 0);
    }

    #[test]
    #[should_panic(expected = "unreadable slots hold no value")]
    fn a_slot_that_is_valid_and_unreadable_is_the_readers_mistake() {
        let values = Values::Boolean(alloc::vec![true]);
        let _ = Column::with_unreadable(values, Bitmap::all_set(1), Bitmap::all_set(1));
    }

    #[test]
    fn a_batch_refuses_columns_of_another_length() {
        let column = Column::new(Values::Number(alloc::vec![1.0]), Bitmap::all_set(1), 0);
        let error = Batch::new(2, alloc::vec![column]).unwrap_err();
        assert_eq!(error, LengthMismatch { column: 0, found: 1, expected: 2 });
    }

    /// A slot as text: the value, `missing` or `unreadable`.
    fn show(column: &Column, slot: usize) -> String {
        if column.unreadable_slots().is_some_and(|slots| slots.get(slot)) {
            return "unreadable".into();
        }
        if !column.validity().get(slot) {
            return "missing".into();
        }
        match column.values() {
            Values::Number(values) => format!("{}", values[slot]),
            Values::Text { codes, dictionary } => dictionary.get(codes[slot]).unwrap().into(),
            Values::Boolean(values) => format!("{}", values[slot]),
            Values::Timestamp(values) => format!("{}", values[slot]),
        }
    }

    proptest! {
        #[test]
        fn selected_rows_are_those_whose_bit_is_set(
            // A row: its value, whether it is there (0 missing, 1 unreadable), whether it is kept.
            rows in proptest::collection::vec((0_u32..5, 0_u8..6, any::<bool>()), 0..300),
        ) {
            let mut dictionary = Dictionary::default();
            for level in ["a", "b", "c", "d", "e"] {
                dictionary.push(level);
            }
            let value = |i: &(u32, u8, bool)| i.0;
            let kinds = [
                Values::Number(rows.iter().map(|row| f64::from(row.0)).collect()),
                Values::Text { codes: rows.iter().map(value).collect(), dictionary },
                Values::Boolean(rows.iter().map(|row| row.0 > 2).collect()),
                Values::Timestamp(
                    rows.iter().map(|row| Timestamp::from_micros(row.0.into())).collect(),
                ),
            ];
            let columns = kinds.map(|values| {
                let validity = Bitmap::from_fn(rows.len(), |row| rows[row].1 > 1);
                let unreadable = Bitmap::from_fn(rows.len(), |row| rows[row].1 == 1);
                Column::with_unreadable(values, validity, unreadable)
            });
            let batch = Batch::new(rows.len(), columns.into()).unwrap();
            let keep = Bitmap::from_fn(rows.len(), |row| rows[row].2);
            let selected = batch.select(&keep);

            let kept: Vec<usize> = (0..rows.len()).filter(|&row| rows[row].2).collect();
            prop_assert_eq!(selected.rows(), kept.len());
            for (of, from) in selected.columns().iter().zip(batch.columns()) {
                let expected: Vec<String> = kept.iter().map(|&row| show(from, row)).collect();
                let found: Vec<String> = (0..of.len()).map(|slot| show(of, slot)).collect();
                let unreadable = expected.iter().filter(|slot| *slot == "unreadable").count();
                let missing = expected.iter().filter(|slot| *slot == "missing").count();
                prop_assert_eq!(of.unreadable(), unreadable as u64);
                prop_assert_eq!(of.missing(), missing as u64);
                prop_assert_eq!(found, expected);
            }
        }
    }
}
