//! A request's body: within its endpoint's limit, within its time, within the memory for all of them.

use std::{io::Write as _, sync::Arc, time::Duration};

use axum::{body::Body, http::HeaderMap};
use driftline_api::{Endpoint, Kind, Problem, endpoint::too_large};
use flate2::write::GzDecoder;
use futures_util::StreamExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zstd::{
    stream::raw::{Decoder, InBuffer, Operation as _, OutBuffer},
    zstd_safe::DParameter,
};

/// Bodies up to this length share one budget; of longer ones there is one at a time.
const SHARED: usize = 16 << 20;
/// A permit stands for so many bytes.
const PERMIT_BYTES: usize = 1 << 10;
/// A body past [`SHARED`] has this many times the time of others.
const LARGE_TAKES: u32 = 10;

/// Memory for bodies that are being read or parsed.
#[derive(Debug)]
pub(super) struct Budget {
    shared: Arc<Semaphore>,
    large: Arc<Semaphore>,
}

/// A body, and its part of the budget for as long as it is there.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) bytes: Vec<u8>,
    pub(super) held: Vec<OwnedSemaphorePermit>,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Budget {
        let permits = (bytes / PERMIT_BYTES).clamp(SHARED / PERMIT_BYTES, Semaphore::MAX_PERMITS);
        Budget { shared: Arc::new(Semaphore::new(permits)), large: Arc::new(Semaphore::new(1)) }
    }

    /// Reads a body, and undoes its compression.
    pub(super) async fn read(
        &self,
        endpoint: &Endpoint,
        headers: &HeaderMap,
        body: Body,
        timeout: Duration,
    ) -> Result<Read, Problem> {
        let mut read = Read { bytes: Vec::new(), held: Vec::new() };
        if endpoint.max_body == 0 {
            return Ok(read);
        }
        let unzip = match headers.get("content-encoding").map(|coding| coding.as_bytes()) {
            None | Some(b"identity") => None,
            Some(b"gzip" | b"x-gzip") => Some(Unzip::gzip(endpoint.max_body)),
            Some(b"zstd") => Some(Unzip::zstd(endpoint.max_body).map_err(|_| too_many())?),
            Some(_) => {
                let detail = "expected no Content-Encoding, gzip or zstd, found another";
                let problem = Problem::new(Kind::UNSUPPORTED_TYPE, detail);
                return Err(problem.with_header("accept-encoding", "gzip, zstd"));
            }
        };
        let length =
            headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: u64| length > endpoint.max_body as u64) {
            return Err(too_large(endpoint));
        }
        let is_large = endpoint.max_body > SHARED;
        if is_large {
            let permit = Arc::clone(&self.large).try_acquire_owned().map_err(|_| too_many())?;
            read.held.push(permit);
        }
        let timeout = if is_large { timeout * LARGE_TAKES } else { timeout };
        let pouring = self.pour(endpoint, body, unzip, is_large, read);
        match tokio::time::timeout(timeout, pouring).await {
            Ok(read) => read,
            Err(_) => {
                let seconds = timeout.as_secs();
                let detail =
                    format!("expected the whole body within {seconds} s, found a part of it");
                Err(Problem::new(Kind::MALFORMED, detail).with_header("connection", "close"))
            }
        }
    }

    async fn pour(
        &self,
        endpoint: &Endpoint,
        body: Body,
        mut unzip: Option<Unzip>,
        is_large: bool,
        mut read: Read,
    ) -> Result<Read, Problem> {
        let mut pieces = body.into_data_stream();
        let mut wire_bytes = 0;
        let mut permits = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| {
                Problem::new(Kind::MALFORMED, "expected the whole body, found a part of it")
                    .with_header("connection", "close")
            })?;
            wire_bytes += piece.len();
            if wire_bytes > endpoint.max_body {
                return Err(too_large(endpoint));
            }
            // Little by little: a small piece may hold a large body.
            let parts = piece.chunks(if unzip.is_some() { 1 << 10 } else { usize::MAX });
            for part in parts {
                let held = match &mut unzip {
                    Some(unzip) => {
                        unzip.write(part).map_err(|error| unzip_problem(&error, endpoint))?;
                        unzip.held()
                    }
                    None => {
                        read.bytes.extend_from_slice(part);
                        read.bytes.len()
                    }
                };
                let wanted = held.div_ceil(PERMIT_BYTES);
                if !is_large && wanted > permits {
                    let more = u32::try_from(wanted - permits).unwrap_or(u32::MAX);
                    let permit = Arc::clone(&self.shared).try_acquire_many_owned(more);
                    read.held.push(permit.map_err(|_| too_many())?);
                    permits = wanted;
                }
            }
        }
        if let Some(unzip) = unzip {
            read.bytes = unzip.finish().map_err(|error| unzip_problem(&error, endpoint))?;
        }
        Ok(read)
    }
}

fn too_many() -> Problem {
    Problem::new(Kind::TOO_MANY, "too many bodies are being read").with_header("retry-after", 1)
}

fn unzip_problem(error: &std::io::Error, endpoint: &Endpoint) -> Problem {
    if error.kind() == std::io::ErrorKind::FileTooLarge {
        return too_large(endpoint);
    }
    Problem::new(
        Kind::MALFORMED,
        "expected a body in its Content-Encoding's form, found other bytes",
    )
}

/// A body while it is unzipped.
enum Unzip {
    Gzip(GzDecoder<Limited>),
    Zstd { decoder: Decoder<'static>, into: Limited, is_whole: bool },
}

/// The largest window of zstd, as a power of two: 8 MiB, what RFC 9659 allows in HTTP.
const ZSTD_WINDOW_LOG: u32 = 23;

impl Unzip {
    fn gzip(most: usize) -> Unzip {
        Unzip::Gzip(GzDecoder::new(Limited { bytes: Vec::new(), most }))
    }

    fn zstd(most: usize) -> std::io::Result<Unzip> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW_LOG))?;
        let into = Limited { bytes: Vec::new(), most };
        Ok(Unzip::Zstd { decoder, into, is_whole: false })
    }

    fn write(&mut self, part: &[u8]) -> std::io::Result<()> {
        match self {
            Unzip::Gzip(gzip) => gzip.write_all(part),
            Unzip::Zstd { decoder, into, is_whole } => {
                let mut input = InBuffer::around(part);
                let mut piece = [0; 1 << 13];
                loop {
                    let mut output = OutBuffer::around(&mut piece[..]);
                    // Nothing more is expected at the end of a frame; another one may follow.
                    *is_whole = decoder.run(&mut input, &mut output)? == 0;
                    let bytes = output.pos();
                    into.write_all(&piece[..bytes])?;
                    if input.pos() == part.len() && bytes < piece.len() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Bytes of memory that it takes: zstd keeps up to a whole copy of what it has written.
    fn held(&self) -> usize {
        match self {
            Unzip::Gzip(gzip) => gzip.get_ref().bytes.len(),
            Unzip::Zstd { into, .. } => 2 * into.bytes.len(),
        }
    }

    fn finish(self) -> std::io::Result<Vec<u8>> {
        match self {
            Unzip::Gzip(gzip) => gzip.finish().map(|into| into.bytes),
            Unzip::Zstd { into, is_whole: true, .. } => Ok(into.bytes),
            Unzip::Zstd { .. } => Err(std::io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Takes what is unzipped, up to a limit.
struct Limited {
    bytes: Vec<u8>,
    most: usize,
}

impl std::io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
