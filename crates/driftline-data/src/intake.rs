//! From the bytes of two files to what a report is made of: the one path that every front takes.
//!
//! A [`BaselineIntake`] turns a baseline (or a reference made from one before) into a [`Reference`], a
//! [`CurrentIntake`] counts the current file on it, and an [`Intake`] holds both for as many reports as people ask for:
//! another policy, other thresholds, other bins need no second reading.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use driftline_core::{
    codec,
    monitor::Monitor,
    reference::{Reference, ReferenceBuilder},
    report::{Problem, Report},
    schema::{Field, Kind, Schema},
    time::Timestamp,
    window::{Window, WindowCounter},
};

use crate::{
    error::{Place, ReadError},
    options::ReadOptions,
    problem::Summary,
    reader::Reader,
};

/// Bytes that a stored reference may have; one of ten thousand numeric columns has about 160 MB.
const MAX_REFERENCE_BYTES: usize = 512 << 20;

/// What was read of two files.
#[derive(Clone, Debug)]
pub struct Intake {
    /// What the baseline holds.
    pub reference: Reference,
    /// What the current file holds.
    pub window: Window,
    /// Base name of the current file.
    pub source: String,
    /// What was wrong with the two, baseline first.
    pub problems: Vec<Problem>,
}

impl Intake {
    /// The report by one policy.
    pub fn report(&self, monitor: &Monitor, now: Timestamp) -> Report {
        let mut report = monitor.compare(&self.reference, &self.window, &self.source, now);
        report.problems.extend(self.problems.iter().cloned());
        report
    }

    /// The baseline's columns as they were read, compared or not.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.reference.columns().iter().map(|column| &column.field)
    }
}

/// Reads a baseline: data in any supported format, or a [`Reference`] in either of its forms.
#[derive(Debug)]
pub struct BaselineIntake {
    source: String,
    budget_bytes: u64,
    stage: BaselineStage,
}

#[derive(Debug)]
enum BaselineStage {
    /// The first bytes, too few to tell data from a stored reference.
    Looking {
        head: Vec<u8>,
        options: ReadOptions,
    },
    Data {
        reader: Reader,
        builder: Option<ReferenceBuilder>,
    },
    Stored(Vec<u8>),
}

/// First bytes that tell a stored reference from data.
const STORED_HEAD_BYTES: usize = 64;

