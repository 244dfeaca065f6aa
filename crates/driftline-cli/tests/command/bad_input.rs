//! Files that are not what they should be: each is an error that says where, or a named outcome of one column beside a
//! report that stands.

use crate::{Folder, people};

/// Compares a good baseline with `current`.
#[track_caller]
fn check_current(current: impl AsRef<[u8]>, code: i32, out: &[&str], err: &[&str]) {
    let folder = Folder::with_twins();
    folder.write("odd.csv", current);
    let ran = folder.run("compare baseline.csv odd.csv");
    ran.ends_with(code);
    out.iter().for_each(|part| {
        ran.says(part);
    });
    err.iter().for_each(|part| {
        ran.warns(part);
    });
}

/// Good rows, then others.
fn good_and(odd: &[u8]) -> Vec<u8> {
    [people(900, 2, 0.0).as_bytes(), odd].concat()
}

#[test]
fn an_empty_file_cannot_be_read() {
    check_current("", 2, &[], &["error: odd.csv: the file is empty"]);
    let folder = Folder::with_twins();
    folder.write("empty.csv", "");
    folder.run("compare empty.csv current.csv").ends_with(2).warns("empty.csv: the file is empty");
    folder.run("profile empty.csv -o ref").ends_with(2).warns("empty.csv: the file is empty");
    assert!(!folder.names().contains(&"ref".to_string()));
}

#[test]
fn a_header_alone_decides_nothing() {
    let undecided = ["? Inconclusive", "The current data has no rows."];
    check_current("age,city\n", 0, &undecided, &["2 of 2 columns could not be decided"]);
    let folder = Folder::with_twins();
    folder.write("header.csv", "age,city\n");
    folder
        .run("compare header.csv current.csv")
        .ends_with(0)
        .says("The baseline data has no rows.");
}

#[test]
fn one_row_decides_nothing() {
    check_current(
        "age,city\n15,Oslo\n",
        0,
        &["1 row of current data", "too few rows: 1 in the current data"],
        &["could not be decided"],
    );
}

#[test]
fn files_without_a_shared_column_cannot_be_compared() {
    check_current(
        "x,y\n1,2\n",
        2,
        &[
            "x, y: only the current file has it",
            "odd.csv: expected the columns of baseline.csv, found none of them",
        ],
        &["baseline.csv and odd.csv share no column"],
    );
}

#[test]
fn a_column_of_numbers_that_became_text_is_named() {
    let current = people(900, 2, 0.0).replace("\n1", "\nabout 1").replace("\n2", "\nover 2");
    check_current(
        current,
        0,
        &[
            "age: Numeric by the first baseline rows, but",
            "column \"age\": expected a number, found \"",
            "column \"age\": 766 cells in all could not be read",
            "✓ No drift city",
        ],
        &["1 of 2 columns could not be decided"],
    );
}

#[test]
fn a_column_of_text_that_became_numbers_is_drift_or_an_identifier() {
    let rows: String = (0..5000).map(|i| format!("{}.5,{i}.25\n", 10 + i % 10)).collect();
    check_current(
        format!("age,city\n{rows}"),
        1,
        &["city: Too many different values in the current data"],
        &[],
    );
    check_current(
        "age,city\n1,7\n".to_string() + &"2,8\n".repeat(900),
        1,
        &["◆ Critical city", "the new level \"8\""],
        &[],
    );
}

#[test]
fn a_column_that_is_all_missing_is_named() {
    let current =
        people(900, 2, 0.0).replace("Oslo", "").replace("Rome", "NA").replace("Lima", "null");
    check_current(
        current,
        1,
        &[
            "◆ Critical city",
            "city: 100 % of the rows hold no value, 0 % in the baseline.",
            "city: no value at all in the current data.",
            "0 % → 100 %",
            "✓ No drift age",
        ],
        &[],
    );
}

#[test]
fn a_column_that_became_constant_is_drift_and_one_that_stays_constant_is_not() {
    check_current(
        "age,city\n".to_string() + &"15,Oslo\n".repeat(500),
        1,
        &["◆ Critical age", "◆ Critical city"],
        &[],
    );
    let folder = Folder::new();
    folder.write("a.csv", "age\n".to_string() + &"15\n".repeat(500));
    folder.write("b.csv", "age\n".to_string() + &"15\n".repeat(400));
    folder.run("compare a.csv b.csv").ends_with(0).is_silent().says("✓ No drift age");
}

