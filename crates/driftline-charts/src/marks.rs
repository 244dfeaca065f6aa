//! The places of a picture that have something to tell, for whoever points at one with a mouse or a finger, or walks from
//! one to the next by keys.
//!
//! Every chart is a lattice: lines (a column, a percentile, a level, an alert) by stops (a window, a cell). What a place
//! says is put into words when it is asked for, so that a heat map of a hundred thousand cells costs no text.

use crate::{Point, UNITS_PER_PIXEL, heatmap::Level, wording};

/// The places of a picture that have something to tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Marks {
    /// Stretches across the picture, from left to right.
    pub stops: Vec<Stop>,
    /// What is told of at the stops, from top to bottom.
    pub lines: Vec<Line>,
}

/// A stretch across the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What it is called: a window, a cell.
    pub name: String,
    /// Where it begins, in units.
    pub from: i32,
    /// Where it ends.
    pub to: i32,
}

/// What is told of at the stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it is called: a column, a percentile. Empty where a picture has but one.
    pub name: String,
    /// A place for each stop, where there is something to tell.
    pub spots: Vec<Option<Spot>>,
}

/// A place.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Its upper end, in units.
    pub top: i32,
    /// Its lower end.
    pub bottom: i32,
    /// What it says.
    pub said: Said,
}

/// What a place says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// This.
    Text(String),
    /// Both sides' shares of a cell, the baseline's first, and what it adds to the PSI.
    Shares(f64, f64, f64),
    /// A level of the ladder, and the PSI where there is one.
    Level(Level, Option<f64>),
}

/// A place that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which line, counted from 0.
    pub line: usize,
    /// Which stop, counted from 0.
    pub stop: usize,
    /// The place's top left and bottom right, in pixels of the picture.
    pub area: (Point, Point),
    /// For a tooltip: where, what, how much.
    pub text: String,
    /// To be read out: how much first, then what and where, and how far along.
    pub label: String,
}

/// A step from one place to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the stop before.
    Left,
    /// To the next stop.
    Right,
    /// To the line above.
    Up,
    /// To the line below.
    Down,
    /// To the line's first stop.
    First,
    /// To its last.
    Last,
}

impl Marks {
    fn spot(&self, line: usize, stop: usize) -> Option<&Spot> {
        self.lines.get(line)?.spots.get(stop)?.as_ref()
    }

    /// The place of a line at a stop.
    pub fn hit(&self, line: usize, stop: usize) -> Option<Hit> {
        let spot = self.spot(line, stop)?;
        let (of, at) = (self.lines.get(line)?, self.stops.get(stop)?);
        let (name, place) = (wording::printable(&of.name), wording::printable(&at.name));
        let said = match &spot.said {
            Said::Text(text) => text.clone(),
            Said::Shares(baseline, current, psi) => format!(
                "baseline {}, current {}, adds {} to PSI",
                wording::share(*baseline),
                wording::share(*current),
                wording::significant(*psi),
            ),
            Said::Level(level, psi) => level.in_words(*psi),
        };
        let pixels = |units: i32| units.div_euclid(UNITS_PER_PIXEL);
        let counted = format!("{} of {}", stop + 1, self.stops.len());
        let (text, label) = match name.is_empty() {
            true => (format!("{place}: {said}"), format!("{said}, {place}, {counted}")),
            false => {
                (format!("{place} · {name}: {said}"), format!("{said}, {name}, {place}, {counted}"))
            }
        };
        let area = (
            (pixels(at.from), pixels(spot.top)),
            (pixels(at.to + UNITS_PER_PIXEL - 1), pixels(spot.bottom + UNITS_PER_PIXEL - 1)),
        );
        Some(Hit { line, stop, area, text, label })
    }

    /// The place nearest to a point of the picture, in pixels: the nearest stop first, then the nearest line there.
    pub fn nearest(&self, x: f64, y: f64) -> Option<Hit> {
        let unit = |pixels: f64| (pixels.clamp(-1e6, 1e6) * f64::from(UNITS_PER_PIXEL)) as i32;
        let (x, y) = (unit(x), unit(y));
        // How far a point is from a stretch, and then from its middle.
        let away = |at: i32, from: i32, to: i32| {
            let outside = (from - at).max(at - to).max(0);
            (outside, (2 * at - from - to).abs())
        };
        let is_told_of =
            |stop: &usize| (0..self.lines.len()).any(|line| self.spot(line, *stop).is_some());
        let mut stops: Vec<usize> = (0..self.stops.len()).collect();
        stops.sort_by_key(|stop| away(x, self.stops[*stop].from, self.stops[*stop].to));
        let stop = stops.into_iter().find(is_told_of)?;
        let spots = (0..self.lines.len()).filter_map(|line| Some((line, self.spot(line, stop)?)));
        let (line, _) = spots.min_by_key(|(_, spot)| away(y, spot.top, spot.bottom))?;
        self.hit(line, stop)
    }

    /// The place one step from another; `None` where there is none that way.
    pub fn step(&self, (line, stop): (usize, usize), direction: Direction) -> Option<Hit> {
        let in_line = |stop: &usize| self.spot(line, *stop).is_some();
        let at_stop = |line: &usize| self.spot(*line, stop).is_some();
        let (stops, lines) = (self.stops.len(), self.lines.len());
        let to = match direction {
            Direction::Left => ((0..stop.min(stops)).rev().find(in_line), Some(line)),
            Direction::Right => ((stop + 1..stops).find(in_line), Some(line)),
            Direction::First => ((0..stops).find(in_line), Some(line)),
            Direction::Last => ((0..stops).rev().find(in_line), Some(line)),
            Direction::Up => (Some(stop), (0..line.min(lines)).rev().find(at_stop)),
            Direction::Down => (Some(stop), (line + 1..lines).find(at_stop)),
        };
        self.hit(to.1?, to.0?)
    }

    /// Where the first place is, for whoever begins to walk.
    pub fn first(&self) -> Option<Hit> {
        (0..self.lines.len()).find_map(|line| self.step((line, 0), Direction::First))
    }
}
