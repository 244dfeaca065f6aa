//! One JSON object, member by member, without a tree: values are places in the text, so that a cell is read once, from
//! the bytes as they were written.

use alloc::{format, string::String, vec::Vec};
use core::ops::Range;

use crate::error::Quoted;

/// Deepest nesting of a value: one more is a fault of its row.
pub(super) const MOST_DEPTH: u32 = 127;

/// A member's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    /// A number, `true` or `false`, as written.
    Plain(Range<usize>),
    /// The inside of a string.
    Text(Span),
    /// An object or an array, whole.
    Nested(Range<usize>),
}

/// The inside of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    /// Whether it is to be [decoded](decode) first.
    pub(super) has_escapes: bool,
}

/// Why a text is no JSON object: what was expected at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) expected: &'static str,
}

impl Fault {
    /// What to tell of it, given the text.
    pub(super) fn message(&self, text: &[u8]) -> String {
        match text.get(self.at..) {
            Some(rest @ [_, ..]) => {
                // What follows the fault is rarely of use.
                let found = Quoted(&rest[..rest.len().min(12)]);
                format!("expected {}, found {found}: row skipped", self.expected)
            }
            _ => format!("expected {}, found the end of the row: row skipped", self.expected),
        }
    }
}

/// Hands each member of the object `text` to `each`: its key and its value, with nothing but blanks around the object.
///
/// Beside what the standard allows, `NaN`, `Infinity` and `-Infinity` are numbers: Python writes them.
pub(super) fn members(text: &[u8], mut each: impl FnMut(Span, Value)) -> Result<(), Fault> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.skip_blanks();
    cursor.take(b'{', "an object")?;
    cursor.skip_blanks();
    if cursor.peek() == Some(b'}') {
        cursor.at += 1;
    } else {
        loop {
            let key = cursor.key()?;
            let value = cursor.value()?;
            each(key, value);
            cursor.skip_blanks();
            match cursor.peek() {
                Some(b',') => cursor.at += 1,
                Some(b'}') => {
                    cursor.at += 1;
                    break;
                }
                _ => return Err(cursor.fault("a comma or }")),
            }
            cursor.skip_blanks();
        }
    }
    cursor.skip_blanks();
    if cursor.at < text.len() { Err(cursor.fault("nothing after the object")) } else { Ok(()) }
}

/// Appends what an escaped string stands for. Half a surrogate pair becomes three bytes that are not UTF-8, so that its
/// cell is unreadable and its row is not.
pub(super) fn decode(inside: &[u8], out: &mut Vec<u8>) {
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let Some(&escape) = rest.get(at + 1) else { return };
        rest = &rest[at + 2..];
        let byte = match escape {
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let first = hex(rest);
                rest = rest.get(4..).unwrap_or_default();
                let second = match (first, rest) {
                    (0xD800..=0xDBFF, [b'\\', b'u', low @ ..]) => hex(low),
                    _ => 0,
                };
                let code = if (0xDC00..=0xDFFF).contains(&second) {
                    rest = rest.get(6..).unwrap_or_default();
                    0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                } else {
                    first
                };
                match char::from_u32(code) {
                    Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => {
                        let low = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
                        out.extend_from_slice(&[0xED, low(6), low(0)]);
                    }
                }
                continue;
            }
            itself => itself,
        };
        out.push(byte);
    }
    out.extend_from_slice(rest);
}

