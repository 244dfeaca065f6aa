//! Columns by windows: where and when something drifted, worst columns first.
//!
//! A level is told twice: by colour, and by how high its bar stands in the row; a critical one has a sign besides, and one
//! that is not decided is hatched. Neighbouring windows of one level are one bar, so that a wide map stays small.

use alloc::collections::BTreeSet;

use driftline_core::{
    report::{Report, WindowReport},
    schema::Role,
    verdict::{Ladder, Severity},
};

use crate::{
    Anchor, Chart, Ink, Mark, Pen, Point, Table, advance,
    axis::FONT,
    backend::px,
    canvas::{Canvas, Sign},
    frame::Frame,
    marks::{Line, Marks, Said, Spot, Stop},
    windows::Windows,
    wording,
};

/// Rows that have a name; the others are lower.
const NAMED: usize = 40;
/// Height of a row with a name.
const ROW: i32 = px(18.0);
/// Height of a row without.
const LOW_ROW: i32 = px(4.0);
/// Room for a name above its row, where there is none beside it.
const NAME: i32 = px(15.0);
/// Between two rows.
const GAP: i32 = px(2.0);

/// What is known of a column in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    #[default]
    NoData,
    /// No drift.
    None,
    /// Too little to decide.
    Inconclusive,
    /// Moderate drift.
    Moderate,
    /// Significant drift.
    Significant,
    /// Critical drift.
    Critical,
}

impl Level {
    /// Every level, mildest first.
    pub const ALL: [Level; 6] = [
        Level::NoData,
        Level::None,
        Level::Inconclusive,
        Level::Moderate,
        Level::Significant,
        Level::Critical,
    ];

    /// In a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Level::NoData => "no data",
            Level::None => "no drift",
            Level::Inconclusive => "not decided",
            Level::Moderate => "moderate",
            Level::Significant => "significant",
            Level::Critical => "critical",
        }
    }

    pub(crate) fn in_words(self, psi: Option<f64>) -> String {
        match psi {
            Some(psi) => format!("{}, PSI {}", self.word(), wording::brief(psi)),
            None => self.word().into(),
        }
    }

    fn ink(self) -> Ink {
        match self {
            Level::NoData => Ink::Grid,
            Level::None => Ink::None,
            Level::Inconclusive => Ink::Inconclusive,
            Level::Moderate => Ink::Moderate,
            Level::Significant => Ink::Significant,
            Level::Critical => Ink::Critical,
        }
    }

    /// How much of the row its bar fills, in tenths.
    fn tenths(self) -> i32 {
        match self {
            Level::NoData => 0,
            Level::None => 2,
            Level::Moderate => 4,
            Level::Significant => 7,
            Level::Inconclusive | Level::Critical => 10,
        }
    }
}

impl From<Severity> for Level {
    fn from(severity: Severity) -> Level {
        match severity {
            Severity::Inconclusive => Level::Inconclusive,
            Severity::None => Level::None,
            Severity::Moderate => Level::Moderate,
            Severity::Significant => Level::Significant,
            Severity::Critical => Level::Critical,
        }
    }
}

/// A column in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// What is known of it.
    pub level: Level,
    /// Its PSI.
    pub psi: Option<f64>,
}

/// A column over the windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// A cell for each window.
    pub cells: Vec<Cell>,
}

/// Columns by windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heatmap {
    /// The windows.
    pub windows: Windows,
    /// The columns, in the order in which they are drawn.
    pub rows: Vec<Row>,
}

impl Heatmap {
    /// The deciding columns of a report by its windows, worst first: by the worst level, by how many windows have it, then
    /// by the largest PSI. `None` where nothing can be shown.
    pub fn of_report(report: &Report) -> Option<Heatmap> {
        let ladder = &report.spec.thresholds;
        let windows: Vec<Found<'_>> = report.windows.iter().map(Found::of).collect();
        let decides = report.columns.iter().filter(|column| column.role.decides());
        let mut rows: Vec<Row> = decides
            .map(|column| {
                let is_feature = column.role == Role::Feature;
                let cell = |found: &Found<'_>| found.cell(&column.name, is_feature, ladder);
                Row { name: column.name.clone(), cells: windows.iter().map(cell).collect() }
            })
            .filter(|row| row.cells.iter().any(|cell| cell.level != Level::NoData))
            .collect();
        rows.sort_by_cached_key(|row| core::cmp::Reverse(row.rank()));
        (!rows.is_empty()).then(|| Heatmap { windows: Windows::of_report(report), rows })
    }

