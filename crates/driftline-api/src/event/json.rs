//! Events in one JSON document: one event, an array of them, or `{"columns": {…}}`. One pass, no tree in between.

use alloc::{
    borrow::Cow,
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::fmt;

use driftline_core::time::{TimeForm, Timestamp};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    Caps, Submission,
    builder::{Builder, Columns, Row, Stop, check_name},
    columns::ColumnsSeed,
    scalar::{Key, Scalar},
};
use crate::problem::{Fault, Kind, Problem, echo, pointer_part};

/// What an event may say, beside its features.
pub(crate) const FIELDS: [&str; 10] = [
    "features",
    "prediction",
    "probability",
    "latency_ms",
    "timestamp",
    "model",
    "version",
    "label",
    "error",
    "id",
];

/// Reads a document.
///
/// # Errors
/// A body that is not JSON (400) or says something else (422), with the place of each fault; too many events (413).
pub(crate) fn parse_document(body: &[u8], caps: &Caps) -> Result<Submission, Problem> {
    let mut builder = Builder::new(caps);
    match read(body, DocumentSeed { builder: &mut builder }) {
        Err(error) if builder.is_good() => {
            Err(Problem::of_faults(Kind::MALFORMED, vec![Fault::of_syntax(&error, 0)]))
        }
        _ => builder.finish(),
    }
}

/// Reads one JSON text and nothing behind it.
pub(super) fn read<'de, S: DeserializeSeed<'de>>(
    text: &'de [u8],
    seed: S,
) -> Result<S::Value, serde_json::Error> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Ends reading; what is wrong is with the builder.
pub(super) fn stop<E: Error>(_: Stop) -> E {
    E::custom("stopped")
}

struct DocumentSeed<'b, 'c> {
    builder: &'b mut Builder<'c>,
}

any_seed!(DocumentSeed, 'b, 'c);

impl DocumentSeed<'_, '_> {
    fn refuse<E: Error>(self, found: &Scalar<'_>) -> Result<(), E> {
        let detail = format!(
            "expected an event, an array of events or {{\"columns\": …}}, found {}",
            found.words()
        );
        self.builder.fault(Fault::at("", detail)).map_err(stop)
    }
}

impl<'de> Visitor<'de> for DocumentSeed<'_, '_> {
    type Value = ();

    scalars_are_faults!("an event, an array of events or columns");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        for at in 0_u64.. {
            let pointer = format!("/{at}");
            let builder = &mut *self.builder;
            let seed = EventSeed { builder, pointer: &pointer, line: None };
            // Counted before it is read: the seed consumes it.
            if seq.next_element_seed(Counted(seed))?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        EventSeed { builder: self.builder, pointer: "", line: None }.visit_document(map)
    }
}

/// An element of an array of events.
struct Counted<'b, 'c, 'p>(EventSeed<'b, 'c, 'p>);

impl<'de> DeserializeSeed<'de> for Counted<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.0.builder.begin_rows(1).map_err(stop)?;
        self.0.deserialize(deserializer)
    }
}

/// One event at a place of the document.
pub(super) struct EventSeed<'b, 'c, 'p> {
    pub(super) builder: &'b mut Builder<'c>,
    pub(super) pointer: &'p str,
    pub(super) line: Option<u64>,
}