#[test]
fn texts_that_are_all_different_are_left_out_and_said_so() {
    let named = |rows: u32, seed| {
        let csv = people(rows, seed, 0.0).replace("age,city", "age,city,who");
        let lines = csv.lines().enumerate();
        lines
            .map(
                |(i, line)| {
                    if i == 0 { format!("{line}\n") } else { format!("{line},u{seed}x{i}\n") }
                },
            )
            .collect::<String>()
    };
    let folder = Folder::new();
    folder.write("a.csv", named(500, 1));
    folder.write("b.csv", named(500, 2));
    folder
        .run("compare a.csv b.csv")
        .ends_with(0)
        .is_silent()
        .says("who: names rows, so it has no distribution");
}

#[test]
fn bytes_that_are_not_utf_8_are_counted_with_their_place() {
    check_current(
        good_and(b"15,Os\xe9o\n"),
        0,
        &[
            "odd.csv, row 902, column \"city\": expected UTF-8 text, found byte 0xE9",
            "✓ No drift city",
        ],
        &[],
    );
}

#[test]
fn a_quote_that_is_never_closed_loses_nothing_in_silence() {
    check_current(
        good_and(b"15,\"Oslo\n16,Rome\n"),
        0,
        &["odd.csv, row 902: quote opened and never closed", "900 rows of current data"],
        &[],
    );
}

#[test]
fn nul_bytes_are_counted_with_their_place_and_binary_data_is_refused() {
    check_current(
        good_and(b"1\x005,Os\0lo\n"),
        0,
        &["odd.csv, row 902, column \"age\": expected a number", "found a NUL byte"],
        &[],
    );
    check_current(vec![0; 5000], 2, &[], &["odd.csv: this is binary data (many NUL bytes)"]);
    check_current(b"PAR1\x15\x04 and so on", 2, &[], &["this is a Parquet file; supported: "]);
}

#[test]
fn a_ragged_row_is_skipped_or_with_strict_refused() {
    let odd = good_and(b"1,2,3\n");
    check_current(&odd, 0, &["odd.csv, row 902: expected 2 fields, found 3: row skipped"], &[]);
    let folder = Folder::with_twins();
    folder.write("odd.csv", odd);
    folder
        .run("compare baseline.csv odd.csv --strict")
        .ends_with(2)
        .warns("odd.csv, row 902: expected 2 fields");
}

#[test]
fn what_is_no_file_is_named_before_anything_is_read() {
    let folder = Folder::with_twins();
    std::fs::create_dir(folder.0.join("folder")).unwrap();
    for (arguments, expected) in [
        ("compare baseline.csv folder", "error: folder: expected files that end with .csv"),
        ("compare folder current.csv", "error: folder: expected files that end with .csv"),
        ("compare baseline.csv nowhere.csv", "error: nowhere.csv: no such file"),
        ("compare nowhere/baseline.csv current.csv", "error: nowhere/baseline.csv: no such file"),
        ("profile folder -o ref", "error: folder: expected files that end with .csv"),
    ] {
        let ran = folder.run(arguments);
        ran.ends_with(2).warns(expected);
        assert_eq!(ran.out, "", "{arguments}");
    }
}

#[test]
fn two_files_of_one_name_are_told_apart_by_their_folders() {
    let folder = Folder::new();
    for (name, content) in [("a", people(100, 1, 0.0)), ("b", String::new())] {
        std::fs::create_dir(folder.0.join(name)).unwrap();
        folder.write(&format!("{name}/data.csv"), content);
    }
    folder
        .run("compare a/data.csv b/data.csv")
        .ends_with(2)
        .warns("data.csv: the file is empty (path given: b/data.csv)");
}

#[test]
fn files_that_were_swapped_or_are_the_same_are_noticed() {
    let folder = Folder::with_twins();
    folder
        .run("compare current.csv baseline.csv")
        .ends_with(0)
        .says("the two files may be swapped");
    folder.run("compare baseline.csv ./baseline.csv").ends_with(0).warns("are the same file");
    folder.run("profile baseline.csv -o ref").ends_with(0);
    folder
        .run("compare current.csv ref")
        .ends_with(2)
        .warns("found a reference written by `driftline profile`");
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::with_twins();
    let path = folder.0.join("current.csv");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&path).is_ok() {
        return; // Whoever runs the tests may read everything.
    }
    folder.run("compare baseline.csv current.csv").ends_with(2).warns("permission denied");
}