    /// The map with at most so many rows, and how many are left out.
    pub fn at_most(mut self, rows: usize) -> (Heatmap, usize) {
        let left_out = self.rows.len().saturating_sub(rows);
        self.rows.truncate(rows);
        (self, left_out)
    }

    /// Every cell in a row of its own, for a file: the chart's table has a row for each column.
    pub fn cells(&self) -> Table {
        let of = |row: &Row| -> Vec<Vec<String>> {
            let cells = self.windows.list.iter().zip(&row.cells);
            let line = |(window, cell): (&crate::windows::Window, &Cell)| {
                vec![
                    wording::printable(&row.name).into_owned(),
                    window.name.clone(),
                    cell.level.word().into(),
                    cell.psi.map_or(String::new(), wording::significant),
                ]
            };
            cells.map(line).collect()
        };
        Table {
            caption: "Columns by window".into(),
            header: ["Column".into(), self.windows.heading(), "Level".into(), "PSI".into()].into(),
            rows: self.rows.iter().flat_map(of).collect(),
        }
    }
}

impl Row {
    fn worst(&self) -> Level {
        self.cells.iter().map(|cell| cell.level).max().unwrap_or_default()
    }

    fn count(&self, level: Level) -> usize {
        self.cells.iter().filter(|cell| cell.level == level).count()
    }

    /// The largest PSI of a window that could be decided; of any where none could.
    fn largest(&self) -> Option<f64> {
        let of = |decided: bool| {
            let cells = self.cells.iter();
            let cells = cells.filter(|cell| !decided || cell.level != Level::Inconclusive);
            cells.filter_map(|cell| cell.psi).reduce(f64::max)
        };
        of(true).or_else(|| of(false))
    }

    /// Larger for what matters more; a PSI that is not negative is ordered by its bits.
    fn rank(&self) -> (Level, usize, u64) {
        let worst = self.worst();
        (worst, self.count(worst), self.largest().unwrap_or(0.0).max(0.0).to_bits())
    }
}

/// A window, with its lists of names made quick to look a name up in.
struct Found<'a> {
    window: &'a WindowReport,
    drifted: BTreeSet<&'a str>,
    undecided: BTreeSet<&'a str>,
}

