//! How a run ends: the exit codes, and the errors that lead to the last of them.

use std::process::ExitCode;

use driftline_core::report::Problem;

/// How a run ended that did what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing was found.
    Clear = 0,
    /// Something was found.
    Finding = 1,
    /// It could not run; said on standard error.
    Failed = 2,
}

/// The exit code after Ctrl-C: 128 and the signal's number, as shells count.
pub(crate) const INTERRUPTED: i32 = 130;

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command could not run: one line or more, each with where, what was expected and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    lines: Vec<String>,
}

impl Failure {
    pub(crate) fn new(line: impl Into<String>) -> Failure {
        Failure { lines: vec![line.into()] }
    }

    /// Everything that is wrong with the file or flags called `place`.
    pub(crate) fn of_problems(place: &str, problems: &[Problem]) -> Failure {
        let line = |problem: &Problem| format!("{place}: {}: {}", problem.place, problem.message);
        Failure { lines: problems.iter().map(line).collect() }
    }

    pub(crate) fn lines(&self) -> &[String] {
        &self.lines
    }
}
