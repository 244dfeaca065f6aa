//! One event a line: NDJSON.

use super::{
    Caps, Submission,
    builder::Builder,
    json::{EventSeed, read},
};
use crate::problem::{Fault, Kind, Problem};

/// Reads one event a line; empty lines say nothing.
///
/// # Errors
/// A line that is not JSON (400) or not an event (422), with its number; too many events (413).
pub(crate) fn parse_lines(body: &[u8], caps: &Caps) -> Result<Submission, Problem> {
    let mut builder = Builder::new(caps);
    for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let number = at as u64 + 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        if builder.begin_rows(1).is_err() {
            break;
        }
        let seed = EventSeed { builder: &mut builder, pointer: "", line: Some(number) };
        if let Err(error) = read(line, seed) {
            if builder.is_good() {
                let fault = Fault::of_syntax(&error, number - 1);
                return Err(Problem::of_faults(Kind::MALFORMED, alloc::vec![fault]));
            }
            break;
        }
    }
    builder.finish()
}
