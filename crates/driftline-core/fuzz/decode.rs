//! What must hold whatever bytes the decoders are given: an error, or a value that everything accepts.

use driftline_core::{
    bins::Resolution,
    codec::{Content, DecodeError},
    convention::Convention,
    reference::Reference,
    report::Report,
    spec::CompareSpec,
    time::Timestamp,
    window::Window,
};
use sha2::{Digest, Sha256};

/// `payload` as the content of a file whose hash is right.
pub(crate) fn sealed(content: Content, payload: &[u8]) -> Vec<u8> {
    let mut bytes = [&content.magic()[..], payload].concat();
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

/// As they are, as the content of a sealed file, and as JSON.
pub(crate) fn check_reference(input: &[u8]) {
    let json = core::str::from_utf8(input)
        .map_err(|_| DecodeError::Malformed)
        .and_then(Reference::from_json);
    for reference in
        [Reference::decode(input), Reference::decode(&sealed(Content::Reference, input)), json]
            .into_iter()
            .flatten()
    {
        assert_eq!(Reference::decode(&reference.encode()).as_ref(), Ok(&reference));
        let mut window = Window::empty(&reference, Resolution::Grid);
        window
            .merge(&Window::empty(&reference, Resolution::Grid))
            .expect("both are on one reference");
        check_report(&reference, &window);
    }
}

/// As they are, and as the content of a sealed file, on a reference.
pub(crate) fn check_window(reference: &Reference, input: &[u8]) {
    for bytes in [input, &sealed(Content::Window, input)] {
        if let Ok(mut window) = Window::decode(bytes, reference) {
            assert_eq!(Window::decode(&window.encode(), reference).as_ref(), Ok(&window));
            check_report(reference, &window);
            let twice = window.clone();
            window.merge(&twice).expect("both are on one reference");
        }
    }
}

fn check_report(reference: &Reference, window: &Window) {
    for convention in Convention::ALL {
        let monitor =
            CompareSpec { convention, ..CompareSpec::default() }.check().expect("a sound spec");
        let report = monitor.compare(reference, window, "current", Timestamp::EPOCH);
        // A number that is none is written as null and read as an error.
        assert_eq!(Report::from_json(&report.to_json()).as_ref(), Ok(&report));
    }
}
