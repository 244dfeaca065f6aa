//! One column: both sides' counts on the same cells, every measure, the verdict and the sentence that explains it.

use alloc::{format, string::String, vec::Vec};

use crate::{
    bins::{Bins, Grid, Levels},
    measure::{
        CurrentCounts, Measures, PsiOutcome, ReferenceCounts, cell_contributions, rows_needed,
    },
    monitor::Monitor,
    num::significant,
    reference::{Reference, ReferenceColumn},
    report::{CellReport, ColumnReport, MAX_NEW_LEVELS_LISTED, NewLevel, SidePair},
    schema::{Origin, Role},
    spec::Convention,
    verdict::{Reason, Severity, Side, Verdict},
    window::{Counts, MAX_NOVEL_LEVELS, Window},
};

/// One column of a reference and of a window on it.
pub(crate) struct Comparison<'a> {
    pub(crate) monitor: &'a Monitor,
    pub(crate) reference: &'a Reference,
    pub(crate) column: &'a ReferenceColumn,
    pub(crate) current: &'a Window,
    pub(crate) counts: &'a Counts,
}

impl Comparison<'_> {
    /// The column's part of the report.
    pub(crate) fn report(&self, role: Role, role_from: Origin) -> ColumnReport {
        let cells = self.cells();
        let baseline: Vec<u64> = cells.iter().map(|cell| cell.baseline).collect();
        let current: Vec<u64> = cells.iter().map(|cell| cell.current).collect();
        let (baseline, current) = (ReferenceCounts(&baseline), CurrentCounts(&current));
        let undecidable = self.undecidable(baseline.rows(), current.rows());
        let comparable = undecidable.is_none();
        let mut measures = if comparable {
            self.monitor.spec().measures.compare(baseline, current)
        } else {
            Measures::default()
        };
        if let (Some(psi), Convention::Textbook) =
            (&mut measures.psi, self.monitor.spec().convention)
        {
            // By this convention the value decides, here as for the severity.
            psi.drift = psi.value >= self.monitor.spec().measures.psi.threshold;
        }
        let contributions =
            if comparable { cell_contributions(baseline, current) } else { Vec::new() };
        let verdict = match (undecidable, &measures.psi) {
            (Some(reason), _) => Verdict::Inconclusive(reason),
            (None, Some(psi)) => self.judge(psi, baseline.rows(), current.rows()),
            (None, None) => Verdict::Inconclusive(Reason::NoRows { side: Side::Current }),
        };
        let explanation = self.explain(&verdict, &measures, &cells, &contributions);
        let pair = |side: fn(&Counts) -> u64| SidePair {
            baseline: side(&self.column.counts),
            current: side(self.counts),
        };
        let rank_error = match &self.column.bins {
            Bins::Grid(grid) => Some(grid.rank_error()).filter(|error| *error > 0.0),
            _ => None,
        };
        ColumnReport {
            name: self.column.field.name.clone(),
            role,
            role_from,
            kind: self.column.field.kind,
            severity: verdict.severity(),
            reason: verdict.into_reason(),
            explanation,
            measures,
            bins: cells
                .into_iter()
                .enumerate()
                .map(|(i, cell)| CellReport {
                    label: cell.label,
                    lower: cell.lower,
                    upper: cell.upper,
                    baseline: cell.baseline,
                    current: cell.current,
                    psi: contributions.get(i).copied().unwrap_or(0.0),
                })
                .collect(),
            rows: pair(|counts| counts.rows),
            missing: pair(|counts| counts.missing),
            unreadable: pair(|counts| counts.unreadable),
            nan: pair(|counts| counts.nan),
            new_levels: self
                .counts
                .novel
                .by_rows()
                .into_iter()
                .take(MAX_NEW_LEVELS_LISTED)
                .map(|(level, rows)| NewLevel { level: level.into(), rows })
                .collect(),
            exact: rank_error.is_none(),
            rank_error,
        }
    }

    /// Why nothing can be said, whatever the measures: rows, values or a common kind are lacking.
    fn undecidable(&self, baseline: u64, current: u64) -> Option<Reason> {
        let kind = self.column.field.kind;
        let mostly_unreadable =
            |counts: &Counts| counts.unreadable * 2 > counts.rows - counts.missing - counts.nan;
        if self.reference.rows() == 0 {
            Some(Reason::NoRows { side: Side::Baseline })
        } else if self.current.rows() == 0 {
            Some(Reason::NoRows { side: Side::Current })
        } else if self.counts.rows == 0 {
            Some(Reason::Absent { side: Side::Current })
        } else if self.column.bins == Bins::Identifier {
            Some(Reason::Identifier { side: Side::Baseline })
        } else if mostly_unreadable(&self.column.counts) {
            let unreadable = self.column.counts.unreadable;
            Some(Reason::KindChanged { side: Side::Baseline, expected: kind, unreadable })
        } else if baseline == 0 {
            Some(Reason::NoValues { side: Side::Baseline })
        } else if mostly_unreadable(self.counts) {
            Some(Reason::KindChanged {
                side: Side::Current,
                expected: kind,
                unreadable: self.counts.unreadable,
            })
        } else if current == 0 {
            Some(Reason::NoValues { side: Side::Current })
        } else if self.counts.novel.overflowed && self.counts.novel.rows * 2 > current {
            Some(Reason::Identifier { side: Side::Current })
        } else {
            None
        }
    }

    fn judge(&self, psi: &PsiOutcome, baseline: u64, current: u64) -> Verdict {
        let ladder = &self.monitor.spec().thresholds;
        if self.monitor.spec().convention == Convention::Textbook {
            return Verdict::Decided(ladder.step(psi.value));
        }
        if !ladder.is_undecided(psi.lower, psi.upper) {
            return Verdict::Decided(ladder.step(psi.lower));
        }
        if psi.pooled && !ladder.is_undecided(psi.lower, psi.upper_of_cells) {
            return Verdict::Inconclusive(Reason::RareValues { cells: psi.cells });
        }
        let needed = |other| {
            rows_needed(psi.corrected, psi.cells as usize, other, ladder.moderate, ladder.critical)
        };
        let current_needed = needed(baseline).filter(|needed| *needed > current);
        let baseline_needed = needed(current).filter(|needed| *needed > baseline);
        // More of the current rows is what people can get; the baseline is named where only it would help.
        let reason = match (current_needed, baseline_needed) {
            (None, Some(needed)) => {
                Reason::TooFewRows { side: Side::Baseline, found: baseline, needed: Some(needed) }
            }
            (needed, _) => Reason::TooFewRows { side: Side::Current, found: current, needed },
        };
        Verdict::Inconclusive(reason)
    }

    fn explain(
        &self,
        verdict: &Verdict,
        measures: &Measures,
        cells: &[Cell],
        contributions: &[f64],
    ) -> String {
        let (severity, psi) = match (verdict, &measures.psi) {
            (Verdict::Inconclusive(reason), None) => return sentence(&format!("{reason}")),
            (Verdict::Inconclusive(reason), Some(psi)) => {
                return format!("{}: {reason}.", psi.in_words(2));
            }
            (Verdict::Decided(_), None) => return String::new(),
            (Verdict::Decided(severity), Some(psi)) => (*severity, psi),
        };
        let mut text = format!(
            "PSI {} over {} cells, noise up to {} at this sample size",
            significant(psi.value, 2),
            cells.len(),
            significant(psi.noise, 2)
        );
        let largest = contributions.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        if let Some((at, contribution)) = largest.filter(|_| severity.is_drift() && psi.value > 0.0)
        {
            let share = contribution / psi.value * 100.0;
            text += &format!("; {} % of it comes from {}", significant(share, 2), cells[at].phrase);
        }
        if severity == Severity::None && psi.value >= self.monitor.spec().thresholds.moderate {
            text += &format!(
                ", but at this sample size it can be as little as {}: not enough to call it drift",
                significant(psi.lower, 2)
            );
        }
        text + "."
    }

    /// Both sides' rows on the same cells.
    fn cells(&self) -> Vec<Cell> {
        match &self.column.bins {
            Bins::Grid(grid) => self.numeric_cells(grid),
            Bins::Levels(levels) => self.level_cells(levels),
            Bins::Instants | Bins::Identifier => Vec::new(),
        }
    }

    fn numeric_cells(&self, grid: &Grid) -> Vec<Cell> {
        let monitor = self.monitor;
        let ends = grid.cut(monitor.bins(), monitor.spec().convention.separates_atoms());
        let mut cells = Vec::with_capacity(ends.len() + 2);
        let mut start = 0;
        for end in ends {
            let rows = |counts: &Counts| counts.cells[start..end].iter().sum();
            let lower = start.checked_sub(1).map(|i| grid.edges()[i]);
            let upper = grid.edges().get(end - 1).copied();
            let (label, phrase) = interval_text(lower, upper, grid.atoms());
            cells.push(Cell {
                label,
                phrase,
                lower,
                upper,
                baseline: rows(&self.column.counts),
                current: rows(self.counts),
            });
            start = end;
        }
        let infinity = |label: &str, side: fn(&Counts) -> u64| Cell {
            label: label.into(),
            phrase: format!("values of {label}"),
            lower: None,
            upper: None,
            baseline: side(&self.column.counts),
            current: side(self.counts),
        };
        let below = infinity("−∞", |counts| counts.negative_infinity);
        let above = infinity("+∞", |counts| counts.positive_infinity);
        if below.holds_rows() {
            cells.insert(0, below);
        }
        if above.holds_rows() {
            cells.push(above);
        }
        cells
    }

    fn level_cells(&self, levels: &Levels) -> Vec<Cell> {
        let level_cell = |label: String, phrase: String, baseline, current| Cell {
            label,
            phrase,
            lower: None,
            upper: None,
            baseline,
            current,
        };
        let (baseline, current) = (&self.column.counts.cells, &self.counts.cells);
        let mut cells: Vec<Cell> = levels
            .kept()
            .iter()
            .enumerate()
            .map(|(i, level)| {
                level_cell(level.clone(), format!("\"{level}\""), baseline[i], current[i])
            })
            .collect();
        if levels.has_other() {
            let text = format!("{} other levels", levels.other_levels());
            let at = levels.kept().len();
            cells.push(level_cell(text.clone(), text, baseline[at], current[at]));
        }
        if self.counts.novel.overflowed {
            let text = format!("more than {MAX_NOVEL_LEVELS} new levels");
            cells.push(level_cell(text.clone(), text, 0, self.counts.novel.rows));
            return cells;
        }
        for (level, rows) in self.counts.novel.by_rows() {
            cells.push(level_cell(level.into(), format!("the new level \"{level}\""), 0, rows));
        }
        cells
    }
}

