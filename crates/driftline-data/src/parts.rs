//! Several files read as one: their rows come on the columns of the first.

use alloc::{format, string::String, vec::Vec};
use core::mem;

use driftline_core::{
    column::{Batch, Column},
    report::Problem,
    schema::{Field, Schema},
};

use crate::{
    batch::BatchBuilder,
    error::{Place, ReadError},
    evidence::Witness,
    format::Sink,
    options::ReadOptions,
    problem::{Problems, Summary, listed},
    reader::Reader,
};

/// One of the files that an input is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What messages call it: its place below what was given.
    pub name: String,
    /// Columns that its folder's name gives all of its rows, such as `day=2024-01-01`; `None` is a missing value.
    pub constants: Vec<(String, Option<String>)>,
}

impl Part {
    /// A file whose folder gives no columns.
    pub fn new(name: impl Into<String>) -> Part {
        Part { name: name.into(), constants: Vec::new() }
    }
}

/// Reads files one after the other.
///
/// The first file's columns, and those that its folder gives, are the columns. Later files are read with their kinds; a
/// column that is not there is missing in all rows, one that is new is left out, and both are told.
#[derive(Debug)]
pub(crate) struct Parts {
    options: ReadOptions,
    part: Part,
    reader: Reader,
    /// Whether the file at hand was named by whoever reads, or holds a byte: there is one.
    is_begun: bool,
    /// The columns, once the first file's are known.
    schema: Option<Schema>,
    /// Where a file's columns go, once they are known; `None` where they are the columns.
    places: Option<Option<Vec<Origin>>>,
    first: String,
    /// What was read of the files before.
    before: Option<Summary>,
    problems: Vec<Problem>,
}

/// Where a column's cells come from.
#[derive(Clone, Debug)]
enum Origin {
    File(usize),
    /// The same cell in every row.
    Constant(Option<String>),
}

impl Parts {
    pub(crate) fn new(source: &str, options: ReadOptions) -> Parts {
        Parts {
            part: Part::new(source),
            reader: Reader::new(source, options.clone()),
            options,
            is_begun: false,
            schema: None,
            places: None,
            first: source.into(),
            before: None,
            problems: Vec::new(),
        }
    }

    /// The bytes that come now are those of this file.
    pub(crate) fn next(&mut self, part: Part, out: Sink<'_>) -> Result<(), ReadError> {
        if self.is_begun {
            self.end(out)?;
        } else {
            self.first = part.name.clone();
        }
        self.is_begun = true;
        self.places = None;
        self.reader = Reader::new(&*part.name, self.options.clone());
        self.part = part;
        Ok(())
    }

    pub(crate) fn push(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        self.is_begun = true;
        let Parts { part, reader, schema, places, options, problems, .. } = self;
        let mut sink = |found: &Schema, batch: Batch| {
            let unified = unify(part, found, schema, options, problems);
            hand_on(unified, part, found, places, batch, out);
        };
        reader.push(bytes, &mut sink)?;
        self.settle();
        Ok(())
    }

    pub(crate) fn finish(&mut self, out: Sink<'_>) -> Result<Summary, ReadError> {
        self.end(out)?;
        let mut summary = self.before.take().unwrap_or_else(|| unreachable!("a file just ended"));
        summary.problems.append(&mut self.problems);
        Ok(summary)
    }

    pub(crate) fn schema(&self) -> Option<&Schema> {
        self.schema.as_ref()
    }

    /// Ends the file at hand.
    fn end(&mut self, out: Sink<'_>) -> Result<(), ReadError> {
        let Parts { part, reader, schema, places, options, problems, .. } = self;
        let mut sink = |found: &Schema, batch: Batch| {
            let unified = unify(part, found, schema, options, problems);
            hand_on(unified, part, found, places, batch, out);
        };
        let summary = reader.finish(&mut sink)?;
        self.settle();
        if self.before.is_some() {
            self.tell_other_columns();
        }
        match &mut self.before {
            Some(before) => before.add(summary),
            before => *before = Some(summary),
        }
        // Later files are read as this one was: its kinds are those of the whole.
        for field in self.schema.iter().flat_map(|schema| &schema.fields) {
            self.options.kinds.entry(field.name.clone()).or_insert(field.kind);
            if let Some(form) = field.time_form {
                self.options.time_forms.entry(field.name.clone()).or_insert(form);
            }
        }
        Ok(())
    }

