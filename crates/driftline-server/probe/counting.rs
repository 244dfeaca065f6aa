//! A state that knows everything that ever reached it, so that a test can tell what was lost or counted twice.

use std::collections::BTreeMap;

use driftline_core::{
    time::Timestamp,
    trigger::audit::{AuditHead, AuditRow, Decision},
};
use driftline_server::store::{
    AuditLine, Entry, HistoryPoint, IdempotencyKey, Machine, NewEntry, OutboxRow, Output, Rows,
    Submission,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A number that was submitted.
pub const NUMBER: u16 = 1;
/// A delivery that was tried.
pub const DELIVERY: u16 = 2;
/// One audit row for so many commands.
pub const AUDIT_EVERY: u64 = 5;
/// One outbox row for so many commands.
pub const OUTBOX_EVERY: u64 = 7;

/// All numbers, in the order of their commands, and the end of the audit chain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counting {
    pub numbers: Vec<u64>,
    pub counts: BTreeMap<u64, u32>,
    pub deliveries: u64,
    pub audit: AuditHead,
    /// Whether commands lead to rows.
    pub is_plain: bool,
}

impl Counting {
    pub fn restore(checkpoint: Option<(u64, &[u8])>) -> Counting {
        checkpoint.map_or_else(Counting::default, |(seq, bytes)| {
            let counting: Counting = serde_json::from_slice(bytes).unwrap();
            assert_eq!(counting.numbers.len() as u64 + counting.deliveries, seq);
            counting
        })
    }

    fn audit_row(&mut self, at: Timestamp) -> AuditLine {
        let mut row = AuditRow {
            sequence: self.audit.rows,
            at,
            target: "model".into(),
            incident: None,
            decision: Decision::ActedOnPaper,
            action: None,
            asked_by: Vec::new(),
            inputs: BTreeMap::from([("psi_score".into(), 0.1 + 0.2)]),
            from_version: None,
            to_version: None,
            why: String::new(),
            previous: self.audit.hash.clone(),
            hash: String::new(),
        };
        // As the engine does: SHA-256 of the row's JSON with an empty hash.
        let json = serde_json::to_string_pretty(&row).unwrap();
        row.hash = Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect();
        self.audit = AuditHead { rows: row.sequence + 1, hash: row.hash.clone() };
        AuditLine { chain: "model".into(), row }
    }
}

impl Machine for Counting {
    fn apply(&mut self, entry: &Entry) -> Output {
        let mut rows = Rows::default();
        if entry.kind == DELIVERY {
            self.deliveries += 1;
        } else {
            let number = u64::from_le_bytes(entry.bytes[..8].try_into().unwrap());
            self.numbers.push(number);
            *self.counts.entry(number).or_default() += 1;
        }
        if !self.is_plain {
            let value = entry.seq as f64;
            rows.history.push(HistoryPoint { series: "all".into(), at: entry.at, value });
            if entry.seq.is_multiple_of(AUDIT_EVERY) {
                rows.audit.push(self.audit_row(entry.at));
            }
            if entry.seq.is_multiple_of(OUTBOX_EVERY) && entry.kind == NUMBER {
                rows.outbox.push(OutboxRow {
                    event: format!("event-{}", entry.seq),
                    endpoint: "test".into(),
                    subject: "incident".into(),
                    method: "POST".into(),
                    url: "https://example.invalid/".into(),
                    headers: Vec::new(),
                    body: entry.seq.to_string().into_bytes(),
                    created: entry.at,
                    not_after: None,
                    replaces: false,
                });
            }
        }
        Output { response: format!("answer {}", entry.seq).into_bytes(), rows }
    }

    fn checkpoint(&mut self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap()
    }
}

/// All within one day, so that one bucket of a day's resolution counts them all.
pub fn at(number: u64) -> Timestamp {
    Timestamp::from_millis((1_700_006_400_000 + number % 86_400_000) as i64)
}

pub fn submission(number: u64, is_keyed: bool) -> Submission {
    let mut bytes = number.to_le_bytes().to_vec();
    bytes.extend_from_slice(&[b'x'; 120]);
    let key = is_keyed.then(|| IdempotencyKey {
        key: format!("key-{number}"),
        request_hash: Sha256::digest(&bytes).into(),
    });
    Submission { entry: NewEntry { at: at(number), kind: NUMBER, bytes }, key }
}
