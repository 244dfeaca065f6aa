//! Light, dark, or as the system says; remembered where the browser allows that.

use leptos::prelude::*;

/// Also read by the script that sets the theme before the first paint.
const KEY: &str = "driftline-theme";

const THEMES: [(&str, &str); 3] = [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")];

#[component]
pub(super) fn ThemeToggle() -> impl IntoView {
    let theme = RwSignal::new(remembered());
    Effect::new(move |_| {
        let theme = theme.get();
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", theme);
        }
        // Storage is refused in some private windows; the theme then lasts as long as the page.
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.set_item(KEY, theme);
        }
    });
    view! {
        <fieldset class="segments">
            <legend class="unseen">"Colour theme"</legend>
            {THEMES
                .map(|(value, label)| {
                    view! {
                        <label>
                            <input
                                type="radio"
                                name="theme"
                                value=value
                                prop:checked=move || theme.get() == value
                                on:change=move |_| theme.set(value)
                            />
                            <span>{label}</span>
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
}

fn remembered() -> &'static str {
    let stored =
        window().local_storage().ok().flatten().and_then(|storage| storage.get_item(KEY).ok()?);
    THEMES
        .into_iter()
        .map(|(value, _)| value)
        .find(|value| Some(*value) == stored.as_deref())
        .unwrap_or("auto")
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use leptos::{mount::mount_to, task::tick};
    use wasm_bindgen::JsCast;
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
    use web_sys::{Event, HtmlElement, HtmlInputElement};

    use super::*;

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    async fn a_theme_is_chosen_shown_and_remembered() {
        let storage = window().local_storage().expect("storage").expect("storage");
        storage.set_item(KEY, "light").expect("room for a word");
        let place = document().create_element("div").expect("a div");
        document().body().expect("a body").append_child(&place).expect("a child");
        let place: HtmlElement = place.dyn_into().expect("an element");
        let mounted = mount_to(place.clone(), ThemeToggle);
        tick().await;
        let radio = |value: &str| -> HtmlInputElement {
            let found = place.query_selector(&format!("[value={value}]")).expect("a selector");
            found.expect("a theme").dyn_into().expect("an input")
        };
        let root = document().document_element().expect("a root");
        assert!(radio("light").checked() && !radio("auto").checked());
        assert_eq!(root.get_attribute("data-theme").as_deref(), Some("light"));

        radio("dark").set_checked(true);
        let change = Event::new("change").expect("an event");
        radio("dark").dispatch_event(&change).expect("somebody who listens");
        tick().await;
        assert_eq!(root.get_attribute("data-theme").as_deref(), Some("dark"));
        assert_eq!(storage.get_item(KEY).expect("storage").as_deref(), Some("dark"));
        assert_eq!(remembered(), "dark");
        drop(mounted);
        assert_eq!(place.children().length(), 0, "it takes what it mounted with it");
        place.remove();
    }
}
