//! The current rows window by window: a line each, the worst where there are many.

use driftline_charts::wording;
use driftline_core::{
    convention::Decides,
    group::WindowSize,
    report::{Report, WindowReport},
    time::Timestamp,
    verdict::Severity,
};

use super::{
    Layout,
    bar::Scale,
    ink::{BOLD, DIM, Span, severity_ink},
    section::{heading_line, indented},
    table::{Align, Table},
    wrap::wrapped,
};

/// Lines, unless all are wanted.
const LISTED: usize = 30;
/// Characters of the line that shows all windows at once.
const SKYLINE: usize = 60;
/// From the lowest bar of one character to the highest.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

pub(super) fn section(report: &Report, layout: Layout) -> String {
    let windows = &report.windows;
    if windows.is_empty() {
        return String::new();
    }
    let heading = match wording::replay::window_size(windows) {
        Some(WindowSize::Rows(rows)) => format!("Windows of {}", wording::counted(rows, "row")),
        Some(size) => format!("Windows of {size}"),
        None => "Files".into(),
    };
    let severities: Vec<Severity> = windows.iter().map(|window| window.severity).collect();
    let mut text = heading_line(&heading, &tally(&severities));
    text += &skyline(windows, report.spec.thresholds.critical);
    text += &unjudged(&severities, report, layout);
    let listed = if layout.all { windows.iter().collect() } else { worst(windows) };
    text += &indented(table(&listed, report), layout);
    let left_out = windows.len() - listed.len();
    if left_out > 0 {
        text += &format!(
            "  {DIM}{} left out, the least bad of {}; --all lists them{DIM:#}\n",
            wording::counted(left_out as u64, "window"),
            wording::count(windows.len() as u64),
        );
    }
    text
}

/// How many there are of each severity, the worst first: `2 critical, 12 no drift`.
pub(super) fn tally(severities: &[Severity]) -> String {
    let of = |severity: Severity| severities.iter().filter(|found| **found == severity).count();
    let mut ranked = Severity::ALL;
    ranked.reverse();
    let said: Vec<String> = ranked
        .into_iter()
        .filter(|severity| of(*severity) > 0)
        .map(|severity| {
            let (ink, word) = (severity_ink(severity), wording::severity_word(severity));
            let count = wording::count(of(severity) as u64);
            format!("{ink}{count} {}{ink:#}", word.to_lowercase())
        })
        .collect();
    said.join(", ")
}

/// That another tool's convention has nothing to say of parts, where it has not.
pub(super) fn unjudged(severities: &[Severity], report: &Report, layout: Layout) -> String {
    let convention = report.spec.convention;
    let is_silent = convention.decides() == Decides::Convention
        && severities.iter().all(|severity| *severity == Severity::Inconclusive);
    if !is_silent {
        return String::new();
    }
    let said = format!(
        "The {} convention judges all rows together; their parts have a PSI here and no verdict.",
        convention.name()
    );
    wrapped(&said, layout.prose_width(), [2, 2]).iter().map(|line| format!("{line}\n")).collect()
}

/// The largest PSI and its column.
pub(super) fn largest(scores: &std::collections::BTreeMap<String, f64>) -> Option<(&str, f64)> {
    let (name, psi) = scores.iter().max_by(|a, b| a.1.total_cmp(b.1))?;
    Some((name, *psi))
}

/// How bad a severity is among others: undecided is worse than undrifted, as no data is never a pass.
pub(super) fn rank(severity: Severity) -> Severity {
    match severity {
        Severity::None => Severity::Inconclusive,
        Severity::Inconclusive => Severity::None,
        severity => severity,
    }
}

/// The worst in the order of time.
fn worst(windows: &[WindowReport]) -> Vec<&WindowReport> {
    let psi = |at: usize| largest(&windows[at].psi_scores).map_or(-1.0, |(_, psi)| psi);
    let mut ranked: Vec<usize> = (0..windows.len()).collect();
    ranked.sort_by(|a, b| {
        (rank(windows[*b].severity).cmp(&rank(windows[*a].severity)))
            .then(psi(*b).total_cmp(&psi(*a)))
    });
    ranked.truncate(LISTED);
    ranked.sort_unstable();
    ranked.into_iter().map(|at| &windows[at]).collect()
}

/// All windows in one line, each as high as its largest PSI; neighbours share a character where there are many.
fn skyline(windows: &[WindowReport], critical: f64) -> String {
    if windows.len() < 3 {
        return String::new();
    }
    let psi = |window: &WindowReport| largest(&window.psi_scores).map(|(_, psi)| psi);
    let highest = windows.iter().filter_map(psi).fold(2.0 * critical, f64::max);
    let mut line = String::new();
    for together in windows.chunks(windows.len().div_ceil(SKYLINE)) {
        let severity = together.iter().map(|window| window.severity).max();
        let ink = severity_ink(severity.unwrap_or(Severity::Inconclusive));
        let bar = together.iter().filter_map(psi).reduce(f64::max).map_or(' ', |psi| {
            let steps = HEIGHTS.len() as f64;
            HEIGHTS[((psi / highest * steps) as usize).min(HEIGHTS.len() - 1)]
        });
        line += &format!("{ink}{bar}{ink:#}");
    }
    format!("  {DIM}largest PSI{DIM:#}  {line}\n")
}

