//! Which dropped file is the baseline and which are current, and in which order these are.

use core::cmp::Ordering;

/// A place for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// What normal looks like.
    Baseline,
    /// What is compared with it.
    Current,
}

impl Slot {
    /// Both, in the order of the page.
    pub const ALL: [Slot; 2] = [Slot::Baseline, Slot::Current];

    /// The name in text for people.
    pub fn name(self) -> &'static str {
        match self {
            Slot::Baseline => "Baseline",
            Slot::Current => "Current",
        }
    }

    /// Words in a file's name that speak for the slot.
    fn words(self) -> &'static [&'static str] {
        match self {
            Slot::Baseline => &["baseline", "reference", "train", ".driftline"],
            Slot::Current => &["current", "production", "prediction", "scoring"],
        }
    }
}

/// Where files that were dropped anywhere on the page go, by their names, else by their order: one is the baseline where
/// there is none yet, all others are current.
pub fn places(names: &[String], filled: [bool; 2]) -> Vec<Slot> {
    if let [only] = names {
        return vec![by_name(only).unwrap_or_else(|| first_free(filled))];
    }
    let named = |slot: Option<Slot>| names.iter().position(|name| by_name(name) == slot);
    let unnamed = || named(None).filter(|_| !filled[0]);
    let baseline = named(Some(Slot::Baseline)).or_else(unnamed);
    let place = |at| if Some(at) == baseline { Slot::Baseline } else { Slot::Current };
    (0..names.len()).map(place).collect()
}

/// Puts files in the order of their names.
pub fn sort<F>(files: &mut [F], name: impl Fn(&F) -> String) {
    files.sort_by(|a, b| in_order(&name(a), &name(b)));
}

/// The order of files by name in which people count: `day2` before `day10`.
fn in_order(a: &str, b: &str) -> Ordering {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (mut left, mut right) = (a, b);
    loop {
        let (of_left, of_right) = (digits(left), digits(right));
        let order = if of_left > 0 && of_right > 0 {
            let number = |text: &str, n: usize| text[..n].trim_start_matches('0').to_string();
            let (x, y) = (number(left, of_left), number(right, of_right));
            (left, right) = (&left[of_left..], &right[of_right..]);
            x.len().cmp(&y.len()).then_with(|| x.cmp(&y))
        } else {
            let (mut x, mut y) = (left.chars(), right.chars());
            let (next_x, next_y) = (x.next(), y.next());
            if next_x.is_none() && next_y.is_none() {
                return a.cmp(b);
            }
            (left, right) = (x.as_str(), y.as_str());
            let lower = |c: Option<char>| c.map(|c| c.to_ascii_lowercase());
            lower(next_x).cmp(&lower(next_y))
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn by_name(name: &str) -> Option<Slot> {
    let name = name.to_ascii_lowercase();
    let speaks = |slot: Slot| slot.words().iter().any(|word| name.contains(word));
    match Slot::ALL.map(speaks) {
        [true, false] => Some(Slot::Baseline),
        [false, true] => Some(Slot::Current),
        _ => None,
    }
}

fn first_free(filled: [bool; 2]) -> Slot {
    if filled[0] && !filled[1] { Slot::Current } else { Slot::Baseline }
}

/// A size in bytes for people, with three significant digits.
pub fn size(bytes: u64) -> String {
    let (value, unit) = match bytes as f64 {
        b if b < 1e3 => return format!("{bytes} B"),
        b if b < 1e6 => (b / 1e3, "kB"),
        b if b < 1e9 => (b / 1e6, "MB"),
        b => (b / 1e9, "GB"),
    };
    match value {
        v if v < 10.0 => format!("{v:.2} {unit}"),
        v if v < 100.0 => format!("{v:.1} {unit}"),
        v => format!("{v:.0} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_places(names: &[&str], filled: [bool; 2], expected: &[Slot]) {
        let names: Vec<String> = names.iter().map(|name| (*name).into()).collect();
        assert_eq!(places(&names, filled), expected, "{names:?}");
    }

    #[test]
    fn a_name_that_says_what_it_is_goes_where_it_says() {
        use Slot::{Baseline, Current};
        check_places(&["current.csv", "baseline.csv"], [false; 2], &[Current, Baseline]);
        check_places(&["march.csv", "TRAINING.csv"], [false; 2], &[Current, Baseline]);
        check_places(&["march.csv", "april.csv"], [false; 2], &[Baseline, Current]);
        check_places(&["baseline_current.csv", "x.csv"], [false; 2], &[Baseline, Current]);
        check_places(&["predictions.csv"], [false; 2], &[Current]);
    }

    #[test]
    fn a_nameless_file_goes_where_there_is_room() {
        check_places(&["x.csv"], [false, false], &[Slot::Baseline]);
        check_places(&["x.csv"], [true, false], &[Slot::Current]);
        check_places(&["x.csv"], [false, true], &[Slot::Baseline]);
        check_places(&[], [false, true], &[]);
    }

    #[test]
    fn of_several_files_one_is_the_baseline_where_there_is_none() {
        use Slot::{Baseline, Current};
        let days = ["day1.csv", "day2.csv", "day10.csv"];
        check_places(&days, [false, false], &[Baseline, Current, Current]);
        check_places(&days, [true, false], &[Current; 3]);
        check_places(&days, [true, true], &[Current; 3]);
        check_places(
            &["day1.csv", "train.csv", "day2.csv"],
            [true; 2],
            &[Current, Baseline, Current],
        );
        check_places(
            &["current1.csv", "x.csv", "y.csv"],
            [false; 2],
            &[Current, Baseline, Current],
        );
        check_places(&["current1.csv", "current2.csv"], [false; 2], &[Current; 2]);
    }

    #[test]
    fn files_are_in_the_order_in_which_people_count() {
        let mut names =
            ["day10.csv", "Day2.csv", "day1.csv", "day02b.csv", "a.csv", "day", "é.csv"];
        names.sort_by(|a, b| in_order(a, b));
        assert_eq!(
            names,
            ["a.csv", "day", "day1.csv", "Day2.csv", "day02b.csv", "day10.csv", "é.csv"]
        );
    }

    #[test]
    fn a_size_is_short() {
        assert_eq!(
            [7, 1_500, 45_678, 267_000_000, 2_000_000_000].map(size),
            ["7 B", "1.50 kB", "45.7 kB", "267 MB", "2.00 GB"]
        );
    }
}
