//! Measures: conformance of every row of the table, and published numbers.
