//! The axis that everything over time shares: instants, or windows where rows have none.

use driftline_core::time::Timestamp;

use crate::{advance, backend::px, wording};

/// Font size of what stands beside and below a plot.
pub(crate) const FONT: i32 = px(12.0);

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps between marks that people count in. Days begin at midnight in UTC.
const STEPS: [i64; 24] = [
    1_000_000,
    5_000_000,
    15_000_000,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    10 * DAY,
    20 * DAY,
    50 * DAY,
    100 * DAY,
    200 * DAY,
    500 * DAY,
    1000 * DAY,
    5000 * DAY,
    20_000 * DAY,
];

/// Where an instant is, in units.
#[derive(Clone, Debug)]
pub(crate) struct Axis {
    left: i32,
    right: i32,
    /// In microseconds, or in windows.
    first: i64,
    last: i64,
    has_clock: bool,
    /// What windows are called, where they have names of their own.
    names: Vec<String>,
}

impl Axis {
    /// Between two instants in microseconds, or between two numbers of windows, laid from `left` to `right`.
    pub(crate) fn new((first, last): (i64, i64), has_clock: bool, left: i32, right: i32) -> Axis {
        Axis {
            left,
            right: right.max(left + px(40.0)),
            first,
            last: last.max(first.saturating_add(1)),
            has_clock,
            names: Vec::new(),
        }
    }

    /// Over windows with these names, one beside the other.
    pub(crate) fn of_names(names: Vec<String>, left: i32, right: i32) -> Axis {
        let last = i64::try_from(names.len()).unwrap_or(i64::MAX);
        Axis { names, ..Axis::new((0, last), false, left, right) }
    }

    /// Whether its marks are names of windows, each under the middle of its window.
    pub(crate) fn is_named(&self) -> bool {
        !self.names.is_empty()
    }

    /// From where to where it goes.
    pub(crate) fn ends(&self) -> (i32, i32) {
        (self.left, self.right)
    }

    /// The place of an instant, which is the end of a window.
    pub(crate) fn place(&self, at: Timestamp, window: u64) -> i32 {
        let value =
            if self.has_clock { at.micros() } else { i64::try_from(window).unwrap_or(i64::MAX) };
        self.x(value)
    }

    /// The place of an instant in microseconds, or of the end of a window, counted from 1.
    pub(crate) fn x(&self, value: i64) -> i32 {
        let span = i128::from(self.last) - i128::from(self.first);
        let along = (i128::from(value) - i128::from(self.first)).clamp(0, span);
        let wide = i128::from(self.right - self.left);
        self.left + ((along * wide + span / 2) / span) as i32
    }

    /// Where the marks are, and what they say; no two labels touch.
    pub(crate) fn marks(&self) -> Vec<(i32, String)> {
        let font = FONT as u32;
        if self.is_named() {
            return self.named(font);
        }
        let widest = match self.has_clock {
            true => advance::width("0000-00-00", font),
            false => advance::width(&wording::count(self.last.unsigned_abs()), font),
        } as i32
            + px(14.0);
        let most = i128::from(((self.right - self.left) / widest.max(1)).max(1));
        let span = i128::from(self.last) - i128::from(self.first);
        let fits = |step: &i64| span / i128::from(*step) <= most;
        let step = match self.has_clock {
            true => STEPS.into_iter().find(fits).unwrap_or(STEPS[STEPS.len() - 1]),
            false => {
                let powers = (0..18).map(|n| 10_i64.pow(n));
                powers.flat_map(|p| [p, 2 * p, 5 * p]).find(fits).unwrap_or(i64::MAX)
            }
        };
        let mut marks = Vec::new();
        let mut value = self.first.div_euclid(step).saturating_mul(step);
        while value <= self.last {
            if value >= self.first {
                marks.push((self.x(value), self.label(value, step)));
            }
            let Some(next) = value.checked_add(step) else { break };
            value = next;
        }
        marks
    }

    /// The names of as many windows as there is room for, evenly spread and cut where they are long.
    fn named(&self, font: u32) -> Vec<(i32, String)> {
        let gap = px(14.0);
        let widest = self.names.iter().map(|name| advance::width(name, font) as i32).max();
        let wanted = widest.unwrap_or(0).min(px(110.0)) + gap;
        let windows = self.names.len();
        let most = ((self.right - self.left) / wanted.max(1)).max(1) as usize;
        let step = windows.div_ceil(most).max(1);
        if most == 1 && windows > 1 {
            // Where one name alone has room, the first and the last have half of it each.
            let room = (self.right - self.left - gap) / 2;
            let fit = |at: usize| advance::fit(&self.names[at], font, room.max(0) as u32);
            let (quarter, windows) = ((self.right - self.left) / 4, windows - 1);
            return vec![(self.left + quarter, fit(0)), (self.right - quarter, fit(windows))];
        }
        let room = (self.right - self.left) / windows.div_ceil(step) as i32 - gap;
        let mark = |at: usize| {
            let (from, to) = (self.x(at as i64), self.x(at as i64 + 1));
            ((from + to) / 2, advance::fit(&self.names[at], font, room.max(0) as u32))
        };
        (0..windows).step_by(step).map(mark).collect()
    }

    fn label(&self, value: i64, step: i64) -> String {
        if !self.has_clock {
            return match value {
                0 => "0".into(),
                n => wording::count(n.unsigned_abs()),
            };
        }
        let instant = Timestamp::from_micros(value).to_string();
        let (day, time) = instant.split_once('T').unwrap_or((&instant, ""));
        let time = time.trim_end_matches('Z');
        if value.rem_euclid(DAY) == 0 || step >= DAY {
            day.into()
        } else if step >= MINUTE {
            time.get(..5).unwrap_or(time).into()
        } else {
            time.get(..8).unwrap_or(time).into()
        }
    }
}
