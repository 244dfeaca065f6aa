//! Driftline in a browser: the worker that reads files and counts, the messages it understands, and what the npm
//! package exports.
//!
//! | module | feature | holds |
//! |---|---|---|
//! | [`message`] | | what page and worker say to each other |
//! | [`session`] | `session` | what the worker does with it: jobs, cancelling, what is kept; runs and is tested anywhere |
//! | [`bindings`] | `bindings` | two files' bytes to a report, for JavaScript |
//!
//! The worker itself, `src/worker.rs`, is a binary of its own behind the feature `worker`.

#[cfg(feature = "session")]
extern crate alloc;

#[cfg(feature = "bindings")]
pub mod bindings;
pub mod message;
#[cfg(feature = "session")]
pub mod session;
