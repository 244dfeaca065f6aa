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
