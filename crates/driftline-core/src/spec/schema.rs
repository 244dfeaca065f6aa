//! The JSON Schema of a spec, made from its types.

use alloc::{borrow::ToOwned, string::String};

use serde_json::Value;

use super::MonitorSpec;

impl MonitorSpec {
    /// What a spec may hold, as a JSON Schema (draft 2020-12): names, types, defaults and a word on each. What a schema
    /// cannot say, such as that a ladder ascends, [`check`](MonitorSpec::check) does.
    pub fn schema() -> Value {
        let mut schema = schemars::schema_for!(MonitorSpec).to_value();
        in_prose(&mut schema);
        schema
    }
}

/// Descriptions are the types' own documentation; its examples are for who writes Rust.
pub(crate) fn in_prose(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(text)) = object.get_mut("description") {
                *text = plain(text);
            }
            object.values_mut().for_each(in_prose);
        }
        Value::Array(values) => values.iter_mut().for_each(in_prose),
        _ => {}
    }
}

/// Without examples and the marks of links.
fn plain(text: &str) -> String {
    let prose = text.split("```").next().unwrap_or_default().trim_end();
    let mut plain = String::new();
    let mut rest = prose;
    // [`Name`](path) and [`Name`] are the name.
    while let Some((before, link)) = rest.split_once("[`") {
        let Some((name, after)) = link.split_once("`]") else { break };
        plain += before;
        plain += name;
        rest = match after.strip_prefix('(').and_then(|path| path.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain += rest;
    plain.replace("\\[", "[").replace("\\]", "]").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_prose() {
        assert_eq!(
            plain("A [`Rule`](crate::rule::Rule), in \\[0, 1\\].\n\n```\nx\n```"),
            "A Rule, in [0, 1]."
        );
        assert_eq!(plain("[`A`] and [`B`]: see [`no end"), "A and B: see [`no end");
    }

    #[test]
    fn every_key_of_a_spec_is_in_the_schema_with_a_word() {
        let schema = MonitorSpec::schema();
        let written = serde_json::to_value(MonitorSpec::default()).unwrap();
        for key in written.as_object().unwrap().keys() {
            assert!(schema["properties"][key]["description"].is_string(), "{key}");
            assert_eq!(schema["properties"][key]["default"], written[key], "{key}");
        }
        assert_eq!(schema["additionalProperties"], Value::Bool(false));
    }
}
