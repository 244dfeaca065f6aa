//! A report or a replay as one HTML file, the same that the page saves; and the timeline as a picture.

use driftline_charts::{
    html::{self, Watched},
    timeline,
};
use driftline_core::{policy::Policy, replay::Replay, report::Report};

/// Width of the picture in pixels.
const WIDTH: u32 = 960;

/// The report, with what the shipped policy makes of its windows.
pub(crate) fn render(report: &Report) -> String {
    let policy = Policy::default();
    let replay = Replay::of_report(&policy, report);
    html::report(report, Some(Watched { replay: &replay, policy: &policy }))
}

pub(crate) fn render_replay(replay: &Replay, report: &Report, policy: &Policy) -> String {
    html::replay(replay, report, policy)
}

pub(crate) fn render_timeline(replay: &Replay, report: &Report) -> String {
    timeline::draw(replay, report, WIDTH).to_svg_file()
}
