//! What is to be done, as data: whoever hosts the engine carries it out.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use super::{Action, Rails, audit, template};
use crate::time::Timestamp;

/// Something for the host to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Ask for an action by HTTP.
    Request(Box<Request>),
    /// Tell people.
    Line(String),
}

/// An HTTP request. The body is an [`Order`] as JSON, or what the rails' own body comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Request {
    /// `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// Where to, filled in.
    pub url: String,
    /// The rails' headers, `Content-Type: application/json` where they have none, and `Idempotency-Key`.
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    pub body: String,
    /// The order again, as data.
    pub order: Order,
}

/// An action, with all that whoever carries it out needs to refuse it: how long it is good for, and which version it takes
/// to be serving.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Order {
    /// SHA-256 of the action, who asked, target, versions and the incident's start: an engine that was restarted asks for
    /// nothing twice, and two actions never share one.
    pub idempotency_key: String,
    /// The incident.
    pub incident: String,
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub target: String,
    /// Do nothing where another version serves.
    pub expected_current_version: Option<String>,
    /// The version to go back to.
    pub target_version: Option<String>,
    /// How much less, of a scale-down.
    pub scale: Option<ScaleStep>,
    /// Do nothing from then on.
    pub not_after: Timestamp,
    /// Why, for people.
    pub reason: String,
    /// Who asked.
    pub asked_by: Vec<String>,
    /// The metrics' values.
    pub evidence: BTreeMap<String, f64>,
}

/// How much one scale-down takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ScaleStep {
    /// At most so many of a hundred replicas, or parts of the traffic.
    pub percent: u8,
    /// And never below so many replicas.
    pub min_replicas: u32,
}

impl Default for ScaleStep {
    fn default() -> ScaleStep {
        ScaleStep { percent: 50, min_replicas: 1 }
    }
}

impl Order {
    /// Names an action so that the same one has the same name, whoever asks again.
    pub(crate) fn key(
        action: Action,
        askers: &[String],
        target: &str,
        (from, to): (Option<&str>, Option<&str>),
        start: Timestamp,
    ) -> String {
        // JSON keeps the parts apart, whatever is in them.
        let parts = (action, askers.first(), target, from, to, start);
        audit::sha256_hex(crate::codec::to_json(&parts).as_bytes())
    }

    /// The request for it.
    pub(crate) fn request(self, url: &str, rails: &Rails) -> Request {
        let mut headers = rails.headers.clone();
        if !headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
            headers.insert("Content-Type".into(), "application/json".into());
        }
        headers.insert("Idempotency-Key".into(), self.idempotency_key.clone());
        Request {
            method: rails.method.name().into(),
            url: self.filled(url, percent_encoded),
            headers,
            body: match &rails.body {
                Some(template) => self.filled(template, within_json_string),
                None => crate::codec::to_json(&self),
            },
            order: self,
        }
    }

    /// A template with its placeholders filled in. What is filled in is not looked at again.
    fn filled(&self, template: &str, encoded: fn(&str) -> String) -> String {
        template::filled(template, |name| {
            let version = |version: &Option<String>| version.clone().unwrap_or_default();
            Some(encoded(&match name {
                "action" => self.action.name().into(),
                "target" => self.target.clone(),
                "current_version" => version(&self.expected_current_version),
                "target_version" => version(&self.target_version),
                "id" => self.idempotency_key.clone(),
                "incident" => self.incident.clone(),
                "reason" => self.reason.clone(),
                "not_after" => self.not_after.to_string(),
                _ => return None,
            }))
        })
    }

    /// The order in one line.
    pub(crate) fn in_words(&self) -> String {
        let Order { action, target, reason, .. } = self;
        match (&self.expected_current_version, &self.target_version) {
            (Some(from), Some(to)) => format!("{action} of {target} from {from} to {to}: {reason}"),
            _ => format!("{action} of {target}: {reason}"),
        }
    }
}

/// A text as it stands inside a string of JSON.
fn within_json_string(text: &str) -> String {
    let quoted = crate::codec::to_json(&text);
    quoted[1..quoted.len() - 1].to_string()
}

/// A text as a part of a path or query (RFC 3986).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{super::Method, *};

    fn order() -> Order {
        Order {
            idempotency_key: "k".into(),
            incident: "i".into(),
            action: Action::Rollback,
            target: "a/b?c".into(),
            expected_current_version: Some("{target}".into()),
            target_version: Some("v 1".into()),
            scale: None,
            not_after: Timestamp::EPOCH,
            reason: String::new(),
            asked_by: Vec::new(),
            evidence: BTreeMap::new(),
        }
    }

    #[test]
    fn a_url_is_filled_in_and_nothing_breaks_out_of_it() {
        let order = order();
        let url = "https://x/{action}/{target}/{current_version}/{target_version}/{other}";
        let request = order.clone().request(url, &Rails::default());
        assert_eq!(request.url, "https://x/rollback/a%2Fb%3Fc/%7Btarget%7D/v%201/{other}");
        assert_eq!(serde_json::from_str::<Order>(&request.body).unwrap(), order);
        let headers =
            ["Content-Type", "Idempotency-Key"].map(|name| request.headers[name].as_str());
        assert_eq!(headers, ["application/json", "k"]);
    }

    #[test]
    fn a_body_of_ones_own_is_filled_in_and_nothing_breaks_out_of_it() {
        let rails = Rails {
            method: Method::Patch,
            headers: [("content-type".into(), "application/json-patch+json".into())].into(),
            body: Some(
                r#"[{"image": "m:{target_version}", "was": "{current_version}", "{x}": 1}]"#.into(),
            ),
            ..Rails::default()
        };
        let order = Order { target_version: Some("\", \"x\": \"\u{1}".into()), ..order() };
        let request = order.request("https://x", &rails);
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let expected =
            serde_json::json!([{"image": "m:\", \"x\": \"\u{1}", "was": "{target}", "{x}": 1}]);
        assert_eq!(body, expected);
        assert_eq!(request.method, "PATCH");
        assert_eq!(request.headers.len(), 2, "{:?}", request.headers);
    }

    #[test]
    fn a_key_tells_apart_what_only_looks_the_same() {
        let key_of = |action, asker: &str, target: &str, to| {
            Order::key(action, &[asker.into()], target, (Some("2"), to), Timestamp::EPOCH)
        };
        let key = |asker, target| key_of(Action::Rollback, asker, target, Some("1"));
        assert_eq!(key("a", "b"), key("a", "b"));
        assert_ne!(key("a\",\"b", "c"), key("a", "b\",\"c"));
        assert_eq!(key("a", "b").len(), 64);
        assert_ne!(key("a", "b"), key_of(Action::ScaleDown, "a", "b", Some("1")));
        assert_ne!(key("a", "b"), key_of(Action::Rollback, "a", "b", Some("0")));
        assert_ne!(key("a", "b"), key_of(Action::Rollback, "a", "b", None));
    }
}
