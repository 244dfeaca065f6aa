//! Small JSON bodies, read with the place of what is wrong.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use serde_json::{Map, Value};

use crate::problem::{Fault, Kind, Problem, echo, pointer_part};

/// A JSON body.
///
/// # Errors
/// Text that is not JSON: 400, with line and column.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Problem> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body)
        .map_err(|error| Problem::of_faults(Kind::MALFORMED, vec![Fault::of_syntax(&error, 0)]))
}

/// An object at a place of a body; what is wrong with it is gathered.
pub(crate) struct Object<'v> {
    fields: Option<&'v Map<String, Value>>,
    pointer: String,
    pub(crate) faults: Vec<Fault>,
}

impl<'v> Object<'v> {
    pub(crate) fn of(value: &'v Value, pointer: &str) -> Object<'v> {
        let mut faults = Vec::new();
        if !value.is_object() {
            faults.push(Fault::at(pointer, format!("expected an object, found {}", words(value))));
        }
        Object { fields: value.as_object(), pointer: pointer.to_string(), faults }
    }

    /// Names every key that is not known: nothing is ignored in silence.
    pub(crate) fn only(mut self, known: &[&str]) -> Object<'v> {
        for key in self.fields.into_iter().flatten().map(|(key, _)| key) {
            if !known.contains(&key.as_str()) {
                let expected = known.join(", ");
                let detail = format!("expected one of {expected}, found \"{}\"", echo(key));
                let pointer = format!("{}/{}", self.pointer, pointer_part(key));
                self.faults.push(Fault::at(pointer, detail));
            }
        }
        self
    }

    /// A value that is there and not null.
    pub(crate) fn value(&self, key: &str) -> Option<&'v Value> {
        self.fields?.get(key).filter(|value| !value.is_null())
    }

    fn take<T>(
        &mut self,
        key: &str,
        expected: &str,
        is_required: bool,
        read: impl FnOnce(&'v Value) -> Option<T>,
    ) -> Option<T> {
        let pointer = format!("{}/{key}", self.pointer);
        match self.value(key) {
            Some(value) => {
                let taken = read(value);
                if taken.is_none() {
                    let detail = format!("expected {expected}, found {}", words(value));
                    self.faults.push(Fault::at(pointer, detail));
                }
                taken
            }
            None => {
                if is_required && self.fields.is_some() {
                    self.faults
                        .push(Fault::at(pointer, format!("expected {expected}, found nothing")));
                }
                None
            }
        }
    }

    /// A text that must be there, and not empty.
    pub(crate) fn text(&mut self, key: &str) -> String {
        let text = |value: &'v Value| value.as_str().filter(|text| !text.is_empty());
        self.take(key, "a text", true, text).unwrap_or_default().to_string()
    }

    /// A text that may be left out.
    pub(crate) fn maybe_text(&mut self, key: &str) -> Option<String> {
        self.take(key, "a text", false, Value::as_str).map(str::to_string)
    }

    /// A truth value that must be there.
    pub(crate) fn flag(&mut self, key: &str) -> bool {
        self.take(key, "true or false", true, Value::as_bool).unwrap_or_default()
    }

    /// A whole number from 1 that must be there.
    pub(crate) fn count(&mut self, key: &str, most: u64) -> u64 {
        // 6007.0 is a whole number too.
        let whole = |value: &Value| {
            let number = value.as_f64().filter(|number| number % 1.0 == 0.0 && *number >= 0.0);
            value.as_u64().or(number.map(|number| number as u64))
        };
        let count = |value: &Value| whole(value).filter(|count| (1..=most).contains(count));
        self.take(key, &format!("a whole number from 1 to {most}"), true, count).unwrap_or_default()
    }

    /// An array that must be there.
    pub(crate) fn array(&mut self, key: &str) -> &'v [Value] {
        self.take(key, "an array", true, Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// What was read.
    ///
    /// # Errors
    /// Everything that is wrong: 422.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Problem> {
        if self.faults.is_empty() {
            Ok(value)
        } else {
            Err(Problem::of_faults(Kind::INVALID, self.faults))
        }
    }
}

/// What a value is, with its article.
pub(crate) fn words(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "a number",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
