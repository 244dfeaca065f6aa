//! Alertmanager's route: Driftline's alerts to Driftline, and no lower step of a ladder beside a higher one.

use alloc::{format, string::String, vec::Vec};

use super::yaml::quoted;
use crate::{policy::Policy, rule::Rule, trigger::CLAIMS_REPEAT_EVERY};

/// The name that the file is written under.
pub const ALERTMANAGER_FILE: &str = "alertmanager.yml";

/// Where a Driftline server in the same network takes alerts.
pub const WEBHOOK_URL: &str = "http://driftline:8000/v1/alertmanager";

/// A policy for Alertmanager: the route of its alerts to a Driftline server at `url`, and the inhibition of its ladders.
/// `token_file` names the file in which Alertmanager finds the token that a guarded server asks for.
///
/// Alerts that ask for an action go out at once and one by one; the others are gathered for half a minute. An alert is
/// inhibited where a higher step of its own ladder fires for the same model.
///
/// ```
/// use driftline_core::{export, policy::Policy};
/// let text = export::alertmanager(&Policy::default(), export::WEBHOOK_URL, None);
/// assert!(text.contains("url: \"http://driftline:8000/v1/alertmanager\""));
/// ```
pub fn alertmanager(policy: &Policy, url: &str, token_file: Option<&str>) -> String {
    let mut out = String::from(
        "# Where Driftline's alerts go, written by `driftline rules export --format alertmanager`.\n\
         # People are told by receivers of your own: add them, and routes to them, beside this one.\n\
         route:\n  receiver: driftline\n  group_by: [alertname, model, severity]\n  group_wait: 30s\n  \
         group_interval: 5m\n  repeat_interval: 4h\n  routes:\n  \
         # What asks for an action waits for nothing. Driftline acts once on an alert, by fingerprint and start.\n  \
         - matchers: [\"source=\\\"driftline\\\"\", \"action=~\\\"rollback|scale_down\\\"\"]\n    receiver: driftline\n    \
         group_wait: 0s\n    group_interval: 15s\n",
    );
    // As often as the engine needs to hear of an alert to go on believing it.
    out.push_str(&format!("    repeat_interval: {CLAIMS_REPEAT_EVERY}\n"));
    let ladders: Vec<(&Rule, Vec<&str>)> = policy
        .rules
        .iter()
        .map(|rule| {
            let lower = policy.rules.iter().filter(|other| other.is_below(rule));
            (rule, lower.map(|rule| rule.name.as_str()).collect())
        })
        .filter(|(_, lower): &(&Rule, Vec<&str>)| !lower.is_empty())
        .collect();
    out.push_str(if ladders.is_empty() { "inhibit_rules: []\n" } else { "inhibit_rules:\n" });
    for (rule, lower) in ladders {
        // Names are letters, digits and _, so they are themselves in a regular expression.
        let matcher = |matcher: &str| quoted(matcher);
        out.push_str(&format!(
            "- source_matchers: [{}, {}]\n  target_matchers: [{}, {}]\n  equal: [model, ladder]\n",
            matcher("source=\"driftline\""),
            matcher(&format!("alertname=\"{}\"", rule.name)),
            matcher("source=\"driftline\""),
            matcher(&format!("alertname=~\"{}\"", lower.join("|"))),
        ));
    }
    out.push_str(&format!(
        "receivers:\n- name: driftline\n  webhook_configs:\n  - url: {}\n    send_resolved: true\n",
        quoted(url)
    ));
    if let Some(file) = token_file {
        out.push_str(&format!(
            "    http_config:\n      authorization:\n        credentials_file: {}\n",
            quoted(file)
        ));
    }
    out
}
