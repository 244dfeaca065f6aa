//! What the npm package is made of, called as its modules call it, in a page. The package itself is tested from JavaScript,
//! in `tests/npm`.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test that fails, fails")]

use driftline_core::report::Report;
use driftline_wasm::bindings::{
    markup::{report_body, report_file, report_style},
    reading::{compare, replay},
    reference::{ReferenceHandle, WindowHandle},
    source::ByteSource,
    spec::{check_spec, version},
    station::StationHandle,
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
export function source(name, text, chunk) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  return {
    name,
    async next() {
      if (at >= bytes.length) return undefined;
      const part = bytes.subarray(at, at + chunk);
      at += chunk;
      return part;
    },
    async again() { at = 0; },
  };
}
export function refusing(name) {
  return { name, async next() { throw new DOMException('enough', 'AbortError'); }, async again() {} };
}
"#)]
extern "C" {
    fn source(name: &str, text: &str, chunk: u32) -> ByteSource;
    fn refusing(name: &str) -> ByteSource;
}

const NOW_MILLIS: f64 = 1_700_000_000_000.0;

/// 400 rows of a number and a word; `shift` moves the number.
fn rows(shift: usize) -> String {
    let row = |i: usize| format!("{},{}\n", i * 37 % 100 + shift, ["web", "app", "pos"][i % 3]);
    format!("amount,channel\n{}", (0..400).map(row).collect::<String>())
}

async fn compared(chunk: u32, spec: Option<&str>) -> Result<String, JsValue> {
    let baseline = source("baseline.csv", &rows(0), chunk);
    let current = source("current.csv", &rows(60), chunk);
    compare(baseline, current, spec.map(String::from), NOW_MILLIS).await
}

fn failure(thrown: &JsValue) -> serde_json::Value {
    serde_json::from_str(&thrown.as_string().unwrap()).unwrap()
}

#[wasm_bindgen_test]
async fn a_report_does_not_depend_on_how_its_bytes_come() {
    let whole = compared(1 << 20, None).await.unwrap();
    assert_eq!(whole, compared(7, None).await.unwrap());
    let report = Report::from_json(&whole).unwrap();
    assert_eq!(report.severity.name(), "critical");
    assert_eq!(report.baseline.source, "baseline.csv");
}

#[wasm_bindgen_test]
async fn segments_and_conventions_read_again() {
    let spec = r#"{"segments": {"by": ["channel"]}, "convention": "evidently"}"#;
    let report = Report::from_json(&compared(1000, Some(spec)).await.unwrap()).unwrap();
    assert_eq!(report.segments.len(), 3);
    assert!(report.column("amount").unwrap().by_convention.is_some());
}

#[wasm_bindgen_test]
async fn a_failure_says_where() {
    let spec = failure(&compared(1000, Some(r#"{"bins": 7}"#)).await.unwrap_err());
    assert_eq!((spec["code"].as_str(), spec["place"].as_str()), (Some("spec"), Some("bins")));

    let broken = source("current.csv", "", 3);
    let baseline = source("baseline.csv", &rows(0), 100);
    let thrown = compare(baseline, broken, None, NOW_MILLIS).await.unwrap_err();
    let read = failure(&thrown);
    assert_eq!((read["code"].as_str(), read["file"].as_str()), (Some("read"), Some("current.csv")));
    assert_eq!(read["message"].as_str(), Some("the file is empty"), "{read}");

    let baseline = source("baseline.csv", &rows(0), 100);
    let thrown = compare(baseline, refusing("current.csv"), None, NOW_MILLIS).await.unwrap_err();
    assert!(thrown.as_string().is_none(), "what a source throws goes through as it is");
}

#[wasm_bindgen_test]
async fn windows_add_up_to_the_file() {
    let reference =
        ReferenceHandle::read(source("baseline.csv", &rows(0), 4096), None).await.unwrap();
    let count = async |text: &str| reference.count(source("part.csv", text, 64), None).await;
    let whole = count(&rows(60)).await.unwrap();
    let text = rows(60);
    let (header, lines) = text.split_once('\n').unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    let part = |lines: &[&str]| format!("{header}\n{}\n", lines.join("\n"));
    let mut sum = count(&part(&lines[..150])).await.unwrap();
    let other = count(&part(&lines[150..])).await.unwrap();
    let stored = WindowHandle::decode(&other.encode(), &reference, "part.csv".into()).unwrap();
    sum.merge(&stored).unwrap();
    assert_eq!(sum.encode(), whole.encode());
}

#[wasm_bindgen_test]
async fn a_station_takes_events_and_looks() {
    let reference =
        ReferenceHandle::read(source("baseline.csv", &rows(0), 4096), None).await.unwrap();
    let mut station = StationHandle::new(None, None, 0.0).unwrap();
    station.watch("default".into(), &reference, 0.0).unwrap();
    let event = r#"{"features": {"amount": 200, "channel": "web"}}"#;
    let body = format!("[{}]", [event; 400].join(","));
    let told = station.ask("POST", "/monitor", Some(body), 1000.0).unwrap();
    assert!(told.contains(r#""answer":{"accepted":400}"#), "{told}");
    let told = station.tick(20_000.0).unwrap();
    assert!(told.contains(r#""severity":"critical""#), "{told}");
    let again = StationHandle::restore(&station.snapshot()).unwrap();
    assert_eq!(again.snapshot(), station.snapshot());
    let refused = station.ask("POST", "/monitor", Some("[{]".into()), 21_000.0).unwrap_err();
    assert_eq!(failure(&refused)["code"].as_str(), Some("malformed"));
}

#[wasm_bindgen_test]
async fn a_report_is_drawn_and_replayed() {
    let spec = Some(r#"{"window": "100 rows"}"#.to_owned());
    let json = compared(4096, spec.as_deref()).await.unwrap();
    assert_eq!(Report::from_json(&replay(&json, spec.clone()).unwrap()).unwrap().windows.len(), 4);
    let file = report_file(&json, spec.clone()).unwrap();
    let body = report_body(&json, spec).unwrap();
    let sections = |html: &str| html.matches("<section").count();
    assert_eq!(sections(&file), sections(&body), "the file is the markup with a head");
    assert!(!body.contains("<main>"), "a page has one main part, and it is not ours");
    assert!(report_style().contains(":host([theme=dark])"));
    assert!(!body.contains(" style="), "a strict policy would drop it");
}

#[wasm_bindgen_test]
fn a_spec_is_checked_without_files() {
    assert_eq!(check_spec(None), "[]");
    assert!(check_spec(Some("{\"bins\": 7}".into())).contains("\"where\":\"bins\""));
    assert!(check_spec(Some("{".into())).contains("\"where\":\"spec\""));
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
}
