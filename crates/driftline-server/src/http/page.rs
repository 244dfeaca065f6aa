//! The page, as it was built into the program; where it was not, a plain one that says how.

use driftline_api::Response;

/// A file of the page.
struct File {
    path: &'static str,
    media_type: &'static str,
    /// Names the contents, for `ETag`.
    tag: &'static str,
    bytes: &'static [u8],
}

// `PAGE: &[File]`, written by build.rs out of the folder that DRIFTLINE_PAGE named.
include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What the page may load: itself. The same as `scripts/serve.mjs` sends.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
    manifest-src 'self'; base-uri 'none'; form-action 'none'";

const MISSING: &str = "<!doctype html>
<html lang=\"en\">
<title>Driftline</title>
<h1>Driftline is running</h1>
<p>This program was built without the dashboard. <code>make serve</code> builds one with it.
<p>All the rest is here: <a href=\"/health\">/health</a>, <a href=\"/drift\">/drift</a>,
<a href=\"/latency\">/latency</a>, <a href=\"/alerts\">/alerts</a>, <a href=\"/metrics\">/metrics</a>, and
<a href=\"/openapi.json\">/openapi.json</a> lists every address.
</html>
";

/// Whether the page was built in.
pub fn is_built_in() -> bool {
    !PAGE.is_empty()
}

/// The file at a path, where there is one; 304 where the client has it.
pub(super) fn get(path: &str, if_none_match: Option<&str>) -> Option<Response> {
    let wanted = path.strip_prefix('/')?;
    let wanted = if wanted.is_empty() { "index.html" } else { wanted };
    if PAGE.is_empty() && wanted == "index.html" {
        return Some(Response::new(200, "text/html; charset=utf-8", MISSING));
    }
    let file = PAGE.iter().find(|file| file.path == wanted)?;
    let known = if_none_match.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == file.tag));
    let response =
        if known { Response::empty(304) } else { Response::new(200, file.media_type, file.bytes) };
    let keeping = if names_its_contents(wanted) { FOR_GOOD } else { "no-cache" };
    Some(response.with_header("etag", file.tag).with_header("cache-control", keeping))
}

/// How long a file may be kept whose address is another one as soon as its contents are.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Whether a path has a hash in it, as the page's build writes them: sixteen hexadecimal digits.
fn names_its_contents(path: &str) -> bool {
    path.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|part| part.len() == 16 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_change_with_their_contents_are_kept_for_good() {
        for path in ["base-12731c5e8fa0c680.css", "w/013fa262009539f1/worker.js"] {
            assert!(names_its_contents(path), "{path}");
        }
        for path in ["index.html", "offline.js", "icon-192.png", "samples/transactions/current.csv"]
        {
            assert!(!names_its_contents(path), "{path}");
        }
        for file in
            PAGE.iter().filter(|file| file.path == "offline.js" || file.path == "index.html")
        {
            let response = get(&format!("/{}", file.path), None).unwrap();
            assert_eq!(response.header("cache-control"), Some("no-cache"));
        }
    }

    #[test]
    fn the_root_is_a_page_whether_or_not_one_was_built_in() {
        let response = get("/", None).unwrap();
        assert_eq!(response.status, 200);
        assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(get("/../Cargo.toml", None).is_none());
        for file in PAGE {
            let path = format!("/{}", file.path);
            assert_eq!(get(&path, Some(file.tag)).unwrap().status, 304, "{path}");
        }
    }
}