fn table(windows: &[&WindowReport], report: &Report) -> Table {
    let scale = Scale::new(&report.spec.thresholds);
    let is_daily = windows.iter().all(|window| {
        window.start.into_iter().chain(window.end).all(|at| at.to_string().ends_with("T00:00:00Z"))
    });
    let mut table = Table::default();
    let heading = match windows.first() {
        Some(WindowReport { source: Some(_), .. }) => "File",
        _ if windows.iter().any(|window| window.start.is_some()) => "From",
        _ => "Rows",
    };
    let place = |window: &&WindowReport| Span::plain(&place(window, is_daily));
    table.column(heading, Align::Left, 0, windows.iter().map(place));
    if heading != "Rows" {
        let rows = |window: &&WindowReport| Span::plain(&wording::count(window.rows));
        table.column("Rows", Align::Right, 2, windows.iter().map(rows));
    }
    table.column("Severity", Align::Left, 0, windows.iter().map(|w| severity(w.severity)));
    let undecided = windows.iter().map(|w| w.inconclusive_features.len());
    undecided_column(&mut table, undecided);
    table.column("PSI", Align::Right, 0, windows.iter().map(|w| psi(w)));
    let bar = |window: &&WindowReport| {
        largest(&window.psi_scores)
            .map_or_else(Vec::new, |(_, psi)| scale.bar_of(psi, window.severity))
    };
    table.column(&scale.heading(), Align::Left, 4, windows.iter().map(bar));
    let column = |window: &&WindowReport| {
        largest(&window.psi_scores).map_or_else(Vec::new, |(name, _)| Span::plain(name))
    };
    table.flexible_column("Largest in", windows.iter().map(column));
    figures(&mut table, windows);
    table
}

/// How many features could not be decided, where any could not: a severity is that of the others.
pub(super) fn undecided_column(table: &mut Table, features: impl Iterator<Item = usize> + Clone) {
    if features.clone().any(|features| features > 0) {
        let cell = |features: usize| match features {
            0 => Span::inked(DIM, "–"),
            n => Span::plain(&wording::count(n as u64)),
        };
        table.column("Undecided", Align::Right, 1, features.map(cell));
    }
}

/// What the service and the model did, where windows say so.
fn figures(table: &mut Table, windows: &[&WindowReport]) {
    type Figure = (&'static str, u8, fn(&WindowReport) -> Option<String>);
    const FIGURES: [Figure; 5] = [
        ("p95 ms", 1, |w| w.latency.map(|latency| wording::significant(latency.p95_ms))),
        ("Errors", 1, |w| w.error_rate.map(wording::share)),
        ("Accuracy", 1, |w| w.performance.as_ref()?.accuracy.map(wording::brief)),
        ("ROC AUC", 3, |w| w.performance.as_ref()?.roc_auc.map(wording::brief)),
        ("MAE", 3, |w| w.performance.as_ref()?.mae.map(wording::significant)),
    ];
    for (heading, gives_way, figure) in FIGURES {
        if windows.iter().any(|window| figure(window).is_some()) {
            let cell = |window: &&WindowReport| match figure(window) {
                Some(text) => Span::plain(&text),
                None => Span::inked(DIM, "–"),
            };
            table.column(heading, Align::Right, gives_way, windows.iter().map(cell));
        }
    }
}

/// Which file it is; where it begins; which rows it holds, counted from 1.
fn place(window: &WindowReport, is_daily: bool) -> String {
    if let Some(source) = &window.source {
        return wording::printable(source).into_owned();
    }
    match (window.start, window.first_row) {
        (Some(start), _) if is_daily => day(start),
        (Some(start), _) => start.to_string().replace('T', " ").trim_end_matches('Z').into(),
        (None, Some(first)) => {
            let last = first.saturating_add(window.rows);
            format!("{} – {}", wording::count(first.saturating_add(1)), wording::count(last))
        }
        (None, None) => "–".into(),
    }
}

fn day(at: Timestamp) -> String {
    at.to_string().split('T').next().unwrap_or_default().into()
}

pub(super) fn severity(severity: Severity) -> Vec<Span> {
    let text = format!("{} {}", wording::severity_icon(severity), wording::severity_word(severity));
    Span::inked(severity_ink(severity), text)
}

fn psi(window: &WindowReport) -> Vec<Span> {
    let Some((_, psi)) = largest(&window.psi_scores) else { return Span::inked(DIM, "–") };
    let is_drift = window.severity.is_drift();
    let ink = if is_drift { severity_ink(window.severity) | BOLD.get_effects() } else { DIM };
    Span::inked(ink, wording::brief(psi))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(severities: &[Severity]) -> Vec<WindowReport> {
        let window = |(at, severity): (usize, &Severity)| WindowReport {
            first_row: Some(100 * at as u64),
            severity: *severity,
            psi_scores: [("a".to_string(), 0.01 * at as f64)].into(),
            ..WindowReport::of_rows(100)
        };
        severities.iter().enumerate().map(window).collect()
    }

    #[test]
    fn the_worst_windows_are_kept_in_their_order() {
        let mut severities = vec![Severity::None; 40];
        severities[3] = Severity::Critical;
        severities[5] = Severity::Inconclusive;
        let windows = windows(&severities);
        let kept: Vec<u64> = worst(&windows).iter().filter_map(|w| w.first_row).collect();
        assert_eq!(kept.len(), LISTED);
        assert_eq!(kept[..3], [300, 500, 1200]);
        assert!(kept.is_sorted());
    }

    #[test]
    fn a_skyline_is_never_wider_than_it_may_be() {
        for n in [3, 59, 60, 61, 119, 121, 1000] {
            let windows = windows(&vec![Severity::None; n]);
            let line = anstream::adapter::strip_str(&skyline(&windows, 0.25)).to_string();
            let bars = line.chars().filter(|c| HEIGHTS.contains(c)).count();
            assert_eq!(bars, n.div_ceil(n.div_ceil(SKYLINE)), "{n}");
            assert!(bars <= SKYLINE, "{n}");
        }
    }
}
