//! How far the reading is: one line on standard error, for those who wait and look on.

use std::{
    io::{self, Write as _},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use driftline_charts::wording;

use crate::console::Console;

/// Readings that end sooner are not talked about.
const PATIENCE: Duration = Duration::from_millis(500);
const BETWEEN_DRAWINGS: Duration = Duration::from_millis(100);

/// Whether the line is on the screen.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// The line about one file; gone when dropped.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    source: &'a str,
    total_bytes: Option<u64>,
    begun: Instant,
    next_drawing: Option<Instant>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(console: Console, source: &'a str, total_bytes: Option<u64>) -> Progress<'a> {
        let begun = Instant::now();
        let next_drawing = console.shows_progress().then(|| begun + PATIENCE);
        Progress { source, total_bytes, begun, next_drawing }
    }

    /// So much has been read.
    pub(crate) fn at(&mut self, bytes: u64, rows: u64) {
        let now = Instant::now();
        if self.next_drawing.is_some_and(|next| now >= next) {
            self.next_drawing = Some(now + BETWEEN_DRAWINGS);
            let line = line(self.source, bytes, self.total_bytes, rows, now - self.begun);
            SHOWN.store(true, Ordering::Relaxed);
            let _ = write!(io::stderr().lock(), "\r\x1b[K{line}");
        }
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        clear();
    }
}

/// Takes the line off the screen.
pub(crate) fn clear() {
    if SHOWN.swap(false, Ordering::Relaxed) {
        let _ = write!(io::stderr().lock(), "\r\x1b[K");
    }
}

fn line(source: &str, bytes: u64, total: Option<u64>, rows: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let mut line = format!("Reading {}: ", wording::printable(source));
    match total.filter(|total| *total > 0) {
        Some(total) => {
            let percent = (bytes.min(total) as f64 / total as f64 * 100.0).floor();
            line += &format!("{percent} %, {} of {}", in_bytes(bytes), in_bytes(total));
        }
        None => line += &in_bytes(bytes),
    }
    if rows > 0 {
        let per_second = wording::count((rows as f64 / seconds).round() as u64);
        line += &format!(", {per_second} rows/s");
    }
    if let Some(total) = total.filter(|total| bytes > 0 && *total > bytes) {
        let left = (total - bytes) as f64 / bytes as f64 * seconds;
        line += &format!(", {} left", in_time(left.ceil() as u64));
    }
    line
}

/// So many bytes, for people: `267 MB`.
pub(crate) fn in_bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return wording::counted(bytes, "byte");
    }
    let mut value = bytes as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    let decimals = usize::from(value < 9.95);
    format!("{value:.decimals$} {}", UNITS[unit])
}

fn in_time(seconds: u64) -> String {
    match seconds {
        0..100 => format!("{seconds} s"),
        100..6000 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_two_or_three_digits() {
        for (bytes, expected) in [
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (16_200, "16 kB"),
            (999_499, "999 kB"),
            (999_500, "1.0 MB"),
            (267_000_000, "267 MB"),
            (u64::MAX, "18447 PB"),
        ] {
            assert_eq!(in_bytes(bytes), expected);
        }
    }

    #[test]
    fn the_line_says_what_is_known_and_no_more() {
        let second = Duration::from_secs(1);
        for (bytes, total, rows, expected) in [
            (0, None, 0, "Reading a.csv: 0 bytes"),
            (5_000_000, None, 100_000, "Reading a.csv: 5.0 MB, 100,000 rows/s"),
            (
                50_000_000,
                Some(200_000_000),
                1_000,
                "Reading a.csv: 25 %, 50 MB of 200 MB, 1,000 rows/s, 3 s left",
            ),
            (200, Some(200), 0, "Reading a.csv: 100 %, 200 bytes of 200 bytes"),
        ] {
            assert_eq!(line("a.csv", bytes, total, rows, second), expected);
        }
    }
}
