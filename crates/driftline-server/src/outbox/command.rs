//! Orders that a program of this machine carries out, where whoever runs the service has enabled it by name.
//!
//! A spec can only name a command (`rails.url = "command:NAME"`); which program that is, and its arguments, the service's own
//! settings say. There is no shell, and nothing of an order becomes an argument: the order comes as JSON on standard input
//! and by these variables, in an environment that otherwise holds `PATH` alone.
//!
//! | variable | is |
//! |---|---|
//! | `DRIFTLINE_ID` | the order's id: the same at every attempt |
//! | `DRIFTLINE_ACTION` | `rollback` or `scale_down` |
//! | `DRIFTLINE_MODEL`, `DRIFTLINE_TARGET` | the model, and the target of its rails |
//! | `DRIFTLINE_INCIDENT` | the incident |
//! | `DRIFTLINE_CURRENT_VERSION`, `DRIFTLINE_TARGET_VERSION` | from and to which version; empty where it is not known |
//! | `DRIFTLINE_NOT_AFTER` | when to do nothing any more |
//!
//! Exit code 0 says that it is done; anything else is tried again, like a webhook that fails. A program that takes longer than
//! its time is killed with all that it has started.

use std::{
    collections::BTreeMap,
    fmt,
    io::{Read, Write as _},
    process::{Child, Command as Process, ExitStatus, Stdio},
    str::FromStr,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use driftline_core::trigger::COMMAND_SCHEME;
use serde_json::Value;

use super::Delivery;
use crate::store::OutboxRow;

/// Bytes of what a program says that are told; the rest is read and dropped.
const MOST_SAID: usize = 1 << 10;
/// How often a program that runs is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long a program's last words are waited for once it has ended.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Where programs look for others.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A program under a name: `NAME=PROGRAM`, or `NAME=["PROGRAM", "ARGUMENT", …]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCommand {
    /// What a spec calls it.
    pub name: String,
    /// The program, and its arguments, as they are.
    pub line: Vec<String>,
}

/// Why a text is no command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLineError(String);

impl fmt::Display for CommandLineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for CommandLineError {}

impl FromStr for NamedCommand {
    type Err = CommandLineError;

    fn from_str(text: &str) -> Result<NamedCommand, CommandLineError> {
        let wrong = |expected: &str| CommandLineError(format!("{expected}, found {text:?}"));
        let (name, line) =
            text.split_once('=').ok_or_else(|| wrong("NAME=PROGRAM or NAME=[\"PROGRAM\", …]"))?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if name.is_empty() || !name.bytes().all(is_plain) {
            return Err(wrong("a name of letters, digits, - and _"));
        }
        let line: Vec<String> = if line.starts_with('[') {
            serde_json::from_str(line)
                .map_err(|_| wrong("a JSON array of the program and its arguments"))?
        } else {
            vec![line.to_string()]
        };
        if !line.first().is_some_and(|program| program.starts_with('/')) {
            return Err(wrong("a program by its whole path"));
        }
        Ok(NamedCommand { name: name.into(), line })
    }
}

/// The programs that are enabled.
#[derive(Clone, Debug)]
pub struct Commands {
    by_name: BTreeMap<String, Vec<String>>,
    timeout: Duration,
}

impl Default for Commands {
    fn default() -> Commands {
        Commands { by_name: BTreeMap::new(), timeout: Duration::from_secs(30) }
    }
}

impl Commands {
    /// These, each of which may take so long.
    pub fn new(commands: Vec<NamedCommand>, timeout: Duration) -> Commands {
        let by_name = commands.into_iter().map(|command| (command.name, command.line)).collect();
        Commands { by_name, timeout }
    }

    /// Whether an address names a command.
    pub(super) fn takes(url: &str) -> bool {
        url.starts_with(COMMAND_SCHEME)
    }

    /// Has an order carried out.
    pub(super) fn deliver(&self, row: &OutboxRow) -> Delivery {
        let name = row.url.strip_prefix(COMMAND_SCHEME).unwrap_or_default();
        let Some((program, arguments)) = self.by_name.get(name).and_then(|line| line.split_first())
        else {
            let why = format!(
                "not run: expected a command that this server has enabled (--command), found {name}"
            );
            return Delivery::Refused { status: None, why };
        };
        let mut process = Process::new(program);
        process
            .args(arguments)
            .env_clear()
            .env("PATH", PATH)
            .envs(variables(row))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        let failed = |why: String| Delivery::Failed { status: None, retry_after: None, why };
        let child = match process.spawn() {
            Ok(child) => child,
            Err(error) => return failed(format!("{program}: {error}")),
        };
        let (ended, said) = self.attend(child, row.body.clone());
        let said = if said.is_empty() { said } else { format!(": {said}") };
        match ended {
            Some(status) if status.success() => Delivery::Accepted { status: None },
            Some(status) => failed(format!("{name}: {status}{said}")),
            None => {
                let seconds = self.timeout.as_secs_f64();
                failed(format!("{name}: killed, it took longer than {seconds} s{said}"))
            }
        }
    }

