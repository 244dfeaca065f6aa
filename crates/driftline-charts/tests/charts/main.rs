//! Pictures, the HTML report and the words, as fronts get them.

mod fixture;
mod over_time;
mod parts;
mod pictures;
mod report;
mod watched;
mod wording;
