//! Why a request was refused: RFC 9457 problem details, with the place of everything that is wrong.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use serde::Serialize;

use crate::response::Response;

/// The media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// How many faults one answer lists.
pub const MOST_FAULTS: usize = 20;

/// Bytes of what was sent that an answer repeats.
const LONGEST_ECHO: usize = 80;

/// What kind of problem: the end of its `type`, its status and its title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The end of the `type` URI.
    pub name: &'static str,
    /// The status.
    pub status: u16,
    /// What it is called.
    pub title: &'static str,
}

macro_rules! kinds {
    ($($constant:ident $status:literal $name:literal $title:literal;)*) => {
        impl Kind {
            $(#[doc = $title]
            pub const $constant: Kind = Kind { name: $name, status: $status, title: $title };)*

            /// Every kind.
            pub const ALL: &[Kind] = &[$(Kind::$constant),*];
        }
    };
}

kinds! {
    MALFORMED 400 "malformed" "The body is not what its type says";
    BAD_PARAMETER 400 "bad-parameter" "A parameter is not as expected";
    UNAUTHENTICATED 401 "unauthenticated" "A token is needed";
    FORBIDDEN 403 "forbidden" "The token does not allow this";
    NOT_FOUND 404 "not-found" "There is nothing here";
    METHOD_NOT_ALLOWED 405 "method-not-allowed" "Not with this method";
    NOT_ACCEPTABLE 406 "not-acceptable" "No answer of the asked type";
    CONFLICT 409 "conflict" "Not in this state";
    TOO_LARGE 413 "too-large" "The body is too large";
    UNSUPPORTED_TYPE 415 "unsupported-type" "Not a type that is read here";
    INVALID 422 "invalid" "The content is not as expected";
    LIMIT 422 "limit" "A limit is reached";
    TOO_MANY 429 "too-many" "Too many requests";
    INTERNAL 500 "internal" "Something went wrong here";
    NOT_READY 503 "not-ready" "Not ready yet";
    STORAGE_FULL 507 "storage-full" "No room to store this";
}

impl Kind {
    /// The `type` of a problem of this kind.
    pub fn uri(self) -> String {
        format!("urn:driftline:problem:{}", self.name)
    }
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The column in bytes, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The place in the document: an RFC 6901 pointer; empty for the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The parameter of the query, the path or the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What was expected and what was found.
    pub detail: String,
}

impl Fault {
    /// At a place of a document.
    pub fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Fault {
        Fault { pointer: Some(pointer.into()), detail: detail.into(), ..Fault::default() }
    }

    /// Of a parameter.
    pub fn of_parameter(name: &str, detail: impl Into<String>) -> Fault {
        Fault { parameter: Some(name.to_string()), detail: detail.into(), ..Fault::default() }
    }

    /// Of a text that is not JSON. Lines of a larger text are counted from `line_before`.
    pub(crate) fn of_syntax(error: &serde_json::Error, lines_before: u64) -> Fault {
        let text = error.to_string();
        // The position is in fields of its own.
        let detail = text.split(" at line ").next().unwrap_or_default();
        Fault {
            line: Some(lines_before + error.line() as u64),
            column: Some(error.column() as u64),
            detail: format!("expected JSON: {detail}"),
            ..Fault::default()
        }
    }
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Of which kind.
    pub kind: Kind,
    /// What is wrong this time, for people.
    pub detail: String,
    /// Everything that is wrong, at most [`MOST_FAULTS`] of them.
    pub faults: Vec<Fault>,
    /// Headers that go with it.
    pub headers: Vec<(String, String)>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Fault],
}

impl Problem {
    /// A problem without places.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Problem {
        Problem { kind, detail: detail.into(), faults: Vec::new(), headers: Vec::new() }
    }

    /// A problem of these faults; the first is its detail.
    pub fn of_faults(kind: Kind, mut faults: Vec<Fault>) -> Problem {
        let detail = match faults.as_slice() {
            [] => String::new(),
            [only] => only.in_words(),
            [first, ..] => format!("{}; {} in all", first.in_words(), faults.len()),
        };
        faults.truncate(MOST_FAULTS);
        Problem { kind, detail, faults, headers: Vec::new() }
    }

    /// One parameter is wrong.
    pub fn of_parameter(name: &str, detail: impl Into<String>) -> Problem {
        Problem::of_faults(Kind::BAD_PARAMETER, vec![Fault::of_parameter(name, detail)])
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl ToString) -> Problem {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    /// The answer to a request for `instance`.
    pub fn response(&self, instance: &str) -> Response {
        let body = Body {
            r#type: self.kind.uri(),
            title: self.kind.title,
            status: self.kind.status,
            detail: &self.detail,
            instance,
            errors: &self.faults,
        };
        let mut response = Response::json(self.kind.status, &body);
        response.headers = vec![("content-type".to_string(), PROBLEM_JSON.to_string())];
        response.headers.extend(self.headers.iter().cloned());
        response
    }
}

impl Fault {
    fn in_words(&self) -> String {
        let place = match (self.line, self.column, &self.pointer, &self.parameter) {
            (Some(line), Some(column), ..) => format!("line {line}, column {column}: "),
            (Some(line), None, Some(pointer), _) => format!("line {line}, {pointer}: "),
            (Some(line), ..) => format!("line {line}: "),
            (None, _, Some(pointer), _) if !pointer.is_empty() => format!("{pointer}: "),
            (None, _, _, Some(parameter)) => format!("{parameter}: "),
            _ => String::new(),
        };
        format!("{place}{}", self.detail)
    }
}

/// A text as it may be repeated: short, and without control characters.
pub(crate) fn echo(text: &str) -> String {
    let mut echoed: String =
        text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if echoed.len() > LONGEST_ECHO {
        let end = (0..=LONGEST_ECHO).rev().find(|end| echoed.is_char_boundary(*end)).unwrap_or(0);
        echoed.truncate(end);
        echoed.push('…');
    }
    echoed
}

/// A key as a part of an RFC 6901 pointer.
pub(crate) fn pointer_part(key: &str) -> String {
    echo(key).replace('~', "~0").replace('/', "~1")
}
