//! What the model answered over windows: the shares of the levels, one on top of another, the most frequent at the bottom.
//!
//! Levels are told apart by how dark they are, by a line of the ground between them, and by their names at the end.

use driftline_core::report::{ColumnReport, PredictionMix, Report, SidePair};

use crate::{
    Anchor, Chart, Ink, Mark, Pen, Table, advance,
    axis::FONT,
    backend::px,
    canvas::{Canvas, Sign, spread},
    frame::Frame,
    marks::{Line, Marks, Said, Spot},
    scale::{Scale, Values},
    threshold::Unit,
    windows::{Window, Windows},
    wording,
};

/// Height of the plot.
const HEIGHT: i32 = px(150.0);
/// Room above it.
const ABOVE: i32 = px(6.0);
/// Levels that have a layer of their own.
pub const MOST_LEVELS: usize = 5;
/// What the others are called.
const OTHER: &str = "other levels";
/// What those are called that a report does not tell apart,
const RARER: &str = "rarer levels";
/// and those that the reference has never seen.
const NEW: &str = "new levels";

/// Shares of levels over windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mix {
    /// What the levels are of.
    pub name: String,
    /// The windows.
    pub windows: Windows,
    /// The levels, the most frequent first; the last may be what is left.
    pub levels: Vec<String>,
    /// Each window's shares of the levels, where it has rows.
    pub shares: Vec<Option<Vec<f64>>>,
}

impl Mix {
    /// What the model answered in a report's windows; `None` where they do not tell.
    pub fn of_report(report: &Report) -> Option<Mix> {
        let name = report.prediction.as_ref()?.class.as_deref()?;
        let windows = &report.windows;
        windows.iter().find(|window| window.prediction.is_some())?;
        let counts = |mix: &'_ PredictionMix| {
            let levels = mix.levels.iter().map(|(level, rows)| (level.clone(), *rows));
            let beside = [(RARER.to_string(), mix.other), (NEW.to_string(), mix.new)];
            levels.chain(beside).filter(|(_, rows)| *rows > 0).collect::<Vec<_>>()
        };
        let counts: Vec<Vec<(String, u64)>> = windows
            .iter()
            .map(|window| window.prediction.as_ref().map_or(Vec::new(), counts))
            .collect();
        let counts = counts.iter().map(|of_window| {
            of_window.iter().map(|(level, rows)| (level.as_str(), *rows)).collect()
        });
        Some(Mix::of_counts(name, Windows::of_report(report), counts))
    }

    /// Of each window's rows by level. Levels past [`MOST_LEVELS`] are put together.
    pub fn of_counts<'a>(
        name: &str,
        windows: Windows,
        counts: impl IntoIterator<Item = Vec<(&'a str, u64)>>,
    ) -> Mix {
        let counts: Vec<Vec<(&str, u64)>> = counts.into_iter().collect();
        let mut totals: alloc::collections::BTreeMap<&str, u64> = Default::default();
        for (level, rows) in counts.iter().flatten() {
            let total = totals.entry(level).or_default();
            *total = total.saturating_add(*rows);
        }
        let mut order: Vec<(&str, u64)> = totals.into_iter().collect();
        order.sort_by_key(|(_, rows)| core::cmp::Reverse(*rows));
        // One level more needs no summing up.
        let kept = if order.len() <= MOST_LEVELS + 1 { order.len() } else { MOST_LEVELS };
        let mut levels: Vec<String> =
            order.iter().take(kept).map(|(level, _)| (*level).to_string()).collect();
        let place = |level: &str| levels.iter().position(|l| l == level).unwrap_or(kept);
        let layers = if order.len() > kept { kept + 1 } else { kept };
        let shares = counts.iter().map(|counts| {
            let total: u64 = counts.iter().fold(0, |sum, (_, rows)| sum.saturating_add(*rows));
            let mut shares = vec![0.0; layers];
            for (level, rows) in counts {
                shares[place(level)] += *rows as f64 / total.max(1) as f64;
            }
            (total > 0).then_some(shares)
        });
        let shares = shares.collect();
        if layers > kept {
            levels.push(OTHER.into());
        }
        Mix { name: name.into(), windows, levels, shares }
    }

    /// A column's levels before and now: the baseline as the first window, the current rows as the second.
    pub fn of_column(column: &ColumnReport) -> Mix {
        let window = |(from, name): (i64, &str)| Window { name: name.into(), from, to: from + 1 };
        let windows = Windows {
            has_clock: false,
            are_files: false,
            list: (0..).zip(["baseline", "current"]).map(window).collect(),
        };
        let pairs = || {
            let pair = |cell: &driftline_core::report::CellReport| SidePair {
                baseline: cell.baseline,
                current: cell.current,
            };
            column.bins.iter().map(move |cell| (cell.label.as_str(), pair(cell)))
        };
        let baseline = pairs().map(|(level, rows)| (level, rows.baseline)).collect();
        let current = pairs().map(|(level, rows)| (level, rows.current)).collect();
        Mix::of_counts(&column.name, windows, [baseline, current])
    }
}

