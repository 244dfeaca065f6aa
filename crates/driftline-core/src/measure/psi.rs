//! Population Stability Index.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use super::{
    Columns, Compares, CurrentCounts, Measure, MeasureInfo, Outcome, ReferenceCounts, Sides,
    pooled::{Interval, Pooled, TAIL, term},
    rare::pool_rare,
    shares, threshold_problem,
};
use crate::{
    num::{self, chi_square},
    verdict::Ladder,
};

/// Shares below this count as this in the textbook value.
const SHARE_FLOOR: f64 = 1e-4;

/// Population Stability Index: how far the current rows' shares of the cells lie from the reference's.
///
/// # What it measures
/// The symmetrised Kullback–Leibler divergence of two distributions over the same cells, and how much of it sampling
/// alone explains.
///
/// # Formula
/// ```text
/// value     = Σ (Q − P) · ln(Q / P)             P = max(p, 1e-4), Q = max(q, 1e-4)
///             p, q = share of the reference and of the current rows in a cell
/// smoothed  = Σ (q~ − p~) · ln(q~ / p~)         p~ = (r + ½) / (n + B/2), q~ = (c + ½) / (m + B/2)
///             r, c = rows, n, m = their sums, B = cells; empty cells left out, rare ones put together
/// s         = 1/n + 1/m                         with no drift smoothed / s ≈ χ²(B − 1)
/// lower     = s · λ with P(χ'²(B − 1, λ) ≤ smoothed/s) = 0.95, or 0 where even λ = 0 gives less
/// upper     = s · λ with P(χ'²(B − 1, λ) ≤ smoothed/s) = 0.05; where rare cells were put together at least `value`
/// corrected = max(0, smoothed − s · (B − 1))
/// p_value   = P(χ²(B − 1) ≥ X²), X² = Pearson's statistic of the 2 × B table
/// detectable = s · λ with P(χ'²(B − 1, λ) > χ²₀.₉₅(B − 1)) = 0.8
/// noise     = s · χ²₀.₉₅(B − 1)
/// ```
/// Where all rows of both sides lie in one cell there is no degree of freedom; `upper` is then the PSI of the largest
/// share that could lie elsewhere and still be unseen in the smaller sample in 5 % of cases.
///
/// # Input
/// Counts of any kind of column. Missing values and NaN are no cells; infinities and never-seen levels are. At least
/// one row a side.
///
/// # Output
/// 0 to ∞ in nats; 0 is no difference; symmetric.
///
/// # Default threshold
/// 0.2 for `drift`; severity is the ladder 0.1 / 0.2 / 0.25 (Siddiqi 2006) applied to `lower`.
///
/// # Limits and neighbours
/// The value depends on the number of cells and, for short samples, mostly on their length: 0.1 is noise at 338 rows a
/// side. Prefer `lower`. The chi-square approximation wants about one expected row a cell, hence the pooling.
///
/// # Example
/// ```
/// use driftline_core::measure::{CurrentCounts, Measure, Psi, ReferenceCounts, Sides};
/// let sides = Sides::of_cells(ReferenceCounts(&[500, 500]), CurrentCounts(&[250, 750]));
/// let psi = Psi::default().compare(&sides).unwrap();
/// // ¼·ln(½ ÷ ¼) + ¼·ln(¾ ÷ ½) = ¼·ln 3
/// assert!((psi.value - 0.25 * 3_f64.ln()).abs() < 1e-15);
/// assert!(psi.lower > 0.2);
/// ```
///
/// # References
/// N. Siddiqi, *Credit Risk Scorecards*, 2006. B. Yurdakul, *Statistical Properties of Population Stability Index*,
/// Western Michigan University, 2018. B. Yurdakul, J. Naranjo, *Journal of Risk Model Validation*, 2020.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Psi {
    /// `drift` is true from this lower end on.
    pub threshold: f64,
}

impl Default for Psi {
    fn default() -> Psi {
        Psi { threshold: Psi::INFO.threshold.0 }
    }
}

/// What [`Psi`] found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PsiOutcome {
    /// The textbook's number.
    pub value: f64,
    /// The number with shares smoothed by half a row: what the interval is of.
    pub smoothed: f64,
    /// Lower end of the interval, one-sided 95 %.
    pub lower: f64,
    /// Upper end of the interval, one-sided 95 %; where rare cells were put together at least the value.
    pub upper: f64,
    /// Upper end by the cells that were compared, rare ones put together.
    pub upper_of_cells: f64,
    /// Smoothed, less what sampling alone adds.
    pub corrected: f64,
    /// Probability of a difference at least this large without drift.
    pub p_value: f64,
    /// The same corrected over all columns (Benjamini–Hochberg).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// The smallest drift that this many rows show in four cases of five.
    pub detectable: f64,
    /// What sampling alone stays below in 95 of 100 cases without drift.
    pub noise: f64,
    /// Cells that the interval, the p-value and the noise are over: empty ones left out, rare ones put together.
    pub cells: u64,
    /// Whether rare cells were put together.
    pub pooled: bool,
    /// Share of the value that cells with a floored share make up.
    pub floored_share: f64,
    /// Whether the lower end is at or above the threshold.
    pub drift: bool,
}

impl PsiOutcome {
    /// The value and what is plausible, `digits` significant digits each. The value may lie outside: it counts a cell
    /// that one side never met as a share of 1e-4, the interval as half a row.
    pub fn in_words(&self, digits: usize) -> String {
        let [value, lower, upper] =
            [self.value, self.lower, self.upper].map(|x| num::significant(x, digits));
        if (self.lower..=self.upper).contains(&self.value) {
            alloc::format!("PSI {value}, and anything from {lower} to {upper} is plausible")
        } else {
            alloc::format!(
                "PSI {value} by the textbook; with half a row in each empty cell anything from {lower} to {upper} is \
                 plausible"
            )
        }
    }
}

