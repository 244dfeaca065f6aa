//! The policy that is edited: its form and its text, side by side. The reporter holds it and draws the form; here is
//! listened, and put in place.

use core::time::Duration;

use driftline_wasm::message::reporting::{Change, Edited, PolicyFile, Request};
use leptos::{ev, html::Textarea, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlInputElement};

use super::{
    place,
    state::{Mode, Page, focus_now, page},
};
use crate::worker::Beside;

/// How long after a key something typed takes effect.
const PAUSE: Duration = Duration::from_millis(350);

impl Page {
    /// Changes the policy, or has it shown again.
    pub fn edit(&self, change: Change) {
        self.edit_with(change, Beside::Nothing);
    }

    fn edit_with(&self, change: Change, beside: Beside<'_>) {
        let request =
            Request::Edit { change, is_told: self.is_told(), width: self.chart_width_untracked() };
        self.ask_reporter(&request, beside);
    }

    /// Tells a reporter that has just begun how the policy stands, and has it drawn.
    pub(super) fn edit_again(&self) {
        let text = self.edited.with_untracked(|edited| edited.toml.clone());
        match text.is_empty() || self.is_told() {
            true => self.edit(Change::Show),
            false => self.edit_with(Change::Text, Beside::Text(&text)),
        }
    }

    /// Another text takes the policy's place: by a reporter that has not begun yet, once it has.
    pub(super) fn edit_as(&self, text: &str) {
        self.edited.update(|edited| edited.toml = text.into());
        self.edit_with(Change::Text, Beside::Text(text));
    }

    /// Gives a column a role or a kind; `key` says which.
    pub fn set_column(&self, column: &str, key: &str, value: String) {
        self.edit(Change::Set { path: format!("columns.{column}.{key}"), value });
    }

    /// The reporter says how the policy stands.
    pub(super) fn edited(&self, edited: Edited, is_measured_anew: bool) {
        if !self.is_told() {
            self.spec.set_value(edited.compare.clone());
            self.counting.set_value(edited.counting.clone());
        }
        self.edited.set(edited);
        if self.load_when_edited.get_value() {
            self.load_when_edited.set_value(false);
            self.load();
        } else if is_measured_anew {
            self.measure();
        }
    }

    /// Offers the policy as a file.
    pub(super) fn export(&self, file: PolicyFile) {
        self.ask_reporter(&Request::Export { file, is_told: self.is_told() }, Beside::Nothing);
    }
}

/// Something about the policy was clicked; whether it was.
pub(super) fn clicked(page: Page, element: &Element, act: &str) -> bool {
    let attribute = |name| element.get_attribute(name).unwrap_or_default();
    let path = attribute("data-path");
    match act {
        "add" => page.edit(Change::Add { path }),
        "remove" => page.edit(Change::Remove { path }),
        "set" => page.edit(Change::Set { path, value: attribute("data-value") }),
        "undo" => page.edit(Change::Undo),
        "redo" => page.edit(Change::Redo),
        "reset" => page.edit(Change::Reset),
        "compare" => page.edit(Change::Compare),
        "export-spec" => page.export(PolicyFile::Spec),
        "export-rules" => page.export(PolicyFile::Rules),
        "export-tests" => page.export(PolicyFile::Tests),
        "line" => go_to(attribute("data-line").parse().unwrap_or(1)),
        _ => return false,
    }
    true
}

/// A field of the form was left, or something was chosen in it.
pub(super) fn changed(page: Page, element: &Element) {
    let path = element.get_attribute("data-path").unwrap_or_default();
    let is_checkbox = element.get_attribute("type").as_deref() == Some("checkbox");
    let Some(value) = place::value(element) else { return };
    if is_checkbox && element.has_attribute("data-act") {
        page.edit(Change::Toggle { path, name: value });
        return;
    }
    let is_checked = element.dyn_ref::<HtmlInputElement>().is_some_and(HtmlInputElement::checked);
    let value = if is_checkbox { is_checked.to_string() } else { value };
    page.edit(Change::Set { path, value });
}

/// Something was typed into a number: it takes effect after a pause. What may mean to read files again waits until the
/// field is left.
pub(super) fn typed(page: Page, event: &ev::Event) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
        return;
    };
    let is_text = target.id() == "policy-toml";
    let is_number = target.get_attribute("inputmode").as_deref() == Some("decimal")
        && target.has_attribute("data-path");
    if !is_text && !is_number {
        return;
    }
    let number = page.typed.get_value() + 1;
    page.typed.set_value(number);
    set_timeout(
        move || {
            // Somebody typed on, or the field was left.
            if page.typed.try_get_value() != Some(number) {
                return;
            }
            match is_text {
                true => {
                    let text = place::value(&target).unwrap_or_default();
                    page.edit_with(Change::Text, Beside::Text(&text));
                }
                false => changed(page, &target),
            }
        },
        PAUSE,
    );
}

