//! What the npm package `driftline` is made of: the core's nouns as JavaScript handles, bytes by the chunk, JSON out.
//!
//! The package's own modules (`npm/src`) stand before this and are what people call: they take files, streams and
//! addresses apart into chunks, parse the JSON, and throw `DriftlineError`s. Here a report is the text that every front
//! writes, so its bytes are the same everywhere, and a failure is the text of a [`Failure`](failure::Failure).
//!
//! | module | feature | holds |
//! |---|---|---|
//! | [`failure`] | | why a call threw: code, place, file with row and column, all problems of a spec |
//! | [`spec`] | | a spec's text, checked |
//! | [`source`] | `bindings` | a file's bytes as JavaScript gives them |
//! | [`reading`] | `bindings` | two sources to a report, one to a reference or a window |
//! | [`reference`](mod@reference) | `bindings` | references and windows as handles |
//! | [`station`] | `bindings` | one model's live rows, rules and triggers; requests without a socket |
//! | [`markup`] | `markup` | a report as HTML: a module of its own, since drawing weighs as much as all the rest |

pub mod failure;
#[cfg(feature = "markup")]
pub mod markup;
#[cfg(feature = "bindings")]
pub mod reading;
#[cfg(feature = "bindings")]
pub mod reference;
#[cfg(feature = "bindings")]
pub mod source;
pub mod spec;
#[cfg(feature = "bindings")]
pub mod station;
