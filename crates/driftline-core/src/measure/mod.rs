//! Measures of drift: two sides' rows, counted alike → a value with what it means at this sample size.
//!
//! To add a measure: one file that implements [`Measure`], and one row in the table at the end of this file. Its
//! configuration key, its field in the Report, the list in [`MEASURES`], the command line's and the page's lists and
//! the conformance tests follow from the row. An outcome says what all say by `outcome!`; a measure of values one by one
//! also has a line in `exact.rs`.

#[macro_use]
mod outcome;

mod anderson_darling;
mod chi_square;
mod cramer_v;
mod cramer_von_mises;
mod exact;
mod g_test;
mod hellinger;
mod js;
mod kl;
mod ks;
mod mean_shift;
mod mid_ranks;
mod missing_share;
mod new_levels;
mod pooled;
mod proportion;
mod psi;
mod rare;
mod steps;
mod total_variation;
mod variance_shift;
mod wasserstein;

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{bins::Grid, counts::Counts, moments::Scale};

pub use anderson_darling::{AndersonDarling, AndersonDarlingOutcome};
pub use chi_square::{ChiSquare, ChiSquareOutcome};
pub use cramer_v::{CramerV, CramerVOutcome};
pub use cramer_von_mises::{CramerVonMises, CramerVonMisesOutcome};
pub use exact::Exact;
pub(crate) use exact::ValueStatistics;
pub use g_test::{GTest, GTestOutcome};
pub use hellinger::{Hellinger, HellingerOutcome};
pub use js::{Js, JsOutcome};
pub use kl::{Kl, KlDirection, KlOutcome};
pub use ks::{Ks, KsLaw, KsOutcome};
pub use mean_shift::{MeanShift, MeanShiftOutcome};
pub use missing_share::{MissingShare, MissingShareOutcome};
pub use new_levels::{NewLevels, NewLevelsOutcome};
pub use psi::{Psi, PsiOutcome, cell_contributions, rows_needed};
pub use total_variation::{TotalVariation, TotalVariationOutcome};
pub use variance_shift::{VarianceShift, VarianceShiftOutcome};
pub use wasserstein::{Wasserstein, WassersteinOutcome};

/// The reference's rows by cell.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceCounts<'a>(pub &'a [u64]);

/// The current rows by cell, over the same cells.
#[derive(Clone, Copy, Debug)]
pub struct CurrentCounts<'a>(pub &'a [u64]);

impl ReferenceCounts<'_> {
    /// How many rows.
    pub fn rows(self) -> u64 {
        self.0.iter().sum()
    }
}

impl CurrentCounts<'_> {
    /// How many rows.
    pub fn rows(self) -> u64 {
        self.0.iter().sum()
    }
}

/// The two sides of a column, as far as they were counted.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The reference's rows by PSI cell or level; infinities and never-seen levels are cells, missing values are not.
    pub reference: ReferenceCounts<'a>,
    /// The current rows, over the same cells.
    pub current: CurrentCounts<'a>,
    /// All that was counted of either side, the reference's first; `None` where only cells are known.
    pub counts: Option<(&'a Counts, &'a Counts)>,
    /// The fine grid, where both sides were counted on it.
    pub grid: Option<&'a Grid>,
    /// Whether the cells are levels.
    pub is_categorical: bool,
    /// Statistics of the values one by one, where both sides' values fit the memory budget.
    pub exact: Option<&'a Exact>,
}

impl<'a> Sides<'a> {
    /// Sides of which nothing but the cells is known.
    pub fn of_cells(reference: ReferenceCounts<'a>, current: CurrentCounts<'a>) -> Sides<'a> {
        Sides { reference, current, counts: None, grid: None, is_categorical: false, exact: None }
    }

    /// Whether both sides hold a row in some cell.
    fn hold_values(&self) -> bool {
        self.reference.rows() > 0 && self.current.rows() > 0
    }

    /// The two sides' shares of each cell, reference first.
    fn shares(&self) -> impl Iterator<Item = (f64, f64)> {
        shares(self.reference, self.current)
    }

    /// The cells that hold a row of either side.
    fn occupied_cells(&self) -> (Vec<u64>, Vec<u64>) {
        let cells = self.reference.0.iter().copied().zip(self.current.0.iter().copied());
        cells.filter(|(r, c)| r + c > 0).unzip()
    }

    /// Both sides' counts on the fine grid, where both have some.
    fn grid_counts(&self) -> Option<GridCounts<'a>> {
        let ((reference, current), grid) = (self.counts?, self.grid?);
        let holds_rows = |counts: &Counts| counts.cells.iter().any(|rows| *rows > 0);
        let fits = |counts: &Counts| counts.cells.len() == grid.cells();
        (fits(reference) && fits(current) && holds_rows(reference) && holds_rows(current))
            .then_some(GridCounts { grid, reference, current })
    }
}

