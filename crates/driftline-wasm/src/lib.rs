//! Driftline in a browser: the worker that reads files and counts, and the messages it understands.

pub mod message;
