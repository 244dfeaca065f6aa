//! The state that commands lead to, as the store sees it.

use driftline_core::trigger::audit::AuditRow;

use super::{Entry, HistoryPoint, OutboxRow};

/// A state that is a pure function of the commands so far.
///
/// The store's contract rests on that: after a crash the commands since the last checkpoint are applied again, and must
/// lead to the same state, the same answers and the same rows, byte for byte. So no clock but [`Entry::at`], no
/// randomness but what a command holds, and no panic: a command that panics would do so at every start.
pub trait Machine: Send + 'static {
    /// Applies a command.
    fn apply(&mut self, entry: &Entry) -> Output;

    /// The state as bytes, from which the same machine can be made again.
    fn checkpoint(&mut self) -> Vec<u8>;
}

/// What follows from a command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// The answer to whoever submitted it.
    pub response: Vec<u8>,
    /// What is to be kept.
    pub rows: Rows,
}

/// What is to be kept of a command: written together or not at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// What was decided.
    pub audit: Vec<AuditLine>,
    /// What is to be sent.
    pub outbox: Vec<OutboxRow>,
    /// What can be drawn later.
    pub history: Vec<HistoryPoint>,
}

impl Rows {
    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        !self.is_urgent() && self.history.is_empty()
    }

    /// Whether somebody waits for it.
    pub(crate) fn is_urgent(&self) -> bool {
        !self.audit.is_empty() || !self.outbox.is_empty()
    }
}

/// An audit row, and in whose chain it is: each engine has one.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditLine {
    /// The chain's name.
    pub chain: String,
    /// The row, as the engine made it.
    pub row: AuditRow,
}
