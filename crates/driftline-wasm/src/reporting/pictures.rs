//! What is asked about a chart that was shown: what it says at a place, what it is as a file, which of its windows lie
//! between two places.

use core::ops::Range;

use driftline_charts::{
    Chart, UNITS_PER_PIXEL,
    marks::{Direction, Hit},
};

use crate::message::{
    reporting::Response,
    shown::{Format, Spot, Step},
};

use super::Answer;

/// What the chart says nearest to a point.
pub(super) fn nearest(chart: &Chart, (x, y): (i32, i32)) -> Option<Spot> {
    chart.nearest(f64::from(x), f64::from(y)).map(spot)
}

/// What the chart says a step further; at its first place where none was shown yet.
pub(super) fn step(chart: &Chart, from: Option<(usize, usize)>, step: Step) -> Option<Spot> {
    let direction = match step {
        Step::Left => Direction::Left,
        Step::Right => Direction::Right,
        Step::Up => Direction::Up,
        Step::Down => Direction::Down,
        Step::First => Direction::First,
        Step::Last => Direction::Last,
    };
    let hit = match from {
        Some(from) => chart.step(from, direction),
        None => chart.marks.first(),
    };
    hit.map(spot)
}

fn spot(hit: Hit) -> Spot {
    let ((left, top), (right, bottom)) = hit.area;
    Spot {
        line: hit.line,
        stop: hit.stop,
        left,
        top,
        right,
        bottom,
        text: hit.text,
        label: hit.label,
    }
}

/// The chart as a file or a table, and what the file is called.
pub(super) fn saved(id: String, chart: &Chart, format: Format, is_dark: bool) -> Answer {
    let (extension, text) = match format {
        Format::Png | Format::Svg => {
            let extension = if format == Format::Png { "png" } else { "svg" };
            (extension, if is_dark { chart.to_dark_svg_file() } else { chart.to_svg_file() })
        }
        Format::Csv => ("csv", chart.table.to_csv()),
        Format::Table => ("html", chart.table.to_html()),
    };
    let name = file_name(&chart.title, extension);
    (Response::Chart { chart: id, format, name }, Some(text))
}

/// A name for a file: nothing in it that a file system minds.
fn file_name(title: &str, extension: &str) -> String {
    let keeps = |c: char| c.is_alphanumeric() || c == '-';
    let safe: String = title.chars().take(60).map(|c| if keeps(c) { c } else { '_' }).collect();
    format!("driftline-{safe}.{extension}")
}

/// The stops that lie between two places across the picture, in pixels: at least two, since one alone is no course.
pub(super) fn between(chart: &Chart, (a, b): (i32, i32)) -> Option<Range<usize>> {
    let unit = |pixels: i32| pixels.saturating_mul(UNITS_PER_PIXEL);
    let (from, to) = (unit(a.min(b)), unit(a.max(b)));
    let stops = &chart.marks.stops;
    let first = stops.iter().position(|stop| stop.to > from)?;
    let last = stops.iter().rposition(|stop| stop.from < to)?;
    (last > first && last - first + 1 < stops.len()).then_some(first..last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_safe() {
        assert_eq!(file_name("PSI of ../a<b>\u{0}", "svg"), "driftline-PSI_of____a_b__.svg");
        assert!(file_name(&"é".repeat(10_000), "csv").chars().count() < 80);
    }
}
