//! `/openapi.json`: OpenAPI 3.1, from the table of endpoints.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde_json::{Map, Value, json};

use crate::{
    endpoint::{Call, ENDPOINTS, Endpoint, Handling, MOST_ROWS, Media, STATES, Scope},
    event::FIELDS,
    problem::{Kind, PROBLEM_JSON, Problem},
};

pub(crate) mod schema;
mod spec;

pub(crate) fn document(call: &Call<'_>) -> Result<Handling, Problem> {
    call.json(&openapi(&call.host.version))
}

/// The document, of a program of this version.
pub fn openapi(version: &str) -> Value {
    let mut paths: Map<_, Value> = Map::new();
    for endpoint in ENDPOINTS {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(endpoint.method.to_ascii_lowercase(), operation(endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Driftline",
            "version": version,
            "summary": "Has the data drifted, is the service inside its objectives, should the model be rolled back?",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token with the scope that the operation names under x-scope. Without tokens the server \
                                listens to this machine alone, and asks for none.",
            }},
        },
    })
}

/// What is described once and named everywhere.
fn schemas() -> Map<String, Value> {
    let mut schemas = spec::schemas();
    schemas.insert("Problem".into(), schema::problem());
    schemas.insert("Event".into(), schema::event(&FIELDS));
    schemas
}

fn content(media: &[Media]) -> Value {
    let of = |media: &Media| (media.name.to_string(), json!({"schema": (media.schema)()}));
    Value::Object(media.iter().map(of).collect())
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "x-scope": endpoint.scope.name(),
        "responses": responses(endpoint),
    });
    let Some(fields) = operation.as_object_mut() else { return operation };
    let in_path =
        endpoint.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path.map(|name| {
        json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}})
    });
    let in_query = endpoint.parameters.iter().map(|parameter| {
        let schema = match parameter.kind {
            "date-time" => json!({"type": "string", "format": "date-time"}),
            "name" => schema::some_name(),
            "state" => json!({"enum": STATES}),
            "limit" => json!({"type": "integer", "minimum": 1, "maximum": MOST_ROWS}),
            "integer" => json!({"type": "integer", "minimum": 0, "maximum": u64::MAX}),
            kind => json!({"type": kind}),
        };
        json!({"name": parameter.name, "in": "query", "description": parameter.about, "schema": schema})
    });
    let mut parameters: Vec<Value> = in_path.chain(in_query).collect();
    if endpoint.method != "GET" {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "description": "The same change is made once for each key.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }));
    }
    if !parameters.is_empty() {
        fields.insert("parameters".into(), Value::from(parameters));
    }
    if !endpoint.bodies.is_empty() {
        let body = json!({"required": true, "content": content(endpoint.bodies)});
        fields.insert("requestBody".into(), body);
    }
    if endpoint.scope != Scope::Public {
        fields.insert("security".into(), json!([{}, {"token": []}]));
    }
    operation
}

/// The kinds of problems that an endpoint answers with.
fn kinds(endpoint: &Endpoint) -> Vec<Kind> {
    let mut kinds = endpoint.problems.to_vec();
    kinds.extend([Kind::BAD_PARAMETER, Kind::INTERNAL]);
    if !endpoint.answers.is_empty() {
        kinds.push(Kind::NOT_ACCEPTABLE);
    }
    if !endpoint.bodies.is_empty() {
        kinds.extend([Kind::MALFORMED, Kind::TOO_LARGE, Kind::UNSUPPORTED_TYPE, Kind::INVALID]);
    }
    if endpoint.scope != Scope::Public {
        kinds.extend([Kind::UNAUTHENTICATED, Kind::FORBIDDEN]);
    }
    if endpoint.method != "GET" {
        kinds.extend([
            Kind::CONFLICT,
            Kind::INVALID,
            Kind::TOO_MANY,
            Kind::NOT_READY,
            Kind::STORAGE_FULL,
        ]);
    }
    kinds
}

fn responses(endpoint: &Endpoint) -> Value {
    let mut responses = Map::new();
    let mut good = json!({"description": "As asked."});
    if let Some(fields) = good.as_object_mut()
        && !endpoint.answers.is_empty()
    {
        fields.insert("content".into(), content(endpoint.answers));
    }
    responses.insert(endpoint.status.to_string(), good);
    for kind in kinds(endpoint) {
        let schema = json!({"$ref": "#/components/schemas/Problem"});
        let described = responses.entry(kind.status.to_string()).or_insert_with(
            || json!({"description": "", "content": {PROBLEM_JSON: {"schema": schema}}}),
        );
        let text = described["description"].as_str().unwrap_or_default();
        let text = match text {
            "" => format!("{}.", kind.title),
            text if text.contains(kind.title) => text.to_string(),
            text => format!("{text} {}.", kind.title),
        };
        described["description"] = Value::from(text);
    }
    // Whether events are taken is told in one shape.
    if endpoint.path.starts_with("/health") && endpoint.id != "getLiveness" {
        let described = json!({"description": "No events are taken; reasons say why.", "content": content(endpoint.answers)});
        responses.insert("503".into(), described);
    }
    Value::Object(responses)
}
