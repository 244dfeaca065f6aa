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
    /// Inside a page whose stylesheet sets them all.
    Styled,
    /// The same, in a figure that shows what is pointed at: browsers would show a title element over it.
    Figure,
    /// In a file of its own, on a light ground.
    File,
    /// On a dark one.
    DarkFile,
}

const FONT: &str = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/// The chart's picture as an `<svg>` element.
pub(crate) fn element(chart: &Chart, home: Home) -> String {
    let (width, height) = (pixels(chart.picture.width as i32), pixels(chart.picture.height as i32));
    // In a page the text takes the page's font.
    let alone = match home {
        Home::Page | Home::Styled | Home::Figure => String::new(),
        Home::File | Home::DarkFile => {
            format!(" xmlns=\"http://www.w3.org/2000/svg\" font-family=\"{FONT}\"")
        }
    };
    let title = escape::text(&chart.title);
    let (label, title) = match home {
        Home::Figure => (format!(" aria-label=\"{title}\""), String::new()),
        _ => (String::new(), format!("<title>{title}</title>\n")),
    };
    let mut svg = format!(
        "<svg{alone} viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\"{label}>\n{title}",
    );
    if !chart.description.is_empty() {
        svg += &format!("<desc>{}</desc>\n", escape::text(&chart.description));
    }
    if matches!(home, Home::File | Home::DarkFile) {
        svg += &format!(
            "<path fill=\"{}\" d=\"M0 0h{width}v{height}h-{width}z\"/>\n",
            color(Ink::Ground, home)
        );
    }
    let mut items = chart.picture.items.as_slice();
    while let Some(first) = items.first() {
        let (run, rest) = items.split_at(run_length(items));
        // An outline over the same shapes shares their element.
        let outlined = &rest[..run_length(rest)];
        let outline = match outlined.first() {
            Some(Item { pen: pen @ Pen::Stroke(_), ink, opacity, .. })
                if first.pen == Pen::Fill
                    && run.iter().map(|i| &i.mark).eq(outlined.iter().map(|i| &i.mark)) =>
            {
                items = &rest[outlined.len()..];
                paint(*pen, *ink, *opacity, home)
            }
            _ => {
                items = rest;
                String::new()
            }
        };
        let attributes = paint(first.pen, first.ink, first.opacity, home) + &outline;
        element_of(&mut svg, run, &attributes);
    }
    svg + "</svg>\n"
}

/// How many items from the first on can be one element: drawn alike, and alike in all that text has but its words and
/// place.
fn run_length(items: &[Item]) -> usize {
    let look = |item: &Item| {
        let text = match &item.mark {
            Mark::Text { anchor, size, .. } => Some((*anchor, *size)),
            _ => None,
        };
        (item.ink, item.pen, item.opacity.to_bits(), text)
    };
    items.iter().take_while(|item| look(item) == look(&items[0])).count()
}

/// An ink as a colour.
fn color(ink: Ink, home: Home) -> String {
    match home {
        Home::Page => format!("var(--drift-{}, {})", ink.name(), ink.light()),
        Home::Styled | Home::Figure => format!("var(--drift-{})", ink.name()),
        Home::File => ink.light(),
        Home::DarkFile => ink.dark(),
    }
}

/// A pen as attributes, each with a space before it.
fn paint(pen: Pen, ink: Ink, opacity: f64, home: Home) -> String {
    let color = color(ink, home);
    let stroke = |width: u32| format!(" stroke-width=\"{}\"", pixels(width as i32));
    let (what, width) = match pen {
        Pen::Fill => ("fill", String::new()),
        Pen::Stroke(width) => ("stroke", stroke(width)),
        Pen::Dashed(width, on, off) => {
            let (on, off) = (pixels(on as i32), pixels(off as i32));
            ("stroke", stroke(width) + &format!(" stroke-dasharray=\"{on} {off}\""))
        }
    };
    let opacity = match num::round(opacity * 100.0) / 100.0 {
        opacity if opacity < 1.0 => format!(" {what}-opacity=\"{opacity}\""),
        _ => String::new(),
    };
    format!(" {what}=\"{color}\"{width}{opacity}")
}

/// Items that are drawn alike, as one element.
fn element_of(svg: &mut String, items: &[Item], attributes: &str) {
    if let Mark::Text { anchor, size, .. } = &items[0].mark {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        *svg += &format!("<g{attributes} font-size=\"{}\"{anchor}>\n", pixels(*size as i32));
        items.iter().for_each(|item| text_element(svg, &item.mark));
        *svg += "</g>\n";
    } else {
        let hollow = if items[0].pen == Pen::Fill { "" } else { " fill=\"none\"" };
        *svg += &format!("<path{hollow}{attributes} d=\"");
        items.iter().for_each(|item| outline(svg, &item.mark));
        *svg += "\"/>\n";
    }
}

fn text_element(svg: &mut String, mark: &Mark) {
    let Mark::Text { text, at: (x, y), turn, .. } = mark else { return };
    let (x, y) = (pixels(*x), pixels(*y));
    let turn = match turn {
        Turn::Upright => String::new(),
        Turn::Upwards => format!(" transform=\"rotate(-90 {x} {y})\""),
    };
    *svg += &format!("<text x=\"{x}\" y=\"{y}\"{turn}>{}</text>\n", escape::text(text));
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
