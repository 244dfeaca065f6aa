//! What is read of JSON, and what is told of the rest.

use alloc::string::ToString;

use driftline_core::{
    column::{Batch, Column, Values},
    schema::Kind,
};
use proptest::prelude::*;

use super::*;
use crate::{CsvReader, Reader};

/// A reading as text: the columns' names, every row, every problem.
fn read_chunks<'a>(
    chunks: impl IntoIterator<Item = &'a [u8]>,
    options: &ReadOptions,
) -> Result<(String, Vec<String>), String> {
    let mut reader = Reader::new("a.json", options.clone());
    let mut rows = String::new();
    let mut out = |_: &Schema, batch: Batch| rows += &shown(&batch);
    let pushed = chunks.into_iter().try_for_each(|chunk| reader.push(chunk, &mut out));
    let summary =
        pushed.and_then(|()| reader.finish(&mut out)).map_err(|error| error.to_string())?;
    let fields = reader.schema().unwrap().fields.iter();
    let names: Vec<String> = fields.map(|field| field.name.clone()).collect();
    let problems = summary.problems.iter().map(|p| format!("{}: {}", p.place, p.message));
    Ok((format!("{}\n{rows}", names.join(" ")), problems.collect()))
}

fn shown(batch: &Batch) -> String {
    let cell = |column: &Column, row: usize| {
        if !column.validity().get(row) {
            return if column.unreadable_slots().is_some_and(|slots| slots.get(row)) {
                "?".into()
            } else {
                "_".into()
            };
        }
        match column.values() {
            Values::Number(values) => values[row].to_string(),
            Values::Text { codes, dictionary } => dictionary.get(codes[row]).unwrap().into(),
            other => format!("{other:?}"),
        }
    };
    let row = |row: usize| {
        let cells: Vec<String> = batch.columns().iter().map(|column| cell(column, row)).collect();
        cells.join(" ") + "\n"
    };
    (0..batch.rows()).map(row).collect()
}

fn check_with(options: &ReadOptions, text: &str, expected: &str, problems: &[&str]) {
    let whole = read_chunks([text.as_bytes()], options).unwrap();
    assert_eq!(
        (&*whole.0, &*whole.1),
        (expected, &problems.iter().map(|p| p.to_string()).collect::<Vec<_>>()[..]),
        "{text}"
    );
    for size in [1, 2, 3, 7, 16] {
        assert_eq!(read_chunks(text.as_bytes().chunks(size), options).unwrap(), whole, "{text}");
    }
}

fn check(text: &str, expected: &str, problems: &[&str]) {
    check_with(&ReadOptions::default(), text, expected, problems);
}

