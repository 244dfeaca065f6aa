//! Files and streams: the one place that does IO.

use core::ops::ControlFlow;
use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::Path,
};

use alloc::{format, string::ToString, vec};

use crate::{
    error::{Place, Quoted, ReadError},
    format::Sink,
    options::ReadOptions,
    problem::Summary,
    reader::Reader,
};

/// Bytes asked of the source at a time.
const CHUNK_BYTES: usize = 256 << 10;

/// How far the reading has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read so far.
    pub bytes: u64,
    /// Bytes in all, where the source tells.
    pub total: Option<u64>,
}

/// Reads the file at `path` and hands its batches to `out`.
///
/// `progress` is called after every 256 KiB; `ControlFlow::Break` ends the reading with an error whose
/// [`is_cancelled`](ReadError::is_cancelled) is true.
///
/// # Errors
/// The path names nothing, a directory, or a file that may not be read; or the file's content is refused.
pub fn read_path(
    path: &Path,
    options: ReadOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    out: Sink<'_>,
) -> Result<Summary, ReadError> {
    let shown = path.to_string_lossy();
    let source = path.file_name().map_or(shown.clone(), |name| name.to_string_lossy());
    let refuse = |message: &str| {
        let message = format!("{message} (path given: {})", Quoted(shown.as_bytes()));
        ReadError::new(Place::file(&source), message)
    };
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (metadata, file) = opened.map_err(|error| match error.kind() {
        ErrorKind::NotFound => refuse("no such file"),
        ErrorKind::PermissionDenied => refuse("this file may not be read: permission denied"),
        _ => refuse(&format!("this file cannot be opened: {error}")),
    })?;
    if metadata.is_dir() {
        return Err(refuse("expected a file, found a directory"));
    }
    let total = metadata.is_file().then_some(metadata.len());
    read_with_total(file, total, &source, options, progress, out)
}

/// Reads a stream to its end and hands its batches to `out`; `source` is the name that messages begin with. Otherwise as
/// [`read_path`].
///
/// # Errors
/// The stream fails, or its content is refused.
pub fn read(
    input: impl Read,
    source: &str,
    options: ReadOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    out: Sink<'_>,
) -> Result<Summary, ReadError> {
    read_with_total(input, None, source, options, progress, out)
}

fn read_with_total(
    mut input: impl Read,
    total: Option<u64>,
    source: &str,
    options: ReadOptions,
    progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    out: Sink<'_>,
) -> Result<Summary, ReadError> {
    let mut reader = Reader::new(source.to_string(), options);
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut bytes = 0;
    loop {
        match input.read(&mut chunk) {
            Ok(0) => return reader.finish(out),
            Ok(n_bytes) => {
                reader.push(&chunk[..n_bytes], out)?;
                bytes += n_bytes as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                let place = Place { byte: Some(bytes), ..Place::file(source) };
                return Err(ReadError::new(place, format!("reading failed: {error}")));
            }
        }
        if progress(Progress { bytes, total }).is_break() {
            return Err(ReadError::cancelled(source));
        }
    }
}
