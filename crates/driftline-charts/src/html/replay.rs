//! A replay as one HTML file: the sentence, the timeline, every alert and trigger, and what other thresholds would have
//! done.

use driftline_core::{policy::Policy, report::Report};

use super::{Head, alerts, gallery::Gallery, page, problems_of, titled};
use crate::wording::replay as words;

/// Width of the timeline in a file, in pixels.
pub(super) const TIMELINE_WIDTH: u32 = 960;

/// What the policy made of the report's windows, as one self-contained HTML file; the whole report where it has none.
pub fn replay(report: &Report, policy: &Policy) -> String {
    let Some(replay) = &report.replay() else { return super::report(report, Some(policy)) };
    let severity = alerts::worst(replay);
    // The heading has its sign already.
    let sentence = words::sentence(replay, report);
    let sentence = sentence.split_once(' ').map_or(sentence.as_str(), |(_, said)| said);
    let head = Head {
        what: "Driftline replay",
        title: "Replay",
        source: &report.current.source,
        severity,
        verdict: sentence,
        lead: &words::detail(replay, report, policy),
    };
    let mut main = problems_of(report.problems.iter());
    let history = alerts::history(report, replay, TIMELINE_WIDTH, &mut Gallery::of_a_file());
    main += &titled("timeline", "Timeline", &history);
    main += &titled("alerts", "Alerts and triggers", &{
        alerts::alerts(report, replay, policy) + &alerts::triggers(report, replay, policy)
    });
    if let Some(sweep) = &replay.note.sweep {
        main += &titled("sweep", "Thresholds", &alerts::thresholds(sweep, replay.note.mode));
    }
    page(&head, &main, "")
}
