//! Parts of a Report as pictures, tables and words.
//!
//! A chart is a pure function from part of a [`Report`](driftline_core::report::Report) to a [`Chart`]: a picture as a
//! [`DisplayList`], and the same data as a [`Table`]. plotters lays the picture out through a backend of our own that
//! records marks instead of painting them and measures text by a table of widths instead of a font. So a page, a
//! worker, a server and the command line get the same picture to the last byte, and no DOM is asked for anything.
//!
//! ```text
//! histogram · cumulative · spark · interval       one column   ┐
//! series · percentiles · heatmap · mix · timeline  over windows ┴→  Chart { picture, table, marks }  →  svg  →  html::report
//! ```
//!
//! Charts over windows are drawn in a [`Frame`]; those that share one line up. What a chart says at a place is found by
//! [`Chart::nearest`] and [`Chart::step`].
//!
//! What people read in more than one place (numbers, severities, the verdict in a sentence) is in [`wording`].

extern crate alloc;

mod advance;
mod axis;
mod backend;
mod canvas;
mod cells;
mod chart;
pub mod cumulative;
mod display;
pub mod escape;
mod frame;
pub mod heatmap;
pub mod histogram;
pub mod html;
mod ink;
pub mod interval;
pub mod marks;
pub mod mix;
pub mod percentiles;
mod scale;
pub mod series;
pub mod spark;
mod svg;
mod table;
pub mod threshold;
pub mod timeline;
pub mod windows;
pub mod wording;

pub use chart::Chart;
pub use display::{Anchor, DisplayList, Item, Mark, Pen, Point, Turn, UNITS_PER_PIXEL};
pub use frame::{Frame, LEAST_WIDTH};
pub use ink::Ink;
pub use table::Table;
