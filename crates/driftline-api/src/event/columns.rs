//! Events as whole columns.

use alloc::{
    borrow::Cow,
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use driftline_core::time::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    builder::{Builder, CellsBuilder, Columns, check_name},
    json::{FIELDS, check, name_of, stop, time_of},
    scalar::{Key, Scalar},
};
use crate::problem::{Fault, echo, pointer_part};

/// `{"amount": [1, 2], "prediction": ["a", "b"], "features": {…}}`.
pub(super) struct ColumnsSeed<'b, 'c, 'o, 'p> {
    pub(super) builder: &'b mut Builder<'c>,
    pub(super) columns: &'o mut Columns,
    pub(super) pointer: &'p str,
    pub(super) are_features: bool,
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
                if let Err(detail) = check_name(name, builder.caps.name_chars) {
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
