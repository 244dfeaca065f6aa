//! Both sides' rows on the same cells, and what each cell is called.

use alloc::{format, string::String, vec::Vec};

use crate::{
    bins::{Bins, Cut, Grid, Levels, Resolution},
    counts::Counts,
    num::significant,
};

/// What one side counted of a column, and how finely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted<'a> {
    pub(crate) counts: &'a Counts,
    pub(crate) resolution: Resolution,
}

/// Both sides' rows by cell: infinities and never-seen levels are cells, missing values are not.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CellCounts {
    pub(crate) reference: Vec<u64>,
    pub(crate) current: Vec<u64>,
}

impl CellCounts {
    /// The PSI cells of `cut`. What was counted on PSI cells must have been counted on these.
    pub(crate) fn of(bins: &Bins, cut: Cut, reference: Counted<'_>, current: Counted<'_>) -> Self {
        let mut cells = CellCounts::default();
        match bins {
            Bins::Grid(grid) => {
                let infinities =
                    |side: fn(&Counts) -> u64| (side(reference.counts), side(current.counts));
                let below = infinities(|counts| counts.negative_infinity);
                let above = infinities(|counts| counts.positive_infinity);
                if below.0 + below.1 > 0 {
                    cells.push(below);
                }
                let ends = grid.cut(cut);
                let (r, c) = (psi_cells(reference, &ends), psi_cells(current, &ends));
                cells.reference.extend(r);
                cells.current.extend(c);
                if above.0 + above.1 > 0 {
                    cells.push(above);
                }
            }
            Bins::Levels(_) => {
                cells.reference.extend(&reference.counts.cells);
                cells.current.extend(&current.counts.cells);
                let beside = BesideBins::of(reference.counts, current.counts);
                beside.rows().for_each(|rows| cells.push(rows));
            }
            Bins::Instants | Bins::Identifier => {}
        }
        cells
    }

    fn push(&mut self, (reference, current): (u64, u64)) {
        self.reference.push(reference);
        self.current.push(current);
    }
}

fn psi_cells(side: Counted<'_>, ends: &[usize]) -> Vec<u64> {
    match side.resolution {
        Resolution::Psi(_) => side.counts.cells.clone(),
        Resolution::Grid => {
            let mut start = 0;
            let sum = |end: &usize| {
                side.counts.cells[core::mem::replace(&mut start, *end)..*end].iter().sum()
            };
            ends.iter().map(sum).collect()
        }
    }
}

/// What a cell holds, for people.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CellName {
    pub(crate) label: String,
    /// The cell in a sentence.
    pub(crate) phrase: String,
    pub(crate) lower: Option<f64>,
    pub(crate) upper: Option<f64>,
}

impl CellName {
    fn of_level(label: String, phrase: String) -> CellName {
        CellName { label, phrase, lower: None, upper: None }
    }
}

/// The names of the cells that [`CellCounts::of`] counts, in its order.
pub(crate) fn names(bins: &Bins, cut: Cut, reference: &Counts, current: &Counts) -> Vec<CellName> {
    match bins {
        Bins::Grid(grid) => {
            let holds = |side: fn(&Counts) -> u64| side(reference) + side(current) > 0;
            let infinity =
                |label: &str| CellName::of_level(label.into(), format!("values of {label}"));
            let mut names = numeric_names(grid, cut);
            if holds(|counts| counts.negative_infinity) {
                names.insert(0, infinity("−∞"));
            }
            if holds(|counts| counts.positive_infinity) {
                names.push(infinity("+∞"));
            }
            names
        }
        Bins::Levels(levels) => level_names(levels, reference, current),
        Bins::Instants | Bins::Identifier => Vec::new(),
    }
}

fn numeric_names(grid: &Grid, cut: Cut) -> Vec<CellName> {
    let mut start = 0_usize;
    let name = |end: usize| {
        let lower = start.checked_sub(1).map(|i| grid.edges()[i]);
        let upper = grid.edges().get(end - 1).copied();
        start = end;
        let (label, phrase) = interval_text(lower, upper, grid.atoms());
        CellName { label, phrase, lower, upper }
    };
    grid.cut(cut).into_iter().map(name).collect()
}

