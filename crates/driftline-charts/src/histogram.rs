//! One column's cells: both sides' shares, and under them what each cell adds to the PSI.

mod labels;

use core::ops::Range;

use driftline_core::report::{CellReport, ColumnReport};
use plotters::{
    chart::{ChartBuilder, ChartContext},
    coord::{Shift, cartesian::Cartesian2d},
    drawing::{DrawingArea, IntoDrawingArea},
    element::{PathElement, Polygon, Rectangle},
    style::{
        Color, FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use self::labels::Labels;
use crate::{
    Chart, Ink, advance,
    backend::{DrawError, Recorder, px, record},
    cells::{self, Cell},
    marks::{Line, Marks, Said, Spot, Stop},
    scale::Scale,
    spark::step_outline,
    wording,
};

/// A picture narrower than this has no room for an axis.
pub const LEAST_WIDTH: u32 = 240;

/// A category's bars are shown for at most this many levels; the rest is summed up in a line and stands in the table.
pub const MOST_LEVELS: usize = 30;

/// Up to this many cells stand as pairs of bars; more are drawn as one area and one outline.
const MOST_PAIRS: usize = 40;

/// A bar is at most this wide.
const WIDEST_BAR: i32 = px(44.0);

/// Font size of everything in the picture.
const FONT: i32 = px(11.0);
/// Room for the shares left of the axis.
const AXIS: i32 = px(46.0);
/// What the upper plot shows.
const SHARE_OF_ROWS: &str = "Share of rows";
/// Room for the legend.
const LEGEND: i32 = px(26.0);
/// Height of the shares' plot.
const SHARES: i32 = px(176.0);
/// Room for the heading of the lower plot.
const HEADING: i32 = px(30.0);
/// Height of the contributions' plot.
const CONTRIBUTIONS: i32 = px(52.0);
/// Between two labels, and at the edges.
const GAP: i32 = px(6.0);

type Area<'a> = DrawingArea<Recorder<'a>, Shift>;
type Plot<'a, 'b> = ChartContext<'b, Recorder<'a>, Cartesian2d<Scale, Scale>>;

/// The column's cells in a picture `width` pixels wide (at least [`LEAST_WIDTH`]). The height follows from the labels.
///
/// Numbers keep every cell, in order, with as many labels as there is room for. Of a category's levels those with the
/// largest share or contribution are shown, in the report's order; the others are summed up in a line of their own.
pub fn draw(column: &ColumnReport, width: u32) -> Chart {
    let name = wording::printable(&column.name);
    let mut chart = of_cells(
        &format!("Histogram of {name}"),
        &wording::printable(&column.explanation),
        &column.bins,
        column.is_numeric(),
        width,
    );
    chart.table.caption = format!("Cells of {name}");
    chart
}

/// The same of any cells; those of numbers are in order.
pub(crate) fn of_cells(
    title: &str,
    description: &str,
    cells: &[CellReport],
    are_numbers: bool,
    width: u32,
) -> Chart {
    let width = width.clamp(LEAST_WIDTH, 4096);
    let shares = cells::shares(cells);
    let plot_width = px(f64::from(width)) - AXIS - GAP;
    let (shown, rest) = if are_numbers {
        (shares, None)
    } else {
        largest(shares, MOST_LEVELS.min((plot_width / px(17.0)) as usize))
    };
    let labels = Labels::new(&shown, are_numbers, plot_width);
    let note = if rest.is_some() { px(20.0) } else { 0 };
    let height = LEGEND + SHARES + HEADING + CONTRIBUTIONS + labels.height() + note;
    let picture = Picture { cells: &shown, labels: &labels, rest: rest.as_deref() };
    let marks = Marks { stops: stops(&shown, plot_width), lines: vec![told(&shown)] };
    Chart {
        marks,
        title: title.into(),
        description: description.into(),
        picture: record(width, (height as u32).div_ceil(4), |recorder| picture.paint(recorder)),
        table: cells::table(title, cells),
    }
}

/// The stretch of the plot that each cell has.
fn stops(cells: &[Cell<'_>], width: i32) -> Vec<Stop> {
    let count = cells.len().max(1) as i64;
    let place = |n: usize| AXIS + (i64::from(width) * n as i64 / count) as i32;
    let cells = cells.iter().enumerate();
    cells
        .map(|(n, cell)| Stop { name: cell.label.into(), from: place(n), to: place(n + 1) })
        .collect()
}

/// What each cell says.
fn told(cells: &[Cell<'_>]) -> Line {
    let spot = |cell: &Cell<'_>| {
        let said = Said::Shares(cell.baseline, cell.current, cell.psi);
        Some(Spot { top: LEGEND, bottom: LEGEND + SHARES, said })
    };
    Line { name: String::new(), spots: cells.iter().map(spot).collect() }
}

/// The `most` cells that matter most, in their order, and what the others come to.
fn largest(cells: Vec<Cell<'_>>, most: usize) -> (Vec<Cell<'_>>, Option<String>) {
    if cells.len() <= most {
        return (cells, None);
    }
    let total: f64 = cells.iter().map(|cell| cell.psi).sum();
    let weight = |cell: &Cell<'_>| {
        let contribution = if total > 0.0 { cell.psi / total } else { 0.0 };
        cell.baseline.max(cell.current).max(contribution)
    };
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by(|a, b| weight(&cells[*b]).total_cmp(&weight(&cells[*a])));
    let mut kept = vec![false; cells.len()];
    order.iter().take(most).for_each(|at| kept[*at] = true);
    let (shown, rest): (Vec<_>, Vec<_>) = cells.into_iter().zip(kept).partition(|(_, kept)| *kept);
    let sum = |pick: fn(&Cell<'_>) -> f64| rest.iter().map(|(cell, _)| pick(cell)).sum::<f64>();
    let note = format!(
        "+ {} more: {} of the baseline, {} of the current rows, PSI {}",
        wording::count(rest.len() as u64),
        wording::share(sum(|cell| cell.baseline)),
        wording::share(sum(|cell| cell.current)),
        wording::significant(sum(|cell| cell.psi)),
    );
    (shown.into_iter().map(|(cell, _)| cell).collect(), Some(note))
}

struct Picture<'a> {
    cells: &'a [Cell<'a>],
    labels: &'a Labels,
    rest: Option<&'a str>,
}

impl Picture<'_> {
    fn paint(&self, recorder: Recorder<'_>) -> Result<(), DrawError> {
        let root = recorder.into_drawing_area();
        let (width, height) = root.dim_in_pixel();
        let edge = width as i32;
        legend(&root)?;
        if self.cells.is_empty() {
            let at = (edge / 2, (LEGEND + SHARES / 2));
            return root.draw_text(
                "No cells to show",
                &label(Ink::Muted, HPos::Center, VPos::Center),
                at,
            );
        }
        let below = LEGEND + SHARES;
        let heading = label(Ink::Muted, HPos::Left, VPos::Center);
        root.draw_text("What each cell adds to the PSI", &heading, (0, below + px(17.0)))?;

        let largest = |pick: fn(&Cell<'_>) -> f64| self.cells.iter().map(pick).fold(0.0, f64::max);
        let shares = Scale::holding(largest(|cell| cell.baseline.max(cell.current)), 5);
        let mut plot = self.plot(&root, LEGEND..below, shares, &|share| {
            wording::significant(share * 100.0) + " %"
        })?;
        if self.cells.len() > MOST_PAIRS {
            self.overlay(&mut plot)?
        } else {
            self.pairs(&mut plot)?
        }

        let top = below + HEADING;
        let contributions = Scale::holding(largest(|cell| cell.psi), 2);
        let bottom = top + CONTRIBUTIONS;
        let mut plot =
            self.plot(&root, top..bottom, contributions, &|psi| wording::significant(*psi))?;
        self.contributions(&mut plot)?;
        self.labels.draw(&root, AXIS..edge - GAP, bottom)?;
        if let Some(note) = self.rest {
            root.draw_text(
                note,
                &label(Ink::Muted, HPos::Left, VPos::Bottom),
                (AXIS, height as i32 - px(2.0)),
            )?;
        }
        Ok(())
    }

    /// A plot over the band of the picture from one height to another, with its gridlines and the scale beside them.
    fn plot<'a, 'b>(
        &self,
        root: &Area<'a>,
        band: Range<i32>,
        scale: Scale,
        say: &dyn Fn(&f64) -> String,
    ) -> Result<Plot<'a, 'b>, DrawError> {
        let (edge, _) = root.dim_in_pixel();
        let area = root.clone().shrink((0, band.start), (edge as i32 - GAP, band.end - band.start));
        let mut plot = ChartBuilder::on(&area)
            .y_label_area_size(AXIS)
            .build_cartesian_2d(Scale::bare(self.cells.len() as f64), scale)?;
        plot.configure_mesh()
            .disable_x_mesh()
            .disable_x_axis()
            .light_line_style(Ink::Grid.rgb().mix(0.0))
            .bold_line_style(ShapeStyle::from(Ink::Grid.rgb()).stroke_width(px(1.0) as u32))
            .axis_style(Ink::Grid.rgb().mix(0.0))
            .set_all_tick_mark_size(px(3.0))
            .label_style(label(Ink::Muted, HPos::Right, VPos::Center))
            .y_label_formatter(&|mark| say(mark))
            .draw()?;
        Ok(plot)
    }

    fn numbered(&self) -> impl Iterator<Item = (f64, &Cell<'_>)> {
        self.cells.iter().enumerate().map(|(i, cell)| (i as f64, cell))
    }

    /// Two bars a cell: the baseline filled, the current rows outlined over a tint, so that they are told apart without
    /// colour too.
    fn pairs(&self, plot: &mut Plot<'_, '_>) -> Result<(), DrawError> {
        let wide = self.bar_width(plot, 0.39);
        let bar = |from: f64, height: f64, style: ShapeStyle| {
            (height > 0.0).then(|| Rectangle::new([(from, 0.0), (from + wide, height)], style))
        };
        let [baseline, tint, outline] = bar_styles();
        plot.draw_series(
            self.numbered().filter_map(|(x, cell)| bar(x + 0.49 - wide, cell.baseline, baseline)),
        )?;
        for style in [tint, outline] {
            plot.draw_series(
                self.numbered().filter_map(|(x, cell)| bar(x + 0.51, cell.current, style)),
            )?;
        }
        Ok(())
    }

    /// A bar's width in cells: as given, or less where that would be a slab.
    fn bar_width(&self, plot: &Plot<'_, '_>, cells: f64) -> f64 {
        let (width, _) = plot.plotting_area().dim_in_pixel();
        cells.min(f64::from(WIDEST_BAR) * self.cells.len() as f64 / f64::from(width.max(1)))
    }

    /// The baseline as one area, the current rows as an outline over it.
    fn overlay(&self, plot: &mut Plot<'_, '_>) -> Result<(), DrawError> {
        let [baseline, _, outline] = bar_styles();
        plot.draw_series([Polygon::new(self.steps(|cell| cell.baseline), baseline)])?;
        plot.draw_series([PathElement::new(self.steps(|cell| cell.current), outline)])?;
        Ok(())
    }

    fn contributions(&self, plot: &mut Plot<'_, '_>) -> Result<(), DrawError> {
        let style = Ink::Muted.rgb().filled();
        if self.cells.len() > MOST_PAIRS {
            plot.draw_series([Polygon::new(self.steps(|cell| cell.psi), style)])?;
            return Ok(());
        }
        let half = self.bar_width(plot, 0.4) / 2.0;
        let bars = self.numbered().filter(|(_, cell)| cell.psi > 0.0);
        plot.draw_series(bars.map(|(x, cell)| {
            Rectangle::new([(x + 0.5 - half, 0.0), (x + 0.5 + half, cell.psi)], style)
        }))?;
        Ok(())
    }

    /// The outline of one bar a cell.
    fn steps(&self, height: fn(&Cell<'_>) -> f64) -> Vec<(f64, f64)> {
        step_outline(self.numbered().map(|(x, cell)| (x, x + 1.0, height(cell))))
    }
}

/// How the baseline is filled, and the current rows tinted and outlined.
fn bar_styles() -> [ShapeStyle; 3] {
    [
        Ink::Baseline.rgb().filled(),
        Ink::Current.rgb().mix(0.22).filled(),
        ShapeStyle::from(Ink::Current.rgb()).stroke_width(px(1.5) as u32),
    ]
}

/// What the upper plot shows, and the keys to both sides: at the left, where a phone shows them without scrolling.
fn legend(root: &Area<'_>) -> Result<(), DrawError> {
    let [baseline, tint, outline] = bar_styles();
    let (side, gap) = (px(9.0), px(5.0));
    let (top, middle) = (px(4.5), px(9.0));
    let width = |text: &str| advance::width(text, FONT as u32) as i32;
    root.draw_text(SHARE_OF_ROWS, &label(Ink::Muted, HPos::Left, VPos::Center), (0, middle))?;
    let mut at = width(SHARE_OF_ROWS) + px(16.0);
    for (name, styles) in
        [("baseline", [Some(baseline), None]), ("current", [Some(tint), Some(outline)])]
    {
        for style in styles.into_iter().flatten() {
            root.draw(&Rectangle::new([(at, top), (at + side, top + side)], style))?;
        }
        root.draw_text(
            name,
            &label(Ink::Text, HPos::Left, VPos::Center),
            (at + side + gap, middle),
        )?;
        at += side + gap + width(name) + px(14.0);
    }
    Ok(())
}

/// The picture's one font, in this ink, at this anchor.
fn label(ink: Ink, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
    TextStyle {
        font: FontDesc::new(FontFamily::SansSerif, f64::from(FONT), FontStyle::Normal),
        color: ink.rgb().to_backend_color(),
        pos: Pos::new(horizontal, vertical),
    }
}
