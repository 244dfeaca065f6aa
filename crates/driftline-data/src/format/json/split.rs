//! Where one row ends and the next begins: lines of their own, or elements of one array.

use alloc::{format, string::String, vec::Vec};

use crate::error::{Place, Quoted};

/// Longest row, in bytes.
pub(super) const MOST_ROW_BYTES: usize = 16 << 20;

/// How rows stand in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// An object a line.
    Lines,
    /// Objects in one array.
    Array,
}

/// Where a row begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// From 1. Of lines it is the line's number.
    pub(super) row: u64,
    /// From 1.
    pub(super) line: u64,
    pub(super) byte: u64,
}

impl Start {
    pub(super) fn place(&self, source: &str) -> Place {
        Place { row: Some(self.row), line: Some(self.line), ..Place::file(source) }
    }
}

/// What the next bytes hold.
#[derive(Debug)]
pub(super) enum Split<'a> {
    Row {
        text: &'a [u8],
        at: Start,
    },
    /// A row past the cap: passed over where its end can be found.
    TooLong(Start),
    NeedsInput,
    /// The array is not one: nothing after this can be read.
    Broken {
        at: Start,
        message: String,
    },
}

/// Splits a text that comes in any chunks.
#[derive(Debug)]
pub(super) struct Splitter {
    layout: Layout,
    state: State,
    /// The row at hand, as far as it came in earlier chunks.
    kept: Vec<u8>,
    /// Whether what is kept was handed out.
    is_done: bool,
    start: Start,
    /// Where the next byte is.
    line: u64,
    byte: u64,
    rows: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Lines: in a row, or before it.
    Line,
    /// Lines: past the cap, until the line ends.
    Skipping,
    /// Array: before its bracket.
    Before,
    /// Array: before an element; after a comma there must be one.
    Element {
        is_first: bool,
    },
    Inside {
        depth: usize,
        in_string: bool,
        is_escaped: bool,
    },
    /// Array: after an element.
    After,
    /// Array: after its end.
    End,
}

impl Splitter {
    /// For a text that begins at byte `byte` of its file.
    pub(super) fn new(layout: Layout, byte: usize) -> Splitter {
        let state = if layout == Layout::Lines { State::Line } else { State::Before };
        let start = Start { row: 1, line: 1, byte: byte as u64 };
        Splitter {
            layout,
            state,
            kept: Vec::new(),
            is_done: false,
            start,
            line: 1,
            byte: byte as u64,
            rows: 0,
        }
    }

