//! One column of two samples: measured in numbers, judged, and put into words. Time windows and segments stop after the
//! verdict.

use alloc::{format, string::String, vec::Vec};

use crate::{
    bins::{Bins, Resolution},
    cells::{self, CellCounts, CellName, Counted},
    convention::{Convention, ConventionOutcome, Decides},
    counts::Counts,
    measure::{
        CurrentCounts, Exact, Measure as _, Measures, PsiOutcome, ReferenceCounts, Sides,
        cell_contributions, rows_needed,
    },
    monitor::Monitor,
    note,
    num::significant,
    reference::ReferenceColumn,
    report::{CellReport, ColumnReport, MAX_NEW_LEVELS_LISTED, NewLevel, SidePair},
    schema::{Origin, Role},
    spec::WindowMeasure,
    verdict::{Reason, Severity, Side, Verdict},
};

/// One column of two samples that were counted on the same reference.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'a> {
    pub(crate) monitor: &'a Monitor,
    pub(crate) column: &'a ReferenceColumn,
    pub(crate) reference: SideOf<'a>,
    pub(crate) current: SideOf<'a>,
    /// Statistics of the values one by one, where they fit the budget.
    pub(crate) exact: Option<&'a Exact>,
    /// What another tool says of it, if its convention is asked for.
    pub(crate) by_convention: Option<&'a ConventionOutcome>,
}

/// One side of a column, and how many rows its sample has.
#[derive(Clone, Copy)]
pub(crate) struct SideOf<'a> {
    pub(crate) counted: Counted<'a>,
    pub(crate) rows: u64,
}

impl<'a> SideOf<'a> {
    pub(crate) fn new(counts: &'a Counts, resolution: Resolution, rows: u64) -> SideOf<'a> {
        SideOf { counted: Counted { counts, resolution }, rows }
    }
}

/// The numbers of a column.
pub(crate) struct Measured {
    pub(crate) cells: CellCounts,
    pub(crate) measures: Measures,
    /// Why nothing can be said of the distribution.
    pub(crate) undecidable: Option<Reason>,
}

impl Comparison<'_> {
    /// By every measure.
    pub(crate) fn measured(&self) -> Measured {
        self.measured_by(|sides| self.monitor.spec().measures.compare(sides))
    }

    /// By what severity needs and nothing else.
    pub(crate) fn measured_for_severity(&self) -> Measured {
        let settings = &self.monitor.spec().measures;
        let more = &self.monitor.spec().window_measures;
        self.measured_by(|sides| Measures {
            psi: settings.psi.compare(sides),
            missing_share: settings.missing_share.compare(sides),
            kl: more.get(&WindowMeasure::Kl).and_then(|_| settings.kl.compare(sides)),
            js: more.get(&WindowMeasure::Js).and_then(|_| settings.js.compare(sides)),
            ..Measures::default()
        })
    }

    /// By what a verdict alone needs: intervals only as far as the ladder tells them apart.
    pub(crate) fn measured_for_verdict(&self) -> Measured {
        let settings = &self.monitor.spec().measures;
        let ladder = self.monitor.ladder();
        self.measured_by(|sides| Measures {
            psi: settings.psi.on_ladder(sides, &ladder),
            missing_share: settings.missing_share.on_ladder(sides, &ladder),
            ..Measures::default()
        })
    }

