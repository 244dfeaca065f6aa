//! A histogram small enough for a table's row.

use driftline_core::report::ColumnReport;
use plotters::{
    chart::ChartBuilder,
    drawing::IntoDrawingArea,
    element::{PathElement, Rectangle},
    style::{Color, ShapeStyle},
};

use crate::{
    Chart, Ink,
    backend::{DrawError, Recorder, px, record},
    cells::{self, Cell},
    marks::Marks,
    scale::Scale,
    wording,
};

/// Width of the picture in pixels.
pub const WIDTH: u32 = 96;
/// Height of the picture in pixels.
pub const HEIGHT: u32 = 24;

/// More bars than this could not be told apart; neighbours are put together.
const MOST_BARS: usize = 40;

/// The column's cells at a glance: the baseline filled, the current rows as an outline over it.
pub fn draw(column: &ColumnReport) -> Chart {
    let bars = together(&cells::shares(&column.bins));
    Chart {
        title: format!(
            "Shares of {}, baseline filled, current outlined",
            wording::printable(&column.name)
        ),
        description: String::new(),
        picture: record(WIDTH, HEIGHT, |recorder| paint(recorder, &bars)),
        table: cells::table(
            &format!("Cells of {}", wording::printable(&column.name)),
            &column.bins,
        ),
        marks: Marks::default(),
    }
}

/// Each bar's shares, baseline first; neighbouring cells put together where there are too many.
fn together(cells: &[Cell<'_>]) -> Vec<(f64, f64)> {
    let size = cells.len().div_ceil(MOST_BARS).max(1);
    cells
        .chunks(size)
        .map(|cells| {
            cells.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.baseline, sum.1 + cell.current))
        })
        .collect()
}

fn paint(recorder: Recorder<'_>, bars: &[(f64, f64)]) -> Result<(), DrawError> {
    let root = recorder.into_drawing_area();
    let top = bars.iter().fold(0.0, |top: f64, bar| top.max(bar.0).max(bar.1));
    let top = if top > 0.0 { top } else { 1.0 };
    let mut chart = ChartBuilder::on(&root)
        .margin(px(1.0))
        .build_cartesian_2d(Scale::bare(bars.len().max(1) as f64), Scale::bare(top))?;
    let places = || bars.iter().enumerate().map(|(i, bar)| (i as f64, (i + 1) as f64, bar));
    chart.draw_series(places().filter(|(_, _, bar)| bar.0 > 0.0).map(|(from, to, bar)| {
        Rectangle::new([(from, 0.0), (to, bar.0)], Ink::Baseline.rgb().mix(0.45).filled())
    }))?;
    let outline = step_outline(places().map(|(from, to, bar)| (from, to, bar.1)));
    let line = ShapeStyle::from(Ink::Current.rgb()).stroke_width(px(1.5) as u32);
    chart.draw_series([PathElement::new(outline, line)])?;
    Ok(())
}

/// The outline of bars that stand side by side: from the ground up, along their tops, and down again.
pub(crate) fn step_outline(bars: impl Iterator<Item = (f64, f64, f64)>) -> Vec<(f64, f64)> {
    let mut outline = Vec::new();
    for (from, to, height) in bars {
        if outline.is_empty() {
            outline.push((from, 0.0));
        }
        outline.extend([(from, height), (to, height)]);
    }
    if let Some(&(end, _)) = outline.last() {
        outline.push((end, 0.0));
    }
    outline
}
