//! What a policy did over time: a row for each alert and each trigger, on one axis of time, or of windows where rows
//! have no instants.
//!
//! Severity is told twice: by colour, and by the sign before a name and the hatching of its spans. So is what happened to
//! an action: by the shape of its mark.

use driftline_core::{
    replay::{AlertHistory, Decided, Replay},
    report::Report,
    time::Timestamp,
    trigger::Rail,
    verdict::Severity,
};

use crate::{
    Anchor, Chart, DisplayList, Frame, Ink, Point, Table, UNITS_PER_PIXEL, advance,
    axis::{Axis, FONT},
    backend::px,
    canvas::Canvas,
    marks::{Line, Marks, Said, Spot, Stop},
    windows::{are_files, when},
    wording::{self, replay as words},
};

mod legend;

/// The least width of the picture, in pixels.
pub const LEAST_WIDTH: u32 = 240;
/// And the most.
const MOST_WIDTH: u32 = 4096;

/// Rows past this are left out, first those in which nothing happened; the table has all that did.
const MOST_ROWS: usize = 30;
/// Below this many pixels names stand above their rows instead of beside them.
const NARROW: u32 = 520;

const BAR: i32 = px(12.0);
const MARGIN: i32 = px(2.0);

/// The replay as a chart of this width in pixels.
pub fn draw(replay: &Replay, report: &Report, width: u32) -> Chart {
    let (rows, left_out) = rows(replay);
    let width = width.clamp(LEAST_WIDTH, MOST_WIDTH);
    let is_wide = width >= NARROW;
    let units = (width * UNITS_PER_PIXEL as u32) as i32;
    let names = rows.iter().map(|row| advance::width(&label(row), FONT as u32) as i32).max();
    let names = names.unwrap_or(0).min(units * 2 / 5) + px(14.0);
    let ends = (if is_wide { names } else { MARGIN }, units - MARGIN - px(8.0));
    chart(replay, report, Picture::new(replay, report, width, ends, is_wide), &rows, left_out)
}

/// The replay as a chart in this frame, on one axis with other charts over the same windows.
pub fn draw_in(replay: &Replay, report: &Report, frame: Frame) -> Chart {
    let (rows, left_out) = rows(replay);
    let picture = Picture::new(replay, report, frame.width, frame.plot(), frame.is_wide());
    chart(replay, report, picture, &rows, left_out)
}

/// What the rows of a replay are called, for a frame with room for them.
pub fn names(replay: &Replay) -> Vec<String> {
    rows(replay).0.iter().map(label).collect()
}

fn chart(
    replay: &Replay,
    report: &Report,
    picture: Picture<'_>,
    rows: &[Row<'_>],
    left_out: usize,
) -> Chart {
    let (picture, marks) = picture.paint(rows, report, left_out);
    Chart {
        title: format!("Alerts and triggers over {}", words::windows_phrase(replay, report)),
        description: description(replay, report),
        picture,
        table: table(replay, report),
        marks,
    }
}

/// What happened in one line of the chart.
struct Row<'a> {
    name: &'a str,
    /// Of an alert.
    severity: Option<Severity>,
    spans: Vec<Span>,
    told: Vec<Instant>,
    decisions: &'a [Decided],
}

/// When: by the clock, and after which window.
#[derive(Clone, Copy)]
struct Instant {
    at: Timestamp,
    window: u64,
}

/// A stretch in which an alert was in one state; to the end of the picture where it has no end.
struct Span {
    from: Instant,
    to: Option<Instant>,
    is_firing: bool,
}

impl Row<'_> {
    fn is_quiet(&self) -> bool {
        self.spans.is_empty() && self.told.is_empty() && self.decisions.is_empty()
    }
}

/// Alerts in the order of their ladders, then triggers; and how many quiet ones are left out.
fn rows(replay: &Replay) -> (Vec<Row<'_>>, usize) {
    let mut alerts: Vec<&AlertHistory> = replay.alerts.iter().collect();
    alerts.sort_by_key(|alert| core::cmp::Reverse(alert.alert.severity));
    let alerts = alerts.into_iter().map(|history| Row {
        name: &history.alert.name,
        severity: Some(history.alert.severity),
        spans: spans(replay, &history.alert.name),
        told: Vec::new(),
        decisions: &history.decisions,
    });
    let triggers = replay.triggers.iter().map(|trigger| {
        let moments = replay.timeline.iter();
        let told = moments.filter(|m| m.transition.what == trigger.id && m.transition.to == "on");
        Row {
            name: &trigger.id,
            severity: None,
            spans: Vec::new(),
            told: told.map(|m| Instant { at: m.transition.at, window: m.window }).collect(),
            decisions: &trigger.decisions,
        }
    });
    let mut rows: Vec<Row<'_>> = alerts.chain(triggers).collect();
    let all = rows.len();
    if all > MOST_ROWS {
        rows.retain(|row| !row.is_quiet());
        rows.truncate(MOST_ROWS);
    }
    let left_out = all - rows.len();
    (rows, left_out)
}

