//! The page's elements: one component a file, each reading the signals it shows.

#![expect(
    unreachable_pub,
    reason = "the component macro makes every component and its properties public"
)]

mod act;
mod chart;
mod columns;
mod download;
mod drop;
mod failure;
mod files;
mod fragment;
mod header;
mod kept;
mod live;
mod part;
mod place;
mod policy;
mod progress;
mod samples;
mod stage;
mod state;
mod theme;
mod verdict;
mod welcome;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use self::state::{Mode, Page};
use crate::server;

/// Puts the page in place of what `index.html` shows while it is fetched.
pub fn mount() {
    std::panic::set_hook(Box::new(|panic| {
        leptos::logging::error!("{panic}");
        // Nothing can be drawn any more; the stylesheet shows a notice that is there from the beginning.
        if let Some(body) = document().body() {
            let _ = body.set_attribute("data-broken", "");
        }
    }));
    let place = document().get_element_by_id("page").and_then(|place| place.dyn_into().ok());
    if let Some(place) = place {
        let place: web_sys::HtmlElement = place;
        place.set_inner_html("");
        mount_to(place, App).forget();
    }
}

#[component]
fn App() -> impl IntoView {
    let page = Page::new();
    provide_context(page);
    drop::listen(page);
    columns::listen();
    chart::listen(page);
    kept::listen(page);
    fragment::keep(page);
    let has_result = Memo::new(move |_| page.shown.with(Option::is_some));
    let mode = move || match page.mode.get() {
        Mode::Files => "files",
        Mode::Live => "live",
        Mode::Replay => "replay",
    };
    // What is not about the mode is there and not shown: the style says what.
    view! {
        <header::Header />
        <main
            id="main"
            data-mode=mode
            data-history=move || if page.about_server.get() { "server" } else { "files" }
            on:click=move |event| act::clicked(page, &event)
            on:change=move |event| act::changed(page, &event)
            on:input=move |event| policy::typed(page, &event)
        >
            <progress::Announcer />
            {server::is_there().then(|| view! { <live::LiveBar /> })}
            <files::Files />
            <failure::FailureCard />
            <kept::Opened />
            <Show when=move || has_result.get() fallback=welcome::Welcome>
                <verdict::Verdict />
                <part::Alerts />
                <part::Problems />
                <policy::Policy />
                <policy::Replay />
                <columns::Columns />
                <part::Model />
                <part::Windows />
                <part::Segments />
                <part::LeftOut />
            </Show>
            <kept::Kept />
        </main>
        <header::Footer />
        <chart::Pointer />
    }
}
