//! What of the report the page shows just now, and what it asks about that: rows, a column, a place of a chart.

use core::ops::Range;

use driftline_charts::html::{gallery::Gallery, windows};
use driftline_core::report::Report;

use crate::message::reporting::{Request, Response};

use super::{Answer, columns::Order, pictures};

/// What the page shows of a report.
#[derive(Debug)]
pub(super) struct Showing {
    /// The charts that were drawn.
    pub(super) gallery: Gallery,
    /// The table's order.
    order: Order,
    /// The windows that are looked at by themselves.
    zoom: Option<Range<usize>>,
}

impl Default for Showing {
    fn default() -> Showing {
        Showing { gallery: Gallery::of_a_page(), order: Order::default(), zoom: None }
    }
}

impl Showing {
    /// The report is another: nothing of what was shown holds. The windows that are looked at stay as long as there are as
    /// many.
    pub(super) fn renew(&mut self, is_new: bool) {
        self.gallery = Gallery::of_a_page();
        self.order.forget();
        if is_new {
            self.zoom = None;
        }
    }

    /// The part about the windows: all of them, or those that are looked at.
    pub(super) fn windows(&mut self, report: &mut Report, width: u32) -> String {
        match self.zoom.clone().filter(|zoom| zoom.end <= report.windows.len()) {
            Some(zoom) => windows::part(report, zoom, width, &mut self.gallery),
            None => windows::section(report, width, &mut self.gallery),
        }
    }

    /// Answers what is asked about a report that is shown; `None` to what is not about that.
    pub(super) fn handle(&mut self, request: Request, report: &mut Report) -> Option<Answer> {
        Some(match request {
            Request::Rows { view, from, to, is_fixed } => {
                self.order.rows(report, &view, (from, to), is_fixed)
            }
            Request::Column { name, view, width, is_fixed } => {
                let zoom = self.zoom.clone().unwrap_or(0..report.windows.len());
                let Showing { gallery, order, .. } = self;
                windows::within(report, zoom, |report| {
                    order.column(report, gallery, (name, &view), (width, is_fixed))
                })
            }
            Request::Point { chart, x, y } => {
                let found = self.gallery.chart(&chart);
                let spot = found.and_then(|found| pictures::nearest(found, (x, y)));
                (Response::Spot { chart, spot }, None)
            }
            Request::Step { chart, from, step } => {
                let found = self.gallery.chart(&chart);
                let spot = found.and_then(|found| pictures::step(found, from, step));
                (Response::Spot { chart, spot }, None)
            }
            Request::Chart { chart, format, is_dark } => match self.gallery.chart(&chart) {
                Some(found) => pictures::saved(chart, found, format, is_dark),
                // It has gone since it was drawn; whoever asked draws another.
                None => (Response::Chart { chart, format, name: String::new() }, None),
            },
            Request::Zoom { between, width } => {
                self.zoom = match between {
                    Some((chart, a, b)) => match self.range(&chart, (a, b)) {
                        Some(range) => Some(range),
                        // Nothing was marked: all stays as it is.
                        None => self.zoom.clone(),
                    },
                    None => None,
                };
                let is_part = self.zoom.is_some();
                let markup = self.windows(report, width);
                (Response::Windows { is_part }, Some(markup))
            }
            _ => return None,
        })
    }

    /// The windows between two places of a chart whose stops are windows.
    fn range(&self, chart: &str, between: (i32, i32)) -> Option<Range<usize>> {
        let stops = pictures::between(self.gallery.chart(chart)?, between)?;
        let first = self.zoom.as_ref().map_or(0, |zoom| zoom.start);
        Some(first + stops.start..first + stops.end)
    }
}

#[cfg(test)]
mod tests;
