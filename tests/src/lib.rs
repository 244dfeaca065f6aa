//! What the tests across crates stand on: where the data sets lie, two files read to an intake, the dashboard's questions.
#![expect(clippy::std_instead_of_alloc, reason = "tests, which never run without std")]

pub mod dashboard;
pub mod pair;
pub mod sets;

/// The README's example in Rust compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct Readme;
