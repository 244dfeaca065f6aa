//! One column's cumulative shares on both sides, and the largest gap between them, which is the Kolmogorov–Smirnov
//! statistic as far as the cells show it.
//!
//! Cells are equally wide, as in the histogram: they hold about as many of the baseline's rows each, so that the baseline
//! rises evenly and a long tail takes no more room than it has rows.

use driftline_core::report::{CellReport, ColumnReport};

use crate::{
    Anchor, Chart, Ink, Mark, Point, Table, advance,
    axis::FONT,
    backend::px,
    canvas::Canvas,
    cells,
    frame::Frame,
    marks::{Line, Marks, Said, Spot, Stop},
    scale::{Scale, Values},
    threshold::Unit,
    wording,
};

/// Height of the plot.
const HEIGHT: i32 = px(190.0);
/// Room above it.
const ABOVE: i32 = px(30.0);

/// Both sides' cumulative shares at the edges of cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cumulative {
    /// The column's name.
    pub name: String,
    /// The edges, from the smallest to the largest value.
    pub steps: Vec<Step>,
    /// The Kolmogorov–Smirnov statistic as it was measured, which may be a little larger than any gap at an edge.
    pub ks: Option<f64>,
}

/// The shares up to an edge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// The edge; the last has none.
    pub upper: Option<f64>,
    /// The cell that ends here.
    pub label: String,
    /// Share of the baseline's rows that are at most so large.
    pub baseline: f64,
    /// Share of the current rows.
    pub current: f64,
}

impl Step {
    /// How far the sides lie apart.
    pub fn gap(&self) -> f64 {
        (self.current - self.baseline).abs()
    }
}

impl Cumulative {
    /// Of a column of numbers; `None` for any other, and where a side has no rows.
    pub fn of_column(column: &ColumnReport) -> Option<Cumulative> {
        let has_edges = |cell: &CellReport| cell.lower.is_some() || cell.upper.is_some();
        // Never-seen levels and the like have no place in an order.
        let cells: Vec<CellReport> = match column.bins.iter().any(has_edges) {
            true => column.bins.iter().filter(|cell| has_edges(cell)).cloned().collect(),
            false => column.bins.clone(),
        };
        let rows = |side: fn(&CellReport) -> u64| cells.iter().map(side).sum::<u64>();
        let is_there = rows(|cell| cell.baseline) > 0 && rows(|cell| cell.current) > 0;
        if !column.is_numeric() || !is_there {
            return None;
        }
        let (mut baseline, mut current) = (0.0, 0.0);
        let steps = cells.iter().zip(cells::shares(&cells)).map(|(cell, shares)| {
            baseline += shares.baseline;
            current += shares.current;
            Step { upper: cell.upper, label: cell.label.clone(), baseline, current }
        });
        Some(Cumulative {
            name: column.name.clone(),
            steps: steps.collect(),
            ks: column.measures.ks.as_ref().map(|ks| ks.statistic),
        })
    }

    /// The edge at which the sides lie furthest apart.
    pub fn largest(&self) -> Option<(usize, &Step)> {
        let steps = self.steps.iter().enumerate();
        steps.max_by(|a, b| a.1.gap().total_cmp(&b.1.gap()).then(b.0.cmp(&a.0)))
    }

    fn gap_in_words(&self) -> Option<String> {
        let (_, step) = self.largest()?;
        let place =
            step.upper.map_or(String::new(), |at| format!(" at {}", wording::significant(at)));
        Some(format!("Largest gap {}{place}", wording::share(step.gap()).replace(" %", " points")))
    }
}

/// Both sides' cumulative shares as a chart of this width in pixels.
pub fn draw(of: &Cumulative, width: u32) -> Chart {
    let frame = Frame { right: 10, ..Frame::new(width) };
    let mut marks = Marks::default();
    let mut painter = Painter { of, canvas: Canvas::new(frame.width), ends: frame.plot() };
    let height = painter.paint(&mut marks);
    let name = wording::printable(&of.name);
    let mut description = of.gap_in_words().map_or(String::new(), |gap| gap + ".");
    if let Some(ks) = of.ks {
        description += &format!(" Kolmogorov–Smirnov {}.", wording::significant(ks));
    }
    Chart {
        title: format!("Cumulative shares of {name}"),
        description,
        picture: painter.canvas.finish(height),
        table: table(of),
        marks,
    }
}

struct Painter<'a> {
    of: &'a Cumulative,
    canvas: Canvas,
    ends: (i32, i32),
}

