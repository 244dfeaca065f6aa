//! How drift is judged: changed here, compared again at once; the files are read again only where that is needed.

use driftline_charts::wording::printable;
use driftline_core::{bins::BinCount, convention::Convention, measure::KlDirection};
use leptos::prelude::*;

use super::{download, state::page};
use crate::view::policy::{PolicyForm, THRESHOLDS, convention_note, direction_name, segmentable};

/// What each threshold means.
const NOTES: [&str; 3] = ["from here on", "from here on", "above this"];

#[component]
pub(super) fn Policy() -> impl IntoView {
    let page = page();
    let form = page.policy;
    let summary = Memo::new(move |_| form.with(PolicyForm::summary));
    let changed = Memo::new(move |_| form.with(PolicyForm::is_changed));
    view! {
            <details class="card policy" id="policy">
                <summary>
                    <h2>"Policy"</h2>
                    <span class="policy-line">{move || summary.get()}</span>
                    <Show when=move || changed.get()>
    <span class="changed">"changed"</span>
    </Show>
                </summary>
                <form class="policy-form" on:submit=|event| event.prevent_default()>
                    <fieldset>
                        <legend>"Severity by PSI"</legend>
                        <div class="fields">
                            {(0..3).map(|i| view! { <Threshold i /> }).collect_view()}
                        </div>
                    </fieldset>
                    <fieldset>
                        <legend>"Definitions"</legend>
                        <div class="fields">
                            <label class="field">
                                <span>"Bins "<small>"of equal mass"</small></span>
                                <select
                                    id="policy-bins"
                                    on:change=move |event| {
                                        if let Ok(bins) = event_target_value(&event).parse() {
                                            page.judge(|form| form.set_bins(bins));
                                        }
                                    }
                                >
                                    {BinCount::ALL
                                        .map(|bins| {
                                            let bins = bins.get();
                                            view! {
                                                <option
                                                    value=bins.to_string()
                                                    prop:selected=move || form.with(|f| f.bins() == bins)
                                                >
                                                    {bins}
                                                </option>
                                            }
                                        })
                                        .collect_view()}
                                </select>
                                <Problem path="bins" />
                            </label>
                            <label class="field">
                                <span>"Convention "<small>"of numbers and verdict"</small></span>
                                <select
                                    id="policy-convention"
                                    on:change=move |event| {
                                        let chosen = event_target_value(&event);
                                        let found = Convention::ALL.into_iter().find(|c| c.name() == chosen);
                                        if let Some(convention) = found {
                                            page.judge(|form| form.set_convention(convention));
                                        }
                                    }
                                >
                                    {Convention::ALL
                                        .map(|convention| view! {
                                            <option
                                                value=convention.name()
                                                prop:selected=move || form.with(|f| f.convention() == convention)
                                            >
                                                {convention.title()}
                                            </option>
                                        })
                                        .collect_view()}
                                </select>
                            </label>
                            <label class="field">
                                <span>"KL direction "<small>"rows ‖ described by"</small></span>
                                <select
                                    id="policy-direction"
                                    on:change=move |event| {
                                        let turned = event_target_value(&event) == "reference";
                                        let direction = if turned {
                                            KlDirection::ReferenceFromCurrent
                                        } else {
                                            KlDirection::CurrentFromReference
                                        };
                                        page.judge(|form| form.set_direction(direction));
                                    }
                                >
                                    {[
                                        ("current", KlDirection::CurrentFromReference),
                                        ("reference", KlDirection::ReferenceFromCurrent),
                                    ]
                                        .map(|(value, direction)| view! {
                                            <option
                                                value=value
                                                prop:selected=move || form.with(|f| f.direction() == direction)
                                            >
                                                {direction_name(direction)}
                                            </option>
                                        })
                                        .collect_view()}
                                </select>
                            </label>
                        </div>
                        <p class="note">{move || form.with(|form| convention_note(form.convention()))}</p>
                    </fieldset>
                    <fieldset>
                        <legend>"Windows and segments"</legend>
                        <div class="fields">
                            <Text
                                id="policy-window"
                                path="window"
                                title="Windows of"
                                hint="auto, 1h, 1d, 5000rows"
                                value=|form| &mut form.window
                            />
                            <Text
                                id="policy-top"
                                path="segments.top"
                                title="Levels"
                                hint="of each column below"
                                value=|form| &mut form.top
                            />
                        </div>
                        <SegmentPicks />
                    </fieldset>
                    <fieldset>
                        <legend>"Tests and labels"</legend>
                        <div class="fields">
                            <Text
                                id="policy-rate"
                                path="false_discovery_rate"
                                title="False discovery rate"
                                hint="of corrected p-values"
                                value=|form| &mut form.rate
                            />
                            <Text
                                id="policy-positive"
                                path="positive_class"
                                title="Positive class"
                                hint="empty: by its name"
                                value=|form| &mut form.positive_class
                            />
                        </div>
                    </fieldset>
                    <div class="policy-acts">
                        <button
                            type="button"
                            id="policy-reset"
                            disabled=move || !changed.get()
                            on:click=move |_| page.judge(PolicyForm::reset)
                        >
                            "Reset to defaults"
                        </button>
                        <button
                            type="button"
                            class="quiet"
                            data-save="spec"
                            disabled=move || form.with(|form| form.spec().is_err())
                            on:click=move |_| save(&form)
                        >
                            "Save as JSON"
                        </button>
                        <p class="note">"Changes apply at once; the files are read again only where that is needed."</p>
                    </div>
                </form>
            </details>
        }
}

