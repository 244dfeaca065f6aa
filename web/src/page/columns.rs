//! The table of columns: as long as it may be, only the rows in sight are there. A row opens the column's page.

use driftline_core::verdict::Severity;
use driftline_wasm::message::{
    reporting::Request,
    shown::{Opened, Rows, SortKey, View},
};
use leptos::{html::Div, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlSelectElement, KeyboardEvent};

use super::{
    stage::{self, Place, about, act},
    state::{Page, page},
};
use crate::{
    view::listing::{Listing, Sight, walked},
    worker::Beside,
};

/// Height of a row before one is there.
const ROW: f64 = 48.0;

/// What is known of the table. Copied freely: it is a handful of keys.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Which columns it shows, and in which order.
    pub view: RwSignal<View>,
    /// The rows that are there.
    listing: RwSignal<Listing>,
    /// The column whose page is open, and its markup.
    opened: RwSignal<Option<(Opened, String)>>,
    /// The row that the keyboard is at.
    at: StoredValue<usize>,
    /// Whether that row is to have the focus once it is there.
    is_going: StoredValue<bool>,
    /// Whether rows were asked for that are not there yet, and whether others are wanted since.
    asked: StoredValue<(bool, bool)>,
    /// Where the table was scrolled to before a column was opened.
    left_at: StoredValue<i32>,
    scroller: NodeRef<Div>,
}

impl Table {
    /// The table before there is one.
    pub fn new() -> Table {
        Table {
            view: RwSignal::new(View::default()),
            listing: RwSignal::new(Listing::default()),
            opened: RwSignal::new(None),
            at: StoredValue::new(0),
            is_going: StoredValue::new(false),
            asked: StoredValue::new((false, false)),
            left_at: StoredValue::new(0),
            scroller: NodeRef::new(),
        }
    }

    fn sight(self) -> Sight {
        let Some(scroller) = self.scroller.get_untracked() else {
            return Sight { top: 0.0, height: 600.0, heads: 0.0, row: ROW };
        };
        let high = |selector: &str| {
            let element = scroller.query_selector(selector).ok().flatten();
            element.map(|element| element.get_bounding_client_rect().height())
        };
        Sight {
            top: f64::from(scroller.scroll_top()),
            height: f64::from(scroller.client_height()),
            heads: high(".heads").unwrap_or(0.0),
            row: high(".row").filter(|high| *high > 1.0).unwrap_or(ROW),
        }
    }
}

impl Page {
    /// Asks for the rows in sight, unless they are there. While an answer is awaited nothing more is asked for.
    fn look_at_rows(self, anew: bool) {
        let table = self.columns;
        let wanted = table.sight();
        let is_there = |listing: &Listing| listing.holds(wanted.rows());
        if !anew && table.listing.with_untracked(is_there) {
            return;
        }
        if let (true, _) = table.asked.get_value() {
            return table.asked.set_value((true, true));
        }
        table.asked.set_value((true, false));
        let (from, to) = wanted.wanted();
        let view = table.view.get_untracked();
        let request = Request::Rows { view, from, to, is_fixed: untrack(|| self.is_live()) };
        self.ask_reporter(&request, Beside::Nothing);
    }

    /// The result or the view is another: the rows, and the column's page, are asked for again.
    pub(super) fn look_at_columns(self) {
        self.look_at_rows(true);
        self.look_at_column();
    }

    /// Asks for the open column's page.
    pub(super) fn look_at_column(self) {
        let Some(name) = self.open.get_untracked() else { return };
        let request = Request::Column {
            name,
            view: self.columns.view.get_untracked(),
            width: untrack(|| self.chart_width()),
            is_fixed: untrack(|| self.is_live()),
        };
        self.ask_reporter(&request, Beside::Nothing);
    }

    /// Rows have come.
    pub(super) fn rows_came(self, rows: Rows, markup: &str) {
        let table = self.columns;
        let (_, is_wanted) = table.asked.get_value();
        table.asked.set_value((false, false));
        table.listing.set(Listing { rows, markup: markup.into() });
        if is_wanted {
            self.look_at_rows(true);
        }
    }

    /// A column's page has come; without markup there is no such column.
    pub(super) fn column_came(self, opened: Opened, markup: &str) {
        if self.open.with_untracked(|open| open.as_ref() != Some(&opened.name)) {
            return;
        }
        match markup.is_empty() {
            true => self.open.set(None),
            false => {
                if let Some(row) = opened.row {
                    self.columns.at.set_value(row);
                }
                self.columns.opened.set(Some((opened, markup.into())));
            }
        }
    }

