//! The windows that charts over time are about: what each is called, and where it is on the axis.

use driftline_core::report::{Report, WindowReport};

use crate::{axis::Axis, frame::Frame, marks::Stop, wording};

/// Windows in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Windows {
    /// Whether they lie by their instants; otherwise one beside the other.
    pub has_clock: bool,
    /// Whether each is a file.
    pub are_files: bool,
    /// The windows.
    pub list: Vec<Window>,
}

/// One window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// What people call it.
    pub name: String,
    /// Where it begins: in microseconds since 1970, or by how many windows come before it.
    pub from: i64,
    /// Where it ends.
    pub to: i64,
}

impl Windows {
    /// The windows of a report.
    pub fn of_report(report: &Report) -> Windows {
        let windows = &report.windows;
        // Files stand one beside the other: there may be much time between them, and their names are what people know.
        let are_files = are_files(windows);
        let has_clock = !are_files && windows.iter().all(|w| w.start.is_some() && w.end.is_some());
        let whole_days = are_whole_days(windows);
        let window = |(n, window): (i64, &WindowReport)| {
            let (from, to) = match (window.start, window.end) {
                (Some(start), Some(end)) if has_clock => (start.micros(), end.micros()),
                _ => (n, n + 1),
            };
            Window { name: when(window, whole_days), from, to }
        };
        Windows { has_clock, are_files, list: (0..).zip(windows).map(window).collect() }
    }

    /// The axis that they lie on.
    pub(crate) fn axis(&self, frame: Frame) -> Axis {
        let (left, right) = frame.plot();
        let first = self.list.first().map_or(0, |window| window.from);
        let last = self.list.iter().map(|window| window.to).max().unwrap_or(1);
        match self.are_files {
            true => Axis::of_names(self.list.iter().map(|w| w.name.clone()).collect(), left, right),
            false => Axis::new((first, last), self.has_clock, left, right),
        }
    }

    /// The stretch of the picture that each takes, for whoever points at it.
    pub(crate) fn stops(&self, axis: &Axis) -> Vec<Stop> {
        let stop = |window: &Window| Stop {
            name: window.name.clone(),
            from: axis.x(window.from),
            to: axis.x(window.to),
        };
        self.list.iter().map(stop).collect()
    }

    /// Whether a window begins where the one before it ends: windows without rows are left out of a report.
    pub(crate) fn joins(&self, at: usize) -> bool {
        let window = |at: usize| self.list.get(at);
        let both = at.checked_sub(1).and_then(window).zip(window(at));
        both.is_some_and(|(before, window)| window.from <= before.to)
    }

    /// "24 windows".
    pub(crate) fn counted(&self) -> String {
        wording::counted(self.list.len() as u64, "window")
    }

    /// What the first column of a table of windows is called.
    pub(crate) fn heading(&self) -> String {
        match (self.are_files, self.has_clock) {
            (true, _) => "File".into(),
            (false, true) => "Window (UTC)".into(),
            (false, false) => "Window".into(),
        }
    }
}

/// Whether each window is a file.
pub(crate) fn are_files(windows: &[WindowReport]) -> bool {
    windows.first().is_some_and(|window| window.source.is_some())
}

/// What a window is called: its file, its first instant or its rows.
pub(crate) fn when(window: &WindowReport, whole_days: bool) -> String {
    if let Some(source) = &window.source {
        return wording::printable(source).into_owned();
    }
    match (window.start, window.first_row) {
        (Some(start), _) => {
            let start = start.to_string();
            let (day, time) = start.split_once('T').unwrap_or((&start, ""));
            if whole_days {
                day.into()
            } else {
                let time = time.trim_end_matches('Z');
                format!("{day} {}", time.strip_suffix(":00").unwrap_or(time))
            }
        }
        (None, first) => {
            let first = first.unwrap_or(0);
            format!("rows {} – {}", wording::count(first + 1), wording::count(first + window.rows))
        }
    }
}

/// Whether every window begins at midnight.
pub(crate) fn are_whole_days(windows: &[WindowReport]) -> bool {
    windows
        .iter()
        .all(|window| window.start.is_none_or(|start| start.to_string().contains("T00:00:00Z")))
}
