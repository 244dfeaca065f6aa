//! Which byte stands between fields.

use super::split::{Split, Splitter};

/// What may; on equal terms the first wins.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How much of the head is split with each candidate.
const LOOKED_AT_BYTES: usize = 64 << 10;
const LOOKED_AT_ROWS: u64 = 500;

/// The candidate that cuts the rows into equally many fields; a comma where none cuts anything.
pub(super) fn sniff(head: &[u8], is_all: bool) -> u8 {
    let cut = &head[..head.len().min(LOOKED_AT_BYTES)];
    let is_all = is_all && cut.len() == head.len();
    let mut best = (Score::default(), b',');
    for delimiter in CANDIDATES {
        let score = Score::of(delimiter, cut, is_all);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}

/// How well a delimiter fits; derived order, first field first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    /// Rows with as many fields as the first, in tenths rounded to the nearest: one ragged row in a hundred says nothing
    /// against a delimiter.
    like_the_first: u64,
    n_fields: u64,
}

impl Score {
    fn of(delimiter: u8, mut text: &[u8], is_all: bool) -> Score {
        let mut splitter = Splitter::new(delimiter, 0, 0);
        let (mut first, mut n_rows, mut n_like) = (0, 0, 0);
        let mut count = |n_fields: u64| {
            first = if n_rows == 0 { n_fields } else { first };
            n_rows += 1;
            n_like += u64::from(n_fields == first);
            n_rows < LOOKED_AT_ROWS
        };
        let mut goes_on = true;
        while goes_on {
            goes_on = match splitter.next(&mut text) {
                Split::Record(record) => count(record.len() as u64),
                Split::TooLong(long) => count(long.n_fields),
                Split::NeedsInput => false,
            };
        }
        // A last line without newline counts only where the text really ends there.
        if is_all
            && splitter.is_in_record()
            && let Split::Record(record) = splitter.next(&mut b"\n".as_slice())
        {
            count(record.len() as u64);
        }
        if n_rows == 0 {
            // One row longer than what is looked at.
            (first, n_rows, n_like) = (splitter.progress().0, 1, 1);
        }
        if first < 2 {
            return Score::default();
        }
        Score { like_the_first: (n_like * 10 + n_rows / 2) / n_rows, n_fields: first }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_sniff(text: &str, expected: char) {
        assert_eq!(char::from(sniff(text.as_bytes(), true)), expected, "{text:?}");
    }

    #[test]
    fn the_delimiter_that_cuts_rows_alike_wins() {
        check_sniff("a,b,c\n1,2,3\n", ',');
        check_sniff("a;b\n1,5;2,5\n3,5;4,5\n", ';');
        check_sniff("a\tb\nx, y\tz\nu, v, w\tz", '\t');
        check_sniff("a|b|c\n1|2|3", '|');
        check_sniff("\"x;y\",\"p;q\"\n\"1;2\",3\n", ',');
        check_sniff("\"a\n;b\";c\n\"d,\n,e\";f\n", ';');
        check_sniff("a,b,c\n1,2,3\n4,5\n6,7,8\n", ',');
        check_sniff("name\nOslo\nTurku\n", ',');
        check_sniff("a;b,c;d", ';');
        check_sniff("", ',');
    }

    #[test]
    fn a_row_longer_than_the_look_is_judged_by_its_fields() {
        let header: alloc::string::String = (0..20_000).map(|i| alloc::format!("c{i};")).collect();
        check_sniff(&header, ';');
    }
}
