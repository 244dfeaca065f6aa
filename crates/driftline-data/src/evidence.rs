//! What the first rows of a column show, for the schema to be inferred from.

use alloc::format;
use core::hash::{BuildHasher, Hasher};

use driftline_core::{
    schema::{Evidence, Field, Kind, infer_as},
    time::{TimeForm, TimeSample},
};
use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::{
    cell::{self, Number},
    error::Place,
    options::ReadOptions,
    problem::{Problems, Sort},
};

/// Gathers a column's [`Evidence`] cell by cell.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    evidence: Evidence,
    /// Hashes of the values seen. A fixed seed, so that the same file always gives the same schema.
    seen: HashTable<u64>,
}

impl Witness {
    /// Looks at one cell.
    pub(crate) fn see(&mut self, cell: &[u8]) {
        let trimmed = cell::trim(cell);
        if cell::is_missing(trimmed) {
            return;
        }
        let evidence = &mut self.evidence;
        // What is not UTF-8 is there, and no instant.
        let text = core::str::from_utf8(trimmed).unwrap_or_default();
        match cell::number(trimmed) {
            Number::Missing => return,
            Number::Value(value) => {
                evidence.numbers += 1;
                evidence.integers += u64::from(value - value.trunc() == 0.0);
                evidence.times.see_number(value, text);
            }
            Number::Unreadable => evidence.times.see_text(text),
        }
        evidence.present += 1;
        let mut hasher = FixedState::default().build_hasher();
        hasher.write(trimmed);
        let hash = hasher.finish();
        self.seen.entry(hash, |&seen| seen == hash, |&seen| seen).or_insert(hash);
    }

    /// What the values seen read as in each form of instants.
    pub(crate) fn times(&self) -> &TimeSample {
        &self.evidence.times
    }

    /// What was seen.
    pub(crate) fn evidence(&self) -> Evidence {
        Evidence { distinct: self.seen.len() as u64, ..self.evidence }
    }

    /// What the column is: as the caller says, else as its values do.
    pub(crate) fn field(
        &self,
        name: &str,
        source: &str,
        options: &ReadOptions,
        problems: &mut Problems,
    ) -> Field {
        let place = || Place::file(source).column(name);
        let role = options.roles.get(name).copied();
        let mut field = infer_as(name, &self.evidence(), role);
        let form = options.time_forms.get(name);
        match (options.kinds.get(name), form) {
            (Some(&kind), Some(form)) if kind != Kind::Timestamp => {
                field = field.with_kind(kind, self.times());
                let message = format!(
                    "read as {}, as its kind is given: the form {} has no use",
                    kind.name(),
                    form.name()
                );
                problems.note(Sort::TimeForm, &place(), message);
            }
            (_, Some(&form)) => field = field.with_time_form(form),
            (Some(&kind), None) => field = field.with_kind(kind, self.times()),
            (None, None) => {}
        }
        if !options.knows(name) && self.times().mixes_orders() {
            let message = "some dates have the day first and some the month: not read as times; say which is right with \
                           --time-form";
            problems.note(Sort::TimeForm, &place(), message);
        }
        let is_month_first = field.time_form == Some(TimeForm::MonthDayYear) && form.is_none();
        if is_month_first && self.times().closest().is_some_and(|found| found.ambiguous) {
            let message = "read as month/day/year; every day is ≤ 12, so day/month/year is possible too: say so with \
                           --time-form";
            problems.note(Sort::TimeForm, &place(), message);
        }
        field
    }
}

/// Whether a trimmed cell reads as an instant, and as nothing else.
pub(crate) fn is_time(trimmed: &[u8]) -> bool {
    core::str::from_utf8(trimmed)
        .is_ok_and(|text| TimeForm::detect(core::iter::once(text), false).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_evidence(cells: &str, expected: Evidence) {
        let mut witness = Witness::default();
        cells.split(',').for_each(|cell| witness.see(cell.as_bytes()));
        assert_eq!(witness.evidence(), expected, "{cells}");
    }

    fn times(texts: &[&str]) -> TimeSample {
        let mut times = TimeSample::default();
        texts.iter().for_each(|text| times.see(text));
        times
    }

    #[test]
    fn a_witness_counts_what_the_cells_read_as() {
        let none = Evidence::default();
        check_evidence(",NA, -", none);
        check_evidence(
            "1, 1,2.5,-3,,inf,-nan",
            Evidence {
                present: 5,
                numbers: 5,
                integers: 3,
                distinct: 4,
                times: times(&["1", "1", "2.5", "-3", "inf"]),
            },
        );
        check_evidence(
            "2024-01-15, 15/01/2024 10:30,x",
            Evidence {
                present: 3,
                distinct: 3,
                times: times(&["2024-01-15", "15/01/2024 10:30", "x"]),
                ..none
            },
        );
    }
}
