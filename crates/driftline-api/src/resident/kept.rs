//! What a resident service keeps beside the state: the past, and answers under their keys. All of it bounded, the oldest
//! goes first.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::String,
    vec::Vec,
};

use driftline_core::{time::Timestamp, trigger::audit::AuditRow};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    applied::{HistoryPoint, Of},
    endpoint::{AuditQuery, HistoryQuery, IdempotencyKey},
    response::Response,
};

/// Windows of the past that are kept, of all models together.
pub const MOST_WINDOWS: usize = 1440;

/// Decisions that are kept, of all models together.
pub const MOST_DECISIONS: usize = 1000;

/// Idempotency keys that are known, each for a day at most.
pub const MOST_KEYS: usize = 4096;

/// Bytes of windows, of decisions, and of answers.
const MOST_BYTES: usize = 1 << 20;

/// How long a key is known.
const KEYS_LAST: u64 = 24 * 3600 * 1_000_000;

/// Things in their order, within a number and a number of bytes.
#[derive(Clone, Debug)]
struct Latest<T> {
    things: VecDeque<(T, usize)>,
    bytes: usize,
    most: usize,
}

impl<T> Latest<T> {
    fn new(most: usize) -> Latest<T> {
        Latest { things: VecDeque::new(), bytes: 0, most }
    }

    /// Keeps one more; gives back what had to go for it.
    fn push(&mut self, thing: T, bytes: usize) -> Vec<T> {
        self.things.push_back((thing, bytes));
        self.bytes += bytes;
        let mut gone = Vec::new();
        while self.things.len() > self.most || self.bytes > MOST_BYTES {
            gone.extend(self.pop());
        }
        gone
    }

    fn first(&self) -> Option<&T> {
        self.things.front().map(|(thing, _)| thing)
    }

    fn pop(&mut self) -> Option<T> {
        let (thing, bytes) = self.things.pop_front()?;
        self.bytes -= bytes;
        Some(thing)
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.things.iter().map(|(thing, _)| thing)
    }
}

/// What is kept beside the state.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    windows: Latest<HistoryPoint>,
    decisions: Latest<Of<AuditRow>>,
    /// The keys by age; their answers by key.
    keys: Latest<String>,
    answers: BTreeMap<String, Claim>,
}

/// A key that is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Claim {
    at: Timestamp,
    request_hash: [u8; 32],
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Whether a key is taken.
pub(super) enum Claimed {
    Not,
    /// By the same request: its answer.
    Answered(Response),
    /// By another request.
    ByAnother,
}

impl Default for Kept {
    fn default() -> Kept {
        Kept {
            windows: Latest::new(MOST_WINDOWS),
            decisions: Latest::new(MOST_DECISIONS),
            keys: Latest::new(MOST_KEYS),
            answers: BTreeMap::new(),
        }
    }
}

/// Length as JSON: how much a thing takes in a snapshot.
fn json_bytes(thing: &impl Serialize) -> usize {
    serde_json::to_vec(thing).map_or(0, |json| json.len())
}

impl Kept {
    pub(super) fn keep(&mut self, audit: Vec<Of<AuditRow>>, history: Vec<HistoryPoint>) {
        for row in audit {
            let bytes = json_bytes(&row);
            self.decisions.push(row, bytes);
        }
        for point in history {
            let bytes = json_bytes(&point);
            self.windows.push(point, bytes);
        }
    }

    pub(super) fn windows(&self, query: &HistoryQuery) -> Vec<HistoryPoint> {
        let of_model = self.windows.iter().filter(|point| point.model == query.model);
        let in_time = of_model.filter(|point| (query.from..query.to).contains(&point.kept.at));
        in_time.take(limit(query.limit)).cloned().collect()
    }

    pub(super) fn decisions(&self, query: &AuditQuery) -> Vec<Of<AuditRow>> {
        let of_model = self.decisions.iter().filter(|row| row.model == query.model);
        let later =
            of_model.filter(|row| query.after.is_none_or(|after| row.what.sequence > after));
        later.take(limit(query.limit)).cloned().collect()
    }

    pub(super) fn claimed(&self, key: &str, asked: &IdempotencyKey, now: Timestamp) -> Claimed {
        match self.answers.get(key) {
            Some(claim) if claim.at.later(KEYS_LAST) < now => Claimed::Not,
            Some(claim) if claim.request_hash == asked.request_hash => {
                let Claim { status, headers, body, .. } = claim.clone();
                Claimed::Answered(Response { status, headers, body })
            }
            Some(_) => Claimed::ByAnother,
            None => Claimed::Not,
        }
    }

    pub(super) fn claim(
        &mut self,
        key: String,
        request_hash: [u8; 32],
        response: &Response,
        at: Timestamp,
    ) {
        let is_old = |claim: &Claim| claim.at.later(KEYS_LAST) < at;
        while self.keys.first().is_some_and(|key| self.answers.get(key).is_none_or(is_old)) {
            if let Some(gone) = self.keys.pop() {
                self.answers.remove(&gone);
            }
        }
        let Response { status, headers, body } = response.clone();
        self.insert(key, Claim { at, request_hash, status, headers, body });
    }

    fn insert(&mut self, key: String, claim: Claim) {
        let headers: usize =
            claim.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let bytes = 2 * key.len() + claim.body.len() + headers + 100;
        self.answers.insert(key.clone(), claim);
        for gone in self.keys.push(key, bytes) {
            self.answers.remove(&gone);
        }
    }
}

fn limit(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// As it is stored: windows and decisions as JSON, because their fields are written or left out.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredKept {
    windows: Vec<String>,
    decisions: Vec<String>,
    claims: Vec<(String, Claim)>,
}

impl StoredKept {
    pub(super) fn of(kept: &Kept) -> StoredKept {
        fn texts<'a, T: Serialize + 'a>(things: impl Iterator<Item = &'a T>) -> Vec<String> {
            things.map(|thing| serde_json::to_string(thing).unwrap_or_default()).collect()
        }
        let claim = |key: &String| Some((key.clone(), kept.answers.get(key)?.clone()));
        StoredKept {
            windows: texts(kept.windows.iter()),
            decisions: texts(kept.decisions.iter()),
            claims: kept.keys.iter().filter_map(claim).collect(),
        }
    }

    /// `None` where a text is not what was written.
    pub(super) fn restore(self) -> Option<Kept> {
        fn things<T: DeserializeOwned>(texts: &[String]) -> Option<Vec<T>> {
            texts.iter().map(|text| serde_json::from_str(text).ok()).collect()
        }
        let mut kept = Kept::default();
        kept.keep(things(&self.decisions)?, things(&self.windows)?);
        for (key, claim) in self.claims {
            kept.insert(key, claim);
        }
        Some(kept)
    }
}
