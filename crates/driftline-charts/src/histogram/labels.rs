//! The names of the cells under their bars: whole where there is room, on two lines, upwards, cut or thinned where not,
//! and never on top of one another.

use core::ops::Range;

use plotters::style::{
    FontTransform,
    text_anchor::{HPos, VPos},
};

use super::{Area, FONT, GAP, label};
use crate::{
    Ink, advance,
    backend::{DrawError, px},
    cells::Cell,
    wording,
};

/// Upright labels have at most two lines of this height.
const LINE: i32 = px(14.0);
/// Cells with less room than this have labels that read upwards.
const LEAST_UPRIGHT: i32 = px(52.0);
/// Labels that read upwards are cut at this length.
const LONGEST: i32 = px(96.0);
/// Between the axis and the labels.
const ABOVE: i32 = px(6.0);
/// What parts the two ends of a numeric cell, in the core's labels.
const TO: &str = " – ";

/// The labels of a row of cells.
#[derive(Debug, PartialEq)]
pub(super) struct Labels {
    texts: Vec<Vec<String>>,
    upwards: bool,
    /// Only every so many cells have a label.
    every: usize,
}

impl Labels {
    /// Labels for these cells, side by side on `width` units.
    pub(super) fn new(cells: &[Cell<'_>], numeric: bool, width: i32) -> Labels {
        let room = width / cells.len().max(1) as i32;
        let wide = |text: &str| advance::width(text, FONT as u32) as i32 + GAP;
        let whole = || cells.iter().map(|cell| wording::printable(cell.label).into_owned());
        let widest = |texts: &[Vec<String>]| {
            texts.iter().flatten().map(|line| wide(line)).max().unwrap_or(0)
        };
        let one_line: Vec<Vec<String>> = whole().map(|text| vec![text]).collect();
        if widest(&one_line) <= room {
            return Labels { texts: one_line, upwards: false, every: 1 };
        }
        if numeric {
            let texts: Vec<Vec<String>> = whole().map(|text| two_lines(&text)).collect();
            let every = (widest(&texts) as usize).div_ceil(room.max(1) as usize).max(1);
            return Labels { texts, upwards: false, every };
        }
        if room >= LEAST_UPRIGHT {
            let fitted = |text: String| {
                let cut = |line: &str| advance::fit(line, FONT as u32, (room - GAP) as u32);
                two_words(&text, room - GAP).iter().map(|line| cut(line)).collect()
            };
            return Labels { texts: whole().map(fitted).collect(), upwards: false, every: 1 };
        }
        let cut = |text: String| vec![advance::fit(&text, FONT as u32, LONGEST as u32)];
        let every = (LINE as usize).div_ceil(room.max(1) as usize).max(1);
        Labels { texts: whole().map(cut).collect(), upwards: true, every }
    }

    /// How much room they take under the axis.
    pub(super) fn height(&self) -> i32 {
        let longest = if self.upwards {
            self.texts
                .iter()
                .flatten()
                .map(|text| advance::width(text, FONT as u32) as i32)
                .max()
                .unwrap_or(0)
        } else {
            self.texts.iter().map(Vec::len).max().unwrap_or(1) as i32 * LINE
        };
        ABOVE + longest + px(2.0)
    }

    /// Draws them under an axis that spans `across` at height `axis`.
    pub(super) fn draw(
        &self,
        root: &Area<'_>,
        across: Range<i32>,
        axis: i32,
    ) -> Result<(), DrawError> {
        let cells = self.texts.len() as i64;
        let width = i64::from(across.end - across.start);
        for (i, lines) in self.texts.iter().enumerate().step_by(self.every) {
            let middle = across.start + (width * (2 * i as i64 + 1) / (2 * cells)) as i32;
            if self.upwards {
                let style = label(Ink::Muted, HPos::Right, VPos::Center)
                    .transform(FontTransform::Rotate270);
                root.draw_text(&lines[0], &style, (middle, axis + ABOVE))?;
                continue;
            }
            for (line, text) in lines.iter().enumerate() {
                let style = label(Ink::Muted, HPos::Center, VPos::Top);
                // The first and the last may be wider than their cells: they are kept inside the picture.
                let half = advance::width(text, FONT as u32) as i32 / 2;
                let (left, right) = (half, across.end + GAP - half);
                let x = middle.clamp(left.min(right), right.max(left));
                root.draw_text(text, &style, (x, axis + ABOVE + line as i32 * LINE))?;
            }
        }
        Ok(())
    }
}

/// `12 – 15` on two lines.
fn two_lines(text: &str) -> Vec<String> {
    match text.split_once(TO) {
        Some((lower, upper)) => vec![format!("{lower} –"), upper.into()],
        None => vec![text.into()],
    }
}

/// `restaurants and bars` on two lines, as many words as fit on the first.
fn two_words(text: &str, room: i32) -> Vec<String> {
    let fits = |line: &str| advance::width(line, FONT as u32) as i32 <= room;
    let breaks = text.match_indices(' ').map(|(at, _)| at).take_while(|at| fits(&text[..*at]));
    match breaks.last() {
        Some(at) if !fits(text) => vec![text[..at].into(), text[at + 1..].into()],
        _ => vec![text.into()],
    }
}
