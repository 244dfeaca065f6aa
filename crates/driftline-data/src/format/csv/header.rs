//! Whether the first record names the columns, and what the names are.

use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};

use driftline_core::schema::{Evidence, Kind};

use crate::{
    cell::{self, Number},
    error::{Place, Quoted, ReadError},
    evidence,
    problem::{Problems, Sort},
};

/// Whether the first record is a header: unless more of its cells read like the numbers and times below them than
/// stand as words above such. A file of nothing but text is taken to have one.
pub(super) fn is_header<'a>(
    first: impl Iterator<Item = &'a [u8]>,
    below: &[Evidence],
    is_given: impl Fn(&str) -> bool,
) -> bool {
    let (mut words_above, mut like_below) = (0_u64, 0_u64);
    for (column, cell) in first.enumerate() {
        let cell = cell::trim(cell);
        if core::str::from_utf8(cell).is_ok_and(&is_given) {
            // The caller knows this column by name.
            return true;
        }
        if cell::is_missing(cell) {
            continue;
        }
        let is_value = matches!(cell::number(cell), Number::Value(_)) || evidence::is_time(cell);
        let evidence = below.get(column).copied().unwrap_or_default();
        if is_value {
            like_below += 1;
        } else if evidence.present > 0 && evidence.kind() != Kind::Categorical {
            words_above += 1;
        }
    }
    words_above >= like_below
}

/// Names as the header writes them, without blanks around them, made distinct; what was changed is noted.
pub(in crate::format) fn names<'a>(
    header: impl Iterator<Item = &'a [u8]>,
    place: &Place,
    problems: &mut Problems,
) -> Result<Vec<String>, ReadError> {
    let written: Vec<&[u8]> = header.map(cell::trim).collect();
    let mut all_written: BTreeSet<&[u8]> = BTreeSet::new();
    all_written.extend(written.iter().copied());
    let mut taken = BTreeSet::new();
    // The suffix last given to a repeated name, so that 10,000 columns of one name take 10,000 steps.
    let mut suffixes: BTreeMap<String, u64> = BTreeMap::new();
    let mut names = Vec::with_capacity(written.len());
    for (column, &bytes) in written.iter().enumerate() {
        let text = core::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
        let base = match text {
            Some("") | None => format!("column_{}", column + 1),
            Some(text) => text.to_owned(),
        };
        let mut name = base.clone();
        while taken.contains(&name) || (name != base && all_written.contains(name.as_bytes())) {
            let suffix = suffixes.entry(base.clone()).or_insert(1);
            *suffix += 1;
            name = format!("{base}_{suffix}");
        }
        let called = Quoted(name.as_bytes());
        match text {
            None => problems.refuse(Sort::Name, || {
                let found = Quoted(bytes);
                let message = format!(
                    "column {}: expected a name in UTF-8, found {found}: called {called}",
                    column + 1
                );
                (place.clone(), message)
            })?,
            Some("") => {
                let message = format!("column {} has no name: called {called}", column + 1);
                problems.note(Sort::Name, place, message);
            }
            Some(_) if name != base => {
                let place = place.clone().column(&base);
                let message = format!("column {} repeats this name: called {called}", column + 1);
                problems.note(Sort::Name, &place, message);
            }
            Some(_) => {}
        }
        taken.insert(name.clone());
        names.push(name);
    }
    Ok(names)
}

/// Names for a file without a header.
pub(super) fn numbered(n_columns: usize) -> Vec<String> {
    (1..=n_columns).map(|column| format!("column_{column}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_names(header: &str, expected: &str, n_notes: usize) {
        let mut problems = Problems::new(false);
        let fields = header.split(',').map(str::as_bytes);
        let names = names(fields, &Place::file("a.csv"), &mut problems).unwrap();
        assert_eq!(names.join(","), expected);
        assert_eq!(problems.finish("a.csv", |_| String::new()).len(), n_notes, "{header}");
    }

    #[test]
    fn names_are_made_distinct() {
        check_names("a, b ,c", "a,b,c", 0);
        check_names("a,a,a", "a,a_2,a_3", 2);
        check_names("a,a,a_2", "a,a_3,a_2", 1);
        check_names("a,,", "a,column_2,column_3", 2);
        check_names(",column_1", "column_1,column_1_2", 2);
    }

    #[test]
    fn ten_thousand_equal_names_are_told_apart_in_no_time() {
        let mut problems = Problems::new(false);
        let header = core::iter::repeat_n(b"x".as_slice(), 10_000);
        let names = names(header, &Place::file("a.csv"), &mut problems).unwrap();
        assert_eq!(names[9_999], "x_10000");
    }
}
