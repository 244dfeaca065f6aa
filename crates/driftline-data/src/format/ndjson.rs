//! NDJSON, also called JSON Lines: an object a line.
//!
//! Everything that [`format::json`](super::json) says of objects and their members holds; here a row ends where its line
//! does, so that a line that is no object is skipped and told, and costs no other row. Blank lines are skipped. A line
//! may have 16 MiB; a longer one is skipped.

use super::{foreign, json::JsonReader};
use crate::options::ReadOptions;

/// Whether these can be the first bytes of objects, one a line.
pub(super) fn recognise(first_bytes: &[u8]) -> bool {
    let text = first_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_bytes).trim_ascii_start();
    text.starts_with(b"{") && foreign::is_json(text)
}

/// A reader for the file with this base name.
pub(super) fn open(source: &str, options: ReadOptions) -> JsonReader {
    JsonReader::lines(source, options)
}
