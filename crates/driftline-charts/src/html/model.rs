//! What the model answered, how well, how fast, and how often not at all.

use driftline_core::{
    measure::{CurrentCounts, ReferenceCounts, cell_contributions},
    objective::ObjectiveOutcome,
    performance::Performance,
    report::{CellReport, ErrorsReport, LatencyReport, PerformanceReport, Prediction, Report},
};

use super::{
    gallery::{Across, Gallery},
    name, severity, table,
};
use crate::{Chart, escape::text, histogram, wording};

/// Predictions, their quality, latency and errors, as far as the report has them; empty where it has nothing of it.
pub fn section(report: &Report, width: u32, gallery: &mut Gallery) -> String {
    let parts = [
        report.prediction.as_ref().map(|prediction| predictions(prediction, width, gallery)),
        report.performance.as_ref().map(performance),
        service(report.latency.as_ref(), report.errors.as_ref()),
    ];
    parts.into_iter().flatten().map(|part| format!("<div>\n{part}</div>\n")).collect()
}

fn predictions(prediction: &Prediction, width: u32, gallery: &mut Gallery) -> String {
    let scores: Vec<String> = prediction
        .psi_scores
        .iter()
        .map(|(column, psi)| format!("PSI of {} {}", name(column), text(&wording::brief(*psi))))
        .collect();
    let mut html = format!(
        "<h3>Predictions</h3>\n<p>{} {}</p>\n",
        severity(prediction.severity),
        scores.join(", ")
    );
    if let Some(chart) = confidence(prediction, width) {
        html += &gallery.show("model-confidence", chart, Across::Anything);
    }
    html
}

/// How sure the model was: both sides' probabilities by tenth. `None` where one of them has none.
fn confidence(prediction: &Prediction, width: u32) -> Option<Chart> {
    let bins = &prediction.confidence;
    let baseline: Vec<u64> = bins.iter().map(|bin| bin.baseline).collect();
    let current: Vec<u64> = bins.iter().map(|bin| bin.current).collect();
    let (baseline, current) = (ReferenceCounts(&baseline), CurrentCounts(&current));
    if baseline.rows() == 0 || current.rows() == 0 {
        return None;
    }
    let cells: Vec<CellReport> = bins
        .iter()
        .zip(cell_contributions(baseline, current))
        .map(|(bin, psi)| CellReport {
            label: format!(
                "{} – {}",
                wording::significant(bin.lower),
                wording::significant(bin.upper)
            ),
            lower: Some(bin.lower),
            upper: Some(bin.upper),
            baseline: bin.baseline,
            current: bin.current,
            psi,
        })
        .collect();
    let title = "How sure the model was: probabilities by tenth";
    Some(histogram::of_cells(title, "", &cells, true, width))
}

/// A figure on both sides, and how far it moved.
fn figure(
    what: &str,
    baseline: Option<f64>,
    current: Option<f64>,
    unit: &str,
) -> Option<Vec<String>> {
    let say = |value: f64| text(&format!("{}{unit}", wording::significant(value)));
    let change = match (baseline, current) {
        (Some(baseline), Some(current)) => {
            let change = current - baseline;
            let sign = if change < 0.0 { "−" } else { "+" };
            // A share that moves by half does not move by 50 %.
            let unit = if unit == " %" { " points" } else { unit };
            text(&format!("{sign}{}{unit}", wording::significant(change.abs())))
        }
        _ => String::new(),
    };
    (baseline.is_some() || current.is_some()).then(|| {
        let side = |value: Option<f64>| value.map_or("–".into(), say);
        vec![text(what), side(baseline), side(current), change]
    })
}

fn figures(caption: &str, rows: Vec<Vec<String>>) -> String {
    let header = ["Figure", "Baseline", "Current", "Change"];
    table("figures", caption, &header, rows)
}

