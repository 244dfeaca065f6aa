//! What a picture is made of, before anything paints it.

use crate::Ink;

/// Coordinates are whole quarters of a pixel, so that their rounding cannot be seen.
pub const UNITS_PER_PIXEL: i32 = 4;

/// A place in the picture, in units from its top left.
pub type Point = (i32, i32);

/// A picture as a list of marks; later ones lie over earlier ones.
#[derive(Clone, Debug, PartialEq)]
pub struct DisplayList {
    /// Width in units.
    pub width: u32,
    /// Height in units.
    pub height: u32,
    /// The marks.
    pub items: Vec<Item>,
}

/// One mark and what it is drawn with.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its shape and place.
    pub mark: Mark,
    /// Its colour, by what it stands for.
    pub ink: Ink,
    /// From 0 (not there) to 1.
    pub opacity: f64,
    /// Filled, or outlined.
    pub pen: Pen,
}

/// Filled, or outlined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pen {
    /// The whole area.
    Fill,
    /// A line of this width, in units.
    Stroke(u32),
    /// A broken line: its width, how long its dashes are and how long the gaps between them, in units.
    Dashed(u32, u32, u32),
}

/// A shape and its place.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// An upright rectangle, by its top left and its bottom right.
    Rect(Point, Point),
    /// Joined lines; of two points, a line.
    Path(Vec<Point>),
    /// A closed area.
    Polygon(Vec<Point>),
    /// A circle.
    Circle {
        /// Its centre.
        centre: Point,
        /// Its radius in units.
        radius: u32,
    },
    /// One line of text.
    Text {
        /// What it says, as it came: players escape it.
        text: String,
        /// A point on its baseline.
        at: Point,
        /// Which point of the baseline `at` is.
        anchor: Anchor,
        /// Font size in units.
        size: u32,
        /// Which way it reads.
        turn: Turn,
    },
}

/// Which point of a text's baseline stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Where it begins.
    Start,
    /// Half way.
    Middle,
    /// Where it ends.
    End,
}

/// Which way a text reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// As usual.
    Upright,
    /// From the bottom up.
    Upwards,
}
