//! The decoders of stored references, windows, engines and live windows: hostile bytes are an error or a value that everything accepts. The
//! fuzzers' corpora run here too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

extern crate alloc;

#[path = "../fuzz/decode.rs"]
mod decode;

use std::{fs, path::PathBuf};

use alloc::collections::BTreeMap;

use driftline_core::{
    codec::Content,
    column::{Batch, Bitmap, Column, Dictionary, Values},
    engine::{Engine, Input},
    evidence::{Evidence, Observed},
    live::{LiveWindows, PanePlan},
    metric::Metric,
    policy::Policy,
    reference::{DEFAULT_BUDGET_BYTES, Reference, ReferenceBuilder},
    schema::{Field, Kind, Origin, Role, Schema},
    spec::CompareSpec,
    time::Timestamp,
    window::{Plan, Window, WindowCounter},
};
use proptest::prelude::*;

const DIGEST_BYTES: usize = 32;

fn schema() -> Schema {
    let field = |name: &str, kind| Field {
        name: name.into(),
        kind,
        role: Role::Feature,
        role_from: Origin::Default,
        time_form: None,
    };
    Schema { fields: vec![field("amount", Kind::Numeric), field("city", Kind::Categorical)] }
}

fn batch(rows: u32, shift: u32) -> Batch {
    let numbers = (0..rows).map(|i| f64::from(i % 7 + shift)).collect();
    let mut dictionary = Dictionary::default();
    let mut seen = BTreeMap::new();
    let codes = (0..rows)
        .map(|i| {
            let level = format!("level {}", i % 4 + shift);
            *seen.entry(level.clone()).or_insert_with(|| dictionary.push(&level))
        })
        .collect();
    let all = || Bitmap::all_set(rows as usize);
    let columns = vec![
        Column::new(Values::Number(numbers), all(), 0),
        Column::new(Values::Text { codes, dictionary }, all(), 0),
    ];
    Batch::new(rows as usize, columns).unwrap()
}

fn reference() -> Reference {
    let mut builder = ReferenceBuilder::new("baseline.csv", &schema(), DEFAULT_BUDGET_BYTES);
    builder.push(&batch(50, 0));
    builder.finish().0
}

fn window(reference: &Reference, rows: u32) -> Window {
    let mut counter = WindowCounter::new(reference, &schema(), &Plan::default());
    counter.count(&batch(rows, 2));
    counter.finish().window
}

fn minute(n: u64) -> Timestamp {
    Timestamp::EPOCH.later(n * 60_000_000)
}

/// Live windows of four batches, a minute apart.
fn live(reference: &Reference) -> LiveWindows {
    let monitor = CompareSpec::default().check().unwrap();
    let plan = PanePlan::of(&monitor, &Policy::default(), reference);
    let mut live = LiveWindows::new(reference, plan);
    for n in 1..5 {
        live.count(reference, &schema(), &batch(20, n), minute(u64::from(n))).unwrap();
    }
    let window = live.window(reference, minute(5)).unwrap();
    let report = monitor.compare(reference, &window.window, "live", minute(5));
    live.evidence(&window, &report, &Policy::default());
    live
}

/// An engine that has rolled back on paper.
fn engine() -> Engine {
    let mut engine = Engine::new(Policy::default());
    engine.handle(Input::TargetChanged { version: "1".into() }, minute(0));
    engine.handle(Input::TargetChanged { version: "2".into() }, minute(1));
    for n in 100..110 {
        let mut window = Evidence::new(n, minute(n - 1), minute(n), 1000);
        window.values.insert(Metric::ErrorRate, Observed::new(0.2, 1000));
        window.values.insert(Metric::LatencyP99, Observed::new(2.0, 1000));
        engine.handle(Input::Window(window), minute(n));
    }
    engine
}

