//! One cell: missing, a number, or text.

/// The cell without blanks on either side.
#[inline]
pub(crate) fn trim(cell: &[u8]) -> &[u8] {
    match cell {
        // Nearly every cell: no blank at either end.
        [first, .., last] if *first > b' ' && *last > b' ' => cell,
        _ => cell.trim_ascii(),
    }
}

/// Whether a trimmed cell says that there is no value: empty, `NA`, `N/A`, `null`, `None`, `NaN` in any case, or `-`.
#[inline]
pub(crate) fn is_missing(trimmed: &[u8]) -> bool {
    match trimmed.len() {
        0 => true,
        1 => trimmed == b"-",
        2..=4 => matches!(trimmed[0], b'n' | b'N') && is_missing_word(trimmed),
        _ => false,
    }
}

fn is_missing_word(trimmed: &[u8]) -> bool {
    let words: [&[u8]; 5] = [b"na", b"n/a", b"nan", b"null", b"none"];
    words.iter().any(|word| trimmed.eq_ignore_ascii_case(word))
}

/// A cell of a numeric column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Value(f64),
    Missing,
    Unreadable,
}

/// Reads a number: the nearest double to what a decimal text says, `inf`, `infinity` and their signs included.
///
/// No thousands separators, no underscores, no hexadecimal: where two conventions read a text differently, a silent
/// guess would shift a distribution.
#[inline]
pub(crate) fn number(cell: &[u8]) -> Number {
    let trimmed = trim(cell);
    if is_missing(trimmed) {
        return Number::Missing;
    }
    if let Some(value) = short_decimal(trimmed) {
        return Number::Value(value);
    }
    match core::str::from_utf8(trimmed).ok().and_then(|text| text.parse::<f64>().ok()) {
        // "-nan", as C prints it.
        Some(value) if value.is_nan() => Number::Missing,
        Some(value) => Number::Value(value),
        None => Number::Unreadable,
    }
}

/// Reads what nearly every cell holds: a few digits, perhaps a sign and a point. `None` says nothing about other texts.
///
/// Digits that fit 2^53 and a power of ten up to 10^22 are doubles without error, and one division rounds once: the
/// result is the nearest double (Clinger 1990), bit for bit that of `str::parse`, in half the time.
#[inline]
fn short_decimal(trimmed: &[u8]) -> Option<f64> {
    const MOST_DIGITS: usize = 15;
    const POWERS: [f64; MOST_DIGITS + 1] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (is_negative, digits) = match trimmed {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    // One more for the point.
    if digits.is_empty() || digits.len() > MOST_DIGITS + 1 {
        return None;
    }
    let (mut mantissa, mut point) = (0_u64, None);
    for (at, &byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa * 10 + u64::from(digit);
        } else if byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let n_decimals = point.map_or(0, |at| digits.len() - 1 - at);
    let n_digits = digits.len() - usize::from(point.is_some());
    if n_digits == 0 || n_digits > MOST_DIGITS {
        return None;
    }
    let value = mantissa as f64 / POWERS[n_decimals];
    Some(if is_negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_for_nothing_are_missing() {
        for cell in [
            "", " ", "\t", "NA", "na", "N/A", "n/a", "null", "NULL", "None", "none", "NaN", "nan",
            " - ",
        ] {
            assert!(is_missing(trim(cell.as_bytes())), "{cell:?}");
            assert_eq!(number(cell.as_bytes()), Number::Missing, "{cell:?}");
        }
        for cell in ["0", "--", "n", "nano", "nul", "nothing", "N.A.", "."] {
            assert!(!is_missing(trim(cell.as_bytes())), "{cell:?}");
        }
    }

    fn check_number(cell: &str, expected: Option<f64>) {
        let expected = expected.map_or(Number::Unreadable, Number::Value);
        assert_eq!(number(cell.as_bytes()), expected, "{cell:?}");
    }

    #[test]
    fn decimal_numbers_are_read_and_nothing_else() {
        check_number("1", Some(1.0));
        check_number(" +1.5 ", Some(1.5));
        check_number("-1e-3", Some(-0.001));
        check_number(".5", Some(0.5));
        check_number("5.", Some(5.0));
        check_number("1E400", Some(f64::INFINITY));
        check_number("inf", Some(f64::INFINITY));
        check_number("-Infinity", Some(f64::NEG_INFINITY));
        check_number("9007199254740993", Some(9_007_199_254_740_992.0));
        check_number("2.2250738585072011e-308", Some(2.225_073_858_507_201e-308));
        for cell in
            ["0x10", "1_000", "1,000", "1 000", "1.2.3", "12a", "e5", "+", "1\0", "½", "\u{a0}1"]
        {
            check_number(cell, None);
        }
        assert_eq!(number(b"-nan"), Number::Missing);
        assert_eq!(number(b"\xff"), Number::Unreadable);
    }

    proptest! {
        #[test]
        fn a_short_decimal_is_the_nearest_double(
            text in r"-?[0-9]{0,9}(\.[0-9]{0,9})?",
        ) {
            if let Some(value) = short_decimal(text.as_bytes()) {
                let expected: f64 = text.parse().unwrap();
                prop_assert_eq!(value.to_bits(), expected.to_bits());
            } else {
                let n_digits = text.bytes().filter(u8::is_ascii_digit).count();
                prop_assert!(n_digits == 0 || n_digits > 15, "{}", text);
            }
        }
    }
}
