//! What the page shows, as plain values: no DOM, no browser, tested natively.

pub mod failure;
pub mod fragment;
pub mod listing;
pub mod live;
pub mod picks;
pub mod reporting;
pub mod session;
