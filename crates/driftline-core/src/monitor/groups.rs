//! Time windows and segments: groups of rows, judged and nothing more.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use super::{Comparands, Monitor};
use crate::{
    bins::{Bins, Resolution},
    comparison::{Comparison, Measured, SideOf},
    convention,
    correction::benjamini_hochberg,
    counting::left_out_why,
    counts::Counts,
    group::{GroupKey, Groups},
    reference::{Reference, ReferenceColumn},
    report::{
        ErrorCount, LatencyFigures, PredictionMix, Problem, SegmentReport, SidePair, WindowReport,
    },
    schema::Role,
    time::Timestamp,
    verdict::Severity,
    window::Window,
};

impl Monitor {
    /// The columns of one group, judged and nothing more, by what `measured` measures.
    pub(super) fn judged<'a>(
        &'a self,
        reference: &'a Reference,
        baseline: (Option<&'a Window>, u64),
        current: &'a Window,
        measured: fn(&Comparison<'_>) -> Measured,
    ) -> impl Iterator<Item = Judged<'a>> {
        let columns = reference.columns().iter().zip(current.columns()).enumerate();
        columns.filter_map(move |(at, (column, counts))| {
            let (role, _) = self.role_of(column);
            if left_out_why(role, &column.bins).is_some() || !role.decides() {
                return None;
            }
            let side = match baseline.0 {
                Some(window) => SideOf::new(&window.columns()[at], window.resolution(), baseline.1),
                None => SideOf::new(&column.counts, Resolution::Grid, baseline.1),
            };
            let comparison = Comparison {
                monitor: self,
                column,
                reference: side,
                current: SideOf::new(counts, current.resolution(), current.rows()),
                exact: None,
                by_convention: None,
            };
            let measured = measured(&comparison);
            // A tool that judges by cells alone judges groups too; others need all rows together.
            let by_cells = match measured.undecidable {
                None => convention::of_cells(self.convention(), &measured.cells, &self.ladder()),
                Some(_) => None,
            };
            let comparison = Comparison { by_convention: by_cells.as_ref(), ..comparison };
            let severity = comparison.judge(&measured, false).severity();
            let is_undecided = comparison.is_undecided(&measured);
            Some(Judged { column, current: counts, role, measured, severity, is_undecided })
        })
    }

    pub(super) fn windows(
        &self,
        sides: &Comparands<'_>,
        problems: &mut Vec<Problem>,
    ) -> Vec<WindowReport> {
        let mut reports = Vec::new();
        let columns = sides.reference.columns();
        let answers = columns.iter().position(|column| {
            let (role, _) = self.role_of(column);
            role == Role::Prediction && left_out_why(role, &column.bins).is_none()
        });
        let is_window = |groups: &&Groups| !matches!(groups.by.key, GroupKey::Level { .. });
        for groups in sides.groups.iter().filter(is_window) {
            if !self.is_cut_alike(groups, sides.source, problems) {
                continue;
            }
            let groups = &groups.long_enough();
            let instants = self.instants_of_files(sides, groups, problems);
            if groups.left_over > 0 {
                let why = if groups.overflowed {
                    format!(
                        "there are more than {} windows: take longer ones",
                        groups.windows.len()
                    )
                } else {
                    "they have no time".into()
                };
                problems.push(Problem {
                    place: sides.source.into(),
                    message: format!("{} rows are in no window: {why}", groups.left_over),
                });
            }
            for (key, window) in &groups.windows {
                let file = usize::try_from(*key).ok().filter(|_| groups.by.key == GroupKey::Files);
                let span = match file {
                    Some(file) => instants.get(file).copied(),
                    None => groups.span(*key),
                };
                let mut report = WindowReport {
                    source: file.and_then(|file| sides.files.get(file)).cloned(),
                    start: span.map(|(start, _)| start),
                    end: span.map(|(_, end)| end),
                    first_row: groups.first_row(*key),
                    latency: LatencyFigures::of(&window.service().latency),
                    error_rate: window.service().errors.rate(),
                    errors: ErrorCount::of(&window.service().errors),
                    performance: Some(window.service().performance.figures())
                        .filter(|figures| figures.rows > 0),
                    prediction: answers
                        .and_then(|at| PredictionMix::of(&columns[at].bins, &window.columns()[at])),
                    ..WindowReport::of_rows(window.rows())
                };
                let baseline = (None, sides.reference.rows());
                let measured = |comparison: &Comparison<'_>| comparison.measured_for_severity();
                for judged in self.judged(sides.reference, baseline, window, measured) {
                    self.add_judged(&mut report, &judged);
                }
                reports.push(report);
            }
        }
        reports
    }

    /// The first and the last instant of each file, where windows are files that follow each other in time; else nothing,
    /// and why where it is their order. Files may overlap, but neither begin nor end before the one before them does.
    fn instants_of_files(
        &self,
        sides: &Comparands<'_>,
        groups: &Groups,
        problems: &mut Vec<Problem>,
    ) -> Vec<(Timestamp, Timestamp)> {
        let fields = sides.reference.columns().iter().map(|column| &column.field);
        let clock = self.counting().clock(fields).and_then(|name| sides.reference.position(&name));
        let Some(clock) = clock.filter(|_| groups.by.key == GroupKey::Files) else {
            return Vec::new();
        };
        let span = |file: &Window| file.columns().get(clock)?.instants();
        let Some(spans) = groups.windows.values().map(span).collect::<Option<Vec<_>>>() else {
            return Vec::new();
        };
        let turned = spans.windows(2).position(|two| two[1].0 < two[0].0 || two[1].1 <= two[0].1);
        let Some(before) = turned else { return spans };
        let name = |at: usize| sides.files.get(at).map_or(sides.source, String::as_str);
        let span = |(first, last): (Timestamp, Timestamp)| format!("{first} to {last}");
        problems.push(Problem {
            place: name(before + 1).into(),
            message: format!(
                "expected files in the order of their times, found {} after {} ({}): they are windows in the order given, \
                 without times",
                span(spans[before + 1]),
                name(before),
                span(spans[before]),
            ),
        });
        Vec::new()
    }

