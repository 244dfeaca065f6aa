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
}