impl BaselineIntake {
    /// An intake for the file whose base name is `source`, with the kinds and the memory budget of `monitor`'s spec.
    pub fn new(
        source: impl Into<String>,
        mut options: ReadOptions,
        monitor: &Monitor,
    ) -> BaselineIntake {
        options.kinds.extend(monitor.spec().kinds());
        let stage = BaselineStage::Looking { head: Vec::new(), options };
        BaselineIntake { source: source.into(), budget_bytes: monitor.spec().budget_bytes, stage }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As for [`Reader::push`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        match &mut self.stage {
            BaselineStage::Looking { head, .. } => {
                head.extend_from_slice(bytes);
                if head.len() < STORED_HEAD_BYTES { Ok(()) } else { self.decide() }
            }
            BaselineStage::Data { reader, builder } => {
                reader.push(bytes, &mut reference_sink(&self.source, self.budget_bytes, builder))
            }
            BaselineStage::Stored(stored) => {
                if stored.len() + bytes.len() > MAX_REFERENCE_BYTES {
                    let message = alloc::format!(
                        "a stored reference has at most {MAX_REFERENCE_BYTES} bytes"
                    );
                    return Err(ReadError::new(Place::file(&self.source), message));
                }
                stored.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Rows read so far; 0 of a stored reference.
    pub fn rows(&self) -> u64 {
        match &self.stage {
            BaselineStage::Data { builder: Some(builder), .. } => builder.rows(),
            _ => 0,
        }
    }

    /// Ends the file: cuts the bins. A stored reference has no summary.
    ///
    /// # Errors
    /// As for [`Reader::finish`]; a stored reference that is damaged.
    pub fn finish(mut self) -> Result<(Reference, Option<Summary>), ReadError> {
        self.decide()?;
        match self.stage {
            BaselineStage::Looking { .. } => unreachable!("it was just decided"),
            BaselineStage::Data { mut reader, mut builder } => {
                let summary = reader.finish(&mut reference_sink(
                    &self.source,
                    self.budget_bytes,
                    &mut builder,
                ))?;
                let builder = builder.unwrap_or_else(|| {
                    let schema = reader.schema().cloned().unwrap_or_default();
                    ReferenceBuilder::new(&*self.source, &schema, self.budget_bytes)
                });
                Ok((builder.finish(), Some(summary)))
            }
            BaselineStage::Stored(bytes) => {
                let decoded = match core::str::from_utf8(&bytes) {
                    Ok(text) if !is_compact_reference(&bytes) => Reference::from_json(text),
                    _ => Reference::decode(&bytes),
                };
                let reference = decoded.map_err(|error| {
                    ReadError::new(Place::file(&self.source), alloc::format!("{error}"))
                })?;
                Ok((reference, None))
            }
        }
    }

    fn decide(&mut self) -> Result<(), ReadError> {
        let BaselineStage::Looking { head, options } = &mut self.stage else { return Ok(()) };
        let head = core::mem::take(head);
        if is_compact_reference(&head) || is_json_reference(&head) {
            self.stage = BaselineStage::Stored(head);
            return Ok(());
        }
        let reader = Reader::new(&*self.source, core::mem::take(options));
        self.stage = BaselineStage::Data { reader, builder: None };
        self.push(&head)
    }
}

fn is_compact_reference(head: &[u8]) -> bool {
    let magic = codec::Content::Reference.magic();
    head.starts_with(&magic[..magic.len() - 1])
}

fn is_json_reference(head: &[u8]) -> bool {
    let head = head[..head.len().min(STORED_HEAD_BYTES)].trim_ascii_start();
    head.first() == Some(&b'{') && head.windows(19).any(|text| text == b"driftline.reference")
}

fn reference_sink<'a>(
    source: &'a str,
    budget_bytes: u64,
    builder: &'a mut Option<ReferenceBuilder>,
) -> impl FnMut(&Schema, driftline_core::column::Batch) + 'a {
    move |schema, batch| {
        builder
            .get_or_insert_with(|| ReferenceBuilder::new(source, schema, budget_bytes))
            .push(&batch);
    }
}

/// Counts a current file on a reference.
#[derive(Debug)]
pub struct CurrentIntake<'r> {
    reference: &'r Reference,
    reader: Reader,
    counter: Option<WindowCounter<'r>>,
}

impl<'r> CurrentIntake<'r> {
    /// An intake for the file whose base name is `source`. Columns that the reference has are read as the kind they
    /// have there.
    pub fn new(
        source: impl Into<String>,
        mut options: ReadOptions,
        reference: &'r Reference,
    ) -> CurrentIntake<'r> {
        let kinds: BTreeMap<String, Kind> = reference
            .columns()
            .iter()
            .map(|column| (column.field.name.clone(), column.field.kind))
            .collect();
        options.kinds.extend(kinds);
        CurrentIntake { reference, reader: Reader::new(source, options), counter: None }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As for [`Reader::push`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        self.reader.push(bytes, &mut window_sink(self.reference, &mut self.counter))
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.counter.as_ref().map_or(0, WindowCounter::rows)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As for [`Reader::finish`].
    pub fn finish(mut self) -> Result<(Window, Summary), ReadError> {
        let summary = self.reader.finish(&mut window_sink(self.reference, &mut self.counter))?;
        let counter = self.counter.unwrap_or_else(|| {
            WindowCounter::new(self.reference, &self.reader.schema().cloned().unwrap_or_default())
        });
        Ok((counter.finish(), summary))
    }
}

fn window_sink<'a, 'r>(
    reference: &'r Reference,
    counter: &'a mut Option<WindowCounter<'r>>,
) -> impl FnMut(&Schema, driftline_core::column::Batch) + use<'a, 'r> {
    move |schema, batch| {
        counter.get_or_insert_with(|| WindowCounter::new(reference, schema)).count(&batch);
    }
}
