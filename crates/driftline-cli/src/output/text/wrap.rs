//! Sentences in lines.

use unicode_width::UnicodeWidthStr as _;

/// `text` in lines of at most `width` where its words allow, the first indented by `first`, the others by `rest`.
pub(super) fn wrapped(text: &str, width: usize, [first, rest]: [usize; 2]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = " ".repeat(first);
    let mut line_width = first;
    let mut is_blank = true;
    for word in text.split(' ') {
        let word_width = word.width();
        if !is_blank && line_width + 1 + word_width > width {
            lines.push(core::mem::replace(&mut line, " ".repeat(rest)));
            line_width = rest;
        } else if !is_blank {
            line.push(' ');
            line_width += 1;
        }
        line += word;
        line_width += word_width;
        is_blank = false;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_never_broken_and_never_lost() {
        let check = |text: &str, width, indents, expected: &[&str]| {
            assert_eq!(wrapped(text, width, indents), expected, "{text}");
        };
        check("", 10, [0, 2], &[""]);
        check("one two three", 7, [0, 0], &["one two", "three"]);
        check("one two three", 9, [2, 1], &["  one two", " three"]);
        check("a-very-long-word and more", 5, [0, 1], &["a-very-long-word", " and", " more"]);
        check("一二三 四五六", 8, [0, 0], &["一二三", "四五六"]);
    }
}
