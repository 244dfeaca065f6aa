//! Charts that are asked about: pointed at, walked through, zoomed and saved.

use driftline_core::{group::WindowSize, policy::Policy, spec::CompareSpec, time::Timestamp};

use super::{super::tests::intake, *};
use crate::message::shown::{Format, Step, View};

/// A report on two columns in eight windows of rows, with what the shipped policy makes of them.
fn report() -> Report {
    let window = Some(WindowSize::Rows(500));
    let spec = CompareSpec { window, ..CompareSpec::default() };
    let report = intake(window).report(&spec.check().unwrap(), Timestamp::EPOCH);
    report.decided_by(&Policy::default())
}

struct Page {
    showing: Showing,
    report: Report,
}

impl Page {
    fn new() -> Page {
        let mut page = Page { showing: Showing::default(), report: report() };
        page.showing.windows(&mut page.report, 700);
        page.ask(Request::Column {
            name: "amount".into(),
            view: View::default(),
            width: 700,
            is_fixed: false,
        });
        page
    }

    fn ask(&mut self, request: Request) -> Answer {
        self.showing.handle(request, &mut self.report).expect("a question about the report")
    }

    fn step(&mut self, chart: &str, from: Option<(usize, usize)>, step: Step) -> Option<String> {
        match self.ask(Request::Step { chart: chart.into(), from, step }) {
            (Response::Spot { spot, .. }, None) => spot.map(|spot| spot.label),
            other => panic!("expected a spot, found {other:?}"),
        }
    }

    fn zoom(&mut self, between: Option<(&str, i32, i32)>) -> (bool, String) {
        let between = between.map(|(chart, a, b)| (chart.to_string(), a, b));
        match self.ask(Request::Zoom { between, width: 700 }) {
            (Response::Windows { is_part }, Some(markup)) => (is_part, markup),
            other => panic!("expected windows, found {other:?}"),
        }
    }
}

#[test]
fn every_chart_that_is_shown_can_be_asked_about() {
    let mut page = Page::new();
    let ids: Vec<String> = page.showing.gallery.ids().map(str::to_string).collect();
    assert_eq!(ids, ["column-cumulative", "column-histogram", "column-psi", "windows-drift"]);
    for id in ids {
        let first =
            page.step(&id, None, Step::Right).unwrap_or_else(|| panic!("{id} says nothing"));
        assert!(first.contains("1 of "), "{first}");
        let (Response::Spot { spot: Some(spot), .. }, None) =
            page.ask(Request::Point { chart: id.clone(), x: 300, y: 60 })
        else {
            panic!("{id} says nothing at a point")
        };
        assert!(spot.left <= 330 && spot.right >= 270 && spot.top < spot.bottom, "{spot:?}");
        // The same place by keys.
        let at = Some((spot.line, spot.stop));
        let left = page.step(&id, at, Step::Left).unwrap();
        assert_ne!(left, spot.label);
    }
    assert_eq!(page.step("nothing", None, Step::Right), None);
}

#[test]
fn a_walk_ends_where_the_chart_does() {
    let mut page = Page::new();
    assert_eq!(page.step("column-psi", Some((0, 7)), Step::Right), None);
    assert_eq!(page.step("column-psi", Some((0, 0)), Step::Left), None);
    assert_eq!(page.step("column-psi", Some((99, 99)), Step::Up), None);
    let last = page.step("column-psi", Some((0, 0)), Step::Last).unwrap();
    assert!(last.ends_with("8 of 8"), "{last}");
    let down = page.step("windows-drift", Some((0, 2)), Step::Down).unwrap();
    assert!(down.contains("<b>") && down.ends_with("3 of 8"), "{down}");
}

#[test]
fn a_chart_is_saved_on_the_ground_that_it_was_seen_on() {
    let mut page = Page::new();
    let mut save = |format, is_dark| {
        let chart = "column-histogram".to_string();
        match page.ask(Request::Chart { chart, format, is_dark }) {
            (Response::Chart { name, .. }, Some(text)) => (name, text),
            other => panic!("expected a chart, found {other:?}"),
        }
    };
    let (name, light) = save(Format::Svg, false);
    assert_eq!(name, "driftline-Histogram_of_amount.svg");
    assert!(light.contains("xmlns=") && light.contains("#ffffff") && !light.contains("var("));
    let (name, dark) = save(Format::Png, true);
    assert!(name.ends_with(".png") && dark.contains("#14181d") && !dark.contains("#ffffff"));
    let (_, csv) = save(Format::Csv, false);
    assert!(csv.starts_with("Cell,Baseline rows,"));
    assert!(save(Format::Table, false).1.contains("<caption>Cells of amount</caption>"));
    let request = Request::Chart { chart: "x".into(), format: Format::Csv, is_dark: false };
    assert!(matches!(page.ask(request), (Response::Chart { .. }, None)));
}

#[test]
fn a_range_of_windows_is_looked_at_by_itself_and_within_it_a_shorter_one() {
    let mut page = Page::new();
    let (left, right) = {
        let stops = &page.showing.gallery.chart("windows-drift").unwrap().marks.stops;
        (stops[2].from / 4 + 1, stops[5].to / 4 - 1)
    };
    let (is_part, markup) = page.zoom(Some(("windows-drift", right, left)));
    assert!(is_part && markup.contains("4 of 8 windows: rows 1,001 – 1,500 to rows 2,501 – 3,000"));
    assert_eq!(page.report.windows.len(), 8, "the report has them all");
    assert_eq!(page.showing.gallery.chart("windows-drift").unwrap().marks.stops.len(), 4);
    let (left, right) = {
        let stops = &page.showing.gallery.chart("windows-drift").unwrap().marks.stops;
        (stops[1].from / 4 + 1, stops[2].to / 4 - 1)
    };
    let (_, markup) = page.zoom(Some(("windows-drift", left, right)));
    assert!(
        markup.contains("2 of 8 windows: rows 1,501 – 2,000 to rows 2,001 – 2,500"),
        "{markup}"
    );
    // A click is no range, and neither is what is no chart.
    assert!(page.zoom(Some(("windows-drift", left, left))).1.contains("2 of 8 windows"));
    assert!(page.zoom(Some(("nothing", 0, 900))).0);
    let (is_part, markup) = page.zoom(None);
    assert!(!is_part && !markup.contains("of 8 windows:"));
    // The alerts, whose instants are no windows, have no range.
    assert!(!page.zoom(Some(("alerts-timeline", 0, 900))).0);
}
