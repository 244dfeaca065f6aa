//! plotters' drawing backend that records instead of painting.

use core::convert::Infallible;

use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontTransform,
    text_anchor::{HPos, VPos},
};

use crate::{
    Ink, advance,
    display::{Anchor, DisplayList, Item, Mark, Pen, Turn, UNITS_PER_PIXEL},
};

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// What drawing through [`Recorder`] can fail with: nothing.
pub(crate) type DrawError = plotters::drawing::DrawingAreaErrorKind<Infallible>;

/// Pixels as units, for sizes and widths.
pub(crate) const fn px(pixels: f64) -> i32 {
    (pixels * UNITS_PER_PIXEL as f64) as i32
}

/// Records what plotters draws.
#[derive(Debug)]
pub(crate) struct Recorder<'a> {
    list: &'a mut DisplayList,
}

/// The picture that `draw` draws, `width` × `height` pixels.
pub(crate) fn record(
    width: u32,
    height: u32,
    draw: impl FnOnce(Recorder<'_>) -> Result<(), DrawError>,
) -> DisplayList {
    let units = UNITS_PER_PIXEL as u32;
    let mut list = DisplayList { width: width * units, height: height * units, items: Vec::new() };
    draw(Recorder { list: &mut list }).expect("recording into memory cannot fail");
    list
}

impl Recorder<'_> {
    fn push(&mut self, mark: Mark, color: BackendColor, pen: Pen) {
        // plotters also draws what it was told not to show, as transparent.
        if color.alpha > 0.0 && pen != Pen::Stroke(0) {
            let ink = Ink::from_rgb(color.rgb);
            self.list.items.push(Item { mark, ink, opacity: color.alpha, pen });
        }
    }
}

impl DrawingBackend for Recorder<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        (self.list.width, self.list.height)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.push(Mark::Rect((x, y), (x + 1, y + 1)), color, Pen::Fill);
        Ok(())
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.push(Mark::Path(vec![from, to]), style.color(), Pen::Stroke(style.stroke_width()));
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let pen = if fill { Pen::Fill } else { Pen::Stroke(style.stroke_width()) };
        let mark = Mark::Rect((x0.min(x1), y0.min(y1)), (x0.max(x1), y0.max(y1)));
        self.push(mark, style.color(), pen);
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let points = path.into_iter().collect();
        self.push(Mark::Path(points), style.color(), Pen::Stroke(style.stroke_width()));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        centre: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let pen = if fill { Pen::Fill } else { Pen::Stroke(style.stroke_width()) };
        self.push(Mark::Circle { centre, radius }, style.color(), pen);
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.push(Mark::Polygon(corners.into_iter().collect()), style.color(), Pen::Fill);
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &S,
        (x, y): BackendCoord,
    ) -> Drawn {
        let size = style.size().max(0.0);
        let anchor = style.anchor();
        // Where the baseline lies below the anchor, in the usual sans-serif.
        let below = match anchor.v_pos {
            VPos::Top => 0.8,
            VPos::Center => 0.35,
            VPos::Bottom => -0.2,
        } * size;
        // The charts here read upright or upwards; "below" an upwards text is to its right.
        let (turn, at) = match style.transform() {
            FontTransform::Rotate270 => (Turn::Upwards, (x + below as i32, y)),
            _ => (Turn::Upright, (x, y + below as i32)),
        };
        let anchor = match anchor.h_pos {
            HPos::Left => Anchor::Start,
            HPos::Center => Anchor::Middle,
            HPos::Right => Anchor::End,
        };
        let mark = Mark::Text { text: text.into(), at, anchor, size: size as u32, turn };
        self.push(mark, style.color(), Pen::Fill);
        Ok(())
    }

    // The default asks the font, which in a browser asks the page: a reflow for each label, a style attribute that
    // a strict policy refuses, and a panic in a worker.
    fn estimate_text_size<S: BackendTextStyle>(
        &self,
        text: &str,
        style: &S,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let size = style.size().max(0.0) as u32;
        Ok((advance::width(text, size), size))
    }

    fn blit_bitmap(&mut self, _: BackendCoord, _: (u32, u32), _: &[u8]) -> Drawn {
        // No chart here holds a bitmap.
        Ok(())
    }
}
