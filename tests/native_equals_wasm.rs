//! The report on the same two files by the native build and by the wasm build, byte for byte: what a server writes is
//! what a browser shows.
//!
//! The wasm side is the npm package in Node.js, built by `scripts/npm` as it ships. A tool that is missing fails the test.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use driftline_core::{
    convention::Convention,
    spec::{Checked, MonitorSpec},
    time::Timestamp,
};
use driftline_tests::{
    pair::{Pieces, read_pair},
    sets,
};

/// When every report says it was made: 2026-01-02 03:04:05.678 UTC, so that milliseconds show.
const NOW_MILLIS: i64 = 1_767_323_045_678;

/// Pairs in `tests/data` and `web/samples`; fewer means that some were lost.
const LEAST_PAIRS: usize = 11;

/// Reports in which the engine decided about an action; fewer means that the comparison says little of it.
const LEAST_DECIDED: usize = 4;

/// A baseline and a file to compare with it.
struct Pair {
    baseline: PathBuf,
    current: PathBuf,
}

/// Every `current*.csv` below `folder` with the `baseline.csv` beside it, in the order of their names.
fn pairs_below(folder: &Path) -> Vec<Pair> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let listed = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        let mut paths: Vec<PathBuf> =
            listed.map(|entry| entry.expect("a folder that can be listed").path()).collect();
        paths.sort();
        paths
    };
    let mut pairs = Vec::new();
    for set in entries(folder).into_iter().filter(|path| path.is_dir()) {
        let baseline = set.join("baseline.csv");
        for current in entries(&set) {
            if base_name(&current).starts_with("current")
                && current.extension().is_some_and(|e| e == "csv")
            {
                pairs.push(Pair { baseline: baseline.clone(), current });
            }
        }
    }
    pairs
}

fn base_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a file with a name")
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// The folder of the package, just built.
fn package() -> PathBuf {
    let script = sets::workspace().join("scripts/npm");
    let output = Command::new(&script)
        .arg("--dist")
        .output()
        .unwrap_or_else(|error| panic!("{script:?} cannot be run: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "scripts/npm failed:\n{said}");
    PathBuf::from(String::from_utf8(output.stdout).expect("a path in UTF-8").trim_end())
}

fn native(pair: &Pair, spec: &MonitorSpec) -> String {
    let Checked { monitor, policy } = spec.check().expect("a spec without problems");
    let (baseline, current) = (read(&pair.baseline), read(&pair.current));
    let baseline = Pieces::whole(base_name(&pair.baseline), &baseline);
    let current = Pieces::whole(base_name(&pair.current), &current);
    let intake = read_pair(&baseline, &current, &monitor).expect("files that can be read");
    intake.report(&monitor, Timestamp::from_millis(NOW_MILLIS)).decided_by(&policy).to_json()
}

/// `spec` is JSON; without it the package's own default holds.
fn wasm(package: &Path, pair: &Pair, spec: Option<&str>) -> Vec<u8> {
    let output = Command::new("node")
        .arg(sets::workspace().join("tests/native_equals_wasm/compare.mjs"))
        .args([package, &pair.baseline, &pair.current])
        .arg(NOW_MILLIS.to_string())
        .args(spec)
        .output()
        .unwrap_or_else(|error| {
            panic!("node cannot be run: {error}. Install it: scripts/setup test")
        });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "compare.mjs on {:?} failed:\n{said}", pair.current);
    output.stdout
}

/// Where two texts part, with what stands there in each.
fn first_difference(native: &[u8], wasm: &[u8]) -> String {
    let shared = native.iter().zip(wasm).take_while(|(a, b)| a == b).count();
    let around = |bytes: &[u8]| {
        let shown = &bytes[shared.saturating_sub(80)..bytes.len().min(shared + 40)];
        String::from_utf8_lossy(shown).into_owned()
    };
    format!(
        "byte {shared} of {} and {}:\n  native …{}…\n  wasm   …{}…",
        native.len(),
        wasm.len(),
        around(native),
        around(wasm)
    )
}

#[test]
fn a_report_has_the_same_bytes_natively_and_in_wasm() {
    let package = package();
    let mut pairs = pairs_below(&sets::workspace().join("tests/data"));
    pairs.extend(pairs_below(&sets::workspace().join("web/samples")));
    assert!(pairs.len() >= LEAST_PAIRS, "{} pairs, expected {LEAST_PAIRS}", pairs.len());

    let textbook =
        MonitorSpec { convention: Convention::Textbook, bins: 20, ..MonitorSpec::default() };
    let textbook_json = serde_json::to_string(&textbook).unwrap();
    // Windows, so that the engine decides: alerts, triggers, effects on paper, the audit chain.
    let deciding = r#"{"window": "auto", "rails": {"on_inputs_alone": true}, "live": {"min_samples": 50},
        "triggers": [{"metric": "psi_score", "threshold": 0.1, "action": "rollback", "windows": 1},
                     {"metric": "kl_divergence", "threshold": 0.1, "action": "alert"},
                     {"metric": "js_divergence", "threshold": 0.1, "action": "scale_down", "windows": 2, "of": 3}]}"#;
    let specs = [
        ("default", MonitorSpec::default(), None),
        ("textbook, 20 bins", textbook, Some(textbook_json.as_str())),
        ("deciding", serde_json::from_str(deciding).unwrap(), Some(deciding)),
    ];

    let (mut reports, mut bytes, mut decided, mut differences) = (0, 0, 0, Vec::new());
    for pair in &pairs {
        for (name, spec, json) in &specs {
            let native = native(pair, spec);
            let wasm = wasm(&package, pair, *json);
            reports += 1;
            bytes += native.len();
            decided += usize::from(native.contains("\"decision\""));
            if native.as_bytes() != wasm {
                let place = first_difference(native.as_bytes(), &wasm);
                differences.push(format!("{:?}, {name}: {place}", pair.current));
            }
        }
    }
    // Not `println!`, which is shown for failing tests alone.
    let pairs = pairs.len();
    writeln!(
        std::io::stderr(),
        "native = wasm: {pairs} pairs of files, {reports} reports, {bytes} bytes compared, {} reports differ",
        differences.len()
    )
    .unwrap();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert!(decided >= LEAST_DECIDED, "{decided} reports in which the engine decided something");
}
