//! What the page's address says after `#`: how somebody looks at a result, and never anything of it. A link with it opens the
//! page in the same way; the part after `#` is sent to no server.
//!
//! Parts are `name=value`, joined by `&`, values percent-encoded. What is not understood is left aside: an address comes
//! from anybody.

use driftline_core::verdict::Severity;
use driftline_wasm::message::shown::{SortKey, View};

/// What an address may say. A part that is empty is not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// What the page is about: `files` or `live`.
    Mode,
    /// The sample that is compared.
    Sample,
    /// The model that is followed.
    Model,
    /// How far back its windows go.
    Range,
    /// The column whose details are open.
    Column,
    /// What the table is sorted by, with `-` before it for the largest first.
    Sort,
    /// What its rows' names hold.
    Find,
    /// The severities of its rows, with commas between.
    Severity,
    /// The policy of files as TOML, where it is not the shipped one.
    Policy,
    /// A finding that somebody shared, in compact form.
    Finding,
}

const KEYS: [(Key, &str); 10] = [
    (Key::Mode, "mode"),
    (Key::Sample, "sample"),
    (Key::Model, "model"),
    (Key::Range, "range"),
    (Key::Column, "column"),
    (Key::Sort, "sort"),
    (Key::Find, "find"),
    (Key::Severity, "severity"),
    (Key::Policy, "policy"),
    (Key::Finding, "finding"),
];

/// Bytes of an address's part at most: some programs that pass links on cut longer ones.
pub const LONGEST: usize = 8192;

/// What an address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment([String; KEYS.len()]);

impl Fragment {
    /// Reads what stands after `#`, with or without it.
    pub fn read(text: &str) -> Fragment {
        let mut fragment = Fragment::default();
        let text = text.strip_prefix('#').unwrap_or(text);
        if text.len() > LONGEST {
            return fragment;
        }
        for part in text.split('&') {
            let Some((name, value)) = part.split_once('=') else { continue };
            let key = KEYS.iter().find(|(_, known)| *known == name);
            if let (Some((key, _)), Some(value)) = (key, decoded(value)) {
                // Only a policy has lines.
                let is_control = |c: char| c.is_control() && !(*key == Key::Policy && c == '\n');
                if !value.contains(is_control) {
                    fragment.set(*key, value);
                }
            }
        }
        fragment
    }

    /// What it says of a key; empty where it says nothing.
    pub fn get(&self, key: Key) -> &str {
        &self.0[key as usize]
    }

    /// Says it, or no longer.
    pub fn set(&mut self, key: Key, value: impl Into<String>) {
        self.0[key as usize] = value.into();
    }

    /// Which columns the table shows, and in which order; what is not understood is as it is at first.
    pub fn view(&self) -> View {
        let mut view = View { search: self.get(Key::Find).into(), ..View::default() };
        let named = self.get(Key::Severity);
        view.severities = Severity::ALL
            .into_iter()
            .filter(|severity| named.split(',').any(|name| name == severity.name()))
            .collect();
        let sort = self.get(Key::Sort);
        let (descending, heading) =
            sort.strip_prefix('-').map_or((false, sort), |heading| (true, heading));
        let known = |key: &SortKey| key.heading().eq_ignore_ascii_case(heading);
        if let Some(key) = SortKey::ALL.into_iter().find(known) {
            (view.key, view.descending) = (key, descending);
        }
        view
    }

    /// Says so, as far as it is not as at first.
    pub fn set_view(&mut self, view: &View) {
        self.set(Key::Find, view.search.as_str());
        // In one order, whichever was chosen first.
        let chosen = Severity::ALL.into_iter().filter(|s| view.severities.contains(s));
        self.set(Key::Severity, chosen.map(Severity::name).collect::<Vec<_>>().join(","));
        let first = View::default();
        let sort = match (view.key, view.descending) == (first.key, first.descending) {
            true => String::new(),
            false => {
                let sign = if view.descending { "-" } else { "" };
                format!("{sign}{}", view.key.heading().to_ascii_lowercase())
            }
        };
        self.set(Key::Sort, sort);
    }

    /// As it stands after `#`, without it. Where that would be too long, the longest values are left out, since a part of
    /// one would say something else.
    pub fn write(&self) -> String {
        let mut parts: Vec<String> = KEYS
            .iter()
            .filter(|(key, _)| !self.get(*key).is_empty())
            .map(|(key, name)| format!("{name}={}", encoded(self.get(*key))))
            .collect();
        while parts.iter().map(|part| part.len() + 1).sum::<usize>() > LONGEST {
            let longest = parts.iter().enumerate().max_by_key(|(_, part)| part.len());
            let Some((at, _)) = longest else { break };
            parts.remove(at);
        }
        parts.join("&")
    }
}

