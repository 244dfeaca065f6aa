//! A spec as it is sent: the one place that reads it.

use alloc::{format, string::String, vec, vec::Vec};

use driftline_core::{
    lint,
    monitor::Monitor,
    policy::{Policy, PolicySpec},
    report,
    spec::MonitorSpec,
};
use serde_json::{Map, Value};

use crate::problem::{Fault, Kind, Problem};

/// A spec that can be run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Checked {
    pub(crate) monitor: Monitor,
    pub(crate) policy: Policy,
}

/// The part of a spec that decides in time.
const OF_POLICY: [&str; 5] = ["objectives", "rules", "triggers", "rails", "live"];

/// Reads and checks a spec.
///
/// # Errors
/// Text that is not JSON (400), or a spec that cannot be run (422), with everything that is wrong.
pub(crate) fn check(text: &str) -> Result<Checked, Problem> {
    let whole: Value = serde_json::from_str(text)
        .map_err(|error| Problem::of_faults(Kind::MALFORMED, vec![Fault::of_syntax(&error, 0)]))?;
    let Value::Object(all) = whole else {
        let fault = Fault::at("", "expected a spec (an object), found something else");
        return Err(Problem::of_faults(Kind::INVALID, vec![fault]));
    };
    let (of_policy, of_monitor): (Map<_, _>, Map<_, _>) =
        all.into_iter().partition(|(key, _)| OF_POLICY.contains(&key.as_str()));
    let mut faults = Vec::new();
    let monitor = read::<MonitorSpec>(of_monitor, &mut faults).and_then(|spec| {
        spec.check().map_err(|problems| faults.extend(problems.into_iter().map(fault))).ok()
    });
    let policy = read::<PolicySpec>(of_policy, &mut faults).and_then(|spec| {
        spec.check().map_err(|problems| faults.extend(problems.into_iter().map(fault))).ok()
    });
    match (monitor, policy) {
        (Some(monitor), Some(policy)) => Ok(Checked { monitor, policy }),
        _ => Err(Problem::of_faults(Kind::INVALID, faults)),
    }
}

/// What can be run and is probably not meant.
pub(crate) fn warnings(policy: &Policy) -> Vec<report::Problem> {
    let Policy { objectives, rules, triggers, rails, live } = policy.clone();
    lint::lint(&PolicySpec { objectives, rules, triggers, rails, live })
}

fn read<T: serde::de::DeserializeOwned>(
    part: Map<String, Value>,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    serde_json::from_value(Value::Object(part))
        .map_err(|error| faults.push(Fault::at("", format!("{error}"))))
        .ok()
}

/// A place such as `rules[2].for` as a pointer.
fn fault(problem: report::Problem) -> Fault {
    let mut pointer = String::new();
    for part in problem.place.split('.') {
        let mut parts = part.split('[');
        for (at, part) in parts.by_ref().enumerate() {
            pointer.push('/');
            pointer.push_str(if at == 0 { part } else { part.trim_end_matches(']') });
        }
    }
    Fault::at(pointer, problem.message)
}
