//! `driftline serve` as a process of its own, asked over real sockets.

#![cfg(all(feature = "server", unix))]
#![expect(clippy::std_instead_of_core, reason = "tests of a program, which never runs without std")]
#![expect(
    clippy::std_instead_of_alloc,
    reason = "tests of a program, which never runs without std"
)]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod answers;
mod faults;
mod limits;
mod rollback;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

/// DESIGN's event.
const EVENT: &str = r#"{"features": {"transaction_amount": 150.0, "transaction_hour": 14, "days_since_last_transaction": 1.5,
    "transaction_count_24h": 3, "distance_from_home": 5.0},
    "prediction": "legitimate", "probability": 0.88, "latency_ms": 12.5}"#;

fn sample(name: &str) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/samples/transactions").join(name);
    path.to_string_lossy().into_owned()
}

/// A folder of one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("serve-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, content: &str) -> String {
        fs::write(self.0.join(name), content).unwrap();
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A running server, ended with its test.
struct Server {
    child: Child,
    address: SocketAddr,
    /// From the start of the process to its first line that says where it listens.
    started_in: Duration,
}

impl Server {
    fn start(folder: &Folder, arguments: &[&str]) -> Server {
        Server::start_with(folder, arguments, &[])
    }

    fn start_with(folder: &Folder, arguments: &[&str], environment: &[(&str, &str)]) -> Server {
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_driftline"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "json",
                "--data",
                &folder.path("data"),
            ])
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = Vec::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else { panic!("it ended and said {said:?}") };
            let told: Value = serde_json::from_str(&line).unwrap_or_default();
            if told["message"] == "listening" {
                let address = told["address"].as_str().unwrap();
                break address.strip_prefix("http://").unwrap().parse().unwrap();
            }
            said.push(line);
        };
        // Read on, so that it never waits for us.
        thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Server { child, address, started_in: began.elapsed() }
    }

    fn client(&self) -> Client {
        Client::new(self.address)
    }

    fn get(&self, target: &str) -> Answer {
        self.client().send("GET", target, &[], b"")
    }

    fn post(&self, target: &str, body: &str) -> Answer {
        self.client().send("POST", target, &[JSON], body.as_bytes())
    }

    fn signal(&self, name: &str) {
        let process = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &process]).status().unwrap().success());
    }

    /// Waits for its end.
    fn ended(&mut self, within: Duration) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < within, "it still runs after {within:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn stop(mut self) {
        self.signal("-TERM");
        assert!(self.ended(Duration::from_secs(15)).success());
    }

    /// Bytes of memory: `VmRSS` for now, `VmHWM` for the most so far.
    fn memory(&self, which: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(which)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
    }

    /// Rows that the model `default` has counted.
    fn rows(&self) -> u64 {
        self.get("/health").json()["models"][0]["rows"].as_u64().unwrap_or(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// A connection that is kept.
struct Client(BufReader<TcpStream>);

#[derive(Debug)]
struct Answer {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Client {
    fn new(address: SocketAddr) -> Client {
        Client::try_new(address).unwrap()
    }

    fn try_new(address: SocketAddr) -> std::io::Result<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Client(BufReader::new(stream)))
    }

    fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.try_send(method, target, headers, body).unwrap()
    }

    fn try_send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let mut request = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let mut bytes = request.into_bytes();
        bytes.extend_from_slice(body);
        self.0.get_mut().write_all(&bytes)?;
        self.read(method == "HEAD")
    }

    fn read(&mut self, is_head: bool) -> std::io::Result<Answer> {
        let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status =
            line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
        let mut headers = BTreeMap::new();
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(cut());
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) => {
                    drop(headers.insert(name.to_ascii_lowercase(), value.to_string()))
                }
                None => break,
            }
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; if is_head { 0 } else { length }];
        self.0.read_exact(&mut body)?;
        Ok(Answer { status, headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

/// Asks until what is wanted is there.
fn eventually<T>(within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < within, "not there after {within:?}");
        thread::sleep(Duration::from_millis(50));
    }
}
