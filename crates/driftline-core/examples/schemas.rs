//! Prints the JSON Schemas of the contracts: what a spec may hold, and what reports, an engine's outcomes and kept windows
//! are. `scripts/declarations` makes the npm package's types of them.

use driftline_core::{report::contracts, spec::MonitorSpec};
use serde_json::json;

fn main() {
    println!("{}", json!({ "spec": MonitorSpec::schema(), "report": contracts() }));
}