    /// Feeds a program and hears it until it ends, or its time does.
    fn attend(&self, mut child: Child, order: Vec<u8>) -> (Option<ExitStatus>, String) {
        let began = Instant::now();
        if let Some(mut input) = child.stdin.take() {
            // A program need not read: then the pipe breaks, and that is all.
            thread::spawn(move || drop(input.write_all(&order)));
        }
        let (sender, words) = mpsc::channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
            child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            thread::spawn(move || drop(sender.send(hear(output))));
        }
        drop(sender);
        let ended = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if began.elapsed() < self.timeout => thread::sleep(LOOK_EVERY),
                _ => break None,
            }
        };
        // With all that it has started: what goes on in the background would act unseen.
        kill_group(&mut child);
        let until = Instant::now() + LAST_WORDS;
        let mut said = String::new();
        while let Ok(more) = words.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if !said.is_empty() && !more.is_empty() {
                said.push_str(", ");
            }
            said.push_str(&more);
        }
        (ended, said)
    }
}

#[cfg(unix)]
fn kill_group(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // There may be nobody left.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// The beginning of what a pipe says, in one line; the rest is read, so that nobody is held up, and dropped.
fn hear(mut pipe: Box<dyn Read + Send>) -> String {
    let mut kept = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(bytes @ 1..) = pipe.read(&mut piece) {
        let room = MOST_SAID.saturating_sub(kept.len()).min(bytes);
        kept.extend_from_slice(&piece[..room]);
    }
    let text = String::from_utf8_lossy(&kept);
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What a program is told of an order.
fn variables(row: &OutboxRow) -> Vec<(&'static str, String)> {
    let order: Value = serde_json::from_slice(&row.body).unwrap_or_default();
    let of = |key: &str| {
        // What no environment can hold is left out.
        order[key].as_str().unwrap_or_default().replace('\0', "")
    };
    vec![
        ("DRIFTLINE_ID", row.event.clone()),
        ("DRIFTLINE_MODEL", row.endpoint.split_once('/').map_or("", |(_, model)| model).into()),
        ("DRIFTLINE_ACTION", of("action")),
        ("DRIFTLINE_TARGET", of("target")),
        ("DRIFTLINE_INCIDENT", of("incident")),
        ("DRIFTLINE_CURRENT_VERSION", of("expected_current_version")),
        ("DRIFTLINE_TARGET_VERSION", of("target_version")),
        ("DRIFTLINE_NOT_AFTER", of("not_after")),
    ]
}

#[cfg(all(test, unix))]
mod tests {
    use driftline_core::time::Timestamp;

    use super::*;

    fn order(name: &str) -> OutboxRow {
        OutboxRow {
            event: "id-1".into(),
            endpoint: "action/fraud".into(),
            subject: "incident".into(),
            method: "POST".into(),
            url: format!("command:{name}"),
            headers: Vec::new(),
            body: br#"{"action": "rollback", "target": "$(id)", "target_version": "1; reboot"}"#
                .to_vec(),
            created: Timestamp::EPOCH,
            not_after: None,
            replaces: false,
        }
    }

    /// A shell as the program, whose script is a fixed argument.
    fn run(script: &str, timeout: Duration) -> Delivery {
        let line = vec!["/bin/sh".into(), "-c".into(), script.into()];
        let commands = vec![NamedCommand { name: "it".into(), line }];
        Commands::new(commands, timeout).deliver(&order("it"))
    }

    fn why(delivery: Delivery) -> String {
        match delivery {
            Delivery::Failed { status: None, why, .. } => why,
            other => panic!("expected a failure, found {other:?}"),
        }
    }

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn a_program_is_told_the_order_and_nothing_of_the_server() {
        let script = r#"test "$DRIFTLINE_ID/$DRIFTLINE_ACTION/$DRIFTLINE_MODEL" = id-1/rollback/fraud &&
            test "$DRIFTLINE_TARGET/$DRIFTLINE_TARGET_VERSION" = '$(id)/1; reboot' &&
            test -z "$CARGO_MANIFEST_DIR$HOME" && grep -q '"action": "rollback"'"#;
        assert_eq!(run(script, LONG), Delivery::Accepted { status: None });
    }

    #[test]
    fn what_fails_says_why_and_is_tried_again() {
        assert_eq!(
            why(run("echo no such model >&2; exit 3", LONG)),
            "it: exit status: 3: no such model"
        );
        let long = why(run("yes | head -c 1000000; exit 1", LONG));
        assert!(long.len() < 2000, "{}", long.len());
        let commands = Commands::new(vec!["it=/nowhere/at-all".parse().unwrap()], LONG);
        assert!(why(commands.deliver(&order("it"))).starts_with("/nowhere/at-all: "));
    }

    #[test]
    fn what_takes_too_long_is_killed_with_its_children() {
        let began = Instant::now();
        let said = why(run("sleep 30 & sleep 30", Duration::from_millis(200)));
        assert!(said.contains("killed, it took longer than 0.2 s"), "{said}");
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn only_what_is_enabled_is_run() {
        let refused = Commands::default().deliver(&order("it"));
        assert!(matches!(refused, Delivery::Refused { status: None, .. }), "{refused:?}");
    }

    #[test]
    fn a_command_is_a_name_and_a_fixed_line() {
        let parse = |text: &str| text.parse::<NamedCommand>().map(|command| command.line.len());
        assert_eq!(parse("it=/bin/true"), Ok(1));
        assert_eq!(parse(r#"it=["/bin/echo", "a b", "$(id)"]"#), Ok(3));
        for wrong in
            ["/bin/true", "=/bin/true", "a b=/bin/true", "it=true", "it=[]", "it=[1]", "it="]
        {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
