//! Texts with placeholders: `{name}`, of small letters and underscores. All other braces are what they are, so that a
//! template can be JSON.

use alloc::string::String;

/// What can be filled into an address and a body: the action, what it is done to, from and to which version, the order's id,
/// its incident, why it is asked for, and when to do nothing any more.
pub const PLACEHOLDERS: [&str; 8] = [
    "action",
    "target",
    "current_version",
    "target_version",
    "id",
    "incident",
    "reason",
    "not_after",
];

/// The template with what `value` gives for each name; what it gives nothing for stays.
pub(crate) fn filled(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match name(after).and_then(|name| Some((name, value(name)?))) {
            Some((name, value)) => {
                filled.push_str(&value);
                rest = &after[name.len() + 1..];
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

/// A placeholder that is none of [`PLACEHOLDERS`], if there is one.
pub(crate) fn unknown(template: &str) -> Option<&str> {
    let names = template.split('{').skip(1).filter_map(name);
    names.into_iter().find(|name| !PLACEHOLDERS.contains(name))
}

/// The name of the placeholder that a text behind a brace begins with.
fn name(after: &str) -> Option<&str> {
    let (name, _) = after.split_once('}')?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_placeholders_are_filled_in_and_only_once() {
        let value = |name: &str| PLACEHOLDERS.contains(&name).then(|| String::from("{id}"));
        assert_eq!(
            filled(r#"{"a": "{target}{id}", "{b}": {}}{"#, value),
            r#"{"a": "{id}{id}", "{b}": {}}{"#
        );
        assert_eq!(unknown(r#"{"a": {"b": "{target} {targt_version}"}}"#), Some("targt_version"));
        assert_eq!(unknown(r#"{"a": {}, "b": "{Target} {id}"}"#), None);
    }
}
