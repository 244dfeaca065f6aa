//! Bytes in, batches out: the readers of Driftline.
//!
//! A reader is pushed bytes as they arrive (from a file, a socket, a browser's `File`) and hands out [`Batch`]es of
//! typed columns as soon as they are full. Nothing holds the whole file: memory is bounded by the block that is looked
//! at first (1 MiB), the longest record allowed (16 MiB) and one batch. How the bytes are cut into pushes never shows
//! in the batches. No reader touches a clock, a thread or, but for [`file`](mod@file), the file system, so the same code runs
//! natively and as `wasm32-unknown-unknown`.
//!
//! ```
//! use driftline_data::{ReadOptions, Reader};
//!
//! let mut rows = 0;
//! let mut reader = Reader::new("current.csv", ReadOptions::default());
//! reader.push(b"age,city\n31,Oslo\n4", &mut |_, batch| rows += batch.rows())?;
//! reader.push(b"2,\"Sidi Ifni\"\n", &mut |_, batch| rows += batch.rows())?;
//! let summary = reader.finish(&mut |_, batch| rows += batch.rows())?;
//! assert_eq!((rows, summary.rows, summary.problems.len()), (2, 2, 0));
//! assert_eq!(reader.schema().unwrap().fields[1].name, "city");
//! # Ok::<(), driftline_data::ReadError>(())
//! ```
//!
//! A file compressed by gzip or zstd, known by its first bytes, is read as what is in it, where the features `gzip` and
//! `zstd` are on: a window of at most 128 MiB, and no more than a thousandfold.
//!
//! What a file gets wrong is never silently lost. A cell that is not of its column's kind becomes an *unreadable* slot
//! of that column; a row with too few or too many fields is skipped and counted; both are shown with their place as
//! [`Problem`](driftline_core::report::Problem)s, the first few of each sort and then the totals. With [`ReadOptions::strict`] the first of them is a
//! [`ReadError`] instead.
//!
//! | module | holds |
//! |---|---|
//! | [`format`](mod@format) | the door: which format the bytes are in, one row of a table for each |
//! | [`format::csv`] | CSV and TSV |
//! | [`format::json`], [`format::ndjson`] | JSON: an array of objects, or an object a line |
//! | [`file`](mod@file) | a path or a `std::io::Read`, with progress and cancellation |
//! | `input` | natively: the files that a folder, a pattern or partitions stand for |
//! | [`intake`] | two files into what a report is made of: the path every front takes |
//! | [`problem`], [`error`] | what was wrong with the data, and where |
//!
//! [`Batch`]: driftline_core::column::Batch

extern crate alloc;

mod batch;
mod cell;
mod decompress;
pub mod error;
mod evidence;
pub mod file;
pub mod format;
#[cfg(not(target_family = "wasm"))]
pub mod input;
pub mod intake;
mod options;
mod parts;
pub mod problem;
mod reader;
mod selection;

pub use error::{Place, ReadError};
pub use file::{Progress, read, read_path};
pub use format::{
    csv::{CsvReader, Dialect},
    json::JsonReader,
};
pub use intake::{
    Baseline, BaselineContent, BaselineIntake, ConventionIntake, Current, CurrentIntake, Intake,
    reference_of_json,
};
pub use options::ReadOptions;
pub use parts::Part;
pub use problem::Summary;
pub use reader::Reader;
pub use selection::Selection;
