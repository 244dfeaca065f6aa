//! The JSON Schemas of what comes out: reports, and what an engine answers.

use serde_json::Value;

use super::{Problem, Report};
use crate::{
    engine::Transition,
    replay::KeptWindow,
    trigger::{Effect, audit::AuditRow},
};

/// What comes out: the properties name the contracts, their types are among the definitions.
#[derive(schemars::JsonSchema, serde::Serialize)]
struct Contracts {
    report: Report,
    problem: Problem,
    transition: Transition,
    effect: Effect,
    audit_row: AuditRow,
    kept_window: KeptWindow,
}

/// The JSON Schema (draft 2020-12) of reports, transitions, effects, audit rows and kept windows as they are written:
/// a field that can be absent is not required.
pub fn contracts() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Contracts>().to_value();
    crate::spec::in_prose(&mut schema);
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_report_has_a_word_and_what_may_be_absent_is_not_required() {
        let schema = contracts();
        let report = &schema["$defs"]["Report"];
        let required = report["required"].as_array().unwrap();
        for (key, property) in report["properties"].as_object().unwrap() {
            let has_word = property["description"].is_string();
            assert!(has_word, "{key}: {property}");
            let may_be_absent = matches!(
                key.as_str(),
                "prediction"
                    | "performance"
                    | "latency"
                    | "errors"
                    | "windows"
                    | "segments"
                    | "alerts"
                    | "triggers"
                    | "timeline"
                    | "replay"
            );
            assert_eq!(required.contains(&Value::from(key.as_str())), !may_be_absent, "{key}");
        }
    }
}
