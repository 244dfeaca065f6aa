//! The verdict in words, before any number.

use driftline_charts::wording;
use driftline_core::{report::Report, verdict::Severity};
use leptos::prelude::*;

use super::{
    severity::SeverityMark,
    state::{focus, page},
};

#[component]
pub(super) fn Verdict() -> impl IntoView {
    let page = page();
    let of = move |say: fn(&Report) -> String| {
        page.shown.with(|shown| shown.as_ref().map(|shown| say(&shown.report)).unwrap_or_default())
    };
    let severity = Memo::new(move |_| {
        page.shown
            .with(|shown| shown.as_ref().map_or(Severity::Inconclusive, |s| s.report.severity))
    });
    let note = move || {
        page.shown.with(|shown| shown.as_ref().and_then(|s| wording::sample_size_note(&s.report)))
    };
    let swapped = Memo::new(move |_| {
        page.shown.with(|shown| {
            let problems = &shown.as_ref()?.report.problems;
            let said =
                problems.iter().find(|problem| problem.message.contains("may be swapped"))?;
            Some(said.message.clone())
        })
    });
    let busy = move || page.session.with(|session| session.is_loading());
    view! {
        <section
            class="card verdict"
            aria-labelledby="verdict-title"
            data-severity=move || severity.get().name()
            class:stale=busy
        >
            <div class="verdict-mark"><SeverityMark severity /></div>
            <div class="verdict-text">
                <h2 id="verdict-title" tabindex="-1">{move || of(wording::verdict_sentence)}</h2>
                <p>{move || of(wording::verdict_detail)}</p>
                {move || note().map(|note| view! { <p class="note">{note}</p> })}
                {move || {
                    swapped.get().map(|why| view! {
                        <p class="swapped">
                            <bdi>{capitalised(&wording::printable(&why))}"."</bdi>
                            <button
                                type="button"
                                on:click=move |_| {
                                    page.swap();
                                    focus("verdict-title");
                                }
                            >
                                "Swap them"
                            </button>
                        </p>
                    })
                }}
            </div>
            <div class="verdict-side">
                <ul class="tally" aria-label="Columns by severity">
                    {move || {
                        let counts = page
                            .shown
                            .with(|shown| shown.as_ref().map(|s| severity_counts(&s.report)));
                        counts
                            .into_iter()
                            .flatten()
                            .filter(|(_, n)| *n > 0)
                            .map(|(severity, n)| view! {
                                <li data-severity=severity.name()>
                                    <strong>{n}</strong>
                                    " "
                                    {wording::severity_word(severity)}
                                </li>
                            })
                            .collect_view()
                    }}
                </ul>
                <Downloads />
            </div>
        </section>
    }
}

#[component]
fn Downloads() -> impl IntoView {
    let page = page();
    view! {
        <div class="downloads" role="group" aria-label="Save the report">
            <span>"Save as"</span>
            <button type="button" data-save="html" on:click=move |_| page.save_html()>
                "HTML"
            </button>
            <button type="button" data-save="json" on:click=move |_| page.save_json()>
                "JSON"
            </button>
        </div>
    }
}

/// A message as a sentence.
fn capitalised(message: &str) -> String {
    let mut rest = message.chars();
    rest.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(rest).collect()
}

/// The severities, worst first, and how many columns have each.
fn severity_counts(report: &driftline_core::report::Report) -> [(Severity, usize); 5] {
    let mut worst_first = Severity::ALL;
    worst_first.reverse();
    worst_first.map(|severity| {
        (severity, report.columns.iter().filter(|column| column.severity == severity).count())
    })
}
