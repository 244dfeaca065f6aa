//! Text that came from a file, made harmless in markup.

use alloc::borrow::Cow;

use crate::wording::printable;

/// `raw` as text or as a quoted attribute's value, in HTML and in XML: what would end either is escaped, and what would
/// not show or would reorder its neighbours is written out.
pub fn text(raw: &str) -> String {
    let shown: Cow<'_, str> = printable(raw);
    let mut escaped = String::with_capacity(shown.len());
    for c in shown.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_text_it_stands_in() {
        for (raw, expected) in [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onload=\"x", "&quot; onload=&quot;x"),
            ("' & ]]>", "&#39; &amp; ]]&gt;"),
            ("a\0b\u{1b}[31m", "a\\u{0}b\\u{1b}[31m"),
            ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
            ("\u{feff}x\u{fffe}", "\\u{feff}x\\u{fffe}"),
            ("שלום مرحبا 👩‍💻 é", "שלום مرحبا 👩‍💻 é"),
        ] {
            assert_eq!(text(raw), expected);
        }
    }
}