    /// A column of a window.
    fn add_judged(&self, report: &mut WindowReport, judged: &Judged<'_>) {
        let Judged { role, severity, measured, is_undecided, .. } = judged;
        let (name, is_feature) = (&judged.column.field.name, *role == Role::Feature);
        report.severity = report.severity.max(*severity);
        if is_feature && severity.is_drift() {
            report.drifted_features.push(name.clone());
        }
        if is_feature && *severity == Severity::Inconclusive {
            report.inconclusive_features.push(name.clone());
        } else if *is_undecided {
            report.undecided.push(name.clone());
        }
        if is_feature {
            let counts = judged.current;
            report.add_further(
                &self.spec.window_measures,
                &judged.column.field.name,
                &judged.measured.measures,
                (counts.missing + counts.unreadable + counts.nan, counts.rows),
            );
        }
        if let Some(psi) = &measured.measures.psi {
            report.psi_scores.insert(name.clone(), psi.value);
            if !is_undecided {
                report.psi_lower.insert(name.clone(), psi.lower);
            }
            let valued = measured.cells.current.iter().sum();
            if valued < report.rows {
                report.valued.insert(name.clone(), valued);
            }
        }
    }

    pub(super) fn segments(
        &self,
        sides: &Comparands<'_>,
        problems: &mut Vec<Problem>,
    ) -> Vec<SegmentReport> {
        /// A segment's columns, before the correction over all segments.
        struct Segment {
            report: SegmentReport,
            judged: Vec<(String, Role, Severity, Option<f64>)>,
        }
        let mut segments: Vec<Segment> = Vec::new();
        for groups in sides.groups {
            let GroupKey::Level { column: by, .. } = groups.by.key else { continue };
            if !self.is_cut_alike(groups, sides.source, problems) {
                continue;
            }
            let Some(baseline) = sides.baseline_groups.iter().find(|b| b.by == groups.by) else {
                continue;
            };
            let by = &sides.reference.columns()[by];
            let Bins::Levels(levels) = &by.bins else { continue };
            let nobody = Window::empty(sides.reference, Resolution::Psi(groups.by.cut));
            for (key, reference) in &baseline.windows {
                let level = usize::try_from(*key).ok().and_then(|at| levels.kept().get(at));
                let Some(level) = level else { continue };
                // A level that no current row holds is a segment too: nothing can be said of it.
                let current = groups.windows.get(key).unwrap_or(&nobody);
                let mut segment = Segment {
                    report: SegmentReport {
                        column: by.field.name.clone(),
                        level: level.clone(),
                        rows: SidePair { baseline: reference.rows(), current: current.rows() },
                        severity: Severity::Inconclusive,
                        drifted_features: Vec::new(),
                        inconclusive_features: Vec::new(),
                        psi_scores: BTreeMap::new(),
                        p_adjusted: BTreeMap::new(),
                    },
                    judged: Vec::new(),
                };
                let side = (Some(reference), reference.rows());
                for Judged { column, role, measured, severity, .. } in
                    self.judged(sides.reference, side, current, |c| c.measured_for_severity())
                {
                    // Within a segment its own column is constant.
                    if column.field.name == by.field.name {
                        continue;
                    }
                    let name = column.field.name.clone();
                    let psi = measured.measures.psi;
                    if let Some(psi) = &psi {
                        segment.report.psi_scores.insert(name.clone(), psi.value);
                    }
                    segment.judged.push((name, role, severity, psi.map(|psi| psi.p_value)));
                }
                segments.push(segment);
            }
        }
        let p_values: Vec<Option<f64>> =
            segments.iter().flat_map(|s| s.judged.iter().map(|(.., p)| *p)).collect();
        let mut adjusted = benjamini_hochberg(&p_values).into_iter();
        for Segment { report, judged } in &mut segments {
            for (name, role, severity, _) in judged.drain(..) {
                let p = adjusted.next().flatten();
                // By the p-value too: of so many comparisons some are far out by chance.
                let is_chance = p.is_some_and(|p| p > self.spec.false_discovery_rate);
                let severity =
                    if is_chance && severity.is_drift() { Severity::None } else { severity };
                report.severity = report.severity.max(severity);
                if role == Role::Feature && severity.is_drift() {
                    report.drifted_features.push(name.clone());
                }
                if role == Role::Feature && severity == Severity::Inconclusive {
                    report.inconclusive_features.push(name.clone());
                }
                if let Some(p) = p {
                    report.p_adjusted.insert(name, p);
                }
            }
        }
        segments.into_iter().map(|segment| segment.report).collect()
    }

    /// Whether groups were counted on this spec's cells.
    fn is_cut_alike(&self, groups: &Groups, source: &str, problems: &mut Vec<Problem>) -> bool {
        let is_alike = groups.by.cut == self.cut();
        if !is_alike {
            problems.push(Problem {
                place: source.into(),
                message: format!(
                    "windows and segments were counted on {} cells: the files have to be read again for {}",
                    groups.by.cut.bins.get(),
                    self.bins().get()
                ),
            });
        }
        is_alike
    }
}

/// A column of a group.
pub(super) struct Judged<'a> {
    pub(super) column: &'a ReferenceColumn,
    current: &'a Counts,
    pub(super) role: Role,
    pub(super) measured: Measured,
    pub(super) severity: Severity,
    /// Whether its distribution alone is undecided, whatever the missing rows say.
    is_undecided: bool,
}