    /// The reporter has gone: nobody waits for its answers any more.
    pub(super) fn rows_are_lost(self) {
        let _ = self.columns.asked.try_set_value((false, false));
    }

    /// Opens the page of the column in a row.
    fn open_row(self, row: usize) {
        let table = self.columns;
        let name = table.listing.with_untracked(|listing| listing.name(row).cloned());
        if let Some(scroller) = table.scroller.get_untracked() {
            table.left_at.set_value(scroller.scroll_top());
        }
        table.at.set_value(row);
        self.open.set(name);
    }

    /// Goes to a row by keyboard.
    fn go_to(self, row: usize) {
        let table = self.columns;
        table.at.set_value(row);
        table.is_going.set_value(true);
        let sight = table.sight();
        if let Some(scroller) = table.scroller.get_untracked() {
            scroller.set_scroll_top(sight.scrolled_to(row) as i32);
            if table.listing.with_untracked(|listing| listing.name(row).is_some()) {
                self.mark_row(&scroller);
            }
        }
        self.look_at_rows(false);
    }

    /// One row is in the tab order: that which the keyboard is at. Where it is not there, the table itself is.
    fn mark_row(self, scroller: &Element) {
        let table = self.columns;
        let at = table.at.get_value();
        if let Ok(before) = scroller.query_selector_all("[tabindex=\"0\"]") {
            for n in 0..before.length() {
                let element = before.get(n).and_then(|node| node.dyn_into::<Element>().ok());
                element.map(|element| element.set_attribute("tabindex", "-1"));
            }
        }
        let row = scroller.query_selector(&format!(".row[data-row=\"{at}\"]")).ok().flatten();
        let _ = scroller.set_attribute("tabindex", if row.is_some() { "-1" } else { "0" });
        let Some(row) = row else { return };
        if let Ok(controls) = row.query_selector_all("[tabindex]") {
            for n in 0..controls.length() {
                let element = controls.get(n).and_then(|node| node.dyn_into::<Element>().ok());
                element.map(|element| element.set_attribute("tabindex", "0"));
            }
        }
        if table.is_going.get_value() {
            table.is_going.set_value(false);
            if let Ok(Some(name)) = row.query_selector(".name") {
                stage::focus(&name);
            }
        }
    }

    /// Closes the column's page: the keyboard goes back to its row.
    fn close_column(self) {
        let table = self.columns;
        self.open.set(None);
        request_animation_frame(move || {
            if let Some(scroller) = table.scroller.get_untracked() {
                scroller.set_scroll_top(table.left_at.get_value());
            }
            self.go_to(table.at.get_value());
        });
    }
}

