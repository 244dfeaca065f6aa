//! Puts markup in a place without taking away what people are at: where it has the same elements, only what differs is
//! changed.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement};

use super::state::focus_now;

/// Attributes that may differ between two drawings of the same element.
const ATTRIBUTES: [&str; 6] =
    ["class", "aria-invalid", "aria-label", "data-path", "data-severity", "value"];

/// Puts the markup in the place. The element with the keyboard's focus keeps it, and what is being typed.
pub(super) fn put(place: &Element, markup: &str) {
    let Ok(drawn) = document().create_element("div") else { return };
    drawn.set_inner_html(markup);
    let focused = document().active_element().map(|element| element.id());
    settle(place, &drawn);
    if let Some(id) = focused.filter(|id| !id.is_empty())
        && document().active_element().is_none_or(|element| element.id() != id)
    {
        // Of an entry that is gone, the list's own button.
        let list = id.split(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']).next();
        let add = list.map(|list| format!("{list}add")).unwrap_or_default();
        focus_now(if document().get_element_by_id(&id).is_some() { &id } else { &add });
    }
}

fn settle(old: &Element, new: &Element) {
    for name in ATTRIBUTES {
        match new.get_attribute(name) {
            Some(value) => drop(old.set_attribute(name, &value)),
            None => drop(old.remove_attribute(name)),
        }
    }
    let is_focused = document().active_element().is_some_and(|element| element == *old);
    if let (Some(old), Some(new)) =
        (old.dyn_ref::<HtmlInputElement>(), new.dyn_ref::<HtmlInputElement>())
    {
        if !is_focused || old.type_() == "checkbox" {
            old.set_value(&new.value());
        }
        old.set_checked(new.checked());
    }
    let (is, will) = (old.children(), new.children());
    let is_same = is.length() == will.length()
        && (0..is.length()).all(|i| match (is.item(i), will.item(i)) {
            (Some(a), Some(b)) => a.tag_name() == b.tag_name() && a.id() == b.id(),
            _ => false,
        });
    if !is_same || is.length() == 0 {
        if old.inner_html() != new.inner_html() {
            old.set_inner_html(&new.inner_html());
        }
    } else {
        for i in 0..is.length() {
            if let (Some(a), Some(b)) = (is.item(i), will.item(i)) {
                settle(&a, &b);
            }
        }
    }
    if let (Some(old), Some(new)) =
        (old.dyn_ref::<HtmlSelectElement>(), new.dyn_ref::<HtmlSelectElement>())
    {
        old.set_selected_index(new.selected_index());
    }
}

/// What stands in a field.
pub(super) fn value(field: &Element) -> Option<String> {
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        return Some(input.value());
    }
    if let Some(select) = field.dyn_ref::<HtmlSelectElement>() {
        return Some(select.value());
    }
    field.dyn_ref::<web_sys::HtmlTextAreaElement>().map(web_sys::HtmlTextAreaElement::value)
}