impl<'a> Found<'a> {
    fn of(window: &'a WindowReport) -> Found<'a> {
        let undecided = window.inconclusive_features.iter().chain(&window.undecided);
        Found {
            window,
            drifted: window.drifted_features.iter().map(String::as_str).collect(),
            undecided: undecided.map(String::as_str).collect(),
        }
    }

    fn cell(&self, name: &str, is_feature: bool, ladder: &Ladder) -> Cell {
        let psi = self.window.psi_scores.get(name).copied();
        let is_drifted = self.drifted.contains(name);
        let level = match psi {
            _ if !is_drifted && self.undecided.contains(name) => Level::Inconclusive,
            // Gone missing, and so without a PSI.
            None if is_drifted => Level::Moderate,
            None => Level::NoData,
            // The window has decided that already.
            Some(_) if is_feature && !is_drifted => Level::None,
            Some(psi) => {
                let decides = self.window.psi_lower.get(name).copied().unwrap_or(psi);
                let step = Level::from(ladder.step(decides));
                // A drift that no PSI shows is one all the same.
                if is_drifted { step.max(Level::Moderate) } else { step }
            }
        };
        Cell { level, psi }
    }
}

/// The map as a chart in this frame.
pub fn draw(map: &Heatmap, frame: Frame) -> Chart {
    let mut painter = Painter {
        canvas: Canvas::new(frame.width),
        bars: Default::default(),
        signs: Vec::new(),
        hatches: Vec::new(),
    };
    let axis = map.windows.axis(frame);
    let stops = map.windows.stops(&axis);
    let (left, right) = axis.ends();
    let mut y = px(2.0);
    let mut lines = Vec::with_capacity(map.rows.len());
    // What never drifted needs no line of its own at the end of a long map.
    let is_quiet = |row: &&Row| row.worst() <= Level::None;
    let quiet = map.rows.iter().skip(NAMED).rev().take_while(is_quiet).count();
    let drawn = map.rows.len() - quiet;
    for (at, row) in map.rows.iter().take(drawn).enumerate() {
        let is_named = at < NAMED;
        if at == NAMED {
            let more = wording::counted((drawn - NAMED) as u64, "more column");
            y = painter.more(&format!("and {more}, worst first"), y);
        }
        if is_named {
            y = painter.name(row, frame, (left, right), y);
        }
        let height = if is_named { ROW } else { LOW_ROW };
        painter.row(row, &map.windows, &stops, (y, y + height));
        lines.push(told(row, (y, y + height)));
        y += height + if is_named { GAP } else { GAP / 2 };
    }
    painter.flush();
    let y = painter.canvas.time_axis(&axis, (0, y), 0);
    let y = match quiet {
        0 => y,
        n => painter
            .more(&format!("and {} that did not drift", wording::counted(n as u64, "column")), y),
    };
    let height = painter.key(map, y);
    let picture = painter.canvas.finish(height);
    Chart {
        title: format!(
            "{} over {}",
            wording::counted(map.rows.len() as u64, "column"),
            map.windows.counted()
        ),
        description: description(map),
        picture,
        table: table(map),
        marks: Marks { stops, lines },
    }
}

fn told(row: &Row, (top, bottom): (i32, i32)) -> Line {
    let spot = |cell: &Cell| {
        let said = Said::Level(cell.level, cell.psi);
        (cell.level != Level::NoData).then_some(Spot { top, bottom, said })
    };
    Line { name: row.name.clone(), spots: row.cells.iter().map(spot).collect() }
}

/// Bars are kept by level, so that those of one level become one element and worse ones lie over milder ones.
struct Painter {
    canvas: Canvas,
    bars: [Vec<(Point, Point)>; Level::ALL.len()],
    signs: Vec<Point>,
    hatches: Vec<(Point, Point)>,
}

impl Painter {
    /// A column's name beside its row or above it, and its largest PSI at the end. Tells where the row begins.
    fn name(&mut self, row: &Row, frame: Frame, (left, right): (i32, i32), y: i32) -> i32 {
        let name = wording::printable(&row.name);
        let font = FONT as u32;
        let psi = row.largest().map(|psi| format!("PSI to {}", wording::brief(psi)));
        if frame.is_wide() {
            let middle = y + ROW / 2 + px(4.0);
            let name = advance::fit(&name, font, (left - px(10.0)).max(0) as u32);
            self.canvas.text(&name, (px(2.0), middle), Anchor::Start, Ink::Text);
            if let Some(psi) = psi {
                self.canvas.text(&psi, (right + px(6.0), middle), Anchor::Start, Ink::Muted);
            }
            return y;
        }
        let name = advance::fit(&name, font, right as u32);
        self.canvas.text(&name, (px(2.0), y + px(12.0)), Anchor::Start, Ink::Text);
        y + NAME
    }

    /// What follows, in a line of its own.
    fn more(&mut self, said: &str, y: i32) -> i32 {
        self.canvas.text(said, (px(2.0), y + px(15.0)), Anchor::Start, Ink::Muted);
        y + px(22.0)
    }

    /// A bar for each run of one level in joined windows.
    fn row(&mut self, row: &Row, windows: &Windows, stops: &[Stop], (top, bottom): (i32, i32)) {
        let mut at = 0;
        while let Some(cell) = row.cells.get(at) {
            let level = cell.level;
            let joins = |next: &usize| {
                row.cells.get(*next).is_some_and(|cell| cell.level == level) && windows.joins(*next)
            };
            let run = 1 + (at + 1..).take_while(joins).count();
            let (first, last) = (stops.get(at), stops.get(at + run - 1));
            at += run;
            let (Some(first), Some(last)) = (first, last) else { break };
            if level == Level::NoData {
                continue;
            }
            // However short, it is seen.
            let (from, to) = (first.from, last.to.max(first.from + px(1.0)));
            let high = (bottom - top) * level.tenths() / 10;
            self.bars[level as usize].push(((from, bottom - high), (to, bottom)));
            let is_tall = bottom - top >= ROW;
            match level {
                Level::Critical if is_tall && to - from >= px(8.0) => {
                    self.signs.push(((from + to) / 2, (top + bottom) / 2));
                }
                Level::Inconclusive => self.hatches.push(((from, top), (to, bottom))),
                _ => {}
            }
        }
    }

    /// Draws what was kept.
    fn flush(&mut self) {
        for level in Level::ALL {
            let opacity = opacity(level);
            for (from, to) in core::mem::take(&mut self.bars[level as usize]) {
                self.canvas.fill(Mark::Rect(from, to), level.ink(), opacity);
            }
        }
        for (from, to) in core::mem::take(&mut self.hatches) {
            hatch(&mut self.canvas, from, to);
        }
        for centre in core::mem::take(&mut self.signs) {
            sign(&mut self.canvas, centre);
        }
    }

