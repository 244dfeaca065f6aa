//! Everything between a socket and the [`Host`]: connections and their time limits, bodies and their size, who
//! may ask, what goes into the log, and the page.
//!
//! | module | holds |
//! |---|---|
//! | `server` | the accept loop, the cap on connections, the end |
//! | `connection` | how long each part of a request may take |
//! | `handler` | one request, from its headers to its answer |
//! | `body` | limits before and after decompression, and memory for all bodies together |
//! | `token` | who may ask |
//! | `guard` | browsers that were led here by another site |
//! | `live` | server-sent events |
//! | `figures` | the metric families that are the service's own |
//! | `page` | the dashboard, where it was built in |
//!
//! `axum::serve` sets no timer, so its connections could be held open by a header that never ends: the loop here is our own.

mod body;
mod connection;
mod figures;
mod guard;
mod handler;
mod live;
mod page;
mod server;
mod token;

pub use connection::Timeouts;
pub use page::is_built_in as has_page;
pub use server::Server;
pub use token::{TokenError, Tokens, new_token};

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Semaphore, watch};

use crate::{host::Host, log::Log};

/// How requests are taken.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Connections at the same time; further ones wait to be accepted.
    pub max_connections: usize,
    /// How long each part of a request may take.
    pub timeouts: Timeouts,
    /// Memory for bodies that are being read and parsed, in bytes.
    pub body_budget: usize,
    /// Clients that may follow `/v1/live` at the same time.
    pub subscribers: usize,
    /// How often a client that follows hears that it is still connected.
    pub heartbeat: Duration,
    /// How long requests may take after the end was asked for.
    pub drain: Duration,
    /// Who may ask. Without tokens everybody may.
    pub tokens: Tokens,
    /// The version of the program.
    pub version: String,
    /// Names this replica.
    pub replica: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            max_connections: 1024,
            timeouts: Timeouts::default(),
            body_budget: 64 << 20,
            subscribers: 64,
            heartbeat: Duration::from_secs(15),
            drain: Duration::from_secs(10),
            tokens: Tokens::default(),
            version: env!("CARGO_PKG_VERSION").into(),
            replica: String::new(),
        }
    }
}

/// What all connections share.
pub(crate) struct Shared {
    settings: Settings,
    log: Log,
    /// Not there while the journal is replayed.
    host: Mutex<Option<Arc<Host>>>,
    /// What is told meanwhile.
    starting: Mutex<String>,
    budget: body::Budget,
    subscribers: Arc<Semaphore>,
    figures: figures::Figures,
    stopping: watch::Sender<bool>,
    is_stopping: AtomicBool,
    /// Only people on this machine can reach it, and no token keeps others out: requests must have been meant for it.
    checks_host: bool,
}

impl Shared {
    fn host(&self) -> Option<Arc<Host>> {
        self.host.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }
}
