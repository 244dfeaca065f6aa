//! The compact form of a [`Reference`](crate::reference::Reference) and a [`Window`](crate::window::Window).
//!
//! Eight bytes that name content and version, the content in postcard's wire format, and the SHA-256 of all before it.
//! A truncated or altered file is an error, never another value; hostile content is checked by the types themselves.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::window::OtherReference;

const DIGEST_BYTES: usize = 32;

/// What the bytes hold, and in which version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A [`Reference`](crate::reference::Reference).
    Reference,
    /// A [`Window`](crate::window::Window).
    Window,
    /// The state of an [`Engine`](crate::engine::Engine).
    Engine,
    /// [`LiveWindows`](crate::live::LiveWindows).
    Live,
    /// [`Comparands`](crate::monitor::Comparands).
    Comparands,
}

impl Content {
    /// The first eight bytes: what a file starts with. The last of them is the version.
    pub const fn magic(self) -> &'static [u8; 8] {
        match self {
            Content::Reference => b"driftlR\x03",
            Content::Window => b"driftlW\x02",
            Content::Engine => b"driftlE\x04",
            Content::Live => b"driftlL\x01",
            Content::Comparands => b"driftlC\x01",
        }
    }
}

/// Why bytes were not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// They do not start as asked: another kind of file.
    NotThis(Content),
    /// Written by a version this code does not know.
    UnknownVersion,
    /// Cut short or altered: the hash does not fit.
    Altered,
    /// The hash fits, but the content breaks a rule of its type.
    Malformed,
    /// Text that is not the JSON asked for: what is wrong and where.
    Json(String),
    /// Live windows that were counted by another plan.
    OtherPlan(String),
    /// A window on another reference.
    OtherReference(OtherReference),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::NotThis(Content::Reference) => {
                f.write_str("expected a Driftline reference, found other data")
            }
            DecodeError::NotThis(Content::Window) => {
                f.write_str("expected a Driftline window, found other data")
            }
            DecodeError::NotThis(Content::Engine) => {
                f.write_str("expected the state of a Driftline engine, found other data")
            }
            DecodeError::NotThis(Content::Live) => {
                f.write_str("expected Driftline's live windows, found other data")
            }
            DecodeError::NotThis(Content::Comparands) => {
                f.write_str("expected what Driftline counted of two samples, found other data")
            }
            DecodeError::UnknownVersion => f.write_str(
                "expected this version, found another: written by another Driftline, so make it again",
            ),
            DecodeError::Altered => {
                f.write_str("the content does not fit its hash: the file was cut short or altered")
            }
            DecodeError::Malformed => f.write_str("the content breaks a rule of its format"),
            DecodeError::Json(message) => f.write_str(message),
            DecodeError::OtherPlan(message) => f.write_str(message),
            DecodeError::OtherReference(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for DecodeError {}

/// The first half of the SHA-256: 128 bits are enough to name content.
pub(crate) fn hash(bytes: &[u8]) -> [u8; 16] {
    let digest = Sha256::digest(bytes);
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}

/// Names plain data by its content, in 32 hexadecimal digits.
pub(crate) fn hash_of_json<T: Serialize>(value: &T) -> String {
    let json =
        serde_json::to_string(value).expect("plain data with text keys is written into memory");
    hash(json.as_bytes()).iter().map(|byte| alloc::format!("{byte:02x}")).collect()
}

pub(crate) fn encode<T: Serialize>(content: Content, value: &T) -> Vec<u8> {
    let bytes = content.magic().to_vec();
    // Into memory, and no type of ours has a length that is not known: neither can fail.
    let mut bytes = postcard::to_extend(value, bytes).expect("plain data is encoded into memory");
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    bytes
}

pub(crate) fn decode<T: DeserializeOwned>(
    content: Content,
    bytes: &[u8],
) -> Result<T, DecodeError> {
    let magic = content.magic();
    let name = magic.len() - 1;
    if bytes.len() < name || bytes[..name] != magic[..name] {
        return Err(DecodeError::NotThis(content));
    }
    if bytes.len() < magic.len() + DIGEST_BYTES {
        return Err(DecodeError::Altered);
    }
    let (body, digest) = bytes.split_at(bytes.len() - DIGEST_BYTES);
    if Sha256::digest(body)[..] != *digest {
        return Err(DecodeError::Altered);
    }
    if body[name] != magic[name] {
        return Err(DecodeError::UnknownVersion);
    }
    match postcard::take_from_bytes(&body[magic.len()..]) {
        Ok((value, [])) => Ok(value),
        _ => Err(DecodeError::Malformed),
    }
}

pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("plain data with text keys is written into memory")
}

pub(crate) fn from_json<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|error| DecodeError::Json(alloc::format!("{error}")))
}
