//! HTTP without a socket: what Driftline's server and its edge builds say, and the state they say it of.
//!
//! `#![no_std]`, pure, total: no IO, no clock, no threads, no async. A host reads a [`Request`], asks [`route`] what it
//! comes to, and does one of these things with the answer:
//!
//! ```text
//! Request ─route(&station, host, request, now)─▶ Handling
//!   Respond(Response)   a pure read: write it
//!   Read(Reading)       from `prepare` alone: a read that takes long, to be computed without the state
//!   Commit(Commit)      journal the command, sync, Station::apply(command, now), store what came of it, then answer
//!   Fetch(Fetch)        rows that the host keeps (history, audit): look them up, Fetch::…_response, answer
//!   Stream(model)       keep the connection and send a `LiveEvent` after each look
//! ```
//!
//! [`Resident`] is a host that does all of this in memory.
//!
//! Everything that can be wrong with a request is told before there is a command, so that a command always applies.
//!
//! ```
//! use driftline_api::{Handling, Host, Request, Station, route};
//! use driftline_core::time::Timestamp;
//!
//! let mut station = Station::new();
//! let now = Timestamp::EPOCH;
//! let event = r#"{"features": {"amount": 150.0}, "prediction": "legitimate", "latency_ms": 12.5}"#;
//! let request = Request::new("POST", "/monitor").with_body("application/json", event);
//! let Handling::Commit(commit) = route(&station, &Host::default(), &request, now) else { panic!() };
//! let applied = station.apply(commit.command, now);
//! assert_eq!(applied.response.text(), "{\"accepted\":1}\n");
//!
//! let request = Request::new("GET", "/drift");
//! let Handling::Respond(response) = route(&station, &Host::default(), &request, now) else { panic!() };
//! assert!(response.text().contains("\"severity\":\"inconclusive\""));
//! ```
#![no_std]

extern crate alloc;

pub mod applied;
pub mod command;
pub mod endpoint;
pub mod event;
mod exposition;
pub mod negotiation;
pub mod notice;
pub mod openapi;
pub mod problem;
pub mod request;
pub mod resident;
pub mod response;
mod spec_text;
pub mod station;

pub use applied::{Applied, HistoryPoint, Of};
pub use command::{Command, CommandError, Settings};
pub use endpoint::{
    Commit, Endpoint, Fetch, Handling, Host, IdempotencyKey, Reading, Scope, find, prepare, route,
};
pub use problem::{Kind, Problem};
pub use request::Request;
pub use resident::Resident;
pub use response::Response;
pub use station::Station;
