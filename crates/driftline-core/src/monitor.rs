//! The checked spec, ready to run: a Reference and a Window in, a Report out.

use alloc::{format, string::String, vec::Vec};

use crate::{
    bins::{BinCount, Bins},
    comparison::Comparison,
    reference::{Reference, ReferenceColumn},
    report::{
        ColumnReport, Drift, LeftOut, LeftOutWhy, Prediction, Problem, REPORT_SCHEMA, Report,
        Sample, SpecNote,
    },
    schema::{Origin, Role},
    spec::MonitorSpec,
    time::Timestamp,
    verdict::{Reason, Severity, Side},
    window::{Counts, Window},
};

/// A checked [`MonitorSpec`].
#[derive(Clone, Debug, PartialEq)]
pub struct Monitor {
    spec: MonitorSpec,
    bins: BinCount,
}

impl Monitor {
    pub(crate) fn new(spec: MonitorSpec, bins: BinCount) -> Monitor {
        Monitor { spec, bins }
    }

    /// The spec as written.
    pub fn spec(&self) -> &MonitorSpec {
        &self.spec
    }

    /// PSI cells of equal mass.
    pub fn bins(&self) -> BinCount {
        self.bins
    }

    /// Compares `current` with `reference`. `source` is the base name of the file it was counted from; `now` is written
    /// into the report.
    ///
    /// Total: whatever the two hold, every column gets a verdict or a reason, and the rest of the report stands.
    ///
    /// # Panics
    /// Where `current` counts on another reference: the caller's mistake, which [`Window::decode`] and
    /// [`Window::merge`] refuse.
    pub fn compare(
        &self,
        reference: &Reference,
        current: &Window,
        source: &str,
        now: Timestamp,
    ) -> Report {
        assert_eq!(
            current.reference(),
            reference.id(),
            "a window is compared with the reference it counts on"
        );
        let mut columns: Vec<ColumnReport> = Vec::new();
        let mut left_out = Vec::new();
        for (column, counts) in reference.columns().iter().zip(current.columns()) {
            let (role, role_from) = self.role_of(column);
            match left_out_why(role, &column.bins) {
                Some(why) => {
                    left_out.push(LeftOut {
                        name: column.field.name.clone(),
                        why,
                        role_from: Some(role_from),
                    });
                }
                None => columns.push(
                    Comparison { monitor: self, reference, column, current, counts }
                        .report(role, role_from),
                ),
            }
        }
        left_out.extend(current.extra_columns().iter().map(|name| LeftOut {
            name: name.clone(),
            why: LeftOutWhy::NotInBaseline,
            role_from: None,
        }));
        let reference_counts: Vec<&Counts> =
            reference.columns().iter().map(|column| &column.counts).collect();
        let current_counts: Vec<&Counts> = current.columns().iter().collect();
        let baseline =
            sample(reference.source(), reference.rows(), reference.columns(), &reference_counts);
        let current = sample(source, current.rows(), reference.columns(), &current_counts);
        let problems = self.problems(reference, &baseline, &current, &columns);
        Report {
            schema: REPORT_SCHEMA.into(),
            generated_at: now,
            baseline,
            current,
            reference_id: reference.id(),
            spec: SpecNote {
                hash: self.spec.hash(),
                convention: self.spec.convention,
                bins: self.bins.get(),
                thresholds: self.spec.thresholds,
            },
            severity: worst(&columns),
            drift: drift(&columns),
            prediction: prediction(&columns),
            columns,
            left_out,
            problems,
        }
    }

    fn role_of(&self, column: &ReferenceColumn) -> (Role, Origin) {
        match self.spec.columns.get(&column.field.name).and_then(|given| given.role) {
            Some(role) => (role, Origin::Given),
            None => (column.field.role, column.field.role_from),
        }
    }

