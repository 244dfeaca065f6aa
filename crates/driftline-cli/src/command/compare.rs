//! `driftline compare`: two files to a report and an exit code.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anstream::ColorChoice;
use driftline_charts::wording;
use driftline_core::{
    convention::ConventionCounter,
    monitor::Monitor,
    reference::Reference,
    report::{Problem, Report},
    spec::Checked,
    time::Timestamp,
    verdict::{Reason, Severity, Side},
};
use driftline_data::{Intake, Selection};

use crate::{
    args::{CompareArgs, Inconclusive, ReportFormat},
    columns,
    console::Console,
    exit::{Exit, Failure},
    output::{self, Destination, text::Layout},
    policy,
    source::{self, Source},
};

pub(crate) fn run(
    args: &CompareArgs,
    color: ColorChoice,
    console: Console,
) -> Result<Exit, Failure> {
    let is_text = args.format == ReportFormat::Text;
    if !args.columns.is_empty() && !is_text {
        return Err(Failure::new(
            "--column: expected the text format, which it is for; the other formats hold every column",
        ));
    }
    let Checked { monitor, policy: rules } = policy::of_compare(args)?;
    let now = args.now.unwrap_or_else(clock);
    let selection = policy::selection(&args.selection)?;
    let (mut baseline, mut current) =
        Source::find_all(&args.baseline, &args.current, &selection, "CURRENT")?;
    let inputs: Vec<&Path> =
        [&args.baseline].into_iter().chain(&args.current).map(|p| &**p).collect();
    let same = args.current.iter().find(|file| source::is_same_file(&args.baseline, file));
    if let Some(same) = same {
        console.warn(&format!(
            "{} and {} are the same file: a file does not drift from itself",
            args.baseline.display(),
            same.display()
        ));
    }
    // A file gives the same bytes again, a pipe does not.
    let sources = [&baseline].into_iter().chain(&current);
    let piped = sources.into_iter().find(|source| source.total_bytes().is_none());
    if let Some(source) = piped.filter(|_| monitor.convention().reads_again()) {
        return Err(Failure::new(format!(
            "{}: the {} convention reads all files twice: give it as a file",
            source.path().display(),
            monitor.convention().name()
        )));
    }
    let destination = Destination::find(args.output.as_deref(), &inputs)?;

    let options = policy::read_options(&args.reading);
    let read = baseline.read_baseline(options.clone(), selection.clone(), &monitor, console)?;
    let reference = &read.reference;
    let is_stored = read.summary.is_none();
    check_columns(args, &monitor, reference, is_stored)?;
    if is_stored && monitor.convention().reads_again() {
        return Err(Failure::new(format!(
            "{}: the {} convention needs the baseline's rows, a stored reference has none: give it as a data file",
            baseline.path().display(),
            monitor.convention().name()
        )));
    }
    let plan = monitor
        .plan_of_files(reference, current.len())
        .map_err(|problems| Failure::of_problems(reference.source(), &in_flags(args, problems)))?;
    let again = monitor.plan_of_baseline(reference);
    if !again.groups.is_empty() && (is_stored || baseline.is_standard_input()) {
        return Err(Failure::new(format!(
            "{}: segments need the baseline's rows a second time: give it as a data file",
            baseline.path().display()
        )));
    }
    let others = if args.current.is_empty() { selection.clone().rest() } else { Selection::all() };
    let rows = others.clone();
    let counted =
        Source::read_files(&mut current, options.clone(), rows, reference, plan, console)?;
    let segments = if again.groups.is_empty() {
        Vec::new()
    } else {
        let selection = selection.clone();
        let read = baseline.read_current(options.clone(), selection, reference, again, console)?;
        read.counted.groups
    };
    let mut intake = Intake::new(read, counted, segments);
    if let Some(plan) = intake.convention_plan(&monitor) {
        let mut counter = ConventionCounter::new(plan);
        let current = current.iter_mut().map(|file| (file, others.clone()));
        for (source, rows) in core::iter::once((&mut baseline, selection)).chain(current) {
            let reference = &intake.reference;
            counter = source.read_again(options.clone(), rows, reference, counter, console)?;
        }
        intake.recount = Some(counter.finish());
    }
    let report = intake.report(&monitor, now).decided_by(&rules);
    match args.format {
        ReportFormat::Text => {
            let color = destination.color(color);
            let layout = Layout { width: destination.width(), all: args.all };
            let text = if args.columns.is_empty() {
                output::text::render(&report, layout)
            } else {
                output::text::render_columns(&report, &args.columns, layout)
            };
            destination.write(output::text::in_color(text, color).as_bytes())?;
        }
        ReportFormat::Json => destination.write(output::json::render(&report).as_bytes())?,
        ReportFormat::Html => {
            destination.write(output::html::render(&report, &rules).as_bytes())?
        }
    }
    let is_read_at_once = is_text && args.columns.is_empty() && destination.is_standard_output();
    if let Some(first) = report.problems.first().filter(|_| !is_read_at_once) {
        let more = report.problems.len() - 1;
        let more =
            if more > 0 { format!(" (and {more} more in the report)") } else { String::new() };
        console.warn(&format!("{}: {}{more}", first.place, first.message));
    }
    if !destination.is_standard_output() {
        console.note(&wording::verdict_sentence(&report));
        console.note(&format!("wrote {destination}"));
    }
    warn_of_worse_parts(&report, console);
    Ok(exit(args, &report, console))
}

