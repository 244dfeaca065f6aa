//! What went wrong, where, and what to do next.

use driftline_charts::wording::printable;
use leptos::prelude::*;

use super::state::{focus, page};

#[component]
pub(super) fn FailureCard() -> impl IntoView {
    let page = page();
    let failure = Memo::new(move |_| page.session.with(|session| session.failure.clone()));
    view! {
        <div class="failure-place" role="alert">
            {move || {
                failure.get().map(|failure| view! {
                    <section class="card failure" aria-labelledby="failure-title">
                        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                            <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5zM8 4.5v4.2M8 11.2v.1" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
                        </svg>
                        <div>
                            <h2 id="failure-title">{failure.title.clone()}</h2>
                            {(!failure.place.is_empty()).then(|| view! {
                                <p class="place"><bdi>{printable(&failure.place).into_owned()}</bdi></p>
                            })}
                            <p class="message"><bdi>{printable(&failure.message).into_owned()}</bdi></p>
                            <p class="advice">{failure.advice}</p>
                            {failure.can_retry.then(|| view! {
                                <button type="button" data-act="report">"Try again"</button>
                            })}
                        </div>
                        <button
                            type="button"
                            class="quiet"
                            on:click=move |_| {
                                page.session.update(|session| session.failure = None);
                                focus("files-title");
                            }
                        >
                            "Dismiss"
                        </button>
                    </section>
                })
            }}
        </div>
    }
}
