//! What a file may be: any format, plain or compressed, a folder, a pattern, partitions, standard input.

use std::{
    fs,
    io::Write as _,
    process::{Output, Stdio},
};

use driftline_core::report::Report;
use flate2::{Compression, write::GzEncoder};

use crate::{Folder, Ran, people, requests};

const NOW: &str = "--now 2026-01-02T03:04:05Z";

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// The rows of a CSV whose cells need no quotes, as JSON objects.
fn objects(csv: &str) -> Vec<String> {
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let member = |(name, cell): (&&str, &str)| match cell.parse::<f64>() {
        _ if cell.is_empty() => format!("\"{name}\":null"),
        // A number is one without quotes, as a text it may be one too.
        Ok(_) if !name.starts_with('p') => format!("\"{name}\":{cell}"),
        _ => format!("\"{name}\":\"{cell}\""),
    };
    let object = |line: &str| {
        let members: Vec<String> = names.iter().zip(line.split(',')).map(member).collect();
        format!("{{{}}}", members.join(","))
    };
    lines.map(object).collect()
}

/// The report but for what its sources are called.
fn report(folder: &Folder, current: &str) -> Report {
    let ran =
        folder.run(&format!("compare baseline.csv {current} --format json --window 1d {NOW}"));
    ran.ends_with(1);
    let mut report = Report::from_json(&ran.out).unwrap();
    report.current.source = String::new();
    report
}

fn write_below(folder: &Folder, name: &str, content: impl AsRef<[u8]>) {
    fs::create_dir_all(folder.0.join(name).parent().unwrap()).unwrap();
    folder.write(name, content);
}

#[test]
fn the_same_rows_give_the_same_report_however_they_come() {
    let folder = Folder::new();
    folder.write("baseline.csv", requests(4320, 1, |_| 0.0));
    let csv = requests(4320, 2, |row| if row < 2880 { 0.0 } else { 25.0 });
    let objects = objects(&csv);
    let ndjson = objects.join("\n") + "\n";
    let array = format!("[\n{}\n]", objects.join(",\n"));
    for (name, plain) in [("a.csv", &csv), ("a.ndjson", &ndjson), ("a.json", &array)] {
        folder.write(name, plain);
        folder.write(&format!("{name}.gz"), gzip(plain.as_bytes()));
        folder.write(&format!("{name}.zst"), zstd::encode_all(plain.as_bytes(), 3).unwrap());
    }
    // The same rows as files of several formats in a folder and in folders below it.
    let header = csv.lines().next().unwrap();
    let part = |rows: core::ops::Range<usize>| {
        let lines: Vec<&str> = csv.lines().skip(1).collect();
        format!("{header}\n{}\n", lines[rows].join("\n"))
    };
    write_below(&folder, "parts/0.csv", part(0..1500));
    write_below(&folder, "parts/1.ndjson.gz", gzip(objects[1500..3000].join("\n").as_bytes()));
    write_below(&folder, "parts/2/a.json", format!("[{}]", objects[3000..4000].join(",")));
    write_below(&folder, "parts/2/b.csv", part(4000..4320));
    write_below(&folder, "parts/2/_SUCCESS", "");
    write_below(&folder, "parts/.hidden.csv", "no,table\n");
    write_below(&folder, "parts/notes.md", "no table");

    let expected = report(&folder, "a.csv");
    assert_eq!((expected.current.rows, expected.windows.len()), (4320, 3));
    assert_eq!(expected.problems, []);
    for current in [
        "a.csv.gz",
        "a.csv.zst",
        "a.ndjson",
        "a.ndjson.gz",
        "a.ndjson.zst",
        "a.json",
        "a.json.gz",
        "a.json.zst",
        "parts",
        "parts/",
        "par*",
        "parts/**/*.[cnj]*",
    ] {
        assert_eq!(report(&folder, current), expected, "{current}");
    }
    // As a baseline, and its own rows a second time.
    let of_baseline = |baseline: &str| {
        let arguments = format!(
            "compare {baseline} a.csv --by country --convention evidently --format json {NOW}"
        );
        let mut report = Report::from_json(&folder.run(&arguments).ends_with(0).out).unwrap();
        assert_eq!(report.baseline.rows, 4320);
        report.baseline.source = String::new();
        report
    };
    assert_eq!(of_baseline("parts"), of_baseline("a.csv"));
    assert_eq!(of_baseline("a.json.zst"), of_baseline("a.csv"));
}

#[test]
fn folders_of_partitions_give_columns() {
    let folder = Folder::new();
    for (day, region, file, seed) in [
        ("2024-01-01", "eu%2Fwest", "part-0.csv", 1),
        ("2024-01-01", "us", "part-0.csv", 2),
        ("2024-01-02", "__HIVE_DEFAULT_PARTITION__", "part-0.csv.gz", 3),
        ("2024-01-02", "us", "part-0.csv", 4),
    ] {
        let rows = people(500, seed, 0.0);
        let content = if file.ends_with("gz") { gzip(rows.as_bytes()) } else { rows.into() };
        for (root, shards) in [("old", 1), ("new", if region == "us" { 3 } else { 1 })] {
            for shard in 0..shards {
                let name = format!("{root}/day={day}/region={region}/{shard}-{file}");
                write_below(&folder, &name, &content);
            }
        }
    }
    for (old, new) in [("old", "new"), ("old/*/*/*", "new/day=*"), ("old/**/*-part-*", "new")] {
        let ran = folder.run(&format!("compare {old} {new} --format json --window 1d {NOW}"));
        let report = Report::from_json(&ran.ends_with(0).out).unwrap();
        assert_eq!((report.baseline.rows, report.current.rows), (2000, 4000));
        let region = report.columns.iter().find(|column| column.name == "region").unwrap();
        let missing = region.missing;
        assert_eq!((missing.baseline, missing.current), (500, 500));
        let counts: Vec<_> =
            region.bins.iter().map(|bin| (&*bin.label, bin.baseline, bin.current)).collect();
        assert!(counts.contains(&("eu/west", 500, 500)), "{counts:?}");
        assert!(counts.contains(&("us", 1000, 3000)), "{counts:?}");
        // The day is a column of instants, by which windows are cut.
        let windows: Vec<u64> = report.windows.iter().map(|window| window.rows).collect();
        assert_eq!(windows, [2000, 2000]);
        assert_eq!(report.problems, []);
    }
}

