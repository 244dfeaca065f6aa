//! The part of a spec that says how rows are read and counted: all that whoever counts has to know of it.
//!
//! A [`Monitor`](crate::monitor::Monitor) holds a [`Counting`] and how to judge; where files are read in one place and judged
//! in another, as in a browser's worker and reporter, the place that reads gets the [`Counting`] alone.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    bins::{BinCount, Bins, Cut},
    convention::{Convention, ConventionPlan},
    group::{GroupBy, GroupKey, SHORTEST_AUTO_WINDOW, WindowSize},
    latency::Micros,
    objective::Objectives,
    performance::PositiveClass,
    reference::{DEFAULT_BUDGET_BYTES, Reference},
    report::{LeftOutWhy, Problem},
    schema::{Field, Kind, Origin, Role},
    service::ServiceColumns,
    spec::{CompareSpec, SegmentSpec},
    window::{Plan, Window},
};

/// How rows are read and counted, by a sound [`CompareSpec`]. It travels: as plain data in any of serde's formats.
///
/// ```
/// use driftline_core::{counting::Counting, spec::CompareSpec};
/// let monitor = CompareSpec::default().check().unwrap();
/// assert_eq!(*monitor.counting(), Counting::default());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counting {
    convention: Convention,
    cut: Cut,
    positive_class: Option<String>,
    window: Option<WindowSize>,
    segments: SegmentSpec,
    latency_thresholds: Vec<Micros>,
    kinds: BTreeMap<String, Kind>,
    roles: BTreeMap<String, Role>,
    budget_bytes: u64,
}

impl Default for Counting {
    /// As the shipped spec says: no windows, no segments, columns are what they look like, and latencies are counted at the
    /// objectives' thresholds.
    fn default() -> Counting {
        let convention = Convention::default();
        Counting {
            convention,
            cut: Cut { bins: BinCount::DECILES, atoms: convention.separates_atoms() },
            positive_class: None,
            window: None,
            segments: SegmentSpec::default(),
            latency_thresholds: Objectives::default().thresholds(),
            kinds: BTreeMap::new(),
            roles: BTreeMap::new(),
            budget_bytes: DEFAULT_BUDGET_BYTES,
        }
    }
}

impl Counting {
    /// What of a sound spec is about counting.
    pub(crate) fn of(spec: &CompareSpec, bins: BinCount) -> Counting {
        let mut latency_thresholds = spec.objectives.thresholds();
        latency_thresholds.extend(&spec.latency_thresholds);
        Counting {
            convention: spec.convention,
            cut: Cut { bins, atoms: spec.convention.separates_atoms() },
            positive_class: spec.positive_class.clone(),
            window: spec.window,
            segments: spec.segments.clone(),
            latency_thresholds,
            kinds: spec.kinds(),
            roles: spec.roles(),
            budget_bytes: spec.budget_bytes,
        }
    }

    /// With windows of this size.
    #[must_use]
    pub fn with_window(self, size: WindowSize) -> Counting {
        Counting { window: Some(size), ..self }
    }

    /// The PSI cells.
    pub fn cut(&self) -> Cut {
        self.cut
    }

    /// The kinds that readers are told instead of inferring them.
    pub fn kinds(&self) -> &BTreeMap<String, Kind> {
        &self.kinds
    }

    /// The roles that are given instead of inferred.
    pub fn roles(&self) -> &BTreeMap<String, Role> {
        &self.roles
    }

    /// Bytes of baseline values kept to find exact quantiles.
    pub fn budget_bytes(&self) -> u64 {
        self.budget_bytes
    }

    /// Whether a file that was read by `other` is the same file read by this one: columns of the same kinds, within the same
    /// budget. What is counted of it is for [`plan`](Self::plan) to say.
    pub fn reads_as(&self, other: &Counting) -> bool {
        // Roles of classes say how a column is counted where its kind is not given.
        let counted_by_role = |counting: &Counting| {
            let mut roles = counting.roles.clone();
            roles.retain(|_, role| {
                matches!(
                    role,
                    Role::Prediction | Role::Label | Role::Error | Role::Model | Role::Version
                )
            });
            roles
        };
        self.kinds == other.kinds
            && self.budget_bytes == other.budget_bytes
            && counted_by_role(self) == counted_by_role(other)
    }

