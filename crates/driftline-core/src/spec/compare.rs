//! The half of a spec that says what is counted and measured.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use serde::{Deserialize, Serialize};

use crate::{
    bins::{BinCount, MAX_LEVELS_KEPT},
    codec,
    convention::Convention,
    group::WindowSize,
    latency::Micros,
    measure::MeasureSettings,
    monitor::Monitor,
    objective::Objectives,
    reference::DEFAULT_BUDGET_BYTES,
    report::Problem,
    schema::{Kind, Role},
    verdict::Ladder,
};

/// What is counted and how it is measured. Every field has a default.
///
/// ```
/// use driftline_core::spec::CompareSpec;
/// let spec: CompareSpec = serde_json::from_str(r#"{"bins": 20, "thresholds": {"moderate": 0.05}}"#).unwrap();
/// assert!(spec.check().is_ok());
/// let problems = CompareSpec { bins: 7, ..CompareSpec::default() }.check().unwrap_err();
/// assert_eq!(problems[0].place, "bins");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CompareSpec {
    /// Whose definitions the numbers follow.
    pub convention: Convention,
    /// PSI cells of equal mass: a divisor of 1000.
    pub bins: u16,
    /// The ladder of severities on PSI.
    pub thresholds: Ladder,
    /// Settings of the measures.
    pub measures: MeasureSettings,
    /// Share of false findings among the tests that the corrected p-values may find.
    pub false_discovery_rate: f64,
    /// The class that precision, recall and the probability figures are about; absent to be told by its name (`1`,
    /// `true`, `yes`, …).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positive_class: Option<String>,
    /// How the current rows are cut into windows, each compared with the reference. Where it is absent or `auto`, each of
    /// several files is a window; one file has none where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowSize>,
    /// What windows are measured by beside PSI.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub window_measures: BTreeSet<WindowMeasure>,
    /// Latencies at which requests are counted exactly, beside the objectives' thresholds: those that rules and triggers ask
    /// about.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub latency_thresholds: BTreeSet<Micros>,
    /// Whether the comparison is repeated for the levels of some columns.
    pub segments: SegmentSpec,
    /// Roles and kinds of columns, where they are not to be inferred.
    pub columns: BTreeMap<String, ColumnSpec>,
    /// Bytes of baseline values kept to find exact quantiles.
    pub budget_bytes: u64,
    /// How quick and how reliable is enough: latencies are counted at these thresholds, so that objectives are decided
    /// exactly.
    pub objectives: Objectives,
}

impl Default for CompareSpec {
    fn default() -> CompareSpec {
        CompareSpec {
            convention: Convention::default(),
            bins: BinCount::DECILES.get(),
            thresholds: Ladder::default(),
            measures: MeasureSettings::default(),
            false_discovery_rate: 0.05,
            positive_class: None,
            window: None,
            window_measures: BTreeSet::new(),
            latency_thresholds: BTreeSet::new(),
            segments: SegmentSpec::default(),
            columns: BTreeMap::new(),
            budget_bytes: DEFAULT_BUDGET_BYTES,
            objectives: Objectives::default(),
        }
    }
}

/// What a window of a report can be measured by beside PSI, which it always is: a number for each feature, so it is left
/// out where nobody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WindowMeasure {
    /// The Kullback–Leibler divergence.
    Kl,
    /// The Jensen–Shannon divergence.
    Js,
    /// Share of rows that hold nothing.
    MissingShare,
}

/// For which columns' levels the comparison is repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SegmentSpec {
    /// The columns.
    pub by: Vec<String>,
    /// How many levels of each: the most frequent ones of the baseline.
    pub top: u16,
}

impl Default for SegmentSpec {
    fn default() -> SegmentSpec {
        SegmentSpec { by: Vec::new(), top: 10 }
    }
}

/// What one column is, where it is not to be inferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ColumnSpec {
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How it is counted; takes effect when the file is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
}

