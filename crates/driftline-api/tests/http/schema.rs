//! The part of JSON Schema that the document uses.

use serde_json::Value;

/// Whether a value is as a schema says; else where it is not.
pub(crate) fn validate(schema: &Value, value: &Value, document: &Value) -> Result<(), String> {
    let at = |part: &str| {
        let part = part.to_string();
        move |why: String| format!("/{part}{why}")
    };
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#')).expect("a target");
        return validate(target, value, document);
    }
    if let Some(of) = schema["anyOf"].as_array() {
        let errors: Vec<String> =
            of.iter().filter_map(|schema| validate(schema, value, document).err()).collect();
        if errors.len() == of.len() {
            return Err(format!(": none of {errors:?}"));
        }
    }
    if let Some(expected) = schema.get("const")
        && expected != value
    {
        return Err(format!(": expected {expected}, found {value}"));
    }
    if let Some(of) = schema["enum"].as_array()
        && !of.contains(value)
    {
        return Err(format!(": expected one of {of:?}, found {value}"));
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        other => panic!("a type that is not known: {other}"),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(kind)) {
        return Err(format!(": expected {kinds:?}, found {value}"));
    }
    if let (Some(least), Some(number)) = (schema["minimum"].as_f64(), value.as_f64())
        && number < least
    {
        return Err(format!(": expected at least {least}, found {number}"));
    }
    if let Some(values) = value.as_array() {
        for (i, item) in values.iter().enumerate().filter(|_| schema.get("items").is_some()) {
            validate(&schema["items"], item, document).map_err(at(&i.to_string()))?;
        }
    }
    if let Some(fields) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().expect("a name")) {
                return Err(format!(": {name} is missing"));
            }
        }
        for (name, field) in fields {
            match (&schema["properties"][name], &schema["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) => {
                    return Err(format!("/{name}: not documented"));
                }
                (Value::Null, Value::Object(_)) => {
                    validate(&schema["additionalProperties"], field, document).map_err(at(name))?;
                }
                (Value::Null, _) => {}
                (schema, _) => validate(schema, field, document).map_err(at(name))?,
            }
        }
    }
    Ok(())
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let schema = serde_json::json!({
        "type": "object", "required": ["a"], "additionalProperties": false,
        "properties": {"a": {"type": "integer", "minimum": 0}, "b": {"type": "array", "items": {"enum": ["x"]}}},
    });
    let check = |value: Value| validate(&schema, &value, &Value::Null).err();
    assert_eq!(check(serde_json::json!({"a": 1, "b": ["x"]})), None);
    for wrong in [
        serde_json::json!({}),
        serde_json::json!({"a": -1}),
        serde_json::json!({"a": 1.5}),
        serde_json::json!({"a": 1, "b": ["y"]}),
        serde_json::json!({"a": 1, "c": 1}),
        serde_json::json!([]),
    ] {
        assert!(check(wrong.clone()).is_some(), "{wrong}");
    }
}