fn payload(bytes: &[u8]) -> Vec<u8> {
    bytes[Content::Reference.magic().len()..bytes.len() - DIGEST_BYTES].to_vec()
}

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<(PathBuf, Vec<u8>)> =
        files.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    assert!(!files.is_empty(), "no file in {}", folder.display());
    files
}

#[test]
fn the_corpora_find_nothing() {
    for (_, input) in corpus("reference") {
        decode::check_reference(&input);
    }
    for (_, input) in corpus("window") {
        decode::check_window(&reference(), &input);
    }
    for (_, input) in corpus("engine") {
        decode::check_engine(&input);
    }
    for (_, input) in corpus("live") {
        decode::check_live(&reference(), &input);
    }
}

#[test]
fn stored_files_of_this_version_stay_readable() {
    let stored = corpus("reference").into_iter().find(|(path, _)| path.ends_with("small")).unwrap();
    assert_eq!(Reference::decode(&stored.1).unwrap(), reference());
    let stored = corpus("live").into_iter().find(|(path, _)| path.ends_with("small")).unwrap();
    assert_eq!(stored.1, live(&reference()).encode());
    let stored = corpus("engine").into_iter().find(|(path, _)| path.ends_with("small")).unwrap();
    assert_eq!(stored.1, engine().snapshot());
}

#[test]
fn every_truncation_and_every_flipped_bit_is_an_error() {
    let reference = reference();
    let window = window(&reference, 20);
    let check = |bytes: &[u8], decodes: &dyn Fn(&[u8]) -> bool| {
        assert!(decodes(bytes));
        for end in 0..bytes.len() {
            assert!(!decodes(&bytes[..end]), "cut to {end}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.to_vec();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(!decodes(&altered), "bit {bit}");
        }
    };
    check(&reference.encode(), &|bytes| Reference::decode(bytes).is_ok());
    check(&window.encode(), &|bytes| Window::decode(bytes, &reference).is_ok());
}

#[test]
fn an_edited_json_reference_is_refused() {
    let reference = reference();
    let json = reference.to_json();
    assert_eq!(Reference::from_json(&json).unwrap(), reference);
    assert!(Reference::from_json(&json.replacen("\"rows\": 50", "\"rows\": 51", 1)).is_err());
    assert!(Reference::from_json(&json.replacen("level 1", "level 9", 1)).is_err());
}

proptest! {
    #[test]
    fn hostile_content_under_a_right_hash_is_an_error_or_a_sound_value(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        of in 0..4,
    ) {
        let reference = reference();
        let bytes = match of {
            0 => reference.encode(),
            1 => window(&reference, 20).encode(),
            2 => engine().snapshot(),
            _ => live(&reference).encode(),
        };
        let mut payload = payload(&bytes);
        for (at, byte) in edits {
            let at = at.index(payload.len());
            payload[at] = byte;
        }
        match of {
            0 => decode::check_reference(&payload),
            1 => decode::check_window(&reference, &payload),
            2 => decode::check_engine(&payload),
            _ => decode::check_live(&reference, &payload),
        }
    }
}

/// Does nothing but with `UPDATE_CORPORA=1`, for when the stored form gets another version: writes the corpora anew.
#[test]
fn the_corpora_are_written_when_asked_for() {
    if std::env::var_os("UPDATE_CORPORA").is_none() {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let reference = reference();
    let window = window(&reference, 20).encode();
    for (name, bytes) in [
        ("reference/small", reference.encode()),
        ("reference/small_content", payload(&reference.encode())),
        ("reference/small_json", reference.to_json().into_bytes()),
        ("reference/empty", Vec::new()),
        ("window/small", window.clone()),
        ("window/small_content", payload(&window)),
        ("engine/small", engine().snapshot()),
        ("engine/small_content", payload(&engine().snapshot())),
        ("engine/empty", Vec::new()),
        ("live/small", live(&reference).encode()),
        ("live/small_content", payload(&live(&reference).encode())),
        ("live/empty", Vec::new()),
    ] {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
