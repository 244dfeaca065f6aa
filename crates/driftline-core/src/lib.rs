//! The core of Driftline: has the data drifted, how sure is that at this sample size, and what does it mean?
//!
//! `#![no_std]`, pure, total: no IO, no clock, no randomness, no threads, no logging. Equal counts and an equal spec give
//! equal [`Report`](report::Report) bytes on every target.
//!
//! The nouns, in the order in which data walks through them:
//!
//! | module | holds |
//! |---|---|
//! | [`column`](mod@column), [`schema`] | rows as typed columns; what each column is, and why we think so |
//! | [`bins`] | how a column is counted: quantile cells, levels |
//! | [`reference`](mod@reference) | what normal looks like: schema, bins, counts; portable and content-hashed |
//! | [`window`] | integer counts of other rows on those bins; merging is addition |
//! | [`latency`], [`errors`] | how long answers took, how many failed: counts that merge |
//! | [`performance`] | what labels say about predictions |
//! | [`measure`] | PSI, KL, JS: one file and one table row each |
//! | [`verdict`] | from an interval to a severity, or to the reason why there is none |
//! | [`spec`], [`monitor`], [`counting`] | configuration as written; checked and runnable; the part of it that counts |
//! | [`report`] | what was found: the contract of every front |
//! | [`metric`], [`evidence`] | the numbers that rules are about, and what one window says of them |
//! | [`objective`] | how quick and how reliable is enough; error budgets |
//! | [`rule`], [`trigger`], [`policy`], [`lint`] | when to alert, when to act, the rails before an action |
//! | [`engine`] | all of these in time: `handle(input, now)` |
//! | [`replay`] | the engine over windows that have been |
//! | [`scenario`] | unit tests of a policy: series in, expected states and effects |
//! | [`export`] | a policy in the words of Prometheus and Alertmanager |
//! | [`num`], [`time`], [`codec`] | floats, instants, bytes |
//!
//! ```
//! use driftline_core::{
//!     column::{Batch, Bitmap, Column, Values},
//!     reference::{DEFAULT_BUDGET_BYTES, ReferenceBuilder},
//!     schema::{Evidence, Schema, infer},
//!     spec::CompareSpec,
//!     time::Timestamp,
//!     verdict::Severity,
//!     window::{Plan, WindowCounter},
//! };
//!
//! let numbers = |values: Vec<f64>| {
//!     let rows = values.len();
//!     Batch::new(rows, vec![Column::new(Values::Number(values), Bitmap::all_set(rows), 0)]).unwrap()
//! };
//! let evidence = Evidence { present: 2000, numbers: 2000, distinct: 2000, ..Evidence::default() };
//! let schema = Schema { fields: vec![infer("distance_km", &evidence)] };
//!
//! let mut builder = ReferenceBuilder::new("baseline.csv", &schema, DEFAULT_BUDGET_BYTES);
//! builder.push(&numbers((0..2000).map(|i| f64::from(i) * 0.01).collect()));
//! let (reference, _) = builder.finish();
//!
//! let mut counter = WindowCounter::new(&reference, &schema, &Plan::default());
//! counter.count(&numbers((0..1000).map(|i| f64::from(i) * 0.03).collect()));
//! let window = counter.finish().window;
//!
//! let monitor = CompareSpec::default().check().unwrap();
//! let report = monitor.compare(&reference, &window, "current.csv", Timestamp::EPOCH);
//! assert_eq!(report.severity, Severity::Critical);
//! assert_eq!(report.drift.drifted_features, ["distance_km"]);
//! println!("{}", report.columns[0].explanation);
//! ```
//!
//! What this crate does not do: read files (`driftline-data`), draw (`driftline-charts`), or know any front.
#![no_std]

extern crate alloc;

pub mod bins;
mod cells;
pub mod codec;
pub mod column;
mod comparison;
pub mod convention;
pub mod correction;
pub mod counting;
pub mod counts;
pub mod duration;
pub mod engine;
pub mod errors;
pub mod evidence;
pub mod export;
pub mod group;
pub mod latency;
pub mod lint;
pub mod live;
pub mod measure;
pub mod metric;
pub mod moments;
pub mod monitor;
pub mod note;
pub mod num;
pub mod objective;
pub mod performance;
pub mod policy;
pub mod reference;
pub mod replay;
pub mod report;
pub mod rule;
pub mod samples;
pub mod scenario;
pub mod schema;
pub mod service;
pub mod spec;
pub mod time;
pub mod trigger;
pub mod verdict;
pub mod window;
