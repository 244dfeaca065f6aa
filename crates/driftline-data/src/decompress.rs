//! gzip and zstd, taken apart as the bytes come.
//!
//! A file is compressed where its first bytes say so, whatever it is called; what is in it is then read as if it had come
//! plain. Several members or frames one after the other are one file. Memory is bounded: no more than the plain bytes of
//! 4 KiB compressed ones are held at a time (4 MiB of gzip; of zstd 256 KiB), and a zstd frame may ask for a window of
//! at most 128 MiB. What swells more than a thousandfold, past the first 64 MiB, is refused.
//!
//! A stream that is damaged or cut short is an error that says how many rows came before; bytes after the last member
//! are not read, and told.
//!
//! Either is behind a feature of its own (`gzip`, `zstd`), so that a module that is downloaded need not carry them.

use alloc::{boxed::Box, format, string::String, vec::Vec};
use core::fmt;

/// Bytes taken at a time.
const STEP_BYTES: usize = 4 << 10;
/// How much larger the plain bytes may be than the compressed ones.
const MOST_GROWTH: u64 = 1000;
/// Plain bytes that may come of however few.
const FREE_BYTES: u64 = 64 << 20;
/// First bytes that are enough to know a member by.
pub(crate) const MAGIC_BYTES: usize = 4;

/// One way of compressing, member by member.
trait Codec: fmt::Debug {
    fn name(&self) -> &'static str;

    /// Whether a member begins like this.
    fn begins(&self, first_bytes: &[u8]) -> bool;

    /// Takes some of `bytes`, which are not empty, and appends what they stand for to `plain`.
    fn take(&mut self, bytes: &[u8], plain: &mut Vec<u8>) -> Result<Taken, String>;

    /// Where the file ends in a member that no byte has ended yet: whether it is whole all the same.
    fn is_whole(&mut self, plain: &mut Vec<u8>) -> bool;
}

/// How far a codec came.
struct Taken {
    n_bytes: usize,
    /// Whether the member ended there.
    is_end: bool,
    /// Whether there is more to give of the bytes that were taken.
    has_more: bool,
}

/// A compressed stream on its way.
#[derive(Debug)]
pub(crate) struct Decompressor {
    codec: Box<dyn Codec>,
    /// Whether a member was begun and has not ended.
    is_inside: bool,
    /// Whether a step gives plain bytes even without further compressed ones.
    has_more: bool,
    /// First bytes of a next member, too few to tell.
    first_bytes: Vec<u8>,
    plain: Vec<u8>,
    n_compressed: u64,
    n_plain: u64,
    /// Bytes after the last member.
    n_trailing: u64,
}

impl Decompressor {
    /// What takes a file apart that begins like this; `None` where it is not compressed, or in no way that is known.
    pub(crate) fn of_file(first_bytes: &[u8]) -> Option<Decompressor> {
        let codecs: Vec<Box<dyn Codec>> = alloc::vec![
            #[cfg(feature = "gzip")]
            Box::new(gzip::Gzip::default()),
            #[cfg(feature = "zstd")]
            Box::new(frames::Zstd::default()),
        ];
        let codec = codecs.into_iter().find(|codec| codec.begins(first_bytes))?;
        Some(Decompressor {
            codec,
            is_inside: false,
            has_more: false,
            first_bytes: Vec::new(),
            plain: Vec::new(),
            n_compressed: 0,
            n_plain: 0,
            n_trailing: 0,
        })
    }

    /// Compressed bytes taken so far.
    pub(crate) fn position(&self) -> u64 {
        self.n_compressed
    }

    /// Whether there is more to give of the bytes that were taken.
    pub(crate) fn has_more(&self) -> bool {
        self.has_more
    }

    /// Takes a step: some bytes off `bytes`, whose plain ones it gives.
    ///
    /// # Errors
    /// The stream is damaged: what was expected.
    pub(crate) fn step(&mut self, bytes: &mut &[u8]) -> Result<&[u8], String> {
        self.plain.clear();
        if self.n_trailing > 0 {
            self.n_trailing += bytes.len() as u64;
            *bytes = &[];
        } else if self.is_inside {
            let step = &bytes[..bytes.len().min(STEP_BYTES)];
            let n_bytes = self.take(step)?;
            *bytes = &bytes[n_bytes..];
        } else {
            let wanted = MAGIC_BYTES - self.first_bytes.len();
            let (first, rest) = bytes.split_at(wanted.min(bytes.len()));
            self.first_bytes.extend_from_slice(first);
            *bytes = rest;
            if self.first_bytes.len() == MAGIC_BYTES {
                let first_bytes = core::mem::take(&mut self.first_bytes);
                if self.codec.begins(&first_bytes) {
                    self.is_inside = true;
                    let mut rest = &first_bytes[..];
                    while !rest.is_empty() && self.is_inside {
                        let n_bytes = self.take(rest)?;
                        rest = &rest[n_bytes..];
                    }
                } else {
                    self.n_trailing = first_bytes.len() as u64;
                }
            }
        }
        Ok(&self.plain)
    }

