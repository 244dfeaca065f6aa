//! What a status answers: severities and scores, and nothing that only people read.

use super::{Comparands, Monitor};
use crate::{
    comparison::Comparison,
    convention::Decides,
    reference::Reference,
    report::{Drift, Prediction},
    schema::Role,
    time::Timestamp,
    verdict::Severity,
    window::Window,
};

/// A [`Report`](crate::report::Report)'s verdicts. Each is what the report of the same window says, at a
/// fraction of its cost: measures that decide nothing, bins and explanations are not made, and intervals are followed only as
/// far as the ladder tells them apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The worst decided column's.
    pub severity: Severity,
    /// The features in brief.
    pub drift: Drift,
    /// The worst of what the model answered; absent where no column holds its answers.
    pub prediction_severity: Option<Severity>,
}

impl Monitor {
    /// Compares `current` with `reference` as far as verdicts need.
    ///
    /// # Panics
    /// As [`compare`](Monitor::compare): where `current` counts on another reference.
    pub fn summary(&self, reference: &Reference, current: &Window) -> Summary {
        if self.convention().decides() == Decides::Convention {
            // Other tools bin both sides together: their verdicts are made with the whole.
            let report = self.report(&Comparands::new(reference, current, ""), Timestamp::EPOCH);
            let prediction_severity = report.prediction.map(|Prediction { severity, .. }| severity);
            return Summary { severity: report.severity, drift: report.drift, prediction_severity };
        }
        assert_eq!(
            current.reference(),
            reference.id(),
            "a window is compared with the reference it counts on"
        );
        let mut drift = Drift::default();
        let (mut worst, mut worst_answer) = (None, None);
        let measured = |comparison: &Comparison<'_>| comparison.measured_for_verdict();
        for judged in self.judged(reference, (None, reference.rows()), current, measured) {
            let (name, severity) = (&judged.column.field.name, judged.severity);
            worst = worst.max(Some(severity));
            match judged.role {
                Role::Feature => {
                    drift.features_monitored += 1;
                    if severity.is_drift() {
                        drift.drifted_features.push(name.clone());
                    } else if severity == Severity::Inconclusive {
                        drift.inconclusive_features.push(name.clone());
                    }
                    if let Some(psi) = &judged.measured.measures.psi {
                        drift.psi_scores.insert(name.clone(), psi.value);
                    }
                }
                Role::Prediction | Role::Probability => {
                    worst_answer = worst_answer.max(Some(severity));
                }
                _ => {}
            }
        }
        drift.drift_detected = !drift.drifted_features.is_empty();
        Summary {
            severity: worst.unwrap_or(Severity::Inconclusive),
            drift,
            prediction_severity: worst_answer,
        }
    }
}
