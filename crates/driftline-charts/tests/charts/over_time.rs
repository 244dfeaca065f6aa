//! Charts over windows, byte for byte, and what holds for every one of them: the same axis, a table of the same data, and
//! places that answer a pointer and the arrow keys.

use core::time::Duration;
use std::time::Instant;

use driftline_charts::{
    Chart, Frame, Ink, Mark,
    cumulative::{self, Cumulative},
    heatmap::{self, Cell, Heatmap, Level, Row},
    histogram,
    html::{self, windows},
    marks::Direction,
    mix::{self, Mix},
    percentiles::{self, Latencies, Percentiles, Promise},
    series::{self, Point, Series},
    threshold::{Threshold, Unit},
    timeline,
    windows::{Window, Windows},
};
use driftline_core::{
    objective::Objectives,
    policy::Policy,
    replay::Replay,
    report::{LatencyFigures, LatencyReport, PredictionMix, Report, WindowReport},
    schema::{Kind, Role},
    spec::WindowMeasure,
    time::Timestamp,
    verdict::{Ladder, Severity},
};

use crate::{fixture, pictures::check_golden, report::check_page};

const HOUR_MILLIS: i64 = 3_600_000;
const MOVED: &str = "distance_from_home";

/// An hour of 1,000 rows, the `n`th of a day: one feature drifts from the tenth on, another from the fourteenth; in the
/// fifth too few rows decide nothing; requests slow down from the twelfth on.
fn hour(n: i64, has_clock: bool) -> WindowReport {
    let rising = |from: i64, by: f64| (n - from).max(0) as f64 * by;
    let (moved, amount) = (0.02 + rising(9, 0.06), 0.03 + rising(13, 0.02));
    let too_few = n == 4;
    let psi = [
        (MOVED, moved),
        ("transaction_amount", amount),
        ("transaction_hour", 0.01),
        ("prediction", 0.004),
    ];
    let scores = || psi.map(|(name, psi)| (name.to_string(), if too_few { 0.31 } else { psi }));
    let ladder = Ladder::default();
    let certain = psi.map(|(name, psi)| (name.to_string(), psi * 0.8));
    let drifted = certain.iter().filter(|(_, lower)| ladder.step(*lower).is_drift());
    let start = Timestamp::parse("2024-01-15T00:00:00Z").expect("an instant").micros() / 1000;
    let slow = 1.0 + rising(11, 0.25);
    WindowReport {
        start: has_clock.then(|| Timestamp::from_millis(start + n * HOUR_MILLIS)),
        end: has_clock.then(|| Timestamp::from_millis(start + (n + 1) * HOUR_MILLIS)),
        first_row: (!has_clock).then_some(n.unsigned_abs() * 1000),
        severity: Severity::None,
        drifted_features: if too_few {
            Vec::new()
        } else {
            drifted.map(|(name, _)| name.clone()).collect()
        },
        inconclusive_features: if too_few {
            psi[..3].iter().map(|(n, _)| (*n).into()).collect()
        } else {
            Vec::new()
        },
        undecided: if too_few { vec!["prediction".into()] } else { Vec::new() },
        psi_scores: scores().into(),
        psi_lower: if too_few { Default::default() } else { certain.into() },
        js: [(MOVED.to_string(), moved / 8.0)].into(),
        latency: (n != 7).then(|| LatencyFigures {
            count: if too_few { 40 } else { 1000 },
            p50_ms: 11.5 + n as f64 / 10.0,
            p95_ms: 58.0 * slow,
            p99_ms: 190.0 * slow * if n == 16 { 2.5 } else { 1.0 },
            max_ms: 3000.0,
            p50_lower_ms: Some(11.0),
            p95_lower_ms: Some(50.0),
            p99_lower_ms: (!too_few).then_some(150.0),
            ..LatencyFigures::default()
        }),
        error_rate: Some(if n == 16 { 0.031 } else { 0.002 }),
        prediction: Some(PredictionMix {
            levels: [("legitimate".into(), 900 - 10 * n.unsigned_abs()), ("fraud".into(), 80)]
                .into(),
            other: 0,
            new: n.unsigned_abs(),
        }),
        ..WindowReport::of_rows(if too_few { 40 } else { 1000 })
    }
}

