//! A display list as SVG: presentation attributes only, so that it stands in a page with the strictest policy.

use core::fmt::Write;

use driftline_core::num;

use crate::{
    Chart, Ink,
    display::{Anchor, Item, Mark, Pen, Point, Turn, UNITS_PER_PIXEL},
    escape,
};

/// Where the SVG will live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// Inside a page, whose stylesheet may set the custom properties.
    Page,
    /// In a file of its own.
    File,
}

pub(crate) const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/// The chart's picture as an `<svg>` element.
pub(crate) fn element(chart: &Chart, home: Home) -> String {
    let (width, height) = (pixels(chart.picture.width as i32), pixels(chart.picture.height as i32));
    let namespace = match home {
        Home::Page => "",
        Home::File => " xmlns=\"http://www.w3.org/2000/svg\"",
    };
    let mut svg = format!(
        "<svg{namespace} viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
         font-family=\"{FONT}\">\n<title>{}</title>\n",
        escape::text(&chart.title),
    );
    if !chart.description.is_empty() {
        svg += &format!("<desc>{}</desc>\n", escape::text(&chart.description));
    }
    if home == Home::File {
        svg += &format!(
            "<path fill=\"{}\" d=\"M0 0h{width}v{height}h-{width}z\"/>\n",
            Ink::Ground.light()
        );
    }
    let mut items = chart.picture.items.as_slice();
    while let Some((first, rest)) = items.split_first() {
        let run = 1 + rest.iter().take_while(|item| joins(first, item)).count();
        mark_group(&mut svg, &items[..run], home);
        items = &items[run..];
    }
    svg + "</svg>\n"
}

/// Whether two neighbours can be one element: drawn alike, and neither is text.
fn joins(a: &Item, b: &Item) -> bool {
    let is_text = |item: &Item| matches!(item.mark, Mark::Text { .. });
    a.ink == b.ink
        && a.pen == b.pen
        && a.opacity.to_bits() == b.opacity.to_bits()
        && is_text(a) == is_text(b)
}

/// Items that are drawn alike, as one element.
fn mark_group(svg: &mut String, items: &[Item], home: Home) {
    let Item { ink, opacity, pen, .. } = items[0];
    let color = match home {
        Home::Page => format!("var(--drift-{}, {})", ink.name(), ink.light()),
        Home::File => ink.light(),
    };
    let (mut attributes, translucent) = match pen {
        Pen::Fill => (format!("fill=\"{color}\""), "fill-opacity"),
        Pen::Stroke(width) => (
            format!("fill=\"none\" stroke=\"{color}\" stroke-width=\"{}\"", pixels(width as i32)),
            "stroke-opacity",
        ),
    };
    if opacity < 1.0 {
        attributes += &format!(" {translucent}=\"{}\"", num::round(opacity * 100.0) / 100.0);
    }
    if matches!(items[0].mark, Mark::Text { .. }) {
        *svg += &format!("<g {attributes}>\n");
        items.iter().for_each(|item| text_element(svg, &item.mark));
        *svg += "</g>\n";
    } else {
        *svg += &format!("<path {attributes} d=\"");
        items.iter().for_each(|item| outline(svg, &item.mark));
        *svg += "\"/>\n";
    }
}

fn text_element(svg: &mut String, mark: &Mark) {
    let Mark::Text { text, at: (x, y), anchor, size, turn } = mark else { return };
    let (x, y) = (pixels(*x), pixels(*y));
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    let turn = match turn {
        Turn::Upright => String::new(),
        Turn::Upwards => format!(" transform=\"rotate(-90 {x} {y})\""),
    };
    *svg += &format!(
        "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"{anchor}{turn}>{}</text>\n",
        pixels(*size as i32),
        escape::text(text),
    );
}

/// The mark as path data.
fn outline(svg: &mut String, mark: &Mark) {
    let mut write =
        |text: core::fmt::Arguments<'_>| svg.write_fmt(text).expect("a String takes any text");
    match mark {
        Mark::Rect((x0, y0), (x1, y1)) => {
            let (width, height) = (pixels(x1 - x0), pixels(y1 - y0));
            write(format_args!("M{} {}h{width}v{height}h-{width}z", pixels(*x0), pixels(*y0)));
        }
        Mark::Path(points) => write(format_args!("{}", joined(points))),
        Mark::Polygon(points) => write(format_args!("{}z", joined(points))),
        Mark::Circle { centre: (x, y), radius } => {
            let radius = *radius as i32;
            let (r, across) = (pixels(radius), pixels(2 * radius));
            write(format_args!(
                "M{} {}a{r} {r} 0 1 0 {across} 0a{r} {r} 0 1 0 -{across} 0z",
                pixels(x - radius),
                pixels(*y),
            ));
        }
        Mark::Text { .. } => {}
    }
}

/// Points as joined lines, level and upright ones in their short form.
fn joined(points: &[Point]) -> String {
    let mut data = String::new();
    let mut last = None;
    for &(x, y) in points {
        data += &match last {
            None => format!("M{} {}", pixels(x), pixels(y)),
            Some((_, last_y)) if last_y == y => format!("H{}", pixels(x)),
            Some((last_x, _)) if last_x == x => format!("V{}", pixels(y)),
            Some(_) => format!("L{} {}", pixels(x), pixels(y)),
        };
        last = Some((x, y));
    }
    data
}

/// Units as pixels.
fn pixels(units: i32) -> f64 {
    f64::from(units) / f64::from(UNITS_PER_PIXEL)
}