any_seed!(EventSeed, 'b, 'c, 'p);

impl EventSeed<'_, '_, '_> {
    fn fault<E: Error>(&mut self, below: &str, detail: String) -> Result<(), E> {
        let pointer = format!("{}{below}", self.pointer);
        let fault = Fault { line: self.line, ..Fault::at(pointer, detail) };
        self.builder.fault(fault).map_err(stop)
    }

    fn refuse<E: Error>(mut self, found: &Scalar<'_>) -> Result<(), E> {
        self.fault("", format!("expected an event (an object), found {}", found.words()))
    }

    /// A whole document that is an object: an event, or columns.
    fn visit_document<'de, A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.visit(map, true)
    }

    fn visit<'de, A: MapAccess<'de>>(
        mut self,
        mut map: A,
        may_be_columns: bool,
    ) -> Result<(), A::Error> {
        let mut row = Row::default();
        let mut columns = None;
        let mut seen = BTreeSet::new();
        while let Some(Key(key)) = map.next_key()? {
            let Some(field) = FIELDS.into_iter().find(|field| *field == key) else {
                if may_be_columns && key == "columns" && columns.is_none() {
                    let mut read = Columns::default();
                    map.next_value_seed(ColumnsSeed {
                        builder: self.builder,
                        columns: &mut read,
                        pointer: "/columns",
                        are_features: false,
                    })?;
                    columns = Some(read);
                    continue;
                }
                map.next_value::<IgnoredAny>()?;
                let detail = unknown(&key, may_be_columns);
                self.fault(&format!("/{}", pointer_part(&key)), detail)?;
                continue;
            };
            if !seen.insert(field) {
                map.next_value::<IgnoredAny>()?;
                self.fault(&format!("/{field}"), "expected it once, found it again".into())?;
                continue;
            }
            if field == "features" {
                let pointer = format!("{}/features", self.pointer);
                map.next_value_seed(FeaturesSeed {
                    builder: self.builder,
                    row: &mut row,
                    pointer: &pointer,
                    line: self.line,
                })?;
                continue;
            }
            let value: Scalar<'de> = map.next_value()?;
            if let Err(detail) = set(&mut row, field, value, self.builder.caps) {
                self.fault(&format!("/{field}"), detail)?;
            }
        }
        if let Some(columns) = columns {
            let is_model = |field: &&str| matches!(*field, "model" | "version");
            if let Some(field) = seen.into_iter().find(|field| !is_model(field)) {
                return self.fault(
                    &format!("/{field}"),
                    "expected only model and version beside columns, found a field of an event"
                        .into(),
                );
            }
            if self.builder.is_good() {
                self.builder.begin_rows(columns.rows as u64).map_err(stop)?;
                self.builder.take_columns(row.model, row.version, columns).map_err(stop)?;
            }
            return Ok(());
        }
        if may_be_columns {
            self.builder.begin_rows(1).map_err(stop)?;
        }
        let says_something = seen.iter().any(|field| !matches!(*field, "model" | "version"));
        if !says_something {
            let detail = "expected an event with features, a prediction or a latency, found none";
            return self.fault("", detail.into());
        }
        if self.builder.is_good() {
            self.builder.take(row, self.pointer).map_err(stop)
        } else {
            Ok(())
        }
    }
}

impl<'de> Visitor<'de> for EventSeed<'_, '_, '_> {
    type Value = ();

    scalars_are_faults!("an event");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.refuse(&Scalar::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.visit(map, false)
    }
}

/// What is said of a key that no event has.
fn unknown(key: &str, may_be_columns: bool) -> String {
    let known = FIELDS.into_iter().chain(may_be_columns.then_some("columns"));
    let similar = |known: &&str| strsim::damerau_levenshtein(known, key) <= 3;
    match known.clone().filter(similar).min_by_key(|known| strsim::damerau_levenshtein(known, key))
    {
        Some(meant) => format!(
            "expected a field of an event, found \"{}\"; did you mean \"{meant}\"?",
            echo(key)
        ),
        None => format!(
            "expected one of {}, found \"{}\"; inputs of the model go into features",
            known.collect::<Vec<_>>().join(", "),
            echo(key)
        ),
    }
}

/// Sets a field of an event.
fn set<'de>(
    row: &mut Row<'de>,
    field: &str,
    value: Scalar<'de>,
    caps: &Caps,
) -> Result<(), String> {
    check(field, &value)?;
    match field {
        "prediction" => row.prediction = Some(value),
        "probability" => row.probability = Some(value),
        "latency_ms" => row.latency_ms = Some(value),
        "label" => row.label = Some(value),
        "error" => row.error = Some(value),
        "timestamp" => row.time = time_of(&value)?,
        "model" => row.model = name_of(&value, caps)?,
        "version" => row.version = name_of(&value, caps)?,
        "id" => row.id = name_of(&value, caps)?,
        _ => {}
    }
    Ok(())
}

