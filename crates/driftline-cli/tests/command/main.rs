//! The `driftline` command as people and pipelines run it: the real binary, real files, its exit codes and its words.

#![expect(clippy::std_instead_of_core, reason = "tests of a program, which never runs without std")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod bad_input;
mod column;
mod convention;
mod exit_code;
mod format;
mod inputs;
mod inspect;
mod interrupt;
mod merge;
mod one_file;
mod profile;
mod replay;
mod rules;
mod segments;
#[cfg(feature = "server")]
mod store;
mod windows;
mod written_file;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// A folder of one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// A folder with `baseline.csv` and `current.csv`, which do not drift.
    fn with_twins() -> Folder {
        let folder = Folder::new();
        folder.write("baseline.csv", people(1000, 1, 0.0));
        folder.write("current.csv", people(1000, 2, 0.0));
        folder
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_driftline"));
        command.current_dir(&self.0).args(arguments.split(' ')).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command
    }

    /// Runs `driftline` with arguments that hold no blanks.
    fn run(&self, arguments: &str) -> Ran {
        Ran::new(self.command(arguments).output().unwrap(), arguments)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a run said, and how it ended.
struct Ran {
    arguments: String,
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ran {
    fn new(output: Output, arguments: &str) -> Ran {
        let ran = Ran {
            arguments: arguments.into(),
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(!ran.err.contains("panicked"), "{arguments}: {}", ran.err);
        ran
    }

    #[track_caller]
    fn ends_with(&self, code: i32) -> &Ran {
        let Ran { arguments, out, err, .. } = self;
        assert_eq!(self.code, Some(code), "driftline {arguments}\n{out}\n{err}");
        self
    }

    #[track_caller]
    fn says(&self, part: &str) -> &Ran {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words(&self.out).contains(part),
            "{}: no {part:?} in\n{}",
            self.arguments,
            self.out
        );
        self
    }

    #[track_caller]
    fn warns(&self, part: &str) -> &Ran {
        assert!(self.err.contains(part), "{}: no {part:?} in\n{}", self.arguments, self.err);
        self
    }

    #[track_caller]
    fn is_silent(&self) -> &Ran {
        assert_eq!(self.err, "", "{}", self.arguments);
        self
    }
}

/// A request every minute from 2024-01-01 on, each a number around `shift(row)`, a country, a model's answer and what
/// turned out to be true, how long it took and whether it failed; the same for the same seed.
fn requests(rows: u32, seed: u64, shift: impl Fn(u32) -> f64) -> String {
    let mut csv = String::from("at,age,country,probability,prediction,label,latency_ms,error\n");
    for (row, line) in people(rows, seed, 0.0).lines().skip(1).enumerate() {
        let row = row as u32;
        let (age, country) = line.split_once(',').unwrap();
        let age = age.parse::<f64>().unwrap() + shift(row);
        let (day, hour, minute) = (1 + row / 1440, row / 60 % 24, row % 60);
        let probability = f64::from(row * 7 % 100) / 100.0;
        let prediction = u8::from(probability > 0.5);
        let label = u8::from(probability + f64::from(row * 13 % 7) / 20.0 > 0.6);
        let latency = 20 + row * 11 % 50;
        let error = u8::from(row.is_multiple_of(50));
        csv += &format!(
            "2024-01-{day:02}T{hour:02}:{minute:02}:00Z,{age:.3},{country},{probability},{prediction},{label},{latency},{error}\n"
        );
    }
    csv
}

/// Rows of a number around `shift` and a city, the same for the same seed.
fn people(rows: u32, seed: u64, shift: f64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut csv = String::from("age,city\n");
    for _ in 0..rows {
        let age = shift + 10.0 * (next() + next() + next());
        let city = ["Oslo", "Rome", "Lima"][(next() * 3.0) as usize];
        csv += &format!("{age:.3},{city}\n");
    }
    csv
}
