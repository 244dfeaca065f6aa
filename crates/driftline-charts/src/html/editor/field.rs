//! The fields of a policy's form: which key of a spec each is about, and what can be written there.

use alloc::{borrow::Cow, string::String};

use driftline_core::{bins::BinCount, convention::Convention, metric::Metric};

/// A field of the form. A `[]` in its path stands for each entry of a list.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The key, as problems name it: `rules[].for`.
    pub path: &'static str,
    /// Behind `policy-` and `problem-`, of a field that is there once; empty to be made of the path.
    pub id: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// A few words about what is meant.
    pub hint: &'static str,
    /// What can be written there.
    pub input: Input,
    /// What stands for a key that is not written, in the entries of lists.
    pub default: &'static str,
}

/// What can be written in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// A number.
    Number,
    /// A text, durations among them.
    Text,
    /// The name of a metric.
    Metric,
    /// Yes or no.
    Flag,
    /// One of these: the value, and its name for people.
    Choice(&'static [(&'static str, &'static str)]),
    /// How many cells.
    Bins,
    /// Whose definitions.
    Convention,
}

impl Input {
    /// Each choice with its name for people; none where anything can be written.
    pub fn choices(self) -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
        match self {
            Input::Choice(choices) => {
                choices.iter().map(|(value, name)| ((*value).into(), (*name).into())).collect()
            }
            Input::Bins => BinCount::ALL
                .iter()
                .map(|bins| {
                    let bins = bins.get().to_string();
                    (bins.clone().into(), bins.into())
                })
                .collect(),
            Input::Convention => {
                Convention::ALL.iter().map(|c| (c.name().into(), c.title().into())).collect()
            }
            Input::Number | Input::Text | Input::Metric | Input::Flag => Vec::new(),
        }
    }

    /// Whether it stands in a spec as a number.
    pub fn is_number(self) -> bool {
        matches!(self, Input::Number | Input::Bins)
    }
}

/// A list of a spec, each entry of which has the same fields.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// The key: `rules`.
    pub path: &'static str,
    /// What an entry is.
    pub noun: &'static str,
    /// What stands where there is none.
    pub empty: &'static str,
    /// The fields of each.
    pub fields: &'static [Field],
}

const fn field(
    path: &'static str,
    id: &'static str,
    title: &'static str,
    hint: &'static str,
    input: Input,
) -> Field {
    Field { path, id, title, hint, input, default: "" }
}

const fn entry(
    path: &'static str,
    title: &'static str,
    hint: &'static str,
    input: Input,
    default: &'static str,
) -> Field {
    Field { path, id: "", title, hint, input, default }
}

use Input::{Choice, Flag, Number, Text};

const COMPARISONS: Input = Choice(&[
    (">", "above"),
    (">=", "at or above"),
    ("<", "below"),
    ("<=", "at or below"),
    ("==", "equal to"),
    ("!=", "other than"),
]);

/// The ladder of severities.
pub const THRESHOLDS: [Field; 3] = [
    field("thresholds.moderate", "moderate", "moderate", "from here on", Number),
    field("thresholds.significant", "significant", "significant", "from here on", Number),
    field("thresholds.critical", "critical", "critical", "above this", Number),
];

/// Whose definitions the numbers follow.
pub const DEFINITIONS: [Field; 3] = [
    field("bins", "bins", "Bins", "of equal mass", Input::Bins),
    field("convention", "convention", "Convention", "of numbers and verdict", Input::Convention),
    field(
        "measures.kl.direction",
        "direction",
        "KL direction",
        "rows ‖ described by",
        Choice(&[
            ("current_from_reference", "current ‖ baseline"),
            ("reference_from_current", "baseline ‖ current"),
        ]),
    ),
];

/// What is compared beside the whole.
pub const APART: [Field; 2] = [
    field("window", "window", "Windows of", "auto, 1h, 1d, 5000rows", Text),
    field("segments.top", "top", "Levels", "of each column below", Number),
];

/// Statistics and labels.
pub const TESTS: [Field; 2] = [
    field("false_discovery_rate", "rate", "False discovery rate", "of corrected p-values", Number),
    field("positive_class", "positive", "Positive class", "empty: by its name", Text),
];

/// How many requests may fail.
pub const AVAILABILITY: [Field; 2] = [
    field(
        "objectives.availability.success_rate",
        "success",
        "Success rate",
        "0.999 is 99.9 %",
        Number,
    ),
    field("objectives.availability.period", "period", "Over", "the error budget’s time", Text),
];

/// How long answers may take.
pub const OBJECTIVES: List = List {
    path: "objectives.latency",
    noun: "latency objective",
    empty: "No objective: latencies are shown and not judged.",
    fields: &[
        entry("objectives.latency[].quantile", "Quantile", "0.95 is p95", Number, ""),
        entry("objectives.latency[].threshold", "Below", "such as 100ms", Text, ""),
    ],
};