    /// Makes the columns known as soon as the file's are, be there rows or not.
    fn settle(&mut self) {
        if let Some(found) = self.reader.schema() {
            unify(&self.part, found, &mut self.schema, &self.options, &mut self.problems);
        }
    }

    fn tell_other_columns(&mut self) {
        let (Some(schema), Some(found)) = (&self.schema, self.reader.schema()) else { return };
        let constant = |name: &str| self.part.constants.iter().any(|(given, _)| given == name);
        let is_here = |name: &str| found.position(name).is_some() || constant(name);
        let absent: Vec<&str> =
            schema.fields.iter().map(|field| &*field.name).filter(|name| !is_here(name)).collect();
        let names = found.fields.iter().map(|field| &*field.name);
        let names = names.chain(self.part.constants.iter().map(|(name, _)| &**name));
        let added: Vec<&str> = names.filter(|name| schema.position(name).is_none()).collect();
        for (columns, what) in [(absent, "did not find"), (added, "found and left out")] {
            // Of any number of files the list is no longer than that of a few.
            if !columns.is_empty() && self.problems.len() < 200 {
                let message =
                    format!("expected the columns of {}, {what} {}", self.first, listed(&columns));
                self.problems.push(Problem { place: self.part.name.clone(), message });
            }
        }
    }
}

/// The columns of the whole: the first file's and its folder's.
fn unify<'s>(
    part: &Part,
    found: &Schema,
    schema: &'s mut Option<Schema>,
    options: &ReadOptions,
    problems: &mut Vec<Problem>,
) -> &'s Schema {
    schema.get_or_insert_with(|| {
        let mut fields = found.fields.clone();
        for (name, value) in &part.constants {
            if found.position(name).is_some() {
                let message = "the folder's name gives this column too: the file's own is read";
                let place = format!("{}", Place::file(&part.name).column(name));
                problems.push(Problem { place, message: message.into() });
                continue;
            }
            let mut witness = Witness::default();
            witness.see(value.as_deref().unwrap_or_default().as_bytes());
            // What it notes of one value's form says nothing of the others'.
            fields.push(witness.field(name, &part.name, options, &mut Problems::new(false)));
        }
        Schema { fields }
    })
}

/// Hands a batch on, on the columns of the whole.
fn hand_on(
    schema: &Schema,
    part: &Part,
    found: &Schema,
    places: &mut Option<Option<Vec<Origin>>>,
    batch: Batch,
    out: Sink<'_>,
) {
    let places = places.get_or_insert_with(|| {
        let is_alike = schema.fields.len() == found.fields.len()
            && schema.fields.iter().zip(&found.fields).all(|(a, b)| a.name == b.name);
        let origin = |field: &Field| match found.position(&field.name) {
            Some(at) => Origin::File(at),
            None => {
                let given = part.constants.iter().find(|(name, _)| *name == field.name);
                Origin::Constant(given.and_then(|(_, value)| value.clone()))
            }
        };
        (!is_alike).then(|| schema.fields.iter().map(origin).collect())
    });
    let Some(places) = places else { return out(schema, batch) };
    let rows = batch.rows();
    let mut columns: Vec<Option<Column>> = batch.into_columns().into_iter().map(Some).collect();
    let columns = schema.fields.iter().zip(places).map(|(field, origin)| match origin {
        Origin::File(at) => match mem::take(&mut columns[*at]) {
            Some(column) => column,
            None => unreachable!("each column has a place of its own"),
        },
        Origin::Constant(value) => constant(field, value.as_deref(), rows),
    });
    let batch = Batch::new(rows, columns.collect());
    out(schema, batch.unwrap_or_else(|_| unreachable!("each column has a cell for each row")));
}

/// A column of one cell, over and over.
fn constant(field: &Field, value: Option<&str>, rows: usize) -> Column {
    let schema = Schema { fields: alloc::vec![field.clone()] };
    let mut builder = BatchBuilder::new(&schema, rows);
    for _ in 0..rows {
        // One that is not of its column's kind is an unreadable slot of it.
        let _ = builder.push(0, value.unwrap_or_default().as_bytes());
        builder.end_row();
    }
    let column = builder.take().into_columns().pop();
    column.unwrap_or_else(|| unreachable!("there is one"))
}
