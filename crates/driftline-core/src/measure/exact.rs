//! Statistics of both sides' values one by one, computed once while the values are there.

use serde::{Deserialize, Serialize};

use super::{
    Sides, anderson_darling, cramer_von_mises, ks, mean_shift, mid_ranks, steps, variance_shift,
    wasserstein,
};

/// What the measures of single values need to know of both sides, so that the values themselves can go: thresholds and
/// rates may change afterwards, these numbers do not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exact {
    pub(super) ks: ks::Statistic,
    pub(super) cramer_von_mises: cramer_von_mises::Statistic,
    pub(super) anderson_darling: anderson_darling::Statistic,
    pub(super) wasserstein: wasserstein::Statistic,
    pub(super) mean: mean_shift::Statistic,
    pub(super) variance: variance_shift::Statistic,
    pub(super) ranks: mid_ranks::Statistic,
}

impl Exact {
    /// The statistics of two ascending samples of finite numbers; `None` where one is empty.
    pub fn of(reference: &[f64], current: &[f64]) -> Option<Exact> {
        let (n, m) = (reference.len() as u64, current.len() as u64);
        if n == 0 || m == 0 {
            return None;
        }
        let mut ks = ks::Walk::new(n, m);
        let mut cramer_von_mises = cramer_von_mises::Walk::new(n, m);
        let mut anderson_darling = anderson_darling::Walk::new(n, m);
        let mut wasserstein = wasserstein::Walk::new(n, m);
        let mut ranks = mid_ranks::Walk::new(n, m);
        for step in steps::of_values(reference, current) {
            ks.step(&step);
            cramer_von_mises.step(&step);
            anderson_darling.step(&step);
            wasserstein.step(&step);
            ranks.step(&step);
        }
        let mean = mean_shift::Statistic::of_values(reference, current)?;
        Some(Exact {
            ks: ks.finish(),
            cramer_von_mises: cramer_von_mises.finish(),
            anderson_darling: anderson_darling.finish(),
            wasserstein: wasserstein.finish(mean.reference.std()),
            variance: variance_shift::Statistic::of_values(reference, current, &mean),
            mean,
            ranks: ranks.finish(),
        })
    }
}

/// What tools that test values one by one start from: of the values where they fit, else of the fine grid, whose cells
/// then count as ties.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueStatistics {
    /// Values on either side.
    pub(crate) n: u64,
    pub(crate) m: u64,
    /// The largest gap of the cumulative curves, times n·m.
    pub(crate) ks_numerator: u128,
    /// The Wasserstein-1 distance in the column's unit.
    pub(crate) wasserstein: Option<f64>,
    /// Of mean ranks.
    pub(crate) cramer_von_mises: f64,
    pub(crate) anderson_darling: f64,
    /// Twice the reference's rank sum, and Σ t³ − t over ties.
    pub(crate) twice_rank_sum: u128,
    pub(crate) ties: f64,
    /// Whether they are of the values one by one.
    pub(crate) is_exact: bool,
}

impl ValueStatistics {
    pub(crate) fn of_exact(exact: &Exact) -> ValueStatistics {
        ValueStatistics {
            n: exact.ks.n(),
            m: exact.ks.m(),
            ks_numerator: exact.ks.numerator(),
            wasserstein: Some(exact.wasserstein.value()),
            cramer_von_mises: exact.ranks.cramer_von_mises,
            anderson_darling: exact.anderson_darling.value,
            twice_rank_sum: exact.ranks.twice_rank_sum,
            ties: exact.ranks.ties,
            is_exact: true,
        }
    }

    pub(crate) fn of(sides: &Sides<'_>) -> Option<ValueStatistics> {
        if let Some(exact) = sides.exact {
            return Some(ValueStatistics::of_exact(exact));
        }
        let counts = sides.grid_counts()?;
        let total = |cells: &[u64]| cells.iter().sum::<u64>();
        let (n, m) = (total(&counts.reference.cells), total(&counts.current.cells));
        let (mut ks, mut ranks) = (ks::Walk::new(n, m), mid_ranks::Walk::new(n, m));
        for step in steps::of_grid(&counts) {
            ks.step(&step);
            ranks.step(&step);
        }
        let (ks, ranks) = (ks.finish(), ranks.finish());
        Some(ValueStatistics {
            n,
            m,
            ks_numerator: ks.numerator(),
            wasserstein: wasserstein::on_grid(&counts).map(|(found, _)| found.value()),
            cramer_von_mises: ranks.cramer_von_mises,
            anderson_darling: anderson_darling::on_grid(&counts).0.value,
            twice_rank_sum: ranks.twice_rank_sum,
            ties: ranks.ties,
            is_exact: false,
        })
    }
}
