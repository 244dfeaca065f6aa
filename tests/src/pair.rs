//! Two files, each in pieces, read to an intake by the path that every front takes.

use driftline_core::{
    convention::ConventionCounter, monitor::Monitor, reference::Reference, window::Plan,
};
use driftline_data::{
    Baseline, BaselineIntake, ConventionIntake, Current, CurrentIntake, Intake, ReadError,
    ReadOptions,
};

/// A file's bytes as they arrive: in one piece or in many, of which any may be empty.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    source: &'a str,
    pieces: Vec<&'a [u8]>,
}

impl<'a> Pieces<'a> {
    /// All bytes at once; `source` is the file's base name.
    pub fn whole(source: &'a str, bytes: &'a [u8]) -> Pieces<'a> {
        Pieces { source, pieces: vec![bytes] }
    }

    /// The bytes cut before each of the places `at`, in any order; places past the end give empty pieces.
    pub fn cut(source: &'a str, bytes: &'a [u8], at: &[usize]) -> Pieces<'a> {
        let mut at: Vec<usize> = at.iter().map(|place| (*place).min(bytes.len())).collect();
        at.sort_unstable();
        let mut pieces = Vec::with_capacity(at.len() + 1);
        let mut start = 0;
        for end in at {
            pieces.push(&bytes[start..end]);
            start = end;
        }
        pieces.push(&bytes[start..]);
        Pieces { source, pieces }
    }

    /// The bytes in pieces of `size`.
    pub fn of_size(source: &'a str, bytes: &'a [u8], size: usize) -> Pieces<'a> {
        Pieces { source, pieces: bytes.chunks(size.max(1)).collect() }
    }
}

/// Reads a baseline, with the kinds that `monitor`'s spec gives.
///
/// # Errors
/// As for [`BaselineIntake`].
pub fn read_baseline(file: &Pieces<'_>, monitor: &Monitor) -> Result<Baseline, ReadError> {
    let options = ReadOptions { kinds: monitor.spec().kinds(), ..ReadOptions::default() };
    let mut intake = BaselineIntake::new(file.source, options, monitor);
    for piece in &file.pieces {
        intake.push(piece)?;
    }
    intake.finish()
}

/// Counts a current file on a reference.
///
/// # Errors
/// As for [`CurrentIntake`].
pub fn read_current(
    file: &Pieces<'_>,
    reference: &Reference,
    plan: Plan,
) -> Result<Current, ReadError> {
    read_files(core::slice::from_ref(file), reference, plan)
}

/// Counts current files on a reference, one after the other.
///
/// # Errors
/// As for [`CurrentIntake`].
///
/// # Panics
/// Of no files.
pub fn read_files(
    files: &[Pieces<'_>],
    reference: &Reference,
    plan: Plan,
) -> Result<Current, ReadError> {
    let mut intake = CurrentIntake::new(files[0].source, ReadOptions::default(), reference, plan);
    for (at, file) in files.iter().enumerate() {
        if at > 0 {
            intake.next_file(file.source)?;
        }
        for piece in &file.pieces {
            intake.push(piece)?;
        }
    }
    intake.finish()
}

/// Reads both files again where the convention's tool bins them together.
///
/// # Errors
/// As for [`ConventionIntake`].
pub fn read_again(
    intake: &mut Intake,
    baseline: &Pieces<'_>,
    current: &Pieces<'_>,
    monitor: &Monitor,
) -> Result<(), ReadError> {
    let Some(plan) = intake.convention_plan(monitor) else { return Ok(()) };
    let mut counter = ConventionCounter::new(plan);
    for file in [baseline, current] {
        let options = ReadOptions::default();
        let mut again = ConventionIntake::new(file.source, options, &intake.reference, counter);
        for piece in &file.pieces {
            again.push(piece)?;
        }
        counter = again.finish()?;
    }
    intake.recount = Some(counter.finish());
    Ok(())
}

/// Reads both files; the baseline twice where the spec asks for segments, both twice where its convention does.
///
/// # Errors
/// As for [`read_baseline`], [`read_current`] and [`read_again`].
///
/// # Panics
/// Where the spec asks for windows or segments that the baseline has no column for.
pub fn read_pair(
    baseline: &Pieces<'_>,
    current: &Pieces<'_>,
    monitor: &Monitor,
) -> Result<Intake, ReadError> {
    let read = read_baseline(baseline, monitor)?;
    let plan = monitor.plan(&read.reference).expect("the baseline has the columns asked for");
    let counted = read_current(current, &read.reference, plan)?;
    let again = monitor.plan_of_baseline(&read.reference);
    let segments = if again.groups.is_empty() {
        Vec::new()
    } else {
        read_current(baseline, &read.reference, again)?.counted.groups
    };
    let mut intake = Intake::new(read, counted, segments);
    read_again(&mut intake, baseline, current, monitor)?;
    Ok(intake)
}
