//! `driftline profile`: what a baseline looks like, kept in a small file.

use std::{collections::BTreeMap, io::IsTerminal as _, path::Path};

use driftline_charts::wording::{count, counted};
use driftline_core::{reference::Reference, window::Plan};
use driftline_data::{Baseline, Current, ReadOptions, Selection};

use crate::{
    args::{ProfileArgs, ReferenceFormat},
    columns,
    console::Console,
    exit::{Exit, Failure},
    output::Destination,
    policy,
    progress::in_bytes,
    source::Source,
};

/// Problems told one by one; the last of the list are its totals.
const PROBLEMS_TOLD: usize = 20;

pub(crate) fn run(args: &ProfileArgs, console: Console) -> Result<Exit, Failure> {
    let monitor = policy::of_profile(args)?.monitor;
    let mut baseline = Source::find_data(&args.baseline)?;
    let mut on = args.on.as_deref().map(Source::find).transpose()?;
    let inputs: Vec<&Path> =
        [Some(&args.baseline), args.on.as_ref()].into_iter().flatten().map(|p| &**p).collect();
    let destination = Destination::find(Some(&args.output), &inputs)?;
    check_destination(&destination, args.format)?;
    let options = policy::read_options(&args.reading);
    let Baseline { reference, summary, .. } = match &mut on {
        None => baseline.read_baseline(options, Selection::all(), &monitor, console)?,
        Some(on) => {
            let bins = on.read_reference(console)?;
            let kinds = monitor.counting().kinds();
            let kinds = kinds.iter().map(|(name, kind)| (name.as_str(), *kind));
            columns::check_stored_kinds(&bins, kinds)?;
            on_bins_of(&bins, &mut baseline, options, console)?
        }
    };
    let kinds = || args.reading.kinds.iter();
    let roles = args.roles.iter().map(|(name, _)| name.as_str());
    columns::check_names(&reference, "--role", roles)?;
    columns::check_names(&reference, "--kind", kinds().map(|(name, _)| name.as_str()))?;
    let problems = match &summary {
        Some(summary) => summary.problems.as_slice(),
        None => {
            columns::check_stored_kinds(
                &reference,
                kinds().map(|(name, kind)| (name.as_str(), *kind)),
            )?;
            &[]
        }
    };
    for problem in problems.iter().take(PROBLEMS_TOLD) {
        console.warn(&format!("{}: {}", problem.place, problem.message));
    }
    if problems.len() > PROBLEMS_TOLD {
        let more = (problems.len() - PROBLEMS_TOLD) as u64;
        console.warn(&format!(
            "{}: {} like these",
            reference.source(),
            counted(more, "more problem")
        ));
    }
    if reference.rows() == 0 {
        console.warn(&format!(
            "{}: no rows; every comparison with this reference will be inconclusive",
            reference.source()
        ));
    }
    write(&reference, &destination, args.format, console)?;
    Ok(Exit::Clear)
}

/// Refuses bytes where people look on.
pub(super) fn check_destination(
    destination: &Destination,
    format: ReferenceFormat,
) -> Result<(), Failure> {
    let is_binary = format == ReferenceFormat::Binary;
    if is_binary && destination.is_standard_output() && std::io::stdout().is_terminal() {
        let message =
            "a binary reference is not written to a terminal; name a file, or use --format json";
        return Err(Failure::new(message));
    }
    Ok(())
}

/// Writes the reference, and says what it holds.
pub(super) fn write(
    reference: &Reference,
    destination: &Destination,
    format: ReferenceFormat,
    console: Console,
) -> Result<(), Failure> {
    let bytes = match format {
        ReferenceFormat::Binary => reference.encode(),
        ReferenceFormat::Json => (reference.to_json() + "\n").into_bytes(),
    };
    destination.write(&bytes)?;
    console.note(&format!(
        "{}\n{}",
        holds(reference),
        written(destination, bytes.len(), reference)
    ));
    Ok(())
}

/// Counts data on the bins of a reference.
fn on_bins_of(
    bins: &Reference,
    data: &mut Source,
    options: ReadOptions,
    console: Console,
) -> Result<Baseline, Failure> {
    let plan = Plan { service: bins.service_columns().clone(), ..Plan::default() };
    let Current { counted, summary, .. } =
        data.read_current(options, Selection::all(), bins, plan, console)?;
    let extra: Vec<&str> = counted.window.extra_columns().iter().map(String::as_str).collect();
    if !extra.is_empty() {
        console.warn(&format!(
            "{}: {} is not in {} and is left out",
            data.name(),
            extra.join(", "),
            bins.source()
        ));
    }
    let absent: Vec<&str> = (bins.columns().iter().zip(counted.window.columns()))
        .filter(|(_, counts)| counts.rows == 0 && counted.window.rows() > 0)
        .map(|(column, _)| column.field.name.as_str())
        .collect();
    if !absent.is_empty() {
        console.warn(&format!(
            "{}: {} of {} is not here and counts no rows",
            data.name(),
            absent.join(", "),
            bins.source()
        ));
    }
    let reference = bins
        .with_rows_of(data.name(), &counted.window)
        .map_err(|error| Failure::new(format!("{}: {error}", data.name())))?;
    Ok(Baseline { reference, samples: None, summary: Some(summary) })
}

/// What the reference holds: `baseline.csv: 645 rows, 12 columns (9 features, 1 label; 7 numeric, 5 categorical)`.
fn holds(reference: &Reference) -> String {
    let tally = |name: fn(usize, &Reference) -> &'static str| {
        let mut tally: BTreeMap<&str, u64> = BTreeMap::new();
        for at in 0..reference.columns().len() {
            *tally.entry(name(at, reference)).or_default() += 1;
        }
        let mut tally: Vec<(&str, u64)> = tally.into_iter().collect();
        tally.sort_by_key(|(name, columns)| (core::cmp::Reverse(*columns), *name));
        let said: Vec<String> =
            tally.iter().map(|(name, n)| format!("{} {name}", count(*n))).collect();
        said.join(", ")
    };
    let columns = reference.columns();
    let mut text = format!(
        "{}: {}, {}",
        reference.source(),
        counted(reference.rows(), "row"),
        counted(columns.len() as u64, "column")
    );
    if !columns.is_empty() {
        text += &format!(
            "\n  by kind: {}\n  by role: {}",
            tally(|at, reference| reference.columns()[at].field.kind.name()),
            tally(|at, reference| reference.columns()[at].field.role.name()),
        );
    }
    text
}

fn written(destination: &Destination, bytes: usize, reference: &Reference) -> String {
    format!("wrote {destination}: {}, reference {}", in_bytes(bytes as u64), reference.id())
}
