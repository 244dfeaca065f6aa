//! Cramér's V.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, Measure, MeasureInfo, Outcome, Sides, pooled::Pooled, threshold_problem,
};
use crate::num;

/// Cramér's V: how strongly a row's cell depends on its side, whatever the number of rows.
///
/// # What it measures
/// The effect size that belongs to the χ² test.
///
/// # Formula
/// ```text
/// value     = √(X² / N)                              X² = Pearson's statistic of the 2 × B table, N = n + m
/// corrected = √(max(0, X²/N − (B − 1)/(N − 1)) / min(1 − 1/(N − 1), B~ − 1))     B~ = B − (B − 1)²/(N − 1)
/// ```
///
/// # Input
/// Counts of any kind of column. Missing values and NaN are no cells; infinities and never-seen levels are. At least one
/// row a side.
///
/// # Output
/// 0 to 1, 1 where the cell tells the side; symmetric. `corrected` is free of what sampling alone adds (Bergsma).
///
/// # Default threshold
/// 0.1 on `corrected` for `drift`: Cohen's small effect.
///
/// # Limits and neighbours
/// Depends on how many rows each side has: sides of very different length cannot give a large value. Deepchecks scales
/// the longer side down and uses 0.2.
///
/// # Example
/// ```
/// use driftline_core::measure::{CramerV, CurrentCounts, Measure, ReferenceCounts, Sides};
/// let sides = Sides::of_cells(ReferenceCounts(&[10, 0]), CurrentCounts(&[0, 10]));
/// assert!((CramerV::default().compare(&sides).unwrap().value - 1.0).abs() < 1e-15);
/// ```
///
/// # References
/// H. Cramér, *Mathematical Methods of Statistics*, 1946. W. Bergsma, *Journal of the Korean Statistical Society* 42, 2013.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CramerV {
    /// `drift` is true where `corrected` is above this.
    pub threshold: f64,
}

impl Default for CramerV {
    fn default() -> CramerV {
        CramerV { threshold: CramerV::INFO.threshold.0 }
    }
}

/// What [`CramerV`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CramerVOutcome {
    /// The textbook's value.
    pub value: f64,
    /// The same without what sampling alone adds.
    pub corrected: f64,
    /// Whether `corrected` is above the threshold.
    pub drift: bool,
}

outcome!(CramerVOutcome, |found| found.value);

impl Measure for CramerV {
    type Outcome = CramerVOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "cramer_v",
        name: "Cramér's V",
        summary: "How strongly a row's cell depends on its side, whatever the number of rows",
        columns: Columns::All,
        max: Some(1.0),
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.1, "Cohen 1988, a small effect"),
        compares: Compares::Value,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<CramerVOutcome> {
        if !sides.hold_values() {
            return None;
        }
        let (reference, current) = sides.occupied_cells();
        let total = (sides.reference.rows() + sides.current.rows()) as f64;
        let phi_squared = Pooled::new(&reference, &current).pearson() / total;
        let (degrees, others) = (reference.len() as f64 - 1.0, (total - 1.0).max(1.0));
        let least = (1.0 - 1.0 / others).min(degrees - degrees * degrees / others);
        let free = (phi_squared - degrees / others).max(0.0);
        let corrected = if least > 0.0 { num::sqrt(free / least).min(1.0) } else { 0.0 };
        let value = num::sqrt(phi_squared).clamp(0.0, 1.0);
        Some(CramerVOutcome { value, corrected, drift: corrected > self.threshold })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}
