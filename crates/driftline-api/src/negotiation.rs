//! Which of an endpoint's media types an answer is in (RFC 9110 §12.5.1), and which one a body is in.

use alloc::string::{String, ToString};

/// One entry of an `Accept` header.
struct Range<'a> {
    kind: &'a str,
    subtype: &'a str,
    version: Option<&'a str>,
    quality: u32,
}

impl<'a> Range<'a> {
    fn parse(entry: &'a str) -> Option<Range<'a>> {
        let mut parts = entry.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut range = Range { kind, subtype, version: None, quality: 1000 };
        for parameter in parts {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => range.quality = quality(value)?,
                "version" => range.version = Some(value),
                _ => {}
            }
        }
        Some(range)
    }

    /// How exactly it names a media type: 0 not at all.
    fn fits(&self, media_type: &str) -> u32 {
        let mut parts = media_type.split(';').map(str::trim);
        let Some((kind, subtype)) = parts.next().and_then(|name| name.split_once('/')) else {
            return 0;
        };
        let version = parts.find_map(|parameter| parameter.strip_prefix("version="));
        let same = |own: &str, other: &str| own.eq_ignore_ascii_case(other);
        if self.kind == "*" && self.subtype == "*" {
            1
        } else if !same(self.kind, kind) {
            0
        } else if self.subtype == "*" {
            2
        } else if !same(self.subtype, subtype) {
            0
        } else {
            match (self.version, version) {
                (None, _) => 3,
                (Some(wanted), Some(version)) if is_version(wanted, version) => 4,
                _ => 0,
            }
        }
    }
}

/// Whether a version is the one asked for: `0.0.1` asks for what 1.0.0 became.
fn is_version(wanted: &str, version: &str) -> bool {
    wanted == version || (version == "1.0.0" && wanted == "0.0.1")
}

/// A weight in thousandths.
fn quality(text: &str) -> Option<u32> {
    let quality: f64 = text.parse().ok()?;
    (0.0..=1.0).contains(&quality).then_some((quality * 1000.0) as u32)
}

/// The offered media type that `accept` likes best; of equals the first. The first one where nobody says anything, `None`
/// where none is liked.
///
/// ```
/// use driftline_api::negotiation::accepted;
/// let offers = ["text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0"];
/// assert_eq!(accepted(None, &offers), Some(0));
/// assert_eq!(accepted(Some("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"), &offers), Some(1));
/// assert_eq!(accepted(Some("text/html"), &offers), None);
/// ```
pub fn accepted(accept: Option<&str>, offers: &[&str]) -> Option<usize> {
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else {
        return (!offers.is_empty()).then_some(0);
    };
    let mut best: Option<(u32, usize)> = None;
    for (at, offer) in offers.iter().enumerate() {
        let ranges = accept.split(',').filter_map(|entry| Range::parse(entry.trim()));
        // The most exact entry decides about an offer.
        let most_exact = ranges
            .map(|range| (range.fits(offer), range.quality))
            .filter(|(fit, _)| *fit > 0)
            .max();
        let quality = most_exact.map_or(0, |(_, quality)| quality);
        if quality > 0 && best.is_none_or(|(most, _)| quality > most) {
            best = Some((quality, at));
        }
    }
    best.map(|(_, at)| at)
}

/// A media type without its parameters, in lower case; `None` where a charset other than UTF-8 is named.
pub fn media_type(content_type: &str) -> Option<String> {
    let mut parts = content_type.split(';').map(str::trim);
    let name = parts.next()?.to_ascii_lowercase();
    let is_utf8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii")
        }
        _ => true,
    };
    parts.all(is_utf8).then(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFERS: [&str; 2] = [
        "text/plain; version=0.0.4; charset=utf-8",
        "application/openmetrics-text; version=1.0.0; charset=utf-8",
    ];

    fn check(accept: &str, expected: Option<usize>) {
        assert_eq!(accepted(Some(accept), &OFFERS), expected, "{accept}");
    }

    #[test]
    fn the_best_liked_type_is_taken() {
        // What Prometheus 2.42 and 3.x send, the latter with escaping parameters.
        check(
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            Some(1),
        );
        check(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            Some(1),
        );
        check(
            "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;version=1.0.0;q=0.5",
            Some(0),
        );
        check("*/*", Some(0));
        check("text/*", Some(0));
        check("application/*", Some(1));
        check("text/plain;q=0,*/*", Some(1));
        check("text/html", None);
        check("text/plain;q=2", None);
        check("", Some(0));
        check("nonsense", None);
    }

    #[test]
    fn a_charset_other_than_utf_8_is_not_read() {
        assert_eq!(
            media_type("Application/JSON; charset=\"UTF-8\"").as_deref(),
            Some("application/json")
        );
        assert_eq!(media_type("application/json; charset=latin1"), None);
    }
}
