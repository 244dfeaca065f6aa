//! What is asked for in markup: one listener for the whole page, which looks for `data-act` on what was clicked and for
//! `data-edit` on what was changed.

use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{
    part, policy,
    state::{Page, focus},
};

/// The closest element that was meant, with the value of that attribute.
fn meant(event: &web_sys::Event, attribute: &str) -> Option<(Element, String)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let element = target.closest(&format!("[{attribute}]")).ok().flatten()?;
    let value = element.get_attribute(attribute)?;
    Some((element, value))
}

/// Something was clicked.
pub(super) fn clicked(page: Page, event: &ev::MouseEvent) {
    let Some((element, act)) = meant(event, "data-act") else { return };
    if policy::clicked(page, &element, &act) {
        return;
    }
    match act.as_str() {
        "save-html" => page.save_html(),
        "save-json" => page.save_json(),
        "swap" => {
            page.swap();
            focus("verdict-title");
        }
        "ask-windows" => part::ask(),
        "report" => {
            page.report();
            focus("alerts-title");
        }
        _ => {}
    }
}

/// Something was chosen.
pub(super) fn changed(page: Page, event: &ev::Event) {
    if let Some((element, edit)) = meant(event, "data-edit") {
        if let Some(column) = element.get_attribute("data-column") {
            page.set_column(&column, &edit, event_target_value(event));
        }
    } else if let Some((element, _)) = meant(event, "data-path") {
        policy::changed(page, &element);
    }
}
