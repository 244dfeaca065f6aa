//! The pictures, byte for byte, and what holds for every one of them.
//!
//! `UPDATE_GOLDEN=1 cargo test -p driftline-charts` writes the files anew; look at them before committing.

use std::{env, fs, path::Path};

use driftline_charts::{Chart, histogram, interval, spark};
use driftline_core::{
    report::{ColumnReport, Report},
    schema::{Kind, Role},
    verdict::Ladder,
};

use crate::fixture;

pub(crate) fn check_golden(name: &str, chart: &Chart) {
    let svg = chart.to_svg_file();
    check_markup(name, &svg);
    check_markup(name, &chart.to_svg());
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.svg"));
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &svg).expect("the golden folder is writable");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(svg == expected, "{name}.svg is not as it was; UPDATE_GOLDEN=1 writes it anew");
}

fn check_markup(name: &str, svg: &str) {
    for never in ["NaN", "inf", "style=", "<script", "Infinity"] {
        assert!(!svg.contains(never), "{name} holds {never}");
    }
    assert_eq!(svg.matches("<svg").count(), 1, "{name}");
}

fn column<'a>(report: &'a Report, name: &str) -> &'a ColumnReport {
    report.column(name).expect("a column of the fixture")
}

#[test]
fn histograms_are_as_they_were() {
    let report = fixture::payments();
    check_golden("histogram_numeric", &histogram::draw(column(&report, "distance_from_home"), 640));
    check_golden(
        "histogram_numeric_narrow",
        &histogram::draw(column(&report, "transaction_amount"), 340),
    );
    check_golden(
        "histogram_categories",
        &histogram::draw(column(&report, "merchant_category"), 640),
    );
    check_golden("histogram_two_levels", &histogram::draw(column(&report, "prediction"), 640));
    check_golden(
        "histogram_1000_cells",
        &histogram::draw(&fixture::bell("x", Kind::Numeric, 1000), 640),
    );
    check_golden(
        "histogram_100_levels",
        &histogram::draw(&fixture::bell("x", Kind::Categorical, 100), 640),
    );
}

#[test]
fn sparks_are_as_they_were() {
    let report = fixture::payments();
    check_golden("spark_numeric", &spark::draw(column(&report, "distance_from_home")));
    check_golden("spark_categories", &spark::draw(column(&report, "merchant_category")));
    check_golden("spark_1000_cells", &spark::draw(&fixture::bell("x", Kind::Numeric, 1000)));
}

#[test]
fn intervals_are_as_they_were() {
    let report = fixture::payments();
    let ladder = Ladder::default();
    check_golden(
        "interval_critical",
        &interval::draw(column(&report, "distance_from_home"), &ladder),
    );
    check_golden("interval_none", &interval::draw(column(&report, "transaction_hour"), &ladder));
    check_golden("interval_inconclusive", &interval::draw(column(&report, "device"), &ladder));
    let moved = fixture::column("x", Role::Feature, Kind::Numeric, &[("a", 100, 1), ("b", 1, 100)]);
    check_golden("interval_past_the_end", &interval::draw(&moved, &ladder));
}

#[test]
fn nothing_to_draw_is_a_picture_too() {
    let ladder = Ladder::default();
    let column =
        |rows: &[fixture::Row<'_>]| fixture::column("x", Role::Feature, Kind::Numeric, rows);
    for (name, column) in [
        ("no_cells", column(&[])),
        ("no_rows", column(&[("a", 0, 0), ("b", 0, 0)])),
        ("no_current", column(&[("a", 5, 0), ("b", 7, 0)])),
        ("no_baseline", column(&[("a", 0, 5), ("b", 0, 7)])),
        ("one_cell", column(&[("all", 5, 7)])),
    ] {
        check_golden(&format!("histogram_{name}"), &histogram::draw(&column, 640));
        check_markup(name, &spark::draw(&column).to_svg());
        check_markup(name, &interval::draw(&column, &ladder).to_svg());
    }
}

#[test]
fn every_table_holds_every_cell() {
    for cells in [2, 10, 41, 1000] {
        for kind in [Kind::Numeric, Kind::Categorical] {
            let column = fixture::bell("x", kind, cells);
            let table = histogram::draw(&column, 640).table;
            assert_eq!(table, spark::draw(&column).table);
            assert_eq!(table.rows.len(), column.bins.len());
            for (row, cell) in table.rows.iter().zip(&column.bins) {
                assert_eq!(row.len(), table.header.len());
                let count = |text: &str| text.replace(',', "").parse::<u64>().unwrap();
                assert_eq!(
                    (row[0].as_str(), count(&row[1]), count(&row[3])),
                    (cell.label.as_str(), cell.baseline, cell.current)
                );
            }
        }
    }
}

#[test]
fn a_width_of_any_size_is_drawn() {
    let columns =
        [fixture::bell("x", Kind::Numeric, 50), fixture::bell("x", Kind::Categorical, 50)];
    for width in [0, 1, 240, 390, 4096, u32::MAX] {
        for column in &columns {
            check_markup("any width", &histogram::draw(column, width).to_svg());
        }
    }
}

#[test]
fn what_is_left_out_of_a_picture_is_counted_in_it() {
    let column = fixture::bell("x", Kind::Categorical, 100);
    let svg = histogram::draw(&column, 640).to_svg();
    assert!(svg.contains("+ 70 more: "), "{svg}");
    assert!(
        !histogram::draw(&fixture::bell("x", Kind::Categorical, 30), 640)
            .to_svg()
            .contains(" more: ")
    );
}

#[test]
fn a_hostile_name_stays_text() {
    for name in fixture::HOSTILE {
        let column = fixture::column(
            name,
            Role::Feature,
            Kind::Categorical,
            &[(name, 50, 10), ("b", 50, 90)],
        );
        for chart in [
            histogram::draw(&column, 640),
            spark::draw(&column),
            interval::draw(&column, &Ladder::default()),
        ] {
            for svg in [chart.to_svg(), chart.to_svg_file(), chart.table.to_html()] {
                for never in
                    ["<script", "<svg onload", "\"onload", "]]>", "\u{202e}", "\u{1b}", "\0"]
                {
                    assert!(!svg.contains(never), "{never:?} in {svg}");
                }
            }
        }
    }
}
