//! What of a report is shared where data is not: some columns with the counts of their cells.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{ColumnReport, Drift, REPORT_SCHEMA, Report, Sample};
use crate::{
    measure::Measures,
    schema::{Kind, Role},
    verdict::Severity,
};

/// Whether a finding names the levels of its columns. A level is a value of the data: a town, a diagnosis, a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelNames {
    /// As the report does.
    Told,
    /// Numbered, in the order of the cells: `level 1`, `level 2`, `new level 1`.
    Numbered,
}

impl Report {
    /// The named columns as a report of their own, for somebody who may not see the data: their names, verdicts and PSI, the
    /// counts of their cells and how many rows there were. Of values there is nothing but the edges of numbers' cells and,
    /// where they are told, the names of levels. Files' names, instants, windows, segments, notes, what the model answered
    /// and what a policy decided stay behind, and so does every measure that is not made of the cells' counts.
    ///
    /// Its severity is the worst of its own columns. Names that the report does not have are passed over.
    pub fn finding<S: AsRef<str>>(&self, columns: &[S], levels: LevelNames) -> Report {
        let is_wanted = |name: &str| columns.iter().any(|column| column.as_ref() == name);
        let wanted = self.columns.iter().filter(|column| is_wanted(&column.name));
        let columns: Vec<ColumnReport> = wanted.map(|column| column.finding(levels)).collect();
        let worst_of = |decides: fn(&ColumnReport) -> bool| {
            columns.iter().filter(|column| decides(column)).map(|column| column.severity).max()
        };
        let severity = worst_of(|column| column.role.decides()).or_else(|| worst_of(|_| true));
        let features = || columns.iter().filter(|column| column.role == Role::Feature);
        let named = |pick: fn(Severity) -> bool| -> Vec<String> {
            features().filter(|c| pick(c.severity)).map(|column| column.name.clone()).collect()
        };
        let drifted_features = named(Severity::is_drift);
        let psi = |column: &ColumnReport| {
            Some((column.name.clone(), column.measures.psi.as_ref()?.value))
        };
        let drift = Drift {
            drift_detected: !drifted_features.is_empty(),
            features_monitored: features().count() as u64,
            drifted_features,
            inconclusive_features: named(|severity| severity == Severity::Inconclusive),
            psi_scores: features().filter_map(psi).collect::<BTreeMap<_, _>>(),
        };
        let what = format!("shared: {} of {} columns", columns.len(), self.columns.len());
        let sample = |rows| Sample { rows, source: what.clone(), first: None, last: None };
        Report {
            schema: REPORT_SCHEMA.into(),
            generated_at: self.generated_at,
            baseline: sample(self.baseline.rows),
            current: sample(self.current.rows),
            reference_id: self.reference_id,
            spec: self.spec.clone(),
            severity: severity.unwrap_or(Severity::Inconclusive),
            drift,
            columns,
            left_out: Vec::new(),
            prediction: None,
            performance: None,
            latency: None,
            errors: None,
            windows: Vec::new(),
            segments: Vec::new(),
            alerts: Vec::new(),
            triggers: Vec::new(),
            timeline: Vec::new(),
            replay: None,
            problems: Vec::new(),
        }
    }
}

impl ColumnReport {
    fn finding(&self, levels: LevelNames) -> ColumnReport {
        let found = &self.measures;
        let mut column = ColumnReport {
            measures: Measures {
                psi: found.psi.clone(),
                kl: found.kl.clone(),
                js: found.js.clone(),
                missing_share: found.missing_share.clone(),
                ..Measures::default()
            },
            // Both name single values.
            notes: Vec::new(),
            by_convention: None,
            ..self.clone()
        };
        if levels == LevelNames::Numbered && self.kind != Kind::Numeric {
            column.number_levels();
        }
        column
    }

    fn number_levels(&mut self) {
        let is_new = |label: &str| self.new_levels.iter().position(|new| new.level == label);
        let mut known = 0;
        for cell in &mut self.bins {
            cell.label = match is_new(&cell.label) {
                _ if holds_several(&cell.label) => continue,
                Some(at) => format!("new level {}", at + 1),
                None => {
                    known += 1;
                    format!("level {known}")
                }
            };
        }
        for (at, new) in self.new_levels.iter_mut().enumerate() {
            new.level = format!("new level {}", at + 1);
        }
        // The sentence says which level moved most.
        self.explanation = match (&self.measures.psi, &self.reason) {
            (Some(psi), Some(reason)) => format!("{}: {reason}.", psi.in_words(2)),
            (Some(psi), None) => format!("{}.", psi.in_words(2)),
            (None, Some(reason)) => format!("{reason}."),
            (None, None) => String::new(),
        };
    }
}

/// Whether a cell is of levels that it does not name.
fn holds_several(label: &str) -> bool {
    let count = label
        .strip_suffix(" other levels")
        .or_else(|| label.strip_prefix("more than ")?.strip_suffix(" new levels"));
    count.is_some_and(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_many_levels_keep_their_names_which_say_nothing() {
        for label in ["12 other levels", "more than 1000 new levels"] {
            assert!(holds_several(label), "{label}");
        }
        for label in ["other levels", "twelve other levels", "more than new levels", "Oslo", ""] {
            assert!(!holds_several(label), "{label}");
        }
    }
}
