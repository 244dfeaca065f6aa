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

/// How a plot's values become heights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    /// From 0, in equal steps.
    Linear(Scale),
    /// In equal ratios, between the first and the last of its marks.
    Log(Vec<f64>),
}

impl Values {
    /// Equal ratios where the largest value is more than `ratio` times the smallest (which is above 0), otherwise equal
    /// steps from 0.
    pub(crate) fn by_ratio(smallest: f64, largest: f64, ratio: f64) -> Values {
        let is_log = smallest > 0.0 && largest.is_finite() && largest > ratio * smallest;
        if is_log {
            Values::log(smallest, largest)
        } else {
            Values::Linear(Scale::holding(largest, 4))
        }
    }

    fn log(smallest: f64, largest: f64) -> Values {
        let power = |value: f64| num::floor(num::log10(value));
        let (low, high) = (power(smallest) as i32, power(largest) as i32);
        let all: Vec<f64> = (low..=high + 1)
            .flat_map(|n| [1.0, 2.0, 5.0].map(|factor| factor * num::pow(10.0, f64::from(n))))
            .collect();
        let from = all.iter().rposition(|mark| *mark <= smallest).unwrap_or(0);
        let to =
            all.iter().position(|mark| *mark >= largest).unwrap_or(all.len() - 1).max(from + 1);
        let mut marks = all[from..=to.min(all.len() - 1)].to_vec();
        // The ends stay; between them, powers of ten alone where there would be many.
        let last = marks.len().saturating_sub(1);
        if last > 8 {
            let mut at = 0;
            let is_power =
                |value: f64| num::abs(num::log10(value) - num::round(num::log10(value))) < 1e-9;
            marks.retain(|mark| {
                at += 1;
                at == 1 || at == last + 1 || is_power(*mark)
            });
        }
        Values::Log(marks)
    }

    /// The heights that stand beside the plot.
    pub(crate) fn marks(&self) -> impl Iterator<Item = f64> {
        match self {
            Values::Linear(scale) => scale.marks.iter().copied(),
            Values::Log(marks) => marks.iter().copied(),
        }
    }

    /// The largest value that has a place of its own.
    pub(crate) fn top(&self) -> f64 {
        match self {
            Values::Linear(scale) => scale.top,
            Values::Log(marks) => marks.last().copied().unwrap_or(1.0),
        }
    }

    /// The height of a value between the plot's top and its bottom; what lies outside is at the edge.
    pub(crate) fn y(&self, value: f64, top: i32, bottom: i32) -> i32 {
        let share = match self {
            Values::Linear(scale) => value / scale.top,
            Values::Log(marks) => {
                let ends = marks.first().zip(marks.last()).filter(|(low, high)| high > low);
                ends.map_or(0.0, |(low, high)| num::ln(value.max(*low) / low) / num::ln(high / low))
            }
        };
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        bottom - num::round(share * f64::from(bottom - top)) as i32
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

    #[test]
    fn values_that_lie_far_apart_are_laid_by_ratio() {
        let marks = |low: f64, high: f64| -> Vec<String> {
            let values = Values::by_ratio(low, high, 20.0);
            assert!(values.top() >= high, "{values:?} holds {high}");
            values.marks().map(|m| num::significant(m, 3)).collect()
        };
        assert_eq!(marks(10.0, 90.0), ["0", "50", "100"]);
        assert_eq!(marks(8.0, 3000.0), ["5", "10", "100", "1000", "5000"]);
        assert_eq!(marks(12.0, 430.0), ["10", "20", "50", "100", "200", "500"]);
        assert_eq!(marks(0.0, 7.0), ["0", "2", "4", "6", "8"]);
        let values = Values::by_ratio(1.0, 100.0, 20.0);
        assert_eq!([1.0, 10.0, 100.0, 1e9, 0.0].map(|v| values.y(v, 0, 100)), [100, 50, 0, 0, 100]);
    }
}
