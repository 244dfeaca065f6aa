//! What is wrong with the files without stopping the comparison: where, what, and what to do about it.

use driftline_charts::wording::{counted, printable};
use driftline_core::report::Problem;
use leptos::prelude::*;

use super::state::page;
use crate::view::failure::remedy;

/// So many problems are in sight; the others are unfolded.
const IN_SIGHT: usize = 3;

/// So many are listed at all; the saved report has every one.
const LISTED: usize = 200;

#[component]
pub(super) fn Problems() -> impl IntoView {
    let page = page();
    let problems = Memo::new(move |_| {
        page.shown
            .with(|shown| shown.as_ref().map(|s| s.report.problems.clone()).unwrap_or_default())
    });
    move || problems.with(|problems| (!problems.is_empty()).then(|| card(problems)))
}

fn card(problems: &[Problem]) -> impl IntoView + use<> {
    let (in_sight, rest) = problems.split_at(problems.len().min(IN_SIGHT));
    let advice = problems.iter().find_map(|problem| remedy(&problem.message));
    let unlisted = rest.len().saturating_sub(LISTED);
    view! {
        <section class="card problems" aria-labelledby="problems-title">
            <h2 id="problems-title">
                <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                    <path d="M8 1.8 15 14H1zM8 6.2v3.6M8 11.8v.1" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
                </svg>
                "Worth knowing about these files"
            </h2>
            <ul>{lines(in_sight)}</ul>
            {(!rest.is_empty()).then(|| view! {
                <details>
                    <summary>"Show "{counted(rest.len() as u64, "more note")}</summary>
                    <ul>{lines(&rest[..rest.len() - unlisted])}</ul>
                    {(unlisted > 0).then(|| view! { <p class="note">{unlisted}" more are in the saved report."</p> })}
                </details>
            })}
            {advice.map(|advice| view! { <p class="advice">{advice}</p> })}
        </section>
    }
}

fn lines(problems: &[Problem]) -> impl IntoView + use<> {
    problems
        .iter()
        .map(|problem| {
            let place = printable(&problem.place).into_owned();
            let message = printable(&problem.message).into_owned();
            view! { <li><bdi class="place">{place}</bdi>" "<bdi>{message}</bdi></li> }
        })
        .collect_view()
}
