//! Where an axis ends and where its marks are, at numbers that people count in.

use core::ops::Range;

use driftline_core::num;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

/// An axis from 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    /// Its end.
    pub(crate) top: f64,
    /// Its marks, 0 and the end included.
    pub(crate) marks: Vec<f64>,
}

impl Scale {
    /// An axis without marks.
    pub(crate) fn bare(top: f64) -> Scale {
        Scale { top, marks: Vec::new() }
    }

    /// An axis that holds `largest`, with at most `most` steps of 1, 2 or 5 × a power of ten. plotters chooses marks
    /// as well, but through the platform's logarithm, and a mark more or less would be another picture.
    pub(crate) fn holding(largest: f64, most: u32) -> Scale {
        if !largest.is_finite() || largest <= f64::MIN_POSITIVE {
            return Scale { top: 1.0, marks: vec![0.0, 1.0] };
        }
        let raw = largest / f64::from(most.max(1));
        let power = num::pow(10.0, num::floor(num::log10(raw)));
        let factor =
            [1.0, 2.0, 5.0].into_iter().find(|factor| raw <= factor * power).unwrap_or(10.0);
        let step = factor * power;
        let steps = num::ceil(largest / step - 1e-9).max(1.0) as u32;
        Scale {
            top: step * f64::from(steps),
            marks: (0..=steps).map(|i| step * f64::from(i)).collect(),
        }
    }
}

impl Ranged for Scale {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + num::round(value / self.top * f64::from(to - from)) as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // plotters asks twice, first for lines between the marks: there are none.
        if hint.weight().allow_light_points() { Vec::new() } else { self.marks.clone() }
    }

    fn range(&self) -> Range<f64> {
        0.0..self.top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_hold_the_largest() {
        for (largest, most, marks) in [
            (0.37, 4, vec!["0", "0.1", "0.2", "0.3", "0.4"]),
            (1.0, 4, vec!["0", "0.5", "1"]),
            (0.1, 5, vec!["0", "0.02", "0.04", "0.06", "0.08", "0.1"]),
            (3e-5, 2, vec!["0", "2e-5", "4e-5"]),
            (0.0, 4, vec!["0", "1"]),
            (f64::NAN, 4, vec!["0", "1"]),
        ] {
            let scale = Scale::holding(largest, most);
            let found: Vec<String> = scale.marks.iter().map(|m| num::significant(*m, 3)).collect();
            assert_eq!(found, marks, "{largest}");
        }
    }
}
