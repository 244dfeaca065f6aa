//! The core of Driftline.
#![no_std]

extern crate alloc;

pub mod num;
