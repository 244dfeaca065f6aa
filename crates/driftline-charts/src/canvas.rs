//! What charts over time are drawn with: marks straight onto a display list, without plotters' chart contexts, each of
//! which would be code of its own for every kind of mark.

use crate::{
    Anchor, DisplayList, Ink, Item, Mark, Pen, Point, Turn, UNITS_PER_PIXEL, advance,
    axis::{Axis, FONT},
    backend::px,
    scale::Values,
};

/// A picture in the making.
#[derive(Debug)]
pub(crate) struct Canvas {
    pub(crate) list: DisplayList,
}

impl Canvas {
    pub(crate) fn new(width: u32) -> Canvas {
        let width = width * UNITS_PER_PIXEL as u32;
        Canvas { list: DisplayList { width, height: 0, items: Vec::new() } }
    }

    /// The picture, this many units high.
    pub(crate) fn finish(mut self, height: i32) -> DisplayList {
        let units = UNITS_PER_PIXEL as u32;
        self.list.height = (height.max(0) as u32).div_ceil(units) * units;
        self.list
    }

    pub(crate) fn push(&mut self, mark: Mark, ink: Ink, opacity: f64, pen: Pen) {
        self.list.items.push(Item { mark, ink, opacity, pen });
    }

    pub(crate) fn fill(&mut self, mark: Mark, ink: Ink, opacity: f64) {
        self.push(mark, ink, opacity, Pen::Fill);
    }

    /// Joined lines, this many pixels wide.
    pub(crate) fn line(&mut self, points: Vec<Point>, ink: Ink, width: f64) {
        self.push(Mark::Path(points), ink, 1.0, Pen::Stroke(px(width) as u32));
    }

    pub(crate) fn text(&mut self, text: &str, at: Point, anchor: Anchor, ink: Ink) {
        let (text, size) = (text.to_string(), FONT as u32);
        self.fill(Mark::Text { text, at, anchor, size, turn: Turn::Upright }, ink, 1.0);
    }

    /// Joined lines in dashes: so many pixels drawn, so many left out.
    pub(crate) fn dashed(
        &mut self,
        points: Vec<Point>,
        (on, off): (f64, f64),
        ink: Ink,
        width: f64,
    ) {
        let pen = Pen::Dashed(px(width) as u32, px(on) as u32, px(off) as u32);
        self.push(Mark::Path(points), ink, 1.0, pen);
    }

    /// A small circle: filled, or hollow where something is not decided.
    pub(crate) fn dot(&mut self, centre: Point, radius: f64, ink: Ink, is_hollow: bool) {
        let circle = Mark::Circle { centre, radius: px(radius) as u32 };
        if is_hollow {
            self.fill(circle.clone(), Ink::Ground, 1.0);
            self.push(circle, ink, 1.0, Pen::Stroke(px(1.5) as u32));
        } else {
            self.fill(circle, ink, 1.0);
        }
    }

    /// The axis of time: lines between two heights, below all that was drawn since `since`, and what they are below them.
    /// Tells where that ends.
    pub(crate) fn time_axis(
        &mut self,
        axis: &Axis,
        (top, bottom): (i32, i32),
        since: usize,
    ) -> i32 {
        let mut lines = Vec::new();
        let mut free = i32::MIN;
        for (x, label) in axis.marks() {
            if !axis.is_named() {
                lines.push(Item {
                    mark: Mark::Path(vec![(x, top), (x, bottom)]),
                    ink: Ink::Grid,
                    opacity: 1.0,
                    pen: Pen::Stroke(px(1.0) as u32),
                });
            }
            // Fonts differ from the widths that were reckoned with by a tenth.
            let half = advance::width(&label, FONT as u32) as i32 * 11 / 20;
            let right = self.list.width as i32;
            let x = x.clamp(half.min(right / 2), (right - half).max(right / 2));
            if x - half >= free {
                self.text(&label, (x, bottom + px(14.0)), Anchor::Middle, Ink::Muted);
                free = x + half + px(4.0);
            }
        }
        self.list.items.splice(since..since, lines);
        bottom + px(18.0)
    }

    /// The scale of a plot's values: a line across for each mark, and the mark left of it.
    pub(crate) fn value_axis(
        &mut self,
        values: &Values,
        (left, right): (i32, i32),
        (top, bottom): (i32, i32),
        say: &dyn Fn(f64) -> String,
    ) {
        let marks: Vec<(i32, String)> =
            values.marks().map(|mark| (values.y(mark, top, bottom), say(mark))).collect();
        for (y, _) in &marks {
            self.line(vec![(left, *y), (right, *y)], Ink::Grid, 1.0);
        }
        for (y, said) in marks {
            self.text(&said, (left - px(6.0), y + px(4.0)), Anchor::End, Ink::Muted);
        }
    }

    /// A key: signs and what each means, from `y` on, in as many lines as it takes. Tells where it ends.
    pub(crate) fn key(&mut self, y: i32, entries: &[(&str, Sign<'_>)]) -> i32 {
        let width = self.list.width as i32;
        let (mut x, mut middle) = (px(2.0), y + px(9.0));
        if entries.is_empty() {
            return y;
        }
        for (name, sign) in entries {
            let text_at = px(24.0);
            let wide = text_at + advance::width(name, FONT as u32) as i32 + px(16.0);
            if x > px(2.0) && x + wide > width {
                (x, middle) = (px(2.0), middle + px(20.0));
            }
            sign(self, x, middle);
            self.text(name, (x + text_at, middle + px(4.0)), Anchor::Start, Ink::Muted);
            x += wide;
        }
        middle + px(12.0)
    }
}

/// Draws what a key explains, from a place on, around a height.
pub(crate) type Sign<'a> = &'a dyn Fn(&mut Canvas, i32, i32);

/// Moves heights apart until no two are nearer than `gap`, in their order, and keeps them between `top` and `bottom`.
pub(crate) fn spread(heights: &mut [i32], gap: i32, (top, bottom): (i32, i32)) {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by_key(|at| heights[*at]);
    let mut least = top;
    for at in &order {
        heights[*at] = heights[*at].max(least);
        least = heights[*at] + gap;
    }
    let mut most = bottom;
    for at in order.iter().rev() {
        heights[*at] = heights[*at].min(most);
        most = heights[*at] - gap;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_would_touch_are_moved_apart() {
        let mut heights = [10, 11, 95, 100];
        spread(&mut heights, 10, (0, 100));
        assert_eq!(heights, [10, 20, 90, 100]);
    }
}