fn check_error(text: &[u8], expected: &str) {
    for size in [1, 5, text.len().max(1)] {
        let error = read_chunks(text.chunks(size), &ReadOptions::default()).unwrap_err();
        assert_eq!(error, expected, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn objects_are_rows_in_either_layout() {
    let expected = "age city\n31 Oslo\n42 Sidi Ifni\n";
    check("{\"age\":31,\"city\":\"Oslo\"}\n{\"age\":42,\"city\":\"Sidi Ifni\"}\n", expected, &[]);
    check(
        "\u{feff}{\"age\":31,\"city\":\"Oslo\"}\r\n\r\n{\"city\":\"Sidi Ifni\",\"age\":42}",
        expected,
        &[],
    );
    check("[{\"age\":31,\"city\":\"Oslo\"},{\"age\":42,\"city\":\"Sidi Ifni\"}]", expected, &[]);
    check(
        "\u{feff} [\n {\n  \"age\" : 31 ,\n  \"city\" : \"Oslo\"\n },\n {\"city\":\"Sidi \\u0049fni\",\"a\\u0067e\":42}\n]\n",
        expected,
        &[],
    );
    check("{\"a\":1}", "a\n1\n", &[]);
}

#[test]
fn cells_follow_the_rules_of_csv() {
    check(
        "{\"n\":1,\"t\":\"x\",\"b\":true}\n{\"n\":\"2.5\",\"t\":\"NA\",\"b\":false}\n{\"n\":null,\"t\":3.0,\"b\":null}\n{\"n\":\"NA\",\"b\":\"true\"}\n{\"n\":1e999,\"t\":\" y\"}\n{\"n\":NaN}\n{\"n\":-Infinity}\n",
        "n t b\n1 x true\n2.5 _ false\n_ 3.0 _\n_ _ true\ninf  y _\n_ _ _\n-inf _ _\n",
        &[],
    );
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let rows = "{\"n\":1,\"t\":\"x\"}\n".repeat(9);
    let read = "1 x\n".repeat(9);
    let check_last = |row: &str, expected: &str, problems: &[&str]| {
        check(&format!("{rows}{row}\n"), &format!("n t\n{read}{expected}"), problems);
    };
    check_last(
        r#"{"n":"old","t":"\u0000"}"#,
        "? ?\n",
        &[
            r#"a.json, row 10, column "n": expected a number, found "old""#,
            r#"a.json, row 10, column "t": expected text, found a NUL byte at position 0 of "\0""#,
        ],
    );
    check_last(
        r#"{"n":2,"t":"a\ud83d"}"#,
        "2 ?\n",
        &[
            "a.json, row 10, column \"t\": expected UTF-8 text, found byte 0xED at position 1 of \"a\u{fffd}\u{fffd}\u{fffd}\"",
        ],
    );
    check_last(
        r#"{"n":2,"n":3}"#,
        "3 _\n",
        &[r#"a.json, row 10: the key "n" comes twice: its last value counts"#],
    );
    check_last(
        r#"{"n":[1],"t":{"a":1}}"#,
        "? {\"a\":1}\n",
        &[r#"a.json, row 10, column "n": expected a number, found "[1]""#],
    );
    check_last(
        "[1]",
        "",
        &[r#"a.json, row 10, byte 144: expected an object, found "[1]": row skipped"#],
    );
    check_last(
        r#"{"n":1"#,
        "",
        &["a.json, row 10, byte 150: expected a comma or }, found the end of the row: row skipped"],
    );
}

#[test]
fn keys_that_come_late_are_told() {
    let options = ReadOptions { sniff_bytes: 32, ..ReadOptions::default() };
    let text = "{\"n\":1}\n".repeat(9) + "{\"n\":2,\"late\":5}\n{\"late\":6}\n";
    let expected = "n\n".to_string() + &"1\n".repeat(9) + "2\n_\n";
    let told = "a.json, row 10, column \"late\": this key is not in the first rows, which give the columns: left out";
    check_with(&options, &text, &expected, &[told]);
    let strict = ReadOptions { strict: true, ..options };
    assert_eq!(read_chunks([text.as_bytes()], &strict).unwrap_err(), told);
}

#[test]
fn columns_of_objects_are_left_out_and_told() {
    check(
        "[{\"a\":{\"x\":1},\"n\":1,\"l\":[]},{\"a\":null,\"n\":2}]",
        "n\n1\n2\n",
        &[
            r#"a.json, column "a": its values are objects or arrays: left out"#,
            r#"a.json, column "l": its values are objects or arrays: left out"#,
        ],
    );
}

#[test]
fn keys_become_names_as_headers_do() {
    check(
        r#"[{" a ":1,"a":2,"":3}]"#,
        "a a_2 column_3\n1 2 3\n",
        &[
            r#"a.json, column "a": column 2 repeats this name: called "a_2""#,
            r#"a.json: column 3 has no name: called "column_3""#,
        ],
    );
}

#[test]
fn what_is_no_table_is_refused() {
    check_error(b"[]", "a.json: expected objects with keys, found none");
    check_error(b"[{}]", "a.json: expected objects with keys, found none");
    check_error(b"[[1,2],[3]]", "a.json, row 1: expected an object or ], found an array");
    check_error(
        b"[{\"a\":1}",
        "a.json, row 1, byte 8: expected a ] that ends the array, found the end of the file: it was cut short after 1 rows",
    );
    check_error(
        b"[{\"a\":1},{\"a\":\"x",
        "a.json, row 2 (line 1), byte 9: expected the end of this row, found the end of the file: it was cut short after 1 rows",
    );
    check_error(
        b"[{\"a\":1} {\"a\":2}]",
        "a.json, row 1, byte 9: expected a comma or ] after the row, found \"{\"",
    );
    check_error(b"[{\"a\":1},]", "a.json, row 1, byte 9: expected an object, found \"]\"");
    check_error(
        b"[{\"a\":1}]]",
        "a.json, row 1, byte 9: expected nothing after the array, found \"]\"",
    );
    check_error(
        b"{\"a\":[1,2],\"b\":[3,4]}",
        "a.json: every value is an object or an array: expected rows as objects whose values are numbers, text or true and false (columns as arrays are not read)",
    );
    check_error(
        b"{\"\n",
        "a.json, row 1: expected an object a line, or an array of objects, found an object over several lines",
    );
    check_error(
        b"{\"a\":\n1}\n",
        "a.json, row 1: expected an object a line, or an array of objects, found an object over several lines",
    );
}

#[test]
fn a_row_of_too_many_keys_is_refused_or_cut() {
    let keys: Vec<String> = (0..20_000).map(|key| format!("\"k{key}\":1")).collect();
    let wide = format!("{{{}}}\n", keys.join(","));
    check_error(wide.as_bytes(), "a.json, row 1: expected at most 10000 keys, found more");
    let options = ReadOptions { sniff_bytes: 16, ..ReadOptions::default() };
    let text = "{\"a\":1}\n".repeat(3) + &wide;
    let (rows, problems) = read_chunks([text.as_bytes()], &options).unwrap();
    assert_eq!(rows, "a\n1\n1\n1\n_\n");
    assert_eq!(problems.len(), 6);
    assert_eq!(problems[5], "a.json: 1000 keys in all were left out or came twice in a row");
}

#[test]
fn a_row_past_the_cap_is_skipped_where_rows_are_lines() {
    let long = "x".repeat(split::MOST_ROW_BYTES);
    let text = format!("{{\"a\":1}}\n{{\"a\":\"{long}\"}}\n{{\"a\":2}}\n");
    let options = ReadOptions::default();
    let told = "a.json, row 2: expected a row of at most 16 MiB, found a longer one: row skipped";
    let expected = Ok(("a\n1\n2\n".to_string(), alloc::vec![told.to_string()]));
    assert_eq!(read_chunks([text.as_bytes()], &options), expected);
    assert_eq!(read_chunks(text.as_bytes().chunks(65_536), &options), expected);
    let text = format!("[{{\"a\":1}},\n{{\"a\":\"{long}\"}}]");
    let error = read_chunks(text.as_bytes().chunks(65_536), &options).unwrap_err();
    assert!(
        error.starts_with("a.json, row 2, byte 10: expected a row of at most 16 MiB"),
        "{error}"
    );
}

proptest! {
    #[test]
    fn the_same_rows_are_the_same_batches_in_csv_and_both_layouts(
        rows in prop::collection::vec(
            (prop::option::of(-1e9..1e9_f64), prop::option::of("[a-zé\"\\\\,\n]{1,6}"), prop::option::of(any::<bool>())),
            2..40,
        ),
        size in 1_usize..50,
    ) {
        let (mut csv, mut ndjson, mut array) = (String::from("n,t,b\n"), String::new(), String::new());
        for (n, t, b) in &rows {
            // A row of nothing is a blank line to CSV, unless quoted.
            csv += &format!(
                "{},\"{}\",{}\n",
                n.map_or(String::new(), |n| n.to_string()),
                t.as_deref().unwrap_or_default().replace('"', "\"\""),
                b.map_or(String::new(), |b| b.to_string()),
            );
            let mut object = serde_json::Map::new();
            object.insert("n".into(), n.map_or(serde_json::Value::Null, |n| serde_json::from_str(&n.to_string()).unwrap()));
            object.insert("t".into(), t.clone().into());
            object.insert("b".into(), (*b).into());
            let pretty = serde_json::to_string_pretty(&object).unwrap();
            ndjson += &(serde_json::to_string(&object).unwrap() + "\n");
            array += &(if array.is_empty() { "[" } else { ", " }.to_string() + &pretty);
        }
        array += "]";
        let kinds = [("n", Kind::Numeric), ("t", Kind::Categorical), ("b", Kind::Categorical)];
        let kinds = kinds.map(|(name, kind)| (name.into(), kind)).into();
        let options = ReadOptions { kinds, batch_rows: 7, has_header: Some(true), delimiter: Some(b','), ..ReadOptions::default() };
        let mut expected = "n t b\n".to_string();
        let mut reader = CsvReader::new("a.csv", options.clone());
        let mut out = |_: &Schema, batch: Batch| expected += &shown(&batch);
        reader.push(csv.as_bytes(), &mut out).unwrap();
        reader.finish(&mut out).unwrap();
        for text in [ndjson, array] {
            let read = read_chunks(text.as_bytes().chunks(size), &options).unwrap();
            // serde_json's maps are in the order of their keys.
            let by_name = |text: &str, order: [usize; 3]| -> Vec<String> {
                text.lines().map(|line| {
                    let cells: Vec<&str> = line.split(' ').collect();
                    order.map(|at| cells[at]).join(" ")
                }).collect()
            };
            let order = if read.0.starts_with("b n t") { [1, 2, 0] } else { [0, 1, 2] };
            let is_plain = !rows.iter().any(|(_, t, _)| t.as_ref().is_some_and(|t| t.contains('\n')));
            if is_plain {
                prop_assert_eq!(by_name(&read.0, order), by_name(&expected, [0, 1, 2]));
            }
            prop_assert!(read.1.is_empty());
        }
    }

    #[test]
    fn any_bytes_read_alike_in_any_chunks(
        text in r#"[\[\{]("[ab\\n]{0,3}":? ?[-0-9."a\[\{\]\},\n]{0,9}[,\}\]\n]?){0,9}"#,
        size in 1_usize..9,
        strict in any::<bool>(),
    ) {
        let options = ReadOptions { strict, sniff_bytes: 24, ..ReadOptions::default() };
        let whole = read_chunks([text.as_bytes()], &options);
        prop_assert_eq!(read_chunks(text.as_bytes().chunks(size), &options), whole);
    }
}
