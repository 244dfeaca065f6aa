//! G-test of homogeneity.

use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, Measure, MeasureInfo, Outcome, Sides, pooled::Pooled, rare::pool_rare,
};

/// G-test: are both sides' counts drawn from the same shares?
///
/// # What it measures
/// Twice the logarithm of how much likelier the counts are with shares of their own than with equal ones, and how often
/// chance alone makes it so much.
///
/// # Formula
/// ```text
/// statistic = 2 Σ O · ln(O / E) over both rows of the table, 0 · ln 0 = 0      E = row total · column total / total
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
/// Nearly Pearson's χ², from the same family as PSI and KL: G = 2(n + m) times the mutual information of cell and side.
/// Further off than χ² in tables with small counts. Evidently's passes the reference's raw counts as expected ones, which
/// SciPy refuses where the sides differ in length.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, GTest, Measure, ReferenceCounts, Sides};
/// let sides = Sides::of_cells(ReferenceCounts(&[10, 0]), CurrentCounts(&[0, 10]));
/// let found = GTest::default().compare(&sides).unwrap();
/// // 2 · 20 · ln 2
/// assert!((found.statistic - 40.0 * 2_f64.ln()).abs() < 1e-12 && found.dof == 1);
/// ```
///
/// # References
/// S. Wilks, *Annals of Mathematical Statistics* 6, 1935. R. Sokal, F. Rohlf, *Biometry*, 1981.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct GTest {}

/// What [`GTest`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GTestOutcome {
    /// The likelihood ratio G.
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

outcome!(GTestOutcome, |found| found.statistic, p_value: |found| Some(found.p_pooled));

impl Measure for GTest {
    type Outcome = GTestOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "g_test",
        name: "G-test",
        summary: "Whether both sides' counts can be drawn from the same shares (likelihood ratio)",
        columns: Columns::All,
        max: None,
        unit: "",
        symmetric: true,
        rank_based: true,
        threshold: (0.05, "false discovery rate"),
        compares: Compares::CorrectedPValue,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<GTestOutcome> {
        if !sides.hold_values() {
            return None;
        }
        let (reference, current) = sides.occupied_cells();
        let table = Pooled::new(&reference, &current);
        let evidence = pool_rare(sides.reference, sides.current, !sides.is_categorical);
        let pooled = Pooled::new(&evidence.reference, &evidence.current);
        let statistic = table.likelihood_ratio();
        Some(GTestOutcome {
            statistic,
            dof: reference.len() as u64 - 1,
            p_value: table.tail_of(statistic),
            p_pooled: pooled.tail_of(pooled.likelihood_ratio()),
            p_adjusted: None,
            least_expected: table.least_expected(),
            drift: true,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        core::iter::empty()
    }
}
