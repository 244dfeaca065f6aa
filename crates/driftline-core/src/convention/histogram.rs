//! NumPy's histogram: cells of equal width, their number by Sturges' or Doane's rule, and rows counted once for as many
//! such histograms as there may be.

use serde::{Deserialize, Serialize};

use alloc::{vec, vec::Vec};

use crate::num;

/// Cells of equal width, `[lower, upper)`, the last closed: `numpy.linspace(first, last, cells + 1)` as edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct EqualWidth {
    first: f64,
    last: f64,
    cells: u32,
}

impl EqualWidth {
    /// Cells over the values from `min` to `max`; a constant has a half on either side, as in `numpy.histogram`.
    pub(super) fn over((min, max): (f64, f64), cells: u32) -> EqualWidth {
        if max > min {
            EqualWidth::between((min, max), cells)
        } else {
            EqualWidth::between((min - 0.5, max + 0.5), cells)
        }
    }

    /// Cells from `first` to `last`, whatever those are.
    pub(super) fn between((first, last): (f64, f64), cells: u32) -> EqualWidth {
        EqualWidth { first, last, cells: cells.max(1) }
    }

    pub(super) fn first(&self) -> f64 {
        self.first
    }

    pub(super) fn last(&self) -> f64 {
        self.last
    }

    /// The lower edge of cell `at`; the last edge for one past the last cell.
    pub(super) fn edge(&self, at: u32) -> f64 {
        if at >= self.cells {
            return self.last;
        }
        let (range, cells) = (self.last - self.first, f64::from(self.cells));
        let step = range / cells;
        // In NumPy's order of operations, so that a value at an edge falls on the same side.
        let offset = if step > 0.0 { f64::from(at) * step } else { f64::from(at) / cells * range };
        offset + self.first
    }

    /// The edges that rows have to be told apart by: `rows` needs these.
    fn thresholds(&self) -> impl Iterator<Item = f64> {
        let this = *self;
        // The last cell is closed: what is not above the last edge is below the double after it.
        (0..=this.cells).map(move |at| this.edge(at)).chain([this.last.next_up()])
    }
}

/// Sturges' number of cells for `n` values: `⌈range / (range / (log₂ n + 1))⌉`.
pub(super) fn sturges(extremes: (f64, f64), n: u64) -> u32 {
    cells_of_width(extremes, (extremes.1 - extremes.0) / (num::log2(n as f64) + 1.0))
}

/// Doane's number of cells for `n` values of population skewness `skewness` (`None`: of no spread):
/// `⌈range / (range / (1 + log₂ n + log₂(1 + |skewness| / s)))⌉`, `s = √(6(n − 2) / ((n + 1)(n + 3)))`.
pub(super) fn doane(extremes: (f64, f64), n: u64, skewness: Option<f64>) -> u32 {
    let Some(skewness) = skewness.filter(|_| n > 2) else { return 1 };
    let n = n as f64;
    let spread = num::sqrt(6.0 * (n - 2.0) / ((n + 1.0) * (n + 3.0)));
    let cells = 1.0 + num::log2(n) + num::log2(1.0 + num::abs(skewness) / spread);
    cells_of_width(extremes, (extremes.1 - extremes.0) / cells)
}

/// More cells than either rule gives to the rows of a file.
const MOST_CELLS: f64 = 512.0;

fn cells_of_width((min, max): (f64, f64), width: f64) -> u32 {
    if max > min && width > 0.0 {
        num::ceil((max - min) / width).clamp(1.0, MOST_CELLS) as u32
    } else {
        1
    }
}

/// All edges of some histograms, ascending.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Edges(Vec<f64>);

impl Edges {
    pub(super) fn of(histograms: &[EqualWidth]) -> Edges {
        let mut edges: Vec<f64> = histograms.iter().flat_map(EqualWidth::thresholds).collect();
        edges.sort_unstable_by(f64::total_cmp);
        edges.dedup_by(|a, b| a.total_cmp(b).is_eq());
        Edges(edges)
    }

    /// How many cells the edges make, the two open ones at the ends included.
    pub(super) fn cells(&self) -> usize {
        self.0.len() + 1
    }

