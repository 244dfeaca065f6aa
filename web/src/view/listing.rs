//! Which rows of a long table are there: those in sight and some around them.

use driftline_wasm::message::shown::Rows;

/// Rows above and below those in sight that are there before anybody scrolls to them.
const AROUND: usize = 12;

/// A table of so many rows is there as a whole, so that it is printed and searched as a whole.
const WHOLE: usize = 64;

/// The rows that are there, and the one that the keyboard is at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What is known of them.
    pub rows: Rows,
    /// As markup.
    pub markup: String,
}

impl Listing {
    /// The name of the column in a row, where the row is there.
    pub fn name(&self, row: usize) -> Option<&String> {
        self.rows.names.get(row.checked_sub(self.rows.from)?)
    }

    /// Whether rows from one to another are there, as far as the table has them.
    pub fn holds(&self, (from, to): (usize, usize)) -> bool {
        let end = self.rows.from + self.rows.names.len();
        from >= self.rows.from && to.min(self.rows.matching) <= end
    }
}

/// What is seen of the table, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// How far it is scrolled.
    pub top: f64,
    /// How much of it is seen.
    pub height: f64,
    /// The headings' height, which cover its top.
    pub heads: f64,
    /// Height of a row.
    pub row: f64,
}

impl Sight {
    /// The rows in sight: the first, and the one after the last.
    pub fn rows(&self) -> (usize, usize) {
        let row = self.row.max(1.0);
        let first = (self.top / row).max(0.0) as usize;
        (first, first + (self.height / row).max(0.0) as usize + 2)
    }

    /// The rows to ask for.
    pub fn wanted(&self) -> (usize, usize) {
        let (first, last) = self.rows();
        match first < WHOLE {
            true => (0, (last + AROUND).max(WHOLE)),
            false => (first - AROUND, last + AROUND),
        }
    }

    /// How far the table is to be scrolled so that a row is in sight.
    pub fn scrolled_to(&self, row: usize) -> f64 {
        let above = row as f64 * self.row;
        let least = above + self.row + self.heads - self.height;
        self.top.min(above).max(least).max(0.0)
    }

    /// How many rows a page is.
    pub fn page(&self) -> usize {
        ((self.height - self.heads) / self.row.max(1.0)).max(1.0) as usize
    }
}

/// The row that a key goes to from another; `None` for a key that goes nowhere.
pub fn walked(key: &str, at: usize, matching: usize, page: usize) -> Option<usize> {
    let last = matching.checked_sub(1)?;
    Some(match key {
        "ArrowDown" => (at + 1).min(last),
        "ArrowUp" => at.saturating_sub(1).min(last),
        "PageDown" => (at + page).min(last),
        "PageUp" => at.saturating_sub(page).min(last),
        "Home" => 0,
        "End" => last,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGHT: Sight = Sight { top: 5000.0, height: 540.0, heads: 40.0, row: 50.0 };

    #[test]
    fn rows_in_sight_are_asked_for_with_some_around_them() {
        assert_eq!((SIGHT.rows(), SIGHT.wanted()), ((100, 112), (88, 124)));
        let upper = Sight { top: 3000.0, ..SIGHT };
        assert_eq!(upper.wanted(), (0, 84));
        // A table that is not laid out yet asks for something, and a short one is there as a whole.
        let nothing = Sight { top: 0.0, height: 0.0, heads: 0.0, row: 0.0 };
        assert_eq!(nothing.wanted(), (0, WHOLE));
    }

    #[test]
    fn a_row_is_scrolled_to_no_further_than_needed() {
        // Row 120 ends at 6050, below headings of 40.
        for (row, top) in [(105, 5000.0), (3, 150.0), (120, 6050.0 + 40.0 - 540.0), (0, 0.0)] {
            assert!((SIGHT.scrolled_to(row) - top).abs() < 1e-9, "row {row}");
        }
    }

    #[test]
    fn keys_go_no_further_than_the_table() {
        for (key, at, to) in [
            ("ArrowDown", 3, Some(4)),
            ("ArrowDown", 9, Some(9)),
            ("ArrowUp", 0, Some(0)),
            ("ArrowUp", 70, Some(9)),
            ("PageDown", 3, Some(8)),
            ("PageUp", 3, Some(0)),
            ("Home", 5, Some(0)),
            ("End", 5, Some(9)),
            ("x", 5, None),
        ] {
            assert_eq!(walked(key, at, 10, 5), to, "{key} from {at}");
        }
        assert_eq!(walked("End", 0, 0, 5), None);
    }

    #[test]
    fn what_is_there_is_known_by_row() {
        let names = ["a", "b", "c"].map(String::from).to_vec();
        let rows = Rows { total: 20, matching: 13, from: 10, names, ..Rows::default() };
        let listing = Listing { rows, markup: String::new() };
        assert_eq!(listing.name(11).map(String::as_str), Some("b"));
        assert_eq!((listing.name(9), listing.name(13)), (None, None));
        assert!(listing.holds((10, 13)) && listing.holds((11, 99)));
        assert!(!listing.holds((9, 12)));
    }
}
