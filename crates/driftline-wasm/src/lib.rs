//! Driftline in a browser: the worker that reads files and counts, the one that reports, the messages they understand,
//! and what the npm package exports.
//!
//! | module | feature | holds |
//! |---|---|---|
//! | [`message`] | | what the page and its workers say to each other |
//! | [`session`] | `worker` | what the worker does with it: jobs, cancelling, what is kept; tested without a browser |
//! | [`local_file`] | `worker` | the browser's `File`, read by slices |
//! | [`reporting`] | `reporter` | what the reporter does with it: alerts, triggers, parts of the report as markup |
//! | [`port`] | `worker`, `reporter` | a worker's end of the line to its page |
//! | [`bindings`] | `bindings` | two files' bytes to a report, for JavaScript |
//! | `station` | `edge` | the service in memory, for workers at the edge: a build of its own, not among the defaults |
//!
//! The workers themselves, `src/worker.rs` and `src/reporter.rs`, are binaries of their own.

#[cfg(any(feature = "worker", feature = "reporter"))]
extern crate alloc;

#[cfg(feature = "bindings")]
pub mod bindings;
#[cfg(feature = "worker")]
pub mod local_file;
pub mod message;
#[cfg(any(feature = "worker", feature = "reporter"))]
pub mod port;
#[cfg(feature = "reporter")]
pub mod reporting;
#[cfg(feature = "worker")]
pub mod session;
#[cfg(feature = "edge")]
pub mod station;
