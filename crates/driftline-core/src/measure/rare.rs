//! Cells too rare to be compared one by one.

use alloc::vec::Vec;

use super::{CurrentCounts, ReferenceCounts};

/// The two sides' counts in the cells that carry evidence: empty cells left out, rare ones put together.
///
/// A cell is **rare** where fewer than one row would be expected in the smaller sample if nothing had changed. One by
/// one such cells carry no evidence, but each would add to a smoothed PSI by the difference of the two sides' smoothing:
/// a thousand levels that one side is too short to show would look like drift. Which cells are rare depends on both
/// sides' total alone, so it favours neither side.
///
/// What is put together and is still rare joins the smallest cell that is not.
pub(super) fn pool_rare(
    reference: ReferenceCounts<'_>,
    current: CurrentCounts<'_>,
) -> (Vec<u64>, Vec<u64>) {
    let (n, m) = (u128::from(reference.rows()), u128::from(current.rows()));
    let expected_below_one = |total: u64| u128::from(total) * n.min(m) < n + m;
    let mut kept: Vec<(u64, u64)> = Vec::new();
    let mut pool = (0, 0);
    for (r, c) in reference.0.iter().copied().zip(current.0.iter().copied()) {
        if r + c == 0 {
            continue;
        }
        if expected_below_one(r + c) {
            pool = (pool.0 + r, pool.1 + c);
        } else {
            kept.push((r, c));
        }
    }
    let total = pool.0 + pool.1;
    if total > 0 {
        match kept.iter_mut().min_by_key(|(r, c)| r + c).filter(|_| expected_below_one(total)) {
            Some(smallest) => *smallest = (smallest.0 + pool.0, smallest.1 + pool.1),
            None => kept.push(pool),
        }
    }
    kept.into_iter().unzip()
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn check_pool(reference: &[u64], current: &[u64], expected: (Vec<u64>, Vec<u64>)) {
        assert_eq!(pool_rare(ReferenceCounts(reference), CurrentCounts(current)), expected);
    }

    #[test]
    fn cells_of_equal_mass_stay_as_they_are() {
        check_pool(&[100, 100], &[3, 5], (vec![100, 100], vec![3, 5]));
    }

    #[test]
    fn a_cell_that_is_empty_on_both_sides_is_left_out() {
        check_pool(&[10, 0, 10], &[10, 0, 10], (vec![10, 10], vec![10, 10]));
    }

    #[test]
    fn rare_cells_are_put_together() {
        // 10 rows against 1000: a cell needs 101 rows in all to expect one row in the smaller sample.
        check_pool(&[800, 60, 60, 80], &[10, 0, 0, 0], (vec![800, 200], vec![10, 0]));
    }

    #[test]
    fn what_is_still_rare_joins_the_smallest_cell() {
        check_pool(&[600, 390, 10], &[5, 4, 1], (vec![600, 400], vec![5, 5]));
    }
}
