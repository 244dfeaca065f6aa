//! The core of Driftline.
#![no_std]

extern crate alloc;

pub mod column;
pub mod num;
pub mod schema;
pub mod time;
