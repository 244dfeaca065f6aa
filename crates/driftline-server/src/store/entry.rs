//! Commands: as they are submitted, as they are in the journal, and what is answered.

use driftline_core::time::Timestamp;

/// A command that has no number yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntry {
    /// When it came: the only clock that the machine sees.
    pub at: Timestamp,
    /// What kind of command it is, as the machine counts them.
    pub kind: u16,
    /// The command.
    pub bytes: Vec<u8>,
}

/// A command in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number: from 1, without a gap.
    pub seq: u64,
    /// When it came.
    pub at: Timestamp,
    /// What kind of command it is.
    pub kind: u16,
    /// The command.
    pub bytes: Vec<u8>,
}

impl Entry {
    pub(crate) fn new(seq: u64, new: NewEntry) -> Entry {
        Entry { seq, at: new.at, kind: new.kind, bytes: new.bytes }
    }

    /// CRC-32 of all of it, the number too: an entry in another's place is as wrong as an altered one.
    pub(crate) fn crc(&self) -> u32 {
        let mut crc = crc32fast::Hasher::new();
        crc.update(&self.seq.to_le_bytes());
        crc.update(&self.at.micros().to_le_bytes());
        crc.update(&self.kind.to_le_bytes());
        crc.update(&self.bytes);
        crc.finalize()
    }
}

/// Under which name a client may send the same command again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The client's key, with whatever keeps the keys of two clients apart.
    pub key: String,
    /// SHA-256 of the request: the same key with another request is a mistake of the client.
    pub request_hash: [u8; 32],
}

/// A command with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The command.
    pub entry: NewEntry,
    /// Its key, where the client gave one.
    pub key: Option<IdempotencyKey>,
}

/// What a command led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The command's number.
    pub seq: u64,
    /// The machine's answer.
    pub response: Vec<u8>,
    /// The key was known: this is what was answered the first time, and nothing else has happened.
    pub duplicate: bool,
}
