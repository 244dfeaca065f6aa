//! Names for what people drop by mistake, so that the message can say it.

/// How well-known files that are no table of ours begin.
const MAGIC: &[(&[u8], &str)] = &[
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow IPC file"),
    (b"FEA1", "a Feather (version 1) file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"\x1f\x8b", "gzip-compressed: decompress it first"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed: decompress it first"),
    (b"BZh", "bzip2-compressed: decompress it first"),
    (b"\xfd7zXZ\0", "xz-compressed: decompress it first"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook (.xlsx): save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls): save the sheet as CSV"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"%PDF-", "a PDF document"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x89HDF\r\n", "an HDF5 file"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xfe", "UTF-16 text: save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text: save it as UTF-8"),
];

/// How texts that are no table of ours begin, after blanks, in lower case.
const OPENINGS: &[(&[u8], &str)] = &[
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<?xml", "an XML document"),
];

/// What [`name`] calls JSON, which is read.
pub(super) const JSON: &str = "JSON";

/// What the first bytes are, where that is known and not a delimited text.
pub(super) fn name(first_bytes: &[u8]) -> Option<&'static str> {
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| first_bytes.starts_with(magic)) {
        return Some(name);
    }
    let text = first_bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first_bytes).trim_ascii_start();
    let is_opening = |(opening, _): &&(&[u8], &str)| {
        text.get(..opening.len()).is_some_and(|start| start.eq_ignore_ascii_case(opening))
    };
    if let Some((_, name)) = OPENINGS.iter().find(is_opening) {
        return Some(name);
    }
    if is_json(text) {
        return Some(JSON);
    }
    // A stray NUL is a bad cell; a tenth of them is no text in any encoding we read.
    let nuls = memchr::memchr_iter(0, first_bytes).count();
    if nuls * 10 < first_bytes.len().max(1) {
        return None;
    }
    let pairs = first_bytes.len() / 2;
    let at = |odd: usize| first_bytes.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    if pairs > 2 && (at(0) * 10 > pairs * 8) != (at(1) * 10 > pairs * 8) {
        return Some("UTF-16 text: save it as UTF-8");
    }
    Some("binary data (many NUL bytes)")
}

/// `{"…`, `{}`, `[{`, `[[`, `["` or `[]`: no header of a table begins like that.
pub(super) fn is_json(text: &[u8]) -> bool {
    let next = |rest: &[u8]| rest.trim_ascii_start().first().copied();
    match text.split_first() {
        Some((b'{', rest)) => matches!(next(rest), Some(b'"' | b'}')),
        Some((b'[', rest)) => matches!(next(rest), Some(b'{' | b'[' | b'"' | b']')),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_name(first_bytes: &[u8], expected: Option<&str>) {
        let found = name(first_bytes);
        match expected {
            Some(part) => {
                assert!(
                    found.is_some_and(|name| name.contains(part)),
                    "{first_bytes:?}: {found:?}"
                );
            }
            None => assert_eq!(found, None, "{first_bytes:?}"),
        }
    }

    #[test]
    fn files_that_are_no_table_are_named() {
        check_name(b"PAR1\x15\x04", Some("Parquet"));
        check_name(b"ARROW1\0\0", Some("Arrow"));
        check_name(b"\x1f\x8b\x08\0", Some("gzip"));
        check_name(b"PK\x03\x04\x14\0", Some("xlsx"));
        check_name(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Some(".xls"));
        check_name(b"\xff\xfea\0,\0b\0", Some("UTF-16"));
        check_name(b"a\0,\0b\0\n\0", Some("UTF-16"));
        check_name(b"\0a\0,\0b\0\n", Some("UTF-16"));
        check_name(b"\n <!DOCTYPE HTML>\n<html>", Some("HTML"));
        check_name(b"\xef\xbb\xbf<html lang=en>", Some("HTML"));
        check_name(b"[\n  {\"age\": 1}]", Some("JSON"));
        check_name(b"{\"age\": 1}\n{\"age\": 2}\n", Some("JSON"));
        check_name(&[0; 4096], Some("NUL"));
        check_name(b"\x01\x02\0\x03\0\0\0\x07", Some("NUL"));
    }

    #[test]
    fn tables_are_not_taken_for_something_else() {
        check_name(b"", None);
        check_name(b"age,city\n1,Oslo\n", None);
        check_name(b"[age],[city]\n", None);
        check_name(b"{age},b\n", None);
        check_name(b"\xef\xbb\xbfa,b\n", None);
        check_name(b"ORIGIN,b\n", None);
        check_name(b"a,b\n1,x\0y\n2,yyyyyyyyyyyyyyyyyyyyyy\n", None);
    }
}
