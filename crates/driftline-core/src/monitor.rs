//! The checked spec, ready to run: a Reference and a Window in, a Report out.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use crate::{
    bins::{BinCount, Bins, Cut, Resolution},
    cells::{CellCounts, Counted},
    comparison::{Comparison, Measured, SideOf},
    convention::{self, Convention, ConventionOutcome, ConventionPlan, Decides},
    correction::benjamini_hochberg,
    counts::Counts,
    group::{GroupBy, GroupKey, SHORTEST_AUTO_WINDOW, WindowSize},
    latency::Micros,
    measure::{CurrentCounts, MEASURES, Measures, ReferenceCounts, Sides, ValueStatistics},
    performance::PositiveClass,
    reference::{Reference, ReferenceColumn},
    report::{
        ColumnReport, ConfidenceBin, Drift, ErrorsReport, LatencyReport, LeftOut, LeftOutWhy,
        PerformanceReport, Prediction, Problem, REPORT_SCHEMA, Report, Sample, SpecNote,
    },
    schema::{Field, Kind, Origin, Role},
    service::{CONFIDENCE_BINS, Service, ServiceColumns},
    spec::CompareSpec,
    time::Timestamp,
    verdict::{Ladder, Reason, Severity, Side},
    window::{Plan, Window},
};

mod comparands;
mod groups;
mod summary;

pub use comparands::{Comparands, StoredComparands};
pub use summary::Summary;

/// A checked [`CompareSpec`].
#[derive(Clone, Debug, PartialEq)]
pub struct Monitor {
    spec: CompareSpec,
    bins: BinCount,
}

impl Monitor {
    pub(crate) fn new(spec: CompareSpec, bins: BinCount) -> Monitor {
        Monitor { spec, bins }
    }

    /// The spec as written.
    pub fn spec(&self) -> &CompareSpec {
        &self.spec
    }

    /// PSI cells of equal mass.
    pub fn bins(&self) -> BinCount {
        self.bins
    }

    /// The PSI cells.
    pub fn cut(&self) -> Cut {
        Cut { bins: self.bins, atoms: self.convention().separates_atoms() }
    }

    /// Whose definitions decide.
    pub fn convention(&self) -> Convention {
        self.spec.convention
    }

    /// The ladder of severities.
    pub fn ladder(&self) -> Ladder {
        self.convention().ladder(self.spec.thresholds)
    }

    /// What a counter of current rows keeps besides their counts, of one file.
    ///
    /// # Errors
    /// The spec asks for windows of time or for segments, and the reference has no column for them.
    pub fn plan(&self, reference: &Reference) -> Result<Plan, Vec<Problem>> {
        self.plan_of_files(reference, 1)
    }