#[component]
pub(super) fn Columns() -> impl IntoView {
    let page = page();
    let table = page.columns;
    let is_open = Memo::new(move |_| page.open.with(Option::is_some));
    let body = NodeRef::<Div>::new();
    let heads = Memo::new(move |_| table.listing.with(|listing| listing.rows.heads.clone()));
    let matching = Memo::new(move |_| table.listing.with(|listing| listing.rows.matching));
    // Rows that are there stand where they would among all of them.
    Effect::new(move |_| {
        let (Some(body), Some(scroller)) = (body.get(), table.scroller.get()) else { return };
        table.listing.with(|listing| {
            let had_focus = document()
                .active_element()
                .is_some_and(|focused| focused != **scroller && body.contains(Some(&focused)));
            stage::put(page, &body, &listing.markup);
            let row = table.sight().row;
            let style = web_sys::HtmlElement::style(&body);
            let pixels = |rows: usize| format!("{}px", rows as f64 * row);
            let _ = style.set_property("height", &pixels(listing.rows.matching));
            let _ = style.set_property("padding-top", &pixels(listing.rows.from));
            page.mark_row(&scroller);
            // The row that had the focus has been scrolled away.
            if had_focus && !document().active_element().is_some_and(|f| body.contains(Some(&f))) {
                stage::focus(&scroller);
            }
        });
        page.look_at_rows(false);
    });
    // Another order begins at its top.
    Effect::new(move |before: Option<View>| {
        let view = table.view.get();
        if before.is_some_and(|before| before != view) {
            table.at.set_value(0);
            if let Some(scroller) = table.scroller.get_untracked() {
                scroller.set_scroll_top(0);
            }
            page.look_at_columns();
        }
        view
    });
    // Rows are as high as the window's width has them.
    Effect::new(move |before: Option<u32>| {
        let width = page.width.get();
        if before.is_some_and(|before| before != width) {
            page.look_at_columns();
        }
        width
    });
    // The column that was opened; its page has the focus once it is there.
    Effect::new(move |_| {
        if page.open.with(Option::is_some) {
            page.look_at_column();
        } else {
            table.opened.set(None);
        }
    });
    let click = move |event: web_sys::MouseEvent| clicked(page, &event);
    let change = move |event: Event| changed(page, &event);
    view! {
        <section class="card columns" aria-labelledby="columns-title" on:click=click on:change=change>
            <div class="columns-head" hidden=move || is_open.get()>
                <h2 id="columns-title" tabindex="-1">"Columns"</h2>
                <Filters />
            </div>
            <div
                class="table-place markup"
                hidden=move || is_open.get()
                node_ref=table.scroller
                role="grid"
                tabindex="-1"
                aria-labelledby="columns-title"
                aria-rowcount=move || (matching.get() + 1).to_string()
                on:scroll=move |_| page.look_at_rows(false)
                on:keydown=move |event: KeyboardEvent| pressed(page, &event)
                on:focusin=move |event| {
                    if let Some(row) = about(&event, ".row").and_then(|row| stage::number(&row, "data-row")) {
                        table.at.set_value(row);
                    }
                }
            >
                <RowGroup markup=heads />
                <div role="rowgroup" class="rows" node_ref=body></div>
            </div>
            {move || {
                (matching.get() == 0 && !is_open.get())
                    .then(|| view! { <p class="nothing">"No column fits these filters."</p> })
            }}
            <p class="note on-paper">
                {move || table.listing.with(|listing| {
                    let (there, all) = (listing.rows.names.len(), listing.rows.matching);
                    match there < all {
                        true => format!("{there} of {all} columns are on paper; the saved report has every one."),
                        false => String::new(),
                    }
                })}
            </p>
            <div class="columns-foot" hidden=move || is_open.get()>
                <p class="note" role="status">
                    {move || table.listing.with(|listing| {
                        let Rows { total, matching, .. } = listing.rows;
                        let noun = if total == 1 { "column" } else { "columns" };
                        match matching == total {
                            true => format!("{total} {noun}"),
                            false => format!("{matching} of {total} {noun}"),
                        }
                    })}
                    <span class="keys">" · arrow keys move, Enter opens a column, / searches"</span>
                </p>
                <p class="note keyed">
                    "Shape: "
                    <i class="key-baseline"></i>
                    "baseline"
                    <i class="key-current"></i>
                    "current"
                </p>
            </div>
            <Detail />
        </section>
    }
}

#[component]
fn RowGroup(markup: Memo<String>) -> impl IntoView {
    let page = page();
    let group = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(group) = group.get() {
            markup.with(|markup| stage::put(page, &group, markup));
        }
    });
    view! { <div role="rowgroup" class="heads-place" node_ref=group></div> }
}

#[component]
fn Filters() -> impl IntoView {
    let table = page().columns;
    let chips = Memo::new(move |_| table.listing.with(|listing| listing.rows.chips.clone()));
    view! {
        <div class="filters">
            <div role="group" aria-label="Show only">
                <Place class="chips" markup=chips />
            </div>
            <label class="narrow-sort">
                <span>"Sort by"</span>
                <select data-act="sort-by">
                    {SortKey::ALL
                        .map(|key| view! {
                            <option
                                value=key.heading()
                                prop:selected=move || table.view.with(|view| view.key == key)
                            >
                                {key.heading()}
                            </option>
                        })
                        .collect_view()}
                </select>
            </label>
            <label class="search">
                <span class="unseen">"Filter by name, role or kind"</span>
                <input
                    type="search"
                    id="filter"
                    placeholder="Filter: name, role:label"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || table.view.with(|view| view.search.clone())
                    on:input=move |event| {
                        let typed = event_target_value(&event);
                        table.view.update(|view| view.search = typed);
                    }
                />
            </label>
        </div>
    }
}