fn day(has_clock: bool) -> Report {
    let mut report = fixture::payments();
    report.windows = (0..24).map(|n| hour(n, has_clock)).collect();
    for cell in report.columns.iter_mut().flat_map(|column| &mut column.bins) {
        let ends = cell.label.split_once(" – ");
        cell.lower =
            ends.map(|ends| ends.0).or(cell.label.strip_prefix("> ")).and_then(|l| l.parse().ok());
        cell.upper =
            ends.map(|ends| ends.1).or(cell.label.strip_prefix("≤ ")).and_then(|u| u.parse().ok());
    }
    let latencies = driftline_core::latency::LatencyHistogram::with_thresholds(
        &Objectives::default().thresholds(),
    );
    report.latency = Some(LatencyReport {
        current: LatencyFigures::default(),
        invalid: 0,
        objectives: Objectives::default().judge(&latencies),
        baseline: None,
    });
    report
}

fn psi(report: &Report) -> Series {
    Series::psi(report, report.column(MOVED).expect("the fixture has it"))
        .expect("every window has a PSI")
}

/// Predictions of a day: one level fades in, and five rare ones are put together.
fn answers(windows: Windows) -> Mix {
    let levels = ["legitimate", "fraud", "review", "<b>new</b>", "e", "f", "g", "h"];
    let counts = (0..windows.list.len() as u64).map(|n| {
        let rows = [800, 60 + n * 12, 90, if n > 15 { 40 } else { 0 }, 20, 15, 10, 5];
        if n == 7 { Vec::new() } else { levels.into_iter().zip(rows).collect() }
    });
    let counts: Vec<_> = counts.collect();
    Mix::of_counts("prediction", windows, counts)
}

/// So many columns over so many windows; the levels change as a real map's do, or from cell to cell.
fn map(columns: usize, windows: usize, is_restless: bool) -> Heatmap {
    let window = |n: i64| Window { name: format!("window {n}"), from: n, to: n + 1 };
    let cell = |column: usize, window: usize| {
        let level = match is_restless {
            true => Level::ALL[(column * 7 + window * 5 + window * window) % 6],
            false if window > 120 && column < 60 => Level::ALL[3 + (column + window / 40) % 3],
            false => Level::None,
        };
        Cell { level, psi: Some((column * 31 + window) as f64 / 9e4) }
    };
    let row = |column: usize| Row {
        name: format!("v{column}"),
        cells: (0..windows).map(|window| cell(column, window)).collect(),
    };
    let list = (0..windows as i64).map(window).collect();
    Heatmap {
        windows: Windows { list, ..Windows::default() },
        rows: (0..columns).map(row).collect(),
    }
}

fn all(report: &Report, width: u32) -> Vec<(&'static str, Chart)> {
    let report = &report.clone().decided_by(&Policy::default());
    let replay = report.replay().expect("it was decided on");
    let map = Heatmap::of_report(report).expect("columns that decide");
    let frame = windows::frame(Some(&map), Some(&replay), width);
    let windows = Windows::of_report(report);
    let column = |name: &str| report.column(name).expect("a column of the fixture");
    vec![
        ("series_psi", series::draw(&psi(report), frame)),
        (
            "series_errors",
            series::draw(&Series::error_rate(report).expect("the fixture has it"), frame),
        ),
        (
            "percentiles",
            percentiles::draw(&Percentiles::of_report(report).expect("the fixture has it"), frame),
        ),
        ("heatmap", heatmap::draw(&map, frame)),
        ("mix", mix::draw(&answers(windows), frame)),
        ("timeline_framed", timeline::draw_in(&replay, report, frame)),
        (
            "cumulative",
            cumulative::draw(
                &Cumulative::of_column(column(MOVED)).expect("the fixture has it"),
                width.min(680),
            ),
        ),
        (
            "mix_two_sides",
            mix::draw(&Mix::of_column(column("merchant_category")), Frame::new(width.min(480))),
        ),
        ("histogram_marked", histogram::draw(column(MOVED), width.min(640))),
    ]
}

