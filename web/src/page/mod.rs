//! The page's elements: one component a file, each reading the signals it shows.

#![expect(
    unreachable_pub,
    reason = "the component macro makes every component and its properties public"
)]

mod columns;
mod detail;
mod download;
mod drop;
mod failure;
mod files;
mod header;
mod left_out;
mod live;
mod part;
mod policy;
mod problems;
mod progress;
mod row;
mod samples;
mod severity;
mod state;
mod theme;
mod verdict;
mod welcome;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use self::state::{Mode, Page};

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
    let has_result = Memo::new(move |_| page.shown.with(Option::is_some));
    let is_live = Memo::new(move |_| page.mode.get() == Mode::Live);
    // Erased types, here and there: what a tree's type holds is compiled for each place that it is in.
    view! {
        <header::Header />
        <main id="main">
            <progress::Announcer />
            {move || if is_live.get() { live::LiveBar().into_any() } else { files::Files().into_any() }}
            <failure::FailureCard />
            {move || match (has_result.get(), is_live.get()) {
                (true, is_live) => result(is_live),
                (false, false) => welcome::Welcome().into_any(),
                (false, true) => ().into_any(),
            }}
        </main>
        <header::Footer />
    }
}

/// A result, whatever it is of.
fn result(is_live: bool) -> AnyView {
    let parts = [
        verdict::Verdict().into_any(),
        part::Alerts().into_any(),
        problems::Problems().into_any(),
        if is_live { ().into_any() } else { policy::Policy().into_any() },
        columns::Columns().into_any(),
        part::Model().into_any(),
        part::Windows().into_any(),
        part::Segments().into_any(),
        left_out::LeftOut().into_any(),
    ];
    parts.into_iter().collect_view().into_any()
}
