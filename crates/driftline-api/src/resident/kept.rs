//! What a resident service keeps beside the state: the past, and answers under their keys. All of it bounded, the oldest
//! goes first.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::String,
    vec::Vec,
};

use driftline_core::{time::Timestamp, trigger::audit::AuditRow};
use serde::{Deserialize, Serialize};

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

/// A window of the past, as answers tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct WindowText {
    model: String,
    at: Timestamp,
    end: Timestamp,
    json: String,
}

/// A decision, as answers tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct DecisionText {
    model: String,
    number: u64,
    json: String,
}

/// What is kept beside the state. Windows and decisions are texts: nobody here reads them again.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    windows: Latest<WindowText>,
    decisions: Latest<DecisionText>,
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

fn text_of(thing: &impl Serialize) -> String {
    // Plain data with text keys: it cannot fail.
    serde_json::to_string(thing).unwrap_or_default()
}

impl Kept {
    pub(super) fn keep(&mut self, audit: Vec<Of<AuditRow>>, history: Vec<HistoryPoint>) {
        for row in audit {
            let (json, number) = (text_of(&row), row.what.sequence);
            self.keep_decision(DecisionText { model: row.model, number, json });
        }
        for point in history {
            let (json, at) = (text_of(&point), point.kept.at);
            let end = point.kept.window.end.unwrap_or(at);
            self.keep_window(WindowText { model: point.model, at, end, json });
        }
    }

    fn keep_decision(&mut self, decision: DecisionText) {
        let bytes = decision.json.len();
        self.decisions.push(decision, bytes);
    }

    fn keep_window(&mut self, window: WindowText) {
        let bytes = window.json.len();
        self.windows.push(window, bytes);
    }

    pub(super) fn history(&self, query: &HistoryQuery) -> Response {
        let of_model = self.windows.iter().filter(|window| window.model == query.model);
        let in_time = of_model.filter(|window| (query.from..query.to).contains(&window.at));
        let texts = in_time.take(limit(query.limit)).map(|window| (window.end, &*window.json));
        query.response_of_texts(&texts.collect::<Vec<_>>())
    }

    pub(super) fn audit(&self, query: &AuditQuery) -> Response {
        let of_model = self.decisions.iter().filter(|row| row.model == query.model);
        let later = of_model.filter(|row| query.after.is_none_or(|after| row.number > after));
        let texts = later.take(limit(query.limit)).map(|row| (row.number, &*row.json));
        query.response_of_texts(&texts.collect::<Vec<_>>())
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

/// As it is stored.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredKept {
    windows: Vec<WindowText>,
    decisions: Vec<DecisionText>,
    claims: Vec<(String, Claim)>,
}

impl StoredKept {
    pub(super) fn of(kept: &Kept) -> StoredKept {
        let claim = |key: &String| Some((key.clone(), kept.answers.get(key)?.clone()));
        StoredKept {
            windows: kept.windows.iter().cloned().collect(),
            decisions: kept.decisions.iter().cloned().collect(),
            claims: kept.keys.iter().filter_map(claim).collect(),
        }
    }

    pub(super) fn restore(self) -> Kept {
        let mut kept = Kept::default();
        self.decisions.into_iter().for_each(|decision| kept.keep_decision(decision));
        self.windows.into_iter().for_each(|window| kept.keep_window(window));
        self.claims.into_iter().for_each(|(key, claim)| kept.insert(key, claim));
        kept
    }
}
