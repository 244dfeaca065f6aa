//! Orders and events on their way to others: at least once, under one id, and never at the cost of those who send data.
//!
//! A row of the store's outbox is written in one transaction with the alert's audit row. Threads of this module read what
//! is due, send it, and have the result recorded by the store's writer; nothing here is waited for by a command. A crash
//! between sending and recording sends again, under the same `webhook-id`: receivers keep ids to do a thing once.
//!
//! | module | holds |
//! |---|---|
//! | [`dispatcher`](Dispatcher) | who is tried when: one row of an endpoint at a time, oldest first |
//! | [`backoff`](Backoff) | how long until the next attempt, and when to give up |
//! | [`signature`](Secret) | Standard Webhooks |
//! | [`guard`](Guard) | where nothing is sent to |
//! | [`http`](HttpDelivery) | one attempt over HTTP |
//! | [`command`](Commands) | one attempt by a program of this machine |

mod backoff;
mod command;
mod dispatcher;
mod guard;
mod header_secret;
mod http;
mod signature;

pub use backoff::Backoff;
pub use command::{CommandLineError, Commands, NamedCommand};
pub use dispatcher::{Dispatcher, Observe, Settings};
pub use guard::{Forbidden, Guard, Permit, PermitError};
pub use header_secret::HeaderSecret;
pub use http::{HttpDelivery, HttpSettings, parse_authorities};
pub use signature::{Secret, SecretError, signature_header};

use core::time::Duration;

use driftline_core::time::Timestamp;

use crate::store::OutboxRow;

/// Sends one row, once. Called on a thread that may wait; must return in bounded time.
pub trait Deliver: Send + Sync + 'static {
    /// Tries to send.
    fn deliver(&self, row: &OutboxRow, now: Timestamp) -> Delivery;
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver has it: a status of 200 to 299, or a program that ended well.
    Accepted {
        /// The HTTP status, where there was one.
        status: Option<u16>,
    },
    /// It does not; to be tried again.
    Failed {
        /// The HTTP status, where there was one.
        status: Option<u16>,
        /// When the receiver wants to be asked again.
        retry_after: Option<Duration>,
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

/// How rows are sent, by their address.
#[derive(Clone, Debug, Default)]
pub struct DeliverySettings {
    /// To whom, over HTTP.
    pub http: HttpSettings,
    /// Which programs carry out orders.
    pub commands: Commands,
    /// Where Alertmanager is, where it is told of alerts: the base of its addresses, such as `http://alertmanager:9093`.
    pub alertmanager: Option<String>,
}

/// Sends each row the way its address names.
#[derive(Debug)]
pub(crate) struct ByAddress {
    http: HttpDelivery,
    commands: Commands,
}

impl ByAddress {
    pub(crate) fn new(http: HttpSettings, commands: Commands) -> ByAddress {
        ByAddress { http: HttpDelivery::new(http), commands }
    }
}

impl Deliver for ByAddress {
    fn deliver(&self, row: &OutboxRow, now: Timestamp) -> Delivery {
        if Commands::takes(&row.url) {
            self.commands.deliver(row)
        } else {
            self.http.deliver(row, now)
        }
    }
}
