//! The whole service as bytes, and back.

use alloc::vec::Vec;

use driftline_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Resident, kept::StoredKept, outbox::Outbox};
use crate::{
    endpoint::Host,
    station::{RestoreError, Station},
};

/// What snapshots begin with; the last byte is the version.
const MAGIC: &[u8; 8] = b"driftlR\x01";

const DIGEST_BYTES: usize = 32;

#[derive(Serialize, Deserialize)]
struct StoredResident {
    entries: u64,
    looked: Option<Timestamp>,
    station: Vec<u8>,
    kept: StoredKept,
    outbox: Outbox,
}

impl Resident {
    /// The whole service, without what its host tells of itself.
    pub fn snapshot(&self) -> Vec<u8> {
        let stored = StoredResident {
            entries: self.entries,
            looked: self.looked,
            station: self.station.snapshot(),
            kept: StoredKept::of(&self.kept),
            outbox: self.outbox.clone(),
        };
        // Into memory, and every length is known: it cannot fail.
        let mut bytes = postcard::to_extend(&stored, MAGIC.to_vec()).unwrap_or_default();
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    /// The service that a snapshot holds, on a host that tells this of itself. A snapshot of a [`Station`], which a server's
    /// checkpoint is, will do as well: there is no past then.
    ///
    /// # Errors
    /// Bytes that are no snapshot of this version, were altered, or break a rule.
    pub fn restore(bytes: &[u8], host: Host) -> Result<Resident, RestoreError> {
        let name = MAGIC.len() - 1;
        if !bytes.starts_with(&MAGIC[..name]) {
            return Ok(Resident { station: Station::restore(bytes)?, ..Resident::new(host) });
        }
        if bytes.len() < MAGIC.len() + DIGEST_BYTES {
            return Err(RestoreError::Altered);
        }
        let (body, digest) = bytes.split_at(bytes.len() - DIGEST_BYTES);
        if Sha256::digest(body)[..] != *digest {
            return Err(RestoreError::Altered);
        }
        if body[name] != MAGIC[name] {
            return Err(RestoreError::UnknownVersion(body[name]));
        }
        let stored: StoredResident = match postcard::take_from_bytes(&body[MAGIC.len()..]) {
            Ok((stored, [])) => stored,
            _ => return Err(RestoreError::Malformed("its form".into())),
        };
        Ok(Resident {
            station: Station::restore(&stored.station)?,
            host,
            kept: stored.kept.restore(),
            outbox: stored.outbox,
            looked: stored.looked,
            entries: stored.entries,
        })
    }
}
