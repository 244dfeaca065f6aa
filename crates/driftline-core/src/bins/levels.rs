//! Levels of a categorical column.

use alloc::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Levels that have a cell of their own; the rest of the reference's levels share the cell `other`.
pub const MAX_LEVELS_KEPT: usize = 1000;

/// Different values that a column may have and still be categorical; past that it is an identifier.
pub const MAX_LEVELS_TOLD_APART: usize = 10_000;

/// Bytes of a level's text that are kept; what is longer is told apart by its hash.
pub(crate) const MAX_LEVEL_BYTES: usize = 200;

/// The cells of a categorical column: the reference's most frequent levels, then `other` where it has more than
/// [`MAX_LEVELS_KEPT`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "LevelsParts", into = "LevelsParts")]
pub struct Levels {
    /// By reference count, largest first, equal counts by text.
    kept: Vec<String>,
    /// Hashes of the levels in `other`, ascending, so that a rare level is not taken for a never-seen one.
    other: Vec<u64>,
    /// `kept` in order of text: derived.
    by_text: Vec<u32>,
}

impl Levels {
    fn new(kept: Vec<String>, other: Vec<u64>) -> Levels {
        let mut by_text: Vec<u32> = (0..kept.len() as u32).collect();
        by_text.sort_unstable_by(|a, b| kept[*a as usize].cmp(&kept[*b as usize]));
        Levels { kept, other, by_text }
    }

    /// Number of cells.
    pub fn cells(&self) -> usize {
        self.kept.len() + usize::from(self.has_other())
    }

    /// The levels that have a cell of their own, most frequent first.
    pub fn kept(&self) -> &[String] {
        &self.kept
    }

    /// Whether rare levels share a last cell.
    pub fn has_other(&self) -> bool {
        !self.other.is_empty()
    }

    /// How many levels share the last cell.
    pub fn other_levels(&self) -> usize {
        self.other.len()
    }

    /// The cell of a level by its [name](level_name), `None` where the reference has never seen it.
    pub fn cell_of(&self, level: &str) -> Option<usize> {
        match self.by_text.binary_search_by(|i| self.kept[*i as usize].as_str().cmp(level)) {
            Ok(at) => Some(self.by_text[at] as usize),
            Err(_) if self.has_other() => {
                self.other.binary_search(&level_hash(level)).ok().map(|_| self.kept.len())
            }
            Err(_) => None,
        }
    }
}

/// Counts the levels of a reference.
#[derive(Clone, Debug, Default)]
pub struct LevelTally {
    counts: BTreeMap<String, u64>,
    too_many: bool,
}

impl LevelTally {
    /// Adds `count` rows of a level.
    pub fn add(&mut self, text: &str, count: u64) {
        if self.too_many {
            return;
        }
        let name = level_name(text);
        if let Some(total) = self.counts.get_mut(name.as_ref()) {
            *total += count;
            return;
        }
        self.counts.insert(name.into_owned(), count);
        if self.counts.len() > MAX_LEVELS_TOLD_APART {
            self.too_many = true;
            self.counts.clear();
        }
    }

    /// The levels and the rows in each cell, `None` where there are more than [`MAX_LEVELS_TOLD_APART`].
    pub fn into_levels(self) -> Option<(Levels, Vec<u64>)> {
        if self.too_many {
            return None;
        }
        let mut by_count: Vec<(String, u64)> = self.counts.into_iter().collect();
        // The map gave them in order of text, and the sort is stable.
        by_count.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
        let rare = by_count.split_off(by_count.len().min(MAX_LEVELS_KEPT));
        let (kept, mut cells): (Vec<String>, Vec<u64>) = by_count.into_iter().unzip();
        if !rare.is_empty() {
            cells.push(rare.iter().map(|(_, count)| count).sum());
        }
        // Through a set: two levels of one hash are one entry.
        let mut other = BTreeSet::new();
        other.extend(rare.iter().map(|(level, _)| level_hash(level)));
        Some((Levels::new(kept, other.into_iter().collect()), cells))
    }
}

