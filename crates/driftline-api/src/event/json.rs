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
    builder::{Builder, CellsBuilder, Columns, Row, Stop, check_name},
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
fn stop<E: Error>(_: Stop) -> E {
    E::custom("stopped")
}

/// Visits of what is neither an array nor an object: one fault each.
macro_rules! scalars_are_faults {
    ($expected:literal) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($expected)
        }

        fn visit_unit<E: Error>(self) -> Result<(), E> {
            self.refuse(&Scalar::Null)
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
            self.refuse(&Scalar::Truth(value))
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
            self.refuse(&Scalar::Number(value as f64))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
            self.refuse(&Scalar::Number(value as f64))
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
            self.refuse(&Scalar::Number(value))
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
            self.refuse(&Scalar::Text(Cow::Borrowed(value)))
        }
    };
}

macro_rules! any_seed {
    ($seed:ident, $($life:lifetime),*) => {
        impl<'de, $($life),*> DeserializeSeed<'de> for $seed<$($life),*> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_any(self)
            }
        }
    };
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
fn check(field: &str, value: &Scalar<'_>) -> Result<(), String> {
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

/// The latest second since 1970 that is not taken for milliseconds: in the year 2286.
const MOST_SECONDS: f64 = 1e10;

/// An instant: RFC 3339, or seconds since 1970.
fn time_of(value: &Scalar<'_>) -> Result<Option<Timestamp>, String> {
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

fn name_of(value: &Scalar<'_>, caps: &Caps) -> Result<Option<String>, String> {
    let name = match value {
        Scalar::Text(text) => text.to_string(),
        Scalar::Number(number) => number.to_string(),
        _ => return Ok(None),
    };
    check_name(&name, caps.name_bytes)?;
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

/// `{"amount": [1, 2], "prediction": ["a", "b"], "features": {…}}`.
struct ColumnsSeed<'b, 'c, 'o, 'p> {
    builder: &'b mut Builder<'c>,
    columns: &'o mut Columns,
    pointer: &'p str,
    are_features: bool,
}

any_seed!(ColumnsSeed, 'b, 'c, 'o, 'p);

impl ColumnsSeed<'_, '_, '_, '_> {
    fn refuse<E: Error>(self, found: &Scalar<'_>) -> Result<(), E> {
        let detail = format!("expected columns by name (an object), found {}", found.words());
        self.builder.fault(Fault::at(self.pointer, detail)).map_err(stop)
    }
}

impl<'de> Visitor<'de> for ColumnsSeed<'_, '_, '_, '_> {
    type Value = ();

    scalars_are_faults!("columns by name");

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        self.refuse(&Scalar::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        let mut first: Option<(String, usize)> = None;
        while let Some(Key(name)) = map.next_key()? {
            let name = name.into_owned();
            let pointer = format!("{}/{}", self.pointer, pointer_part(&name));
            let field = FIELDS.into_iter().find(|field| *field == name && !self.are_features);
            if !seen.insert(name.clone()) {
                map.next_value::<IgnoredAny>()?;
                let fault = Fault::at(pointer, "expected each column once, found it again");
                self.builder.fault(fault).map_err(stop)?;
                continue;
            }
            if field == Some("features") {
                map.next_value_seed(ColumnsSeed {
                    builder: self.builder,
                    columns: self.columns,
                    pointer: &pointer,
                    are_features: true,
                })?;
                continue;
            }
            let mut column = Column::default();
            map.next_value_seed(ColumnSeed {
                builder: self.builder,
                column: &mut column,
                pointer: &pointer,
                field: field.unwrap_or("features"),
            })?;
            let length = column.length;
            if let Some(fault) = self.columns.place(&name, field, column, self.builder) {
                self.builder.fault(Fault { pointer: Some(pointer), ..fault }).map_err(stop)?;
                continue;
            }
            let (of, expected) = first.get_or_insert((name, length));
            if *expected != length {
                let of = echo(of);
                let detail = format!("expected {expected} values as in \"{of}\", found {length}");
                self.builder.fault(Fault::at(pointer, detail)).map_err(stop)?;
            }
        }
        let Some((of, length)) = first else { return Ok(()) };
        if self.columns.rows != 0 && self.columns.rows != length {
            let detail = format!(
                "expected {} values in every column, found {length} in \"{}\"",
                self.columns.rows,
                echo(&of)
            );
            self.builder.fault(Fault::at(self.pointer, detail)).map_err(stop)?;
        }
        self.columns.rows = length;
        Ok(())
    }
}

/// One column as it was read.
#[derive(Default)]
struct Column {
    length: usize,
    cells: CellsBuilder,
    times: Vec<Option<Timestamp>>,
    names: Vec<Option<String>>,
}

impl Columns {
    /// Puts a column where it belongs.
    fn place(
        &mut self,
        name: &str,
        field: Option<&str>,
        column: Column,
        builder: &mut Builder<'_>,
    ) -> Option<Fault> {
        let cells = column.cells;
        match field {
            Some("prediction") => self.prediction = cells,
            Some("probability") => self.probability = cells,
            Some("latency_ms") => self.latency_ms = cells,
            Some("label") => self.label = cells,
            Some("error") => self.error = cells,
            Some("timestamp") => self.times = column.times,
            Some("id") => self.ids = column.names,
            Some(_) => {
                let detail = format!("expected {name} beside columns, found it among them");
                return Some(Fault { detail, ..Fault::default() });
            }
            None if self.features.len() >= builder.caps.features => builder.drop_value(),
            None => {
                if let Err(detail) = check_name(name, builder.caps.name_bytes) {
                    return Some(Fault { detail, ..Fault::default() });
                }
                self.features.push((name.to_string(), cells));
            }
        }
        None
    }
}

/// The values of one column.
struct ColumnSeed<'b, 'c, 'o, 'p> {
    builder: &'b mut Builder<'c>,
    column: &'o mut Column,
    pointer: &'p str,
    field: &'static str,
}

any_seed!(ColumnSeed, 'b, 'c, 'o, 'p);

impl ColumnSeed<'_, '_, '_, '_> {
    fn refuse<E: Error>(self, found: &Scalar<'_>) -> Result<(), E> {
        let detail = format!("expected an array of values, found {}", found.words());
        self.builder.fault(Fault::at(self.pointer, detail)).map_err(stop)
    }
}

impl<'de> Visitor<'de> for ColumnSeed<'_, '_, '_, '_> {
    type Value = ();

    scalars_are_faults!("an array of values");

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        self.refuse(&Scalar::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let caps = self.builder.caps;
        while let Some(value) = seq.next_element::<Scalar<'de>>()? {
            let at = self.column.length;
            self.column.length += 1;
            let taken = check(self.field, &value).and_then(|()| match self.field {
                "timestamp" => time_of(&value).map(|time| self.column.times.push(time)),
                "id" => name_of(&value, caps).map(|name| self.column.names.push(name)),
                _ => Ok(()),
            });
            if let Err(detail) = taken {
                let fault = Fault::at(format!("{}/{at}", self.pointer), detail);
                self.builder.fault(fault).map_err(stop)?;
            } else {
                let value =
                    if matches!(self.field, "timestamp" | "id") { Scalar::Null } else { value };
                self.builder.put(&mut self.column.cells, value).map_err(stop)?;
            }
        }
        Ok(())
    }
}