#[test]
fn charts_over_time_are_as_they_were() {
    for (name, chart) in all(&day(true), 960) {
        if name != "histogram_marked" {
            check_golden(name, &chart);
        }
    }
    for (name, chart) in all(&day(true), 320) {
        if name != "histogram_marked" {
            check_golden(&format!("{name}_narrow"), &chart);
        }
    }
    check_golden("heatmap_large", &heatmap::draw(&map(500, 200, false), Frame::new(960)));
}

#[test]
fn every_place_lies_in_its_picture_and_every_table_is_whole() {
    for has_clock in [true, false] {
        let report = day(has_clock);
        for width in [0, 240, 390, 960, u32::MAX] {
            for (name, chart) in all(&report, width) {
                let (w, h) = (chart.picture.width as i32, chart.picture.height as i32);
                for stop in &chart.marks.stops {
                    assert!(
                        0 <= stop.from && stop.from <= stop.to && stop.to <= w,
                        "{name} {stop:?}"
                    );
                }
                for line in &chart.marks.lines {
                    assert_eq!(line.spots.len(), chart.marks.stops.len(), "{name}");
                    for spot in line.spots.iter().flatten() {
                        assert!(
                            0 <= spot.top && spot.top <= spot.bottom && spot.bottom <= h,
                            "{name} {spot:?}"
                        );
                    }
                }
                assert!(!chart.table.rows.is_empty() && !chart.description.is_empty(), "{name}");
                for row in &chart.table.rows {
                    assert_eq!(row.len(), chart.table.header.len(), "{name}");
                }
                assert!(!chart.to_svg().contains("NaN"), "{name}");
            }
        }
    }
}

#[test]
fn charts_in_one_frame_line_up() {
    for width in [320, 960] {
        let report = day(true);
        let frame = windows::frame(Heatmap::of_report(&report).as_ref(), None, width);
        let windows = Windows::of_report(&report);
        let stops: Vec<_> = [
            series::draw(&psi(&report), frame),
            percentiles::draw(&Percentiles::of_report(&report).unwrap(), frame),
            heatmap::draw(&Heatmap::of_report(&report).unwrap(), frame),
            mix::draw(&answers(windows), frame),
        ]
        .map(|chart| chart.marks.stops)
        .into();
        assert!(stops.iter().all(|other| *other == stops[0]));
        // Alerts change at the ends of windows.
        let replay = Replay::of_report(&Policy::default(), &report);
        let timeline = timeline::draw_in(&replay, &report, frame).marks.stops;
        assert!(!timeline.is_empty());
        for change in timeline {
            let at = (change.from + change.to) / 2;
            assert!(stops[0].iter().any(|window| window.to == at), "{change:?}");
        }
    }
}

#[test]
fn a_place_is_found_by_pointing_at_it() {
    let report = day(true);
    let chart = percentiles::draw(&Percentiles::of_report(&report).unwrap(), Frame::new(960));
    for line in 0..3 {
        for stop in 0..24 {
            let Some(hit) = chart.marks.hit(line, stop) else {
                assert_eq!(stop, 7, "only the eighth hour has no latencies");
                continue;
            };
            let ((x0, y0), (x1, y1)) = hit.area;
            let found = chart.nearest(f64::from(x0 + x1) / 2.0, f64::from(y0 + y1) / 2.0).unwrap();
            assert_eq!((found.line, found.stop), (line, stop));
        }
    }
    // Where a window has nothing, its neighbour answers; far outside, the nearest edge does.
    let hole = &chart.marks.stops[7];
    let found = chart.nearest(f64::from(hole.from + hole.to) / 8.0 - 2.0, 100.0).unwrap();
    assert_eq!(found.stop, 6);
    assert_eq!(chart.nearest(-1e9, f64::NAN).unwrap().stop, 0);
    assert_eq!(chart.nearest(f64::INFINITY, 0.0).unwrap().stop, 23);
    let hit = chart.marks.hit(1, 20).unwrap();
    assert_eq!(hit.text, "2024-01-15 20:00 · p95: 188 ms, objective missed");
    assert_eq!(hit.label, "188 ms, objective missed, p95, 2024-01-15 20:00, 21 of 24");
}

