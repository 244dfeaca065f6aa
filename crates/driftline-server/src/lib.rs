//! Driftline as a service: what it has acknowledged stays, what it orders is delivered.
//!
//! | module | holds |
//! |---|---|
//! | [`store`] | the journal of commands, checkpoints of the state, and what follows from both, on disk |
//! | [`outbox`] | how orders and events reach others: signed, repeated, never to an address of the inside |

#![expect(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a service with files, threads and sockets, which never runs without std"
)]

pub mod outbox;
pub mod store;
