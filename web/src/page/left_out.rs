//! What was not compared and why, and a way to include it.

use driftline_charts::wording::{left_out_why, printable};
use driftline_core::{
    report::{LeftOut as LeftOutColumn, LeftOutWhy},
    schema::Role,
};
use leptos::prelude::*;

use super::state::page;

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

/// What a column is for: a change compares again, without reading.
#[component]
fn RoleSelect(
    name: String,
    role: Signal<Option<Role>>,
    why: Signal<String>,
    tabindex: Signal<&'static str>,
) -> impl IntoView {
    let page = page();
    let label = format!("Role of {}", printable(&name));
    view! {
        <select
            aria-label=label
            title=move || format!("Role {}; a change compares again", why.get())
            tabindex=move || tabindex.get()
            disabled=move || page.is_live()
            on:change=move |event| {
                let role = Role::from_name(&event_target_value(&event));
                page.judge(|form| form.set_role(&name, role));
            }
        >
            {Role::ALL
                .map(|choice| view! {
                    <option value=choice.name() prop:selected=move || role.get() == Some(choice)>
                        {choice.name()}
                    </option>
                })
                .collect_view()}
        </select>
    }
}
