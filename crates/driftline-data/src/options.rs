//! What the caller wants of a reader.

use alloc::{collections::BTreeMap, string::String};

use driftline_core::{
    schema::{Kind, Role},
    time::TimeForm,
};

/// How to read a file. The default reads any supported format, works out its dialect, and skips what it cannot read.
///
/// ```
/// use driftline_data::ReadOptions;
/// let options = ReadOptions { delimiter: Some(b';'), strict: true, ..ReadOptions::default() };
/// ```
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Kinds that are given, by column name: of the reference the file is compared with, or from a flag. Names that the
    /// file does not have are ignored. Every other column's kind is inferred from the first rows.
    pub kinds: BTreeMap<String, Kind>,
    /// Roles that are given, by column name: where a kind is not, it follows the role.
    pub roles: BTreeMap<String, Role>,
    /// How the instants of a column are written where it is given, by column name; such a column is one of instants,
    /// unless `kinds` says that it is not. Every other column of instants is read in the form that its first rows show.
    pub time_forms: BTreeMap<String, TimeForm>,
    /// The first row or cell that cannot be read ends the reading with an error, instead of being skipped and counted.
    pub strict: bool,
    /// Most rows in one batch. Batches of wide files are shorter, so that one holds at most about a million cells.
    pub batch_rows: usize,
    /// How many bytes are looked at before the dialect and the kinds are decided.
    pub sniff_bytes: usize,
    /// CSV: the byte between fields; worked out among `,` `;` tab and `|` where it is not given.
    pub delimiter: Option<u8>,
    /// CSV: whether the first row holds the names; worked out where it is not given.
    pub has_header: Option<bool>,
}

impl ReadOptions {
    /// Whether the caller said something of the column called `name`.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.kinds.contains_key(name) || self.time_forms.contains_key(name)
    }
}

impl Default for ReadOptions {
    fn default() -> ReadOptions {
        ReadOptions {
            kinds: BTreeMap::new(),
            roles: BTreeMap::new(),
            time_forms: BTreeMap::new(),
            strict: false,
            batch_rows: 8192,
            sniff_bytes: 1 << 20,
            delimiter: None,
            has_header: None,
        }
    }
}
