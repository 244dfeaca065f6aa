//! Two files bytes to a report, for JavaScript.
