//! Orders on their way: sent by the host, at least once, oldest first of each model, until they were taken or are too late.

use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{time::Timestamp, trigger::Request};
use serde::{Deserialize, Serialize};

use crate::command::Command;

/// Orders that may wait.
pub const MOST_ORDERS: usize = 100;

/// After a failed attempt: 5 s, 20 s, 80 s, 320 s, then 21 minutes each; or as long as the receiver asks, up to an hour.
const FIRST_DELAY: u64 = 5_000_000;
const LONGEST_DELAY: u64 = 1_280_000_000;
const LONGEST_WAIT: u64 = 3_600_000_000;

/// An order that waits to be sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WaitingOrder {
    /// The model that it is about.
    pub model: String,
    /// Names it: the same at each attempt, `webhook-id` and `Idempotency-Key`.
    pub key: String,
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// Where to.
    pub url: String,
    /// Headers, without a signature.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: String,
    /// It must not be sent from then on.
    pub not_after: Timestamp,
    /// Attempts so far.
    pub attempts: u32,
    /// Not before then.
    pub next_at: Timestamp,
    /// Why the latest attempt failed.
    pub error: Option<String>,
}

/// What came of an attempt to send an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Delivery {
    /// The receiver has it: a status of 200 to 299.
    Accepted {
        /// The HTTP status.
        status: u16,
    },
    /// It does not; to be tried again.
    Failed {
        /// The HTTP status, where there was one.
        status: Option<u16>,
        /// How long the receiver wants to be left alone, in seconds.
        retry_after: Option<u64>,
        /// Why, for people.
        why: String,
    },
    /// It never will, or must not have it.
    Refused {
        /// The HTTP status, where there was one.
        status: Option<u16>,
        /// Why, for people.
        why: String,
    },
}

/// Orders on their way, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Outbox {
    waiting: Vec<WaitingOrder>,
}

impl Outbox {
    /// Takes an order; `false` where there is no room.
    pub(super) fn take(&mut self, model: &str, request: &Request, now: Timestamp) -> bool {
        let order = &request.order;
        if self.holds(&order.idempotency_key) {
            return true;
        }
        if self.waiting.len() >= MOST_ORDERS {
            return false;
        }
        self.waiting.push(WaitingOrder {
            model: model.to_string(),
            key: order.idempotency_key.clone(),
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.clone().into_iter().collect(),
            body: request.body.clone(),
            not_after: order.not_after,
            attempts: 0,
            next_at: now,
            error: None,
        });
        true
    }

    pub(super) fn holds(&self, key: &str) -> bool {
        self.waiting.iter().any(|order| order.key == key)
    }

    /// Those to send now, the oldest of each model: a rollback never overtakes what was ordered before it.
    pub(super) fn due(&self, now: Timestamp) -> impl Iterator<Item = &WaitingOrder> {
        let mut seen = BTreeSet::new();
        self.waiting.iter().filter(move |order| {
            seen.insert(order.model.as_str()) && order.next_at <= now && now < order.not_after
        })
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|order| order.next_at.min(order.not_after)).min()
    }

    /// The keys of those that are too late.
    pub(super) fn expired(&self, now: Timestamp) -> Vec<String> {
        let expired = self.waiting.iter().filter(|order| order.not_after <= now);
        expired.map(|order| order.key.clone()).collect()
    }

    /// Notes an attempt. After the last one the order is gone, and this is what the engine is told.
    pub(super) fn settle(
        &mut self,
        key: &str,
        delivery: &Delivery,
        now: Timestamp,
    ) -> Option<Command> {
        let at = self.waiting.iter().position(|order| order.key == key)?;
        let order = &mut self.waiting[at];
        order.attempts = order.attempts.saturating_add(1);
        let (succeeded, detail) = match delivery {
            Delivery::Accepted { status } => (true, format!("status {status}")),
            Delivery::Refused { why, .. } => (false, why.clone()),
            Delivery::Failed { retry_after, why, .. } => {
                let times = 4_u64.saturating_pow(order.attempts.saturating_sub(1));
                let delay = FIRST_DELAY.saturating_mul(times).min(LONGEST_DELAY);
                let asked = retry_after.unwrap_or(0).saturating_mul(1_000_000).min(LONGEST_WAIT);
                order.next_at = now.later(delay.max(asked));
                order.error = Some(why.clone());
                if order.next_at < order.not_after {
                    return None;
                }
                (false, format!("{why}; the next attempt would be too late"))
            }
        };
        let WaitingOrder { model, key, .. } = self.waiting.remove(at);
        Some(Command::EffectResult { model, key, succeeded, detail })
    }
}
