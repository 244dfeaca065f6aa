//! The page's address holds how it is looked at: read when the page opens or the address changes, written a little after
//! something was changed. Only `replaceState`: going back leaves the page, as people expect of one page.

use core::time::Duration;

use leptos::{ev, leptos_dom::helpers::TimeoutHandle, prelude::*};
use wasm_bindgen::JsValue;

use super::{
    live::RANGES,
    samples::{SAMPLES, try_sample},
    state::{Mode, Page},
};
use crate::{
    server,
    view::fragment::{Fragment, Key},
};

/// While somebody types, the address waits.
const PAUSE: Duration = Duration::from_millis(300);

/// Reads the address now and whenever somebody changes it, and keeps it true.
pub(super) fn keep(page: Page) {
    // How a result is to be looked at, until there is one.
    let wanted = StoredValue::new(Fragment::default());
    let look = move |fragment: &Fragment| {
        page.columns.view.set(fragment.view());
        let column = fragment.get(Key::Column);
        // One that the report does not have is closed again by the reporter's answer.
        page.open.set((!column.is_empty()).then(|| column.to_owned()));
    };
    let read = move || {
        let fragment = Fragment::read(&window().location().hash().unwrap_or_default());
        apply(page, &fragment);
        match page.shown.with_untracked(Option::is_some) {
            true => look(&fragment),
            false => wanted.set_value(fragment),
        }
    };
    read();
    let _changed = window_event_listener(ev::hashchange, move |_| read());
    Effect::new(move |_| {
        if page.shown.with(Option::is_some)
            && let Some(fragment) = wanted.try_update_value(core::mem::take)
            && fragment != Fragment::default()
        {
            look(&fragment);
        }
    });
    let pending = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move |_| {
        let text = current(page).write();
        pending.update_value(|pending| {
            if let Some(pending) = pending.take() {
                pending.clear();
            }
            // Not before what the address asked for has been seen.
            let is_awaited = wanted.with_value(|wanted| *wanted != Fragment::default());
            if !is_awaited || page.shown.with_untracked(Option::is_some) {
                *pending = set_timeout_with_handle(move || write(&text), PAUSE).ok();
            }
        });
    });
}

const MODES: [(Mode, &str); 3] =
    [(Mode::Files, "files"), (Mode::Live, "live"), (Mode::Replay, "replay")];

/// What a page shows first.
fn first() -> Mode {
    if server::is_there() { Mode::Live } else { Mode::Files }
}

/// How the page is looked at. Never what it is about, but for samples, which everybody has.
fn current(page: Page) -> Fragment {
    let mut fragment = Fragment::default();
    let mode = page.mode.get();
    // The first that a page shows needs no word.
    if mode != first() {
        let (_, word) = MODES.into_iter().find(|(known, _)| *known == mode).unwrap_or(MODES[0]);
        fragment.set(Key::Mode, word);
    }
    if page.about_server.get() {
        page.live.with(|live| {
            fragment.set(Key::Model, live.model.as_str());
            fragment.set(Key::Range, if live.range == 0 { "" } else { RANGES[live.range].0 });
        });
    } else {
        fragment.set(Key::Sample, page.sample.get().unwrap_or_default());
        page.edited.with(|edited| {
            if edited.is_changed {
                fragment.set(Key::Policy, edited.toml.as_str());
            }
        });
    }
    fragment.set(Key::Column, page.open.get().unwrap_or_default());
    page.columns.view.with(|view| fragment.set_view(view));
    if page.is_opened() {
        let now = Fragment::read(&window().location().hash().unwrap_or_default());
        fragment.set(Key::Finding, now.get(Key::Finding));
    }
    fragment
}

fn apply(page: Page, fragment: &Fragment) {
    let mode = MODES.into_iter().find(|(_, word)| *word == fragment.get(Key::Mode));
    let mode = mode.map_or(page.mode.get_untracked(), |(mode, _)| mode);
    if mode != page.mode.get_untracked() && (mode != Mode::Live || server::is_there()) {
        page.turn_to(mode);
    }
    let (model, range) = (fragment.get(Key::Model), fragment.get(Key::Range));
    let range = RANGES.iter().position(|(name, _)| *name == range);
    if page.is_told() && (!model.is_empty() || range.is_some()) {
        let model = model.to_owned();
        page.follow(move |line| {
            line.range = range.unwrap_or(0);
            if !model.is_empty() {
                line.model = model;
            }
        });
    }
    let policy = fragment.get(Key::Policy);
    if !policy.is_empty() && !page.is_told() {
        page.edit_as(policy);
    }
    let sample = SAMPLES.iter().find(|(folder, ..)| *folder == fragment.get(Key::Sample));
    if let Some((folder, name, _)) = sample
        && page.sample.get_untracked() != Some(folder)
    {
        try_sample(page, folder, name);
    }
}

fn write(text: &str) {
    let address = window().location();
    let before = address.hash().unwrap_or_default();
    if before.trim_start_matches('#') == text {
        return;
    }
    // A bare `#` would scroll to the top in some browsers.
    let address = match text {
        "" => {
            let (path, query) = (address.pathname(), address.search());
            path.unwrap_or_default() + &query.unwrap_or_default()
        }
        text => format!("#{text}"),
    };
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}
