//! Orders on their way out, and what came of them on its way back.

use driftline_api::{Command, notice::Notice};
use driftline_core::{time::Timestamp, trigger::Effect};

use super::machine::KIND;
use crate::store::{Attempt, NewEntry, OutboxRow, OutboxState, StoredOutboxRow};

/// What the endpoints of orders begin with; the model's name follows.
const ACTIONS: &str = "action/";
/// The endpoint of Alertmanager.
const ALERTMANAGER: &str = "alertmanager";

/// An order as a row of the outbox: one endpoint for each model, so that none waits for another's receiver.
pub(super) fn row_of(model: String, effect: Effect, at: Timestamp) -> Option<OutboxRow> {
    let Effect::Request(request) = effect else { return None };
    Some(OutboxRow {
        event: request.order.idempotency_key,
        endpoint: format!("{ACTIONS}{model}"),
        subject: request.order.incident,
        method: request.method,
        url: request.url,
        headers: request.headers.into_iter().collect(),
        body: request.body.into_bytes(),
        created: at,
        not_after: Some(request.order.not_after),
        replaces: false,
    })
}

/// An alert as a row of the outbox, for Alertmanager at `url`. A later notice of the same alert takes its place: how things
/// stood a minute ago is told to nobody, and never after how they stand now.
pub(super) fn told(notice: Notice, url: &str, at: Timestamp) -> OutboxRow {
    OutboxRow {
        event: notice.event,
        endpoint: ALERTMANAGER.into(),
        subject: notice.subject,
        method: "POST".into(),
        url: url.into(),
        headers: Vec::new(),
        body: notice.body.to_string().into_bytes(),
        created: at,
        not_after: Some(notice.not_after),
        replaces: true,
    }
}

/// What the engine is told of an attempt: nothing while there will be another.
pub(super) fn result_of(stored: &StoredOutboxRow, attempt: &Attempt) -> Option<NewEntry> {
    let model = stored.row.endpoint.strip_prefix(ACTIONS)?.to_string();
    let succeeded = match attempt.state {
        OutboxState::Waiting => return None,
        OutboxState::Delivered => true,
        OutboxState::Dead => false,
    };
    let status = attempt.status.map(|status| format!("status {status}"));
    let detail = attempt.error.clone().or(status).unwrap_or_default();
    let command = Command::EffectResult { model, key: stored.row.event.clone(), succeeded, detail };
    Some(NewEntry { at: attempt.at, kind: KIND, bytes: command.encode() })
}
