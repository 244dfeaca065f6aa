//! Ctrl-C.

#![cfg(unix)]

use std::{
    fs::OpenOptions,
    io::Write as _,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{Folder, people};

/// The command, with Ctrl-C as in a terminal: a job in the background is started with SIGINT ignored, and so would be
/// what it starts.
fn attended(command: &Command) -> Command {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let is_ignored = ignored & (1 << (2 - 1)) != 0;
    let mut attended =
        Command::new(if is_ignored { "env".as_ref() } else { command.get_program() });
    if is_ignored {
        attended.arg("--default-signal=INT").arg(command.get_program());
    }
    attended.args(command.get_args()).current_dir(command.get_current_dir().unwrap());
    attended.stdin(Stdio::null());
    attended
}

fn interrupt(child: &Child) {
    assert!(
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success()
    );
}

/// How the run ended, within ten seconds.
fn ended(mut child: Child) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if begun.elapsed() > Duration::from_secs(10) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it did not stop");
        }
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn ctrl_c_stops_a_run_at_once_and_leaves_no_file() {
    let folder = Folder::with_twins();
    folder.write("report.json", "something older");
    let pipe = folder.0.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for arguments in [
        "compare baseline.csv pipe --format json -o report.json",
        "compare pipe current.csv --format json -o new.json",
        "profile pipe -o new.ref",
    ] {
        let mut command = attended(&folder.command(arguments));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Opening waits for the reader: from here on the run reads, and the pipe stays open and falls silent.
        let mut writer = OpenOptions::new().write(true).open(&pipe).unwrap();
        writer.write_all(people(3000, 5, 0.0).as_bytes()).unwrap();
        interrupt(&child);
        assert_eq!(ended(child), Some(130), "{arguments}");
        drop(writer);
    }
    assert_eq!(folder.read("report.json"), "something older");
    assert_eq!(folder.names(), ["baseline.csv", "current.csv", "pipe", "report.json"]);
}

#[test]
fn ctrl_c_while_a_file_is_written_leaves_it_whole_or_away() {
    let folder = Folder::with_twins();
    // Enough columns for the reference to take a while to be made and written.
    let names: Vec<String> = (0..300).map(|i| format!("c{i}")).collect();
    let mut csv = names.join(",") + "\n";
    for row in 0..500 {
        let cells: Vec<String> = (0..300).map(|column| format!("{}", row * 7 + column)).collect();
        csv += &(cells.join(",") + "\n");
    }
    folder.write("wide.csv", csv);
    let before = folder.names();
    for delay_millis in (0..120).step_by(4) {
        let mut command =
            attended(&folder.command("profile wide.csv -o new.json --format json --quiet"));
        let child = command.spawn().unwrap();
        thread::sleep(Duration::from_millis(delay_millis));
        interrupt(&child);
        let code = ended(child);
        let written = folder.0.join("new.json");
        if written.exists() {
            assert!(folder.read("new.json").ends_with("}\n"), "after {delay_millis} ms: {code:?}");
            std::fs::remove_file(written).unwrap();
        }
        assert_eq!(folder.names(), before, "after {delay_millis} ms: {code:?}");
    }
}
