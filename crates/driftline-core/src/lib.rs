//! The core of Driftline.
#![no_std]

extern crate alloc;

pub mod bins;
pub mod codec;
pub mod column;
mod comparison;
pub mod measure;
pub mod monitor;
pub mod num;
pub mod reference;
pub mod report;
pub mod schema;
pub mod spec;
pub mod time;
pub mod verdict;
pub mod window;
