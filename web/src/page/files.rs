//! The files: where they are chosen, exchanged and taken away, and how far reading them has come.

use driftline_charts::wording::printable;
use leptos::prelude::*;
use web_sys::{DragEvent, Event, File, HtmlInputElement};

use super::{
    drop,
    progress::Progress,
    samples::Samples,
    state::{Files as Chosen, focus, page},
};
use crate::view::picks::{self, Slot};

#[component]
pub(super) fn Files() -> impl IntoView {
    let page = page();
    let can_swap = move || {
        page.files.with(|files| {
            files.current.len() == 1 || (files.baseline.is_some() && files.current.is_empty())
        })
    };
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
                    disabled=move || !can_swap()
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

/// One place for files: dropped on it, or chosen by its button.
#[component]
fn Zone(place: Slot) -> impl IntoView {
    let page = page();
    let over = RwSignal::new(false);
    let (title_id, input_id) = match place {
        Slot::Baseline => ("baseline-title", "baseline-file"),
        Slot::Current => ("current-title", "current-file"),
    };
    let of_place = move |files: &Chosen| -> Vec<File> {
        match place {
            Slot::Baseline => files.baseline.iter().cloned().collect(),
            Slot::Current => files.current.clone(),
        }
    };
    let chosen = move || {
        let said =
            |file: &File| (printable(&file.name()).into_owned(), picks::size(file.size() as u64));
        page.files.with(|files| of_place(files).iter().map(said).collect::<Vec<_>>())
    };
    let is_chosen = move || page.files.with(|files| !of_place(files).is_empty());
    let take = move |event: Event, adds: bool| {
        let input: HtmlInputElement = event_target(&event);
        let files: Vec<File> = input
            .files()
            .map_or(Vec::new(), |list| (0..list.length()).filter_map(|i| list.get(i)).collect());
        match place {
            _ if files.is_empty() => {}
            Slot::Baseline => page.choose(files.into_iter().next(), Vec::new()),
            Slot::Current if adds => page.add(files),
            Slot::Current => page.choose(None, files),
        }
        // The same file can be chosen again after it was corrected.
        input.set_value("");
    };
    let is_current = place == Slot::Current;
    let hint = match place {
        Slot::Baseline => {
            "What normal looks like: training data, a calm week, or a saved reference"
        }
        Slot::Current => "What to compare with it: this week’s predictions, or a file for each day",
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
                <h3 id=title_id tabindex="-1">
                    <span class="swatch" aria-hidden="true"></span>
                    {place.name()}
                </h3>
                {move || match &chosen()[..] {
                    [] => view! { <p class="hint">{hint}</p> }.into_any(),
                    [(name, size)] => view! {
                        <p class="file">
                            <bdi>{name.clone()}</bdi>" "<span class="size">{size.clone()}</span>
                        </p>
                    }
                    .into_any(),
                    several => view! { <Several files=several.to_vec() /> }.into_any(),
                }}
            </div>
            <div class="zone-acts">
                <label class="button" class:primary=move || !is_chosen()>
                    <input
                        type="file"
                        id=input_id
                        class="unseen"
                        multiple=is_current
                        aria-describedby=title_id
                        on:change=move |event| take(event, false)
                    />
                    {move || match (is_chosen(), is_current) {
                        (true, _) => "Replace…",
                        (false, false) => "Choose a file…",
                        (false, true) => "Choose files…",
                    }}
                </label>
                <Show when=move || is_current && is_chosen()>
                    <label class="button">
                        <input
                            type="file"
                            id="more-files"
                            class="unseen"
                            multiple=true
                            aria-describedby=title_id
                            on:change=move |event| take(event, true)
                        />
                        "Add…"
                    </label>
                </Show>
                <Show when=is_chosen fallback=|| view! { <span class="or">"or drop it here"</span> }>
                    <button
                        type="button"
                        class="quiet"
                        aria-label=move || match (place, chosen().len()) {
                            (Slot::Baseline, _) => "Remove the baseline file",
                            (Slot::Current, 1) => "Remove the current file",
                            (Slot::Current, _) => "Remove all current files",
                        }
                        on:click=move |_| {
                            page.remove(place);
                            focus(input_id);
                        }
                    >
                        {move || if chosen().len() > 1 { "Remove all" } else { "Remove" }}
                    </button>
                </Show>
            </div>
        </div>
    }
}

/// Several current files in their order, each a window unless the policy says how long windows are.
#[component]
fn Several(files: Vec<(String, String)>) -> impl IntoView {
    let page = page();
    let file = |(at, (name, size)): (usize, (String, String))| {
        let label = format!("Remove {name}");
        view! {
            <li>
                <span class="file"><bdi>{name}</bdi>" "<span class="size">{size}</span></span>
                <button
                    type="button"
                    class="quiet"
                    aria-label=label.clone()
                    title=label
                    on:click=move |_| {
                        page.remove_one(at);
                        focus("current-title");
                    }
                >
                    "×"
                </button>
            </li>
        }
    };
    view! {
        <p class="hint">{files.len()}" files, in this order:"</p>
        <ol class="several">{files.into_iter().enumerate().map(file).collect_view()}</ol>
    }
}
