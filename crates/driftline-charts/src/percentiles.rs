//! How long requests took over windows: the median, p95 and p99, with what was promised.
//!
//! The lines are told apart three times: by colour, by their dashes and by their names at the end. Where the percentiles
//! lie far apart the scale is one of equal ratios.

use driftline_core::report::{LatencyFigures, Report};

use crate::{
    Anchor, Chart, Ink, Mark, Point, Table, advance,
    axis::FONT,
    backend::px,
    canvas::{Canvas, Sign, spread},
    frame::Frame,
    marks::{Line, Marks, Said, Spot},
    scale::Values,
    threshold::Unit,
    windows::Windows,
    wording,
};

/// Height of the plot.
const HEIGHT: i32 = px(170.0);
/// Room above it.
const ABOVE: i32 = px(14.0);
/// Past this ratio of the largest to the smallest the scale is one of equal ratios.
const RATIO: f64 = 20.0;

/// Percentiles over windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Percentiles {
    /// The windows.
    pub windows: Windows,
    /// What each window found, where it had requests.
    pub points: Vec<Option<Latencies>>,
    /// What was promised.
    pub objectives: Vec<Promise>,
}

/// Percentiles of one window, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latencies {
    /// The median, p95 and p99.
    pub ms: [f64; 3],
    /// Which of them too few requests stand behind: not even their lower ends are known.
    pub is_undecided: [bool; 3],
    /// How many requests.
    pub count: u64,
}

/// A percentile that was promised to stay below a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promise {
    /// Which percentile, in \[0, 100\].
    pub percent: f64,
    /// The threshold, in milliseconds.
    pub ms: f64,
}

/// A line: its name, which percentile it is, its ink, dashes and width.
type Stroke = (&'static str, usize, Ink, Option<(f64, f64)>, f64);

/// The lines from top to bottom.
const LINES: [Stroke; 3] = [
    ("p99", 2, Ink::Current, None, 2.0),
    ("p95", 1, Ink::Baseline, Some((7.0, 3.0)), 2.0),
    ("p50", 0, Ink::Muted, Some((2.0, 3.0)), 2.0),
];

impl Percentiles {
    /// The latencies of a report's windows; `None` where none has any.
    pub fn of_report(report: &Report) -> Option<Percentiles> {
        let point = |figures: LatencyFigures| Latencies {
            ms: [figures.p50_ms, figures.p95_ms, figures.p99_ms],
            is_undecided: [figures.p50_lower_ms, figures.p95_lower_ms, figures.p99_lower_ms]
                .map(|lower| lower.is_none()),
            count: figures.count,
        };
        let points: Vec<_> = report.windows.iter().map(|w| w.latency.map(point)).collect();
        let objectives = report.latency.iter().flat_map(|latency| &latency.objectives);
        points.iter().any(Option::is_some).then(|| Percentiles {
            windows: Windows::of_report(report),
            points,
            objectives: objectives
                .map(|o| Promise { percent: o.quantile.share() * 100.0, ms: o.threshold_ms })
                .collect(),
        })
    }

    fn places(&self) -> impl Iterator<Item = (usize, &Latencies)> {
        self.points.iter().enumerate().filter_map(|(at, point)| Some((at, point.as_ref()?)))
    }

    /// What was promised of one of the three.
    fn promise(&self, line: usize) -> Option<Promise> {
        let percent = [50.0, 95.0, 99.0][line];
        self.objectives.iter().copied().find(|o| (o.percent - percent).abs() < 1e-9)
    }
}

/// The percentiles as a chart in this frame.
pub fn draw(percentiles: &Percentiles, frame: Frame) -> Chart {
    let mut marks = Marks::default();
    let picture = {
        let mut painter = Painter::new(percentiles, frame);
        let height = painter.paint(&mut marks);
        painter.canvas.finish(height)
    };
    Chart {
        title: format!("Latency percentiles over {}", percentiles.windows.counted()),
        description: description(percentiles),
        picture,
        table: table(percentiles),
        marks,
    }
}

struct Painter<'a> {
    of: &'a Percentiles,
    canvas: Canvas,
    frame: Frame,
    values: Values,
}