fn spans(replay: &Replay, name: &str) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for moment in replay.timeline.iter().filter(|moment| moment.transition.what == name) {
        let here = Instant { at: moment.transition.at, window: moment.window };
        if let Some(last) = spans.last_mut()
            && last.to.is_none()
        {
            last.to = Some(here);
        }
        let is_firing = moment.transition.to == "firing";
        if is_firing || moment.transition.to == "pending" {
            spans.push(Span { from: here, to: None, is_firing });
        }
    }
    spans
}

/// The chart in words: who fired and who asked, how often and first when.
fn description(replay: &Replay, report: &Report) -> String {
    let mut said = words::sentence(replay, report);
    for alert in replay.alerts.iter().filter(|alert| !alert.episodes.is_empty()) {
        let first = &alert.episodes[0];
        said += &format!(
            " {} fired {}, first at {}.",
            alert.alert.name,
            wording::counted(alert.episodes.len() as u64, "time"),
            words::brief_place(replay, report, first.fired_at, first.fired_window),
        );
    }
    for trigger in &replay.triggers {
        for past in words::trigger_past(trigger, replay, report) {
            said += &format!(" {}: {past}.", trigger.id);
        }
    }
    said
}

fn table(replay: &Replay, report: &Report) -> Table {
    let at = match replay.note.start {
        Some(_) => "At (UTC)",
        None => words::after(report),
    };
    let row = |moment: &driftline_core::replay::Moment| {
        let transition = &moment.transition;
        vec![
            words::place(replay, report, transition.at, moment.window),
            words::subject(moment).into_owned(),
            words::became(moment),
            words::why(replay, report, &transition.why).into_owned(),
        ]
    };
    Table {
        caption: "What changed, in the order of time".into(),
        header: [at, "What", "Became", "Why"].map(String::from).into(),
        rows: words::news(replay).map(row).collect(),
    }
}

/// What is being drawn.
struct Picture<'a> {
    replay: &'a Replay,
    canvas: Canvas,
    axis: Axis,
    /// Whether names stand beside the rows; where there is no room they stand above them.
    is_wide: bool,
    y: i32,
    legend: legend::Legend,
    /// Each row's upper and lower end.
    bands: Vec<(i32, i32)>,
}

