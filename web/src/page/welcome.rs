//! What is there before the first result: three steps.

use leptos::prelude::*;

const STEPS: [(&str, &str); 3] = [
    (
        "Choose a baseline",
        "What normal looks like: the training data, or a week when all was well. CSV or TSV with a line of column names.",
    ),
    (
        "Choose current data",
        "What your model sees now, with the same columns. Predictions, probabilities and latencies are recognised by name.",
    ),
    (
        "Read the verdict",
        "Which columns moved, how far, and whether that is more than chance. Then change the policy and watch what follows.",
    ),
];

#[component]
pub(super) fn Welcome() -> impl IntoView {
    view! {
        <section class="steps" aria-label="How it works">
            <ol>
                {STEPS
                    .map(|(title, text)| view! { <li><h2>{title}</h2><p>{text}</p></li> })
                    .collect_view()}
            </ol>
        </section>
    }
}
