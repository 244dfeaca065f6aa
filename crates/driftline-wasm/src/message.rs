//! What the page and its workers say to each other: here with the one that counts, in [`reporting`] with the reporter.
//!
//! A message is a JavaScript object `{message: <JSON text of one of these types>, files?: [File, File], text?: <a long
//! text, such as a Report's JSON>, died?: <last words>}`; a `File` is posted by reference, never copied, and a report is
//! the very text that people save. The page numbers its jobs; a worker answers with the number of the job it speaks of, so that a late answer to a
//! cancelled job is known for what it is.

use driftline_core::{schema::Field, spec::CompareSpec};
use serde::{Deserialize, Serialize};

/// Name of the worker's binary, and so of its files: `driftline-worker.js`, `driftline-worker_bg.wasm` and
/// `driftline-worker_loader.js`.
pub const WORKER_NAME: &str = "driftline-worker";

/// What a worker says when it listens: the JSON of [`Response::Ready`] and of [`reporting::Response::Ready`].
pub const READY: &str = "\"ready\"";

pub mod reporting;
pub mod shown;

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")] // no inner tag: serde would read all of it twice, with code for both
pub enum Request {
    /// Read the two files that come with the message, baseline first, and compare them. What is read is kept until the
    /// next `Load`.
    Load {
        /// Number of the job.
        job: u32,
        /// How to read and judge.
        spec: CompareSpec,
        /// Milliseconds since the Unix epoch, by the page's clock: the worker's report carries it.
        now_millis: i64,
    },
    /// Compare what was read by another spec. The files of the last `Load` are read again where the spec needs what was
    /// not counted of them: other windows or segments, other kinds of columns, another role that says how the service
    /// did. Then there is progress, and it can be cancelled.
    Compare {
        /// Number of the job.
        job: u32,
        /// How to judge.
        spec: CompareSpec,
        /// Milliseconds since the Unix epoch.
        now_millis: i64,
    },
    /// Stop reading. What was read before the job stays.
    Cancel {
        /// The job to stop.
        job: u32,
    },
}

/// From the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The worker listens. What is posted before may be lost.
    Ready,
    /// So far.
    Progress {
        /// The job.
        job: u32,
        /// Base name of the file that is read.
        source: String,
        /// Bytes read, of both files together.
        bytes: u64,
        /// Bytes to read, of both files together.
        total_bytes: u64,
        /// Rows counted, of both files together.
        rows: u64,
    },
    /// Done.
    Report {
        /// The job.
        job: u32,
        /// What was found: [`Report::to_json`](driftline_core::report::Report::to_json), beside the message.
        #[serde(skip)]
        report: String,
        /// The baseline's columns as they were read, compared or not: for choosing roles and kinds.
        fields: Vec<Field>,
    },
    /// Stopped as asked.
    Cancelled {
        /// The job.
        job: u32,
    },
    /// Could not be done; what was read before stays.
    Failed {
        /// The job.
        job: u32,
        /// File, row and column, or a path in the spec.
        place: String,
        /// What was expected, and what was found.
        message: String,
    },
}
