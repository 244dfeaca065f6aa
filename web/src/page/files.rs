//! The two files: where they are chosen, exchanged and taken away, and how far reading them has come.

use driftline_charts::wording::printable;
use leptos::prelude::*;
use web_sys::{DragEvent, HtmlInputElement};

use super::{
    drop,
    progress::Progress,
    samples::Samples,
    state::{focus, page},
};
use crate::view::picks::{self, Slot};

#[component]
pub(super) fn Files() -> impl IntoView {
    let page = page();
    let both = move || page.files.with(|files| files.iter().any(Option::is_some));
    let busy = Memo::new(move |_| page.session.with(|session| session.is_loading()));
    view! {
        <section class="files" aria-labelledby="files-title">
            <h2 id="files-title" class="unseen" tabindex="-1">"Files"</h2>
            <div class="zones">
                <Zone place=Slot::Baseline />
                <button
                    type="button"
                    class="swap"
                    aria-label="Swap baseline and current"
                    title="Swap baseline and current"
                    disabled=move || !both()
                    on:click=move |_| page.swap()
                >
                    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                        <path d="M2 5.5h11M10 2.5l3 3-3 3M14 10.5H3M6 7.5l-3 3 3 3" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
                    </svg>
                </button>
                <Zone place=Slot::Current />
            </div>
            <div class="tray">
                <Show when=move || busy.get() fallback=Samples>
                    <Progress />
                </Show>
            </div>
        </section>
    }
}

/// One place for a file: dropped on it, or chosen by its button.
#[component]
fn Zone(place: Slot) -> impl IntoView {
    let page = page();
    let over = RwSignal::new(false);
    let (title_id, input_id) = match place {
        Slot::Baseline => ("baseline-title", "baseline-file"),
        Slot::Current => ("current-title", "current-file"),
    };
    let chosen = move || {
        page.files.with(|files| {
            files[place.index()]
                .as_ref()
                .map(|file| (printable(&file.name()).into_owned(), picks::size(file.size() as u64)))
        })
    };
    let is_chosen = move || page.files.with(|files| files[place.index()].is_some());
    let hint = match place {
        Slot::Baseline => {
            "What normal looks like: training data, a calm week, or a saved reference"
        }
        Slot::Current => "What to compare with it: this week’s predictions",
    };
    view! {
        <div
            class="zone"
            role="group"
            aria-labelledby=title_id
            data-slot=place.name()
            class:over=move || over.get()
            class:chosen=is_chosen
            on:dragenter=move |_| over.set(true)
            on:dragover=move |event: DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=move |event: DragEvent| {
                over.set(false);
                drop::dropped(page, &event, Some(place));
            }
        >
            <div class="zone-text">
                <h3 id=title_id>
                    <span class="swatch" aria-hidden="true"></span>
                    {place.name()}
                </h3>
                {move || match chosen() {
                    Some((name, size)) => view! {
                        <p class="file"><bdi>{name}</bdi>" "<span class="size">{size}</span></p>
                    }
                    .into_any(),
                    None => view! { <p class="hint">{hint}</p> }.into_any(),
                }}
            </div>
            <div class="zone-acts">
                <label class="button" class:primary=move || !is_chosen()>
                    <input
                        type="file"
                        id=input_id
                        class="unseen"
                        aria-describedby=title_id
                        on:change=move |event| {
                            let input: HtmlInputElement = event_target(&event);
                            if let Some(file) = input.files().and_then(|files| files.get(0)) {
                                page.choose(place, file);
                            }
                            // The same file can be chosen again after it was corrected.
                            input.set_value("");
                        }
                    />
                    {move || if is_chosen() { "Replace…" } else { "Choose a file…" }}
                </label>
                <Show when=is_chosen fallback=|| view! { <span class="or">"or drop it here"</span> }>
                    <button
                        type="button"
                        class="quiet"
                        aria-label=format!("Remove the {} file", place.name().to_ascii_lowercase())
                        on:click=move |_| {
                            page.remove(place);
                            focus(input_id);
                        }
                    >
                        "Remove"
                    </button>
                </Show>
            </div>
        </div>
    }
}
