//! A stored reference or window is read back as it was, or refused: whatever was cut off or altered, nothing panics and
//! nothing is read as another value. And windows add up to the same bytes in any order.

use std::{fs, sync::OnceLock};

use driftline_core::{
    bins::Resolution,
    codec::{Content, DecodeError},
    monitor::Monitor,
    reference::Reference,
    spec::CompareSpec,
    time::Timestamp,
    window::{Plan, Window},
};
use driftline_tests::{
    pair::{Pieces, read_baseline, read_current},
    sets,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// Places tried where there are more of them: enough to meet every field, few enough for every run of the tests.
const MOST_PLACES: usize = 20_000;

/// A rewritten hash makes every change reach the types behind it, which is slower to try.
const MOST_PLACES_REHASHED: usize = 4_000;

/// Bytes of the hash that ends the compact form.
const HASH_BYTES: usize = 32;

struct Stored {
    monitor: Monitor,
    reference: Reference,
    window: Window,
    current: Vec<u8>,
}

/// Bike sharing as read once: it has numbers, classes and instants.
fn stored() -> &'static Stored {
    static STORED: OnceLock<Stored> = OnceLock::new();
    STORED.get_or_init(|| {
        let bytes = |file: &str| {
            let path = sets::data_file("bike_sharing", file).expect("a set of this repository");
            fs::read(path).expect("a file that can be read")
        };
        let (baseline, current) = (bytes("baseline.csv"), bytes("current.csv"));
        let monitor = CompareSpec::default().check().expect("the shipped policy");
        let baseline =
            read_baseline(&Pieces::whole("baseline.csv", &baseline), &monitor).expect("data");
        assert!(baseline.summary.is_some_and(|summary| summary.problems.is_empty()));
        let reference = baseline.reference;
        let window = count(&reference, &current);
        Stored { monitor, reference, window, current }
    })
}

fn count(reference: &Reference, csv: &[u8]) -> Window {
    let pieces = Pieces::whole("current.csv", csv);
    read_current(&pieces, reference, Plan::default()).expect("data").counted.window
}

/// `0..n`, or at most `most` places spread evenly over it.
fn places(n: usize, most: usize) -> impl Iterator<Item = usize> {
    let tried = n.min(most);
    (0..tried).map(move |i| i * n / tried)
}