/// The name under which a level is counted: its text; where that is longer than 200 bytes its beginning and a hash.
///
/// The two ways in which tools write the same class are one name: `1.0` is `1` (a column of whole numbers is written
/// with decimals as soon as one is missing), and `True` or `TRUE` is `true`.
///
/// ```
/// use driftline_core::bins::level_name;
/// assert_eq!(["1.0", "-3.00", "1.10", "007", "True"].map(level_name), ["1", "-3", "1.10", "007", "true"]);
/// ```
pub fn level_name(text: &str) -> Cow<'_, str> {
    match text {
        "True" | "TRUE" => return Cow::Borrowed("true"),
        "False" | "FALSE" => return Cow::Borrowed("false"),
        _ => {}
    }
    if let Some((whole, decimals)) = text.split_once('.') {
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if is_whole && !decimals.is_empty() && decimals.bytes().all(|b| b == b'0') {
            return Cow::Borrowed(whole);
        }
    }
    if text.len() <= MAX_LEVEL_BYTES {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(MAX_LEVEL_BYTES - 24);
    Cow::Owned(format!("{}…#{:016x}", &text[..end], level_hash(text)))
}

/// The first 64 bits of the text's SHA-256, big-endian: an order of levels that nobody chose.
pub fn level_hash(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// Levels as they are stored: checked on the way in.
#[derive(Serialize, Deserialize)]
struct LevelsParts {
    kept: Vec<String>,
    other: Vec<u64>,
}

impl From<Levels> for LevelsParts {
    fn from(levels: Levels) -> LevelsParts {
        LevelsParts { kept: levels.kept, other: levels.other }
    }
}

impl TryFrom<LevelsParts> for Levels {
    type Error = String;

    fn try_from(parts: LevelsParts) -> Result<Levels, String> {
        let LevelsParts { kept, other } = parts;
        if kept.len() > MAX_LEVELS_KEPT || other.len() > MAX_LEVELS_TOLD_APART {
            return Err("levels: expected at most 1000 kept and 10000 in all".into());
        }
        if !other.windows(2).all(|pair| pair[0] < pair[1]) {
            return Err("other: expected ascending hashes".into());
        }
        let levels = Levels::new(kept, other);
        let name = |i: u32| &levels.kept[i as usize];
        if levels.by_text.windows(2).any(|pair| name(pair[0]) == name(pair[1])) {
            return Err("kept: expected each level once".into());
        }
        Ok(levels)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn levels_are_ordered_by_count_then_text() {
        let mut tally = LevelTally::default();
        for (level, count) in [("b", 2), ("a", 2), ("c", 5), ("b", 1)] {
            tally.add(level, count);
        }
        let (levels, cells) = tally.into_levels().unwrap();
        assert_eq!(levels.kept(), ["c", "b", "a"]);
        assert_eq!(cells, [5, 3, 2]);
        assert_eq!([levels.cell_of("a"), levels.cell_of("z")], [Some(2), None]);
    }

    #[test]
    fn rare_levels_share_a_cell_and_are_still_known() {
        let mut tally = LevelTally::default();
        for i in 0..1500_u32 {
            tally.add(&i.to_string(), u64::from(2000 - i));
        }
        let (levels, cells) = tally.into_levels().unwrap();
        assert_eq!((levels.cells(), levels.other_levels()), (1001, 500));
        assert_eq!(cells[1000], (501..=1000).sum::<u64>());
        assert_eq!(
            [levels.cell_of("0"), levels.cell_of("1400"), levels.cell_of("1500")],
            [Some(0), Some(1000), None]
        );
    }

    #[test]
    fn too_many_levels_are_no_levels() {
        let mut tally = LevelTally::default();
        for i in 0..=MAX_LEVELS_TOLD_APART {
            tally.add(&i.to_string(), 1);
        }
        assert!(tally.into_levels().is_none());
    }

    #[test]
    fn a_long_text_is_told_apart_by_its_hash() {
        let (a, b) = ("é".repeat(300) + "a", "é".repeat(300) + "b");
        assert!(level_name(&a).len() <= MAX_LEVEL_BYTES);
        assert_ne!(level_name(&a), level_name(&b));
    }

    #[test]
    fn the_hash_is_the_head_of_sha_256() {
        // printf 'abc' | sha256sum: ba7816bf8f01cfea…
        assert_eq!(level_hash("abc"), 0xba78_16bf_8f01_cfea);
    }
}
