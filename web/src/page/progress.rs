//! How far reading has come, and a way to stop it.

use driftline_charts::wording::{counted, printable};
use leptos::prelude::*;

use super::state::{focus, page};
use crate::view::{
    picks::size,
    session::{Loading, Phase},
};

#[component]
pub(super) fn Progress() -> impl IntoView {
    let page = page();
    let loading = Memo::new(move |_| {
        page.session.with(|session| match &session.phase {
            Phase::Loading(loading) => loading.clone(),
            _ => Loading::default(),
        })
    });
    let what = move || {
        loading.with(|loading| match loading.source.as_str() {
            "" => "Opening the files…".to_owned(),
            source => format!("Reading {}", printable(source)),
        })
    };
    let far = move || {
        loading.with(|loading| match loading.total_bytes {
            0 => String::new(),
            total => format!(
                "{} of {} · {}",
                size(loading.bytes),
                size(total),
                counted(loading.rows, "row")
            ),
        })
    };
    view! {
        <div class="progress">
            <div class="progress-text">
                <span class="what" id="progress-what"><bdi>{what}</bdi></span>
                <span class="far">{far}</span>
            </div>
            <progress
                max="100"
                aria-labelledby="progress-what"
                prop:value=move || loading.with(|loading| f64::from(loading.percent()))
            ></progress>
            <button
                type="button"
                disabled=move || loading.with(|loading| loading.cancelling)
                on:click=move |_| {
                    page.cancel();
                    focus("files-title");
                }
            >
                {move || if loading.with(|loading| loading.cancelling) { "Stopping…" } else { "Cancel" }}
            </button>
        </div>
    }
}

/// What a screen reader is told while the page works: in steps of a quarter, then the verdict.
#[component]
pub(super) fn Announcer() -> impl IntoView {
    let page = page();
    let said = Memo::new(move |_| {
        let reading = page.session.with(|session| match &session.phase {
            Phase::Loading(loading) => {
                Some(format!("Reading, {} percent", loading.percent() / 25 * 25))
            }
            _ => None,
        });
        reading.unwrap_or_else(|| page.reporting.with(|r| r.parts.sentence.clone()))
    });
    view! { <p class="unseen" role="status" aria-live="polite">{move || said.get()}</p> }
}
