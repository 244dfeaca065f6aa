//! What happens, line by line on standard error: as JSON for machines, or as text for people. Never bodies, never tokens.

use std::io::Write as _;

use serde_json::{Map, Value};

use crate::host::now;

/// How lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `2024-01-15T10:30:00Z info listening address=127.0.0.1:8000`
    #[default]
    Text,
    /// One object a line: `time`, `level`, `message`, and what belongs to it.
    Json,
}

/// Writes lines. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Log {
    format: Format,
    /// Every request, not only those that failed or took long.
    requests: bool,
}

impl Log {
    /// Writes in a format; of requests all, or only what whoever runs the service should see.
    pub fn new(format: Format, requests: bool) -> Log {
        Log { format, requests }
    }

    /// Whether every request is told.
    pub fn tells_requests(&self) -> bool {
        self.requests
    }

    /// What happened.
    pub fn info(&self, message: &str, fields: Value) {
        self.write("info", message, fields);
    }

    /// What somebody should look at.
    pub fn warn(&self, message: &str, fields: Value) {
        self.write("warning", message, fields);
    }

    /// What went wrong.
    pub fn error(&self, message: &str, fields: Value) {
        self.write("error", message, fields);
    }

    fn write(&self, level: &str, message: &str, fields: Value) {
        let line = line(self.format, &now().to_string(), level, message, fields);
        // A standard error that is closed has nobody to be told.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

fn line(format: Format, time: &str, level: &str, message: &str, fields: Value) -> String {
    let fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    match format {
        Format::Json => {
            let mut object = Map::new();
            object.insert("time".into(), time.into());
            object.insert("level".into(), level.into());
            object.insert("message".into(), message.into());
            object.extend(fields);
            format!("{}\n", Value::Object(object))
        }
        Format::Text => {
            let mut line = format!("{time} {level} {message}");
            for (name, value) in fields {
                let value = match value {
                    Value::String(text) if is_plain(&text) => text,
                    // With its control characters escaped: a name cannot write a line of its own.
                    value => value.to_string(),
                };
                line.push_str(&format!(" {name}={value}"));
            }
            line.push('\n');
            line
        }
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_cannot_write_lines_of_their_own() {
        let fields =
            || json!({"address": "127.0.0.1:8000", "name": "a\n2024 error b\u{202e}\u{1b}[31m"});
        let text = line(Format::Text, "T", "info", "listening", fields());
        assert!(
            text.starts_with("T info listening address=127.0.0.1:8000 name=\"a\\n2024"),
            "{text}"
        );
        assert_eq!(text.matches('\n').count(), 1);
        assert!(!text.contains('\u{1b}'));
        let json: Value =
            serde_json::from_str(&line(Format::Json, "T", "info", "x", fields())).unwrap();
        assert_eq!(json["name"], fields()["name"]);
    }
}
