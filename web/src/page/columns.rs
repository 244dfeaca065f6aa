//! The table of columns: sorted, filtered, and walked through by keyboard.

use driftline_charts::wording;
use driftline_core::verdict::Severity;
use leptos::prelude::*;

use super::{
    row::{DetailRow, Row},
    severity::SeverityMark,
    state::page,
};
use crate::view::table::{ROWS_A_PAGE, Rows, SortKey, severity_counts};

/// How many columns the table has; the details of one go across all of them.
pub(super) const TABLE_COLUMNS: u32 = 9;

#[component]
pub(super) fn Columns() -> impl IntoView {
    let page = page();
    let rows = Memo::new(move |_| {
        page.table.with(|view| {
            page.shown.with(|shown| {
                shown.as_ref().map_or(Rows { names: Vec::new(), found: 0, total: 0 }, |shown| {
                    view.rows(&shown.report)
                })
            })
        })
    });
    // One row is in the tab order; the arrows move from it.
    let reached = RwSignal::new(None::<String>);
    let roving = Memo::new(move |_| {
        rows.with(|rows| {
            reached.get().filter(|name| rows.names.contains(name)).or(rows.names.first().cloned())
        })
    });
    view! {
        <section class="card columns" aria-labelledby="columns-title">
            <div class="columns-head">
                <h2 id="columns-title">"Columns"</h2>
                <Filters />
            </div>
            <div class="table-place">
                <table role="table" aria-labelledby="columns-title">
                    <Head />
                    <tbody role="rowgroup">
                        <For
                            each=move || rows.get().names
                            key=Clone::clone
                            children=move |name| view! {
                                <Row name=name.clone() reached roving />
                                <DetailRow name />
                            }
                        />
                    </tbody>
                </table>
                {move || {
                    rows.with(|rows| rows.found == 0)
                        .then(|| view! { <p class="nothing">"No column fits these filters."</p> })
                }}
            </div>
            <div class="columns-foot">
                <p class="note" role="status">
                    {move || {
                        rows.with(|rows| match (rows.found == rows.total, rows.found) {
                            (true, found) => wording::counted(found as u64, "column"),
                            (false, found) => format!("{found} of {} columns", rows.total),
                        })
                    }}
                    <span class="keys">" · arrow keys move, Enter opens a column"</span>
                </p>
                <p class="note keyed">
                    "Shape: "
                    <i class="key-baseline"></i>
                    "baseline"
                    <i class="key-current"></i>
                    "current"
                </p>
                {move || {
                    let more = rows.with(|rows| rows.found.saturating_sub(rows.names.len()));
                    (more > 0).then(|| view! {
                        <button
                            type="button"
                            on:click=move |_| page.table.update(|view| view.limit += ROWS_A_PAGE)
                        >
                            {format!("Show {} more", more.min(ROWS_A_PAGE))}
                        </button>
                    })
                }}
            </div>
        </section>
    }
}

#[component]
fn Filters() -> impl IntoView {
    let page = page();
    let counts = Memo::new(move |_| {
        page.shown.with(|shown| {
            shown
                .as_ref()
                .map_or(Severity::ALL.map(|s| (s, 0)), |shown| severity_counts(&shown.report))
        })
    });
    let mut worst_first = Severity::ALL;
    worst_first.reverse();
    view! {
        <div class="filters">
            <div class="chips" role="group" aria-label="Show only">
                {worst_first
                    .map(|severity| {
                        let count = move || {
                            counts.with(|counts| {
                                counts.iter().find(|(s, _)| *s == severity).map_or(0, |(_, n)| *n)
                            })
                        };
                        let on = move || page.table.with(|view| view.severities.contains(&severity));
                        view! {
                            <button
                                type="button"
                                class="chip"
                                data-severity=severity.name()
                                aria-pressed=move || on().to_string()
                                disabled=move || count() == 0 && !on()
                                on:click=move |_| page.table.update(|view| view.toggle(severity))
                            >
                                <SeverityMark severity />
                                {wording::severity_word(severity)}
                                <span class="count">{count}</span>
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
            <label class="narrow-sort">
                <span>"Sort by"</span>
                <select on:change=move |event| {
                    let chosen = event_target_value(&event);
                    let key = SortKey::ALL.into_iter().find(|key| key.heading() == chosen);
                    if let Some(key) = key {
                        page.table.update(|view| view.sort_by(key));
                    }
                }>
                    {SortKey::ALL
                        .map(|key| view! {
                            <option
                                value=key.heading()
                                prop:selected=move || page.table.with(|view| view.key == key)
                            >
                                {key.heading()}
                            </option>
                        })
                        .collect_view()}
                </select>
            </label>
            <label class="search">
                <span class="unseen">"Filter by name"</span>
                <input
                    type="search"
                    id="filter"
                    placeholder="Filter by name"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || page.table.with(|view| view.filter.clone())
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        page.table.update(|view| view.filter = typed);
                    }
                />
            </label>
        </div>
    }
}

#[component]
fn Head() -> impl IntoView {
    let page = page();
    let heading = move |key: SortKey| {
        let number = matches!(key, SortKey::Kl | SortKey::Js | SortKey::Missing);
        view! {
            <th
                role="columnheader"
                scope="col"
                class:number=number
                data-key=key.heading()
                aria-sort=move || page.table.with(|view| view.aria_sort(key))
            >
                <button
                    type="button"
                    class="sort"
                    on:click=move |_| page.table.update(|view| view.sort_by(key))
                >
                    {key.heading()}
                    <svg class="arrow" viewBox="0 0 10 10" aria-hidden="true">
                        <path d="M5 1.5v7M2 5.5l3 3 3-3" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
                    </svg>
                </button>
            </th>
        }
    };
    view! {
        <thead role="rowgroup">
            <tr role="row">
                {[SortKey::Name, SortKey::Severity, SortKey::Psi].map(heading).collect_view()}
                <th role="columnheader" scope="col">
                    "Shape"
                </th>
                {[SortKey::Kl, SortKey::Js, SortKey::Missing, SortKey::Role, SortKey::Kind]
                    .map(heading)
                    .collect_view()}
            </tr>
        </thead>
    }
}