    /// The same of so many files. Each of several is a window, unless the spec says how long windows are: then their rows
    /// are cut as if they were one file's.
    ///
    /// # Errors
    /// As for [`plan`](Self::plan).
    pub fn plan_of_files(&self, reference: &Reference, files: usize) -> Result<Plan, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut groups = Vec::new();
        if files > 1 && matches!(self.spec.window, None | Some(WindowSize::Auto)) {
            groups.push(GroupBy { key: GroupKey::Files, cut: self.cut() });
        } else if let Some(size) = self.spec.window {
            match self.window_key(reference, size) {
                Ok(key) => groups.extend(key.map(|key| GroupBy { key, cut: self.cut() })),
                Err(problem) => problems.push(problem),
            }
        }
        for by in self.segment_keys(reference) {
            match by {
                Ok(by) => groups.push(by),
                Err(problem) => problems.push(problem),
            }
        }
        let sample_bytes = self.spec.budget_bytes / 2;
        let fields = reference.columns().iter().map(|column| &column.field);
        let service = ServiceColumns {
            latency_thresholds: self.latency_thresholds(),
            ..self.service_columns(fields.clone())
        };
        let clock = self.clock(fields);
        if problems.is_empty() {
            Ok(Plan { groups, sample_bytes, service, clock })
        } else {
            Err(problems)
        }
    }

    /// Latencies are counted exactly at these: at the objectives' thresholds and at those that the spec asks for beside.
    pub fn latency_thresholds(&self) -> Vec<Micros> {
        let mut thresholds = self.spec.objectives.thresholds();
        thresholds.extend(&self.spec.latency_thresholds);
        thresholds
    }

    /// What a second reading of the baseline counts: its segments. Empty where none are asked for.
    pub fn plan_of_baseline(&self, reference: &Reference) -> Plan {
        let groups = self.segment_keys(reference).into_iter().filter_map(Result::ok).collect();
        let clock = self.clock(reference.columns().iter().map(|column| &column.field));
        Plan { groups, clock, ..Plan::default() }
    }

    /// Which columns say how the service did: by the roles given, else by those inferred.
    pub fn service_columns<'a>(
        &self,
        fields: impl Iterator<Item = &'a Field> + Clone,
    ) -> ServiceColumns {
        let positive = self.spec.positive_class.as_deref();
        let positive = positive.map_or(PositiveClass::ByName, PositiveClass::given);
        ServiceColumns::of(fields, |field| self.role_of_field(field).0, positive)
    }

    /// What a second reading of both files counts, the baseline first: what the convention's tool needs that bins both
    /// sides together. `None` where the first reading has all that is needed.
    pub fn convention_plan(
        &self,
        reference: &Reference,
        window: &Window,
    ) -> Option<ConventionPlan> {
        let is_compared = |at: usize| {
            reference
                .columns()
                .get(at)
                .is_some_and(|column| left_out_why(self.role_of(column).0, &column.bins).is_none())
        };
        let clock = self.clock(reference.columns().iter().map(|column| &column.field));
        let budget_bytes = self.spec.budget_bytes;
        ConventionPlan::new(self.convention(), reference, window, budget_bytes, clock, is_compared)
    }

    /// `None` where no length was asked for and there is nothing to cut by.
    fn window_key(
        &self,
        reference: &Reference,
        size: WindowSize,
    ) -> Result<Option<GroupKey>, Problem> {
        let (length, is_auto) = match size {
            WindowSize::Rows(rows) => return Ok(Some(GroupKey::Rows(rows))),
            WindowSize::Time(length) => (length.micros(), false),
            WindowSize::Auto => (SHORTEST_AUTO_WINDOW, true),
        };
        let clock = self.clock(reference.columns().iter().map(|column| &column.field));
        match clock.and_then(|name| reference.position(&name)) {
            Some(column) => Ok(Some(GroupKey::Time { column, length, is_auto })),
            None if is_auto => Ok(None),
            None => Err(Problem {
                place: "window".into(),
                message: format!(
                    "expected a column of instants in {}, found none; a number of rows such as \"5000rows\" needs none",
                    reference.source()
                ),
            }),
        }
    }

    /// The column that says when a row was: the one somebody named, else the one named like it.
    pub fn clock<'a>(&self, fields: impl Iterator<Item = &'a Field>) -> Option<String> {
        let instants = fields.enumerate().filter(|(_, field)| field.kind == Kind::Timestamp);
        let found = instants.filter_map(|(at, field)| {
            let (role, role_from) = self.role_of_field(field);
            (role == Role::Timestamp).then_some((certainty(role_from), at, &field.name))
        });
        found.min().map(|(.., name)| name.clone())
    }

    fn segment_keys(&self, reference: &Reference) -> Vec<Result<GroupBy, Problem>> {
        let top = usize::from(self.spec.segments.top);
        let key = |(at, name): (usize, &String)| {
            let refuse = |message: String| Problem { place: format!("segments.by[{at}]"), message };
            let Some(column) = reference.position(name) else {
                return Err(refuse(format!(
                    "expected a column of {}, found \"{name}\"",
                    reference.source()
                )));
            };
            match reference.columns()[column].bins {
                Bins::Levels(_) => {
                    Ok(GroupBy { key: GroupKey::Level { column, top }, cut: self.cut() })
                }
                _ => Err(refuse(format!(
                    "expected a column of categories, found \"{name}\", which is counted otherwise; its kind can be given"
                ))),
            }
        };
        self.spec.segments.by.iter().enumerate().map(key).collect()
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
        self.report(&Comparands::new(reference, current, source), now)
    }

    /// Compares all that was counted of the current rows with the reference. Otherwise as [`compare`](Self::compare).
    ///
    /// # Panics
    /// As [`compare`](Self::compare).
    pub fn report(&self, sides: &Comparands<'_>, now: Timestamp) -> Report {
        let Comparands { reference, window, source, .. } = *sides;
        assert_eq!(
            window.reference(),
            reference.id(),
            "a window is compared with the reference it counts on"
        );
        let (columns, mut left_out) = self.columns(sides);
        left_out.extend(window.extra_columns().iter().map(|name| LeftOut {
            name: name.clone(),
            why: LeftOutWhy::NotInBaseline,
            role_from: None,
        }));
        let reference_counts: Vec<&Counts> =
            reference.columns().iter().map(|column| &column.counts).collect();
        let current_counts: Vec<&Counts> = window.columns().iter().collect();
        let baseline =
            sample(reference.source(), reference.rows(), reference.columns(), &reference_counts);
        let current = sample(source, window.rows(), reference.columns(), &current_counts);
        let mut problems = self.problems(reference, &baseline, &current, &columns);
        let windows = self.windows(sides, &mut problems);
        let segments = self.segments(sides, &mut problems);
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
                thresholds: self.ladder(),
                false_discovery_rate: self.spec.false_discovery_rate,
            },
            severity: worst(&columns),
            drift: drift(&columns),
            prediction: prediction(&columns, reference.service(), window.service()),
            performance: PerformanceReport::of(reference.service(), window.service()),
            latency: LatencyReport::of(
                &self.spec.objectives,
                reference.service(),
                window.service(),
            ),
            errors: ErrorsReport::of(reference.service(), window.service()),
            windows,
            segments,
            alerts: Vec::new(),
            triggers: Vec::new(),
            timeline: Vec::new(),
            replay: None,
            columns,
            left_out,
            problems,
        }
    }

    /// Every column: measured, the p-values corrected over all of them, judged and put into words.
    fn columns(&self, sides: &Comparands<'_>) -> (Vec<ColumnReport>, Vec<LeftOut>) {
        let Comparands { reference, window, .. } = *sides;
        let outcomes = self.by_convention(sides);
        let mut compared = Vec::new();
        let mut left_out = Vec::new();
        for (at, (column, counts)) in reference.columns().iter().zip(window.columns()).enumerate() {
            let (role, role_from) = self.role_of(column);
            if let Some(why) = left_out_why(role, &column.bins) {
                let name = column.field.name.clone();
                left_out.push(LeftOut { name, why, role_from: Some(role_from) });
                continue;
            }
            let comparison = Comparison {
                monitor: self,
                column,
                reference: SideOf::new(&column.counts, Resolution::Grid, reference.rows()),
                current: SideOf::new(counts, window.resolution(), window.rows()),
                exact: sides.exact.get(at).and_then(Option::as_ref),
                by_convention: outcomes.get(at).and_then(Option::as_ref),
            };
            compared.push((comparison, comparison.measured(), role, role_from));
        }
        let mut measures: Vec<&mut Measures> =
            compared.iter_mut().map(|(_, measured, ..)| &mut measured.measures).collect();
        correct(&mut measures, self.spec.false_discovery_rate);
        let report = |(comparison, measured, role, role_from): (Comparison<'_>, Measured, _, _)| {
            comparison.report(measured, role, role_from)
        };
        (compared.into_iter().map(report).collect(), left_out)
    }

    /// What the other tool says of each column, where its convention is asked for.
    fn by_convention(&self, sides: &Comparands<'_>) -> Vec<Option<ConventionOutcome>> {
        if self.convention().decides() != Decides::Convention {
            return Vec::new();
        }
        let convention = self.convention();
        if convention.reads_again() {
            let columns = 0..sides.reference.columns().len();
            return columns.map(|at| self.by_recount(sides, at)).collect();
        }
        let columns = sides.reference.columns().iter().zip(sides.window.columns());
        let outcome = |(column, counts): (&ReferenceColumn, &Counts)| {
            let counted = |counts| Counted { counts, resolution: Resolution::Grid };
            let cells =
                CellCounts::of(&column.bins, self.cut(), counted(&column.counts), counted(counts));
            convention::of_cells(convention, &cells, &self.ladder())
        };
        columns.map(outcome).collect()
    }

    /// What a tool says of a column whose rows it counted itself.
    fn by_recount(&self, sides: &Comparands<'_>, at: usize) -> Option<ConventionOutcome> {
        let Comparands { reference, window, .. } = *sides;
        let convention = self.convention();
        let recounted = sides.recount?.column(convention, reference, window, at)?;
        let (column, current) = (reference.columns().get(at)?, window.columns().get(at)?);
        let values = ValueStatistics::of(&Sides {
            counts: Some((&column.counts, current)),
            grid: match &column.bins {
                Bins::Grid(grid) => Some(grid),
                _ => None,
            },
            exact: sides.exact.get(at).and_then(Option::as_ref),
            ..Sides::of_cells(ReferenceCounts(&[]), CurrentCounts(&[]))
        });
        let extremes = column.counts.extremes.zip(current.extremes).map(|(r, c)| [r, c]);
        convention::of_recount(convention, recounted, extremes, values.as_ref())
    }

    fn role_of(&self, column: &ReferenceColumn) -> (Role, Origin) {
        self.role_of_field(&column.field)
    }

    fn role_of_field(&self, field: &Field) -> (Role, Origin) {
        match self.spec.columns.get(&field.name).and_then(|given| given.role) {
            Some(role) => (role, Origin::Given),
            None => (field.role, field.role_from),
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

/// Corrects the p-values of each measure over all columns.
fn correct(columns: &mut [&mut Measures], rate: f64) {
    let p_values: Vec<_> = columns.iter().map(|measures| measures.p_values()).collect();
    let mut adjusted = p_values.clone();
    for measure in 0..MEASURES.len() {
        let of_columns: Vec<Option<f64>> = p_values.iter().map(|p| p[measure]).collect();
        for (column, p) in benjamini_hochberg(&of_columns).into_iter().enumerate() {
            adjusted[column][measure] = p;
        }
    }
    for (measures, adjusted) in columns.iter_mut().zip(&adjusted) {
        measures.correct(adjusted, rate);
    }
}

/// How sure a role is, the surest lowest.
fn certainty(from: Origin) -> u8 {
    match from {
        Origin::Given => 0,
        Origin::Name => 1,
        Origin::Values | Origin::Default => 2,
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
    let spans = columns
        .iter()
        .zip(counts)
        .filter_map(|(column, counts)| Some((column, counts.instants()?)));
    let span =
        spans.min_by_key(|(column, _)| certainty(column.field.role_from)).map(|(_, span)| span);
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

fn prediction(
    columns: &[ColumnReport],
    baseline: &Service,
    current: &Service,
) -> Option<Prediction> {
    let of_role = |role: Role| columns.iter().filter(move |column| column.role == role);
    let class = of_role(Role::Prediction).next();
    let probabilities: Vec<String> =
        of_role(Role::Probability).map(|column| column.name.clone()).collect();
    if class.is_none() && probabilities.is_empty() {
        return None;
    }
    let answers = of_role(Role::Prediction).chain(of_role(Role::Probability));
    let mut psi_scores = BTreeMap::new();
    psi_scores.extend(
        answers
            .filter_map(|column| Some((column.name.clone(), column.measures.psi.as_ref()?.value))),
    );
    Some(Prediction {
        class: class.map(|column| column.name.clone()),
        probabilities,
        severity: worst(of_role(Role::Prediction).chain(of_role(Role::Probability))),
        psi_scores,
        confidence: confidence(baseline, current),
    })
}

/// Both sides' probabilities by tenth of \[0, 1\]; empty where there are none.
fn confidence(baseline: &Service, current: &Service) -> Vec<ConfidenceBin> {
    let (baseline, current) = (baseline.confidence, current.confidence);
    if baseline.iter().chain(&current).all(|rows| *rows == 0) {
        return Vec::new();
    }
    let tenth = |at: usize| at as f64 / CONFIDENCE_BINS as f64;
    let bin = |(at, (baseline, current)): (usize, (u64, u64))| ConfidenceBin {
        lower: tenth(at),
        upper: tenth(at + 1),
        baseline,
        current,
    };
    baseline.into_iter().zip(current).enumerate().map(bin).collect()
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
