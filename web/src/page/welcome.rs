//! What is there before the first result: three steps, and what the words of a verdict mean.

use leptos::prelude::*;

const MARKUP: &str = r#"<ol>
<li><h2>Choose a baseline</h2><p>What normal looks like: the training data, or a week when all was well. CSV or TSV with a line of column names, or JSON objects, one row for each thing that was predicted or measured.</p></li>
<li><h2>Choose current data</h2><p>What your model sees now, with the same columns. A few hundred rows are enough for a first answer. Predictions, probabilities and latencies are recognised by their names.</p></li>
<li><h2>Read the verdict</h2><p>Which columns moved, how far, and whether that is more than chance. Each column then shows where it moved; nothing has to be set up before.</p></li>
</ol>
<details class="words"><summary>What do the words mean?</summary>
<dl>
<div><dt>Drift</dt><dd>The values of a column are spread differently than in the baseline: more large amounts, fewer customers from one town, a new product. A model that learned from the baseline may be wrong about them. Drift says that something changed, not that it is bad.</dd></div>
<div><dt>PSI</dt><dd>How much changed, as one number: the values are put into ten boxes that each held a tenth of the baseline, and the shares are compared. 0 is no change; by custom, 0.1 is worth a look and 0.25 is a lot.</dd></div>
<div><dt>Moderate, Significant, Critical</dt><dd>The change is larger than chance explains, and certainly past 0.1, 0.2 or 0.25. You can move these limits in the policy.</dd></div>
<div><dt>No drift</dt><dd>No change that is certainly past the first limit, and none that could be past the last.</dd></div>
<div><dt>Inconclusive</dt><dd>There are too few rows to tell. It says how many would be enough. It does not mean that all is well.</dd></div>
</dl>
</details>"#;

#[component]
pub(super) fn Welcome() -> impl IntoView {
    view! { <section class="steps" aria-label="How it works" inner_html=MARKUP></section> }
}