impl CompareSpec {
    /// Checks the spec.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn check(&self) -> Result<Monitor, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut report = |place: String, message: String| problems.push(Problem { place, message });
        let bins = BinCount::new(self.bins);
        if let Err(error) = &bins {
            report("bins".into(), error.to_string());
        }
        self.thresholds.check(&mut report);
        self.measures.check(&mut report);
        if !(self.false_discovery_rate > 0.0 && self.false_discovery_rate < 1.0) {
            report(
                "false_discovery_rate".into(),
                format!("expected a number between 0 and 1, found {}", self.false_discovery_rate),
            );
        }
        if self.segments.top == 0 || usize::from(self.segments.top) > MAX_LEVELS_KEPT {
            report(
                "segments.top".into(),
                format!("expected 1 to {MAX_LEVELS_KEPT}, found {}", self.segments.top),
            );
        }
        const LEAST_BUDGET: u64 = 1 << 20;
        if self.budget_bytes < LEAST_BUDGET {
            report(
                "budget_bytes".into(),
                format!("expected at least {LEAST_BUDGET}, found {}", self.budget_bytes),
            );
        }
        self.objectives.check(&mut report);
        for (name, column) in &self.columns {
            if column.kind == Some(Kind::Timestamp)
                && column.role.is_some_and(|role| role != Role::Timestamp)
            {
                report(
                    format!("columns.{name}.kind"),
                    "expected \"numeric\" or \"categorical\" for this role, found \"timestamp\""
                        .into(),
                );
            }
        }
        match bins {
            Ok(bins) if problems.is_empty() => Ok(Monitor::new(self.clone(), bins)),
            _ => Err(problems),
        }
    }

    /// The kinds that readers are told instead of inferring them.
    pub fn kinds(&self) -> BTreeMap<String, Kind> {
        let given = self.columns.iter();
        let mut kinds = BTreeMap::new();
        // Not collected, here and wherever a worker's code comes by: that would be a sort of its own for every type.
        kinds.extend(given.filter_map(|(name, column)| Some((name.clone(), column.kind?))));
        kinds
    }

    /// The roles that are given instead of inferred.
    pub fn roles(&self) -> BTreeMap<String, Role> {
        self.columns
            .iter()
            .filter_map(|(name, column)| Some((name.clone(), column.role?)))
            .collect()
    }

    /// Names the spec by its content: equal specs have equal hashes on every target.
    pub fn hash(&self) -> String {
        codec::hash_of_json(self)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::measure::{Kl, KlDirection};

    fn check_problems(json: &str, expected: &[(&str, &str)]) {
        let spec: CompareSpec = serde_json::from_str(json).unwrap();
        let found = spec.check().err().unwrap_or_default();
        let found: Vec<(&str, &str)> =
            found.iter().map(|p| (p.place.as_str(), p.message.as_str())).collect();
        assert_eq!(found, expected, "{json}");
    }

    #[test]
    fn every_problem_is_reported_with_its_path() {
        check_problems("{}", &[]);
        check_problems(
            r#"{"bins": 3, "thresholds": {"moderate": 0.3, "critical": -1},
                "measures": {"js": {"threshold": 0}}, "budget_bytes": 5}"#,
            &[
                (
                    "bins",
                    "expected a number of bins that divides 1000 (2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 125, 200, 250, \
                     500, 1000), found 3",
                ),
                ("thresholds.critical", "expected a number above 0, found -1"),
                (
                    "thresholds.significant",
                    "expected at least thresholds.moderate (0.3), found 0.2",
                ),
                ("thresholds.critical", "expected at least thresholds.significant (0.2), found -1"),
                ("measures.js.threshold", "expected a number above 0, found 0"),
                ("budget_bytes", "expected at least 1048576, found 5"),
            ],
        );
    }

    #[test]
    fn an_unknown_key_is_refused() {
        for json in [
            r#"{"bin": 10}"#,
            r#"{"measures": {"psj": {}}}"#,
            r#"{"columns": {"a": {"rule": "id"}}}"#,
        ] {
            assert!(serde_json::from_str::<CompareSpec>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_spec_survives_json_and_equal_specs_have_equal_hashes() {
        let mut spec = CompareSpec { bins: 20, ..CompareSpec::default() };
        spec.measures.kl = Kl { direction: KlDirection::ReferenceFromCurrent, ..Kl::default() };
        spec.columns.insert("a".into(), ColumnSpec { role: Some(Role::Label), kind: None });
        let back: CompareSpec =
            serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap();
        assert_eq!((back.hash(), &back), (spec.hash(), &spec));
        assert_ne!(spec.hash(), CompareSpec::default().hash());
        assert_eq!(vec![spec.kinds().len()], [0]);
    }
}
