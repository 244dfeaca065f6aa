//! What a table is read from, and what is said about what is none.