/// A figure: its name for people, and where it is.
type Figure = (&'static str, fn(&Performance) -> Option<f64>);

const FIGURES: [Figure; 11] = [
    ("Accuracy", |p| p.accuracy),
    ("Precision", |p| p.precision),
    ("Recall", |p| p.recall),
    ("F1", |p| p.f1),
    ("Macro F1", |p| p.macro_f1),
    ("ROC AUC", |p| p.roc_auc),
    ("Brier score", |p| p.brier),
    ("Calibration error", |p| p.calibration_error),
    ("Mean absolute error", |p| p.mae),
    ("Root mean squared error", |p| p.rmse),
    ("Mean error", |p| p.mean_error),
];

fn performance(report: &PerformanceReport) -> String {
    let PerformanceReport { baseline, current } = report;
    let rows = FIGURES.iter().filter_map(|(what, pick)| {
        figure(what, baseline.as_ref().and_then(pick), pick(current), "")
    });
    let mut caption = wording::counted(current.rows, "labelled row");
    if let Some(baseline) = baseline {
        caption += &format!(" against {}", wording::count(baseline.rows));
    }
    if let Some(class) = &current.positive_class {
        caption += &format!(", positive class {}", wording::printable(class));
    }
    let mut html = format!("<h3>Performance</h3>\n{}", figures(&text(&caption), rows.collect()));
    if !current.why_not.is_empty() {
        html += "<ul class=\"notes\">\n";
        for why in &current.why_not {
            html += &format!("<li>{}</li>\n", text(&why.to_string()));
        }
        html += "</ul>\n";
    }
    html
}

fn service(latency: Option<&LatencyReport>, errors: Option<&ErrorsReport>) -> Option<String> {
    let mut rows = Vec::new();
    let mut caption = Vec::new();
    if let Some(LatencyReport { current, baseline, .. }) = latency {
        caption.push(wording::counted(current.count, "latency").replace("latencys", "latencies"));
        let before = baseline.as_ref();
        for (what, baseline, current) in [
            ("Latency p50", before.map(|b| b.p50_ms), current.p50_ms),
            ("Latency p95", before.map(|b| b.p95_ms), current.p95_ms),
            ("Latency p99", before.map(|b| b.p99_ms), current.p99_ms),
            ("Latency, largest", before.map(|b| b.max_ms), current.max_ms),
        ] {
            rows.extend(figure(what, baseline, Some(current), " ms"));
        }
    }
    if let Some(errors) = errors {
        caption.push(format!(
            "{} in {}",
            wording::counted(errors.count, "error"),
            wording::counted(errors.rows, "row")
        ));
        let baseline = errors.baseline_rate.map(|rate| rate * 100.0);
        rows.extend(figure("Error rate", baseline, Some(errors.rate * 100.0), " %"));
    }
    (!rows.is_empty()).then(|| {
        let mut html =
            format!("<h3>Latency and errors</h3>\n{}", figures(&text(&caption.join(", ")), rows));
        html += &latency.map_or_else(String::new, |latency| objectives(&latency.objectives));
        html
    })
}

/// Each objective, whether it is met, and how much of what may be slow was. Empty without objectives.
fn objectives(outcomes: &[ObjectiveOutcome]) -> String {
    if outcomes.is_empty() {
        return String::new();
    }
    let row = |outcome: &ObjectiveOutcome| {
        let says = match outcome.met {
            Some(true) => "✓ met",
            Some(false) => "<strong>▲ missed</strong>",
            None => "no latencies",
        };
        let share =
            |share: Option<f64>| share.map_or("–".into(), |share| text(&wording::share(share)));
        vec![
            format!(
                "p{} ≤ {} ms",
                wording::significant(outcome.quantile.share() * 100.0),
                wording::significant(outcome.threshold_ms)
            ),
            says.into(),
            share(outcome.share_within),
            share(outcome.budget_spent),
        ]
    };
    let header = ["Objective", "Says", "Within", "Budget spent"];
    table("objectives", "", &header, outcomes.iter().map(row).collect())
}
