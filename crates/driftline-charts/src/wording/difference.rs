//! The words about what two policies make of the same windows.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use driftline_core::{
    replay::{Change, Changed, Difference, Replay, Span, Subject},
    report::Report,
    trigger::Mode,
};

use super::{counted, replay as words};

/// All of it in one sentence.
pub fn sentence(difference: &Difference) -> String {
    if difference.is_none() {
        return "No difference: the same alerts, actions and stops.".into();
    }
    let mut tally: BTreeMap<(u8, Change), u64> = BTreeMap::new();
    for changed in &difference.changes {
        *tally.entry((order(&changed.what), changed.change())).or_default() += 1;
    }
    let mut said: Vec<String> = Vec::new();
    for kind in 0..NOUNS.len() as u8 {
        let of_kind: Vec<(Change, u64)> =
            tally.iter().filter(|((k, _), _)| *k == kind).map(|((_, c), n)| (*c, *n)).collect();
        let parts = of_kind.iter().enumerate().map(|(at, (change, n))| {
            let noun = if at == 0 { counted(*n, NOUNS[kind as usize]) } else { n.to_string() };
            format!("{noun} {}", word(*change))
        });
        let parts: Vec<String> = parts.collect();
        if !parts.is_empty() {
            said.push(parts.join(", "));
        }
    }
    said.join("; ") + "."
}

const NOUNS: [&str; 4] = ["alert", "telling", "action", "stop"];

fn order(what: &Subject) -> u8 {
    match what {
        Subject::Alert { .. } => 0,
        Subject::Told { .. } => 1,
        Subject::Action(_) => 2,
        Subject::Blocked(..) => 3,
    }
}

/// In what way something differs, in a word.
pub fn word(change: Change) -> &'static str {
    match change {
        Change::New => "new",
        Change::Gone => "gone",
        Change::Earlier => "earlier",
        Change::Later => "later",
        Change::Longer => "longer",
        Change::Shorter => "shorter",
    }
}

/// A sign beside the word.
pub fn icon(change: Change) -> &'static str {
    match change {
        Change::New => "+",
        Change::Gone => "−",
        Change::Earlier => "←",
        Change::Later => "→",
        Change::Longer => "↔",
        Change::Shorter => "⇥",
    }
}

/// The same, with by how much.
pub fn said(changed: &Changed) -> String {
    let word = word(changed.change());
    changed.apart().map_or_else(|| word.into(), |apart| format!("{word} by {apart}"))
}

/// What differs. `mode` is the one of the policy at hand.
pub fn subject(what: &Subject, mode: Mode) -> String {
    let name = |action: &driftline_core::trigger::Action| action.name().replace('_', "-");
    match what {
        Subject::Alert { name, .. } => name.clone(),
        Subject::Told { id } => format!("people told: {id}"),
        Subject::Action(action) => format!("{} {}", name(action), words::acted_word(mode)),
        Subject::Blocked(action, rail) => format!("{} stopped: {}", name(action), rail.words()),
    }
}

/// From when to when; nothing where it did not happen.
pub fn span(span: Option<Span>, replay: &Replay, report: &Report) -> String {
    let place = |moment: driftline_core::replay::Instant| {
        words::brief_place(replay, report, moment.at, moment.window)
    };
    match span {
        None => "–".into(),
        Some(Span { from, to: Some(to), .. }) if to == from => place(from),
        Some(Span { from, to: Some(to), .. }) => format!("{} to {}", place(from), place(to)),
        Some(Span { from, to: None, .. }) => format!("{}, to the end", place(from)),
    }
}
