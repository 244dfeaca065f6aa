//! `driftline replay`: a policy over a file that has been, to a timeline and an exit code.

use std::path::Path;

use anstream::ColorChoice;
use driftline_charts::wording;
use driftline_core::{
    group::WindowSize,
    lint::lint,
    monitor::Monitor,
    policy::PolicySpec,
    reference::Reference,
    replay::{Replay, Sweep, unmeasured},
    report::Problem,
    spec::Checked,
    time::Timestamp,
    window::Plan,
};
use driftline_data::{Intake, Selection};

use crate::{
    args::{ReplayArgs, ReplayFormat},
    columns,
    console::Console,
    exit::{Exit, Failure},
    output::{self, Destination, text::Layout},
    policy,
    source::Source,
};

/// Windows that rows without instants are cut into.
const WINDOWS_OF_ROWS: u64 = 50;
/// Problems and warnings that are told one by one.
const TOLD: usize = 8;

pub(crate) fn run(
    args: &ReplayArgs,
    color: ColorChoice,
    console: Console,
) -> Result<Exit, Failure> {
    let (mut spec, place) = policy::of_replay(args)?;
    let Checked { mut monitor, policy: checked } = policy::check(&spec, &place)?;
    let (_, rules) = spec.clone().parts();
    if monitor.convention().reads_again() {
        return Err(Failure::new(format!(
            "--convention {}: expected a convention that judges windows, found one that judges all rows together",
            monitor.convention().name()
        )));
    }
    let selection = policy::selection(&args.selection)?;
    let (mut baseline, mut data) =
        Source::find_all(&args.baseline, &args.data, &selection, "DATA")?;
    let others = if args.data.is_empty() { selection.clone().rest() } else { Selection::all() };
    let inputs: Vec<&Path> = [&args.baseline].into_iter().chain(&args.data).map(|p| &**p).collect();
    let destination = Destination::find(args.output.as_deref(), &inputs)?;
    warn(&place, &written(&rules, lint(&rules)), console);

    let options = policy::read_options(&args.reading);
    let read = baseline.read_baseline(options.clone(), selection, &monitor, console)?;
    check_columns(args, &monitor, &read.reference, read.summary.is_none())?;
    // Several files are windows by themselves.
    if let ([data], None) = (&mut data[..], spec.window) {
        let fields = read.reference.columns().iter().map(|column| &column.field);
        spec.window = Some(match monitor.clock(fields) {
            Some(_) => WindowSize::Auto,
            None => {
                let least = rules.live.min_samples.max(1);
                rows_of_window(data, &others, &read.reference, least, args, console)?
            }
        });
        monitor = policy::check(&spec, &place)?.monitor;
    }
    let plan = monitor.plan_of_files(&read.reference, data.len()).map_err(|problems| {
        Failure::of_problems(read.reference.source(), &in_flags(args, problems))
    })?;
    let reference = &read.reference;
    let counted = Source::read_files(&mut data, options, others, reference, plan, console)?;
    let intake = Intake::new(read, counted, Vec::new());
    let report = intake.report(&monitor, Timestamp::EPOCH);
    if report.windows.is_empty() {
        let why = report.problems.first().map_or("it has no rows", |problem| &problem.message);
        return Err(Failure::new(format!(
            "{}: expected rows in windows, found none: {why}",
            report.current.source
        )));
    }
    if report.windows.iter().all(|w| w.psi_scores.is_empty() && w.latency.is_none()) {
        return Err(Failure::new(format!(
            "{} and {} share no column: there is nothing to replay",
            report.baseline.source, report.current.source
        )));
    }

    let mut replay = Replay::of_report(&checked, &report);
    if let Some(range) = &args.sweep {
        let sweep = Sweep::of_report(&rules, &report, &range.metric, &range.thresholds);
        replay.note.sweep =
            Some(sweep.map_err(|problems| Failure::of_problems(&place, &problems))?);
    }
    let unmeasured = written(&rules, unmeasured(&rules, &report));
    tell_problems(&replay, &report, &place, &unmeasured, console);
    let text = match args.format {
        ReplayFormat::Json => output::json::render(&report.clone().with_replay(replay.clone())),
        ReplayFormat::Text => {
            let layout = Layout { width: destination.width(), all: args.all };
            let text = output::text::replay::render(&replay, &report, &checked, layout);
            output::text::in_color(text, destination.color(color))
        }
        ReplayFormat::Html => {
            output::html::render_replay(&report.clone().with_replay(replay.clone()), &checked)
        }
        ReplayFormat::Svg => output::html::render_timeline(&replay, &report),
    };
    destination.write(text.as_bytes())?;
    if !destination.is_standard_output() {
        console.note(&wording::replay::sentence(&replay, &report));
        console.note(&format!("wrote {destination}"));
    }
    Ok(if replay.has_fired() { Exit::Finding } else { Exit::Clear })
}

