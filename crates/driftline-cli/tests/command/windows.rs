//! `--window`: the current rows cut by time or by number.

use driftline_core::{report::Report, verdict::Severity};

use crate::{Folder, people, requests};

/// Three days of 1,440 requests; of the second file the last day has drifted.
fn days() -> Folder {
    let folder = Folder::new();
    folder.write("baseline.csv", requests(4320, 1, |_| 0.0));
    folder.write("current.csv", requests(4320, 2, |row| if row < 2880 { 0.0 } else { 5.0 }));
    folder
}

#[test]
fn a_window_of_time_has_a_line_with_what_it_holds() {
    let folder = days();
    let ran = folder.run("compare baseline.csv current.csv --window 1d --color never");
    ran.ends_with(0)
        .says("Windows of 1d 1 critical, 2 no drift")
        .says("From Rows Severity PSI 0 0.5 Largest in p95 ms Errors Accuracy ROC AUC")
        .says("2024-01-01 1,440 ✓ No drift")
        .says("2024-01-03 1,440 ◆ Critical");
    assert!(!ran.out.contains("left out, the least bad"), "{}", ran.out);
}

#[test]
fn a_window_worse_than_the_whole_is_warned_of_and_does_not_decide() {
    let folder = days();
    let warning = "warning: 1 of 3 windows is worse (critical at worst) than the whole";
    folder
        .run("compare baseline.csv current.csv --window 1d --color never")
        .ends_with(0)
        .warns(warning)
        .warns("which alone decides the exit code");
    folder.run("compare baseline.csv current.csv --window 1d --quiet").ends_with(0).is_silent();
}

#[test]
fn a_window_of_rows_needs_no_time() {
    let folder = Folder::with_twins();
    folder
        .run("compare baseline.csv current.csv --window 400rows")
        .ends_with(0)
        .says("Windows of 400 rows 3 no drift")
        .says("1 – 400 ✓ No drift")
        .says("801 – 1,000 ✓ No drift");
    let json = folder.run("compare baseline.csv current.csv --window 400rows --format json").out;
    let report = Report::from_json(&json).unwrap();
    let windows: Vec<_> =
        report.windows.iter().map(|w| (w.first_row, w.rows, w.severity)).collect();
    let none = Severity::None;
    assert_eq!(windows, [(Some(0), 400, none), (Some(400), 400, none), (Some(800), 200, none)]);
}

#[test]
fn many_windows_are_cut_to_the_worst_unless_all_are_wanted() {
    let folder = days();
    let arguments = "compare baseline.csv current.csv --window 1h";
    let brief = folder.run(arguments);
    brief
        .says("42 windows left out, the least bad of 72; --all lists them")
        .says("2024-01-03 23:00:00");
    let all = folder.run(&format!("{arguments} --all"));
    all.says("2024-01-01 00:00:00");
    assert!(!all.out.contains("left out, the least bad"));
}

#[test]
fn a_window_that_cannot_be_cut_is_refused() {
    let folder = Folder::with_twins();
    for (window, expected) in [
        (
            "0h",
            "expected a duration such as \"1h\", a number of rows such as \"5000rows\", or \"auto\", found \"0h\"",
        ),
        ("0rows", "found \"0rows\""),
        ("daily", "found \"daily\""),
        (
            "1h",
            "error: baseline.csv: --window 1h: expected a column of instants in baseline.csv, found none; a number of \
             rows such as \"5000rows\" needs none",
        ),
    ] {
        folder
            .run(&format!("compare baseline.csv current.csv --window {window}"))
            .ends_with(2)
            .warns(expected);
    }
}

#[test]
fn a_form_of_instants_that_is_given_holds() {
    let folder = Folder::new();
    // Days 1 to 9 of both months: nothing tells the day from the month.
    let dated = |month: u32, seed| {
        let mut csv = String::from("day,age\n");
        for (row, line) in people(900, seed, 0.0).lines().skip(1).enumerate() {
            let age = line.split(',').next().unwrap();
            csv += &format!("0{}/0{month}/2024,{age}\n", 1 + row / 100);
        }
        csv
    };
    folder.write("a.csv", dated(3, 1));
    folder.write("b.csv", dated(4, 2));
    let run = |rest: &str| folder.run(&format!("compare a.csv b.csv --window 1d {rest}"));
    run("--time-form day=day_month_year").ends_with(0).says("2024-04-09 100");
    run("--time-form day=month_day_year").ends_with(0).says("2024-09-04 100");
    run("--time-form day=monthly")
        .ends_with(2)
        .warns("expected one of iso, compact, day_month_year");
    run("--time-form dai=iso").ends_with(2).warns("--time-form dai: a.csv has no column \"dai\"");
    folder.run("profile a.csv -o ref --time-form day=day_month_year").ends_with(0);
    folder
        .run("compare ref b.csv --window 1d --time-form age=iso")
        .ends_with(2)
        .warns("--time-form age: expected a column of instants in the stored reference, found a numeric one");
    folder
        .run("compare ref b.csv --window 1d --time-form day=day_month_year")
        .ends_with(0)
        .says("2024-04-09 100");
}

