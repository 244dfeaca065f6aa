//! What the page and the reporter say to each other.

use driftline_core::{report::Problem, spec::CompareSpec};
use serde::{Deserialize, Serialize};

/// Name of the reporter's binary, and so of its files.
pub const REPORTER_NAME: &str = "driftline-reporter";

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Judge the counts that come beside the message, or those that came last where none do, and let a policy watch the
    /// windows. The report is kept until the next `Judge`, `Take` or `Follow`, the counts until others come.
    Judge {
        /// The job that counted.
        job: u32,
        /// How to judge.
        spec: CompareSpec,
        /// The policy as JSON; empty for the shipped one.
        policy: String,
        /// What was wrong with the files.
        problems: Vec<Problem>,
        /// Milliseconds since the Unix epoch, by the page's clock: the report carries it.
        now_millis: i64,
        /// Width of the page's charts in pixels.
        width: u32,
    },
    /// Take the report whose JSON comes beside the message, let a policy watch its windows, and keep both.
    Take {
        /// Number of the job.
        job: u32,
        /// The policy as JSON; empty for the shipped one.
        policy: String,
        /// Width of the page's charts in pixels.
        width: u32,
    },
    /// Take what a server tells of a model: nothing is decided again. The report's JSON comes beside the message.
    Follow {
        /// Counts what was told.
        job: u32,
        /// The server's other answers.
        told: Told,
        /// Width of the page's charts in pixels.
        width: u32,
    },
    /// The parts of the report that was taken, for a page of another width.
    Draw {
        /// Width of the page's charts in pixels.
        width: u32,
    },
    /// The report that was taken as an HTML file.
    Save,
    /// Some columns of the report that was taken, for somebody who may not see the data
    /// ([`Report::finding`](driftline_core::report::Report::finding)).
    Share {
        /// Names of the columns; where empty, those that drifted, worst first, or the worst where none did.
        columns: Vec<String>,
        /// At most so many columns.
        most: u32,
        /// Whether levels are named, or numbered.
        levels: bool,
    },
    /// What is wrong with a policy.
    Check {
        /// The policy as JSON.
        policy: String,
    },
}

/// What a server answers beside its report, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// `/v1/spec`: by what is judged.
    pub spec: String,
    /// `/v1/windows`: what was.
    pub windows: String,
    /// `/alerts`: how everything stands.
    pub alerts: String,
    /// `/v1/audit`: what was decided.
    pub audit: String,
}

/// From the reporter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// The reporter listens.
    Ready,
    /// The report's parts. After a `Judge` or a `Take` its JSON stands beside the message, with alerts, triggers and
    /// timeline.
    Parts {
        /// The job that was asked for.
        job: u32,
        /// As markup.
        parts: Parts,
    },
    /// The HTML file stands beside the message.
    Saved,
    /// The finding stands beside the message: a report as JSON.
    Shared,
    /// Everything that is wrong with the policy; nothing where it can be run.
    Checked {
        /// Each with its path.
        problems: Vec<Problem>,
    },
    /// It could not be done.
    Failed {
        /// The job that it was asked about; absent where it is nobody's.
        job: Option<u32>,
        /// What was expected, and what was found.
        message: String,
    },
}

/// Parts of a report as the HTML report shows them: markup without a style of its own, empty where the report has nothing
/// of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The name of the report's severity, for the style.
    pub severity: String,
    /// The verdict in one sentence, as text: for whoever hears the page.
    pub sentence: String,
    /// The verdict and what it rests on.
    pub verdict: String,
    /// The report at a glance.
    pub overview: String,
    /// What is wrong with the files.
    pub problems: String,
    /// Columns that were not compared.
    pub left_out: String,
    /// Alerts, triggers and their timeline.
    pub alerts: String,
    /// Predictions, their quality, latency and errors.
    pub model: String,
    /// Window by window.
    pub windows: String,
    /// Level by level.
    pub segments: String,
}