impl Painter<'_> {
    fn new(of: &Percentiles, frame: Frame) -> Painter<'_> {
        let found = of.places().flat_map(|(_, point)| point.ms).filter(|ms| ms.is_finite());
        let (low, high) = found.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), ms| {
            (if ms > 0.0 { low.min(ms) } else { low }, high.max(ms))
        });
        // A promise far above everything would press the lines together.
        let promised = of.objectives.iter().map(|o| o.ms).filter(|ms| *ms <= high * 4.0);
        let high = promised.fold(high, f64::max);
        Painter {
            of,
            canvas: Canvas::new(frame.width),
            frame,
            values: Values::by_ratio(if low.is_finite() { low } else { 0.0 }, high, RATIO),
        }
    }

    fn y(&self, ms: f64) -> i32 {
        self.values.y(ms, ABOVE, ABOVE + HEIGHT)
    }

    fn paint(&mut self, marks: &mut Marks) -> i32 {
        let axis = self.of.windows.axis(self.frame);
        let ends = axis.ends();
        let band = (ABOVE, ABOVE + HEIGHT);
        marks.stops = self.of.windows.stops(&axis);
        let since = self.canvas.list.items.len();
        self.canvas.value_axis(&self.values, ends, band, &|ms| Unit::Milliseconds.mark(ms));
        let middles: Vec<i32> = marks.stops.iter().map(|stop| (stop.from + stop.to) / 2).collect();
        for (name, at, ink, ..) in LINES {
            if let Some(promise) = self.of.promise(at).filter(|p| p.ms <= self.values.top()) {
                self.promise(name, promise, ink, ends);
            }
        }
        for (_, at, ink, dashes, width) in LINES {
            self.line(&middles, at, ink, dashes, width);
        }
        for (_, at, ink, ..) in LINES {
            self.misses(&middles, at, ink);
        }
        self.names(&middles, ends.1);
        marks.lines = LINES.map(|(name, at, ..)| self.told(name, at)).into();
        let y = self.canvas.time_axis(&axis, (band.0, band.1 + px(4.0)), since);
        self.key(y)
    }

    /// What was promised: a thin line across, and above it what it is.
    fn promise(&mut self, name: &str, promise: Promise, ink: Ink, (left, right): (i32, i32)) {
        let y = self.y(promise.ms);
        self.canvas.dashed(vec![(left, y), (right, y)], (1.0, 4.0), ink, 1.5);
        let said = format!("{name} objective {}", Unit::Milliseconds.say(promise.ms));
        let said = advance::fit(&said, FONT as u32, (right - left) as u32);
        self.canvas.text(&said, (left + px(4.0), y - px(4.0)), Anchor::Start, ink);
    }

    /// One percentile, with a gap where a window has none, and a hollow mark where it is not decided.
    fn line(&mut self, xs: &[i32], at: usize, ink: Ink, dashes: Option<(f64, f64)>, width: f64) {
        let mut run: Vec<Point> = Vec::new();
        for (stop, (x, point)) in xs.iter().zip(&self.of.points).enumerate() {
            let point = point.as_ref().filter(|point| !point.is_undecided[at]);
            if point.is_none() || !self.of.windows.joins(stop) {
                self.stroke(core::mem::take(&mut run), ink, dashes, width);
            }
            run.extend(point.map(|point| (*x, self.y(point.ms[at]))));
        }
        self.stroke(run, ink, dashes, width);
        for (stop, point) in self.of.places().filter(|(_, point)| point.is_undecided[at]) {
            let centre = (xs[stop], self.y(point.ms[at]));
            self.canvas.dot(centre, 2.5, ink, true);
        }
    }

    fn stroke(&mut self, run: Vec<Point>, ink: Ink, dashes: Option<(f64, f64)>, width: f64) {
        match (run.as_slice(), dashes) {
            ([], _) => {}
            ([alone], _) => self.canvas.dot(*alone, 2.5, ink, false),
            (_, Some(dashes)) => self.canvas.dashed(run, dashes, ink, width),
            (_, None) => self.canvas.line(run, ink, width),
        }
    }

    /// A sign on every window that missed what was promised.
    fn misses(&mut self, xs: &[i32], at: usize, ink: Ink) {
        let Some(promise) = self.of.promise(at) else { return };
        let missed = |point: &Latencies| !point.is_undecided[at] && point.ms[at] > promise.ms;
        for (stop, point) in self.of.places().filter(|(_, point)| missed(point)) {
            let centre = (xs[stop], self.y(point.ms[at]));
            miss(&mut self.canvas, centre, ink);
        }
    }

    /// The lines by name and last value, at their ends.
    fn names(&mut self, xs: &[i32], right: i32) {
        let Some((stop, last)) = self.of.places().last() else { return };
        let mut heights = LINES.map(|(_, at, ..)| self.y(last.ms[at]));
        spread(&mut heights, px(14.0), (ABOVE, ABOVE + HEIGHT));
        let room = self.canvas.list.width as i32 - right - px(6.0);
        for ((name, at, ink, ..), y) in LINES.into_iter().zip(heights) {
            let whole = format!("{name} {}", Unit::Milliseconds.say(last.ms[at]));
            let fits = |said: &str| advance::width(said, FONT as u32) as i32 <= room;
            let said = if fits(&whole) { &whole } else { name };
            let x = (xs[stop] + px(6.0)).max(right + px(4.0));
            self.canvas.text(said, (x, y + px(4.0)), Anchor::Start, ink);
        }
    }

    fn told(&self, name: &str, at: usize) -> Line {
        let promise = self.of.promise(at);
        let spot = |point: &Latencies| {
            let mut said = Unit::Milliseconds.say(point.ms[at]);
            match promise {
                _ if point.is_undecided[at] => said += ", too few requests to decide",
                Some(promise) if point.ms[at] > promise.ms => said += ", objective missed",
                _ => {}
            }
            let y = self.y(point.ms[at]);
            Spot { top: y - px(4.0), bottom: y + px(4.0), said: Said::Text(said) }
        };
        let spots = self.of.points.iter().map(|point| point.as_ref().map(spot)).collect();
        Line { name: name.into(), spots }
    }

    fn key(&mut self, y: i32) -> i32 {
        let any_missed = LINES.iter().any(|(_, at, ..)| {
            let promise = self.of.promise(*at);
            promise.is_some_and(|promise| self.of.places().any(|(_, p)| p.ms[*at] > promise.ms))
        });
        let any_undecided = self.of.places().any(|(_, point)| point.is_undecided.contains(&true));
        let missed = |canvas: &mut Canvas, x: i32, middle: i32| {
            miss(canvas, (x + px(9.0), middle), Ink::Text);
        };
        let hollow = |canvas: &mut Canvas, x: i32, middle: i32| {
            canvas.dot((x + px(9.0), middle), 3.0, Ink::Text, true);
        };
        let mut entries: Vec<(&str, Sign<'_>)> = Vec::new();
        if any_missed {
            entries.push(("objective missed", &missed));
        }
        if any_undecided {
            entries.push(("too few requests to decide", &hollow));
        }
        self.canvas.key(y, &entries)
    }
}