#[test]
fn what_the_model_and_the_service_did_is_told() {
    let folder = days();
    folder
        .run("compare baseline.csv current.csv --color never")
        .says("Predictions ✓ No drift: prediction PSI")
        .says("probability, by tenth")
        .says("Performance predictions against labels; the positive class is \"1\"")
        .says("Labelled rows 4,320 4,320")
        .says("Calibration error")
        .says("Latency in milliseconds")
        .says("Requests p50 p95 p99 Largest")
        .says("current 4,320 44 67.1 69 69")
        .says("Errors 2 % → 2 % of requests (87 of 4,320)");
}

#[test]
fn the_positive_class_can_be_given() {
    let folder = Folder::new();
    let classes = |seed| {
        let csv = requests(400, seed, |_| 0.0);
        let cells = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let named = |cell: &str| if cell == "1" { "fraud" } else { "fine" };
        let row = |cells: Vec<&str>| match cells[4] {
            "prediction" => "prediction,label\n".to_string(),
            _ => format!("{},{}\n", named(cells[4]), named(cells[5])),
        };
        cells.map(row).collect::<String>()
    };
    folder.write("a.csv", classes(1));
    folder.write("b.csv", classes(2));
    let unknown = folder.run("compare a.csv b.csv");
    unknown.says("which of 2 classes is the positive one is not known").says("(--positive CLASS)");
    assert!(!unknown.out.contains("Precision"));
    folder
        .run("compare a.csv b.csv --positive fraud")
        .says("the positive class is \"fraud\"")
        .says("Precision");
}

/// Each of the three days as a file.
fn days_apart() -> Folder {
    let folder = days();
    let current = folder.read("current.csv");
    let (header, rows) = current.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    for (name, day) in ["mon.csv", "tue.csv", "wed.csv"].iter().zip(rows.chunks(1440)) {
        folder.write(name, format!("{header}\n{}\n", day.join("\n")));
    }
    folder
}

#[test]
fn each_of_several_files_is_a_window_and_all_of_them_decide() {
    let folder = days_apart();
    let ran = folder.run("compare baseline.csv mon.csv tue.csv wed.csv --color never");
    ran.ends_with(0)
        .says("Compared 4,320 rows of current data (mon.csv, tue.csv, wed.csv) with 4,320 rows")
        .says("Files 1 critical, 2 no drift")
        .says("File Rows Severity PSI 0 0.5 Largest in p95 ms Errors Accuracy ROC AUC")
        .says("mon.csv 1,440 ✓ No drift")
        .says("wed.csv 1,440 ◆ Critical")
        .warns("warning: 1 of 3 windows is worse (critical at worst) than the whole");
    let json = |arguments: &str| Report::from_json(&folder.run(arguments).out).unwrap();
    let apart = json("compare baseline.csv mon.csv tue.csv wed.csv --format json");
    let together = json("compare baseline.csv current.csv --format json");
    assert_eq!(apart.columns, together.columns);
    assert_eq!(apart.severity, together.severity);
    // As a length that is given goes before, they are one file then.
    let cut = json("compare baseline.csv mon.csv tue.csv wed.csv --window 1d --format json");
    assert_eq!(
        cut.windows,
        json("compare baseline.csv current.csv --window 1d --format json").windows
    );
}

#[test]
fn a_policy_is_replayed_over_several_files_in_their_order() {
    let folder = days_apart();
    let policy = r#"
[[rules]]
name = "Drifts"
metric = "psi_score"
threshold = 0.2
severity = "critical"
"#;
    folder.write("rules.toml", policy);
    let in_time = folder.run("replay baseline.csv mon.csv tue.csv wed.csv --spec rules.toml");
    in_time.ends_with(1).says("3 files").says("2024-01-03 23:59:00 Drifts firing");
    // Out of the order of their times they have none, and the files are told by name.
    let turned = folder.run("replay baseline.csv tue.csv wed.csv mon.csv --spec rules.toml");
    turned
        .ends_with(1)
        .says("After file")
        .says("wed.csv Drifts firing")
        .warns("mon.csv: expected files in the order of their times");
}

#[test]
fn what_is_wrong_with_one_of_several_files_is_told_by_its_name() {
    let folder = days_apart();
    folder.write("empty.csv", "");
    folder.run("profile baseline.csv -o ref").ends_with(0);
    for (arguments, expected) in [
        ("baseline.csv mon.csv empty.csv tue.csv", "error: empty.csv"),
        ("baseline.csv mon.csv none.csv", "error: none.csv: no such file"),
        ("baseline.csv mon.csv ref", "error: ref: expected data, found a reference"),
        ("baseline.csv - mon.csv -", "expected one file from standard input, found 2 that are -"),
    ] {
        folder.run(&format!("compare {arguments}")).ends_with(2).warns(expected);
    }
}
