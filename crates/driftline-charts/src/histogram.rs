//! One column's cells: both sides' shares, and under them what each cell adds to the PSI.

use driftline_core::report::ColumnReport;

use crate::{Chart, backend::record, cells, wording};

/// The column's cells in a picture `width` pixels wide.
pub fn draw(column: &ColumnReport, width: u32) -> Chart {
    Chart {
        title: format!("Histogram of {}", wording::printable(&column.name)),
        description: column.explanation.clone(),
        picture: record(width, 320, |_| Ok(())),
        table: cells::table(column),
    }
}
