//! Whose definitions decide: Driftline's own, the textbook's, or another tool's, so that people can move over with
//! evidence.
//!
//! The measures of a report are always Driftline's. A convention says beside them what the other tool would say, by its
//! own binning, floors, logarithms and thresholds, and lets that decide the severity.

mod credit_risk;
mod distinct;
mod evidently;
mod histogram;
mod nannyml;
mod recount;

use alloc::{collections::BTreeMap, format, string::String};

use serde::{Deserialize, Serialize};

use crate::{
    cells::CellCounts,
    measure::ValueStatistics,
    num::{self, significant},
    verdict::{Ladder, Severity},
};

pub(crate) use recount::ColumnCounts;
pub use recount::{ConventionCounter, ConventionCounts, ConventionPlan};

/// Whose definitions decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Convention {
    /// Atoms are cells of their own; the interval's lower end decides.
    #[default]
    Driftline,
    /// Quantile cells and nothing else; the value decides, whatever the number of rows.
    Textbook,
    /// Credit scoring's PSI: reference deciles, empty cells as 1e-4, moderate from 0.1 and critical from 0.25 on.
    CreditRisk,
    /// Evidently 0.7's default tests and thresholds.
    Evidently,
    /// NannyML 0.13's Jensen–Shannon distance against what the baseline's own tenths show.
    Nannyml,
}

/// What decides a column's severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Decides {
    /// The lower end of PSI's interval.
    PsiLowerEnd,
    /// The PSI itself.
    PsiValue,
    /// What the other tool says.
    Convention,
}

impl Convention {
    /// Every convention.
    pub const ALL: [Convention; 5] = [
        Convention::Driftline,
        Convention::Textbook,
        Convention::CreditRisk,
        Convention::Evidently,
        Convention::Nannyml,
    ];

    /// The name in files and flags.
    pub fn name(self) -> &'static str {
        match self {
            Convention::Driftline => "driftline",
            Convention::Textbook => "textbook",
            Convention::CreditRisk => "credit-risk",
            Convention::Evidently => "evidently",
            Convention::Nannyml => "nannyml",
        }
    }

    /// The name for people.
    pub fn title(self) -> &'static str {
        match self {
            Convention::Driftline => "Driftline",
            Convention::Textbook => "Textbook",
            Convention::CreditRisk => "Credit risk",
            Convention::Evidently => "Evidently 0.7",
            Convention::Nannyml => "NannyML 0.13",
        }
    }

    /// What decides by it, in a sentence.
    pub fn summary(self) -> &'static str {
        match self {
            Convention::Driftline => {
                "the lower end of the PSI's interval is judged: a large value from few rows is not called a drift"
            }
            Convention::Textbook => {
                "the PSI is judged as it is, whatever the number of rows: with few rows it calls noise a drift"
            }
            Convention::CreditRisk => {
                "the PSI of credit scoring is judged as it is (deciles of the baseline, empty cells as 0.0001, 0.1 and \
                 0.25), whatever the number of rows"
            }
            Convention::Evidently => {
                "Evidently 0.7's default test is judged: a p-value below 0.05 up to 1000 baseline rows, a distance of 0.1 \
                 or more above"
            }
            Convention::Nannyml => {
                "NannyML 0.13's Jensen–Shannon distance is judged: drift above mean + 3 standard deviations of the \
                 baseline's own tenths"
            }
        }
    }

    /// Whether atoms are cells of their own.
    pub fn separates_atoms(self) -> bool {
        self == Convention::Driftline
    }

    /// Whether it needs the rows of both files a second time, which only data files have.
    pub fn reads_again(self) -> bool {
        matches!(self, Convention::Evidently | Convention::Nannyml)
    }

    /// The ladder of severities: the spec's, unless it is the default one and the convention has its own.
    pub fn ladder(self, thresholds: Ladder) -> Ladder {
        match self {
            Convention::CreditRisk if thresholds == Ladder::default() => credit_risk::LADDER,
            _ => thresholds,
        }
    }

    /// What decides.
    pub fn decides(self) -> Decides {
        match self {
            Convention::Driftline => Decides::PsiLowerEnd,
            Convention::Textbook => Decides::PsiValue,
            Convention::CreditRisk | Convention::Evidently | Convention::Nannyml => {
                Decides::Convention
            }
        }
    }
}

/// What another tool says about a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConventionOutcome {
    /// Its measure that decides, by its own name.
    pub decided_by: String,
    /// What that measure says.
    pub value: f64,
    /// The value past which it says drift.
    pub threshold: f64,
    /// Whether it says drift.
    pub drift: bool,
    /// The severity that follows: significant for tools that know drift and no drift only.
    pub severity: Severity,
    /// Whether every number comes from all rows as the tool would have it; otherwise some are estimated from the fine
    /// grid, because the values did not fit the memory budget.
    pub exact: bool,
    /// All numbers it would give, by its own names.
    pub numbers: BTreeMap<String, f64>,
}

impl ConventionOutcome {
    pub(crate) fn in_words(&self) -> String {
        let verdict = if self.drift { "drift" } else { "no drift" };
        format!(
            "{} {} against a threshold of {}: {verdict}",
            self.decided_by,
            significant(self.value, 2),
            significant(self.threshold, 2)
        )
    }
}

/// What the convention says of a column by its quantile cells alone; `None` where it needs more, or is no other tool's.
pub(crate) fn of_cells(
    convention: Convention,
    cells: &CellCounts,
    ladder: &Ladder,
) -> Option<ConventionOutcome> {
    match convention {
        Convention::CreditRisk => credit_risk::outcome(cells, ladder),
        _ => None,
    }
}

/// What the convention says of a column that was read a second time. The extremes are the baseline's and the current
/// values', the values' statistics those of the first reading.
pub(crate) fn of_recount(
    convention: Convention,
    counts: &ColumnCounts,
    extremes: Option<[(f64, f64); 2]>,
    values: Option<&ValueStatistics>,
) -> Option<ConventionOutcome> {
    match convention {
        Convention::Evidently => {
            let both =
                extremes.map(|[(min, max), current]| (min.min(current.0), max.max(current.1)));
            evidently::outcome(counts, both, values)
        }
        Convention::Nannyml => {
            nannyml::outcome(counts, extremes.map(|[baseline, _]| baseline), values)
        }
        Convention::Driftline | Convention::Textbook | Convention::CreditRisk => None,
    }
}

/// The Jensen–Shannon divergence in nats of two lists of shares, each of which adds up to 1.
fn js_nats(p: &[f64], q: &[f64]) -> f64 {
    let term = |share: f64, mean: f64| {
        if share > 0.0 { share * num::ln(share / mean) } else { 0.0 }
    };
    let mut sum = num::Sum::new();
    for (p, q) in p.iter().zip(q) {
        let mean = (p + q) / 2.0;
        sum.add(term(*p, mean));
        sum.add(term(*q, mean));
    }
    (sum.total() / 2.0).max(0.0)
}