#[component]
fn Threshold(i: usize) -> impl IntoView {
    let page = page();
    let key = THRESHOLDS[i];
    let path = ["thresholds.moderate", "thresholds.significant", "thresholds.critical"][i];
    let wrong = Memo::new(move |_| page.policy.with(|form| form.problem(path).is_some()));
    view! {
        <label class="field" data-severity=key>
            <span>{key}" "<small>{NOTES[i]}</small></span>
            <input
                type="text"
                inputmode="decimal"
                autocomplete="off"
                id=format!("policy-{key}")
                prop:value=move || page.policy.with(|form| form.thresholds[i].clone())
                aria-invalid=move || wrong.get().then_some("true")
                aria-describedby=problem_id(path)
                on:input=move |event| {
                    let typed = event_target_value(&event);
                    page.judge(|form| form.thresholds[i] = typed);
                }
            />
            <Problem path />
        </label>
    }
}

/// A field of text that takes effect when it is left, since it may mean to read the files again.
#[component]
fn Text(
    id: &'static str,
    path: &'static str,
    title: &'static str,
    hint: &'static str,
    value: fn(&mut PolicyForm) -> &mut String,
) -> impl IntoView {
    let page = page();
    let wrong = Memo::new(move |_| page.problem(path).is_some());
    view! {
        <label class="field">
            <span>{title}" "<small>{hint}</small></span>
            <input
                type="text"
                autocomplete="off"
                spellcheck="false"
                id=id
                prop:value=move || page.policy.with(|form| value(&mut form.clone()).clone())
                aria-invalid=move || wrong.get().then_some("true")
                aria-describedby=problem_id(path)
                on:change=move |event| {
                    let typed = event_target_value(&event);
                    page.judge(|form| *value(form) = typed);
                }
            />
            <Problem path />
        </label>
    }
}

/// The columns whose levels can be segments.
#[component]
fn SegmentPicks() -> impl IntoView {
    let page = page();
    let names = Memo::new(move |_| {
        page.shown.with(|shown| shown.as_ref().map(|s| segmentable(&s.fields)).unwrap_or_default())
    });
    let pick = move |name: String| {
        let shown_name = printable(&name).into_owned();
        let picked = name.clone();
        let on = move || page.policy.with(|form| form.is_segmented_by(&picked));
        view! {
            <label class="pick">
                <input
                    type="checkbox"
                    prop:checked=on
                    on:change=move |_| page.judge(|form| form.toggle_segments_by(&name))
                />
                <bdi>{shown_name}</bdi>
            </label>
        }
    };
    view! {
        <div class="picks" role="group" aria-label="Segments by" aria-describedby="problem-by">
            <span class="note">
                {move || {
                    if names.with(Vec::is_empty) { "No column of categories to segment by" } else { "Segments by" }
                }}
            </span>
            {move || names.get().into_iter().map(pick).collect_view()}
        </div>
        <Problem path="segments.by" />
    }
}

fn problem_id(path: &str) -> String {
    format!("problem-{}", path.rsplit('.').next().unwrap_or(path))
}

/// What is wrong with a field, beside it.
#[component]
fn Problem(path: &'static str) -> impl IntoView {
    let page = page();
    view! {
        <span class="problem" id=problem_id(path) aria-live="polite">
            {move || page.problem(path)}
        </span>
    }
}

fn save(form: &RwSignal<PolicyForm>) {
    let Some(Ok(spec)) = form.try_with_untracked(PolicyForm::spec) else { return };
    if let Ok(json) = serde_json::to_string_pretty(&spec) {
        download::offer("driftline-policy.json", "application/json", &json);
    }
}
