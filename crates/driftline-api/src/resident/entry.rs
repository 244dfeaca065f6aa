//! What has changed, as bytes: what a host keeps between two snapshots.

use alloc::{string::String, vec::Vec};
use core::fmt;

use driftline_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Delivery;

/// What entries begin with; the last byte is the version.
const MAGIC: &[u8; 4] = b"dlE\x01";

/// Bytes of the hash at the end: enough against accidents, which is all it is for.
const DIGEST_BYTES: usize = 8;

/// Changes that are kept together or not at all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Counts from 0.
    pub(super) number: u64,
    /// In their order.
    pub(super) changes: Vec<Change>,
}

/// One change, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) at: Timestamp,
    pub(super) what: What,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum What {
    /// A command in its own form, and under which key it was asked for, with the hash of the request.
    Command { bytes: Vec<u8>, key: Option<(String, [u8; 32])> },
    /// An attempt to send an order.
    Attempt { key: String, delivery: Delivery },
}

/// Why an entry was not replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// It does not begin as one, or was written by another version.
    NotThis,
    /// Cut short or altered.
    Altered,
    /// Entries before it are missing.
    Missing {
        /// The number of the next one.
        expected: u64,
        /// The number of this one.
        found: u64,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::NotThis => f.write_str(
                "expected an entry of a Driftline journal of this version, found other data",
            ),
            ReplayError::Altered => f.write_str("the entry was cut short or altered"),
            ReplayError::Missing { expected, found } => {
                write!(f, "expected entry {expected} of the journal, found entry {found}")
            }
        }
    }
}

impl core::error::Error for ReplayError {}

impl Entry {
    /// Four bytes of name and version, postcard, eight bytes of SHA-256.
    pub(super) fn encode(&self) -> Vec<u8> {
        // Into memory, and every length is known: it cannot fail.
        let mut bytes = postcard::to_extend(self, MAGIC.to_vec()).unwrap_or_default();
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest[..DIGEST_BYTES]);
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Entry, ReplayError> {
        if !bytes.starts_with(MAGIC) {
            return Err(ReplayError::NotThis);
        }
        if bytes.len() < MAGIC.len() + DIGEST_BYTES {
            return Err(ReplayError::Altered);
        }
        let (body, digest) = bytes.split_at(bytes.len() - DIGEST_BYTES);
        if Sha256::digest(body)[..DIGEST_BYTES] != *digest {
            return Err(ReplayError::Altered);
        }
        match postcard::take_from_bytes(&body[MAGIC.len()..]) {
            Ok((entry, [])) => Ok(entry),
            _ => Err(ReplayError::Altered),
        }
    }
}
