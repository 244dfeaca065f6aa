//! Standard error: errors, warnings and notes, for people.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use driftline_charts::wording::printable;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Says things on standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Console {
    color: ColorChoice,
    quiet: bool,
}

impl Console {
    pub(crate) fn new(color: ColorChoice, quiet: bool) -> Console {
        Console { color, quiet }
    }

    /// Why nothing was done; said even where quiet was asked for.
    pub(crate) fn error(self, message: &str) {
        self.say(&format!("{ERROR}error:{ERROR:#} {}", printable_lines(message)));
    }

    /// Something the reader should know though it stops nothing.
    pub(crate) fn warn(self, message: &str) {
        if !self.quiet {
            self.say(&format!("{WARNING}warning:{WARNING:#} {}", printable_lines(message)));
        }
    }

    /// What was done.
    pub(crate) fn note(self, message: &str) {
        if !self.quiet {
            self.say(&printable_lines(message));
        }
    }

    /// Whether somebody looks on and wants to be told how far the reading is.
    pub(crate) fn shows_progress(self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    fn say(self, line: &str) {
        // A standard error that is closed has nobody to be told.
        let _ = writeln!(AutoStream::new(io::stderr().lock(), self.color), "{line}");
    }
}

/// Text that may hold names from files: each line made harmless, the lines kept.
fn printable_lines(message: &str) -> String {
    let lines: Vec<_> = message.lines().map(printable).collect();
    lines.join("\n")
}
