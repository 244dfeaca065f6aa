//! Text, JSON and HTML.

use std::{io::Write as _, process::Stdio};

use driftline_core::{
    report::{Problem, Report},
    verdict::Severity,
};

use crate::{Folder, people};

const NOW: &str = "--now 2026-01-02T03:04:05Z";

fn drifted() -> Folder {
    let folder = Folder::with_twins();
    folder.write("drifted.csv", people(1000, 3, 20.0));
    folder
}

#[test]
fn json_is_the_report_and_nothing_else() {
    let folder = drifted();
    let ran = folder.run(&format!("compare baseline.csv drifted.csv --format json {NOW}"));
    ran.ends_with(1).is_silent();
    let report = Report::from_json(&ran.out).unwrap();
    assert_eq!(report.severity, Severity::Critical);
    assert_eq!(report.generated_at.to_string(), "2026-01-02T03:04:05Z");
    assert_eq!((report.baseline.source.as_str(), report.baseline.rows), ("baseline.csv", 1000));
    assert_eq!(report.problems, Vec::<Problem>::new());
    assert_eq!(ran.out, report.to_json() + "\n");
}

#[test]
fn equal_calls_give_equal_bytes() {
    let folder = drifted();
    for format in ["text", "json", "html"] {
        let arguments = format!("compare baseline.csv drifted.csv --format {format} {NOW}");
        assert_eq!(folder.run(&arguments).out, folder.run(&arguments).out, "{format}");
    }
}

#[test]
fn html_is_one_file_without_script_or_network() {
    let folder = drifted();
    folder.run("compare baseline.csv drifted.csv --format html -o report.html").ends_with(1);
    let html = folder.read("report.html");
    assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(html.contains("<svg") && html.contains("Critical drift"));
    for outside in ["<script", "javascript:", "<link", "src=", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
}

#[test]
fn text_has_colour_only_where_it_is_asked_for() {
    let folder = drifted();
    let run = |rest: &str| folder.run(&format!("compare baseline.csv drifted.csv {rest}")).out;
    assert!(!run("").contains('\x1b'));
    assert!(run("--color always").contains('\x1b'));
    let plain = anstream::adapter::strip_str(&run("--color always")).to_string();
    assert_eq!(plain, run("--color never"));
    let mut forced = folder.command("compare baseline.csv drifted.csv");
    let forced = forced.env("NO_COLOR", "1").output().unwrap();
    assert!(!forced.stdout.contains(&0x1b));
}

#[test]
fn a_name_in_a_file_cannot_steer_the_terminal() {
    let folder = Folder::new();
    folder.write(
        "a.csv",
        people(300, 1, 0.0).replace("age", "a\x1b[2Jge").replace("Oslo", "\x1b]0;x\x07"),
    );
    folder.write(
        "b.csv",
        people(300, 2, 20.0).replace("age", "a\x1b[2Jge").replace("Oslo", "\u{202e}"),
    );
    let ran = folder.run("compare a.csv b.csv");
    ran.ends_with(1).says("a\\u{1b}[2Jge").says("\\u{202e}");
    for text in [&ran.out, &ran.err, &folder.run("compare a.csv b.csv --role x=id").err] {
        assert!(!text.contains(['\x1b', '\x07', '\u{202e}']), "{text}");
    }
}

#[test]
fn many_columns_are_summed_up_unless_all_are_wanted() {
    let wide = |drifts: bool| {
        let names: Vec<String> = (0..300).map(|i| format!("c{i}")).collect();
        let mut csv = names.join(",") + "\n";
        for row in 0..400 {
            let shift = |column| if drifts && column < 3 { 300 } else { 0 };
            let cells: Vec<String> =
                (0..300).map(|column| format!("{}", row + shift(column))).collect();
            csv += &(cells.join(",") + "\n");
        }
        csv
    };
    let folder = Folder::new();
    folder.write("a.csv", wide(false));
    folder.write("b.csv", wide(true));
    let brief = folder.run("compare a.csv b.csv");
    brief
        .ends_with(1)
        .says("◆ Critical c2")
        .says("No drift in 297 other columns")
        .says("3 of 300 features");
    assert!(!brief.out.contains("c299"));
    folder.run("compare a.csv b.csv --all").ends_with(1).says("✓ No drift c299");
}

#[test]
fn standard_input_stands_in_for_a_file() {
    let folder = drifted();
    let mut child = folder
        .command(&format!("compare baseline.csv - --format json {NOW}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(people(1000, 3, 20.0).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let report = Report::from_json(std::str::from_utf8(&output.stdout).unwrap()).unwrap();
    assert_eq!((report.current.source.as_str(), report.current.rows), ("stdin", 1000));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let folder = drifted();
    let mut command = folder.command("compare baseline.csv drifted.csv --format json");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
}