/// Four hexadecimal digits, which are there.
fn hex(digits: &[u8]) -> u32 {
    let digit = |code: u32, &byte: &u8| code * 16 + char::from(byte).to_digit(16).unwrap_or(0);
    digits.iter().take(4).fold(0, digit)
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn fault(&self, expected: &'static str) -> Fault {
        Fault { at: self.at, expected }
    }

    #[inline]
    fn take(&mut self, byte: u8, expected: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.fault(expected));
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// A key and its colon, to where the value begins.
    #[inline]
    fn key(&mut self) -> Result<Span, Fault> {
        if self.peek() != Some(b'"') {
            return Err(self.fault("a key in double quotes"));
        }
        let key = self.string()?;
        self.skip_blanks();
        self.take(b':', "a colon after the key")?;
        self.skip_blanks();
        Ok(key)
    }

    #[inline]
    fn value(&mut self) -> Result<Value, Fault> {
        let start = self.at;
        Ok(match self.peek() {
            Some(b'"') => Value::Text(self.string()?),
            Some(b'{' | b'[') => {
                self.nested()?;
                Value::Nested(start..self.at)
            }
            Some(b'n') => {
                self.word(b"null")?;
                Value::Null
            }
            _ => {
                self.plain()?;
                Value::Plain(start..self.at)
            }
        })
    }

    fn word(&mut self, word: &'static [u8]) -> Result<(), Fault> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.fault("a value"));
        }
        self.at += word.len();
        Ok(())
    }

    /// A number, `true`, `false`, or what Python writes for numbers that JSON has none for.
    fn plain(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b't') => return self.word(b"true"),
            Some(b'f') => return self.word(b"false"),
            Some(b'N') => return self.word(b"NaN"),
            Some(b'I') => return self.word(b"Infinity"),
            Some(b'-') => self.at += 1,
            Some(b'0'..=b'9') => {}
            _ => return Err(self.fault("a value")),
        }
        match self.peek() {
            Some(b'I') => return self.word(b"Infinity"),
            // No leading zeros: 007 may be a code, and then it is in quotes.
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("a digit")) } else { Ok(()) }
    }

    /// A string whose opening quote is at hand.
    #[inline]
    fn string(&mut self) -> Result<Span, Fault> {
        let start = self.at + 1;
        self.at = start;
        let mut has_escapes = false;
        loop {
            self.at += plain_bytes(&self.text[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Span { range: start..self.at - 1, has_escapes });
                }
                Some(b'\\') => {
                    has_escapes = true;
                    self.escape()?;
                }
                Some(_) => {
                    return Err(self.fault("an escape such as \\n for a control character"));
                }
                None => return Err(self.fault("the string's closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.text.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = self.text.get(self.at + 2..self.at + 6);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return Err(self.fault("four hexadecimal digits after \\u"));
                }
                self.at += 6;
            }
            _ => return Err(self.fault("an escape that JSON has")),
        }
        Ok(())
    }

    /// An object or an array, passed without recursion: a bit for each level says which it is.
    fn nested(&mut self) -> Result<(), Fault> {
        let (mut objects, mut depth) = (0_u128, 0_u32);
        loop {
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if depth == MOST_DEPTH {
                        return Err(self.fault("values nested at most 127 deep"));
                    }
                    let is_object = open == b'{';
                    objects = objects << 1 | u128::from(is_object);
                    depth += 1;
                    self.at += 1;
                    self.skip_blanks();
                    if self.peek() != Some(closing(is_object)) {
                        if is_object {
                            self.key()?;
                        }
                        continue;
                    }
                }
                Some(b'"') => {
                    self.string()?;
                }
                Some(b'n') => self.word(b"null")?,
                _ => self.plain()?,
            }
            loop {
                if depth == 0 {
                    return Ok(());
                }
                self.skip_blanks();
                let is_object = objects & 1 == 1;
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.skip_blanks();
                        if is_object {
                            self.key()?;
                        }
                        break;
                    }
                    Some(close) if close == closing(is_object) => {
                        self.at += 1;
                        objects >>= 1;
                        depth -= 1;
                    }
                    _ if is_object => return Err(self.fault("a comma or }")),
                    _ => return Err(self.fault("a comma or ]")),
                }
            }
        }
    }
}

fn closing(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}

