//! The static page: two files in, a verdict out, and nothing leaves the browser.