#[test]
fn files_of_one_input_with_other_columns_are_told() {
    let folder = Folder::with_twins();
    write_below(&folder, "parts/a.csv", people(1000, 2, 0.0));
    write_below(&folder, "parts/b.csv", people(1000, 3, 0.0).replace("age,city", "age,town"));
    let ran = folder.run(&format!("compare baseline.csv parts --format json {NOW}"));
    let report = Report::from_json(&ran.out).unwrap();
    assert_eq!(report.current.rows, 2000);
    let told: Vec<String> =
        report.problems.iter().map(|p| format!("{}: {}", p.place, p.message)).collect();
    assert!(
        told.contains(&"b.csv: expected the columns of a.csv, did not find city".into()),
        "{told:?}"
    );
    assert!(
        told.contains(&"b.csv: expected the columns of a.csv, found and left out town".into()),
        "{told:?}"
    );
    let city = report.columns.iter().find(|column| column.name == "city").unwrap();
    assert_eq!(city.missing.current, 1000);
}

#[test]
fn several_folders_are_several_windows() {
    let folder = Folder::with_twins();
    for day in ["monday", "tuesday"] {
        write_below(&folder, &format!("{day}/a.csv"), people(500, 2, 0.0));
        write_below(&folder, &format!("{day}/b.csv"), people(500, 3, 0.0));
    }
    let ran = folder.run(&format!("compare baseline.csv monday tuesday --format json {NOW}"));
    let report = Report::from_json(&ran.ends_with(0).out).unwrap();
    let rows: Vec<u64> = report.windows.iter().map(|window| window.rows).collect();
    assert_eq!((report.current.source.as_str(), rows), ("monday, tuesday", vec![1000, 1000]));
}

#[test]
fn a_profile_of_a_folder_is_that_of_its_rows() {
    let folder = Folder::with_twins();
    let csv = people(1000, 1, 0.0);
    let (first, rest) = csv.split_at(csv.len() / 2);
    let (half, cut) = first.rsplit_once('\n').unwrap();
    write_below(&folder, "parts/a.csv", half);
    write_below(&folder, "parts/b.csv", format!("age,city\n{cut}{rest}"));
    folder.run("profile parts -o parts.ref").ends_with(0);
    folder.run("profile baseline.csv -o whole.ref").ends_with(0);
    let id = |reference: &str| {
        let ran = folder.run(&format!("compare {reference} current.csv --format json {NOW}"));
        Report::from_json(&ran.out).unwrap().reference_id
    };
    assert_eq!(id("parts.ref"), id("whole.ref"));
}

#[test]
fn standard_input_may_be_compressed() {
    let folder = Folder::with_twins();
    let mut child = folder
        .command("compare baseline.csv - --format json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&gzip(people(1000, 3, 20.0).as_bytes())).unwrap();
    let output: Output = child.wait_with_output().unwrap();
    let ran = Ran::new(output, "compare baseline.csv -");
    let report = Report::from_json(&ran.ends_with(1).out).unwrap();
    assert_eq!((report.current.source.as_str(), report.current.rows), ("stdin", 1000));
}

#[test]
fn what_stands_for_no_file_says_what_to_do() {
    let folder = Folder::with_twins();
    write_below(&folder, "empty/_SUCCESS", "");
    write_below(&folder, "broken/a.csv", people(500, 3, 0.0));
    let whole = gzip(people(2000, 3, 0.0).as_bytes());
    write_below(&folder, "broken/b.csv.gz", &whole[..whole.len() / 2]);
    write_below(&folder, "blank/a.csv", people(500, 3, 0.0));
    write_below(&folder, "blank/b.csv", "");
    for (current, expected) in [
        (
            "empty",
            "error: empty: expected files that end with .csv, .txt, .tsv, .tab, .ndjson, .jsonl, .json",
        ),
        ("empty", "other names can be given as a pattern such as 'empty/*'"),
        (
            "nothing/*.csv",
            "error: nothing/*.csv: expected a pattern that matches files, found none that it matches",
        ),
        ("a***", "error: a***: expected a pattern such as 'data/*.csv'"),
        ("broken", "error: b.csv.gz, byte "),
        ("broken", "expected the rest of the gzip stream, found the end of the file"),
        ("blank", "error: b.csv: the file is empty (path given: blank)"),
    ] {
        folder.run(&format!("compare baseline.csv {current}")).ends_with(2).warns(expected);
    }
    folder.run("merge empty broken -o x").ends_with(2).warns("expected a file, found a directory");
}
