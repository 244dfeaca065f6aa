//! A small report for the tests of what is shown of it.

use driftline_core::report::Report;

/// Four columns: one drifted, one moderate, one calm, one undecided without any value.
pub(crate) fn report() -> Report {
    let column = |name: &str, severity: &str, psi: Option<f64>, missing: u64| {
        let measures = psi.map_or("{}".into(), |psi| {
            format!(
                r#"{{"psi": {{"value": {psi}, "smoothed": {psi}, "lower": {}, "upper": {}, "upper_of_cells": {psi}, "corrected": {psi},
                     "p_value": 0.01, "detectable": 0.05, "noise": 0.02, "floored_share": 0, "cells": 10,
                     "pooled": false, "drift": {}}},
                    "kl": {{"value": {psi}, "direction": "current_from_reference", "drift": false}},
                    "js": {{"value": {psi}, "distance": {psi}, "drift": false}}}}"#,
                psi * 0.9,
                psi * 1.1,
                psi > 0.2,
            )
        });
        let reason = if severity == "inconclusive" {
            r#""reason": {"code": "no_rows", "side": "current"},"#
        } else {
            ""
        };
        format!(
            r#"{{"name": "{name}", "role": "feature", "role_from": "default", "kind": "numeric",
                 "severity": "{severity}", {reason} "explanation": "Because.", "measures": {measures},
                 "bins": [{{"label": "≤ 1", "upper": 1, "baseline": 5, "current": 4, "psi": 0.1}}],
                 "rows": {{"baseline": 200, "current": 100}},
                 "missing": {{"baseline": 0, "current": {missing}}}, "unreadable": {{"baseline": 0, "current": 0}},
                 "nan": {{"baseline": 0, "current": 0}}, "new_levels": [], "exact": true}}"#
        )
    };
    let columns = [
        column("hour", "none", Some(0.01), 0),
        column("Amount", "moderate", Some(0.15), 0),
        column("city", "inconclusive", None, 25),
        column("distance", "critical", Some(0.6), 0),
    ];
    let json = format!(
        r#"{{"schema": "driftline.report/v1", "generated_at": "2024-01-15T10:30:00Z",
             "baseline": {{"rows": 200, "source": "baseline.csv"}}, "current": {{"rows": 100, "source": "current.csv"}},
             "reference_id": "{}", "spec": {{"hash": "00", "convention": "driftline", "bins": 10,
             "false_discovery_rate": 0.05, "thresholds": {{"moderate": 0.1, "significant": 0.2, "critical": 0.25}}}},
             "severity": "critical",
             "drift": {{"drift_detected": true, "features_monitored": 4, "drifted_features": ["Amount", "distance"],
                        "inconclusive_features": ["city"], "psi_scores": {{}}}},
             "columns": [{}], "left_out": [], "problems": []}}"#,
        "0".repeat(32),
        columns.join(","),
    );
    Report::from_json(&json).expect("a report")
}
