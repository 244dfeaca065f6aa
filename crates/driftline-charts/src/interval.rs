//! A PSI with its interval, beside the thresholds, small enough for a table's row.

use driftline_core::{num, report::ColumnReport, verdict::Ladder};
use plotters::{
    chart::ChartBuilder,
    drawing::IntoDrawingArea,
    element::{Circle, PathElement, Polygon},
    style::{Color, ShapeStyle},
};

use crate::{
    Chart, Ink, Table,
    backend::{DrawError, Recorder, px, record},
    marks::Marks,
    scale::Scale,
    wording,
};

/// Width of the picture in pixels.
pub const WIDTH: u32 = 160;
/// Height of the picture in pixels.
pub const HEIGHT: u32 = 20;

/// The axis ends here; what lies past it is an arrow.
const END: f64 = 1.0;
/// Where the arrow ends, in lengths of the axis.
const ARROW: f64 = 1.05;

/// The column's PSI as a dot on its interval, with the ladder's thresholds marked. The axis is the square root of PSI:
/// it has a zero, and the thresholds, which lie close together, stand apart.
pub fn draw(column: &ColumnReport, ladder: &Ladder) -> Chart {
    let strip = column.measures.psi.as_ref().map(|psi| Strip {
        value: psi.value,
        lower: psi.lower,
        upper: psi.upper,
        ink: column.severity.into(),
    });
    let name = wording::printable(&column.name);
    let thresholds = [ladder.moderate, ladder.significant, ladder.critical];
    let number = wording::significant;
    let (title, rows) = match &strip {
        Some(Strip { value, lower, upper, .. }) => (
            format!(
                "PSI of {name}: {}, from {} to {}",
                number(*value),
                number(*lower),
                number(*upper)
            ),
            vec![vec![name.into_owned(), number(*value), number(*lower), number(*upper)]],
        ),
        None => (format!("PSI of {name}: none"), Vec::new()),
    };
    Chart {
        title,
        description: format!("Thresholds at {}.", thresholds.map(number).join(", ")),
        picture: record(WIDTH, HEIGHT, |recorder| paint(recorder, strip.as_ref(), thresholds)),
        table: Table {
            caption: "PSI and its interval".into(),
            header: ["Column", "PSI", "Lower end", "Upper end"].map(String::from).into(),
            rows,
        },
        marks: Marks::default(),
    }
}

struct Strip {
    value: f64,
    lower: f64,
    upper: f64,
    ink: Ink,
}

/// Where a PSI is on the axis, from 0 to 1.
fn place(psi: f64) -> f64 {
    num::sqrt(psi.clamp(0.0, END) / END)
}

fn paint(
    recorder: Recorder<'_>,
    strip: Option<&Strip>,
    thresholds: [f64; 3],
) -> Result<(), DrawError> {
    let root = recorder.into_drawing_area();
    let mut chart = ChartBuilder::on(&root)
        .margin_left(px(4.0))
        .margin_right(px(1.0))
        .build_cartesian_2d(Scale::bare(ARROW), Scale::bare(2.0))?;
    let line = |ink: Ink, width: f64| ShapeStyle::from(ink.rgb()).stroke_width(px(width) as u32);
    // Heights are from 0 to 2, the axis at 1.
    let level = |from: f64, to: f64| vec![(from, 1.0), (to, 1.0)];
    let upright = |x: f64, half: f64| vec![(x, 1.0 - half), (x, 1.0 + half)];
    chart.draw_series([PathElement::new(level(0.0, 1.0), line(Ink::Grid, 1.0))])?;
    chart.draw_series([PathElement::new(upright(0.0, 0.45), line(Ink::Muted, 1.0))])?;
    let marks = thresholds.into_iter().filter(|threshold| *threshold < END);
    let thin = ShapeStyle::from(Ink::Muted.rgb().mix(0.55)).stroke_width(px(1.0) as u32);
    chart.draw_series(marks.map(|at| PathElement::new(upright(place(at), 0.75), thin)))?;
    let Some(Strip { value, lower, upper, ink }) = strip else { return Ok(()) };
    chart.draw_series([PathElement::new(level(place(*lower), place(*upper)), line(*ink, 3.0))])?;
    let fill = ink.rgb().filled();
    if value.max(*upper) > END {
        chart.draw_series([Polygon::new(vec![(1.0, 1.5), (ARROW, 1.0), (1.0, 0.5)], fill)])?;
    }
    if *value <= END {
        let at = (place(*value), 1.0);
        chart.draw_series([
            Circle::new(at, px(4.5), Ink::Ground.rgb().filled()),
            Circle::new(at, px(3.5), fill),
        ])?;
    }
    Ok(())
}