    fn measured_by(&self, measure: impl Fn(&Sides<'_>) -> Measures) -> Measured {
        let (reference, current) = (self.reference.counted, self.current.counted);
        let bins = &self.column.bins;
        let cells = CellCounts::of(bins, self.monitor.cut(), reference, current);
        let grid = match bins {
            Bins::Grid(grid) => Some(grid),
            _ => None,
        };
        let sides = Sides {
            reference: ReferenceCounts(&cells.reference),
            current: CurrentCounts(&cells.current),
            counts: Some((reference.counts, current.counts)),
            grid,
            is_categorical: matches!(bins, Bins::Levels(_)),
            exact: self.exact,
        };
        let undecidable = self.undecidable(sides.reference.rows(), sides.current.rows());
        let mut measures = measure(&sides);
        if undecidable.is_some() {
            // How many rows hold nothing can be said even then.
            measures = Measures { missing_share: measures.missing_share, ..Measures::default() };
        }
        if let (Some(psi), Decides::PsiValue) =
            (&mut measures.psi, self.monitor.convention().decides())
        {
            // By this convention the value decides, here as for the severity.
            psi.drift = psi.value >= self.monitor.spec().measures.psi.threshold;
        }
        Measured { cells, measures, undecidable }
    }

    /// Why nothing can be said, whatever the measures: rows, values or a common kind are lacking.
    fn undecidable(&self, baseline: u64, current: u64) -> Option<Reason> {
        let kind = self.column.field.kind;
        let (reference_counts, current_counts) =
            (self.reference.counted.counts, self.current.counted.counts);
        let mostly_unreadable =
            |counts: &Counts| counts.unreadable * 2 > counts.rows - counts.missing - counts.nan;
        if self.reference.rows == 0 {
            Some(Reason::NoRows { side: Side::Baseline })
        } else if self.current.rows == 0 {
            Some(Reason::NoRows { side: Side::Current })
        } else if current_counts.rows == 0 {
            Some(Reason::Absent { side: Side::Current })
        } else if self.column.bins == Bins::Identifier {
            Some(Reason::Identifier { side: Side::Baseline })
        } else if mostly_unreadable(reference_counts) {
            let unreadable = reference_counts.unreadable;
            Some(Reason::KindChanged { side: Side::Baseline, expected: kind, unreadable })
        } else if baseline == 0 {
            Some(Reason::NoValues { side: Side::Baseline })
        } else if mostly_unreadable(current_counts) {
            let unreadable = current_counts.unreadable;
            Some(Reason::KindChanged { side: Side::Current, expected: kind, unreadable })
        } else if current == 0 {
            Some(Reason::NoValues { side: Side::Current })
        } else if current_counts.novel.overflowed && current_counts.novel.rows * 2 > current {
            Some(Reason::Identifier { side: Side::Current })
        } else {
            None
        }
    }

    /// The verdict. Where it is asked why a column is undecided, the rows that would decide are worked out.
    pub(crate) fn judge(&self, measured: &Measured, says_why: bool) -> Verdict {
        let of_distribution = self.judge_distribution(measured, says_why);
        if self.monitor.convention().decides() != Decides::PsiLowerEnd {
            return of_distribution;
        }
        let of_missing = self.severity_of_missing(measured);
        match of_distribution {
            Verdict::Decided(severity) => Verdict::Decided(severity.max(of_missing)),
            // Rows that fall silent are a finding, whatever the others say.
            Verdict::Inconclusive(
                Reason::NoValues { .. } | Reason::TooFewRows { .. } | Reason::RareValues { .. },
            ) if of_missing.is_drift() => Verdict::Decided(of_missing),
            inconclusive => inconclusive,
        }
    }

    /// Whether the distribution alone is undecided, whatever the missing rows say.
    pub(crate) fn is_undecided(&self, measured: &Measured) -> bool {
        matches!(self.judge_distribution(measured, false), Verdict::Inconclusive(_))
    }

    /// The verdict on the rows that hold a value.
    fn judge_distribution(&self, measured: &Measured, says_why: bool) -> Verdict {
        let ladder = self.monitor.ladder();
        match (&measured.undecidable, self.monitor.convention().decides()) {
            (Some(reason), _) => Verdict::Inconclusive(reason.clone()),
            (None, Decides::PsiLowerEnd) => match &measured.measures.psi {
                Some(psi) => self.judge_interval(psi, &measured.cells, says_why),
                None => Verdict::Inconclusive(Reason::NoRows { side: Side::Current }),
            },
            (None, Decides::PsiValue) => match &measured.measures.psi {
                Some(psi) => Verdict::Decided(ladder.step(psi.value)),
                None => Verdict::Inconclusive(Reason::NoRows { side: Side::Current }),
            },
            (None, Decides::Convention) => match self.by_convention {
                Some(outcome) => Verdict::Decided(outcome.severity),
                None => Verdict::Inconclusive(Reason::NoConvention {
                    convention: self.monitor.convention(),
                }),
            },
        }
    }

    /// The ladder on how much the share of missing rows moved at least.
    fn severity_of_missing(&self, measured: &Measured) -> Severity {
        let missing = measured.measures.missing_share.as_ref();
        missing.map_or(Severity::None, |missing| self.monitor.ladder().step(missing.lower))
    }

    fn judge_interval(&self, psi: &PsiOutcome, cells: &CellCounts, says_why: bool) -> Verdict {
        let ladder = self.monitor.ladder();
        if !ladder.is_undecided(psi.lower, psi.upper) {
            return Verdict::Decided(ladder.step(psi.lower));
        }
        if psi.pooled && !ladder.is_undecided(psi.lower, psi.upper_of_cells) {
            return Verdict::Inconclusive(Reason::RareValues { cells: psi.cells });
        }
        let baseline: u64 = cells.reference.iter().sum();
        let current: u64 = cells.current.iter().sum();
        if !says_why {
            return Verdict::Inconclusive(Reason::TooFewRows {
                side: Side::Current,
                found: current,
                needed: None,
            });
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

    /// The column's part of the report.
    pub(crate) fn report(&self, measured: Measured, role: Role, role_from: Origin) -> ColumnReport {
        let verdict = self.judge(&measured, true);
        let (reference, current) = (self.reference.counted.counts, self.current.counted.counts);
        let bins = &self.column.bins;
        let names = cells::names(bins, self.monitor.cut(), reference, current);
        let contributions = if measured.undecidable.is_none() {
            cell_contributions(
                ReferenceCounts(&measured.cells.reference),
                CurrentCounts(&measured.cells.current),
            )
        } else {
            Vec::new()
        };
        let explanation = self.explain(&verdict, &measured, &names, &contributions);
        let pair = |side: fn(&Counts) -> u64| SidePair {
            baseline: side(reference),
            current: side(current),
        };
        let rank_error = match bins {
            Bins::Grid(grid) => Some(grid.rank_error()).filter(|error| *error > 0.0),
            _ => None,
        };
        let rows = measured.cells.reference.iter().zip(&measured.cells.current);
        let cells =
            names.into_iter().zip(rows).enumerate().map(|(at, (name, (r, c)))| CellReport {
                label: name.label,
                lower: name.lower,
                upper: name.upper,
                baseline: *r,
                current: *c,
                psi: contributions.get(at).copied().unwrap_or(0.0),
            });
        ColumnReport {
            name: self.column.field.name.clone(),
            role,
            role_from,
            kind: self.column.field.kind,
            severity: verdict.severity(),
            reason: verdict.into_reason(),
            explanation,
            by_convention: self.by_convention.cloned(),
            notes: note::notes(self.column, reference, current),
            bins: cells.collect(),
            measures: measured.measures,
            rows: pair(|counts| counts.rows),
            missing: pair(|counts| counts.missing),
            unreadable: pair(|counts| counts.unreadable),
            nan: pair(|counts| counts.nan),
            new_levels: current
                .novel
                .by_rows()
                .into_iter()
                .filter(|(level, _)| !reference.novel.holds(level))
                .take(MAX_NEW_LEVELS_LISTED)
                .map(|(level, rows)| NewLevel { level: level.into(), rows })
                .collect(),
            exact: rank_error.is_none(),
            rank_error,
        }
    }

    fn explain(
        &self,
        verdict: &Verdict,
        measured: &Measured,
        names: &[CellName],
        contributions: &[f64],
    ) -> String {
        let psi = measured.measures.psi.as_ref();
        let severity = match (verdict, psi) {
            (Verdict::Inconclusive(reason), None) => return sentence(&format!("{reason}")),
            (Verdict::Inconclusive(reason), Some(psi)) => {
                return format!("{}: {reason}.", psi.in_words(2));
            }
            (Verdict::Decided(severity), _) => *severity,
        };
        if let Some(outcome) = self.by_convention {
            return format!("{}.", outcome.in_words());
        }
        let of_missing = self.severity_of_missing(measured);
        let silent = measured
            .measures
            .missing_share
            .as_ref()
            .filter(|_| of_missing.is_drift() && self.monitor.convention() == Convention::Driftline)
            .map(|missing| {
                let percent = |share: f64| significant(share * 100.0, 2);
                format!(
                    "{} % of the rows hold no value, {} % in the baseline",
                    percent(missing.current),
                    percent(missing.baseline)
                )
            });
        let Some(psi) = psi else {
            return silent.map_or(String::new(), |silent| silent + ".");
        };
        let mut text = format!(
            "PSI {} over {} cells, noise up to {} at this sample size",
            significant(psi.value, 2),
            names.len(),
            significant(psi.noise, 2)
        );
        let largest = contributions.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let has_moved = self.monitor.ladder().step(psi.lower).is_drift()
            || severity.is_drift() && silent.is_none();
        if let Some((at, contribution)) = largest.filter(|_| has_moved && psi.value > 0.0) {
            let share = contribution / psi.value * 100.0;
            text += &format!("; {} % of it comes from {}", significant(share, 2), names[at].phrase);
        }
        if severity == Severity::None && psi.value >= self.monitor.ladder().moderate {
            text += &format!(
                ", but at this sample size it can be as little as {}: not enough to call it drift",
                significant(psi.lower, 2)
            );
        }
        match silent {
            Some(silent) if of_missing == severity => format!("{silent}. {text}."),
            Some(silent) => format!("{text}; {silent}."),
            None => text + ".",
        }
    }
}

/// A reason as a sentence.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_ascii_uppercase(), chars.as_str()),
        None => String::new(),
    }
}
