//! A request as the host read it: no socket, no body stream.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

/// A whole request. The host has read the body within the endpoint's limit, and undone any content coding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …, in capitals.
    pub method: String,
    /// The path as sent, percent-encoded, without the query.
    pub path: String,
    /// What follows the question mark; empty where there is none.
    pub query: String,
    /// Headers by name in lower case; of a repeated one the values, joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body. What follows a `?` in `target` is the query.
    pub fn new(method: &str, target: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Request {
            method: method.to_string(),
            path: path.to_string(),
            query: query.to_string(),
            ..Request::default()
        }
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Request {
        self.headers.insert(name.to_ascii_lowercase(), value.to_string());
        self
    }

    /// The same with a body of this media type.
    #[must_use]
    pub fn with_body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Request {
        self.body = body.into();
        self.with_header("content-type", media_type)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

/// Undoes percent-encoding; `None` where it is broken or hides something that is not UTF-8. `plus_is_blank` for queries.
pub(crate) fn percent_decoded(text: &str, plus_is_blank: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        bytes.push(match first {
            b'%' => {
                let (pair, after) = rest.split_first_chunk::<2>()?;
                rest = after;
                let digit = |byte: u8| char::from(byte).to_digit(16);
                (digit(pair[0])? << 4 | digit(pair[1])?) as u8
            }
            b'+' if plus_is_blank => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_once_and_refused_where_it_is_broken() {
        for (text, expected) in [
            ("a%20b", Some("a b")),
            ("a+b", Some("a b")),
            ("%C4%8Daj", Some("čaj")),
            ("%2525", Some("%25")),
            ("%", None),
            ("%1", None),
            ("%zz", None),
            ("%ff", None),
        ] {
            assert_eq!(percent_decoded(text, true).as_deref(), expected, "{text}");
        }
        assert_eq!(percent_decoded("a+b", false).as_deref(), Some("a+b"));
    }
}