    fn problems(
        &self,
        reference: &Reference,
        baseline: &Sample,
        current: &Sample,
        columns: &[ColumnReport],
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut report =
            |place: &str, message: String| problems.push(Problem { place: place.into(), message });
        for name in self.spec.columns.keys().filter(|name| reference.position(name).is_none()) {
            report(
                &format!("columns.{name}"),
                format!("expected a column of {}, found none of this name", baseline.source),
            );
        }
        let absent = |column: &ColumnReport| {
            matches!(column.reason, Some(Reason::Absent { side: Side::Current }))
        };
        if !columns.is_empty() && columns.iter().all(absent) {
            report(
                &current.source,
                format!("expected the columns of {}, found none of them", baseline.source),
            );
        }
        if let Some(why) = looks_swapped(baseline, current) {
            report(&current.source, format!("the two files may be swapped: {why}"));
        }
        problems
    }
}

/// Why a column is not compared, if it is not.
fn left_out_why(role: Role, bins: &Bins) -> Option<LeftOutWhy> {
    match role {
        Role::Id => Some(LeftOutWhy::Id),
        Role::Timestamp => Some(LeftOutWhy::Timestamp),
        Role::Ignore => Some(LeftOutWhy::Ignored),
        // Instants have no distribution to compare, whatever the column is for.
        _ if *bins == Bins::Instants => Some(LeftOutWhy::Timestamp),
        _ => None,
    }
}

/// The column of instants that speaks for the sample is the one somebody named, else the one named like it.
fn sample(source: &str, rows: u64, columns: &[ReferenceColumn], counts: &[&Counts]) -> Sample {
    let certainty = |column: &ReferenceColumn| match column.field.role_from {
        Origin::Given => 0,
        Origin::Name => 1,
        Origin::Values | Origin::Default => 2,
    };
    let spans = columns
        .iter()
        .zip(counts)
        .filter_map(|(column, counts)| Some((column, counts.instants()?)));
    let span = spans.min_by_key(|(column, _)| certainty(column)).map(|(_, span)| span);
    Sample { rows, source: source.into(), first: span.map(|s| s.0), last: span.map(|s| s.1) }
}

/// The worst decided column's severity.
fn worst<'a>(columns: impl IntoIterator<Item = &'a ColumnReport>) -> Severity {
    let deciding = columns.into_iter().filter(|column| column.role.decides());
    deciding.map(|column| column.severity).max().unwrap_or(Severity::Inconclusive)
}

fn drift(columns: &[ColumnReport]) -> Drift {
    let mut drift = Drift::default();
    for column in columns.iter().filter(|column| column.role == Role::Feature) {
        drift.features_monitored += 1;
        if column.severity.is_drift() {
            drift.drifted_features.push(column.name.clone());
        } else if column.severity == Severity::Inconclusive {
            drift.inconclusive_features.push(column.name.clone());
        }
        if let Some(psi) = &column.measures.psi {
            drift.psi_scores.insert(column.name.clone(), psi.value);
        }
    }
    drift.drift_detected = !drift.drifted_features.is_empty();
    drift
}

fn prediction(columns: &[ColumnReport]) -> Option<Prediction> {
    let of_role = |role: Role| columns.iter().filter(move |column| column.role == role);
    let class = of_role(Role::Prediction).next();
    let probabilities: Vec<String> =
        of_role(Role::Probability).map(|column| column.name.clone()).collect();
    if class.is_none() && probabilities.is_empty() {
        return None;
    }
    Some(Prediction {
        class: class.map(|column| column.name.clone()),
        probabilities,
        severity: worst(of_role(Role::Prediction).chain(of_role(Role::Probability))),
    })
}

/// Signs that the baseline was given as the current file and the other way round.
fn looks_swapped(baseline: &Sample, current: &Sample) -> Option<String> {
    let names = |sample: &Sample, words: [&str; 2]| {
        let name = sample.source.to_ascii_lowercase();
        words.iter().any(|word| name.contains(word))
    };
    if names(baseline, ["current", "production"]) && names(current, ["baseline", "reference"]) {
        return Some(format!(
            "the baseline is {}, the current file {}",
            baseline.source, current.source
        ));
    }
    match (baseline.first, current.last) {
        (Some(first), Some(last)) if first > last => {
            Some(format!("the baseline begins at {first}, after the current file ends at {last}"))
        }
        _ => None,
    }
}
