//! What was decided and why: rows that each hold the hash of the one before, so that none can be altered or left out
//! unseen.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Action, Rail};
use crate::{codec, time::Timestamp};

/// One decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditRow {
    /// Counts from 0.
    pub sequence: u64,
    /// When.
    pub at: Timestamp,
    /// About what.
    pub target: String,
    /// The incident, where there was one.
    pub incident: Option<String>,
    /// What was decided.
    pub decision: Decision,
    /// Which action it was about.
    pub action: Option<Action>,
    /// Who asked for it.
    pub asked_by: Vec<String>,
    /// The metrics' values.
    pub inputs: BTreeMap<String, f64>,
    /// The version that served.
    pub from_version: Option<String>,
    /// The version to go back to.
    pub to_version: Option<String>,
    /// Why, for people.
    pub why: String,
    /// Hash of the row before; zeros before the first.
    pub previous: String,
    /// Hash of this row: SHA-256 of its JSON with an empty hash.
    pub hash: String,
}

/// What was decided, or what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The action was asked for.
    Acted,
    /// It would have been.
    ActedOnPaper,
    /// A rail stopped it.
    Blocked(Rail),
    /// A person agreed.
    Approved,
    /// The action was carried out.
    Succeeded,
    /// It was not.
    Failed,
    /// All actions were switched off.
    SwitchedOff,
    /// They were switched on again.
    SwitchedOn,
    /// A person gave the engine its rollbacks back.
    Unlatched,
    /// Another version serves.
    VersionChanged,
    /// Nothing asks for an action any more.
    IncidentEnded,
}

impl Decision {
    /// Whether an action was asked for, on paper or not.
    pub fn is_action(self) -> bool {
        matches!(self, Decision::Acted | Decision::ActedOnPaper)
    }

    /// The rail that stopped the action, where one did.
    pub fn rail(self) -> Option<Rail> {
        match self {
            Decision::Blocked(rail) => Some(rail),
            _ => None,
        }
    }

    /// Whether a rail stopped an action that had not been taken before.
    pub fn is_stop(self) -> bool {
        matches!(self, Decision::Blocked(rail) if rail != Rail::OneAction)
    }
}

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditHead {
    /// How many rows there were.
    pub rows: u64,
    /// The hash of the last.
    pub hash: String,
}

impl Default for AuditHead {
    fn default() -> AuditHead {
        AuditHead { rows: 0, hash: genesis() }
    }
}

fn genesis() -> String {
    "0".repeat(64)
}

impl AuditHead {
    /// Makes a row the next one.
    pub(crate) fn append(&mut self, mut row: AuditRow) -> AuditRow {
        row.sequence = self.rows;
        row.previous.clone_from(&self.hash);
        row.hash = row.hash_of_content();
        self.rows = self.rows.saturating_add(1);
        self.hash.clone_from(&row.hash);
        row
    }
}

impl AuditRow {
    fn hash_of_content(&self) -> String {
        sha256_hex(codec::to_json(&AuditRow { hash: String::new(), ..self.clone() }).as_bytes())
    }
}

/// Where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The first row that does not fit.
    pub sequence: u64,
    /// Why.
    pub why: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "audit row {}: {}", self.sequence, self.why)
    }
}

impl core::error::Error for Broken {}

/// Checks that rows follow each other and that none was altered, and says where the chain ends: where that is not the
/// engine's own [`AuditHead`], the last rows are missing.
///
/// # Errors
/// The first row that does not fit.
pub fn verify(rows: &[AuditRow], after: &AuditHead) -> Result<AuditHead, Broken> {
    let mut head = after.clone();
    for row in rows {
        let broken = |why| Err(Broken { sequence: row.sequence, why });
        if row.sequence != head.rows {
            return broken("expected the next number, found another: rows are missing");
        }
        if row.previous != head.hash {
            return broken("it does not follow the row before it");
        }
        if row.hash != row.hash_of_content() {
            return broken("its content does not fit its hash: it was altered");
        }
        head = AuditHead { rows: head.rows.saturating_add(1), hash: row.hash.clone() };
    }
    Ok(head)
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize) -> (Vec<AuditRow>, AuditHead) {
        let mut head = AuditHead::default();
        let rows = (0..n)
            .map(|i| {
                head.append(AuditRow {
                    sequence: 0,
                    at: Timestamp::from_millis(i as i64),
                    target: "model".into(),
                    incident: None,
                    decision: Decision::Blocked(Rail::Cooldown),
                    action: Some(Action::Rollback),
                    asked_by: Vec::new(),
                    inputs: BTreeMap::from([("error_rate".into(), 0.1)]),
                    from_version: None,
                    to_version: None,
                    why: String::new(),
                    previous: String::new(),
                    hash: String::new(),
                })
            })
            .collect();
        (rows, head)
    }

    #[test]
    fn a_chain_holds_until_a_row_is_altered_left_out_or_moved() {
        let (good, head) = rows(5);
        assert_eq!(verify(&good, &AuditHead::default()), Ok(head.clone()));
        assert_ne!(verify(&good[..4], &AuditHead::default()), Ok(head));

        let broken_at = |alter: fn(&mut Vec<AuditRow>)| {
            let mut rows = good.clone();
            alter(&mut rows);
            verify(&rows, &AuditHead::default()).unwrap_err().sequence
        };
        assert_eq!(broken_at(|rows| rows[2].why.push('x')), 2);
        assert_eq!(broken_at(|rows| rows.swap(1, 2)), 2);
        assert_eq!(broken_at(|rows| drop(rows.remove(3))), 4);
        assert_eq!(broken_at(|rows| drop(rows.remove(0))), 1);
        // An altered row with a hash of its own no longer fits the next one.
        let rehashed = broken_at(|rows| {
            rows[2].why.push('x');
            rows[2].hash = rows[2].hash_of_content();
        });
        assert_eq!(rehashed, 3);
    }
}
