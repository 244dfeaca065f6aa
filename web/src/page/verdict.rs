//! The verdict in words, before any number, and what can be saved of it.

use leptos::prelude::*;

use super::{part::markup, state::page};

#[component]
pub(super) fn Verdict() -> impl IntoView {
    let page = page();
    let severity = markup(page, |parts| &parts.severity);
    let verdict = markup(page, |parts| &parts.verdict);
    let overview = markup(page, |parts| &parts.overview);
    let busy = move || page.session.with(|session| session.is_loading());
    view! {
        <section
            class="card verdict"
            aria-labelledby="verdict-title"
            data-severity=move || severity.get()
            class:stale=busy
        >
            <div class="verdict-found" inner_html=move || verdict.get()></div>
            <div class="downloads" role="group" aria-label="Save the report">
                <span>"Save as"</span>
                <button type="button" data-save="html" data-act="save-html">"HTML"</button>
                <button type="button" data-save="json" data-act="save-json">"JSON"</button>
                <button type="button" data-act="kept-show">"Share or keep…"</button>
            </div>
        </section>
        <section class="tiles" aria-label="At a glance" inner_html=move || overview.get()></section>
    }
}
