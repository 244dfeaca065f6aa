//! Colours, and text in them. What a colour says, a word or a sign says as well.

use anstyle::{AnsiColor, Style};
use driftline_charts::wording::printable;
use driftline_core::verdict::Severity;
use unicode_width::UnicodeWidthStr as _;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();

/// A severity's colour.
pub(super) fn severity_ink(severity: Severity) -> Style {
    match severity {
        Severity::Inconclusive => AnsiColor::Cyan.on_default(),
        Severity::None => AnsiColor::Green.on_default(),
        Severity::Moderate => AnsiColor::Yellow.on_default(),
        Severity::Significant => AnsiColor::BrightRed.on_default(),
        Severity::Critical => AnsiColor::Magenta.on_default(),
    }
}

/// Text of one colour. Holds nothing that could steer a terminal, wherever the text came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) ink: Style,
    pub(super) text: String,
}

impl Span {
    pub(super) fn new(ink: Style, text: &str) -> Span {
        Span { ink, text: printable(text).into_owned() }
    }

    /// A cell of one span.
    pub(super) fn inked(ink: Style, text: impl AsRef<str>) -> Vec<Span> {
        vec![Span::new(ink, text.as_ref())]
    }

    /// A cell of one span, without colour.
    pub(super) fn plain(text: &str) -> Vec<Span> {
        Span::inked(Style::new(), text)
    }

    /// Columns of a terminal.
    pub(super) fn width(&self) -> usize {
        self.text.width()
    }
}
