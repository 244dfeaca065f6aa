//! One column's row: the verdict, its numbers, and what the column is.

use driftline_charts::{
    interval, spark,
    wording::{printable, role_from, significant},
};
use driftline_core::{
    measure::Outcome,
    report::ColumnReport,
    schema::{Kind, Role},
    verdict::Severity,
};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

use super::{
    columns::TABLE_COLUMNS,
    detail::Detail,
    severity::SeverityBadge,
    state::{Page, page},
};
use crate::view::column::missing;

/// Which row details belong to, as an id: names may hold anything.
pub(super) fn detail_id(page: Page, name: &str) -> String {
    let position = page.shown.with_untracked(|shown| {
        shown.as_ref().and_then(|s| s.report.columns.iter().position(|c| c.name == name))
    });
    format!("detail-{}", position.unwrap_or(0))
}

#[component]
pub(super) fn Row(
    name: String,
    reached: RwSignal<Option<String>>,
    roving: Memo<Option<String>>,
) -> impl IntoView {
    let page = page();
    let name = StoredValue::new(name);
    let column = Memo::new(move |_| name.with_value(|name| page.column(name)));
    let is_open = Memo::new(move |_| {
        page.open.with(|open| name.with_value(|name| open.as_deref() == Some(name)))
    });
    let in_tab_order = Memo::new(move |_| {
        roving.with(|roving| name.with_value(|name| roving.as_deref() == Some(name)))
    });
    let tabindex = move || if in_tab_order.get() { "0" } else { "-1" };
    let toggle = move || {
        let open = (!is_open.get_untracked()).then(|| name.get_value());
        page.open.set(open);
        reached.set(Some(name.get_value()));
    };
    let severity = Memo::new(move |_| {
        column.with(|column| column.as_ref().map_or(Severity::Inconclusive, |c| c.severity))
    });
    let of = move |say: fn(&ColumnReport) -> String| {
        column.with(|column| column.as_ref().map(|column| say(column)).unwrap_or_default())
    };
    let strip = move || {
        let ladder = page
            .shown
            .with(|shown| shown.as_ref().map(|s| s.report.spec.thresholds))
            .unwrap_or_default();
        column.with(|c| c.as_ref().map(|c| interval::draw(c, &ladder).to_svg()).unwrap_or_default())
    };
    let lost = move || {
        page.shown.with(|shown| {
            column.with(|column| Some(missing(column.as_ref()?, &shown.as_ref()?.report)))
        })
    };
    let shown_name = name.with_value(|name| printable(name).into_owned());
    view! {
        <tr
            role="row"
            class="row"
            class:open=move || is_open.get()
            data-severity=move || severity.get().name()
            on:click=move |event: MouseEvent| {
                if !is_on_control(&event) {
                    toggle();
                }
            }
        >
            <th role="rowheader" scope="row" class="cell-name">
                <button
                    type="button"
                    class="name"
                    data-row
                    tabindex=tabindex
                    aria-expanded=move || is_open.get().to_string()
                    aria-controls=move || is_open.get().then(|| name.with_value(|name| detail_id(page, name)))
                    on:click=move |_| toggle()
                    on:focus=move |_| reached.set(Some(name.get_value()))
                    on:keydown=walk
                >
                    <svg class="chevron" viewBox="0 0 10 10" aria-hidden="true">
                        <path d="m3.5 2 3 3-3 3" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
                    </svg>
                    <bdi>{shown_name.clone()}</bdi>
                </button>
            </th>
            <td role="cell" class="cell-severity"><SeverityBadge severity /></td>
            <td role="cell" class="cell-psi">
                <span class="value">{move || of(|c| value(c.measures.psi.as_ref()))}</span>
                <span class="strip" inner_html=strip></span>
            </td>
            <td role="cell" class="cell-shape">
                <span class="spark" inner_html=move || of(|column| spark::draw(column).to_svg())></span>
            </td>
            <td role="cell" class="number" data-label="KL">{move || of(|c| value(c.measures.kl.as_ref()))}</td>
            <td role="cell" class="number" data-label="JS">{move || of(|c| value(c.measures.js.as_ref()))}</td>
            <td role="cell" class="number" data-label="Missing">
                {move || {
                    lost().map(|(baseline, current)| match current {
                        None => view! { <span class="dim">{baseline}</span> }.into_any(),
                        Some(current) => view! {
                            <span class="change">
                                <span class="dim">{baseline}" → "</span>
                                {current}
                            </span>
                        }
                        .into_any(),
                    })
                }}
            </td>
            <td role="cell" class="cell-role">
                <RoleSelect
                    name=name.get_value()
                    role=Signal::derive(move || column.with(|c| c.as_ref().map(|c| c.role)))
                    why=Signal::derive(move || of(|c| role_from(c.role_from).into()))
                    tabindex=Signal::derive(tabindex)
                />
            </td>
            <td role="cell" class="cell-kind">
                <select
                    aria-label=format!("Kind of {shown_name}")
                    title="A change reads the files again"
                    tabindex=tabindex
                    disabled=move || page.is_live()
                    on:change=move |event| {
                        let kind = match event_target_value(&event).as_str() {
                            "numeric" => Kind::Numeric,
                            _ => Kind::Categorical,
                        };
                        name.with_value(|name| page.set_column(name, "kind", kind.name().into()));
                    }
                >
                    {[Kind::Numeric, Kind::Categorical]
                        .map(|kind| view! {
                            <option
                                value=kind.name()
                                prop:selected=move || column.with(|c| c.as_ref().is_some_and(|c| c.kind == kind))
                            >
                                {kind.name()}
                            </option>
                        })
                        .collect_view()}
                </select>
            </td>
        </tr>
    }
}

/// Under a row, its column's details while they are open.
#[component]
pub(super) fn DetailRow(name: String) -> impl IntoView {
    let page = page();
    let name = StoredValue::new(name);
    let is_open = Memo::new(move |_| {
        page.open.with(|open| name.with_value(|name| open.as_deref() == Some(name)))
    });
    view! {
        <Show when=move || is_open.get()>
            <tr role="row" class="detail-row">
                <td role="cell" colspan=TABLE_COLUMNS.to_string()>
                    <Detail name=name.get_value() />
                </td>
            </tr>
        </Show>
    }
}

/// What a column is for: a change compares again, without reading.
#[component]
pub(super) fn RoleSelect(
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
                page.set_column(&name, "role", event_target_value(&event));
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

fn value<O: Outcome>(outcome: Option<&O>) -> String {
    outcome.map_or_else(|| "–".into(), |outcome| significant(outcome.value()))
}

/// Whether a click was meant for something in the row that has a use of its own.
fn is_on_control(event: &MouseEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest("button, select, a, label, input").ok().flatten())
        .is_some()
}

/// Arrow keys, Home and End move between the rows.
fn walk(event: KeyboardEvent) {
    let Ok(rows) = document().query_selector_all("button[data-row]") else { return };
    let Some(here) = event.current_target() else { return };
    let last = rows.length().saturating_sub(1);
    let at = (0..=last).find(|i| rows.get(*i).is_some_and(|row| *row == here)).unwrap_or(0);
    let to = match event.key().as_str() {
        "ArrowDown" => (at + 1).min(last),
        "ArrowUp" => at.saturating_sub(1),
        "Home" => 0,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    if let Some(row) = rows.get(to).and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
        let _ = row.focus();
    }
}