/// Both sides' counts on a fine grid that holds rows of both.
#[derive(Clone, Copy, Debug)]
struct GridCounts<'a> {
    grid: &'a Grid,
    reference: &'a Counts,
    current: &'a Counts,
}

impl GridCounts<'_> {
    fn scale(&self) -> Option<Scale> {
        self.grid.scale()
    }
}

/// The two sides' shares of each cell, reference first.
fn shares(
    reference: ReferenceCounts<'_>,
    current: CurrentCounts<'_>,
) -> impl Iterator<Item = (f64, f64)> {
    let (n, m) = (reference.rows() as f64, current.rows() as f64);
    reference.0.iter().zip(current.0).map(move |(r, c)| (*r as f64 / n, *c as f64 / m))
}

/// What people are told about a measure; all of it is in the reference pages and in every front's list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MeasureInfo {
    /// Key in the spec and in the Report.
    pub id: &'static str,
    /// Name as the field writes it.
    pub name: &'static str,
    /// What it measures, in one sentence.
    pub summary: &'static str,
    /// Which columns it is for.
    pub columns: Columns,
    /// The largest value it can take, where there is one; the smallest is 0.
    pub max: Option<f64>,
    /// What the value counts.
    pub unit: &'static str,
    /// Whether swapping the two sides changes nothing.
    pub symmetric: bool,
    /// Whether it depends on the order of a column's values alone, so that no monotone transform changes it. Of cells that
    /// holds where their edges are values of the reference: an edge between two of them is interpolated, and a transform
    /// can move it past current values that lie between them too.
    pub rank_based: bool,
    /// The value past which it says drift, by default, and whose number that is.
    pub threshold: (f64, &'static str),
    /// What the threshold is compared with.
    pub compares: Compares,
}

/// Which columns a measure is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Columns {
    /// Numbers and levels.
    All,
    /// Numbers.
    Numeric,
    /// Levels.
    Categorical,
}

/// What a measure's threshold is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compares {
    /// The value, or its lower end: drift where it is above.
    Value,
    /// The p-value corrected over the columns: drift where it is at most this.
    CorrectedPValue,
    /// The value, and the corrected p-value with the spec's rate: drift where both say so.
    Both,
}

/// A measure with its settings.
pub trait Measure: Default {
    /// What it finds.
    type Outcome: Outcome;

    /// What people are told about it.
    const INFO: MeasureInfo;

