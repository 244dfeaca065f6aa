//! What was wrong with a file that could be read all the same: the first few of each sort, and how many in all.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::report::Problem;

use crate::{
    error::{Place, ReadError},
    format::csv::Dialect,
};

/// Problems of one sort (bad rows, or unreadable cells of one column) that are shown one by one.
const SHOWN_OF_A_SORT: u64 = 5;
/// Problems shown one by one over all sorts, and totals shown after them: a file of 10,000 columns that are all wrong
/// does not make a report of 50,000 lines.
const SHOWN_IN_ALL: usize = 200;

/// What was read, once all of it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Name of the format, as in [`format::TABLE`](crate::format::TABLE).
    pub format: &'static str,
    /// How a delimited text was delimited.
    pub dialect: Option<Dialect>,
    /// Rows handed out.
    pub rows: u64,
    /// Rows that were skipped.
    pub bad_rows: u64,
    /// Cells that were not of their column's kind.
    pub unreadable_cells: u64,
    /// Bytes pushed.
    pub bytes: u64,
    /// Of those, bytes at the end that were not read because a quote opened and never closed.
    pub unread_bytes: u64,
    /// What was wrong: the first few of each sort, then the totals.
    pub problems: Vec<Problem>,
}

impl Summary {
    /// Adds what was read of a file after it. The format and the dialect stay the first one's.
    pub(crate) fn add(&mut self, later: Summary) {
        self.rows += later.rows;
        self.bad_rows += later.bad_rows;
        self.unreadable_cells += later.unreadable_cells;
        self.bytes += later.bytes;
        self.unread_bytes += later.unread_bytes;
        // Of any number of files the list is no longer than that of a few.
        let room = (3 * SHOWN_IN_ALL).saturating_sub(self.problems.len());
        self.problems.extend(later.problems.into_iter().take(room));
    }
}

/// What problems are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    /// The file's names.
    Name,
    /// Keys of objects that are no column, or that a row repeats.
    Key,
    /// Columns of instants whose form the values do not tell, or do not need.
    TimeForm,
    /// Rows that were skipped.
    Row,
    /// Cells of the column at this position.
    Cell(usize),
}

/// Collects problems in bounded memory, or refuses the first of them.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    strict: bool,
    list: Vec<Problem>,
    counts: BTreeMap<Sort, u64>,
}

impl Problems {
    pub(crate) fn new(strict: bool) -> Problems {
        Problems { strict, ..Problems::default() }
    }

    /// Notes something that was set right and loses nothing: no error even for a strict reader.
    pub(crate) fn note(&mut self, sort: Sort, place: &Place, message: impl Into<String>) {
        self.count(sort, || (place.clone(), message.into()));
    }

    /// Notes a row or cell that was not read; a strict reader refuses it. `describe` is called only for the few that are
    /// shown.
    pub(crate) fn refuse(
        &mut self,
        sort: Sort,
        describe: impl FnOnce() -> (Place, String),
    ) -> Result<(), ReadError> {
        if self.strict {
            let (place, message) = describe();
            return Err(ReadError::new(place, message));
        }
        self.count(sort, describe);
        Ok(())
    }

    fn count(&mut self, sort: Sort, describe: impl FnOnce() -> (Place, String)) {
        let count = self.counts.entry(sort).or_default();
        *count += 1;
        if *count <= SHOWN_OF_A_SORT && self.list.len() < SHOWN_IN_ALL {
            let (place, message) = describe();
            self.list.push(Problem { place: place.to_string(), message });
        }
    }

    /// How many rows were skipped.
    pub(crate) fn bad_rows(&self) -> u64 {
        self.counts.get(&Sort::Row).copied().unwrap_or_default()
    }

    /// How many cells could not be read.
    pub(crate) fn unreadable_cells(&self) -> u64 {
        let cells = |(sort, count): (&Sort, &u64)| matches!(sort, Sort::Cell(_)).then_some(*count);
        self.counts.iter().filter_map(cells).sum()
    }

    /// The list, closed with a total for each sort of which not all are shown. `name` gives a column's name.
    pub(crate) fn finish(&mut self, source: &str, name: impl Fn(usize) -> String) -> Vec<Problem> {
        let mut list = core::mem::take(&mut self.list);
        let all_shown = list.len() < SHOWN_IN_ALL;
        let cut = |(_, count): &(&Sort, &u64)| !all_shown || **count > SHOWN_OF_A_SORT;
        let mut totals = self.counts.iter().filter(cut);
        for (sort, count) in totals.by_ref().take(SHOWN_IN_ALL) {
            let place = Place::file(source);
            let (place, message) = match sort {
                Sort::Name => {
                    (place, format!("{count} column names were empty, repeated or unreadable"))
                }
                Sort::Key => {
                    (place, format!("{count} keys in all were left out or came twice in a row"))
                }
                Sort::TimeForm => (
                    place,
                    format!("{count} columns in all have times whose form is not sure or not used"),
                ),
                Sort::Row => (place, format!("{count} rows in all were skipped")),
                Sort::Cell(column) => (
                    place.column(&name(*column)),
                    format!("{count} cells in all could not be read"),
                ),
            };
            list.push(Problem { place: place.to_string(), message });
        }
        let more = totals.count();
        if more > 0 {
            let message = format!("{more} more columns have cells that could not be read");
            list.push(Problem { place: source.to_string(), message });
        }
        list
    }
}

/// The first few names.
pub(crate) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(columns: usize, cells_each: u64) -> Vec<Problem> {
        let mut problems = Problems::new(false);
        for column in 0..columns {
            for row in 0..cells_each {
                let place = Place { row: Some(row), ..Place::file("a.csv") };
                problems.refuse(Sort::Cell(column), || (place, "bad".into())).unwrap();
            }
        }
        assert_eq!(problems.unreadable_cells(), columns as u64 * cells_each);
        problems.finish("a.csv", |column| format!("c{column}"))
    }

    #[test]
    fn the_first_five_of_a_sort_are_shown_and_the_rest_counted() {
        assert_eq!(collect(1, 5).len(), 5);
        let list = collect(1, 1000);
        assert_eq!(list.len(), 6);
        assert_eq!(list[5].place, "a.csv, column \"c0\"");
        assert_eq!(list[5].message, "1000 cells in all could not be read");
    }

    #[test]
    fn the_list_stays_short_however_many_columns_are_wrong() {
        let list = collect(10_000, 7);
        assert_eq!(list.len(), 200 + 200 + 1);
        assert_eq!(list[400].message, "9800 more columns have cells that could not be read");
    }
}