/// Whether a value is of the field's type.
pub(super) fn check(field: &str, value: &Scalar<'_>) -> Result<(), String> {
    let (is_right, expected) = match field {
        "probability" | "latency_ms" => {
            (matches!(value, Scalar::Number(_) | Scalar::Null), "a number")
        }
        "timestamp" | "id" => (
            matches!(value, Scalar::Text(_) | Scalar::Number(_) | Scalar::Null),
            if field == "id" { "a text" } else { "a time such as \"2024-01-15T10:30:00Z\"" },
        ),
        "model" | "version" => (matches!(value, Scalar::Text(_) | Scalar::Null), "a text"),
        _ => (
            !matches!(value, Scalar::Array | Scalar::Object),
            "a number, a text, true, false or null",
        ),
    };
    if is_right { Ok(()) } else { Err(format!("expected {expected}, found {}", value.words())) }
}

/// The largest number that is an id: every whole number up to it is itself.
pub(crate) const MOST_ID: f64 = 9_007_199_254_740_992.0;

/// The latest second since 1970 that is not taken for milliseconds: in the year 2286.
const MOST_SECONDS: f64 = 1e10;

/// An instant: RFC 3339, or seconds since 1970.
pub(super) fn time_of(value: &Scalar<'_>) -> Result<Option<Timestamp>, String> {
    let expected = "a time such as \"2024-01-15T10:30:00Z\" or seconds since 1970";
    match value {
        Scalar::Text(text) => Timestamp::parse(text)
            .map(Some)
            .ok_or_else(|| format!("expected {expected}, found \"{}\"", echo(text))),
        Scalar::Number(seconds) if seconds.abs() < MOST_SECONDS => {
            Ok(TimeForm::EpochSeconds.parse_number(*seconds))
        }
        Scalar::Number(number) => Err(format!("expected {expected}, found {number}")),
        _ => Ok(None),
    }
}

pub(super) fn name_of(value: &Scalar<'_>, caps: &Caps) -> Result<Option<String>, String> {
    let name = match value {
        Scalar::Text(text) => text.to_string(),
        // Past 2⁵³ two ids would be one.
        Scalar::Number(number) if *number % 1.0 == 0.0 && number.abs() <= MOST_ID => {
            number.to_string()
        }
        Scalar::Number(number) => {
            let detail =
                format!("expected a text, or a whole number up to {MOST_ID}, found {number:e}");
            return Err(detail);
        }
        _ => return Ok(None),
    };
    check_name(&name, caps.name_chars)?;
    Ok(Some(name))
}

/// The features of one event.
struct FeaturesSeed<'b, 'c, 'r, 'de, 'p> {
    builder: &'b mut Builder<'c>,
    row: &'r mut Row<'de>,
    pointer: &'p str,
    line: Option<u64>,
}

impl<'de> DeserializeSeed<'de> for FeaturesSeed<'_, '_, '_, 'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> FeaturesSeed<'_, '_, '_, 'de, '_> {
    fn refuse<E: Error>(self, found: &Scalar<'_>) -> Result<(), E> {
        let detail = format!("expected features by name (an object), found {}", found.words());
        let fault = Fault { line: self.line, ..Fault::at(self.pointer, detail) };
        self.builder.fault(fault).map_err(stop)
    }
}

impl<'de> Visitor<'de> for FeaturesSeed<'_, '_, '_, 'de, '_> {
    type Value = ();

    scalars_are_faults!("features by name");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.refuse(&Scalar::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(name)) = map.next_key()? {
            let value: Scalar<'de> = map.next_value()?;
            if let Err(detail) = check("features", &value) {
                let pointer = format!("{}/{}", self.pointer, pointer_part(&name));
                let fault = Fault { line: self.line, ..Fault::at(pointer, detail) };
                self.builder.fault(fault).map_err(stop)?;
            } else {
                self.row.features.push((name, value));
            }
        }
        Ok(())
    }
}
