//! The table of endpoints.

use super::{
    Endpoint, Media, Parameter, Scope, actions, alertmanager, alerts, drift, health,
    monitor::{self, LINES},
    reference::{self, STORED},
    spec, state, stored,
};
use crate::{
    openapi::{document, schema},
    problem::Kind,
    response::JSON,
};

const MODEL: Parameter =
    Parameter { name: "model", kind: "name", about: "The model; `default` where none is named." };
const VERSION: Parameter = Parameter {
    name: "version",
    kind: "name",
    about: "Rows of this version alone; of the one that serves, or of all, where none is named.",
};
const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: "limit",
    about: "At most so many rows: 1 to 5000, 1000 by default.",
};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

/// The prototype of a row: a question without a body.
const ASK: Endpoint = Endpoint {
    method: "GET",
    path: "",
    id: "",
    summary: "",
    scope: Scope::Read,
    parameters: &[MODEL],
    bodies: &[],
    max_body: 0,
    status: 200,
    answers: &[],
    problems: &[],
    handle: drift::get,
};

/// The prototype of a row: an order with a small JSON body.
const ORDER: Endpoint = Endpoint {
    method: "POST",
    scope: Scope::Admin,
    max_body: 64 * KIB,
    problems: &[Kind::NOT_FOUND, Kind::CONFLICT, Kind::LIMIT],
    ..ASK
};

const fn json(schema: fn() -> serde_json::Value) -> Media {
    Media { name: JSON, schema }
}