/// The mix as a chart in this frame.
pub fn draw(mix: &Mix, frame: Frame) -> Chart {
    let mut canvas = Canvas::new(frame.width);
    let axis = mix.windows.axis(frame);
    let stops = mix.windows.stops(&axis);
    let (left, right) = axis.ends();
    let (top, bottom) = (ABOVE, ABOVE + HEIGHT);
    let values = Values::Linear(Scale::holding(1.0, 4));
    let y = |share: f64| values.y(share, top, bottom);
    canvas.value_axis(&values, (left, right), (top, bottom), &|v| Unit::Share.mark(v));
    let mut lines: Vec<Line> = Vec::new();
    for (at, level) in mix.levels.iter().enumerate() {
        let mut spots = Vec::with_capacity(stops.len());
        let mut separators = Vec::new();
        for (stop, shares) in stops.iter().zip(&mix.shares) {
            let Some(shares) = shares else {
                spots.push(None);
                continue;
            };
            let below: f64 = shares.iter().take(at).sum();
            let share = shares.get(at).copied().unwrap_or(0.0);
            let (from, to) = (y(below + share), y(below));
            if to > from {
                canvas.fill(Mark::Rect((stop.from, from), (stop.to, to)), Ink::Baseline, shade(at));
                separators.push(vec![(stop.from, from), (stop.to, from)]);
            }
            let said = Said::Text(wording::share(share));
            spots.push(Some(Spot { top: from, bottom: to, said }));
        }
        for separator in separators {
            canvas.push(Mark::Path(separator), Ink::Ground, 1.0, Pen::Stroke(px(1.5) as u32));
        }
        lines.push(Line { name: level.clone(), spots });
    }
    names(&mut canvas, mix, right, (top, bottom), &y);
    // Layers are drawn from the bottom, and walked through from the top.
    lines.reverse();
    let marks = Marks { stops, lines };
    let since = canvas.list.items.len();
    let end = match mix.windows.has_clock || mix.windows.list.len() > 2 {
        true => canvas.time_axis(&axis, (bottom, bottom + px(4.0)), since),
        false => by_name(&mut canvas, &marks, bottom),
    };
    let end = key(&mut canvas, mix, frame, end);
    Chart {
        title: format!("Mix of {} over {}", wording::printable(&mix.name), mix.windows.counted()),
        description: description(mix),
        picture: canvas.finish(end),
        table: table(mix),
        marks,
    }
}

/// How dark a layer is.
fn shade(at: usize) -> f64 {
    [0.95, 0.62, 0.4, 0.26, 0.16, 0.09].get(at).copied().unwrap_or(0.06)
}

/// The layers' names at their ends, where there is room for them.
fn names(
    canvas: &mut Canvas,
    mix: &Mix,
    right: i32,
    (top, bottom): (i32, i32),
    y: &dyn Fn(f64) -> i32,
) {
    let room = canvas.list.width as i32 - right - px(8.0);
    let Some(last) = mix.shares.iter().rev().flatten().next().filter(|_| room >= px(40.0)) else {
        return;
    };
    let middle = |at: usize| {
        let below: f64 = last.iter().take(at).sum();
        y(below + last.get(at).copied().unwrap_or(0.0) / 2.0)
    };
    let mut heights: Vec<i32> = (0..mix.levels.len()).map(middle).collect();
    spread(&mut heights, px(14.0), (top + px(6.0), bottom - px(4.0)));
    for (level, height) in mix.levels.iter().zip(heights) {
        let name = advance::fit(&wording::printable(level), FONT as u32, room.max(0) as u32);
        canvas.text(&name, (right + px(6.0), height + px(4.0)), Anchor::Start, Ink::Text);
    }
}

/// Two windows are named one by one.
fn by_name(canvas: &mut Canvas, marks: &Marks, bottom: i32) -> i32 {
    for stop in &marks.stops {
        let at = ((stop.from + stop.to) / 2, bottom + px(16.0));
        canvas.text(&stop.name, at, Anchor::Middle, Ink::Muted);
    }
    bottom + px(22.0)
}

/// The layers by name, where they have none at their ends.
fn key(canvas: &mut Canvas, mix: &Mix, frame: Frame, y: i32) -> i32 {
    if frame.is_wide() {
        return y;
    }
    let names: Vec<String> = mix
        .levels
        .iter()
        .map(|level| advance::fit(&wording::printable(level), FONT as u32, px(200.0) as u32))
        .collect();
    let swatch = |at: usize| {
        move |canvas: &mut Canvas, x: i32, middle: i32| {
            let rect = Mark::Rect((x, middle - px(5.0)), (x + px(18.0), middle + px(5.0)));
            canvas.fill(rect.clone(), Ink::Baseline, shade(at));
            canvas.push(rect, Ink::Baseline, 1.0, Pen::Stroke(px(1.0) as u32));
        }
    };
    let swatches: Vec<_> = (0..names.len()).map(swatch).collect();
    let entries: Vec<(&str, Sign<'_>)> = names
        .iter()
        .zip(&swatches)
        .map(|(name, swatch)| (name.as_str(), swatch as Sign<'_>))
        .collect();
    canvas.key(y, &entries)
}

/// What each level was at first and at last.
fn description(mix: &Mix) -> String {
    let first = mix.shares.iter().flatten().next();
    let last = mix.shares.iter().rev().flatten().next();
    let Some((first, last)) = first.zip(last) else { return "No window has rows.".into() };
    let levels = mix.levels.iter().zip(first.iter().zip(last));
    let said: Vec<String> = levels
        .map(|(level, (first, last))| {
            format!(
                "{} from {} to {}",
                wording::printable(level),
                wording::share(*first),
                wording::share(*last)
            )
        })
        .collect();
    format!("From the first to the last window: {}.", said.join(", "))
}

fn table(mix: &Mix) -> Table {
    let header = core::iter::once(mix.windows.heading())
        .chain(mix.levels.iter().map(|level| wording::printable(level).into_owned()));
    let rows = mix.windows.list.iter().zip(&mix.shares).map(|(window, shares)| {
        let share = |at: usize| match shares {
            Some(shares) => shares.get(at).copied().map_or("–".into(), wording::share),
            None => "–".into(),
        };
        core::iter::once(window.name.clone()).chain((0..mix.levels.len()).map(share)).collect()
    });
    Table {
        caption: format!("Shares of {} by window", wording::printable(&mix.name)),
        header: header.collect(),
        rows: rows.collect(),
    }
}
