//! Places for markup that the reporter makes. What people are at there stays: the keyboard's focus, and what is unfolded.

use leptos::{html::Div, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement};

use super::state::{Page, page};

/// A place whose markup changes.
#[component]
pub(super) fn Place(class: &'static str, #[prop(into)] markup: Signal<String>) -> impl IntoView {
    let page = page();
    let place = NodeRef::<Div>::new();
    Effect::new(move |_| {
        if let Some(place) = place.get() {
            markup.with(|markup| put(page, &place, markup));
        }
    });
    view! { <div class=class node_ref=place></div> }
}

/// Puts markup into a place. Elements are known again by their `data-key`, which markup gives to what can have the focus or
/// be unfolded.
pub(super) fn put(page: Page, place: &Element, markup: &str) {
    let focused = document().active_element().filter(|focused| place.contains(Some(focused)));
    let focused = focused.and_then(|focused| focused.get_attribute("data-key"));
    let unfolded = place.query_selector_all("details[open][data-key]");
    let mut keys = Vec::new();
    if let Ok(unfolded) = unfolded {
        for at in 0..unfolded.length() {
            let element = unfolded.get(at).and_then(|node| node.dyn_into::<Element>().ok());
            keys.extend(element.and_then(|element| element.get_attribute("data-key")));
        }
    }
    place.set_inner_html(markup);
    for key in keys {
        let Some(element) = keyed(place, &key) else { continue };
        let _ = element.set_attribute("open", "");
        // A chart's table came when it was unfolded: that of the new one comes now.
        if let Ok(Some(_)) = element.query_selector("[data-act=chart-table]") {
            page.fetch_table(key);
        }
    }
    if let Some(element) = focused.and_then(|key| keyed(place, &key)) {
        focus(&element);
    }
}

/// The element of a key; keys are the reporter's own, plain words.
pub(super) fn keyed(place: &Element, key: &str) -> Option<Element> {
    place.query_selector(&format!("[data-key=\"{key}\"]")).ok().flatten()
}

/// Gives the keyboard's focus to an element; what people look at stays where it is.
pub(super) fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

/// The element that an event is about, or the nearest around it that a selector fits.
pub(super) fn about(event: &Event, selector: &str) -> Option<Element> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest(selector).ok().flatten()
}

/// What an event's element has the page do, and that element.
pub(super) fn act(event: &Event) -> Option<(String, Element)> {
    let element = about(event, "[data-act]")?;
    Some((element.get_attribute("data-act")?, element))
}

/// A number that an element has as an attribute.
pub(super) fn number(element: &Element, name: &str) -> Option<usize> {
    element.get_attribute(name)?.parse().ok()
}
