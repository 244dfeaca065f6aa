//! A response for the host to write.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use serde::Serialize;

/// The media type of JSON.
pub const JSON: &str = "application/json";

/// A whole response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Headers, names in lower case. The host adds `content-length` and `date`.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// A response without a body.
    pub fn empty(status: u16) -> Response {
        Response { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A response with a body of this media type.
    pub fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Response {
        let response = Response { status, headers: Vec::new(), body: body.into() };
        response.with_header("content-type", media_type)
    }

    /// A value as JSON.
    pub fn json(status: u16, value: &impl Serialize) -> Response {
        // Plain data with text keys: it cannot fail, and if it did nobody should be told a lie.
        match serde_json::to_vec(value) {
            Ok(mut body) => {
                body.push(b'\n');
                Response::new(status, JSON, body)
            }
            Err(_) => Response::empty(500),
        }
    }

    /// The same with a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl ToString) -> Response {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    /// The answer to `HEAD`: what a `GET` would have had, without the body. [`route`](crate::route) has done this where it
    /// answers itself; what a host answers from rows of its own it does itself.
    #[must_use]
    pub fn without_body(mut self) -> Response {
        let length = self.body.len();
        self.body.clear();
        self.with_header("content-length", length)
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body as text; empty where it is none.
    pub fn text(&self) -> &str {
        core::str::from_utf8(&self.body).unwrap_or_default()
    }
}
