//! Which dropped file is the baseline and which is current.

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

    /// Position in the page, from 0.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name in text for people.
    pub fn name(self) -> &'static str {
        match self {
            Slot::Baseline => "Baseline",
            Slot::Current => "Current",
        }
    }

    fn other(self) -> Slot {
        match self {
            Slot::Baseline => Slot::Current,
            Slot::Current => Slot::Baseline,
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

/// Where files that were dropped anywhere on the page go, by their names, else by their order; files past the second are
/// not taken.
pub fn places(names: &[String], filled: [bool; 2]) -> Vec<Slot> {
    match names {
        [] => Vec::new(),
        [only] => vec![by_name(only).unwrap_or_else(|| first_free(filled))],
        [first, second, ..] => {
            let first_slot = match (by_name(first), by_name(second)) {
                (Some(slot), _) => slot,
                (None, Some(slot)) => slot.other(),
                (None, None) => Slot::Baseline,
            };
            vec![first_slot, first_slot.other()]
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
        check_places(&["march.csv", "april.csv"], [true; 2], &[Baseline, Current]);
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
    fn a_size_is_short() {
        assert_eq!(
            [7, 1_500, 45_678, 267_000_000, 2_000_000_000].map(size),
            ["7 B", "1.50 kB", "45.7 kB", "267 MB", "2.00 GB"]
        );
    }
}