impl Outcome for PsiOutcome {
    fn value(&self) -> f64 {
        self.value
    }

    fn drift(&self) -> bool {
        self.drift
    }

    fn p_value(&self) -> Option<f64> {
        Some(self.p_value)
    }

    fn correct(&mut self, p_adjusted: f64, _rate: f64) {
        self.p_adjusted = Some(p_adjusted);
    }

    fn p_adjusted(&self) -> Option<f64> {
        self.p_adjusted
    }
}

impl Measure for Psi {
    type Outcome = PsiOutcome;

    const INFO: MeasureInfo = MeasureInfo {
        id: "psi",
        name: "PSI",
        summary: "Population Stability Index: how far the shares of the cells moved, in both directions",
        max: None,
        unit: "nats",
        columns: Columns::All,
        symmetric: true,
        rank_based: true,
        threshold: (0.2, "Siddiqi 2006"),
        compares: Compares::Value,
    };

    fn compare(&self, sides: &Sides<'_>) -> Option<PsiOutcome> {
        let Sides { reference, current, is_categorical, .. } = *sides;
        if !sides.hold_values() {
            return None;
        }
        let (value, floored) = textbook(reference, current);
        let evidence = pool_rare(reference, current, !is_categorical);
        let pooled = Pooled::new(&evidence.reference, &evidence.current);
        let smoothed = pooled.smoothed();
        let Interval { lower, upper } = pooled.interval(smoothed);
        // Putting cells together never makes a PSI larger: what the interval is of may be less than the whole.
        let upper_of_cells = upper;
        let upper = if evidence.merged { upper.max(value) } else { upper };
        Some(PsiOutcome {
            value,
            smoothed,
            lower,
            upper,
            upper_of_cells,
            corrected: (smoothed - pooled.spread() * pooled.degrees()).max(0.0),
            p_value: pooled.p_value(),
            p_adjusted: None,
            detectable: pooled.detectable(),
            noise: pooled.noise(),
            cells: evidence.reference.len() as u64,
            pooled: evidence.merged,
            floored_share: if value > 0.0 { floored / value } else { 0.0 },
            drift: lower >= self.threshold,
        })
    }

    fn problems(&self) -> impl Iterator<Item = (&'static str, String)> {
        threshold_problem(self.threshold).into_iter()
    }
}

/// What each cell adds to the textbook's PSI; at least 0.
pub fn cell_contributions(reference: ReferenceCounts<'_>, current: CurrentCounts<'_>) -> Vec<f64> {
    shares(reference, current).map(|(p, q)| term(p.max(SHARE_FLOOR), q.max(SHARE_FLOOR))).collect()
}

/// The textbook's value, and the part of it that floored cells make up.
fn textbook(reference: ReferenceCounts<'_>, current: CurrentCounts<'_>) -> (f64, f64) {
    let (mut value, mut floored) = (num::Sum::new(), num::Sum::new());
    for (p, q) in shares(reference, current) {
        let term = term(p.max(SHARE_FLOOR), q.max(SHARE_FLOOR));
        value.add(term);
        if p < SHARE_FLOOR || q < SHARE_FLOOR {
            floored.add(term);
        }
    }
    (value.total(), floored.total())
}

impl Psi {
    /// As far as a verdict needs: the value, and an interval on the same steps of the ladder. The rest is not worked out
    /// and stands at zero.
    pub(crate) fn on_ladder(&self, sides: &Sides<'_>, ladder: &Ladder) -> Option<PsiOutcome> {
        let Sides { reference, current, is_categorical, .. } = *sides;
        if !sides.hold_values() {
            return None;
        }
        let (value, _) = textbook(reference, current);
        let evidence = pool_rare(reference, current, !is_categorical);
        let pooled = Pooled::new(&evidence.reference, &evidence.current);
        let smoothed = pooled.smoothed();
        let Interval { lower, upper } = pooled.interval_on(ladder, smoothed);
        Some(PsiOutcome {
            value,
            smoothed,
            lower,
            upper: if evidence.merged { upper.max(value) } else { upper },
            upper_of_cells: upper,
            corrected: 0.0,
            p_value: 0.0,
            p_adjusted: None,
            detectable: 0.0,
            noise: 0.0,
            cells: evidence.reference.len() as u64,
            pooled: evidence.merged,
            floored_share: 0.0,
            drift: lower >= self.threshold,
        })
    }
}

/// How many rows a side would decide between a PSI below `low` and one above `high`, if the drift is `psi` and the cells
/// are `cells`: the smallest number for which the interval no longer holds both. The other side keeps its `other_rows`;
/// `None` where no number would do, because the other side is too short.
pub fn rows_needed(psi: f64, cells: usize, other_rows: u64, low: f64, high: f64) -> Option<u64> {
    let degrees = cells.saturating_sub(1).max(1) as f64;
    let decides = |rows: u64| {
        let spread = 1.0 / rows as f64 + 1.0 / other_rows as f64;
        // The mean of the statistic at this drift.
        let statistic = psi / spread + degrees;
        let end = |p| spread * chi_square::noncentrality(statistic, degrees, p);
        !(end(1.0 - TAIL) < low && end(TAIL) > high)
    };
    const MOST: u64 = 1 << 40;
    if !decides(MOST) {
        return None;
    }
    let (mut too_few, mut enough) = (0, MOST);
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if decides(middle) { enough = middle } else { too_few = middle }
    }
    Some(enough)
}