    fn take(&mut self, bytes: &[u8]) -> Result<usize, String> {
        let before = self.plain.len();
        let taken = self.codec.take(bytes, &mut self.plain)?;
        self.is_inside = !taken.is_end;
        self.has_more = taken.has_more;
        self.n_compressed += taken.n_bytes as u64;
        self.n_plain += (self.plain.len() - before) as u64;
        if self.n_plain > FREE_BYTES && self.n_plain / MOST_GROWTH > self.n_compressed {
            return Err(format!(
                "expected data, found {} bytes that stand for {}: more than {MOST_GROWTH} times as many",
                self.n_compressed, self.n_plain
            ));
        }
        Ok(taken.n_bytes)
    }

    /// Ends the stream: its last plain bytes, and what is missing where its last member has no end.
    pub(crate) fn end(&mut self) -> (&[u8], Option<String>) {
        self.plain.clear();
        let is_whole = !self.is_inside || self.codec.is_whole(&mut self.plain);
        let missing = (!is_whole).then(|| {
            format!(
                "expected the rest of the {} stream, found the end of the file: it was cut short or is damaged",
                self.codec.name()
            )
        });
        (&self.plain, missing)
    }

    /// What is to be told of bytes after the last member.
    pub(crate) fn trailing(&self) -> Option<String> {
        let n_bytes = self.n_trailing + self.first_bytes.len() as u64;
        (n_bytes > 0).then(|| {
            format!("{n_bytes} bytes after the {} stream were not read", self.codec.name())
        })
    }
}

#[cfg(feature = "gzip")]
mod gzip {
    use std::io::Write;

    use alloc::{format, string::String, vec::Vec};

    use flate2::write::GzDecoder;

    use super::{Codec, Taken};

    #[derive(Debug, Default)]
    pub(super) struct Gzip {
        member: Option<GzDecoder<Vec<u8>>>,
    }

    impl Codec for Gzip {
        fn name(&self) -> &'static str {
            "gzip"
        }

        fn begins(&self, first_bytes: &[u8]) -> bool {
            first_bytes.starts_with(b"\x1f\x8b")
        }

        fn take(&mut self, bytes: &[u8], plain: &mut Vec<u8>) -> Result<Taken, String> {
            let damaged = |error| format!("the gzip stream is damaged: {error}");
            let member = self.member.get_or_insert_with(|| GzDecoder::new(Vec::new()));
            let n_bytes = member.write(bytes).map_err(damaged)?;
            let is_end = n_bytes == 0;
            if is_end {
                // Its length and its checksum are held against what came out.
                member.try_finish().map_err(damaged)?;
            }
            plain.append(member.get_mut());
            if is_end {
                self.member = None;
            }
            Ok(Taken { n_bytes, is_end, has_more: false })
        }

        fn is_whole(&mut self, plain: &mut Vec<u8>) -> bool {
            // The end of a member shows in what comes after it; here nothing does.
            let Some(member) = &mut self.member else { return true };
            let is_whole = member.try_finish().is_ok();
            plain.append(member.get_mut());
            is_whole
        }
    }
}

#[cfg(feature = "zstd")]
mod frames {
    use alloc::{format, string::String, vec::Vec};
    use core::fmt;

    use zstd::stream::raw::{DParameter, Decoder, Operation};

    use super::{Codec, Taken};

    /// Two to this power is the largest window of a frame: 128 MiB.
    const WINDOW_LOG_MAX: u32 = 27;
    /// Bytes given out at a time.
    const PLAIN_BYTES: usize = 256 << 10;

    #[derive(Default)]
    pub(super) struct Zstd {
        decoder: Option<Decoder<'static>>,
    }

    impl fmt::Debug for Zstd {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Zstd").finish_non_exhaustive()
        }
    }

    impl Codec for Zstd {
        fn name(&self) -> &'static str {
            "zstd"
        }

        fn begins(&self, first_bytes: &[u8]) -> bool {
            // A frame, or one that is to be skipped.
            first_bytes.starts_with(b"\x28\xb5\x2f\xfd")
                || matches!(first_bytes, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
        }

        fn take(&mut self, bytes: &[u8], plain: &mut Vec<u8>) -> Result<Taken, String> {
            let damaged = |error| format!("the zstd stream is damaged: {error}");
            let decoder = match &mut self.decoder {
                Some(decoder) => decoder,
                empty => {
                    let mut decoder = Decoder::new().map_err(damaged)?;
                    decoder
                        .set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))
                        .map_err(damaged)?;
                    empty.insert(decoder)
                }
            };
            let start = plain.len();
            plain.resize(start + PLAIN_BYTES, 0);
            let status = decoder.run_on_buffers(bytes, &mut plain[start..]).map_err(damaged)?;
            plain.truncate(start + status.bytes_written);
            // A decoder that is done with a frame goes on with the next one.
            let is_end = status.remaining == 0;
            let has_more = !is_end && status.bytes_written == PLAIN_BYTES;
            Ok(Taken { n_bytes: status.bytes_read, is_end, has_more })
        }

        fn is_whole(&mut self, _plain: &mut Vec<u8>) -> bool {
            // Where a frame ends its decoder says so.
            false
        }
    }
}
