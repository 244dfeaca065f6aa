//! Driftline in a browser: the worker that reads files and counts, the messages it understands, and what the npm
//! package exports.
//!
//! | module | feature | holds |
//! |---|---|---|
//! | [`message`] | | what page and worker say to each other |
//! | [`session`] | `worker` | what the worker does with it: jobs, cancelling, what is kept; tested without a browser |
//! | [`local_file`] | `worker` | the browser's `File`, read by slices |
//! | [`bindings`] | `bindings` | two files' bytes to a report, for JavaScript |
//!
//! The worker itself, `src/worker.rs`, is a binary of its own.

#[cfg(feature = "worker")]
extern crate alloc;

#[cfg(feature = "bindings")]
pub mod bindings;
#[cfg(feature = "worker")]
pub mod local_file;
pub mod message;
#[cfg(feature = "worker")]
pub mod session;
