//! What was not compared and why, and what went wrong without stopping the comparison.

use driftline_charts::wording::{left_out_why, printable};
use driftline_core::report::{LeftOut as LeftOutColumn, LeftOutWhy, Problem};
use leptos::prelude::*;

use super::{row::RoleSelect, state::page};

/// So many problems are listed; the report file has them all.
const PROBLEMS_LISTED: usize = 50;

#[component]
pub(super) fn LeftOut() -> impl IntoView {
    let page = page();
    let left_out = Memo::new(move |_| {
        page.shown
            .with(|shown| shown.as_ref().map(|s| s.report.left_out.clone()).unwrap_or_default())
    });
    let problems = Memo::new(move |_| {
        page.shown
            .with(|shown| shown.as_ref().map(|s| s.report.problems.clone()).unwrap_or_default())
    });
    view! {
        {move || {
            problems.with(|problems| (!problems.is_empty()).then(|| problem_list(problems)))
        }}
        {move || {
            left_out.with(|columns| {
                (!columns.is_empty()).then(|| view! {
                    <section class="card left-out" aria-labelledby="left-out-title">
                        <h2 id="left-out-title">"Not compared"</h2>
                        <ul>
                            {columns.iter().map(|column| view! { <Line column=column.clone() /> }).collect_view()}
                        </ul>
                    </section>
                })
            })
        }}
    }
}

/// A column that was left out: giving it a role that is compared includes it.
#[component]
fn Line(column: LeftOutColumn) -> impl IntoView {
    let page = page();
    let LeftOutColumn { name, why, .. } = column;
    let can_be_included = why != LeftOutWhy::NotInBaseline;
    let shown_name = printable(&name).into_owned();
    let known = StoredValue::new(name.clone());
    let role = Signal::derive(move || {
        known.with_value(|name| {
            page.policy.with(|form| form.role(name)).or_else(|| {
                page.shown.with(|shown| {
                    shown.as_ref()?.fields.iter().find(|f| f.name == *name).map(|field| field.role)
                })
            })
        })
    });
    view! {
        <li>
            <span class="left-out-name"><bdi>{shown_name}</bdi></span>
            <span class="note">{left_out_why(why)}</span>
            {can_be_included.then(|| view! {
                <RoleSelect
                    name=name
                    role
                    why=Signal::derive(|| "decides whether it is compared".to_owned())
                    tabindex=Signal::derive(|| "0")
                />
            })}
        </li>
    }
}

fn problem_list(problems: &[Problem]) -> impl IntoView + use<> {
    let more = problems.len().saturating_sub(PROBLEMS_LISTED);
    let items = problems
        .iter()
        .take(PROBLEMS_LISTED)
        .map(|problem| {
            let place = printable(&problem.place).into_owned();
            let message = printable(&problem.message).into_owned();
            view! { <li><bdi class="place">{place}</bdi> <bdi>{message}</bdi></li> }
        })
        .collect_view();
    view! {
        <section class="card problems" aria-labelledby="problems-title">
            <h2 id="problems-title">"Worth knowing about these files"</h2>
            <ul>{items}</ul>
            {(more > 0).then(|| view! { <p class="note">{more}" more are in the saved report."</p> })}
        </section>
    }
}
