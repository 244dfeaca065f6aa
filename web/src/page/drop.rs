//! Files dropped on a place, or anywhere on the page.

use leptos::{ev, prelude::*};
use web_sys::{DragEvent, File};

use super::state::Page;
use crate::view::{
    failure::Failure,
    picks::{self, Slot},
};

/// Takes what is dropped anywhere; without this the browser would leave the page to show the file.
pub(super) fn listen(page: Page) {
    let mark = |dragging: bool| {
        if let Some(body) = document().body() {
            let _ = body.toggle_attribute_with_force("data-dragging", dragging);
        }
    };
    let _over = window_event_listener(ev::dragover, move |event| {
        event.prevent_default();
        mark(true);
    });
    let _left = window_event_listener(ev::dragleave, move |event: DragEvent| {
        // Between elements of the page there is another target.
        if event.related_target().is_none() {
            mark(false);
        }
    });
    let _dropped = window_event_listener(ev::drop, move |event: DragEvent| {
        mark(false);
        if !event.default_prevented() {
            dropped(page, &event, None);
        }
    });
}

/// Takes the dropped files: one goes to the place it was dropped on, several go where their names say.
pub(super) fn dropped(page: Page, event: &DragEvent, on: Option<Slot>) {
    event.prevent_default();
    if let Some(folder) = folder(event) {
        return page.fail(Failure::here(
            "A folder cannot be compared",
            &folder,
            "expected a file, found a folder".into(),
            "Open the folder and drop the files that are in it.",
        ));
    }
    let mut files = files(event);
    picks::sort(&mut files, File::name);
    let names: Vec<String> = files.iter().map(File::name).collect();
    let filled =
        page.files.with_untracked(|files| [files.baseline.is_some(), !files.current.is_empty()]);
    let mut places = picks::places(&names, filled);
    if let (Some(slot), [only]) = (on, places.as_mut_slice()) {
        *only = slot;
    }
    let mut places = places.into_iter();
    let (baseline, current): (Vec<File>, Vec<File>) =
        files.into_iter().partition(|_| places.next() == Some(Slot::Baseline));
    page.choose(baseline.into_iter().next(), current);
}

fn files(event: &DragEvent) -> Vec<File> {
    let list = event.data_transfer().and_then(|data| data.files());
    list.map_or_else(Vec::new, |list| (0..list.length()).filter_map(|i| list.get(i)).collect())
}

/// The first dropped thing that is a folder: read as a file it would fail without a word why.
fn folder(event: &DragEvent) -> Option<String> {
    let items = event.data_transfer()?.items();
    (0..items.length())
        .filter_map(|i| items.get(i)?.webkit_get_as_entry().ok()?)
        .find(|entry| entry.is_directory())
        .map(|entry| entry.name())
}