/// Refuses columns named by flags that the baseline does not have, or not of the kind that is needed.
fn check_columns(
    args: &CompareArgs,
    monitor: &Monitor,
    reference: &Reference,
    is_stored: bool,
) -> Result<(), Failure> {
    columns::check_given(reference, &args.roles, &args.reading, monitor, is_stored)?;
    columns::check_names(reference, "--column", args.columns.iter().map(String::as_str))?;
    columns::check_levels(reference, "--by", args.apart.by.iter().map(String::as_str))?;
    Ok(())
}

/// Problems with settings that were given as flags, by the flags' names.
fn in_flags(args: &CompareArgs, problems: Vec<Problem>) -> Vec<Problem> {
    let flag = |place: &str| match (place, args.apart.window) {
        ("window", Some(size)) => Some(format!("--window {size}")),
        _ => None,
    };
    let named = |problem: Problem| match flag(&problem.place) {
        Some(place) => Problem { place, ..problem },
        None => problem,
    };
    problems.into_iter().map(named).collect()
}

/// Says that a window or a segment is worse than the whole, which alone decides the exit code.
fn warn_of_worse_parts(report: &Report, console: Console) {
    let windows: Vec<Severity> = report.windows.iter().map(|window| window.severity).collect();
    let segments: Vec<Severity> = report.segments.iter().map(|segment| segment.severity).collect();
    for (parts, noun) in [(windows, "window"), (segments, "segment")] {
        let is_worse = |part: &&Severity| part.is_drift() && **part > report.severity;
        let worse = parts.iter().filter(is_worse).count() as u64;
        if let Some(worst) = parts.iter().filter(is_worse).max() {
            console.warn(&format!(
                "{} of {} {} worse ({} at worst) than the whole ({}), which alone decides the exit code",
                wording::count(worse),
                wording::counted(parts.len() as u64, noun),
                if worse == 1 { "is" } else { "are" },
                worst.name(),
                report.severity.name(),
            ));
        }
    }
}

/// The exit code for what was found, with a word on standard error where it is not the verdict's alone.
fn exit(args: &CompareArgs, report: &Report, console: Console) -> Exit {
    if shares_no_column(report) {
        console.error(&format!(
            "{} and {} share no column: nothing was compared",
            report.baseline.source, report.current.source
        ));
        return Exit::Failed;
    }
    if report.severity.is_drift() && report.severity >= args.fail_on {
        return Exit::Finding;
    }
    let undecided = report.columns.iter().filter(|c| c.severity == Severity::Inconclusive).count();
    match args.inconclusive {
        _ if undecided == 0 => Exit::Clear,
        Inconclusive::Fail => Exit::Finding,
        Inconclusive::Pass => {
            console.warn(&format!(
                "{} of {} could not be decided and did not fail the run; --inconclusive fail makes the exit code 1",
                wording::count(undecided as u64),
                wording::counted(report.columns.len() as u64, "column"),
            ));
            Exit::Clear
        }
    }
}

/// Whether the two files have nothing to do with each other: a mistake in the call rather than a finding.
fn shares_no_column(report: &Report) -> bool {
    let absent =
        |reason: &Option<Reason>| matches!(reason, Some(Reason::Absent { side: Side::Current }));
    report.columns.iter().all(|column| absent(&column.reason))
}

/// The time by the clock, in whole seconds.
fn clock() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp::from_millis(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000))
}
