//! What the Grafana dashboard asks Prometheus, and the metric names in it.

use std::{collections::BTreeSet, fs};

use driftline_core::export::exposition::{FAMILIES, FamilyType};
use serde_json::Value;

use crate::sets::workspace;

/// One question of the dashboard.
#[derive(Clone, Debug)]
pub struct Query {
    /// The panel or annotation that asks.
    pub title: String,
    /// In PromQL, with Grafana's variables.
    pub expr: String,
    /// What its answers are called, with `{{label}}` for a label's value.
    pub legend: String,
}

impl Query {
    /// As Grafana sends it for a model, with scrapes a second apart.
    pub fn of_model(&self, model: &str) -> String {
        self.expr
            .replace("$model", model)
            .replace("$__rate_interval", "4s")
            .replace("$__range", "1h")
    }

    /// The labels that its legend names.
    pub fn legend_labels(&self) -> impl Iterator<Item = &str> {
        self.legend
            .split("{{")
            .skip(1)
            .filter_map(|rest| rest.split_once("}}"))
            .map(|(label, _)| label)
    }
}

/// The dashboard as it is shipped.
///
/// # Panics
/// Where the file cannot be read or is no JSON.
pub fn dashboard() -> Value {
    let path = workspace().join("deploy/grafana/drift_overview.json");
    serde_json::from_str(&fs::read_to_string(path).expect("deploy/grafana/drift_overview.json"))
        .expect("JSON")
}

/// Every question of its panels and annotations.
///
/// # Panics
/// Where a panel without a row's type has no questions.
pub fn queries(dashboard: &Value) -> Vec<Query> {
    let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let mut all = Vec::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        let title = text(panel, "title");
        for target in panel["targets"].as_array().into_iter().flatten() {
            all.push(Query {
                title: title.clone(),
                expr: text(target, "expr"),
                legend: text(target, "legendFormat"),
            });
        }
    }
    for annotation in dashboard["annotations"]["list"].as_array().expect("annotations") {
        all.push(Query {
            title: text(annotation, "name"),
            expr: text(annotation, "expr"),
            legend: text(annotation, "titleFormat"),
        });
    }
    all
}

/// Every name that a query may ask for: what a server exposes, what `rules` record, and Prometheus' own `ALERTS`.
pub fn known_names(rules: &str) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = BTreeSet::from(["ALERTS".into()]);
    for family in FAMILIES {
        if family.kind == FamilyType::Histogram {
            names.extend(["bucket", "sum", "count"].map(|part| format!("{}_{part}", family.name)));
        } else {
            names.insert(family.name.into());
        }
    }
    names.extend(
        rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ")).map(String::from),
    );
    names
}

/// The metric names in a PromQL expression, for expressions without comments: every name outside of strings, matchers,
/// ranges and lists of labels that is neither called nor an operator.
pub fn metric_names(expr: &str) -> BTreeSet<String> {
    const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];
    const BEFORE_LABELS: [&str; 6] =
        ["by", "without", "on", "ignoring", "group_left", "group_right"];
    let mut names = BTreeSet::new();
    let mut is_matching = false;
    let mut rest = expr;
    while let Some(c) = rest.chars().next() {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
        if let Some(closing) = [('"', '"'), ('\'', '\''), ('`', '`'), ('[', ']')]
            .into_iter()
            .find_map(|(opening, closing)| (c == opening).then_some(closing))
        {
            let inside = &rest[1..];
            rest = &inside[inside.find(closing).map_or(inside.len(), |end| end + 1)..];
        } else if c.is_ascii_alphabetic() || c == '_' || c == ':' {
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after.trim_start();
            if BEFORE_LABELS.contains(&word) {
                if rest.starts_with('(') {
                    rest = rest.find(')').map_or("", |end| &rest[end + 1..]);
                }
            } else if !is_matching
                && !["(", "by (", "without ("].iter().any(|call| rest.starts_with(call))
                && !OPERATORS.contains(&word)
            {
                names.insert(word.into());
            }
        } else if c.is_ascii_digit() {
            // A number with its unit or exponent.
            rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
        } else {
            is_matching = (is_matching || c == '{') && c != '}';
            rest = &rest[c.len_utf8()..];
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_names(expr: &str, expected: &[&str]) {
        let found = metric_names(expr);
        assert!(found.iter().eq(expected), "{expr}: {found:?}");
    }

    #[test]
    fn a_metric_name_is_told_from_labels_functions_and_operators() {
        check_names(
            "sum by (a, b) (rate(m_total{x=\"y}\", z=~\"$model\"}[5m])) > 1e-4",
            &["m_total"],
        );
        check_names(
            "a:b:c and on (model) d or vector(0) unless ignoring (e) f",
            &["a:b:c", "d", "f"],
        );
        check_names("x / ignoring (bin) group_left y * 2 offset 5m", &["x", "y"]);
        check_names("topk(1, max by (f) (g)) - time()", &["g"]);
    }
}
