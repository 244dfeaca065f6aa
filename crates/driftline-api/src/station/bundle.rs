//! What a replica holds of one model, for another one to add up. A replica's latest bundle takes the place of its earlier
//! one, so that bundles may come twice and in any order.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use driftline_core::{codec::DecodeError, live::LiveWindows, reference::ReferenceId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Model;
use crate::{
    problem::{Kind, Problem},
    response::Response,
};

/// Replicas whose rows are added up.
pub const MOST_REPLICAS: usize = 64;

/// What bundles begin with; the last byte is the version.
const MAGIC: &[u8; 8] = b"driftlB\x01";

const DIGEST_BYTES: usize = 32;

/// What a replica holds of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bundle {
    /// Names the replica; two replicas of one name are one.
    pub replica: String,
    /// How many rows the replica has counted: of two bundles the one with more is the later.
    pub rows: u64,
    /// The reference that its rows are counted on.
    pub reference: ReferenceId,
    /// Its live rows by version, in their compact form.
    pub versions: Vec<(String, Vec<u8>)>,
}

impl Bundle {
    /// What this replica holds of a model.
    pub(crate) fn of(model: &Model, replica: &str) -> Bundle {
        let lines = model.lines.iter();
        Bundle {
            replica: replica.into(),
            rows: model.counters.taken.counted,
            reference: model.reference.id(),
            versions: lines.map(|(version, line)| (version.clone(), line.encode())).collect(),
        }
    }

    /// The compact form: eight bytes of name and version, postcard, SHA-256.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = postcard::to_extend(self, MAGIC.to_vec()).unwrap_or_default();
        let digest = Sha256::digest(&bytes);
        bytes.extend_from_slice(&digest);
        bytes
    }

    /// Reads the compact form.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn decode(bytes: &[u8]) -> Result<Bundle, &'static str> {
        let name = MAGIC.len() - 1;
        if bytes.len() < MAGIC.len() + DIGEST_BYTES || bytes[..name] != MAGIC[..name] {
            return Err("expected a Driftline state bundle, found other data");
        }
        let (body, digest) = bytes.split_at(bytes.len() - DIGEST_BYTES);
        if Sha256::digest(body)[..] != *digest {
            return Err("the bundle does not fit its hash: it was cut short or altered");
        }
        if body[name] != MAGIC[name] {
            return Err("expected a bundle of this version, found another");
        }
        match postcard::take_from_bytes(&body[MAGIC.len()..]) {
            Ok((bundle, [])) => Ok(bundle),
            _ => Err("the bundle breaks a rule of its format"),
        }
    }
}

/// Adds what a replica holds by now.
pub(super) fn merge(model: &mut Model, bytes: &[u8]) -> Result<Response, Problem> {
    let bundle = Bundle::decode(bytes).map_err(|why| Problem::new(Kind::INVALID, why))?;
    if bundle.reference != model.reference.id() {
        let (expected, found) = (model.reference.id(), bundle.reference);
        let detail = format!("expected rows counted on reference {expected}, found {found}");
        return Err(Problem::new(Kind::CONFLICT, detail));
    }
    let is_known = model.replicas.contains_key(&bundle.replica);
    if !is_known && model.replicas.len() >= MOST_REPLICAS {
        let detail = format!("expected at most {MOST_REPLICAS} replicas, found one more");
        return Err(Problem::new(Kind::LIMIT, detail));
    }
    let mut versions = BTreeMap::new();
    for (version, bytes) in bundle.versions.into_iter().take(super::MOST_VERSIONS) {
        let line = LiveWindows::decode(&bytes, &model.reference, model.plan()).map_err(refused)?;
        versions.insert(version, line);
    }
    let rows = |lines: &BTreeMap<String, LiveWindows>| {
        lines.values().map(|line| line.panes().totals().counted).sum::<u64>()
    };
    let before = model.replicas.get(&bundle.replica).map(rows);
    let is_later = before.is_none_or(|before| before <= rows(&versions));
    if is_later {
        model.replicas.insert(bundle.replica.clone(), versions);
    }
    Ok(Response::json(
        200,
        &json!({"replica": bundle.replica, "taken": is_later, "replicas": model.replicas.len()}),
    ))
}

fn refused(error: DecodeError) -> Problem {
    Problem::new(Kind::CONFLICT, format!("{error}"))
}