/// As a fragment may hold it, and readable: what has a meaning of its own is written by its bytes.
fn encoded(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,:/".contains(&byte) {
            written.push(byte.into());
        } else {
            written.push_str(&format!("%{byte:02X}"));
        }
    }
    written
}

/// What was written; `None` for what no writer wrote.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mut fragment = Fragment::default();
        assert_eq!(fragment.write(), "");
        fragment.set(Key::Mode, "files");
        fragment.set(Key::Column, "a=b&c#d %41 + \"ü\" 💩 <b>");
        fragment.set(Key::Sort, "-psi");
        fragment.set(Key::Severity, "critical,moderate");
        let text = fragment.write();
        assert!(
            text.starts_with("mode=files&column=a%3Db%26c%23d%20%2541%20%2B%20%22%C3%BC"),
            "{text}"
        );
        assert!(text.ends_with("&sort=-psi&severity=critical,moderate"), "{text}");
        assert_eq!(Fragment::read(&text), fragment);
        assert_eq!(Fragment::read(&format!("#{text}")), fragment);
    }

    #[test]
    fn every_key_has_its_place() {
        let mut fragment = Fragment::default();
        for (at, (key, name)) in KEYS.iter().enumerate() {
            assert_eq!(*key as usize, at, "{name}");
            fragment.set(*key, *name);
        }
        assert!(KEYS.iter().all(|(key, name)| fragment.get(*key) == *name));
    }

    #[test]
    fn a_view_is_read_as_it_was_written() {
        let mut fragment = Fragment::default();
        fragment.set_view(&View::default());
        assert_eq!((fragment.write().as_str(), fragment.view()), ("", View::default()));
        let view = View {
            search: "role:label a".into(),
            severities: vec![Severity::Critical, Severity::Moderate],
            key: SortKey::Psi,
            descending: true,
        };
        fragment.set_view(&view);
        let read = Fragment::read(&fragment.write()).view();
        assert_eq!((&read.search, read.key, read.descending), (&view.search, view.key, true));
        assert_eq!(read.severities, [Severity::Moderate, Severity::Critical]);
        fragment.set_view(&View { descending: false, ..View::default() });
        assert_eq!(fragment.write(), "sort=drift");
        assert!(!Fragment::read("sort=drift").view().descending);
        // Words that nobody knows.
        assert_eq!(Fragment::read("sort=-x&severity=high,,none ").view(), View::default());
    }

    #[test]
    fn a_policy_has_lines_and_nothing_else_has() {
        let mut fragment = Fragment::default();
        fragment.set(Key::Policy, "bins = 20\n[columns.a]\nrole = \"label\"\n");
        assert_eq!(Fragment::read(&fragment.write()), fragment);
        assert_eq!(Fragment::read("policy=a%00b").get(Key::Policy), "");
        assert_eq!(Fragment::read("column=a%0Ab").get(Key::Column), "");
    }

    #[test]
    fn what_no_writer_wrote_is_left_aside() {
        let nothing = Fragment::default();
        for text in [
            "",
            "#",
            "%",
            "&&&&",
            "====",
            "mode",
            "mode=%",
            "mode=%4",
            "mode=%zz",
            "mode=%ff%fe",
            "mode=a%00b",
            "__proto__=1",
            "Mode=files",
            "mode=%0Afiles",
            "=files",
            "\u{1F4A9}=\u{1F4A9}",
        ] {
            assert_eq!(Fragment::read(text), nothing, "{text:?}");
        }
        assert_eq!(Fragment::read(&format!("mode={}", "a".repeat(LONGEST))), nothing);
        // One part that is broken spoils no other, and the last one of a name counts.
        let read = Fragment::read("mode=%ff&sort=psi&sort=-ks&x=y&column=%3Cb%3E");
        assert_eq!((read.get(Key::Sort), read.get(Key::Column)), ("-ks", "<b>"));
        assert_eq!(read.get(Key::Mode), "");
    }

    #[test]
    fn what_is_too_long_is_left_out_whole() {
        let mut fragment = Fragment::default();
        fragment.set(Key::Sort, "psi");
        fragment.set(Key::Policy, "é".repeat(2000));
        assert_eq!(fragment.write(), "sort=psi");
        fragment.set(Key::Policy, "é".repeat(1000));
        assert!(fragment.write().len() > 6000 && fragment.write().len() <= LONGEST);
    }
}