/// The open column's page.
#[component]
fn Detail() -> impl IntoView {
    let page = page();
    let table = page.columns;
    let place = NodeRef::<leptos::html::Section>::new();
    Effect::new(move |before: Option<Option<String>>| {
        let shown = table.opened.with(|opened| {
            let place = place.get()?;
            let (opened, markup) = opened.as_ref()?;
            stage::put(page, &place, markup);
            Some(opened.name.clone())
        });
        if shown.is_some() && before.flatten() != shown {
            // Whoever turns pages stays at what turns them.
            let stays = document().active_element().and_then(|e| e.get_attribute("data-key"));
            if !stays.is_some_and(|key| key == "next" || key == "previous") {
                // It is hidden until all that follows from its being open has been drawn.
                request_animation_frame(move || {
                    super::state::focus_now("column-title");
                    if let Some(place) = place.try_get_untracked().flatten() {
                        place.scroll_into_view_with_bool(true);
                    }
                });
            }
        }
        shown
    });
    view! {
        <section
            class="detail markup"
            node_ref=place
            aria-labelledby="column-title"
            hidden=move || table.opened.with(Option::is_none)
            on:keydown=move |event: KeyboardEvent| {
                if event.key() == "Escape" && !page.chart_takes_escape(&event) {
                    page.close_column();
                }
            }
        ></section>
    }
}

fn clicked(page: Page, event: &Event) {
    let table = page.columns;
    let row = || about(event, ".row").and_then(|row| stage::number(&row, "data-row"));
    let Some((act, element)) = act(event) else {
        // Anywhere else in a row, but for what has a use of its own.
        if let Some(row) = row()
            && about(event, "button, select, a, label, input, summary").is_none()
        {
            page.open_row(row);
        }
        return;
    };
    let neighbour = |pick: fn(&Opened) -> &Option<String>| {
        let opened = table.opened.get_untracked();
        if let Some(name) = opened.and_then(|(opened, _)| pick(&opened).clone()) {
            page.open.set(Some(name));
        }
    };
    match act.as_str() {
        "open" => row().into_iter().for_each(|row| page.open_row(row)),
        "close" => page.close_column(),
        "previous" => neighbour(|opened| &opened.previous),
        "next" => neighbour(|opened| &opened.next),
        "severity" => {
            let named = element.get_attribute("data-severity");
            let severity = Severity::ALL.into_iter().find(|s| Some(s.name()) == named.as_deref());
            if let Some(severity) = severity {
                table.view.update(|view| view.toggle(severity));
            }
        }
        "sort" => {
            let key = element.get_attribute("data-sort").and_then(|key| SortKey::of_heading(&key));
            if let Some(key) = key {
                table.view.update(|view| view.sort_by(key));
            }
        }
        _ => {}
    }
}

fn changed(page: Page, event: &Event) {
    let Some((act, element)) = act(event) else { return };
    let Some(select) = element.dyn_ref::<HtmlSelectElement>() else { return };
    let chosen = select.value();
    if act == "sort-by" {
        if let Some(key) = SortKey::of_heading(&chosen) {
            page.columns.view.update(|view| view.sort_by(key));
        }
        return;
    }
    let row = about(event, ".row").and_then(|row| stage::number(&row, "data-row"));
    let name = match row {
        Some(row) => page.columns.listing.with_untracked(|listing| listing.name(row).cloned()),
        None => page.open.get_untracked(),
    };
    let Some(name) = name else { return };
    if act == "role" || act == "kind" {
        page.set_column(&name, &act, chosen);
    }
}

fn pressed(page: Page, event: &KeyboardEvent) {
    let table = page.columns;
    // A select has the arrow keys for itself.
    if about(event, "select").is_some() || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let key = event.key();
    if key == "/" {
        event.prevent_default();
        return super::state::focus_now("filter");
    }
    let is_scroller = event.target() == event.current_target();
    if key == "Enter" && is_scroller {
        return page.open_row(table.at.get_value());
    }
    let matching = table.listing.with_untracked(|listing| listing.rows.matching);
    let Some(row) = walked(&key, table.at.get_value(), matching, table.sight().page()) else {
        return;
    };
    event.prevent_default();
    page.go_to(row);
}

/// `/` leads to the search from anywhere but where text is typed.
pub(super) fn listen() {
    let _ = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
        let is_typed = about(&event, "input, textarea, select, [contenteditable]").is_some();
        if event.key() == "/" && !is_typed && !event.default_prevented() {
            let filter = document().get_element_by_id("filter");
            // Not while a column's page hides it.
            let is_seen = filter
                .and_then(|filter| filter.dyn_into::<HtmlElement>().ok())
                .is_some_and(|filter| filter.offset_height() > 0);
            if is_seen {
                event.prevent_default();
                super::state::focus_now("filter");
            }
        }
    });
}