    /// The next row, whose bytes are taken off `input`.
    pub(super) fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Split<'a> {
        if core::mem::take(&mut self.is_done) {
            self.kept.clear();
        }
        match self.layout {
            Layout::Lines => self.next_line(input),
            Layout::Array => self.next_element(input),
        }
    }

    /// What is missing where the file ends here.
    pub(super) fn end(&self) -> Option<(Start, &'static str)> {
        let here = Start { row: self.rows, line: self.line, byte: self.byte };
        match (self.layout, self.state) {
            (Layout::Lines, _) | (_, State::End) => None,
            (_, State::Inside { .. }) => Some((self.start, "the end of this row")),
            (_, State::Before) => Some((here, "an array of objects")),
            _ => Some((here, "a ] that ends the array")),
        }
    }

    /// Whether a line was begun that no newline ended.
    pub(super) fn is_in_line(&self) -> bool {
        let is_in_row = !self.is_done && !self.kept.is_empty();
        self.layout == Layout::Lines && (is_in_row || self.state == State::Skipping)
    }

    fn next_line<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Split<'a> {
        let bytes = *input;
        let end = memchr::memchr(b'\n', bytes);
        let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        *input = rest.get(1..).unwrap_or_default();
        if self.kept.is_empty() && self.state == State::Line {
            self.start = Start { row: self.line, line: self.line, byte: self.byte };
        }
        self.byte += (line.len() + usize::from(end.is_some())) as u64;
        self.line += u64::from(end.is_some());
        if self.state == State::Skipping {
            if end.is_some() {
                self.state = State::Line;
                return Split::TooLong(self.start);
            }
            return Split::NeedsInput;
        }
        if self.kept.len() + line.len() > MOST_ROW_BYTES {
            self.kept = Vec::new();
            if end.is_some() {
                return Split::TooLong(self.start);
            }
            self.state = State::Skipping;
            return Split::NeedsInput;
        }
        match end {
            Some(_) if self.kept.is_empty() => Split::Row { text: line, at: self.start },
            Some(_) => {
                self.kept.extend_from_slice(line);
                self.is_done = true;
                Split::Row { text: &self.kept, at: self.start }
            }
            None => {
                self.kept.extend_from_slice(line);
                Split::NeedsInput
            }
        }
    }

    fn next_element<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Split<'a> {
        let bytes = *input;
        // Where in this chunk the element begins that is at hand.
        let mut from = 0;
        let mut at = 0;
        while at < bytes.len() {
            let byte = bytes[at];
            if let State::Inside { .. } = self.state {
                let (end, is_over) = self.inside(bytes, at);
                self.line += memchr::memchr_iter(b'\n', &bytes[at..end]).count() as u64;
                self.byte += (end - at) as u64;
                at = end;
                if self.kept.len() + (at - from) > MOST_ROW_BYTES {
                    *input = &[];
                    let message = "expected a row of at most 16 MiB, found one that is longer or never ends: is a \
                                   bracket or a quote missing?";
                    return Split::Broken { at: self.start, message: message.into() };
                }
                if is_over {
                    self.state = State::After;
                    *input = &bytes[at..];
                    if self.kept.is_empty() {
                        return Split::Row { text: &bytes[from..at], at: self.start };
                    }
                    self.kept.extend_from_slice(&bytes[from..at]);
                    self.is_done = true;
                    return Split::Row { text: &self.kept, at: self.start };
                }
                continue;
            }
            if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                self.line += u64::from(byte == b'\n');
            } else {
                self.state = match (self.state, byte) {
                    (State::Before, b'[') => State::Element { is_first: true },
                    (State::Element { is_first: true } | State::After, b']') => State::End,
                    (State::After, b',') => State::Element { is_first: false },
                    (State::Element { .. }, b'{') => {
                        self.rows += 1;
                        self.start = Start { row: self.rows, line: self.line, byte: self.byte };
                        from = at;
                        State::Inside { depth: 0, in_string: false, is_escaped: false }
                    }
                    _ => {
                        *input = &[];
                        return self.broken(&bytes[at..]);
                    }
                };
                if let State::Inside { .. } = self.state {
                    continue;
                }
            }
            at += 1;
            self.byte += 1;
        }
        if let State::Inside { .. } = self.state {
            self.kept.extend_from_slice(&bytes[from..]);
        }
        *input = &[];
        Split::NeedsInput
    }

    /// Goes on in an element: to where in `bytes` it goes, and whether it ends there.
    fn inside(&mut self, bytes: &[u8], from: usize) -> (usize, bool) {
        let State::Inside { mut depth, mut in_string, mut is_escaped } = self.state else {
            return (from, false);
        };
        let mut at = from;
        let mut is_over = false;
        while at < bytes.len() && !is_over {
            if is_escaped {
                is_escaped = false;
                at += 1;
            } else if in_string {
                match memchr::memchr2(b'"', b'\\', &bytes[at..]) {
                    Some(plain) => {
                        at += plain + 1;
                        is_escaped = bytes[at - 1] == b'\\';
                        in_string = is_escaped;
                    }
                    None => at = bytes.len(),
                }
            } else {
                match bytes[at] {
                    b'"' => in_string = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        // Which bracket ends which is for whoever reads the row.
                        depth -= 1;
                        is_over = depth == 0;
                    }
                    _ => {}
                }
                at += 1;
            }
        }
        self.state = State::Inside { depth, in_string, is_escaped };
        (at, is_over)
    }

    fn broken(&self, rest: &[u8]) -> Split<'static> {
        let expected = match self.state {
            State::Before => "an array of objects",
            State::Element { is_first: true } => "an object or ]",
            State::Element { is_first: false } => "an object",
            State::After => "a comma or ] after the row",
            _ => "nothing after the array",
        };
        let found = match rest.first() {
            Some(b'[') => "an array".into(),
            // A chunk may end anywhere: one byte is there in any case.
            Some(byte) => format!("{}", Quoted(core::slice::from_ref(byte))),
            None => "the end of the file".into(),
        };
        let at = Start { row: self.rows.max(1), line: self.line, byte: self.byte };
        Split::Broken { at, message: format!("expected {expected}, found {found}") }
    }
}
