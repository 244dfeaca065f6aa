//! What helps against trouble with a file.

/// What each kind of trouble needs, by a word in its message. The first that fits is said.
const ADVICE: [(&[&str], &str); 7] = [
    (
        &["quote", "quoted"],
        "Open the file at that row: a quotation mark opens there and is never closed. Close or double it, then choose \
         the file again.",
    ),
    (
        &["utf-8", "utf8", "encoding"],
        "Save the file as UTF-8 text (in a spreadsheet: “CSV UTF-8”), then choose it again.",
    ),
    (
        &["nul", "binary", "parquet", "arrow", "gzip", "zip", "spreadsheet", "xlsx"],
        "Export the data as CSV or TSV text, then choose that file.",
    ),
    (
        &["empty", "no rows", "no bytes", "header"],
        "Check that the export has a line of column names and rows under it, then choose the file again.",
    ),
    (&["column"], "Compare the header lines of both files: they must share their column names."),
    (
        &["permission", "could not be read", "not found", "notreadable", "changed"],
        "The file may have moved or changed since you chose it. Choose it again.",
    ),
    (
        &["memory"],
        "Close other tabs, or use the command line for a file of this size: driftline compare.",
    ),
];

/// What helps against trouble with a file, where its message tells.
pub fn remedy(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    ADVICE
        .iter()
        .find(|(words, _)| words.iter().any(|word| message.contains(word)))
        .map(|(_, advice)| *advice)
}
