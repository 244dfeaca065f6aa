//! The parts of the report that the reporter makes, as the HTML report shows them.

use driftline_wasm::message::reporting::Parts;
use leptos::prelude::*;

use super::state::{Page, focus, page};
use crate::view::reporting::Reporting;

/// Alerts, triggers and their timeline; or that they are not there, and why.
#[component]
pub(super) fn Alerts() -> impl IntoView {
    let page = page();
    let markup = markup(page, |parts| &parts.alerts);
    let failure = Memo::new(move |_| page.reporting.with(|reporting| reporting.failure.clone()));
    let is_awaited = Memo::new(move |_| page.reporting.with(|reporting| reporting.is_awaited()));
    view! {
        <section class="card part" id="alerts" aria-labelledby="alerts-title">
            <h2 id="alerts-title" tabindex="-1">"Alerts and triggers"</h2>
            <div aria-live="polite">
                {move || is_awaited.get().then(|| view! { <p class="note">"Working them out…"</p> })}
                {move || {
                    failure.get().map(|why| view! {
                        <p class="part-failure">
                            "What works out the report has stopped: "
                            <bdi>{why}</bdi>
                            ". What is shown stands. "
                            <button type="button" class="link" data-act="report">"Try again"</button>
                        </p>
                    })
                }}
            </div>
            <div class="markup" inner_html=move || markup.get()></div>
        </section>
    }
}

/// What is wrong with the files.
#[component]
pub(super) fn Problems() -> impl IntoView {
    view! { <Part id="problems" title="Worth knowing about these files" pick=|parts| &parts.problems /> }
}

/// What was not compared and why, and a way to include it.
#[component]
pub(super) fn LeftOut() -> impl IntoView {
    view! { <Part id="left-out" title="Not compared" pick=|parts| &parts.left_out /> }
}

/// Predictions, their quality, latency and errors, where the files have them.
#[component]
pub(super) fn Model() -> impl IntoView {
    view! { <Part id="model" title="Model and service" pick=|parts| &parts.model /> }
}

/// The windows of time or rows, where they were asked for; how to ask, where nothing was.
#[component]
pub(super) fn Windows() -> impl IntoView {
    let page = page();
    let is_plain = Memo::new(move |_| page.reporting.with(Reporting::is_plain));
    view! {
        <Part id="windows" title="Over time" pick=|parts| &parts.windows />
        <Show when=move || is_plain.get()>
            <p class="card hint-card">
                "When did it begin, and for whom? Compare window by window or segment by segment: "
                <button type="button" id="ask-windows" class="link" data-act="ask-windows">
                    "ask in the policy"
                </button>
                "."
            </p>
        </Show>
    }
}

/// Opens the policy at its windows.
pub(super) fn ask() {
    if let Some(policy) = document().get_element_by_id("policy") {
        let _ = policy.set_attribute("open", "");
        policy.scroll_into_view();
    }
    focus("policy-window");
}

/// The levels of some columns, where they were asked for.
#[component]
pub(super) fn Segments() -> impl IntoView {
    view! { <Part id="segments" title="By segment" pick=|parts| &parts.segments /> }
}

type Pick = fn(&Parts) -> &String;

/// A part's markup.
pub(super) fn markup(page: Page, pick: Pick) -> Memo<String> {
    Memo::new(move |_| page.reporting.with(|reporting| pick(&reporting.parts).clone()))
}

#[component]
fn Part(id: &'static str, title: &'static str, pick: Pick) -> impl IntoView {
    let markup = markup(page(), pick);
    let title_id = format!("{id}-title");
    let heading_id = title_id.clone();
    view! {
        <section
            class="card part"
            id=id
            aria-labelledby=title_id
            hidden=move || markup.with(String::is_empty)
        >
            <h2 id=heading_id>{title}</h2>
            <div class="markup" inner_html=move || markup.get()></div>
        </section>
    }
}
