//! YAML and PromQL texts, so that whatever is in a name stays inside it.

use alloc::{format, string::String};

/// A text in double quotes, as YAML and JSON read it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) > 0xFFFF => out.push_str(&format!("\\U{:08X}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// A text in double quotes, as PromQL reads it. What YAML cannot hold is escaped, so that it stands in a block of plain lines.
pub(super) fn promql_quoted(text: &str) -> String {
    // Go's escapes hold YAML's that are used here, with the same meaning.
    quoted(text)
}

/// What Prometheus' templates expand to the text itself: rule labels and annotations are templates there, and plain here.
pub(super) fn literal_template(text: &str) -> String {
    text.replace("{{", "{{\"{{\"}}")
}

/// What YAML 1.2 lets stand in a quoted text, less the separators that some readers take for the end of a line.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{A0}'..='\u{2027}' | '\u{202F}'..='\u{D7FF}' | '\u{E000}'..='\u{FEFE}'
        | '\u{FF00}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// A text in one line of a comment.
pub(super) fn comment(text: &str) -> String {
    text.chars().map(|c| if is_printable(c) { c } else { ' ' }).collect()
}

/// A number as PromQL, promtool's series and YAML read it, to the last bit.
pub(super) fn number(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (1e-5..1e15).contains(&size) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// Indents every line.
pub(super) fn indented(text: &str, spaces: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(&format!("{:spaces$}{line}\n", ""));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_text_stays_in_it() {
        for (text, expected) in [
            ("plain čaj", "\"plain čaj\""),
            ("a\"b\\c\nd", r#""a\"b\\c\nd""#),
            ("\u{0}\u{7F}\u{85}\u{2028}\u{FEFF}", r#""\u0000\u007F\u0085\u2028\uFEFF""#),
        ] {
            assert_eq!(quoted(text), expected);
            assert_eq!(serde_json::from_str::<String>(&quoted(text)).ok().as_deref(), Some(text));
        }
    }

    #[test]
    fn a_number_is_read_back_to_the_last_bit() {
        for value in [0.0, 0.25, 0.1_f64.next_up(), 1e-300, -2.5e20, f64::MAX, f64::MIN_POSITIVE] {
            assert_eq!(number(value).parse(), Ok(value), "{}", number(value));
        }
        assert_eq!([0.25, 300.0, 1e-300].map(number), ["0.25", "300", "1e-300"]);
    }

    #[test]
    fn a_template_is_a_text() {
        assert_eq!(literal_template("{{ $value }} {"), "{{\"{{\"}} $value }} {");
        assert_eq!(literal_template("{{{"), "{{\"{{\"}}{");
    }
}
