//! A spec as it is sent: the one place that reads it.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use driftline_core::{
    lint,
    monitor::Monitor,
    policy::{Policy, PolicySpec},
    report,
    spec::{Checked, MonitorSpec},
};
use serde_json::{Value, error::Category};

use crate::problem::{Fault, Kind, Problem, pointer_part};

/// Reads and checks a spec.
///
/// # Errors
/// Text that is not JSON (400), or a spec that cannot be run (422), with everything that is wrong.
pub(crate) fn check(text: &str) -> Result<Checked, Problem> {
    // An array would be read as the fields in their order.
    if text.trim_start().starts_with('[') {
        let fault = Fault::at("", "expected a spec (an object), found an array");
        return Err(Problem::of_faults(Kind::INVALID, vec![fault]));
    }
    let spec: MonitorSpec = serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => {
            let said = error.to_string();
            let detail = said.split(" at line ").next().unwrap_or_default().to_string();
            let fault = Fault { detail, ..Fault::of_syntax(&error, 0) };
            Problem::of_faults(Kind::INVALID, vec![fault])
        }
        _ => Problem::of_faults(Kind::MALFORMED, vec![Fault::of_syntax(&error, 0)]),
    })?;
    if let Some(fault) = arrays_for_objects(text, &spec) {
        return Err(Problem::of_faults(Kind::INVALID, vec![fault]));
    }
    spec.check().map_err(|problems| {
        Problem::of_faults(Kind::INVALID, problems.into_iter().map(fault).collect())
    })
}

/// Where an array was read as the fields of an object in their order, which no other reader of the spec would do.
fn arrays_for_objects(text: &str, spec: &MonitorSpec) -> Option<Fault> {
    let sent: Value = serde_json::from_str(text).ok()?;
    let read = serde_json::to_value(spec).ok()?;
    let mut pairs = vec![(String::new(), &sent, &read)];
    while let Some((pointer, sent, read)) = pairs.pop() {
        match (sent, read) {
            (Value::Array(_), Value::Object(_)) => {
                return Some(Fault::at(pointer, "expected an object, found an array"));
            }
            (Value::Array(sent), Value::Array(read)) => {
                let items = sent.iter().zip(read).enumerate();
                pairs.extend(items.map(|(at, (a, b))| (format!("{pointer}/{at}"), a, b)));
            }
            (Value::Object(sent), Value::Object(read)) => {
                let fields = sent.iter().filter_map(|(name, a)| Some((name, a, read.get(name)?)));
                pairs.extend(
                    fields.map(|(name, a, b)| (format!("{pointer}/{}", pointer_part(name)), a, b)),
                );
            }
            _ => {}
        }
    }
    None
}

/// The spec with every default written out.
pub(crate) fn written_out(monitor: &Monitor, policy: &Policy) -> MonitorSpec {
    MonitorSpec::of(monitor.spec().clone(), of(policy))
}

/// What can be run and is probably not meant.
pub(crate) fn warnings(policy: &Policy) -> Vec<report::Problem> {
    lint::lint(&of(policy))
}

fn of(policy: &Policy) -> PolicySpec {
    let Policy { objectives, rules, triggers, rails, live } = policy.clone();
    PolicySpec { objectives, rules, triggers, rails, live }
}

/// A place such as `rules[2].for` as a pointer.
fn fault(problem: report::Problem) -> Fault {
    let mut pointer = String::new();
    for part in problem.place.split('.') {
        for (at, part) in part.split('[').enumerate() {
            pointer.push('/');
            pointer.push_str(if at == 0 { part } else { part.trim_end_matches(']') });
        }
    }
    Fault::at(pointer, problem.message)
}
