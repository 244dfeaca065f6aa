//! The door for any supported format: looks at the first bytes, then hands over to the format's own reader.

use alloc::{boxed::Box, format, string::String, vec::Vec};

use driftline_core::{column::Batch, report::Problem, schema::Schema};

use crate::{
    decompress::{Decompressor, MAGIC_BYTES},
    error::{Place, ReadError},
    format::{self as formats, FormatReader, Sink},
    options::ReadOptions,
    problem::Summary,
};

/// Reads a file in whichever supported format it turns out to be.
#[derive(Debug)]
pub struct Reader {
    source: String,
    options: ReadOptions,
    packing: Packing,
    stage: Stage,
}

/// How the file came.
#[derive(Debug)]
enum Packing {
    /// The first bytes, too few to tell.
    Looking(Vec<u8>),
    Plain,
    /// Compressed, with the number of rows that were handed out.
    Packed(Box<Decompressor>, u64),
    Failed(ReadError),
}

#[derive(Debug)]
enum Stage {
    /// The first bytes, too few to tell.
    Looking(Vec<u8>),
    Reading(Box<dyn FormatReader>),
    Failed(ReadError),
}

impl Reader {
    /// A reader for the file whose base name is `source`; the name's extension helps to tell the format, and messages
    /// begin with it.
    pub fn new(source: impl Into<String>, options: ReadOptions) -> Reader {
        Reader {
            source: source.into(),
            options,
            packing: Packing::Looking(Vec::new()),
            stage: Stage::Looking(Vec::new()),
        }
    }

    /// Takes the next bytes and hands every batch they complete to `out`.
    ///
    /// # Errors
    /// The bytes are of no supported format, or the format's reader refuses them, or they are compressed and damaged. The
    /// error is then given again for every further call.
    pub fn push(&mut self, mut bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        if let Packing::Looking(head) = &mut self.packing {
            let (first, rest) = bytes.split_at(bytes.len().min(MAGIC_BYTES - head.len()));
            head.extend_from_slice(first);
            bytes = rest;
            if head.len() < MAGIC_BYTES {
                return Ok(());
            }
            self.unwrap(out)?;
        }
        self.take(bytes, out)
    }

    /// Ends the file: hands out the rows that are left.
    ///
    /// # Errors
    /// As for [`push`](Self::push), for a file that is empty, and for a compressed one that was cut short.
    pub fn finish(&mut self, out: Sink<'_>) -> Result<Summary, ReadError> {
        if let Packing::Looking(_) = &self.packing {
            self.unwrap(out)?;
        }
        let Reader { packing, stage, source, options } = self;
        match packing {
            Packing::Packed(packed, rows) => {
                let out = &mut |schema: &Schema, batch: Batch| {
                    *rows += batch.rows() as u64;
                    out(schema, batch);
                };
                let (plain, missing) = packed.end();
                stage.push(plain, source, options, out)?;
                let mut ended = stage.finish(source, options, out);
                if let Some(missing) = missing {
                    // What the format says of its end is only what follows from this.
                    ended = Err(packed_error(source, packed, *rows, &missing));
                }
                if let (Ok(summary), Some(trailing)) = (&mut ended, packed.trailing()) {
                    if options.strict {
                        return Err(ReadError::new(Place::file(source), trailing));
                    }
                    let place = source.clone();
                    summary.problems.push(Problem { place, message: trailing });
                }
                ended
            }
            Packing::Failed(error) => Err(error.clone()),
            Packing::Looking(_) | Packing::Plain => stage.finish(source, options, out),
        }
    }

    /// The columns, once enough was read to know them: before the first batch is handed out.
    pub fn schema(&self) -> Option<&Schema> {
        match &self.stage {
            Stage::Reading(reader) => reader.schema(),
            _ => None,
        }
    }

    /// Finds out whether the file is compressed, and reads its first bytes.
    fn unwrap(&mut self, out: Sink<'_>) -> Result<(), ReadError> {
        let Packing::Looking(first_bytes) = &mut self.packing else { return Ok(()) };
        let first_bytes = core::mem::take(first_bytes);
        self.packing = match Decompressor::of_file(&first_bytes) {
            Some(packed) => Packing::Packed(Box::new(packed), 0),
            None => Packing::Plain,
        };
        self.take(&first_bytes, out)
    }

    fn take(&mut self, mut bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        let Reader { packing, stage, source, options } = self;
        let failed = match packing {
            Packing::Packed(packed, rows) => {
                let out = &mut |schema: &Schema, batch: Batch| {
                    *rows += batch.rows() as u64;
                    out(schema, batch);
                };
                loop {
                    if bytes.is_empty() && !packed.has_more() {
                        return Ok(());
                    }
                    match packed.step(&mut bytes) {
                        Ok(plain) => stage.push(plain, source, options, out)?,
                        Err(message) => break message,
                    }
                }
            }
            Packing::Failed(error) => return Err(error.clone()),
            Packing::Looking(_) | Packing::Plain => return stage.push(bytes, source, options, out),
        };
        // The rows that came before are handed out, to be counted.
        if let Packing::Packed(packed, rows) = packing {
            let out = &mut |schema: &Schema, batch: Batch| {
                *rows += batch.rows() as u64;
                out(schema, batch);
            };
            let _ = stage.finish(source, options, out);
            let error = packed_error(source, packed, *rows, &failed);
            self.packing = Packing::Failed(error.clone());
            return Err(error);
        }
        Ok(())
    }
}

fn packed_error(source: &str, packed: &Decompressor, rows: u64, message: &str) -> ReadError {
    let place = Place { byte: Some(packed.position()), ..Place::file(source) };
    ReadError::new(place, format!("{message}, after {rows} rows"))
}

impl Stage {
    fn push(
        &mut self,
        mut bytes: &[u8],
        source: &str,
        options: &ReadOptions,
        out: Sink<'_>,
    ) -> Result<(), ReadError> {
        if let Stage::Looking(head) = self {
            let wanted = formats::SNIFFED_BYTES - head.len();
            let (first, rest) = bytes.split_at(wanted.min(bytes.len()));
            head.extend_from_slice(first);
            bytes = rest;
            if head.len() < formats::SNIFFED_BYTES {
                return Ok(());
            }
            self.decide(source, options, out)?;
        }
        match self {
            Stage::Looking(_) => Ok(()),
            Stage::Reading(reader) => reader.push(bytes, out),
            Stage::Failed(error) => Err(error.clone()),
        }
    }

    fn finish(
        &mut self,
        source: &str,
        options: &ReadOptions,
        out: Sink<'_>,
    ) -> Result<Summary, ReadError> {
        if let Stage::Looking(_) = self {
            self.decide(source, options, out)?;
        }
        match self {
            Stage::Reading(reader) => reader.finish(out),
            Stage::Failed(error) => Err(error.clone()),
            Stage::Looking(_) => unreachable!("the format was just decided"),
        }
    }

    fn decide(
        &mut self,
        source: &str,
        options: &ReadOptions,
        out: Sink<'_>,
    ) -> Result<(), ReadError> {
        let Stage::Looking(head) = self else { return Ok(()) };
        let head = core::mem::take(head);
        match formats::sniff(&head, source) {
            Ok(format) => {
                let mut reader = (format.open)(source, options);
                let pushed = reader.push(&head, out);
                *self = Stage::Reading(reader);
                pushed
            }
            Err(error) => {
                *self = Stage::Failed(error.clone());
                Err(error)
            }
        }
    }
}
