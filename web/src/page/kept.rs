//! What is shared of a result and what the browser keeps: the words for it. What is done is done by `web/kept.js`, which
//! asks the page for what it needs; both talk by events on the document.

use driftline_wasm::message::reporting;
use js_sys::Reflect;
use leptos::{ev, prelude::*};
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit};

use super::state::{Mode, Page};
use crate::worker::Beside;

const MARKUP: &str = r#"<details>
<summary><h2 id="kept-title" tabindex="-1">Share and keep</h2> <span class="note">a finding without its data, results in this browser</span></summary>
<div class="kept-body">
<div class="of-result"><h3>Share the finding, not the data</h3>
<p class="note">Of the columns that drifted, or of the one that is open: names, verdicts, the edges of their cells, how many rows are in each, how many hold nothing and how many there were, and what is computed of these counts alone. No row, no file name, no other value. Whoever opens it sees the same charts of them. The part of a link after # is sent to no server, but whoever has the link can read it.</p>
<label class="pick"><input type="checkbox" id="share-levels"> With the names of levels</label>
<p class="note">A level is a value of your data, such as a town or a product. Without their names they are numbered.</p>
<p class="kept-acts"><button type="button" data-act="share-link">Copy a link</button> <button type="button" data-act="share-file">Save as a file</button></p>
<input type="text" id="share-link" aria-label="Link to the finding" readonly hidden>
</div>
<div class="of-result"><h3>Keep this result in this browser</h3>
<p class="note">The report is kept, and none of your files, until you delete it or clear the site’s data. Nothing is kept unless you ask.</p>
<p class="kept-acts"><button type="button" data-act="keep">Keep this result</button></p>
</div>
<div id="kept-some" hidden><h3>Kept in this browser</h3>
<ul id="kept-list"></ul>
<p class="kept-acts"><button type="button" data-act="kept-clear">Delete all</button></p>
</div>
<div><h3>Open a report or a finding</h3>
<p class="note">Drop the file that somebody saved anywhere on the page, or choose it. It is read here, like all others.</p>
<p class="kept-acts"><label class="button"><input type="file" accept=".json" id="open-report" class="unseen">Choose a report…</label></p>
</div>
<p id="kept-said" role="status" data-copied="The link is copied." data-copy="Copy the link above." data-long="Too much for a link: save it as a file." data-saved="Saved." data-kept="Kept in this browser." data-deleted="Deleted." data-failed="The browser refused:"></p>
</div>
</details>
<template id="kept-item"><li><span><bdi></bdi> <time></time></span> <button type="button" data-act="kept-open">Open</button> <button type="button" data-act="kept-delete">Delete</button></li></template>"#;

/// The card; what is about a result is shown where there is one.
#[component]
pub(super) fn Kept() -> impl IntoView {
    view! { <section class="card kept" id="kept" aria-labelledby="kept-title" inner_html=MARKUP></section> }
}

/// Said where a report was opened: there is no data to look at again.
#[component]
pub(super) fn Opened() -> impl IntoView {
    let page = super::state::page();
    let is_opened = Memo::new(move |_| page.is_opened());
    view! {
        <Show when=move || is_opened.get()>
            <p class="card hint-card opened">
                "Opened from a report: its data is not here, so nothing can be measured again. Choose two files to \
                 compare."
            </p>
        </Show>
    }
}

/// Gives what is asked for.
pub(super) fn listen(page: Page) {
    let _asked = window_event_listener(ev::Custom::new("driftline"), move |event: CustomEvent| {
        let detail = event.detail();
        let part = |name: &str| Reflect::get(&detail, &name.into()).unwrap_or(JsValue::UNDEFINED);
        let text = |name: &str| part(name).as_string().unwrap_or_default();
        match text("act").as_str() {
            "open" => page.open_report(&text("text")),
            "keep" => give("keep", &page.json()),
            "share" => {
                let open = page.open.get_untracked();
                let request = reporting::Request::Share {
                    columns: open.into_iter().collect(),
                    most: part("most").as_f64().unwrap_or(1.0) as u32,
                    levels: part("levels").is_truthy(),
                };
                page.ask_reporter(&request, Beside::Nothing);
            }
            _ => {}
        }
    });
}

/// Hands a text to `web/kept.js`.
pub(super) fn give(act: &str, text: &str) {
    let (init, detail) = (CustomEventInit::new(), js_sys::Object::new());
    for (name, value) in [("act", act), ("text", text)] {
        let _ = Reflect::set(&detail, &name.into(), &value.into());
    }
    init.set_detail(&detail);
    if let Ok(event) = CustomEvent::new_with_event_init_dict("driftline-given", &init) {
        let _ = document().dispatch_event(&event);
    }
}

impl Page {
    /// Shows a report that somebody made, in place of files.
    pub fn open_report(&self, text: &str) {
        if self.mode.get_untracked() != Mode::Files {
            self.turn_to(Mode::Files);
        }
        self.take(text);
    }
}
