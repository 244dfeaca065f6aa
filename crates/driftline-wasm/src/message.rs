//! What the page and its workers say to each other: here with the one that counts, in [`reporting`] with the reporter.
//!
//! A message is a JavaScript object `{message: <a Uint8Array: one of these types as [`encode`] writes it>, files?: File[],
//! text?: <a long text, such as a Report's JSON>, bytes?: <a Uint8Array, such as counts>, died?: <last words>}`; a `File` is
//! posted by reference and bytes are handed over, neither is copied, and a report is the very text that people save. The
//! page numbers its jobs; a worker answers with the number of the job it speaks of, so that a late answer to a cancelled
//! job is known for what it is.
//!
//! Page and workers are of one build, and none keeps a message: their form may change with any of them. It is postcard's,
//! whose code is a fraction of what JSON takes, in a worker that is downloaded before anything can be read.

use driftline_core::{counting::Counting, report::Problem, schema::Field};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Name of the worker's binary, and so of its files: `driftline-worker.js`, `driftline-worker_bg.wasm` and
/// `driftline-worker_loader.js`.
pub const WORKER_NAME: &str = "driftline-worker";

/// What a worker says when it listens: [`Response::Ready`] and [`reporting::Response::Ready`], encoded.
pub const READY: &[u8] = &[0];

/// A message as it is posted.
pub fn encode<M: Serialize>(message: &M) -> Vec<u8> {
    postcard::to_allocvec(message).expect("plain data is encoded into memory")
}

/// A message as it was posted; `None` where it is no such message: page and worker are not of one build.
pub fn decode<M: DeserializeOwned>(bytes: &[u8]) -> Option<M> {
    match postcard::take_from_bytes(bytes) {
        Ok((message, [])) => Some(message),
        _ => None,
    }
}

pub mod reporting;
pub mod shown;

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read the files that come with the message, the baseline and then the current ones in their order, and count them.
    /// What is counted is kept until the next `Load`.
    Load {
        /// Number of the job.
        job: u32,
        /// How to read, and what to count.
        counting: Counting,
    },
    /// Count what is asked for now and was not counted of the files of the last `Load`: other windows or segments,
    /// other kinds of columns, another role that says how the service did. Where anything is missing they are read again;
    /// then there is progress, and it can be cancelled.
    Count {
        /// Number of the job.
        job: u32,
        /// What to count.
        counting: Counting,
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
    /// The baseline is a reference as JSON, whose bytes stand beside the message: the reporter reads it, and the page asks
    /// again with the compact form in its place. What was read before stays.
    Json {
        /// The job.
        job: u32,
        /// The file, beside the message.
        #[serde(skip)]
        bytes: Vec<u8>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_listens_says_so_in_the_words_the_page_knows() {
        assert_eq!(encode(&Response::Ready), READY);
        assert_eq!(encode(&reporting::Response::Ready), READY);
    }

    #[test]
    fn a_message_is_read_as_it_was_written_and_nothing_else_is_one() {
        let request = Request::Count { job: 300, counting: Counting::default(), again: true };
        let mut bytes = encode(&request);
        assert_eq!(decode::<Request>(&bytes), Some(request));
        assert_eq!(decode::<Request>(&bytes[..bytes.len() - 1]), None);
        bytes.push(0);
        assert_eq!(decode::<Request>(&bytes), None);
    }
}
