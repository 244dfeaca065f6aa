//! Driftline as a service: what it has acknowledged stays, what it orders is delivered.
//!
//! | module | holds |
//! |---|---|
//! | [`serve`] | a service from its start to its end |
//! | [`http`] | connections, limits, tokens, the page: everything between a socket and the host |
//! | [`host`] | the station behind the store: commands, reads, ticks, orders |
//! | [`store`] | the journal of commands, checkpoints of the state, and what follows from both, on disk |
//! | [`demo`] | events of a sample |
//! | [`log`] | lines on standard error |
//! | [`outbox`] | how orders and events reach others: signed, repeated, never to an address of the inside |

#![expect(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a service with files, threads and sockets, which never runs without std"
)]

pub mod demo;
pub mod host;
pub mod http;
pub mod log;
pub mod outbox;
pub mod serve;
pub mod store;
