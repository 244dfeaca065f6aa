//! A whole report as one window of others: how a host keeps what was.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};

use super::{ErrorCount, PredictionMix, Report, WindowReport};
use crate::{
    measure::Measures,
    num::wilson,
    schema::Role,
    spec::WindowMeasure,
    time::Timestamp,
    verdict::{Severity, Side},
};

impl WindowReport {
    /// So many rows, of which nothing else is known.
    pub fn of_rows(rows: u64) -> WindowReport {
        WindowReport {
            source: None,
            start: None,
            end: None,
            first_row: None,
            rows,
            severity: Severity::Inconclusive,
            drifted_features: Vec::new(),
            inconclusive_features: Vec::new(),
            undecided: Vec::new(),
            psi_scores: BTreeMap::new(),
            psi_lower: BTreeMap::new(),
            valued: BTreeMap::new(),
            kl: BTreeMap::new(),
            js: BTreeMap::new(),
            missing_share: BTreeMap::new(),
            missing_lower: BTreeMap::new(),
            latency: None,
            error_rate: None,
            errors: None,
            performance: None,
            prediction: None,
        }
    }

    /// What a report says, as one window from `start` to `end`, with what else `measures` asks for.
    pub fn of_report(
        report: &Report,
        (start, end): (Timestamp, Timestamp),
        measures: &BTreeSet<WindowMeasure>,
    ) -> WindowReport {
        let answers = report.columns.iter().find(|column| column.role == Role::Prediction);
        let mut window = WindowReport {
            start: Some(start),
            end: Some(end),
            severity: report.severity,
            drifted_features: report.drift.drifted_features.clone(),
            inconclusive_features: report.drift.inconclusive_features.clone(),
            latency: report.latency.as_ref().map(|latency| latency.current),
            error_rate: report.errors.map(|errors| errors.rate),
            errors: report.errors.map(|e| ErrorCount { count: e.count, rows: e.rows }),
            performance: report.performance.as_ref().map(|p| p.current.clone()),
            prediction: answers.and_then(PredictionMix::of_column),
            ..WindowReport::of_rows(report.current.rows)
        };
        for column in report.columns.iter().filter(|column| column.role.decides()) {
            let name = || column.name.clone();
            let is_undecided = column.is_undecided(&report.spec);
            let (rows, valued) =
                (column.rows.of(Side::Current), column.rows_with_value(Side::Current));
            let is_told = column.role == Role::Feature && column.severity == Severity::Inconclusive;
            if is_undecided && !is_told {
                window.undecided.push(name());
            }
            if let Some(psi) = &column.measures.psi {
                window.psi_scores.insert(name(), psi.value);
                if !is_undecided {
                    window.psi_lower.insert(name(), psi.lower);
                }
                if valued < window.rows {
                    window.valued.insert(name(), valued);
                }
            }
            if column.role != Role::Feature {
                continue;
            }
            let absent = rows.saturating_sub(valued);
            window.add_further(measures, &column.name, &column.measures, (absent, rows));
        }
        window
    }

    /// What a feature is measured by beside PSI, where that is wanted; `absent` of `rows` hold no value.
    pub(crate) fn add_further(
        &mut self,
        wanted: &BTreeSet<WindowMeasure>,
        name: &str,
        found: &Measures,
        (absent, rows): (u64, u64),
    ) {
        let missing = found.missing_share.as_ref();
        for (measure, value, into) in [
            (WindowMeasure::Kl, found.kl.as_ref().map(|kl| kl.value), &mut self.kl),
            (WindowMeasure::Js, found.js.as_ref().map(|js| js.value), &mut self.js),
            (
                WindowMeasure::MissingShare,
                missing.map(|missing| missing.current),
                &mut self.missing_share,
            ),
            (
                WindowMeasure::MissingShare,
                missing.map(|_| wilson::lower(absent, rows)),
                &mut self.missing_lower,
            ),
        ] {
            let wanted = value.filter(|value| value.is_finite() && wanted.contains(&measure));
            if let Some(value) = wanted {
                into.insert(name.into(), value);
            }
        }
    }
}
