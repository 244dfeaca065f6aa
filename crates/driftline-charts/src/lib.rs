//! Parts of a Report as pictures, tables and words.
//!
//! A chart is a pure function from part of a [`Report`](driftline_core::report::Report) to a [`Chart`]: a picture as a
//! [`DisplayList`], and the same data as a [`Table`]. plotters lays the picture out through a backend of our own that
//! records marks instead of painting them and measures text by a table of widths instead of a font. So a page, a
//! worker, a server and the command line get the same picture to the last byte, and no DOM is asked for anything.
//!
//! ```text
//! histogram · spark · interval  →  Chart { picture: DisplayList, table: Table }  →  svg  →  html::report
//! ```
//!
//! What people read in more than one place (numbers, severities, the verdict in a sentence) is in [`wording`].

extern crate alloc;

mod advance;
mod backend;
mod cells;
mod chart;
mod display;
mod escape;
pub mod histogram;
pub mod html;
mod ink;
pub mod interval;
mod scale;
pub mod spark;
mod svg;
mod table;
pub mod timeline;
pub mod wording;

pub use chart::Chart;
pub use display::{Anchor, DisplayList, Item, Mark, Pen, Point, Turn, UNITS_PER_PIXEL};
pub use ink::Ink;
pub use table::Table;
