//! One measure over windows: its values as a line, with the interval that is certain, the noise that is expected, and the
//! thresholds. Where a window decides nothing the line has a gap, and a hollow mark.

use driftline_core::{
    report::{ColumnReport, Report, WindowReport},
    spec::WindowMeasure,
};

use crate::{
    Anchor, Chart, Ink, Mark, Point as Place, Table, advance,
    axis::FONT,
    backend::px,
    canvas::{Canvas, Sign, spread},
    frame::Frame,
    marks::{Line, Marks, Said, Spot},
    scale::{Scale, Values},
    threshold::{Threshold, Unit},
    windows::Windows,
    wording,
};

/// Height of the plot.
const HEIGHT: i32 = px(150.0);
/// Room above it, for the label of the last value.
const ABOVE: i32 = px(14.0);
/// Past this many windows points are not marked one by one.
const MOST_DOTS: usize = 120;

/// A measure over windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What it is, in a few words: `PSI of amount`.
    pub title: String,
    /// What its values count.
    pub unit: Unit,
    /// The windows.
    pub windows: Windows,
    /// A point for each window that has one.
    pub points: Vec<Option<Point>>,
    /// What it should not cross.
    pub thresholds: Vec<Threshold>,
}

/// A measure in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Its value.
    pub value: f64,
    /// The lower end of its interval.
    pub lower: Option<f64>,
    /// The upper end.
    pub upper: Option<f64>,
    /// What chance alone reaches in 95 of 100 such windows.
    pub noise: Option<f64>,
    /// Whether there were too few rows to decide.
    pub is_undecided: bool,
}

impl Point {
    fn in_words(&self, unit: Unit) -> String {
        let mut said = unit.say(self.value);
        match (self.lower, self.upper) {
            (Some(lower), Some(upper)) => {
                said += &format!(", from {} to {}", unit.say(lower), unit.say(upper));
            }
            (Some(lower), None) => said += &format!(", at least {}", unit.say(lower)),
            _ => {}
        }
        if self.is_undecided {
            said += ", not decided";
        }
        said
    }
}

impl Series {
    /// The PSI of one column, against the report's ladder. `None` where no window has one.
    pub fn psi(report: &Report, column: &ColumnReport) -> Option<Series> {
        let name = &column.name;
        let noise = noise(column);
        let point = |window: &WindowReport| {
            let rows = window.valued.get(name).copied().unwrap_or(window.rows);
            Some(Point {
                value: *window.psi_scores.get(name)?,
                lower: window.psi_lower.get(name).copied(),
                upper: None,
                noise: noise.map(|noise| noise(rows)),
                is_undecided: is_undecided(window, name),
            })
        };
        let title = format!("PSI of {}", wording::printable(name));
        let thresholds = Threshold::of_ladder(&report.spec.thresholds);
        Series::of_windows(report, title, Unit::Number, point)
            .map(|series| Series { thresholds, ..series })
    }

    /// A further measure of one column, where windows were measured by it.
    pub fn measure(report: &Report, column: &str, measure: WindowMeasure) -> Option<Series> {
        let (what, unit) = match measure {
            WindowMeasure::Kl => ("KL divergence", Unit::Number),
            WindowMeasure::Js => ("JS divergence", Unit::Number),
            WindowMeasure::MissingShare => ("Missing share", Unit::Share),
        };
        let title = format!("{what} of {}", wording::printable(column));
        Series::of_windows(report, title, unit, |window| {
            let (values, lower) = match measure {
                WindowMeasure::Kl => (&window.kl, None),
                WindowMeasure::Js => (&window.js, None),
                WindowMeasure::MissingShare => {
                    (&window.missing_share, window.missing_lower.get(column))
                }
            };
            let value = *values.get(column)?;
            Some(Point { value, lower: lower.copied(), ..Point::default() })
        })
    }

    /// The share of requests that failed.
    pub fn error_rate(report: &Report) -> Option<Series> {
        Series::of_windows(report, "Error rate".into(), Unit::Share, |window| {
            Some(Point { value: window.error_rate?, ..Point::default() })
        })
    }

