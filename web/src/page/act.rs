//! What is asked for in markup: one listener for the whole page, which looks for `data-act` on what was clicked and for
//! `data-edit` on what was changed.

use driftline_core::schema::{Kind, Role};
use leptos::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::{
    part,
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
    let Some((_, act)) = meant(event, "data-act") else { return };
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
    let Some((element, edit)) = meant(event, "data-edit") else { return };
    let Some(column) = element.get_attribute("data-column") else { return };
    let value = event_target_value(event);
    match edit.as_str() {
        "role" => page.judge(|form| form.set_role(&column, Role::from_name(&value))),
        "kind" => {
            let kind = if value == "numeric" { Kind::Numeric } else { Kind::Categorical };
            page.judge(|form| form.set_kind(&column, Some(kind)));
        }
        _ => {}
    }
}
