//! What the npm package exports, called as JavaScript calls it, in a page.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test that fails, fails")]

use driftline_core::report::Report;
use driftline_wasm::bindings::{check_spec, compare, compare_to_json, version};
use js_sys::{JSON, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const NOW_MILLIS: f64 = 1_700_000_000_000.0;
const NAMES: [&str; 2] = ["baseline.csv", "current.csv"];

/// 400 rows of a number and a word; `shift` moves the number.
fn rows(shift: usize) -> String {
    let row = |i: usize| format!("{},{}\n", i * 37 % 100 + shift, ["web", "app", "pos"][i % 3]);
    format!("amount,channel\n{}", (0..400).map(row).collect::<String>())
}

fn bytes(text: &str) -> JsValue {
    Uint8Array::from(text.as_bytes()).into()
}

fn json(text: &str) -> JsValue {
    JSON::parse(text).unwrap()
}

fn get(value: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(value.clone(), |value, key| Reflect::get(&value, &key.into()).unwrap())
}

fn text(value: &JsValue, path: &str) -> String {
    get(value, path).as_string().unwrap_or_else(|| panic!("expected a text at {path}"))
}

fn call(baseline: &JsValue, current: &JsValue, spec: &JsValue) -> Result<JsValue, JsValue> {
    compare(baseline, current, NAMES[0], NAMES[1], spec, NOW_MILLIS)
}

fn call_json(baseline: &JsValue, current: &JsValue, spec: &JsValue) -> String {
    compare_to_json(baseline, current, NAMES[0], NAMES[1], spec, NOW_MILLIS).unwrap()
}

#[wasm_bindgen_test]
fn two_files_give_a_report_as_an_object() {
    let report = call(&bytes(&rows(0)), &bytes(&rows(60)), &JsValue::UNDEFINED).unwrap();
    assert_eq!(text(&report, "schema"), "driftline.report/v1");
    assert_eq!(text(&report, "severity"), "critical");
    assert_eq!(text(&report, "generated_at"), "2023-11-14T22:13:20Z");
    assert_eq!(text(&report, "baseline.source"), "baseline.csv");
    assert_eq!(get(&report, "current.rows").as_f64(), Some(400.0), "counts are plain numbers");
    assert_eq!(text(&report, "drift.drifted_features.0"), "amount");
    assert!(get(&report, "drift.psi_scores.amount").as_f64().unwrap() > 1.0);
    assert_eq!(text(&report, "columns.1.severity"), "none");
}

#[wasm_bindgen_test]
fn the_object_and_the_json_are_the_same_report() {
    let (baseline, current) = (bytes(&rows(0)), bytes(&rows(60)));
    let object = call(&baseline, &current, &JsValue::NULL).unwrap();
    let from_object = String::from(JSON::stringify(&object).unwrap());
    let json = call_json(&baseline, &current, &JsValue::NULL);
    assert_eq!(Report::from_json(&from_object).unwrap().to_json(), json);
}

#[wasm_bindgen_test]
fn bytes_a_buffer_and_a_text_are_one_file() {
    let (baseline, current) = (rows(0), rows(60));
    let buffer = JsValue::from(Uint8Array::from(baseline.as_bytes()).buffer());
    let expected = call_json(&bytes(&baseline), &bytes(&current), &JsValue::NULL);
    assert_eq!(call_json(&buffer, &JsValue::from_str(&current), &JsValue::NULL), expected);
}

#[wasm_bindgen_test]
fn a_large_file_is_taken_in_pieces() {
    let row = |i: u64| format!("{},{}\n", i * 7919 % 100_003, i);
    let large = format!("amount,order_id\n{}", (0..700_000).map(row).collect::<String>());
    assert!(large.len() > 8 << 20, "several pieces");
    let report = call(&bytes(&large), &bytes(&large), &JsValue::NULL).unwrap();
    assert_eq!(get(&report, "baseline.rows").as_f64(), Some(700_000.0));
    assert_eq!(text(&report, "severity"), "none");
}

#[wasm_bindgen_test]
fn a_spec_is_an_object_or_its_json() {
    let (baseline, current) = (bytes(&rows(0)), bytes(&rows(0)));
    let spec = r#"{"bins": 20, "columns": {"channel": {"role": "ignore"}}}"#;
    for spec in [json(spec), JsValue::from_str(spec)] {
        let report = call(&baseline, &current, &spec).unwrap();
        assert_eq!(get(&report, "spec.bins").as_f64(), Some(20.0));
        assert_eq!(text(&report, "left_out.0.name"), "channel");
    }
}

fn check_thrown(
    result: Result<JsValue, JsValue>,
    code: &str,
    place: &str,
    message: &str,
) -> JsValue {
    let error = result.expect_err("it throws");
    assert!(error.is_instance_of::<js_sys::Error>());
    let found = ["name", "code", "place", "message"].map(|key| text(&error, key));
    assert_eq!(found, ["DriftlineError", code, place, &format!("{place}: {message}")]);
    error
}

#[wasm_bindgen_test]
fn what_is_thrown_says_what_and_where() {
    let (file, none) = (bytes(&rows(0)), JsValue::UNDEFINED);
    check_thrown(
        call(&JsValue::from_f64(7.0), &file, &none),
        "argument",
        "baseline",
        "expected a Uint8Array, an ArrayBuffer or a string, found number",
    );
    check_thrown(
        compare(&file, &file, NAMES[0], NAMES[1], &none, f64::NAN),
        "argument",
        "nowMillis",
        "expected whole milliseconds, found NaN",
    );
    let error = call(&file, &bytes(""), &none).unwrap_err();
    assert_eq!([text(&error, "code"), text(&error, "place")], ["read", "current.csv"]);
    let error = check_thrown(
        call(
            &file,
            &file,
            &json(r#"{"bins": 20, "thresholds": {"critical": -1}, "budget_bytes": 5}"#),
        ),
        "spec",
        "thresholds.critical",
        "expected a number above 0, found -1",
    );
    assert_eq!(text(&error, "problems.2.where"), "budget_bytes");
}

#[wasm_bindgen_test]
fn a_spec_is_checked_whole_and_an_unknown_key_refused() {
    let problems = |spec: &JsValue| String::from(JSON::stringify(&check_spec(spec)).unwrap());
    assert_eq!(problems(&JsValue::UNDEFINED), "[]");
    assert_eq!(problems(&json(r#"{"bins": 20}"#)), "[]");
    assert_eq!(
        problems(&json(r#"{"budget_bytes": 5}"#)),
        r#"[{"where":"budget_bytes","message":"expected at least 1048576, found 5"}]"#
    );
    let unknown = check_spec(&json(r#"{"bin": 20}"#));
    assert_eq!(text(&unknown, "0.where"), "spec");
    assert!(text(&unknown, "0.message").starts_with("unknown field `bin`"));
    assert_eq!(text(&check_spec(&JsValue::from_f64(7.0)), "0.where"), "spec");
}

#[wasm_bindgen_test]
fn the_version_is_the_packages() {
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
}