impl Painter<'_> {
    /// Where the `n`th edge is, counted from 0 at the left end.
    fn x(&self, n: usize) -> i32 {
        let (left, right) = self.ends;
        let cells = self.of.steps.len().max(1) as i64;
        left + (i64::from(right - left) * n as i64 / cells) as i32
    }

    fn paint(&mut self, marks: &mut Marks) -> i32 {
        let values = Values::Linear(Scale::holding(1.0, 4));
        let (top, bottom) = (ABOVE, ABOVE + HEIGHT);
        let y = |share: f64| values.y(share, top, bottom);
        self.legend();
        self.canvas.value_axis(&values, self.ends, (top, bottom), &|v| Unit::Share.mark(v));
        let along = |pick: fn(&Step) -> f64| -> Vec<Point> {
            let start = (self.x(0), y(0.0));
            let steps = self.of.steps.iter().enumerate();
            core::iter::once(start)
                .chain(steps.map(|(n, step)| (self.x(n + 1), y(pick(step)))))
                .collect()
        };
        let (baseline, current) = (along(|step| step.baseline), along(|step| step.current));
        let mut between = baseline.clone();
        between.extend(current.iter().rev());
        if !self.of.steps.is_empty() {
            self.canvas.fill(Mark::Polygon(between), Ink::Muted, 0.12);
            self.canvas.dashed(baseline, (7.0, 3.0), Ink::Baseline, 2.0);
            self.canvas.line(current, Ink::Current, 2.0);
        }
        if let Some((n, step)) = self.of.largest().filter(|(_, step)| step.gap() > 0.0) {
            let said = self.of.gap_in_words().unwrap_or_default();
            self.gap(self.x(n + 1), (y(step.baseline), y(step.current)), &said);
        }
        marks.stops = (0..self.of.steps.len())
            .map(|n| Stop {
                name: match self.of.steps[n].upper {
                    Some(upper) => format!("≤ {}", wording::significant(upper)),
                    None => self.of.steps[n].label.clone(),
                },
                from: (self.x(n) + self.x(n + 1)) / 2,
                to: (self.x(n + 1) + self.x((n + 2).min(self.of.steps.len()))) / 2,
            })
            .collect();
        let spot = |step: &Step| {
            let said = format!(
                "baseline {}, current {}, gap {}",
                wording::share(step.baseline),
                wording::share(step.current),
                wording::share(step.gap()).replace(" %", " points"),
            );
            let (a, b) = (y(step.baseline), y(step.current));
            Some(Spot {
                top: a.min(b) - px(3.0),
                bottom: a.max(b) + px(3.0),
                said: Said::Text(said),
            })
        };
        marks.lines =
            vec![Line { name: String::new(), spots: self.of.steps.iter().map(spot).collect() }];
        self.edges(bottom)
    }

    /// The largest gap: a line between both sides with feet, and what it is.
    fn gap(&mut self, x: i32, (a, b): (i32, i32), said: &str) {
        let (top, bottom) = (a.min(b), a.max(b));
        let foot = px(4.0);
        self.canvas.line(vec![(x, top), (x, bottom)], Ink::Text, 2.0);
        for y in [top, bottom] {
            self.canvas.line(vec![(x - foot, y), (x + foot, y)], Ink::Text, 2.0);
        }
        let wide = advance::width(said, FONT as u32) as i32;
        let (left, right) = self.ends;
        // Beside it: right of it low in the plot, where the curves are not, otherwise left of it high up.
        let is_right = x + px(8.0) + wide <= right;
        let (x, anchor, y) = match is_right {
            true => (x + px(8.0), Anchor::Start, bottom + px(14.0)),
            false => (x - px(8.0), Anchor::End, top - px(8.0)),
        };
        let y = y.clamp(ABOVE + px(10.0), ABOVE + HEIGHT - px(6.0));
        let said = advance::fit(said, FONT as u32, (right - left) as u32);
        self.canvas.text(&said, (x, y), anchor, Ink::Text);
    }

    /// The keys to both sides, and what is shown where there is room for it.
    fn legend(&mut self) {
        let (mut x, middle) = (px(2.0), px(10.0));
        let wide = |text: &str| advance::width(text, FONT as u32) as i32;
        for (name, ink, is_dashed) in
            [("baseline", Ink::Baseline, true), ("current", Ink::Current, false)]
        {
            let line = vec![(x, middle), (x + px(18.0), middle)];
            match is_dashed {
                true => self.canvas.dashed(line, (7.0, 3.0), ink, 2.0),
                false => self.canvas.line(line, ink, 2.0),
            }
            self.canvas.text(name, (x + px(23.0), middle + px(4.0)), Anchor::Start, Ink::Text);
            x += px(23.0) + wide(name) + px(14.0);
        }
        let what = "Share of rows up to each value";
        if x + wide(what) <= self.canvas.list.width as i32 {
            self.canvas.text(what, (x, middle + px(4.0)), Anchor::Start, Ink::Muted);
        }
    }

    /// The edges by value, as many as there is room for. Tells where they end.
    fn edges(&mut self, bottom: i32) -> i32 {
        let label = |upper: f64| wording::significant(upper);
        let widths = self
            .of
            .steps
            .iter()
            .filter_map(|step| step.upper)
            .map(|upper| advance::width(&label(upper), FONT as u32) as i32 + px(10.0));
        let widest = widths.max().unwrap_or(px(10.0));
        let room = (self.x(1) - self.x(0)).max(1);
        let every = (widest + room - 1) / room;
        let width = self.canvas.list.width as i32;
        let steps = self.of.steps.len();
        for n in (0..steps).step_by(every.max(1) as usize) {
            let Some(upper) = self.of.steps[n].upper else { continue };
            let said = label(upper);
            let half = advance::width(&said, FONT as u32) as i32 / 2;
            let x = self.x(n + 1);
            self.canvas.line(vec![(x, bottom), (x, bottom + px(4.0))], Ink::Grid, 1.0);
            let x = x.clamp(half.min(width / 2), (width - half).max(width / 2));
            self.canvas.text(&said, (x, bottom + px(17.0)), Anchor::Middle, Ink::Muted);
        }
        bottom + px(24.0)
    }
}

fn table(of: &Cumulative) -> Table {
    let rows = of.steps.iter().map(|step| {
        vec![
            step.upper.map_or_else(
                || wording::printable(&step.label).into_owned(),
                |upper| format!("≤ {}", wording::significant(upper)),
            ),
            wording::share(step.baseline),
            wording::share(step.current),
            wording::share(step.gap()).replace(" %", " points"),
        ]
    });
    Table {
        caption: format!("Cumulative shares of {}", wording::printable(&of.name)),
        header: ["Up to", "Baseline", "Current", "Gap"].map(String::from).into(),
        rows: rows.collect(),
    }
}