fn level_names(levels: &Levels, reference: &Counts, current: &Counts) -> Vec<CellName> {
    let kept = levels.kept().iter();
    let mut names: Vec<CellName> =
        kept.map(|level| CellName::of_level(level.clone(), format!("\"{level}\""))).collect();
    if levels.has_other() {
        let text = format!("{} other levels", levels.other_levels());
        names.push(CellName::of_level(text.clone(), text));
    }
    match BesideBins::of(reference, current) {
        BesideBins::TooMany(_) => {
            let told_apart = reference.novel.told_apart().max(current.novel.told_apart());
            let text = format!("more than {told_apart} new levels");
            names.push(CellName::of_level(text.clone(), text));
        }
        BesideBins::Levels(levels) => names.extend(levels.into_iter().map(|(level, (r, _))| {
            let phrase = if r > 0 { "the level" } else { "the new level" };
            CellName::of_level(level.into(), format!("{phrase} \"{level}\""))
        })),
    }
    names
}

/// Levels that have no cell in the bins, with both sides' rows. The reference holds such levels only where its rows are
/// others than those its bins were cut from.
enum BesideBins<'a> {
    Levels(Vec<(&'a str, (u64, u64))>),
    /// So many that they are not told apart.
    TooMany((u64, u64)),
}

impl<'a> BesideBins<'a> {
    fn of(reference: &'a Counts, current: &'a Counts) -> BesideBins<'a> {
        let (r, c) = (&reference.novel, &current.novel);
        if r.overflowed || c.overflowed {
            return BesideBins::TooMany((r.rows, c.rows));
        }
        let mut levels: Vec<(&str, (u64, u64))> =
            c.by_rows().into_iter().map(|(level, rows)| (level, (0, rows))).collect();
        if r.rows > 0 {
            for (level, rows) in r.by_rows() {
                match levels.iter_mut().find(|(known, _)| *known == level) {
                    Some((_, both)) => both.0 = rows,
                    None => levels.push((level, (rows, 0))),
                }
            }
        }
        BesideBins::Levels(levels)
    }

    fn rows(&self) -> impl Iterator<Item = (u64, u64)> {
        let (levels, too_many) = match self {
            BesideBins::Levels(levels) => (levels.as_slice(), None),
            BesideBins::TooMany(rows) => (&[][..], Some(*rows)),
        };
        levels.iter().map(|(_, rows)| *rows).chain(too_many)
    }
}

/// Label and phrase of the cell `(lower, upper]`. An edge just below an atom is written as the atom, which the cell then
/// does not hold.
fn interval_text(lower: Option<f64>, upper: Option<f64>, atoms: &[f64]) -> (String, String) {
    // `total_cmp`: edges and atoms were stored together and are compared as stored.
    let atom_above =
        |edge: f64| atoms.iter().copied().find(|atom| atom.next_down().total_cmp(&edge).is_eq());
    let number = |value: f64| significant(value, 5);
    // Each number once for both texts: writing numbers is a quarter of what a report costs.
    let both = |label: &str, phrase: &str, value: f64| {
        let number = number(value);
        (format!("{label} {number}"), format!("{phrase} {number}"))
    };
    match (lower, upper) {
        (None, None) => ("all".into(), "all values".into()),
        (None, Some(upper)) => match atom_above(upper) {
            Some(atom) => both("<", "values below", atom),
            None => both("≤", "values up to", upper),
        },
        (Some(lower), None) => both(">", "values above", lower),
        (Some(lower), Some(upper)) => match (atom_above(lower), atom_above(upper)) {
            (Some(atom), _) if atom.total_cmp(&upper).is_eq() => both("=", "the value", atom),
            (_, Some(atom)) => {
                let (lower, atom) = (number(lower), number(atom));
                (format!("{lower} – < {atom}"), format!("values from {lower} to below {atom}"))
            }
            _ => {
                let (lower, upper) = (number(lower), number(upper));
                (format!("{lower} – {upper}"), format!("values from {lower} to {upper}"))
            }
        },
    }
}
