//! What the page and its workers say to each other: here with the one that counts, in [`reporting`] with the reporter.
//!
//! A message is a JavaScript object `{message: <JSON text of one of these types>, files?: File[], text?: <a long
//! text, such as a Report's JSON>, bytes?: <a Uint8Array, such as counts>, died?: <last words>}`; a `File` is posted by
//! reference and bytes are handed over, neither is copied, and a report is the very text that people save. The page numbers
//! its jobs; a worker answers with the number of the job it speaks of, so that a late answer to a cancelled job is known
//! for what it is.

use driftline_core::{report::Problem, schema::Field};
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
    /// Read the files that come with the message, the baseline and then the current ones in their order, and count them.
    /// What is counted is kept until the next `Load`.
    Load {
        /// Number of the job.
        job: u32,
        /// How to read, and what to count: a [`CompareSpec`](driftline_core::spec::CompareSpec) as JSON.
        spec: String,
    },
    /// Count what another spec asks for and was not counted of the files of the last `Load`: other windows or segments,
    /// other kinds of columns, another role that says how the service did. Where anything is missing they are read again;
    /// then there is progress, and it can be cancelled.
    Count {
        /// Number of the job.
        job: u32,
        /// What to count, as JSON.
        spec: String,
        /// Whether to tell the counts though they are those that were told last.
        again: bool,
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
        /// Bytes read, of all files together.
        bytes: u64,
        /// Bytes to read, of all files together.
        total_bytes: u64,
        /// Rows counted, of all files together.
        rows: u64,
    },
    /// Done.
    Counted {
        /// The job.
        job: u32,
        /// What was counted: [`Comparands::encode`](driftline_core::monitor::Comparands::encode), beside the message;
        /// empty where it is what was told last.
        #[serde(skip)]
        counts: Vec<u8>,
        /// What was wrong with the files.
        problems: Vec<Problem>,
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
