//! A severity as a shape and a word: never colour alone.

use driftline_core::verdict::Severity;
use leptos::prelude::*;

#[component]
pub(super) fn SeverityMark(#[prop(into)] severity: Signal<Severity>) -> impl IntoView {
    view! {
        <svg class="severity-mark" viewBox="0 0 16 16" aria-hidden="true">
            {move || match severity.get() {
                Severity::None => stroked("M3.2 8.6 6.6 12l6.2-7.6"),
                Severity::Moderate => stroked("M8 2.8 14 13H2z"),
                Severity::Significant => filled("M8 2 14.7 13.6H1.3z"),
                Severity::Critical => filled("M8 1 15 8l-7 7-7-7z"),
                Severity::Inconclusive => {
                    stroked("M5.4 5.9a2.6 2.6 0 1 1 4.3 2C8.6 8.7 8 9.2 8 10.3M8 13.1v.1")
                }
            }}
        </svg>
    }
}

fn stroked(d: &'static str) -> AnyView {
    view! {
        <path d=d fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round" />
    }
    .into_any()
}

fn filled(d: &'static str) -> AnyView {
    view! { <path d=d fill="currentColor" /> }.into_any()
}
