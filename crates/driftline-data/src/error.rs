//! Where something is in a file, and why reading it ended.

use alloc::{borrow::ToOwned, boxed::Box, string::String};
use core::fmt;

/// A place in a file, written as `current.csv, row 17, column "age"`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Base name of the file.
    pub source: String,
    /// The row as a spreadsheet shows it, from 1: the header counts, blank lines count, and a record with quoted
    /// newlines is one row.
    pub row: Option<u64>,
    /// The line of the text at which the row starts, from 1; written only where it is not the row's number.
    pub line: Option<u64>,
    /// Name of the column.
    pub column: Option<String>,
    /// Byte offset in the file, from 0.
    pub byte: Option<u64>,
}

impl Place {
    /// The file as a whole.
    pub fn file(source: &str) -> Place {
        Place { source: source.to_owned(), ..Place::default() }
    }

    /// The same place, in the column called `name`.
    #[must_use]
    pub fn column(self, name: &str) -> Place {
        Place { column: Some(name.to_owned()), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(row) = self.row {
            write!(f, ", row {row}")?;
            if let Some(line) = self.line.filter(|&line| line != row) {
                write!(f, " (line {line})")?;
            }
        }
        if let Some(column) = &self.column {
            write!(f, ", column {}", Quoted(column.as_bytes()))?;
        }
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        Ok(())
    }
}

/// Why a file could not be read: where, what was expected, what was found.
///
/// ```
/// use driftline_data::{ReadOptions, Reader};
/// let mut reader = Reader::new("current.csv", ReadOptions { strict: true, ..ReadOptions::default() });
/// let rows = [b"age,n\n".as_slice(), &b"31,1\n".repeat(20), b"old,2\n"].concat();
/// let error = reader.push(&rows, &mut |_, _| ()).and_then(|()| reader.finish(&mut |_, _| ())).unwrap_err();
/// assert_eq!(error.to_string(), r#"current.csv, row 22, column "age": expected a number, found "old""#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    inner: Box<Inner>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    place: Place,
    message: String,
    cancelled: bool,
}

impl ReadError {
    /// An error at `place`.
    pub fn new(place: Place, message: impl Into<String>) -> ReadError {
        ReadError { inner: Box::new(Inner { place, message: message.into(), cancelled: false }) }
    }

    /// The caller asked to stop.
    pub(crate) fn cancelled(source: &str) -> ReadError {
        let inner = Inner {
            place: Place::file(source),
            message: "reading was cancelled".to_owned(),
            cancelled: true,
        };
        ReadError { inner: Box::new(inner) }
    }

    /// Where it happened.
    pub fn place(&self) -> &Place {
        &self.inner.place
    }

    /// What was expected and what was found, without the place.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Whether nothing is wrong with the file: the caller asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancelled
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.inner.place, self.inner.message)
    }
}

impl core::error::Error for ReadError {}

/// Bytes of a file shown in a message: quoted, cut after 40 characters, control and bidirectional characters escaped so
/// that a hostile file cannot write on a terminal.
pub(crate) struct Quoted<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_CHARS: usize = 40;
        // Four bytes a character at most, so a field of 1 MiB is not decoded to show its start.
        let text = String::from_utf8_lossy(&self.0[..self.0.len().min(4 * SHOWN_CHARS)]);
        let mut chars = text.chars();
        f.write_str("\"")?;
        for c in chars.by_ref().take(SHOWN_CHARS) {
            match c {
                '\'' => f.write_str("'")?,
                _ => write!(f, "{}", c.escape_debug())?,
            }
        }
        f.write_str(if chars.next().is_some() { "…\"" } else { "\"" })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn check_quoted(bytes: &[u8], expected: &str) {
        assert_eq!(Quoted(bytes).to_string(), expected);
    }

    #[test]
    fn a_message_shows_no_control_characters() {
        check_quoted(b"n/a", r#""n/a""#);
        check_quoted(b"it's", r#""it's""#);
        check_quoted(b"\x1b[31m\n\"", r#""\u{1b}[31m\n\"""#);
        check_quoted("a\u{202e}b".as_bytes(), r#""a\u{202e}b""#);
        check_quoted(b"caf\xe9", "\"caf\u{fffd}\"");
        check_quoted(&[b'x'; 1 << 20], &alloc::format!("\"{}…\"", "x".repeat(40)));
    }

    #[test]
    fn a_place_names_the_line_only_where_it_is_not_the_row() {
        let place = Place { row: Some(17), line: Some(17), ..Place::file("a.csv") };
        assert_eq!(place.to_string(), "a.csv, row 17");
        let place = Place { line: Some(21), ..place }.column("age");
        assert_eq!(place.to_string(), r#"a.csv, row 17 (line 21), column "age""#);
        let place = Place { byte: Some(3), ..Place::file("a.csv") };
        assert_eq!(place.to_string(), "a.csv, byte 3");
    }
}