/// A filled triangle on a ground of its own.
fn miss(canvas: &mut Canvas, (x, y): Point, ink: Ink) {
    let triangle = |r: f64| {
        let (r, h) = (px(r), px(r * 0.8));
        Mark::Polygon(vec![(x, y - r), (x + r, y + h), (x - r, y + h)])
    };
    canvas.fill(triangle(5.5), Ink::Ground, 1.0);
    canvas.fill(triangle(4.0), ink, 1.0);
}

/// The last window's figures, and how often each promise was missed.
fn description(of: &Percentiles) -> String {
    let mut said = String::new();
    if let Some((at, last)) = of.places().last() {
        let [p50, p95, p99] = last.ms.map(|ms| Unit::Milliseconds.say(ms));
        let name = of.windows.list.get(at).map_or("", |window| window.name.as_str());
        said += &format!("Last, in {name}: p50 {p50}, p95 {p95}, p99 {p99}.");
    }
    for (name, at, ..) in LINES {
        let Some(promise) = of.promise(at) else { continue };
        let decided = || of.places().filter(|(_, point)| !point.is_undecided[at]);
        let missed = decided().filter(|(_, point)| point.ms[at] > promise.ms).count() as u64;
        said += &format!(
            " {name} was above {} in {} of {}.",
            Unit::Milliseconds.say(promise.ms),
            wording::count(missed),
            wording::counted(decided().count() as u64, "decided window"),
        );
    }
    said
}

fn table(of: &Percentiles) -> Table {
    let rows = of.windows.list.iter().zip(&of.points).map(|(window, point)| {
        let mut row = vec![window.name.clone()];
        match point {
            Some(point) => {
                row.push(wording::count(point.count));
                row.extend((0..3).map(|at| {
                    let undecided = if point.is_undecided[at] { " (not decided)" } else { "" };
                    Unit::Milliseconds.say(point.ms[at]) + undecided
                }));
            }
            None => row.extend(["0", "–", "–", "–"].map(String::from)),
        }
        row
    });
    let header = ["Requests", "p50", "p95", "p99"].map(String::from);
    Table {
        caption: "Latency percentiles by window".into(),
        header: [of.windows.heading()].into_iter().chain(header).collect(),
        rows: rows.collect(),
    }
}
