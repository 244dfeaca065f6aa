//! `driftline serve` as a process of its own.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use serde_json::Value;

use crate::{http, stack::Process};

/// The program that was built with this test, or the one that `DRIFTLINE_BIN` names.
fn binary() -> PathBuf {
    let built = env::current_exe().unwrap().parent().unwrap().with_file_name("driftline");
    let binary = env::var_os("DRIFTLINE_BIN").map_or(built, PathBuf::from);
    assert!(
        binary.exists(),
        "{} is missing; build it with: cargo build -p driftline-cli",
        binary.display()
    );
    binary
}

/// A running server, ended with its test.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    token: String,
    _process: Process,
}

impl Server {
    /// Keeps what it keeps, and the file of its tokens, in a folder of its own below `folder`.
    pub(crate) fn start(folder: &Path, name: &str, tokens: &Tokens, arguments: &[&str]) -> Server {
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "json", "--replica", name])
            .args(["--token-file", &tokens.file, "--data"])
            .arg(folder.join(name))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let process = Process(child);
        let mut said = Vec::new();
        let port = loop {
            let Some(Ok(line)) = lines.next() else { panic!("{name} ended and said {said:?}") };
            let told: Value = serde_json::from_str(&line).unwrap_or_default();
            if let ("listening", Some(address)) =
                (told["message"].as_str().unwrap_or_default(), told["address"].as_str())
            {
                break address.rsplit(':').next().unwrap().parse().unwrap();
            }
            said.push(line);
        };
        // Read on, so that it never waits for us.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Server { port, token: tokens.operator.clone(), _process: process }
    }

    /// The answer's body, where it is one of success.
    pub(crate) fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> String {
        let answer = http::send(self.port, method, path, &self.token, kind, body);
        answer.unwrap_or_else(|said| panic!("{method} {path}: {said}"))
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.ask("GET", path, "", "")).unwrap()
    }
}

/// Who may ask all servers of a test.
#[derive(Debug)]
pub(crate) struct Tokens {
    file: String,
    /// May do everything.
    pub(crate) operator: String,
}

impl Tokens {
    pub(crate) fn new(folder: &Path) -> Tokens {
        fs::create_dir_all(folder).unwrap();
        let file = folder.join("tokens").to_string_lossy().into_owned();
        let made = Command::new(binary())
            .args(["token", "operator", "--scopes", "ingest,read,admin", "--token-file", &file])
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        Tokens { file, operator: String::from_utf8(made.stdout).unwrap().trim().into() }
    }
}
