//! What the tests across crates stand on: where the data sets lie, and two files read to an intake.

pub mod pair;
pub mod sets;
