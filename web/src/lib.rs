//! The static page: two files in, a verdict out, and nothing leaves the browser.
//!
//! ```text
//! page: components  ─ clicks →  page::state  ─ requests →  worker  ─ messages →  the worker's own wasm
//!                   ← signals ─  view::session  ← answers ─
//! ```
//!
//! [`view`] holds everything that can be thought without a browser and is tested natively; [`page`] turns it into
//! elements; [`worker`] alone talks to the worker, which alone reads files; [`server`] alone talks to the server that serves
//! the page, where one does.

extern crate alloc;

pub mod page;
pub mod server;
pub mod view;
pub mod worker;
