//! Two files, each in pieces, read to an intake by the path that every front takes.

use driftline_core::{monitor::Monitor, reference::Reference, report::Problem, window::Window};
use driftline_data::{BaselineIntake, CurrentIntake, Intake, ReadError, ReadOptions};

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
pub fn read_baseline(
    file: &Pieces<'_>,
    monitor: &Monitor,
) -> Result<(Reference, Vec<Problem>), ReadError> {
    let options = ReadOptions { kinds: monitor.spec().kinds(), ..ReadOptions::default() };
    let mut intake = BaselineIntake::new(file.source, options, monitor);
    for piece in &file.pieces {
        intake.push(piece)?;
    }
    let (reference, summary) = intake.finish()?;
    Ok((reference, summary.map(|summary| summary.problems).unwrap_or_default()))
}

/// Counts a current file on a reference.
///
/// # Errors
/// As for [`CurrentIntake`].
pub fn read_current(
    file: &Pieces<'_>,
    reference: &Reference,
) -> Result<(Window, Vec<Problem>), ReadError> {
    let mut intake = CurrentIntake::new(file.source, ReadOptions::default(), reference);
    for piece in &file.pieces {
        intake.push(piece)?;
    }
    let (window, summary) = intake.finish()?;
    Ok((window, summary.problems))
}

/// Reads both files.
///
/// # Errors
/// As for [`read_baseline`] and [`read_current`].
pub fn read_pair(
    baseline: &Pieces<'_>,
    current: &Pieces<'_>,
    monitor: &Monitor,
) -> Result<Intake, ReadError> {
    let (reference, mut problems) = read_baseline(baseline, monitor)?;
    let (window, of_current) = read_current(current, &reference)?;
    problems.extend(of_current);
    Ok(Intake { reference, window, source: current.source.into(), problems })
}