#[test]
fn a_cell_of_a_histogram_answers_too() {
    let report = fixture::payments();
    let chart = histogram::draw(report.column(MOVED).unwrap(), 640);
    let hit = chart.nearest(130.0, 80.0).unwrap();
    // 246 of 5,000 current rows; 0.0508 · ln(0.1 ÷ 0.0492) = 0.036.
    assert_eq!(hit.text, "0.82 – 1.61: baseline 10 %, current 4.9 %, adds 0.036 to PSI");
}

#[test]
fn arrow_keys_walk_over_gaps_and_stop_at_the_ends() {
    let report = day(true);
    let chart = percentiles::draw(&Percentiles::of_report(&report).unwrap(), Frame::new(960));
    let place = |from, direction| chart.step(from, direction).map(|hit| (hit.line, hit.stop));
    assert_eq!(place((1, 6), Direction::Right), Some((1, 8)));
    assert_eq!(place((1, 8), Direction::Left), Some((1, 6)));
    assert_eq!(place((1, 6), Direction::Up), Some((0, 6)));
    assert_eq!(place((0, 6), Direction::Up), None);
    assert_eq!(place((2, 6), Direction::Down), None);
    assert_eq!(place((1, 6), Direction::First), Some((1, 0)));
    assert_eq!(place((1, 6), Direction::Last), Some((1, 23)));
    assert_eq!(place((0, 0), Direction::Left), None);
    assert_eq!(place((9, 99), Direction::Left), None);
    let first = chart.marks.first().unwrap();
    assert_eq!((first.line, first.stop), (0, 0));
}

#[test]
fn a_map_knows_which_column_and_window_a_point_is_in() {
    let report = day(true);
    let map = Heatmap::of_report(&report).unwrap();
    let names: Vec<&str> = map.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, [MOVED, "transaction_amount", "transaction_hour", "prediction"]);
    let levels =
        |row: usize| -> Vec<Level> { map.rows[row].cells.iter().map(|cell| cell.level).collect() };
    // The lower end, 0.8 × PSI, is past 0.1, 0.2 and 0.25 from PSI 0.125, 0.25 and 0.3125 on.
    let expected = [
        (9, Level::None),
        (11, Level::Moderate),
        (13, Level::Significant),
        (14, Level::Critical),
        (4, Level::Inconclusive),
    ];
    for (at, level) in expected {
        assert_eq!(levels(0)[at], level, "hour {at}");
    }
    let chart = heatmap::draw(&map, Frame::new(960));
    let hit = chart.marks.hit(0, 14).unwrap();
    let ((x0, y0), (x1, y1)) = hit.area;
    let found = chart.nearest(f64::from(x0 + x1) / 2.0, f64::from(y0 + y1) / 2.0).unwrap();
    assert_eq!(found.text, "2024-01-15 14:00 · distance_from_home: critical, PSI 0.320");
    assert_eq!(chart.table.rows[0][..3], [MOVED, "0.860", "2024-01-15 11:00"].map(String::from));
    assert_eq!(map.cells().rows.len(), 4 * 24);
}