/// Every endpoint, in the order of the document.
pub static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "POST",
        path: "/monitor",
        id: "postEvents",
        summary: "Take events: one, an array, one a line, or columns.",
        scope: Scope::Ingest,
        parameters: &[],
        bodies: &[
            json(schema::submission),
            Media { name: LINES[0], schema: schema::lines },
            Media { name: LINES[1], schema: schema::lines },
            Media { name: LINES[2], schema: schema::lines },
        ],
        max_body: 16 * MIB,
        answers: &[json(schema::accepted)],
        problems: &[Kind::TOO_MANY, Kind::NOT_READY, Kind::STORAGE_FULL],
        handle: monitor::post,
        ..ASK
    },
    Endpoint {
        path: "/drift",
        id: "getDrift",
        summary: "Whether the live rows have drifted, and where nothing is decided, why.",
        parameters: &[MODEL, VERSION],
        answers: &[json(schema::drift)],
        handle: drift::get,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/latency",
        id: "getLatency",
        summary: "How long requests take, and whether the objectives are met.",
        parameters: &[MODEL, VERSION],
        answers: &[json(schema::latency)],
        handle: drift::latency,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/alerts",
        id: "getAlerts",
        summary: "Every alert and trigger as it stands, and the incident.",
        parameters: &[
            MODEL,
            Parameter { name: "state", kind: "state", about: "Alerts in this state alone." },
        ],
        answers: &[json(schema::alerts)],
        handle: alerts::get,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/metrics",
        id: "getMetrics",
        summary: "For Prometheus to scrape.",
        parameters: &[],
        answers: &[
            Media { name: crate::exposition::TEXT, schema: schema::text },
            Media { name: crate::exposition::OPEN_METRICS, schema: schema::text },
        ],
        handle: state::metrics,
        ..ASK
    },
    Endpoint {
        path: "/health",
        id: "getHealth",
        summary: "Whether events are taken, and why not: 200 or 503.",
        scope: Scope::Public,
        parameters: &[],
        answers: &[json(schema::health)],
        handle: health::ready,
        ..ASK
    },
    Endpoint {
        path: "/health/live",
        id: "getLiveness",
        summary: "Whether the process lives: always 200.",
        scope: Scope::Public,
        parameters: &[],
        answers: &[json(schema::health)],
        handle: health::live,
        ..ASK
    },
    Endpoint {
        path: "/health/ready",
        id: "getReadiness",
        summary: "Whether events are taken, and why not: 200 or 503.",
        scope: Scope::Public,
        parameters: &[],
        answers: &[json(schema::health)],
        handle: health::ready,
        ..ASK
    },
    Endpoint {
        path: "/v1/report",
        id: "getReport",
        summary: "All that the live rows say: the report that every front shows.",
        parameters: &[MODEL, VERSION],
        answers: &[json(schema::report)],
        handle: drift::report,
        problems: &[Kind::NOT_FOUND, Kind::CONFLICT],
        ..ASK
    },
    Endpoint {
        path: "/v1/windows/latest",
        id: "getLatestWindow",
        summary: "The window that rules and triggers judged last, and its report.",
        answers: &[json(schema::latest_window)],
        handle: stored::latest,
        problems: &[Kind::NOT_FOUND, Kind::CONFLICT],
        ..ASK
    },
    Endpoint {
        path: "/v1/windows",
        id: "getWindows",
        summary: "Windows of a time, for charts; the latest day where none is named.",
        parameters: &[
            MODEL,
            Parameter { name: "from", kind: "date-time", about: "Windows that end from here on." },
            Parameter { name: "to", kind: "date-time", about: "Windows that end before here." },
            LIMIT,
        ],
        answers: &[json(schema::history)],
        handle: stored::history,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/v1/live",
        id: "getLive",
        summary: "Drift, latency and alerts after each look, as server-sent events.",
        answers: &[Media { name: "text/event-stream", schema: schema::text }],
        handle: stored::stream,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/v1/audit",
        id: "getAudit",
        summary: "What was decided and why, as a chain of hashes.",
        parameters: &[
            MODEL,
            Parameter { name: "after", kind: "integer", about: "Rows after this number." },
            LIMIT,
        ],
        answers: &[json(schema::audit)],
        handle: stored::audit,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/v1/references",
        id: "getReferences",
        summary: "The references that a model keeps.",
        answers: &[json(schema::references)],
        handle: reference::list,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/v1/references",
        id: "postReference",
        summary: "Upload a baseline: data in any supported format, or a stored reference.",
        parameters: &[
            MODEL,
            Parameter { name: "source", kind: "name", about: "What it is called." },
            Parameter {
                name: "activate",
                kind: "boolean",
                about: "Whether it is compared with from now on; true by default.",
            },
        ],
        bodies: &[
            Media { name: "text/csv", schema: schema::text },
            Media { name: "text/tab-separated-values", schema: schema::text },
            Media { name: STORED, schema: schema::bytes },
            json(schema::anything),
        ],
        max_body: 256 * MIB,
        status: 201,
        answers: &[json(schema::reference)],
        handle: reference::put,
        ..ORDER
    },
    Endpoint {
        path: "/v1/references/{id}",
        id: "getReference",
        summary: "One reference with all its counts.",
        answers: &[json(schema::anything), Media { name: STORED, schema: schema::bytes }],
        handle: reference::get,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        method: "DELETE",
        path: "/v1/references/{id}",
        id: "deleteReference",
        summary: "Forget a reference that is not compared with.",
        status: 204,
        handle: reference::delete,
        ..ORDER
    },
    Endpoint {
        path: "/v1/references/{id}/activate",
        id: "activateReference",
        summary: "Compare with this reference from now on; the live window begins anew.",
        answers: &[json(schema::reference)],
        handle: reference::activate,
        ..ORDER
    },
    Endpoint {
        path: "/v1/learn",
        id: "getLearning",
        summary: "How far learning a reference is.",
        answers: &[json(schema::learning)],
        handle: reference::learning,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/v1/learn",
        id: "learn",
        summary: "Make the next events the reference.",
        bodies: &[json(schema::learn)],
        status: 202,
        answers: &[json(schema::learnt)],
        handle: reference::learn,
        ..ORDER
    },
    Endpoint {
        path: "/v1/spec",
        id: "getSpec",
        summary: "What is watched and how it is judged, with every default.",
        answers: &[json(schema::spec)],
        handle: spec::get,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        method: "PUT",
        path: "/v1/spec",
        id: "putSpec",
        summary: "Another spec of one model.",
        bodies: &[json(schema::spec_document)],
        max_body: MIB,
        answers: &[json(schema::spec)],
        handle: spec::put,
        ..ORDER
    },
    Endpoint {
        path: "/v1/spec/check",
        id: "checkSpec",
        summary: "Whether a spec can be run, and what is to be said of it; nothing changes.",
        bodies: &[json(schema::spec_document)],
        max_body: MIB,
        answers: &[json(schema::checked_spec)],
        handle: spec::check,
        scope: Scope::Read,
        ..ORDER
    },
    Endpoint {
        path: "/v1/labels",
        id: "getLabels",
        summary: "Predictions that await their labels, and what labels said in the latest day.",
        answers: &[json(schema::labels_status)],
        handle: drift::labels,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/v1/labels",
        id: "postLabels",
        summary: "What turned out to be true of earlier events, by their ids.",
        scope: Scope::Ingest,
        bodies: &[json(schema::labels)],
        max_body: 8 * MIB,
        answers: &[json(schema::labels_taken)],
        handle: monitor::labels,
        ..ORDER
    },
    Endpoint {
        path: "/v1/target",
        id: "getTarget",
        summary: "The version that serves, and how the engine stands.",
        answers: &[json(schema::engine)],
        handle: actions::target,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        method: "PUT",
        path: "/v1/target",
        id: "putTarget",
        summary: "Tell which version serves.",
        bodies: &[json(schema::target)],
        answers: &[json(schema::engine)],
        handle: actions::set_target,
        ..ORDER
    },
    Endpoint {
        path: "/v1/triggers/approve",
        id: "approve",
        summary: "Agree to what an incident waits for: its action and version.",
        bodies: &[json(schema::approval)],
        answers: &[json(schema::engine)],
        handle: actions::approve,
        ..ORDER
    },
    Endpoint {
        path: "/v1/triggers/unlatch",
        id: "unlatch",
        summary: "Give the engine its rollbacks back after it has used them up; no approval does.",
        bodies: &[json(schema::signature)],
        answers: &[json(schema::engine)],
        handle: actions::unlatch,
        ..ORDER
    },
    Endpoint {
        path: "/v1/triggers/kill-switch",
        id: "killSwitch",
        summary: "Switch all actions off, or on again: of one model, or of all where none is named.",
        bodies: &[json(schema::switch)],
        answers: &[json(schema::switched)],
        handle: actions::kill_switch,
        ..ORDER
    },
    Endpoint {
        path: "/v1/effects/{key}/result",
        id: "postEffectResult",
        summary: "What became of an order.",
        bodies: &[json(schema::effect_result)],
        answers: &[json(schema::engine)],
        handle: actions::effect_result,
        ..ORDER
    },
    Endpoint {
        path: "/v1/state",
        id: "getState",
        summary: "What this replica holds of a model, for another one to add up.",
        answers: &[Media { name: STORED, schema: schema::bytes }],
        handle: state::get,
        problems: &[Kind::NOT_FOUND],
        ..ASK
    },
    Endpoint {
        path: "/v1/state",
        id: "mergeState",
        summary: "Add up what another replica holds; its latest bundle takes the place of the earlier one.",
        bodies: &[Media { name: STORED, schema: schema::bytes }],
        max_body: 64 * MIB,
        answers: &[json(schema::merged)],
        handle: state::merge,
        ..ORDER
    },
    Endpoint {
        path: "/v1/alertmanager",
        id: "postAlertmanager",
        summary: "Alerts of Alertmanager: one that fires asks for the action of the rule of its name.",
        parameters: &[],
        bodies: &[json(schema::alertmanager)],
        max_body: MIB,
        answers: &[json(schema::heard)],
        handle: alertmanager::post,
        ..ORDER
    },
    Endpoint {
        path: "/api/v1/rules",
        id: "getPrometheusRules",
        summary: "The rules in the shape of Prometheus' API.",
        parameters: &[],
        answers: &[json(schema::prometheus_rules)],
        handle: alerts::prometheus_rules,
        ..ASK
    },
    Endpoint {
        path: "/api/v1/alerts",
        id: "getPrometheusAlerts",
        summary: "Pending and firing alerts in the shape of Prometheus' API.",
        parameters: &[],
        answers: &[json(schema::prometheus_alerts)],
        handle: alerts::prometheus_alerts,
        ..ASK
    },
    Endpoint {
        path: "/openapi.json",
        id: "getDocument",
        summary: "This document.",
        scope: Scope::Public,
        parameters: &[],
        answers: &[json(schema::anything)],
        handle: document,
        ..ASK
    },
];
