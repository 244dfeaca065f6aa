//! A report or a replay as one HTML file, the same that the page saves; and the timeline as a picture.

use driftline_charts::{html, timeline};
use driftline_core::{policy::Policy, replay::Replay, report::Report};

/// Width of the picture in pixels.
const WIDTH: u32 = 960;

pub(crate) fn render(report: &Report, policy: &Policy) -> String {
    html::report(report, Some(policy))
}

pub(crate) fn render_replay(report: &Report, policy: &Policy) -> String {
    html::replay(report, policy)
}

pub(crate) fn render_timeline(replay: &Replay, report: &Report) -> String {
    timeline::draw(replay, report, WIDTH).to_svg_file()
}