/// A fiftieth of the rows, which takes a reading of its own to count them.
fn rows_of_window(
    data: &mut Source,
    rows: &Selection,
    reference: &Reference,
    least: u64,
    args: &ReplayArgs,
    console: Console,
) -> Result<WindowSize, Failure> {
    if data.total_bytes().is_none() {
        return Err(Failure::new(format!(
            "{}: expected --window with a number of rows such as 5000rows, found none: {} has no column of instants, \
             and a pipe can be read only once",
            data.path().display(),
            reference.source()
        )));
    }
    let options = policy::read_options(&args.reading);
    let counted = data.read_current(options, rows.clone(), reference, Plan::default(), console)?;
    Ok(WindowSize::Rows((counted.counted.window.rows() / WINDOWS_OF_ROWS).max(least)))
}

/// Refuses columns named by flags that the baseline does not have, or not of the kind that is needed.
fn check_columns(
    args: &ReplayArgs,
    monitor: &Monitor,
    reference: &Reference,
    is_stored: bool,
) -> Result<(), Failure> {
    columns::check_given(reference, &args.roles, &args.reading, monitor, is_stored)
}

/// Problems with a window that was given as a flag, by the flag's name.
fn in_flags(args: &ReplayArgs, problems: Vec<Problem>) -> Vec<Problem> {
    let named = |problem: Problem| match args.window {
        Some(size) if problem.place == "window" => {
            Problem { place: format!("--window {size}"), ..problem }
        }
        _ => problem,
    };
    problems.into_iter().map(named).collect()
}

/// What the reader should know of the windows and the policy though it stops nothing.
fn tell_problems(
    replay: &Replay,
    report: &driftline_core::report::Report,
    place: &str,
    unmeasured: &[Problem],
    console: Console,
) {
    for problem in report.problems.iter().chain(&replay.problems).take(TOLD) {
        console.warn(&format!("{}: {}", problem.place, problem.message));
    }
    warn(place, unmeasured, console);
    if replay.is_mostly_too_small() {
        console.warn(&format!(
            "{} of {} windows hold too few rows to decide anything: take longer ones with --window, or lower \
             live.min_samples in a policy",
            replay.note.windows_too_small, replay.note.windows
        ));
    }
}

/// Warnings of what people wrote themselves: the shipped policy is about more than most files hold.
fn written(rules: &PolicySpec, warnings: Vec<Problem>) -> Vec<Problem> {
    let shipped = PolicySpec::default();
    let is_shipped = |place: &str| {
        (place.starts_with("rules[") && rules.rules == shipped.rules)
            || (place.starts_with("triggers[") && rules.triggers == shipped.triggers)
    };
    warnings.into_iter().filter(|problem| !is_shipped(&problem.place)).collect()
}

fn warn(place: &str, warnings: &[Problem], console: Console) {
    for problem in warnings.iter().take(TOLD) {
        console.warn(&format!("{place}: {}: {}", problem.place, problem.message));
    }
    if let Some(more) = warnings.len().checked_sub(TOLD).filter(|more| *more > 0) {
        console.warn(&format!("{place}: and {more} more"));
    }
}