    /// Any figure of the windows; `None` where none has it.
    pub fn of_windows(
        report: &Report,
        title: String,
        unit: Unit,
        pick: impl Fn(&WindowReport) -> Option<Point>,
    ) -> Option<Series> {
        let points: Vec<Option<Point>> =
            report.windows.iter().map(|w| pick(w).filter(|p| p.value.is_finite())).collect();
        points.iter().any(Option::is_some).then(|| Series {
            title,
            unit,
            windows: Windows::of_report(report),
            points,
            thresholds: Vec::new(),
        })
    }

    fn places(&self) -> impl Iterator<Item = (usize, &Point)> {
        self.points.iter().enumerate().filter_map(|(at, point)| Some((at, point.as_ref()?)))
    }
}

/// Whether a window could not decide a column's distribution.
fn is_undecided(window: &WindowReport, name: &str) -> bool {
    let mut undecided = window.inconclusive_features.iter().chain(&window.undecided);
    undecided.any(|undecided| undecided == name)
}

/// What chance alone reaches in a window of so many rows: as in the whole comparison, by 1/n + 1/m.
fn noise(column: &ColumnReport) -> Option<impl Fn(u64) -> f64 + Copy> {
    let noise = column.measures.psi.as_ref()?.noise;
    let rows = |side| column.rows_with_value(side).max(1) as f64;
    let (n, m) = (
        rows(driftline_core::verdict::Side::Baseline),
        rows(driftline_core::verdict::Side::Current),
    );
    let whole = 1.0 / n + 1.0 / m;
    Some(move |window: u64| noise * (1.0 / n + 1.0 / window.max(1) as f64) / whole)
}

/// The series as a chart in this frame.
pub fn draw(series: &Series, frame: Frame) -> Chart {
    let mut marks = Marks::default();
    let picture = {
        let mut painter = Painter::new(series, frame);
        let height = painter.paint(&mut marks);
        painter.canvas.finish(height)
    };
    Chart {
        title: format!("{} over {}", series.title, series.windows.counted()),
        description: description(series),
        picture,
        table: table(series),
        marks,
    }
}

struct Painter<'a> {
    series: &'a Series,
    canvas: Canvas,
    frame: Frame,
    values: Values,
    top: i32,
    bottom: i32,
}

