//! χ² test of homogeneity.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, Measure, MeasureInfo, Outcome, Sides, pooled::Pooled, rare::pool_rare,
};

/// χ² test of homogeneity: are both sides' counts drawn from the same shares?
///
/// # What it measures
/// How far the 2 × B table of counts lies from the one that equal shares would give, and how often chance alone takes it
/// that far.
///
/// # Formula
/// ```text
/// statistic = Σ (O − E)² / E over both rows of the table       E = row total · column total / total
/// dof       = B − 1, B = cells that hold a row of either side
/// p_value   = P(χ²(dof) ≥ statistic), without Yates' correction
/// p_pooled  = the same with cells put together that expect less than one row in the smaller sample
/// ```
///
/// # Input
/// Counts of any kind of column. Missing values and NaN are no cells; infinities and never-seen levels are. At least one
/// row a side.
///
/// # Output
/// 0 to ∞; symmetric. `least_expected` is the smallest expected count: below about 5 the p-value is rough (Cochran 1954),
/// below 1 it is not to be used, which is what `p_pooled` is for.
///
/// # Default threshold
/// `drift` where the corrected `p_pooled` is at most the false discovery rate (5 %).
///
/// # Limits and neighbours
/// Evidently's χ² takes the reference for the exact truth (goodness of fit): 48 % false alarms at a nominal 5 % with
/// equally long sides. NannyML and SciPy apply Yates' correction to 2 × 2 tables. With many rows anything is significant:
/// read Cramér's V beside it.
///
/// # Example
/// ```
/// use driftline_core::measure::{ChiSquare, CurrentCounts, Measure, ReferenceCounts, Sides};
/// let sides = Sides::of_cells(ReferenceCounts(&[10, 10]), CurrentCounts(&[5, 15]));
/// let found = ChiSquare::default().compare(&sides).unwrap();
/// // 2·2.5²/7.5 + 2·2.5²/12.5
/// assert!((found.statistic - 8.0 / 3.0).abs() < 1e-12 && found.dof == 1);
/// ```
///
/// # References
/// K. Pearson, *Biometrika* 8, 1911. W. Cochran, *Biometrics* 10, 1954.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ChiSquare {}

/// What [`ChiSquare`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChiSquareOutcome {
    /// Pearson's statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub dof: u64,
    /// Probability of a statistic so large without drift.
    pub p_value: f64,
    /// The same with rare cells put together.
    pub p_pooled: f64,
    /// `p_pooled` corrected over all columns (Benjamini–Hochberg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// Rows that the rarest cell expects in the smaller sample.
    pub least_expected: f64,
    /// Whether it is not chance.
    pub drift: bool,
}

outcome!(ChiSquareOutcome, |found| found.statistic, p_value: |found| Some(found.p_pooled));

impl Measure for ChiSquare {
    type Outcome = ChiSquareOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "chi_square",
        name: "χ² test",
        summary: "Whether both sides' counts can be drawn from the same shares (Pearson)",
        columns: Columns::All,
        max: None,
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.05, "false discovery rate"),
        compares: Compares::CorrectedPValue,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<ChiSquareOutcome> {
        if !sides.hold_values() {
            return None;
        }
        let (reference, current) = sides.occupied_cells();
        let table = Pooled::new(&reference, &current);
        let evidence = pool_rare(sides.reference, sides.current, !sides.is_categorical);
        let pooled = Pooled::new(&evidence.reference, &evidence.current);
        let statistic = table.pearson();
        Some(ChiSquareOutcome {
            statistic,
            dof: reference.len() as u64 - 1,
            p_value: table.tail_of(statistic),
            p_pooled: pooled.p_value(),
            p_adjusted: None,
            least_expected: table.least_expected(),
            drift: true,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        core::iter::empty()
    }
}