    /// The levels that occur.
    fn key(&mut self, map: &Heatmap, y: i32) -> i32 {
        let occurs = |level: Level| map.rows.iter().any(|row| row.count(level) > 0);
        let swatch = |level: Level| {
            move |canvas: &mut Canvas, x: i32, middle: i32| {
                let (from, to) = ((x, middle - px(7.0)), (x + px(18.0), middle + px(7.0)));
                let top = to.1 - (to.1 - from.1) * level.tenths() / 10;
                canvas.fill(Mark::Rect((from.0, top), to), level.ink(), opacity(level));
                match level {
                    Level::NoData => canvas.push(
                        Mark::Rect(from, to),
                        Ink::Grid,
                        1.0,
                        Pen::Stroke(px(1.0) as u32),
                    ),
                    Level::Inconclusive => hatch(canvas, from, to),
                    Level::Critical => sign(canvas, (x + px(9.0), middle)),
                    _ => {}
                }
            }
        };
        let swatches = Level::ALL.map(swatch);
        let entries: Vec<(&str, Sign<'_>)> = Level::ALL
            .into_iter()
            .rev()
            .filter(|level| occurs(*level))
            .map(|level| (level.word(), &swatches[level as usize] as Sign<'_>))
            .collect();
        self.canvas.key(y, &entries)
    }
}

fn opacity(level: Level) -> f64 {
    match level {
        Level::None => 0.35,
        Level::Inconclusive => 0.12,
        _ => 1.0,
    }
}

/// Slanted strokes every few pixels, cut off at the edges: what is not decided.
fn hatch(canvas: &mut Canvas, (from, top): Point, (to, bottom): Point) {
    let high = bottom - top;
    // Where a stroke through the whole height would begin, at the bottom.
    let mut x = from - high + px(3.0);
    while x < to {
        let (cut, over) = ((from - x).max(0), (x + high - to).max(0));
        if cut + over < high {
            let stroke = vec![(x + cut, bottom - cut), (x + high - over, top + over)];
            canvas.line(stroke, Ink::Inconclusive, 1.0);
        }
        x += px(6.0);
    }
}

/// The sign of a critical drift, cut out of its bar.
fn sign(canvas: &mut Canvas, (x, y): Point) {
    let r = px(3.5);
    let diamond = Mark::Polygon(vec![(x, y - r), (x + r, y), (x, y + r), (x - r, y)]);
    canvas.fill(diamond, Ink::Ground, 1.0);
}

/// How many columns stand on each level at their worst, and which is the worst.
fn description(map: &Heatmap) -> String {
    let mut said = Vec::new();
    for level in Level::ALL.into_iter().rev() {
        let rows = map.rows.iter().filter(|row| row.worst() == level).count() as u64;
        if rows > 0 {
            said.push(format!("{} {}", wording::count(rows), level.word()));
        }
    }
    let mut text = format!("At their worst: {}.", said.join(", "));
    if let Some(row) = map.rows.first().filter(|row| row.worst() >= Level::Moderate) {
        let worst = row.worst();
        let first = row.cells.iter().position(|cell| cell.level == worst);
        let name = first.and_then(|at| map.windows.list.get(at)).map_or("", |window| &window.name);
        text += &format!(
            " Worst is {}: {} in {}, first in {name}.",
            wording::printable(&row.name),
            worst.word(),
            wording::counted(row.count(worst) as u64, "window"),
        );
    }
    text
}

/// A row for each column: how many windows stand on each level.
fn table(map: &Heatmap) -> Table {
    let levels: Vec<Level> = Level::ALL
        .into_iter()
        .rev()
        .filter(|level| map.rows.iter().any(|row| row.count(*level) > 0))
        .collect();
    let mut header = vec!["Column".to_string(), "Largest PSI".into(), "First drift".into()];
    header.extend(levels.iter().map(|level| {
        let mut word = level.word().to_string();
        word[..1].make_ascii_uppercase();
        word
    }));
    let rows = map.rows.iter().map(|row| {
        let first = row.cells.iter().position(|cell| cell.level >= Level::Moderate);
        let first = first.and_then(|at| map.windows.list.get(at));
        let mut line = vec![
            wording::printable(&row.name).into_owned(),
            row.largest().map_or("–".into(), wording::brief),
            first.map_or("–".into(), |window| window.name.clone()),
        ];
        line.extend(levels.iter().map(|level| wording::count(row.count(*level) as u64)));
        line
    });
    Table { caption: "Windows on each level, by column".into(), header, rows: rows.collect() }
}