/// One cell with both sides' rows.
struct Cell {
    label: String,
    /// The cell in a sentence.
    phrase: String,
    lower: Option<f64>,
    upper: Option<f64>,
    baseline: u64,
    current: u64,
}

impl Cell {
    fn holds_rows(&self) -> bool {
        self.baseline + self.current > 0
    }
}

/// Label and phrase of the cell `(lower, upper]`. An edge just below an atom is written as the atom, which the cell then
/// does not hold.
fn interval_text(lower: Option<f64>, upper: Option<f64>, atoms: &[f64]) -> (String, String) {
    // `total_cmp`: edges and atoms were stored together and are compared as stored.
    let atom_above =
        |edge: f64| atoms.iter().copied().find(|atom| atom.next_down().total_cmp(&edge).is_eq());
    let number = |value: f64| significant(value, 5);
    match (lower, upper) {
        (None, None) => ("all".into(), "all values".into()),
        (None, Some(upper)) => match atom_above(upper) {
            Some(atom) => (format!("< {}", number(atom)), format!("values below {}", number(atom))),
            None => (format!("≤ {}", number(upper)), format!("values up to {}", number(upper))),
        },
        (Some(lower), None) => {
            (format!("> {}", number(lower)), format!("values above {}", number(lower)))
        }
        (Some(lower), Some(upper)) => match (atom_above(lower), atom_above(upper)) {
            (Some(atom), _) if atom.total_cmp(&upper).is_eq() => {
                (format!("= {}", number(atom)), format!("the value {}", number(atom)))
            }
            (_, Some(atom)) => (
                format!("{} – < {}", number(lower), number(atom)),
                format!("values from {} to below {}", number(lower), number(atom)),
            ),
            _ => (
                format!("{} – {}", number(lower), number(upper)),
                format!("values from {} to {}", number(lower), number(upper)),
            ),
        },
    }
}

/// A reason as a sentence.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => String::new(),
    }
}
