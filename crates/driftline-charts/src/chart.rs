//! A picture with its name and its data.

use crate::{
    DisplayList, Table,
    marks::{Direction, Hit, Marks},
    svg,
};

/// A picture with its name and its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What the picture shows, in a few words.
    pub title: String,
    /// What is to be seen in it, in a sentence; empty where the title says it all.
    pub description: String,
    /// The picture.
    pub picture: DisplayList,
    /// The same data in words and numbers, for those who cannot see the picture and those who want to copy it.
    pub table: Table,
    /// The places that have something to tell.
    pub marks: Marks,
}

impl Chart {
    /// The place nearest to a point of the picture, in pixels: what a crosshair and a tooltip are for.
    pub fn nearest(&self, x: f64, y: f64) -> Option<Hit> {
        self.marks.nearest(x, y)
    }

    /// The place one step from another, named by its line and its stop: what arrow keys are for.
    pub fn step(&self, from: (usize, usize), direction: Direction) -> Option<Hit> {
        self.marks.step(from, direction)
    }

    /// The picture as an `<svg>` element for a page. Each colour is a custom property with the light scheme's colour
    /// as its fallback (`var(--drift-baseline, #0072b2)`), so the page's stylesheet decides on dark and forced colours.
    pub fn to_svg(&self) -> String {
        svg::element(self, svg::Home::Page)
    }

    /// The same for a page that says what it shows elsewhere and whose stylesheet sets every colour.
    pub(crate) fn to_styled_svg(&self) -> String {
        svg::element(self, svg::Home::Styled)
    }

    /// The picture as an SVG file: its own colours on its own ground, understood by every viewer.
    pub fn to_svg_file(&self) -> String {
        svg::element(self, svg::Home::File)
    }

    /// The same on a dark ground.
    pub fn to_dark_svg_file(&self) -> String {
        svg::element(self, svg::Home::DarkFile)
    }
}
