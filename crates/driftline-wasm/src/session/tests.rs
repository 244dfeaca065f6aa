//! The order of things, checked without a browser.
