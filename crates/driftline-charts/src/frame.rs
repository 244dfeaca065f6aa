//! Where plots lie that share one axis of time, so that charts stand on top of one another and line up.

use crate::{advance, axis::FONT, backend::px};

/// The least width of a picture over time, in pixels.
pub const LEAST_WIDTH: u32 = 240;
/// And the most.
const MOST_WIDTH: u32 = 4096;
/// Below this many pixels names stand above their rows instead of beside them.
const NARROW: u32 = 520;
/// Room for the numbers of an axis.
const NUMBERS: u32 = 54;

/// Where the plot of a picture lies, in pixels. Charts that are drawn in the same frame line up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Width of the picture.
    pub width: u32,
    /// Room left of the plot, for names and numbers.
    pub left: u32,
    /// Room right of it, for labels at the ends of lines.
    pub right: u32,
}

impl Frame {
    /// A frame with room for numbers alone.
    pub fn new(width: u32) -> Frame {
        Frame::beside([], width)
    }

    /// A frame with room for these names beside their rows; where the picture is narrow they stand above them.
    pub fn beside<'a>(names: impl IntoIterator<Item = &'a str>, width: u32) -> Frame {
        let width = width.clamp(LEAST_WIDTH, MOST_WIDTH);
        if width < NARROW {
            return Frame { width, left: NUMBERS, right: 32 };
        }
        let widest = names.into_iter().map(|name| advance::width(name, FONT as u32)).max();
        let units = crate::UNITS_PER_PIXEL as u32;
        let left = (widest.unwrap_or(0) / units + 16).clamp(NUMBERS, width * 3 / 10);
        Frame { width, left, right: 92 }
    }

    /// Whether names stand beside their rows.
    pub(crate) fn is_wide(self) -> bool {
        self.width >= NARROW
    }

    /// From where to where the plot goes, in units.
    pub(crate) fn plot(self) -> (i32, i32) {
        let left = px(f64::from(self.left.min(MOST_WIDTH)));
        let right = px(f64::from(self.width.clamp(LEAST_WIDTH, MOST_WIDTH)))
            - px(f64::from(self.right.min(MOST_WIDTH)));
        (left, right.max(left + px(40.0)))
    }
}