    /// What a counter of current rows keeps besides their counts, of one file.
    ///
    /// # Errors
    /// Windows of time or segments are asked for, and the reference has no column for them.
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
        if files > 1 && matches!(self.window, None | Some(WindowSize::Auto)) {
            groups.push(GroupBy { key: GroupKey::Files, cut: self.cut });
        } else if let Some(size) = self.window {
            match self.window_key(reference, size) {
                Ok(key) => groups.extend(key.map(|key| GroupBy { key, cut: self.cut })),
                Err(problem) => problems.push(problem),
            }
        }
        for by in self.segment_keys(reference) {
            match by {
                Ok(by) => groups.push(by),
                Err(problem) => problems.push(problem),
            }
        }
        let sample_bytes = self.budget_bytes / 2;
        let fields = reference.columns().iter().map(|column| &column.field);
        let service = ServiceColumns {
            latency_thresholds: self.latency_thresholds.clone(),
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
    pub fn latency_thresholds(&self) -> &[Micros] {
        &self.latency_thresholds
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
        let positive = self.positive_class.as_deref();
        let positive = positive.map_or(PositiveClass::ByName, PositiveClass::given);
        ServiceColumns::of(fields, |field| self.role_of(field).0, positive)
    }

    /// What a second reading of both files counts, the baseline first: what the convention's tool needs that bins both
    /// sides together. `None` where the first reading has all that is needed.
    pub fn convention_plan(
        &self,
        reference: &Reference,
        window: &Window,
    ) -> Option<ConventionPlan> {
        let is_compared = |at: usize| {
            reference.columns().get(at).is_some_and(|column| {
                left_out_why(self.role_of(&column.field).0, &column.bins).is_none()
            })
        };
        let clock = self.clock(reference.columns().iter().map(|column| &column.field));
        let budget_bytes = self.budget_bytes;
        ConventionPlan::new(self.convention, reference, window, budget_bytes, clock, is_compared)
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
            let (role, role_from) = self.role_of(field);
            (role == Role::Timestamp).then_some((certainty(role_from), at, &field.name))
        });
        found.min().map(|(.., name)| name.clone())
    }

    fn segment_keys(&self, reference: &Reference) -> Vec<Result<GroupBy, Problem>> {
        let top = usize::from(self.segments.top);
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
                    Ok(GroupBy { key: GroupKey::Level { column, top }, cut: self.cut })
                }
                _ => Err(refuse(format!(
                    "expected a column of categories, found \"{name}\", which is counted otherwise; its kind can be given"
                ))),
            }
        };
        self.segments.by.iter().enumerate().map(key).collect()
    }

    /// What a column is for, and who says so.
    pub(crate) fn role_of(&self, field: &Field) -> (Role, Origin) {
        match self.roles.get(&field.name) {
            Some(role) => (*role, Origin::Given),
            None => (field.role, field.role_from),
        }
    }
}

/// How sure a role is, the surest lowest.
pub(crate) fn certainty(from: Origin) -> u8 {
    match from {
        Origin::Given => 0,
        Origin::Name => 1,
        Origin::Values | Origin::Default => 2,
    }
}

/// Why a column is not compared, if it is not.
pub(crate) fn left_out_why(role: Role, bins: &Bins) -> Option<LeftOutWhy> {
    match role {
        Role::Id => Some(LeftOutWhy::Id),
        Role::Timestamp => Some(LeftOutWhy::Timestamp),
        Role::Ignore => Some(LeftOutWhy::Ignored),
        // Instants have no distribution to compare, whatever the column is for.
        _ if *bins == Bins::Instants => Some(LeftOutWhy::Timestamp),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_survives_the_compact_form_and_json() {
        let spec: CompareSpec = serde_json::from_str(
            r#"{"convention": "evidently", "bins": 20, "positive_class": "yes", "window": "1d12h",
                "latency_thresholds": [200000], "segments": {"by": ["city"], "top": 3}, "budget_bytes": 2000000,
                "objectives": {"latency": [{"quantile": 0.95, "threshold": "300ms"}]},
                "columns": {"a": {"kind": "categorical"}, "b": {"role": "label"}, "c": {}}}"#,
        )
        .unwrap();
        let counting = spec.check().unwrap().counting().clone();
        assert_eq!((counting.kinds.len(), counting.roles.len()), (1, 1));
        assert_eq!(counting.latency_thresholds, [Micros(300_000), Micros(200_000)]);
        let bytes = postcard::to_allocvec(&counting).unwrap();
        assert_eq!(postcard::from_bytes::<Counting>(&bytes).unwrap(), counting);
        let json = serde_json::to_string(&counting).unwrap();
        assert_eq!(serde_json::from_str::<Counting>(&json).unwrap(), counting);
    }

    #[test]
    fn a_file_is_read_alike_unless_kinds_classes_or_the_budget_are_others() {
        let counting = |json: &str| {
            let spec: CompareSpec = serde_json::from_str(json).unwrap();
            spec.check().unwrap().counting().clone()
        };
        let shipped = Counting::default();
        for (json, expected) in [
            ("{}", true),
            (r#"{"bins": 20, "window": "1d", "convention": "textbook"}"#, true),
            (r#"{"columns": {"a": {"role": "latency"}}}"#, true),
            (r#"{"columns": {"a": {"role": "label"}}}"#, false),
            (r#"{"columns": {"a": {"kind": "numeric"}}}"#, false),
            (r#"{"budget_bytes": 2000000}"#, false),
        ] {
            assert_eq!(counting(json).reads_as(&shipped), expected, "{json}");
            assert_eq!(shipped.reads_as(&counting(json)), expected, "{json}");
        }
    }
}
