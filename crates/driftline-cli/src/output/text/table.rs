//! Cells in columns that line up, whatever the names are written in, and fit the terminal.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::ink::{DIM, Span};

const GAP: &str = "  ";
/// A name is not cut below this, if anything else can give way.
const LEAST_NAME: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

#[derive(Debug, Default)]
pub(super) struct Table {
    columns: Vec<TableColumn>,
}

#[derive(Debug)]
struct TableColumn {
    heading: String,
    align: Align,
    /// The highest gives way first; 0 never does.
    gives_way: u8,
    /// Whether its cells may be cut.
    is_flexible: bool,
    cells: Vec<Vec<Span>>,
    width: usize,
}

impl Table {
    pub(super) fn column(
        &mut self,
        heading: &str,
        align: Align,
        gives_way: u8,
        cells: impl Iterator<Item = Vec<Span>>,
    ) {
        let cells: Vec<Vec<Span>> = cells.collect();
        let widest = cells.iter().map(|cell| width(cell)).max().unwrap_or_default();
        self.columns.push(TableColumn {
            heading: heading.into(),
            align,
            gives_way,
            is_flexible: false,
            width: widest.max(heading.width()),
            cells,
        });
    }

    /// The one column whose cells may be cut to fit.
    pub(super) fn flexible_column(
        &mut self,
        heading: &str,
        cells: impl Iterator<Item = Vec<Span>>,
    ) {
        self.column(heading, Align::Left, 0, cells);
        if let Some(column) = self.columns.last_mut() {
            column.is_flexible = true;
        }
    }

    /// The table in lines of at most `room`.
    pub(super) fn render(mut self, room: Option<usize>) -> String {
        if let Some(room) = room {
            self.fit(room);
        }
        let rows = self.columns.first().map_or(0, |column| column.cells.len());
        let heading = |column: &TableColumn| Span::inked(DIM, &column.heading);
        let mut text = self.line(heading);
        for row in 0..rows {
            text += &self.line(|column| column.cells[row].clone());
        }
        text
    }

    fn fit(&mut self, room: usize) {
        let total = |columns: &[TableColumn]| {
            let widths: usize = columns.iter().map(|column| column.width).sum();
            widths + GAP.len() * columns.len().saturating_sub(1)
        };
        let can_be_cut = |columns: &[TableColumn]| {
            let spare = |column: &TableColumn| column.width.saturating_sub(LEAST_NAME);
            columns.iter().filter(|column| column.is_flexible).map(spare).sum::<usize>()
        };
        while total(&self.columns) > room + can_be_cut(&self.columns) {
            let last = self.columns.iter().map(|column| column.gives_way).max().unwrap_or_default();
            if last == 0 {
                break;
            }
            self.columns.retain(|column| column.gives_way != last);
        }
        let excess = total(&self.columns).saturating_sub(room);
        for column in self.columns.iter_mut().filter(|column| column.is_flexible) {
            column.width =
                (column.width - excess.min(column.width)).max(LEAST_NAME.min(column.width));
            let width = column.width;
            for span in column.cells.iter_mut().flatten() {
                span.text = cut(&span.text, width);
            }
        }
    }

    fn line(&self, cell_of: impl Fn(&TableColumn) -> Vec<Span>) -> String {
        let mut line = String::new();
        let mut blanks = 0;
        for column in &self.columns {
            let cell = cell_of(column);
            let padding = column.width.saturating_sub(width(&cell));
            if column.align == Align::Right {
                blanks += padding;
            }
            for Span { ink, text } in cell.iter().filter(|span| !span.text.is_empty()) {
                // Blanks wait for text, so that no line ends in them.
                line += &" ".repeat(core::mem::take(&mut blanks));
                line += &format!("{ink}{text}{ink:#}");
            }
            if column.align == Align::Left {
                blanks += padding;
            }
            blanks += GAP.len();
        }
        line + "\n"
    }
}

fn width(cell: &[Span]) -> usize {
    cell.iter().map(Span::width).sum()
}

/// The start and the end of a text too wide: names of many columns differ at their ends.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.into();
    }
    let taken = |chars: &mut dyn Iterator<Item = char>, room: usize| -> Vec<char> {
        let mut used = 0;
        chars
            .take_while(|c| {
                used += c.width().unwrap_or_default();
                used <= room
            })
            .collect()
    };
    let room = width.saturating_sub(1);
    let end = taken(&mut text.chars().rev(), room / 3);
    let start = taken(&mut text.chars(), room - room / 3);
    start.into_iter().chain(['…']).chain(end.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_table(room: Option<usize>, expected: &str) {
        let mut table = Table::default();
        let names = ["age", "a_rather_long_name_of_a_column_2"];
        table.flexible_column("Column", names.into_iter().map(Span::plain));
        table.column("PSI", Align::Right, 0, ["1.5", "0"].into_iter().map(Span::plain));
        table.column("Bar", Align::Left, 1, ["##", ""].into_iter().map(Span::plain));
        let text = anstream::adapter::strip_str(&table.render(room)).to_string();
        assert_eq!(text, expected, "{room:?}");
    }

    #[test]
    fn a_table_is_cut_only_where_it_must_be() {
        check_table(
            None,
            "Column                            PSI  Bar\nage                               1.5  ##\n\
             a_rather_long_name_of_a_column_2    0\n",
        );
        check_table(
            Some(30),
            "Column                PSI  Bar\nage                   1.5  ##\na_rather_long…lumn_2    0\n",
        );
        check_table(
            Some(21),
            "Column            PSI\nage               1.5\na_rather_l…umn_2    0\n",
        );
        check_table(
            Some(5),
            "Column            PSI\nage               1.5\na_rather_l…umn_2    0\n",
        );
    }

    #[test]
    fn a_cut_name_is_as_wide_as_it_may_be() {
        for (text, width, expected) in
            [("abc", 3, "abc"), ("abcdefgh", 5, "abc…h"), ("一二三四五", 6, "一二…"), ("", 0, "")]
        {
            assert_eq!(cut(text, width), expected, "{text}");
        }
    }
}
