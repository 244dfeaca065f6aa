//! What the page and the reporter say to each other.

use driftline_core::{counting::Counting, report::Problem};
use serde::{Deserialize, Serialize};

use super::shown::{Format, Opened, Rows, Spot, Step, View};

/// Name of the reporter's binary, and so of its files.
pub const REPORTER_NAME: &str = "driftline-reporter";

/// From the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Judge the counts that come beside the message, or those that came last where none do, and let the policy that
    /// is edited watch the windows. The report is kept until the next `Judge`, `Take` or `Follow`, the counts until others come.
    Judge {
        /// The job that counted.
        job: u32,
        /// How to judge: a [`CompareSpec`](driftline_core::spec::CompareSpec) as JSON.
        spec: String,
        /// What was wrong with the files.
        problems: Vec<Problem>,
        /// Milliseconds since the Unix epoch, by the page's clock: the report carries it.
        now_millis: i64,
        /// Width of the page's charts in pixels.
        width: u32,
    },
    /// Take the report whose JSON comes beside the message, let the policy that is edited watch its windows, and keep both.
    Take {
        /// Number of the job.
        job: u32,
        /// Width of the page's charts in pixels.
        width: u32,
    },
    /// Turn the reference whose JSON comes beside the message, as bytes, into its compact form.
    Compact {
        /// The job that reads it.
        job: u32,
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
    /// Change the policy that is edited: of files, or of the server that is followed. Where only what is decided in time
    /// changed, the windows at hand are replayed at once; where what is measured changed, the page asks for that.
    Edit {
        /// What is changed; a whole text stands beside the message.
        change: Change,
        /// Whether it is the policy of the server that is followed.
        is_told: bool,
        /// Width of the page's charts in pixels.
        width: u32,
    },
    /// Rows of the table of columns.
    Rows {
        /// Which columns in which order.
        view: View,
        /// The first row, counted from 0.
        from: usize,
        /// The one after the last.
        to: usize,
        /// Whether roles and kinds cannot be changed here.
        is_fixed: bool,
    },
    /// One column in full.
    Column {
        /// Its name.
        name: String,
        /// The table that it stands in.
        view: View,
        /// Width of its page in pixels.
        width: u32,
        /// Whether its role and kind cannot be changed here.
        is_fixed: bool,
    },
    /// What a chart says nearest to a point.
    Point {
        /// The chart's id.
        chart: String,
        /// From the picture's left edge, in its pixels.
        x: i32,
        /// From its upper edge.
        y: i32,
    },
    /// What a chart says a step further.
    Step {
        /// The chart's id.
        chart: String,
        /// The line and the stop that were shown last.
        from: Option<(usize, usize)>,
        /// Which way.
        step: Step,
    },
    /// A chart as a file, or as a table.
    Chart {
        /// Its id.
        chart: String,
        /// As what.
        format: Format,
        /// Whether the page is dark.
        is_dark: bool,
    },
    /// The windows between two places of a chart by themselves; all of them where there is no chart.
    Zoom {
        /// The chart's id, and both places from the picture's left edge, in its pixels.
        between: Option<(String, i32, i32)>,
        /// Width of the page's charts in pixels.
        width: u32,
    },
    /// The policy that is edited, or the report, as a file.
    Export {
        /// Which file.
        file: PolicyFile,
        /// Whether it is the policy of the server that is followed.
        is_told: bool,
    },
}

/// A change of the policy that is edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// None: it is shown as it stands.
    Show,
    /// The text beside the message takes the place of the one before.
    Text,
    /// A key gets a value, as it was typed; nothing typed leaves it to its default.
    Set {
        /// The key as problems name it: `rules[2].for`, `columns.age.role`.
        path: String,
        /// What was typed.
        value: String,
    },
    /// A list of names gets one, or loses it.
    Toggle {
        /// The key: `segments.by`.
        path: String,
        /// The name.
        name: String,
    },
    /// A list gets another entry.
    Add {
        /// The key: `rules`, `triggers`, `objectives.latency`.
        path: String,
    },
    /// A list loses an entry.
    Remove {
        /// The entry: `rules[2]`.
        path: String,
    },
    /// The latest change is taken back.
    Undo,
    /// What was taken back is done again.
    Redo,
    /// As shipped, or as the server has it; what was said of columns stays.
    Reset,
    /// What was said of columns is forgotten: other files have others.
    ForgetColumns,
    /// None, but the files at hand do not fit a key of it: that is shown until the next change.
    Refused {
        /// The key; what is none is no matter of the policy.
        path: String,
        /// What was expected, and what was found.
        message: String,
    },
    /// From now on differences are told from the policy as it stands.
    Compare,
}

impl Change {
    /// What is typed in one place is one change; empty for a change that stands for itself.
    pub fn place(&self) -> String {
        match self {
            Change::Text => "the text".into(),
            Change::Set { path, .. } => path.clone(),
            _ => String::new(),
        }
    }
}

/// A file that a policy, or the report with what it made of the windows, can be had as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyFile {
    /// The spec in TOML, as it is written.
    Spec,
    /// Rules for Prometheus.
    Rules,
    /// promtool's tests of these rules.
    Tests,
    /// The report that was taken, as JSON.
    Report,
}

/// The policy that is edited, as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// Its text.
    pub toml: String,
    /// Its form, as markup.
    pub form: String,
    /// What is wrong with it, as markup.
    pub remarks: String,
    /// All of it in a line.
    pub summary: String,
    /// What measures, as JSON: of the latest sound text.
    pub compare: String,
    /// The part of it that counts.
    pub counting: Counting,
    /// Whether the text is a sound spec.
    pub is_sound: bool,
    /// Whether it is not what [`Change::Reset`] goes back to.
    pub is_changed: bool,
    /// Whether there is a change to take back.
    pub can_undo: bool,
    /// Whether there is one to do again.
    pub can_redo: bool,
    /// Whether the text was typed last: it is as the page has it.
    pub is_typed: bool,
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
    /// The reference's compact form stands beside the message.
    Compact {
        /// The job.
        job: u32,
        /// What is wrong with the reference, where there is no such form.
        problem: Option<String>,
        /// The file, beside the message.
        #[serde(skip)]
        bytes: Vec<u8>,
    },
    /// The HTML file stands beside the message.
    Saved,
    /// The finding stands beside the message: a report as JSON.
    Shared,
    /// The policy as it stands after a change.
    Edited {
        /// As the page shows it.
        edited: Box<Edited>,
        /// The parts of the report that was taken, replayed by it; absent where there is none, or where it has to be
        /// measured anew.
        parts: Option<Parts>,
        /// Whether what measures is another than before.
        is_measured_anew: bool,
    },
    /// The file stands beside the message.
    Exported {
        /// What it is called.
        name: String,
    },
    /// The rows that were asked for, as markup beside the message.
    Rows(Rows),
    /// The column that was asked for, as markup beside the message.
    Column(Opened),
    /// What a chart says where it was asked.
    Spot {
        /// The chart's id.
        chart: String,
        /// The place; `None` where there is none that way.
        spot: Option<Spot>,
    },
    /// A chart in the format that was asked for stands beside the message.
    Chart {
        /// Its id.
        chart: String,
        /// As what.
        format: Format,
        /// What a file of it is called.
        name: String,
    },
    /// The part about the windows is another; its markup stands beside the message.
    Windows {
        /// Whether some windows are left out.
        is_part: bool,
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
    /// What the policy that is edited makes of the windows, and how that differs from before.
    pub replay: String,
    /// The difference in one sentence, as text: for whoever hears the page.
    pub difference: String,
}
