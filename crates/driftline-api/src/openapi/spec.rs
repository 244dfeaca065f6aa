//! The spec's own schema, as components of the document.

use alloc::string::String;

use serde_json::{Map, Value, json};

/// `MonitorSpec` and all that it is made of. Without the feature `schema` it is an object and no more is said.
#[cfg(not(feature = "schema"))]
pub(super) fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    schemas.insert("MonitorSpec".into(), json!({"type": "object"}));
    schemas
}

/// `MonitorSpec` and all that it is made of.
#[cfg(feature = "schema")]
pub(super) fn schemas() -> Map<String, Value> {
    let mut spec = driftline_core::spec::MonitorSpec::schema();
    let mut schemas = match spec.get_mut("$defs").map(Value::take) {
        Some(Value::Object(definitions)) => definitions,
        _ => Map::new(),
    };
    if let Some(fields) = spec.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "$defs" | "$schema"));
    }
    schemas.insert("MonitorSpec".into(), spec);
    schemas.values_mut().for_each(name_components);
    schemas
}

/// References into the schema are references into the document. What JSON Schema does not define, such as the widths of
/// numbers, is left out: a client would take it for a format of its own.
#[cfg(feature = "schema")]
fn name_components(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(name)) = fields.get("$ref")
                && let Some(name) = name.strip_prefix("#/$defs/")
            {
                let name = alloc::format!("#/components/schemas/{name}");
                fields.insert("$ref".into(), json!(name));
            }
            let is_width =
                |format: &Value| format.as_str().is_some_and(|format| format.starts_with("uint"));
            if fields.get("format").is_some_and(is_width) {
                fields.remove("format");
            }
            // What is said twice counts once.
            fields.remove("uniqueItems");
            fields.values_mut().for_each(name_components);
        }
        Value::Array(values) => values.iter_mut().for_each(name_components),
        _ => {}
    }
}
