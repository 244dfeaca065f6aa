//! What was not compared and why, and a way to include it.

use driftline_charts::wording::{left_out_why, printable};
use driftline_core::report::{LeftOut as LeftOutColumn, LeftOutWhy};
use leptos::prelude::*;

use super::{row::RoleSelect, state::page};

#[component]
pub(super) fn LeftOut() -> impl IntoView {
    let page = page();
    let left_out = Memo::new(move |_| {
        page.shown
            .with(|shown| shown.as_ref().map(|s| s.report.left_out.clone()).unwrap_or_default())
    });
    view! {
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