impl Painter<'_> {
    fn new(series: &Series, frame: Frame) -> Painter<'_> {
        let largest = series.places().map(|(_, point)| point.value).fold(0.0, f64::max);
        // However small the values are, the next threshold above them is seen.
        let above = series.thresholds.iter().map(|t| t.value).filter(|t| *t >= largest);
        let next = above.fold(f64::INFINITY, f64::min);
        let holds = if next.is_finite() { next * 1.05 } else { largest * 1.05 };
        Painter {
            series,
            canvas: Canvas::new(frame.width),
            frame,
            values: Values::Linear(Scale::holding(holds, 4)),
            top: ABOVE,
            bottom: ABOVE + HEIGHT,
        }
    }

    fn y(&self, value: f64) -> i32 {
        self.values.y(value, self.top, self.bottom)
    }

    fn paint(&mut self, marks: &mut Marks) -> i32 {
        let axis = self.series.windows.axis(self.frame);
        let (left, right) = axis.ends();
        marks.stops = self.series.windows.stops(&axis);
        let middle = |at: usize| marks.stops.get(at).map_or(left, |stop| (stop.from + stop.to) / 2);
        let unit = self.series.unit;
        let since = self.canvas.list.items.len();
        let (top, bottom) = (self.top, self.bottom);
        self.canvas.value_axis(&self.values, (left, right), (top, bottom), &|v| unit.mark(v));
        let runs = self.runs();
        self.noise(marks);
        for run in &runs {
            self.interval(run, &middle);
        }
        let shown: Vec<Threshold> = self
            .series
            .thresholds
            .iter()
            .filter(|threshold| threshold.value <= self.values.top())
            .cloned()
            .collect();
        for threshold in &shown {
            let y = self.y(threshold.value);
            self.canvas.dashed(vec![(left, y), (right, y)], (5.0, 4.0), threshold.ink, 1.0);
        }
        for run in &runs {
            let points: Vec<Place> =
                run.iter().map(|(at, p)| (middle(*at), self.y(p.value))).collect();
            if points.len() > 1 {
                self.canvas.line(points, Ink::Current, 2.0);
            }
        }
        let dots = self.series.windows.list.len() <= MOST_DOTS;
        let alone = |at: usize| runs.iter().any(|run| run.len() == 1 && run[0].0 == at);
        for (at, point) in self.series.places() {
            if dots || point.is_undecided || alone(at) {
                let centre = (middle(at), self.y(point.value));
                self.canvas.dot(centre, 2.5, Ink::Current, point.is_undecided);
            }
        }
        if let Some((at, last)) = self.series.places().last() {
            let said = unit.say(last.value);
            let wide = advance::width(&said, FONT as u32) as i32;
            let x = (middle(at) + px(4.0)).clamp(left + wide.min(right - left), right);
            let y = self.y(last.value) - px(7.0);
            self.canvas.text(&said, (x, y), Anchor::End, Ink::Text);
        }
        self.names(&shown, right);
        marks.lines = vec![Line { name: self.series.title.clone(), spots: self.spots() }];
        let y = self.canvas.time_axis(&axis, (top, bottom + px(4.0)), since);
        self.key(y)
    }

    /// Stretches of joined windows in which the measure is there and decided.
    fn runs(&self) -> Vec<Vec<(usize, Point)>> {
        let mut runs: Vec<Vec<(usize, Point)>> = Vec::new();
        let mut is_open = false;
        for (at, point) in self.series.points.iter().enumerate() {
            match point {
                Some(point) if !point.is_undecided => {
                    if !is_open || !self.series.windows.joins(at) {
                        runs.push(Vec::new());
                    }
                    is_open = true;
                    if let Some(run) = runs.last_mut() {
                        run.push((at, *point));
                    }
                }
                _ => is_open = false,
            }
        }
        runs
    }

    /// What chance alone reaches, as steps over the windows.
    fn noise(&mut self, marks: &Marks) {
        let bottom = self.bottom;
        for (stop, point) in marks.stops.iter().zip(&self.series.points) {
            if let Some(noise) = point.and_then(|point| point.noise) {
                let rect = Mark::Rect((stop.from, self.y(noise)), (stop.to, bottom));
                self.canvas.fill(rect, Ink::Muted, 0.16);
            }
        }
    }

    /// The interval of a run, between its lower and its upper ends; where there is no upper end, up to the value.
    fn interval(&mut self, run: &[(usize, Point)], middle: &dyn Fn(usize) -> i32) {
        let place = |at: &usize, value: f64| (middle(*at), self.y(value));
        if run.len() < 2 || run.iter().any(|(_, point)| point.lower.is_none()) {
            return;
        }
        let upper = |p: &Point| p.upper.unwrap_or(p.value);
        let mut corners: Vec<Place> = run.iter().map(|(at, p)| place(at, upper(p))).collect();
        corners.extend(run.iter().rev().filter_map(|(at, p)| Some(place(at, p.lower?))));
        self.canvas.fill(Mark::Polygon(corners), Ink::Current, 0.2);
    }

    /// The thresholds by name, where there is room for that, otherwise by sign.
    fn names(&mut self, shown: &[Threshold], right: i32) {
        let room = self.canvas.list.width as i32 - right - px(8.0);
        let mut heights: Vec<i32> = shown.iter().map(|t| self.y(t.value)).collect();
        spread(&mut heights, px(14.0), (self.top, self.bottom));
        for (threshold, y) in shown.iter().zip(heights) {
            let name = match threshold.name.split_once(' ') {
                Some((sign, _)) if advance::width(&threshold.name, FONT as u32) as i32 > room => {
                    sign
                }
                _ => &threshold.name,
            };
            let at = (right + px(6.0), y + px(4.0));
            self.canvas.text(name, at, Anchor::Start, threshold.ink);
        }
    }

    fn spots(&self) -> Vec<Option<Spot>> {
        let unit = self.series.unit;
        let spot = |point: &Point| {
            let y = self.y(point.value);
            let (top, bottom) = (y - px(4.0), y + px(4.0));
            Spot { top, bottom, said: Said::Text(point.in_words(unit)) }
        };
        self.series.points.iter().map(|point| point.as_ref().map(spot)).collect()
    }

    fn key(&mut self, y: i32) -> i32 {
        let any = |pick: fn(&Point) -> bool| self.series.places().any(|(_, point)| pick(point));
        let swatch = |ink: Ink, opacity: f64| {
            move |canvas: &mut Canvas, x: i32, middle: i32| {
                let rect = Mark::Rect((x, middle - px(5.0)), (x + px(18.0), middle + px(5.0)));
                canvas.fill(rect, ink, opacity);
            }
        };
        let (interval, noise) = (swatch(Ink::Current, 0.2), swatch(Ink::Muted, 0.16));
        let hollow = |canvas: &mut Canvas, x: i32, middle: i32| {
            canvas.dot((x + px(9.0), middle), 3.0, Ink::Current, true);
        };
        let mut entries: Vec<(&str, Sign<'_>)> = Vec::new();
        if any(|point| point.upper.is_some()) {
            entries.push(("95 % interval", &interval));
        } else if any(|point| point.lower.is_some() && !point.is_undecided) {
            entries.push(("lower end to value", &interval));
        }
        if any(|point| point.noise.is_some()) {
            entries.push(("chance alone", &noise));
        }
        if any(|point| point.is_undecided) {
            entries.push(("not decided", &hollow));
        }
        self.canvas.key(y, &entries)
    }
}

