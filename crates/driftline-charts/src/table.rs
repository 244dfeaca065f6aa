//! A chart's data in words and numbers.

use crate::escape::text;

/// A chart's data in words and numbers: a header and rows of as many cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What the table holds.
    pub caption: String,
    /// Names of the columns; the first names the rows.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// The table as an HTML element, everything in it escaped.
    pub fn to_html(&self) -> String {
        let mut html = format!("<table>\n<caption>{}</caption>\n<thead><tr>", text(&self.caption));
        for name in &self.header {
            html += &format!("<th scope=\"col\">{}</th>", text(name));
        }
        html += "</tr></thead>\n<tbody>\n";
        for row in &self.rows {
            html += "<tr>";
            for (i, cell) in row.iter().enumerate() {
                html += &match i {
                    0 => format!("<th scope=\"row\"><bdi>{}</bdi></th>", text(cell)),
                    _ => format!("<td>{}</td>", text(cell)),
                };
            }
            html += "</tr>\n";
        }
        html + "</tbody>\n</table>\n"
    }

    /// The table as CSV (RFC 4180): quoted where it must be, lines ending in CR LF. What a spreadsheet would take for a
    /// formula (a cell that begins with `=`, `+`, `-`, `@` or a tab and is no number) gets an apostrophe before it.
    ///
    /// ```
    /// use driftline_charts::Table;
    /// let row = ["=1+1", "-0.5", "a,b"].map(String::from).to_vec();
    /// let table = Table { header: vec![], rows: vec![row], ..Table::default() };
    /// assert_eq!(table.to_csv(), "\r\n'=1+1,-0.5,\"a,b\"\r\n");
    /// ```
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        for row in core::iter::once(&self.header).chain(&self.rows) {
            for (i, cell) in row.iter().enumerate() {
                if i > 0 {
                    csv.push(',');
                }
                let is_quoted = cell.contains([',', '"', '\n', '\r']);
                if is_quoted {
                    csv.push('"');
                }
                if is_formula(cell) {
                    csv.push('\'');
                }
                match is_quoted {
                    true => csv += &cell.replace('"', "\"\""),
                    false => csv += cell,
                }
                if is_quoted {
                    csv.push('"');
                }
            }
            csv += "\r\n";
        }
        csv
    }
}

/// Whether a spreadsheet could compute the cell instead of showing it.
fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && cell.parse::<f64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_quotes_what_would_break_it_and_disarms_what_would_be_computed() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("x,y", "\"x,y\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("-0.25", "-0.25"),
            ("−0.25", "−0.25"),
            ("1e-5", "1e-5"),
            ("a=b", "a=b"),
        ] {
            let table = Table { header: vec![cell.into()], ..Table::default() };
            assert_eq!(table.to_csv(), format!("{expected}\r\n"), "{cell:?}");
        }
    }
}