/// Marks a line of the text.
fn go_to(line: usize) {
    let Some(text) = document().get_element_by_id("policy-toml") else { return };
    let Ok(text) = text.dyn_into::<web_sys::HtmlTextAreaElement>() else { return };
    let written = text.value();
    let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(0);
    let mut start = 0;
    for (at, content) in written.split('\n').enumerate() {
        if at + 1 == line {
            focus_now("policy-toml");
            let _ = text.set_selection_range(start, start + units(content));
            let height = f64::from(text.scroll_height());
            let lines = written.matches('\n').count() + 1;
            text.set_scroll_top((height * (at as f64 - 3.0).max(0.0) / lines as f64) as i32);
            return;
        }
        start += units(content) + 1;
    }
}

#[component]
pub(super) fn Policy() -> impl IntoView {
    let page = page();
    let of = move |pick: fn(&Edited) -> String| Memo::new(move |_| page.edited.with(pick));
    let is = move |pick: fn(&Edited) -> bool| Memo::new(move |_| page.edited.with(pick));
    let form = NodeRef::<leptos::html::Div>::new();
    let text = NodeRef::<Textarea>::new();
    Effect::new(move |_| {
        let Some(form) = form.get() else { return };
        page.edited.with(|edited| place::put(&form, &edited.form));
    });
    Effect::new(move |_| {
        let Some(text) = text.get() else { return };
        page.edited.with(|edited| {
            // What is being typed is not overwritten by what was typed a moment ago.
            let is_focused =
                document().active_element().is_some_and(|element| element.id() == "policy-toml");
            if !(edited.is_typed && is_focused) && text.value() != edited.toml {
                text.set_value(&edited.toml);
            }
        });
    });
    let changed = is(|edited| edited.is_changed);
    let (can_undo, can_redo) = (is(|edited| edited.can_undo), is(|edited| edited.can_redo));
    let sound = is(|edited| edited.is_sound);
    let summary = of(|edited| edited.summary.clone());
    let remarks = of(|edited| edited.remarks.clone());
    view! {
        <details class="card policy" id="policy" open=page.mode.get_untracked() == Mode::Replay>
            <summary>
                <h2>"Policy"</h2>
                <span class="policy-line">{move || summary.get()}</span>
                <span class="changed" hidden=move || !changed.get()>"changed"</span>
            </summary>
            <div class="policy-acts" role="group" aria-label="Policy">
                <button type="button" data-act="undo" disabled=move || !can_undo.get()>"Undo"</button>
                <button type="button" data-act="redo" disabled=move || !can_redo.get()>"Redo"</button>
                <button type="button" id="policy-reset" data-act="reset" disabled=move || !changed.get()>
                    "Reset to defaults"
                </button>
                <button type="button" id="policy-compare" data-act="compare" disabled=move || !sound.get()>
                    "Compare with this from now on"
                </button>
                <span class="downloads">
                    <span>"Save as"</span>
                    <button type="button" data-save="spec" data-act="export-spec">"TOML"</button>
                    <button type="button" data-save="rules" data-act="export-rules" disabled=move || !sound.get()>
                        "Prometheus rules"
                    </button>
                    <button type="button" data-save="tests" data-act="export-tests" disabled=move || !sound.get()>
                        "promtool tests"
                    </button>
                </span>
            </div>
            <div class="editor">
                <form class="policy-form" on:submit=|event| event.prevent_default()>
                    <div class="groups" node_ref=form></div>
                </form>
                <div class="policy-text">
                    <label for="policy-toml">"The same as TOML"</label>
                    <textarea
                        id="policy-toml"
                        node_ref=text
                        spellcheck="false"
                        autocomplete="off"
                        wrap="off"
                        aria-describedby="policy-remarks"
                        aria-invalid=move || (!sound.get()).then_some("true")
                    ></textarea>
                    <div id="policy-remarks" aria-live="polite" inner_html=move || remarks.get()></div>
                    <p class="note">"Changes apply at once; the files are read again only where that is needed."</p>
                </div>
            </div>
        </details>
    }
}

/// What the policy makes of the windows, and how that differs from before.
#[component]
pub(super) fn Replay() -> impl IntoView {
    let page = page();
    let markup = Memo::new(move |_| match page.is_replaying() {
        true => page.reporting.with(|reporting| reporting.parts.replay.clone()),
        false => String::new(),
    });
    let said = Memo::new(move |_| match page.is_replaying() {
        true => page.reporting.with(|reporting| reporting.parts.difference.clone()),
        false => String::new(),
    });
    view! {
        <section class="card part replay" id="replay" aria-labelledby="replay-title">
            <h2 id="replay-title" tabindex="-1">"Replay"</h2>
            <p class="unseen" role="status">{move || said.get()}</p>
            <div class="markup" inner_html=move || markup.get()></div>
        </section>
    }
}
