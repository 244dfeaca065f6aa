//! Measures of drift: the reference's counts × the current rows' counts over the same cells → a value with what it
//! means at this sample size.
//!
//! To add a measure: one file that implements [`Measure`], and one row in the table at the end of this file. Its
//! configuration key, its field in the Report, the list in [`MEASURES`], the command line's and the page's lists and
//! the conformance tests follow from the row.

mod js;
mod kl;
mod psi;
mod rare;

use alloc::string::String;

use serde::{Deserialize, Serialize};

pub use js::{Js, JsOutcome};
pub use kl::{Kl, KlDirection, KlOutcome};
pub use psi::{Psi, PsiOutcome, cell_contributions, rows_needed};

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
    /// The largest value it can take, where there is one; the smallest is 0.
    pub max: Option<f64>,
    /// What the value counts.
    pub unit: &'static str,
    /// Whether swapping the two sides changes nothing.
    pub symmetric: bool,
    /// The value past which it says drift, by default, and whose number that is.
    pub threshold: (f64, &'static str),
}

/// A measure with its settings.
pub trait Measure: Default {
    /// What it finds.
    type Outcome: Outcome;

    /// What people are told about it.
    const INFO: MeasureInfo;

    /// Compares the two sides; both hold at least one row.
    fn compare(&self, reference: ReferenceCounts<'_>, current: CurrentCounts<'_>) -> Self::Outcome;

    /// What is wrong with the settings, each with the key it is at.
    fn problems(&self) -> impl Iterator<Item = (&'static str, String)>;
}

/// What every measure's outcome has.
pub trait Outcome {
    /// The value, finite, at least 0.
    fn value(&self) -> f64;

    /// Whether it is past the measure's own threshold.
    fn drift(&self) -> bool;
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
        #[serde(default, deny_unknown_fields)]
        pub struct MeasureSettings {
            $(#[doc = concat!("Settings of `", stringify!($id), "`.")] pub $id: $measure),+
        }

        /// What the measures found for one column; all absent where a side has no rows.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        pub struct Measures {
            $(#[doc = concat!("What `", stringify!($id), "` found.")]
              #[serde(default, skip_serializing_if = "Option::is_none")]
              pub $id: Option<$outcome>),+
        }

        /// Every measure, in the order people are shown them.
        pub const MEASURES: &[MeasureInfo] = &[$(<$measure as Measure>::INFO),+];

        impl MeasureSettings {
            /// Compares the two sides by every measure; both hold at least one row.
            pub fn compare(&self, reference: ReferenceCounts<'_>, current: CurrentCounts<'_>) -> Measures {
                Measures { $($id: Some(self.$id.compare(reference, current))),+ }
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
        }
    };
}

// The table: one row a measure.
measures! {
    psi: Psi => PsiOutcome,
    kl: Kl => KlOutcome,
    js: Js => JsOutcome,
}

#[cfg(test)]
mod tests;