/// How many bytes come before a quote, a backslash or a control character: eight at a time.
#[inline]
fn plain_bytes(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // A zero byte of `word` sets its highest bit; above the lowest one set there may be false ones.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, _) = text.as_chunks::<8>();
    for (at, bytes) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*bytes);
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = zeros(word ^ (ONES * u64::from(b'"')))
            | zeros(word ^ (ONES * u64::from(b'\\')))
            | controls;
        if found != 0 {
            return at * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    let start = words.len() * 8;
    text[start..].iter().position(is_special).map_or(text.len(), |at| start + at)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use proptest::prelude::*;

    use super::*;

    fn is_object(text: &[u8]) -> bool {
        members(text, |_, _| ()).is_ok()
    }

    proptest! {
        #[test]
        fn an_object_is_what_serde_json_takes_for_one(
            text in r#"\{("[a\\"u0]{0,4}" ?: ?([-0-9.eE]{1,5}|"[\\a"n\n]{0,3}"|[\[\]{},:"a1 ]{0,8}|null|tru?e|false),?){0,3}\} ?"#,
        ) {
            let oracle = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text);
            // What serde_json refuses for its own sake: numbers out of range, which here are infinite.
            let is_own = oracle.as_ref().is_err_and(|e| e.to_string().contains("out of range"));
            prop_assert!(is_own || is_object(text.as_bytes()) == oracle.is_ok(), "{} {:?}", text, oracle);
        }

        #[test]
        fn a_string_is_decoded_as_serde_json_does(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            let object = ["{\"k\":", &written, "}"].concat();
            let mut found = Vec::new();
            members(object.as_bytes(), |_, value| {
                let Value::Text(span) = value else { panic!("a string") };
                let inside = &object.as_bytes()[span.range];
                if span.has_escapes { decode(inside, &mut found) } else { found.extend_from_slice(inside) }
            }).unwrap();
            prop_assert_eq!(found, text.into_bytes());
        }

        #[test]
        fn special_bytes_are_found_wherever_they_are(text in prop::collection::vec(any::<u8>(), 0..40)) {
            let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
            let expected = text.iter().position(is_special).unwrap_or(text.len());
            prop_assert_eq!(plain_bytes(&text), expected);
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_not_utf_8() {
        let decoded = |text: &str| {
            let mut out = Vec::new();
            decode(text.as_bytes(), &mut out);
            out
        };
        assert_eq!(decoded(r"\ud83d\ude00"), "😀".as_bytes());
        assert_eq!(decoded(r"a\ud83d!"), b"a\xed\xa0\xbd!");
        assert_eq!(decoded(r"\ud83d\u0041"), b"\xed\xa0\xbdA");
        assert_eq!(decoded(r"\ude00"), b"\xed\xb8\x80");
        assert_eq!(decoded(r"\u0000\/"), b"\0/");
    }

    #[test]
    fn nesting_is_passed_to_a_depth_and_no_deeper() {
        let nested = |depth: usize| {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            is_object([r#"{"a":"#, &open, &close, "}"].concat().as_bytes())
        };
        assert!(nested(127));
        assert!(!nested(128));
        assert!(!nested(1_000_000));
    }

    #[test]
    fn a_fault_says_what_was_expected_and_found() {
        let check = |text: &str, expected: &str| {
            let fault = members(text.as_bytes(), |_, _| ()).unwrap_err();
            assert_eq!(fault.message(text.as_bytes()).to_string(), expected, "{text}");
        };
        check("[1]", r#"expected an object, found "[1]": row skipped"#);
        check("{\"a\":1", "expected a comma or }, found the end of the row: row skipped");
        check("{'a':1}", r#"expected a key in double quotes, found "'a':1}": row skipped"#);
        check("{\"a\":}", r#"expected a value, found "}": row skipped"#);
        check("{\"a\":1} x", r#"expected nothing after the object, found "x": row skipped"#);
        check("{\"a\":01}", r#"expected a comma or }, found "1}": row skipped"#);
    }

    #[test]
    fn pythons_numbers_are_taken() {
        for number in ["NaN", "Infinity", "-Infinity", "1e999", "-0.0"] {
            assert!(is_object(["{\"a\":", number, "}"].concat().as_bytes()), "{number}");
        }
        assert!(!is_object(b"{\"a\":-NaN}"));
        assert!(!is_object(b"{\"a\":+1}"));
    }
}