#[test]
fn the_largest_map_is_quick_and_small() {
    for (is_restless, most) in [(false, 60_000), (true, 2_000_000)] {
        let map = map(500, 200, is_restless);
        let started = Instant::now();
        let chart = heatmap::draw(&map, Frame::new(960));
        let svg = chart.to_svg();
        let took = started.elapsed();
        println!("500 × 200, restless {is_restless}: {took:?}, {} bytes", svg.len());
        assert!(svg.len() < most, "{} bytes", svg.len());
        // Under 40 ms where the compiler optimises; on a machine that does other things too this only tells a map from a
        // mistake.
        assert!(took < Duration::from_secs(3), "{took:?}");
        let started = Instant::now();
        let hit = chart.nearest(500.0, 600.0).unwrap();
        println!("nearest {:?}: {}", started.elapsed(), hit.text);
        assert!(hit.text.contains("window "));
    }
}

#[test]
fn the_map_of_a_large_report_is_quick_too() {
    let mut report = fixture::payments();
    let name = |n: usize| format!("feature_{n:03}");
    let column = report.columns[0].clone();
    report.columns = (0..500)
        .map(|n| driftline_core::report::ColumnReport { name: name(n), ..column.clone() })
        .collect();
    let window = |n: i64| {
        let scores = || (0..500).map(|column| (name(column), 0.3)).collect();
        let features = || (0..250).map(name).collect();
        WindowReport {
            psi_scores: scores(),
            psi_lower: scores(),
            drifted_features: features(),
            ..hour(n % 24, false)
        }
    };
    report.windows = (0..200).map(window).collect();
    let started = Instant::now();
    let map = Heatmap::of_report(&report).unwrap();
    let took = started.elapsed();
    println!("the map of 500 × 200: {took:?}");
    assert_eq!((map.rows.len(), map.rows[0].name.as_str()), (500, "feature_000"));
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn a_window_that_decides_nothing_is_a_gap_and_a_hollow_mark() {
    let series = psi(&day(true));
    assert!(series.points[4].unwrap().is_undecided);
    let chart = series::draw(&series, Frame::new(960));
    assert!(chart.to_svg().contains("not decided"));
    assert!(chart.marks.hit(0, 4).unwrap().text.ends_with("0.310, not decided"));
    assert_eq!(
        chart.table.rows[4],
        ["2024-01-15 04:00", "0.310", "–", "0.424", "no"].map(String::from)
    );
    let decided = Series {
        points: series.points.iter().map(|p| p.filter(|p| !p.is_undecided)).collect(),
        ..series
    };
    assert!(!series::draw(&decided, Frame::new(960)).to_svg().contains("not decided"));
}

#[test]
fn time_without_windows_is_left_empty() {
    let whole = day(true);
    let mut report = whole.clone();
    report.windows.drain(17..20);
    let frame = Frame::new(960);
    let data = |svg: &str, mark: &str| svg.matches(mark).count();
    let lines = |report: &Report| series::draw(&psi(report), frame).to_svg();
    let strokes = "fill=\"none\" stroke=\"var(--drift-current, #d55e00)\" stroke-width=\"2\"";
    let moves = |svg: String| -> usize {
        svg.split(strokes).nth(1).map_or(0, |path| data(path.split("/>").next().unwrap_or(""), "M"))
    };
    // The undecided hour parts the line in two; three hours without rows in three.
    assert_eq!((moves(lines(&whole)), moves(lines(&report))), (2, 3));
    let bars = |report: &Report| {
        let chart = heatmap::draw(&Heatmap::of_report(report).unwrap(), frame);
        let items = chart.picture.items.iter();
        let bars =
            items.filter(|item| item.ink == Ink::Critical && matches!(item.mark, Mark::Rect(..)));
        // One of them is the key's.
        bars.count() - 1
    };
    assert_eq!((bars(&whole), bars(&report)), (1, 2));
    let chart = percentiles::draw(&Percentiles::of_report(&report).unwrap(), frame);
    assert_eq!(moves(chart.to_svg()), 4, "gaps: too few requests, no latencies, no windows");
}

#[test]
fn noise_follows_the_rows_of_each_window() {
    let report = day(true);
    let column = report.column(MOVED).unwrap();
    let whole = column.measures.psi.as_ref().unwrap().noise;
    let series = psi(&report);
    let noise = |at: usize| series.points[at].unwrap().noise.unwrap();
    // s · χ²₀.₉₅(9) = 16.918978 · (1/20000 + 1/m)
    for (at, rows) in [(0, 1000.0), (4, 40.0)] {
        let expected = 16.918_977_604_620_45 * (1.0 / 20_000.0 + 1.0 / rows);
        assert!((noise(at) / expected - 1.0).abs() < 1e-9, "{} {expected}", noise(at));
    }
    assert!(noise(0) > whole);
}

#[test]
fn the_gap_is_the_ks_statistic_of_the_cells() {
    let report = day(true);
    let of = Cumulative::of_column(report.column(MOVED).unwrap()).unwrap();
    // Current 212 + 246 + … of 5,000 in the first six deciles is 0.3904, of 0.6.
    let (at, step) = of.largest().unwrap();
    assert_eq!((at, step.label.as_str()), (5, "4.82 – 6.41"));
    assert!((step.gap() - 0.2096).abs() < 1e-12, "{}", step.gap());
    let chart = cumulative::draw(&of, 640);
    assert!(chart.to_svg().contains(">Largest gap 21 points at 6.41<"));
    assert_eq!(
        chart.nearest(400.0, 100.0).unwrap().text,
        "≤ 6.41: baseline 60 %, current 39 %, gap 21 points"
    );
    assert!(Cumulative::of_column(report.column("merchant_category").unwrap()).is_none());
    let empty = fixture::column("x", Role::Feature, Kind::Numeric, &[("a", 5, 0)]);
    assert!(Cumulative::of_column(&empty).is_none());
}

#[test]
fn percentiles_that_lie_far_apart_are_drawn_by_ratio() {
    let list = vec![Window { name: "all".into(), from: 0, to: 1 }];
    let windows = Windows { list, ..Windows::default() };
    let marks = |p99: f64| {
        let point = Latencies { ms: [10.0, 20.0, p99], count: 1000, ..Latencies::default() };
        let of = Percentiles {
            windows: windows.clone(),
            points: vec![Some(point)],
            objectives: vec![Promise { percent: 95.0, ms: 15.0 }],
        };
        percentiles::draw(&of, Frame::new(960)).to_svg()
    };
    assert!(marks(40.0).contains(">0 ms<") && !marks(4000.0).contains(">0 ms<"));
    assert!(marks(4000.0).contains(">1 s<") && marks(4000.0).contains("p95 objective 15 ms"));
}

#[test]
fn levels_past_the_most_frequent_are_put_together() {
    let mix = answers(Windows::of_report(&day(true)));
    assert_eq!(mix.levels, ["legitimate", "fraud", "review", "e", "f", "other levels"]);
    for shares in mix.shares.iter().flatten() {
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    assert_eq!(mix.shares[7], None);
    // Six levels are six layers.
    let six = ["a", "b", "c", "d", "e", "f"].map(|level| (level, 1)).to_vec();
    let windows =
        Windows { list: vec![Window { name: "w".into(), from: 0, to: 1 }], ..Windows::default() };
    assert_eq!(Mix::of_counts("x", windows, [six]).levels.len(), 6);
}

#[test]
fn nothing_and_hardly_anything_is_drawn_too() {
    let frame = Frame::new(960);
    let none = Windows::default();
    let list = vec![Window { name: "w".into(), from: 5, to: 5 }];
    let one = Windows { has_clock: true, list, ..Windows::default() };
    let point = Point {
        value: 1e300,
        lower: Some(-1.0),
        upper: Some(f64::INFINITY),
        noise: Some(f64::NAN),
        is_undecided: false,
    };
    let thresholds = Threshold::of_ladder(&Ladder::default());
    let series = |windows: &Windows, points| Series {
        title: "x".into(),
        unit: Unit::Number,
        windows: windows.clone(),
        points,
        thresholds: thresholds.clone(),
    };
    let rows = |cells| vec![Row { name: "x".into(), cells }];
    for chart in [
        series::draw(&series(&none, vec![]), frame),
        series::draw(&series(&one, vec![None]), frame),
        series::draw(&series(&one, vec![Some(point)]), frame),
        percentiles::draw(&Percentiles::default(), frame),
        percentiles::draw(
            &Percentiles {
                windows: one.clone(),
                points: vec![Some(Latencies {
                    ms: [0.0, 0.0, f64::INFINITY],
                    ..Latencies::default()
                })],
                objectives: vec![],
            },
            frame,
        ),
        heatmap::draw(&Heatmap::default(), frame),
        heatmap::draw(&Heatmap { windows: one.clone(), rows: rows(vec![]) }, frame),
        heatmap::draw(
            &Heatmap { windows: one.clone(), rows: rows(vec![Cell::default(); 3]) },
            frame,
        ),
        mix::draw(&Mix::default(), frame),
        mix::draw(
            &Mix {
                name: "x".into(),
                windows: one.clone(),
                levels: vec!["a".into()],
                shares: vec![None],
            },
            frame,
        ),
        cumulative::draw(&Cumulative::default(), 640),
    ] {
        let svg = chart.to_svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        chart.nearest(10.0, 10.0);
        chart.marks.first();
    }
    assert_eq!(Series::measure(&day(true), MOVED, WindowMeasure::Kl), None);
    assert!(Series::measure(&day(true), MOVED, WindowMeasure::Js).is_some());
}

#[test]
fn a_hostile_name_stays_text() {
    for name in fixture::HOSTILE {
        let mut report = day(true);
        for column in report.columns.iter_mut().filter(|column| column.name == MOVED) {
            column.name = name.into();
        }
        for window in &mut report.windows {
            let mut scores = core::mem::take(&mut window.psi_scores);
            if let Some(psi) = scores.remove(MOVED) {
                scores.insert(name.into(), psi);
            }
            window.psi_scores = scores;
        }
        let frame = Frame::new(960);
        let column = report.column(name).unwrap();
        let level = Mix {
            levels: vec![name.into()],
            shares: vec![Some(vec![1.0]); 24],
            name: name.into(),
            windows: Windows::of_report(&report),
        };
        for chart in [
            series::draw(&Series::psi(&report, column).unwrap(), frame),
            heatmap::draw(&Heatmap::of_report(&report).unwrap(), frame),
            cumulative::draw(&Cumulative::of_column(column).unwrap(), 640),
            mix::draw(&level, frame),
        ] {
            for markup in [chart.to_svg(), chart.to_svg_file(), chart.table.to_html()] {
                for never in
                    ["<script", "<svg onload", "\"onload", "]]>", "\u{202e}", "\u{1b}", "\0"]
                {
                    assert!(!markup.contains(never), "{never:?} in {markup}");
                }
            }
            for line in 0..chart.marks.lines.len() {
                let said =
                    chart.marks.hit(line, 0).map(|hit| hit.text + &hit.label).unwrap_or_default();
                assert!(!said.contains(['\u{202e}', '\u{1b}', '\0']), "{said:?}");
            }
        }
        check_page(&html::report(&report, None));
    }
}

#[test]
fn a_page_over_time_is_whole_and_says_each_thing_once() {
    let policy = Policy::default();
    let report = day(true).decided_by(&policy);
    let page = html::report(&report, Some(&policy));
    check_page(&page);
    for title in [
        "Alerts and triggers over",
        "Latency percentiles over",
        "4 columns over",
        "Error rate over",
        "Mix of prediction over",
        "PSI of distance_from_home over",
        "Cumulative shares of distance_from_home",
    ] {
        assert_eq!(page.matches(&format!("<title>{title}")).count(), 1, "{title}");
    }
    if let Some(path) = std::env::var_os("REPORT_HTML") {
        std::fs::write(path, &page).expect("the path is writable");
    }
    assert!(page.len() < 250_000, "{} bytes", page.len());
}