/// The largest, the last, and how many windows are undecided.
fn description(series: &Series) -> String {
    let name = |at: usize| series.windows.list.get(at).map_or("", |window| window.name.as_str());
    let decided = series.places().filter(|(_, point)| !point.is_undecided);
    let largest = decided.max_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let mut said = match largest {
        Some((at, point)) => format!("Largest {} in {}.", series.unit.say(point.value), name(at)),
        None => "No window was decided.".into(),
    };
    if let Some((at, last)) = series.places().last() {
        said += &format!(" Last {} in {}.", last.in_words(series.unit), name(at));
    }
    let undecided = series.places().filter(|(_, point)| point.is_undecided).count() as u64;
    if undecided > 0 {
        said += &format!(" {} not decided.", wording::counted(undecided, "window"));
    }
    said
}

/// A column of the table that not every series has.
type Optional = (&'static str, fn(&Point) -> Option<f64>);

const OPTIONAL: [Optional; 3] = [
    ("Lower end", |point| point.lower),
    ("Upper end", |point| point.upper),
    ("Chance alone", |point| point.noise),
];

fn table(series: &Series) -> Table {
    let there: Vec<Optional> = OPTIONAL
        .into_iter()
        .filter(|(_, pick)| series.places().any(|(_, point)| pick(point).is_some()))
        .collect();
    let any_undecided = series.places().any(|(_, point)| point.is_undecided);
    let mut header = vec![series.windows.heading(), "Value".into()];
    header.extend(there.iter().map(|(name, _)| (*name).to_string()));
    if any_undecided {
        header.push("Decided".into());
    }
    let dash = |value: Option<f64>| value.map_or("–".into(), |value| series.unit.say(value));
    let rows = series.windows.list.iter().zip(&series.points).map(|(window, point)| {
        let point = point.as_ref();
        let mut row = vec![window.name.clone(), dash(point.map(|point| point.value))];
        row.extend(there.iter().map(|(_, pick)| dash(point.and_then(pick))));
        if any_undecided {
            let says = point.map_or("no data", |p| if p.is_undecided { "no" } else { "yes" });
            row.push(says.into());
        }
        row
    });
    Table { caption: format!("{} by window", series.title), header, rows: rows.collect() }
}