impl<'a> Picture<'a> {
    fn new(
        replay: &'a Replay,
        report: &Report,
        width: u32,
        (left, right): (i32, i32),
        is_wide: bool,
    ) -> Picture<'a> {
        let axis = match (replay.note.start, replay.note.end) {
            _ if are_files(&report.windows) => {
                let names = report.windows.iter().map(|window| when(window, false));
                Axis::of_names(names.collect(), left, right)
            }
            (Some(start), Some(end)) => {
                Axis::new((start.micros(), end.micros()), true, left, right)
            }
            _ => {
                let windows = i64::try_from(replay.note.windows).unwrap_or(i64::MAX);
                Axis::new((0, windows), false, left, right)
            }
        };
        Picture {
            replay,
            canvas: Canvas::new(width),
            axis,
            is_wide,
            y: px(4.0),
            legend: legend::Legend::default(),
            bands: Vec::new(),
        }
    }

    fn paint(mut self, rows: &[Row<'_>], report: &Report, left_out: usize) -> (DisplayList, Marks) {
        let top = self.y;
        for row in rows {
            self.row(row);
        }
        self.y = self.canvas.time_axis(&self.axis, (top, self.y), 0) + px(8.0);
        if left_out > 0 {
            let more = format!("{left_out} more in which nothing is shown");
            self.canvas.text(&more, (MARGIN, self.y + px(10.0)), Anchor::Start, Ink::Muted);
            self.y += px(18.0);
        }
        let width = self.canvas.list.width as i32;
        let end = self.legend.draw(&mut self.canvas.list, self.y, width) + px(4.0);
        let marks = self.marks(rows, report);
        (self.canvas.finish(end), marks)
    }

    /// A stop for each instant at which something changed, with what changed in each row.
    fn marks(&self, rows: &[Row<'_>], report: &Report) -> Marks {
        let moments = || {
            words::news(self.replay).filter_map(|moment| {
                let row = rows.iter().position(|row| row.name == moment.transition.what)?;
                Some((row, moment))
            })
        };
        let mut instants: Vec<(Timestamp, u64)> =
            moments().map(|(_, moment)| (moment.transition.at, moment.window)).collect();
        instants.sort_unstable();
        instants.dedup();
        let stop = |&(at, window): &(Timestamp, u64)| {
            let x = self.axis.place(at, window);
            let name = words::place(self.replay, report, at, window);
            Stop { name, from: (x - px(3.0)).max(0), to: x + px(3.0) }
        };
        let mut lines: Vec<Line> = rows
            .iter()
            .map(|row| Line { name: row.name.into(), spots: vec![None; instants.len()] })
            .collect();
        for (row, moment) in moments() {
            let at = instants.binary_search(&(moment.transition.at, moment.window));
            let line = lines.get_mut(row).zip(self.bands.get(row));
            if let (Ok(at), Some((line, &(top, bottom)))) = (at, line) {
                let said = Said::Text(words::became(moment));
                line.spots[at] = Some(Spot { top, bottom, said });
            }
        }
        Marks { stops: instants.iter().map(stop).collect(), lines }
    }

    fn row(&mut self, row: &Row<'_>) {
        let ink = if row.is_quiet() { Ink::Muted } else { Ink::Text };
        let (left, right) = self.axis.ends();
        let (room, name_at, middle_at, height) = match self.is_wide {
            true => (left - px(10.0), px(16.0), px(12.0), px(24.0)),
            false => (right - left, px(12.0), px(25.0), px(38.0)),
        };
        let name = advance::fit(&label(row), FONT as u32, room.max(0) as u32);
        self.canvas.text(&name, (MARGIN, self.y + name_at), Anchor::Start, ink);
        let middle = self.y + middle_at;
        self.y += height;
        self.bands.push((middle - BAR / 2, middle + BAR / 2));
        self.canvas.line(vec![(left, middle), (right, middle)], Ink::Grid, 1.0);
        let severity = row.severity.unwrap_or(Severity::None);
        for span in &row.spans {
            self.span(span, severity, middle);
        }
        for told in &row.told {
            let centre = (self.axis.place(told.at, told.window), middle);
            self.mark(legend::Sign::Told, centre);
        }
        for decided in row.decisions {
            let sign = match decided.decision {
                d if d.is_action() && words::acted_word(self.replay.note.mode) == "on paper" => {
                    legend::Sign::OnPaper
                }
                d if d.is_action() => legend::Sign::AskedFor,
                d if d.is_stop() => legend::Sign::Blocked,
                _ => continue,
            };
            let centre = (self.axis.place(decided.at, decided.window), middle);
            self.mark(sign, centre);
            // The rail's name, where nothing else can stand.
            if sign == legend::Sign::Blocked && row.decisions.len() == 1 && row.spans.is_empty() {
                let rail = decided.decision.rail().map_or("", Rail::words);
                let name = format!("blocked: {rail}");
                let wide = advance::width(&name, FONT as u32) as i32;
                let gap = px(8.0);
                if centre.0 + gap + wide < right {
                    let at = (centre.0 + gap, middle + px(4.0));
                    self.canvas.text(&name, at, Anchor::Start, Ink::Muted);
                } else if centre.0 - gap - wide > left {
                    let at = (centre.0 - gap, middle + px(4.0));
                    self.canvas.text(&name, at, Anchor::End, Ink::Muted);
                }
            }
        }
    }

    fn mark(&mut self, sign: legend::Sign, centre: Point) {
        self.legend.uses(sign);
        sign.draw(centre, &mut self.canvas.list);
    }

    fn span(&mut self, span: &Span, severity: Severity, middle: i32) {
        let (_, right) = self.axis.ends();
        let from = self.axis.place(span.from.at, span.from.window);
        let to = span.to.map_or(right, |to| self.axis.place(to.at, to.window));
        // However short, it is seen.
        let to = to.max(from + px(2.0));
        if span.is_firing {
            self.legend.uses(legend::Sign::Firing);
            legend::firing(
                &mut self.canvas.list,
                severity,
                (from, middle - BAR / 2),
                (to, middle + BAR / 2),
            );
            if span.to.is_some() {
                self.legend.uses(legend::Sign::Resolved);
                legend::Sign::Resolved.draw((to, middle), &mut self.canvas.list);
            }
        } else {
            self.legend.uses(legend::Sign::Pending);
            let corners = ((from, middle - BAR / 4), (to, middle + BAR / 4));
            legend::pending(&mut self.canvas.list, severity.into(), corners.0, corners.1);
        }
    }
}

/// A row's name; the severity's sign before an alert's.
fn label(row: &Row<'_>) -> String {
    let name = wording::printable(row.name);
    match row.severity {
        Some(severity) => format!("{} {name}", wording::severity_icon(severity)),
        None => name.into_owned(),
    }
}