/// When to alert.
pub const RULES: List = List {
    path: "rules",
    noun: "alert",
    empty: "No alert: nobody is told.",
    fields: &[
        entry("rules[].name", "Name", "of the alert", Text, ""),
        entry("rules[].metric", "Metric", "what is watched", Input::Metric, ""),
        entry("rules[].comparison", "Is", "the condition", COMPARISONS, ">"),
        entry("rules[].threshold", "Threshold", "latency in seconds", Number, ""),
        entry("rules[].for", "For", "10m, 3windows", Text, ""),
        entry("rules[].keep_firing_for", "Keep firing", "once false again", Text, ""),
        entry("rules[].exit_threshold", "Clears past", "empty: the threshold", Number, ""),
        entry(
            "rules[].severity",
            "Severity",
            "of the alert",
            Choice(&[
                ("moderate", "moderate"),
                ("significant", "significant"),
                ("critical", "critical"),
            ]),
            "moderate",
        ),
        entry(
            "rules[].action",
            "Asks for",
            "while it fires",
            Choice(&[("", "nothing more"), ("scale_down", "scale-down"), ("rollback", "rollback")]),
            "",
        ),
        entry(
            "rules[].no_data",
            "Without data",
            "it",
            Choice(&[("hold", "stays as it is"), ("resolve", "resolves"), ("alert", "alerts")]),
            "hold",
        ),
    ],
};

/// When to act.
pub const TRIGGERS: List = List {
    path: "triggers",
    noun: "trigger",
    empty: "No trigger: nothing is done unless an alert asks for it.",
    fields: &[
        entry(
            "triggers[].action",
            "Action",
            "what is asked for",
            Choice(&[("alert", "alert"), ("scale_down", "scale-down"), ("rollback", "rollback")]),
            "",
        ),
        entry("triggers[].metric", "Metric", "what is watched", Input::Metric, ""),
        entry("triggers[].comparison", "Is", "the condition", COMPARISONS, ">"),
        entry("triggers[].threshold", "Threshold", "latency in seconds", Number, ""),
        entry("triggers[].windows", "In windows", "distinct ones", Number, "3"),
        entry("triggers[].of", "Of the latest", "empty: in a row", Number, ""),
        entry("triggers[].cooldown", "Cooldown", "empty: of the rails", Text, ""),
    ],
};

/// What an action must pass.
pub const RAILS: [Field; 8] = [
    field(
        "rails.mode",
        "mode",
        "Mode",
        "who decides",
        Choice(&[
            ("off", "off: nothing is done"),
            ("dry-run", "dry-run: on paper"),
            ("approve", "approve: a person"),
            ("auto", "auto: the engine"),
        ]),
    ),
    field("rails.target", "target", "Target", "what is rolled back", Text),
    field("rails.url", "url", "Asked at", "https://… or command:name", Text),
    field("rails.cooldown", "cooldown", "Cooldown", "after an action", Text),
    field("rails.max_rollbacks", "rollbacks", "Rollbacks", "at most", Number),
    field("rails.period", "rollback-period", "Within", "then a person unlatches", Text),
    field("rails.settle", "settle", "Settle", "empty: window and hold", Text),
    field("rails.on_inputs_alone", "inputs", "Roll back for inputs alone", "", Flag),
];

/// What a window must hold.
pub const LIVE: [Field; 2] = [
    field("live.min_samples", "samples", "Rows that decide", "of a window, at least", Number),
    field(
        "live.window",
        "live-window",
        "Live window",
        "of a server; and between windows of rows",
        Text,
    ),
];

/// Every list.
pub const LISTS: [List; 3] = [OBJECTIVES, RULES, TRIGGERS];

/// The field about a place in a spec, such as `rules[2].for`.
pub fn of(place: &str) -> Option<&'static Field> {
    static GROUPS: [&[Field]; 10] = [
        &THRESHOLDS,
        &DEFINITIONS,
        &APART,
        &TESTS,
        &AVAILABILITY,
        OBJECTIVES.fields,
        RULES.fields,
        TRIGGERS.fields,
        &RAILS,
        &LIVE,
    ];
    let path = without_indices(place);
    GROUPS.iter().flat_map(|fields| fields.iter()).find(|field| field.path == path)
}

/// `rules[2].for` as `rules[].for`.
fn without_indices(place: &str) -> String {
    let mut path = String::new();
    let mut is_inside = false;
    for c in place.chars() {
        is_inside = (is_inside || c == '[') && c != ']';
        if !is_inside || c == '[' {
            path.push(c);
        }
    }
    path
}

/// What completes a metric's name.
pub fn metrics() -> impl Iterator<Item = &'static str> {
    Metric::NAMES.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_field() {
        assert_eq!(of("rules[12].for").map(|field| field.title), Some("For"));
        assert_eq!(of("objectives.latency[0].quantile").map(|f| f.input), Some(Number));
        assert_eq!(of("bins").map(|field| field.id), Some("bins"));
        assert!(of("rules[0].labels").is_none() && of("rules").is_none() && of("").is_none());
    }
}
