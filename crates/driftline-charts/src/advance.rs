//! How wide a text will be, without asking a font: the advance widths of the usual sans-serif, and a little room,
//! since the reader's system chooses the font.

/// Advance widths of the characters from space to tilde, in thousandths of the font size, as in Helvetica and Arial.
const ASCII: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];

/// The widest of the usual system fonts are about this much wider than Helvetica, in hundredths.
const ROOM: u32 = 110;

fn advance(c: char) -> u32 {
    match c {
        ' '..='~' => u32::from(ASCII[c as usize - ' ' as usize]),
        // Marks that sit on the letter before them, joiners, variation selectors.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '…' | '—' => 1000,
        // East Asian wide, and emoji.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f000}'..='\u{3ffff}' => 1000,
        _ => 584,
    }
}

/// The width of this many thousandths of a font size.
fn scaled(thousandths: u32, size: u32) -> u32 {
    (u64::from(thousandths) * u64::from(size) * u64::from(ROOM) / 100_000) as u32
}

/// The width of `text` at a font size, in the size's unit.
pub(crate) fn width(text: &str, size: u32) -> u32 {
    scaled(text.chars().map(advance).sum(), size)
}

/// `text`, cut to end in an ellipsis where it is wider than `most`.
pub(crate) fn fit(text: &str, size: u32, most: u32) -> String {
    if width(text, size) <= most {
        return text.into();
    }
    let mut used = advance('…');
    let kept: String = text
        .chars()
        .take_while(|c| {
            used += advance(*c);
            scaled(used, size) <= most
        })
        .collect();
    // A joiner at the end would join the ellipsis.
    let kept = kept.trim_end_matches(|c: char| c == '\u{200d}' || c.is_whitespace());
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_is_kept_and_another_ends_in_an_ellipsis() {
        assert_eq!(fit("short", 11, 100), "short");
        let cut = fit("a rather long category name", 11, 60);
        assert!(cut.ends_with('…') && width(&cut, 11) <= 60, "{cut}");
        assert_eq!(fit("anything", 11, 0), "…");
        assert_eq!(fit("日本語の長いカテゴリ名", 10, 45), "日本語…");
    }

    #[test]
    fn a_very_long_text_has_a_width() {
        assert!(width(&"W".repeat(10_000), 44) > 400_000);
    }
}
