//! The formats, one row each. Where the bytes allow several, the file's extension decides, else the first row.

use alloc::boxed::Box;

use super::{Format, csv, json, ndjson};

/// Every format this crate reads.
pub const TABLE: &[Format] = &[
    Format {
        name: "CSV",
        extensions: &["csv", "txt"],
        media_type: "text/csv",
        recognise: csv::recognise,
        open: |source, options| Box::new(csv::CsvReader::new(source, options.clone())),
    },
    Format {
        name: "TSV",
        extensions: &["tsv", "tab"],
        media_type: "text/tab-separated-values",
        recognise: csv::recognise,
        open: |source, options| Box::new(csv::CsvReader::tsv(source, options.clone())),
    },
    Format {
        name: "NDJSON",
        extensions: &["ndjson", "jsonl"],
        media_type: "application/x-ndjson",
        recognise: ndjson::recognise,
        open: |source, options| Box::new(ndjson::open(source, options.clone())),
    },
    Format {
        name: "JSON",
        extensions: &["json"],
        media_type: "application/json",
        recognise: json::recognise,
        open: |source, options| Box::new(json::JsonReader::new(source, options.clone())),
    },
];