    pub(super) fn counts(&self) -> EdgeCounts {
        EdgeCounts(vec![0; self.cells()])
    }

    /// The cell of a value: how many edges are not above it.
    #[inline]
    pub(super) fn cell_of(&self, value: f64) -> usize {
        self.0.partition_point(|edge| *edge <= value)
    }

    fn position(&self, edge: f64) -> usize {
        self.0.partition_point(|own| *own < edge)
    }
}

/// Rows between neighbouring [`Edges`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EdgeCounts(Vec<u64>);

impl EdgeCounts {
    #[inline]
    pub(super) fn add(&mut self, cell: usize) {
        self.0[cell] += 1;
    }

    /// All rows.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Rows by cell of one of the histograms that the edges are of.
    pub(super) fn of(&self, edges: &Edges, histogram: &EqualWidth) -> HistogramCounts {
        let mut passed = 0;
        let mut at = 0;
        let mut below: Vec<u64> = Vec::with_capacity(histogram.cells as usize + 2);
        for edge in histogram.thresholds() {
            // Rows below an edge are those in the cells up to its own place.
            let end = edges.position(edge) + 1;
            passed += self.0.get(at..end).map_or(0, |cells| cells.iter().sum());
            at = at.max(end);
            below.push(passed);
        }
        let (lowest, at_most) = (below[0], below[below.len() - 1]);
        // One past the last cell is the last edge, which belongs to the last cell.
        let last = below.len() - 2;
        below[last] = at_most;
        below.truncate(last + 1);
        HistogramCounts {
            below: lowest,
            cells: below.windows(2).map(|pair| pair[1] - pair[0]).collect(),
            above: self.total() - at_most,
        }
    }
}

/// Rows of one histogram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HistogramCounts {
    /// Below the first edge.
    pub(super) below: u64,
    pub(super) cells: Vec<u64>,
    /// Above the last edge.
    pub(super) above: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(values: &[f64], histograms: &[EqualWidth], of: usize) -> HistogramCounts {
        let edges = Edges::of(histograms);
        let mut counts = edges.counts();
        values.iter().for_each(|value| counts.add(edges.cell_of(*value)));
        counts.of(&edges, &histograms[of])
    }

    #[test]
    fn the_last_cell_is_closed_and_the_others_are_open_above() {
        // numpy.histogram([1, 2, 1, 3, 4], bins=[1, 2, 3, 4])[0] = [2, 1, 2]
        let both = [EqualWidth::over((1.0, 4.0), 3), EqualWidth::over((1.0, 4.0), 2)];
        let values = [1.0, 2.0, 1.0, 3.0, 4.0, 0.5, 4.5, 9.0];
        let found = count(&values, &both, 0);
        assert_eq!((found.below, found.cells, found.above), (1, [2, 1, 2].into(), 2));
        assert_eq!(count(&values, &both, 1).cells, [3, 2]);
    }

    #[test]
    fn a_constant_is_one_cell_of_width_one() {
        let cells = sturges((5.0, 5.0), 100);
        assert_eq!(cells, 1);
        assert_eq!(count(&[5.0; 4], &[EqualWidth::over((5.0, 5.0), cells)], 0).cells, [4]);
        // numpy.linspace(5, 5, 4) as edges: all rows are in the last, closed cell.
        assert_eq!(count(&[5.0; 4], &[EqualWidth::between((5.0, 5.0), 3)], 0).cells, [0, 0, 4]);
    }

    #[test]
    fn rules_give_numpys_numbers_of_cells() {
        // By hand: ⌈log₂ 1800 + 1⌉ = ⌈11.8⌉ and ⌈log₂ 800 + 1⌉ = ⌈10.6⌉; 2¹⁰ values without skewness make 11 cells.
        assert_eq!(sturges((0.0, 12.755_555_555_555_556), 1800), 12);
        assert_eq!(sturges((0.0, 1.0), 800), 11);
        assert_eq!(doane((0.0, 1.0), 1000, None), 1);
        assert_eq!(doane((0.0, 1.0), 2, Some(0.0)), 1);
        assert_eq!(doane((0.0, 1.0), 1024, Some(0.0)), 11);
    }
}
