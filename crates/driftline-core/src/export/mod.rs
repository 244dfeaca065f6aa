//! A policy in the words of other tools.
//!
//! | file | holds |
//! |---|---|
//! | `exposition` | the metric names and labels that a server exposes and that the exported rules read |
//! | `prometheus` | the rule file and its tests |
//! | `recording` | from counters to the numbers that alerts compare |
//! | `alert` | a rule as an alerting rule, with its guards |
//! | `rule_test` | promtool's tests on both sides of everything |
//! | `counter_test` | promtool's tests from counters to alerts |
//! | `alertmanager` | the route of the alerts, and the inhibition of the ladders |
//! | `yaml` | texts and numbers that stay what they are |

mod alert;
mod alertmanager;
mod counter_test;
pub mod exposition;
mod prometheus;
mod recording;
mod rule_test;
mod yaml;

pub use alertmanager::{ALERTMANAGER_FILE, WEBHOOK_URL, alertmanager};
pub use prometheus::{RULES_FILE, RuleFiles, TESTS_FILE, prometheus};
