//! Driftline as a `wasi:http` component: `driftline_api::Resident` behind one exported handler.
//!
//! Built for `wasm32-unknown-unknown` (std's own IO is a stub there, and not used) and made a component by
//! `scripts/component`; any wasm-bindgen in the tree would break that, so `scripts/check edges` refuses it.
//!
//! | host | what holds |
//! |---|---|
//! | one instance for all requests (`jco serve`) | the state is in memory for as long as the instance lives |
//! | the same with `DRIFTLINE_DATA` | a snapshot is in that folder before each answer; a new instance goes on from it |
//! | an instance for each request (`wasmtime serve`, `jco serve --isolate-requests`) | `DRIFTLINE_DATA` is needed, and one request at a time: two at once would each write over the other |
//! | bare `wasi:http/proxy` (`--no-default-features`) | in memory; events and reads alone, since nobody can say who may do more |
//!
//! Settings are environment variables: `DRIFTLINE_TOKEN`, `DRIFTLINE_DATA`, `DRIFTLINE_REPLICA`, `DRIFTLINE_LEARN`,
//! `DRIFTLINE_SECRET`, `DRIFTLINE_PERMIT`.

#[cfg(target_family = "wasm")]
mod component;
#[cfg(all(target_family = "wasm", feature = "cli"))]
mod folder;
#[cfg(target_family = "wasm")]
mod order;
#[cfg(target_family = "wasm")]
mod settings;