    /// Compares the two sides; `None` where they do not hold what it needs.
    fn compare(&self, sides: &Sides<'_>) -> Option<Self::Outcome>;

    /// What is wrong with the settings, each with the key it is at.
    fn problems(&self) -> impl Iterator<Item = (&'static str, String)>;
}

/// What every measure's outcome has.
pub trait Outcome {
    /// The value, finite, at least 0.
    fn value(&self) -> f64;

    /// Whether it is past the measure's own threshold; of a test, before [`correct`](Outcome::correct), whether it is
    /// large enough to count if it is no chance.
    fn drift(&self) -> bool;

    /// The p-value that is corrected over the columns, of a measure that tests.
    fn p_value(&self) -> Option<f64> {
        None
    }

    /// Takes the p-value corrected over all columns: past `rate` there is no `drift`.
    fn correct(&mut self, p_adjusted: f64, rate: f64) {
        let _ = (p_adjusted, rate);
    }

    /// The p-value as it was corrected.
    fn p_adjusted(&self) -> Option<f64> {
        None
    }

    /// Whether it comes from the values one by one, of a measure that wants those.
    fn exact(&self) -> Option<bool> {
        None
    }

    /// The largest error of the value, where it does not.
    fn error(&self) -> Option<f64> {
        None
    }
}

/// What a measure found, without what is the measure's own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Finding {
    /// The value.
    pub value: f64,
    /// Whether it says drift.
    pub drift: bool,
    /// The p-value corrected over all columns, of a measure that tests.
    pub p_adjusted: Option<f64>,
    /// Whether it comes from the values one by one, of a measure that wants those.
    pub exact: Option<bool>,
    /// The largest error of the value, where it does not and one is known.
    pub error: Option<f64>,
}

impl Finding {
    fn of(outcome: &impl Outcome) -> Finding {
        Finding {
            value: outcome.value(),
            drift: outcome.drift(),
            p_adjusted: outcome.p_adjusted(),
            exact: outcome.exact(),
            error: outcome.error(),
        }
    }
}

/// A threshold's problem, if it has one: it must be a positive number.
fn threshold_problem(threshold: f64) -> Option<(&'static str, String)> {
    (!threshold.is_finite() || threshold <= 0.0)
        .then(|| ("threshold", alloc::format!("expected a number above 0, found {threshold}")))
}

macro_rules! measures {
    ($($id:ident: $measure:ty => $outcome:ty),+ $(,)?) => {
        /// Settings of every measure, by its id.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(default, deny_unknown_fields)]
        pub struct MeasureSettings {
            $(#[doc = concat!("Settings of `", stringify!($id), "`.")] pub $id: $measure),+
        }

        /// What the measures found for one column; absent where the sides do not hold what a measure needs.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        pub struct Measures {
            $(#[doc = concat!("What `", stringify!($id), "` found.")]
              #[serde(default, skip_serializing_if = "Option::is_none")]
              pub $id: Option<$outcome>),+
        }

        /// Each measure's file, which its documentation is checked in.
        #[cfg(test)]
        const SOURCES: &[&str] = &[$(include_str!(concat!(stringify!($id), ".rs"))),+];

        /// Every measure, in the order people are shown them.
        pub const MEASURES: &[MeasureInfo] = &[$(<$measure as Measure>::INFO),+];

        impl MeasureSettings {
            /// Compares the two sides by every measure.
            pub fn compare(&self, sides: &Sides<'_>) -> Measures {
                Measures { $($id: self.$id.compare(sides)),+ }
            }

            /// Calls `report` with the path and text of everything that is wrong.
            pub(crate) fn check(&self, mut report: impl FnMut(String, String)) {
                $(for (key, message) in self.$id.problems() {
                    report(alloc::format!("measures.{}.{key}", stringify!($id)), message);
                })+
            }
        }

        impl Measures {
            /// Each measure with its value and whether that is past the measure's own threshold; `None` where the
            /// measure found nothing.
            pub fn iter(&self) -> impl Iterator<Item = (&'static MeasureInfo, Option<(f64, bool)>)> {
                let found = [$(self.$id.as_ref().map(|outcome| (outcome.value(), outcome.drift()))),+];
                MEASURES.iter().zip(found)
            }

            /// Each measure that found something.
            pub fn findings(&self) -> impl Iterator<Item = (&'static MeasureInfo, Finding)> {
                let found = [$(self.$id.as_ref().map(Finding::of)),+];
                MEASURES.iter().zip(found).filter_map(|(info, found)| Some((info, found?)))
            }

            /// The p-values of the measures that test, in the table's order.
            pub(crate) fn p_values(&self) -> [Option<f64>; MEASURES.len()] {
                [$(self.$id.as_ref().and_then(Outcome::p_value)),+]
            }

            /// Hands every measure that tests its corrected p-value.
            pub(crate) fn correct(&mut self, p_adjusted: &[Option<f64>; MEASURES.len()], rate: f64) {
                let mut p_adjusted = p_adjusted.iter();
                $(if let (Some(outcome), Some(Some(p))) = (&mut self.$id, p_adjusted.next()) {
                    outcome.correct(*p, rate);
                })+
            }
        }
    };
}

// The table: one row a measure.
measures! {
    psi: Psi => PsiOutcome,
    kl: Kl => KlOutcome,
    js: Js => JsOutcome,
    hellinger: Hellinger => HellingerOutcome,
    total_variation: TotalVariation => TotalVariationOutcome,
    wasserstein: Wasserstein => WassersteinOutcome,
    ks: Ks => KsOutcome,
    cramer_von_mises: CramerVonMises => CramerVonMisesOutcome,
    anderson_darling: AndersonDarling => AndersonDarlingOutcome,
    chi_square: ChiSquare => ChiSquareOutcome,
    g_test: GTest => GTestOutcome,
    cramer_v: CramerV => CramerVOutcome,
    mean_shift: MeanShift => MeanShiftOutcome,
    variance_shift: VarianceShift => VarianceShiftOutcome,
    missing_share: MissingShare => MissingShareOutcome,
    new_levels: NewLevels => NewLevelsOutcome,
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod published;
#[cfg(test)]
mod tests;
