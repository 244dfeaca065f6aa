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
    settle_children(place, &drawn);
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
    settle_children(old, new);
    if let (Some(old), Some(new)) =
        (old.dyn_ref::<HtmlSelectElement>(), new.dyn_ref::<HtmlSelectElement>())
    {
        old.set_selected_index(new.selected_index());
    }
}

fn settle_children(old: &Element, new: &Element) {
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

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
    use web_sys::HtmlElement;

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    /// A place in the document with this markup.
    fn place(markup: &str) -> Element {
        let place = document().create_element("div").expect("a div");
        document().body().expect("a body").append_child(&place).expect("a child");
        put(&place, markup);
        place
    }

    fn input(id: &str) -> HtmlInputElement {
        let element = document().get_element_by_id(id).expect("an element with this id");
        element.dyn_into().expect("an input")
    }

    fn focused() -> String {
        document().active_element().map(|element| element.id()).unwrap_or_default()
    }

    #[wasm_bindgen_test]
    fn what_is_being_typed_stays_and_everything_else_is_as_drawn() {
        let place = place(
            "<p class=\"a\">old</p><input id=\"typed\" value=\"1\"><input id=\"other\" value=\"2\">\
             <input id=\"tick\" type=\"checkbox\">",
        );
        let (typed, other) = (input("typed"), input("other"));
        typed.focus().expect("the focus");
        typed.set_value("12");
        put(
            &place,
            "<p class=\"b\">new</p><input id=\"typed\" value=\"1\" aria-invalid=\"true\">\
             <input id=\"other\" value=\"3\"><input id=\"tick\" type=\"checkbox\" checked>",
        );
        assert_eq!(focused(), "typed");
        assert_eq!((typed.value(), other.value()), ("12".into(), "3".into()));
        assert!(typed.is_same_node(Some(&input("typed"))), "it is the same element");
        assert_eq!(typed.get_attribute("aria-invalid").as_deref(), Some("true"));
        let text = place.query_selector("p.b").expect("a selector").expect("the paragraph");
        assert_eq!(text.text_content().as_deref(), Some("new"));
        assert!(input("tick").checked());
        place.remove();
    }

    #[wasm_bindgen_test]
    fn the_focus_follows_its_element_into_other_markup_or_goes_to_the_lists_button() {
        let place = place("<button id=\"rules-0\"></button><button id=\"rules-add\"></button>");
        let button = document().get_element_by_id("rules-0").expect("the button");
        button.dyn_into::<HtmlElement>().expect("an element").focus().expect("the focus");
        put(
            &place,
            "<section><button id=\"rules-0\"></button></section><button id=\"rules-add\"></button>",
        );
        assert_eq!(focused(), "rules-0");
        put(&place, "<button id=\"rules-add\"></button>");
        assert_eq!(focused(), "rules-add");
        place.remove();
    }

    #[wasm_bindgen_test]
    fn markup_of_a_file_is_text_where_it_was_escaped_and_runs_nothing() {
        let place = place("<p>&lt;img src=x onerror=alert(1)&gt;</p>");
        assert_eq!(place.text_content().as_deref(), Some("<img src=x onerror=alert(1)>"));
        assert!(place.query_selector("img").expect("a selector").is_none());
        place.remove();
    }
}
