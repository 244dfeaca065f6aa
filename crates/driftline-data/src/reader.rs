//! The door for any supported format: looks at the first bytes, then hands over to the format's own reader.

use alloc::{boxed::Box, string::String, vec::Vec};

use driftline_core::schema::Schema;

use crate::{
    error::ReadError,
    format::{self, FormatReader, Sink},
    options::ReadOptions,
    problem::Summary,
};

/// Reads a file in whichever supported format it turns out to be.
#[derive(Debug)]
pub struct Reader {
    source: String,
    options: ReadOptions,
    stage: Stage,
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
        Reader { source: source.into(), options, stage: Stage::Looking(Vec::new()) }
    }

    /// Takes the next bytes and hands every batch they complete to `out`.
    ///
    /// # Errors
    /// The bytes are of no supported format, or the format's reader refuses them. The error is then given again for
    /// every further call.
    pub fn push(&mut self, bytes: &[u8], out: Sink<'_>) -> Result<(), ReadError> {
        let mut bytes = bytes;
        if let Stage::Looking(head) = &mut self.stage {
            let wanted = format::SNIFFED_BYTES - head.len();
            let (first, rest) = bytes.split_at(wanted.min(bytes.len()));
            head.extend_from_slice(first);
            bytes = rest;
            if head.len() < format::SNIFFED_BYTES {
                return Ok(());
            }
            self.decide(out)?;
        }
        match &mut self.stage {
            Stage::Looking(_) => Ok(()),
            Stage::Reading(reader) => reader.push(bytes, out),
            Stage::Failed(error) => Err(error.clone()),
        }
    }

    /// Ends the file: hands out the rows that are left.
    ///
    /// # Errors
    /// As for [`push`](Self::push), and for a file that is empty.
    pub fn finish(&mut self, out: Sink<'_>) -> Result<Summary, ReadError> {
        if let Stage::Looking(_) = &self.stage {
            self.decide(out)?;
        }
        match &mut self.stage {
            Stage::Reading(reader) => reader.finish(out),
            Stage::Failed(error) => Err(error.clone()),
            Stage::Looking(_) => unreachable!("the format was just decided"),
        }
    }

    /// The columns, once enough was read to know them: before the first batch is handed out.
    pub fn schema(&self) -> Option<&Schema> {
        match &self.stage {
            Stage::Reading(reader) => reader.schema(),
            _ => None,
        }
    }

    fn decide(&mut self, out: Sink<'_>) -> Result<(), ReadError> {
        let Stage::Looking(head) = &mut self.stage else { return Ok(()) };
        let head = core::mem::take(head);
        match format::sniff(&head, &self.source) {
            Ok(format) => {
                let mut reader = (format.open)(&self.source, &self.options);
                let pushed = reader.push(&head, out);
                self.stage = Stage::Reading(reader);
                pushed
            }
            Err(error) => {
                self.stage = Stage::Failed(error.clone());
                Err(error)
            }
        }
    }
}