/// Each truncation and each single-bit flip of `bytes` gives an error or the value itself.
fn check_damage<T: PartialEq>(
    bytes: &[u8],
    value: &T,
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
) {
    assert!(decode(bytes).as_ref() == Ok(value), "undamaged bytes");
    for length in places(bytes.len(), MOST_PLACES) {
        if let Ok(decoded) = decode(&bytes[..length]) {
            assert!(decoded == *value, "cut to {length} of {} bytes", bytes.len());
        }
    }
    let mut damaged = bytes.to_vec();
    for bit in places(bytes.len() * 8, MOST_PLACES) {
        damaged[bit / 8] ^= 1 << (bit % 8);
        if let Ok(decoded) = decode(&damaged) {
            assert!(decoded == *value, "bit {} of byte {} flipped", bit % 8, bit / 8);
        }
        damaged[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn a_damaged_reference_is_refused() {
    let reference = &stored().reference;
    check_damage(&reference.encode(), reference, Reference::decode);
}

#[test]
fn a_damaged_window_is_refused() {
    let Stored { reference, window, .. } = stored();
    check_damage(&window.encode(), window, |bytes| Window::decode(bytes, reference));
}

/// Alterations behind the format's name with the hash made to fit: what somebody who means harm would store. Each
/// single-bit flip, and the largest count there is in place of each byte.
fn alterations(content: Content, bytes: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    /// `u64::MAX` as the compact form writes it.
    const LARGEST: [u8; 10] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    let start = content.magic().len();
    let body = &bytes[..bytes.len() - HASH_BYTES];
    let flips = places((body.len() - start) * 8, MOST_PLACES_REHASHED).map(move |bit| {
        let mut altered = body.to_vec();
        altered[start + bit / 8] ^= 1 << (bit % 8);
        (format!("bit {} of byte {} flipped", bit % 8, start + bit / 8), altered)
    });
    let counts = places(body.len() - start, MOST_PLACES_REHASHED).map(move |at| {
        let mut altered = body.to_vec();
        altered.splice(start + at..=start + at, LARGEST);
        (format!("byte {} made the largest count", start + at), altered)
    });
    flips.chain(counts).map(|(what, mut altered)| {
        let hash = Sha256::digest(&altered);
        altered.extend_from_slice(&hash);
        (what, altered)
    })
}

/// Each alteration that `check` panics on, with where it did.
fn check_alterations(content: Content, bytes: &[u8], check: impl Fn(&[u8]) -> bool) {
    let mut used = 0;
    let mut panics = Vec::new();
    for (what, altered) in alterations(content, bytes) {
        match std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| check(&altered))) {
            Ok(was_used) => used += u64::from(was_used),
            Err(_) => panics.push(what),
        }
    }
    assert!(panics.is_empty(), "{} alterations panic: {panics:#?}", panics.len());
    assert!(used > 0, "none of the alterations was taken, so nothing behind the hash was tried");
}

#[test]
fn a_reference_made_to_look_sound_is_refused_or_can_be_used() {
    let Stored { monitor, reference, current, .. } = stored();
    check_alterations(Content::Reference, &reference.encode(), |bytes| {
        let Ok(altered) = Reference::decode(bytes) else { return false };
        assert!(altered != *reference, "another value under the same hash");
        assert!(Reference::decode(&altered.encode()).as_ref() == Ok(&altered));
        let window = count(&altered, current);
        monitor.compare(&altered, &window, "current.csv", Timestamp::from_micros(0));
        true
    });
}

#[test]
fn a_window_made_to_look_sound_is_refused_or_can_be_used() {
    let Stored { monitor, reference, window, .. } = stored();
    check_alterations(Content::Window, &window.encode(), |bytes| {
        let Ok(altered) = Window::decode(bytes, reference) else { return false };
        assert!(altered != *window, "another value under the same hash");
        assert!(Window::decode(&altered.encode(), reference).as_ref() == Ok(&altered));
        monitor.compare(reference, &altered, "current.csv", Timestamp::from_micros(0));
        let mut merged = altered.clone();
        merged.merge(window).expect("a window on the same reference");
        true
    });
}

#[test]
fn what_is_written_is_read_back() {
    let Stored { reference, window, .. } = stored();
    let bytes = reference.encode();
    let decoded = Reference::decode(&bytes).expect("a reference");
    assert_eq!((&decoded, decoded.id(), decoded.encode()), (reference, reference.id(), bytes));

    let text = reference.to_json();
    let from_json = Reference::from_json(&text).expect("a reference");
    assert_eq!((&from_json, from_json.to_json()), (reference, text));

    let bytes = window.encode();
    let decoded = Window::decode(&bytes, reference).expect("a window");
    assert_eq!((&decoded, decoded.encode()), (window, bytes));
    // One form is not taken for the other.
    assert!(Reference::decode(&window.encode()).is_err());
    assert!(Window::decode(&reference.encode(), reference).is_err());
}

#[test]
fn a_window_on_another_reference_is_refused() {
    let Stored { monitor, reference, window, current } = stored();
    let other = read_baseline(&Pieces::whole("current.csv", current), monitor)
        .expect("a baseline")
        .reference;
    let on_other = count(&other, current);
    let mut merged = window.clone();
    let refused = merged.merge(&on_other).expect_err("another reference");
    assert_eq!((refused.expected, refused.found), (reference.id(), other.id()));
    assert_eq!(merged, *window, "nothing is added");
    assert!(matches!(
        Window::decode(&on_other.encode(), reference),
        Err(DecodeError::OtherReference(_))
    ));
}

/// The current file's header, and its rows.
fn lines(csv: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let mut lines = csv.split_inclusive(|byte| *byte == b'\n');
    let header = lines.next().expect("a header");
    (header, lines.collect())
}

fn merged(windows: &[&Window]) -> Window {
    let (first, rest) = windows.split_first().expect("a window");
    let mut sum = (*first).clone();
    for window in rest {
        sum.merge(window).expect("a window on the same reference");
    }
    sum
}

/// Edits of a text: where, and what stands there afterwards. The bytes are those of JSON, so that edits go deep.
fn edits() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    let byte = prop_oneof![
        4 => prop::sample::select(b"0123456789.-+eE\"{}[],: nulltruefas\\".to_vec()),
        1 => any::<u8>(),
    ];
    prop::collection::vec((any::<prop::sample::Index>(), byte), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_add_up_in_any_order_and_grouping(
        shares in prop::collection::vec(0_usize..3, 719),
        keeps_every_row in any::<bool>(),
    ) {
        let Stored { reference, window, current, .. } = stored();
        let (header, rows) = lines(current);
        prop_assert_eq!(rows.len(), shares.len());
        let parts: Vec<Window> = (0..3)
            .map(|part| {
                let mut csv = header.to_vec();
                for (row, share) in rows.iter().zip(&shares) {
                    if *share == part || (part == 2 && !keeps_every_row && *share == 0) {
                        csv.extend_from_slice(row);
                    }
                }
                count(reference, &csv)
            })
            .collect();
        let [a, b, c] = [&parts[0], &parts[1], &parts[2]];
        let bytes = merged(&[a, b, c]).encode();
        for order in [[a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]] {
            prop_assert_eq!(&merged(&order).encode(), &bytes);
        }
        let (left, right) = (merged(&[&merged(&[a, b]), c]), merged(&[a, &merged(&[b, c])]));
        prop_assert_eq!(left.encode(), right.encode());
        let empty = Window::empty(reference, Resolution::Grid);
        prop_assert_eq!(merged(&[&empty, a]).encode(), merged(&[a, &empty]).encode());
        if keeps_every_row {
            prop_assert_eq!(bytes, window.encode());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edited_reference_in_json_is_refused(edits in edits()) {
        static TEXT: OnceLock<Vec<u8>> = OnceLock::new();
        let reference = &stored().reference;
        let mut text = TEXT.get_or_init(|| reference.to_json().into_bytes()).clone();
        for (at, byte) in edits {
            let at = at.index(text.len());
            text[at] = byte;
        }
        if let Some(decoded) = str::from_utf8(&text).ok().and_then(|text| Reference::from_json(text).ok()) {
            // What its source is called is no part of what it is.
            prop_assert_eq!(decoded.id(), reference.id());
            prop_assert!(decoded.source() != reference.source() || decoded == *reference);
        }
    }
}
