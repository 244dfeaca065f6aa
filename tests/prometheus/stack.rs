//! Prometheus and Alertmanager as plain processes, by the shipped configuration with other addresses and shorter times.

use std::{
    env, fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use driftline_core::{export, policy::Policy};
use driftline_tests::sets::workspace;
use serde_json::Value;

use crate::http;

/// A process that ends with the test.
#[derive(Debug)]
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[derive(Debug)]
pub(crate) struct Stack {
    folder: PathBuf,
    processes: Vec<Process>,
    pub(crate) prometheus: u16,
    pub(crate) alertmanager: u16,
}

/// The text with all of `pairs` replaced, each of which it must hold.
fn replaced(text: &str, pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "expected {from:?} in\n{text}");
        text.replace(from, to)
    })
}

/// A folder of this process and this name.
pub(crate) fn folder(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("driftline-{name}-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Stack {
    /// Scrapes `targets` every second, and sends alerts to the webhook on port `receiver`.
    pub(crate) fn start(policy: &Policy, targets: &[u16], receiver: u16, token: &str) -> Stack {
        let folder = folder("prometheus");
        let (prometheus, alertmanager) = (free_port(), free_port());
        let mut stack = Stack { folder, processes: Vec::new(), prometheus, alertmanager };
        let token_file = stack.write("token", token);
        let targets: Vec<String> =
            targets.iter().map(|port| format!("\"127.0.0.1:{port}\"")).collect();
        let shipped =
            |path: &str| fs::read_to_string(workspace().join("deploy").join(path)).unwrap();
        let config = replaced(
            &shipped("prometheus/prometheus.yml"),
            &[
                ("scrape_interval: 15s", "scrape_interval: 1s"),
                ("evaluation_interval: 15s", "evaluation_interval: 1s"),
                ("\"driftline:8000\"", &targets.join(", ")),
                ("\"alertmanager:9093\"", &format!("\"127.0.0.1:{alertmanager}\"")),
                ("\"127.0.0.1:9090\"", &format!("\"127.0.0.1:{prometheus}\"")),
                ("/run/secrets/prometheus_token", &token_file),
            ],
        );
        let rules = export::prometheus(policy).rules;
        stack.write("rules.yml", &replaced(&rules, &[("interval: 1m", "interval: 1s")]));
        let config = stack.write("prometheus.yml", &config);
        let route = replaced(
            &shipped("alertmanager/alertmanager.yml"),
            &[
                (export::WEBHOOK_URL, &format!("http://127.0.0.1:{receiver}/v1/alertmanager")),
                ("/run/secrets/alertmanager_token", &token_file),
            ],
        );
        let route = stack.write("alertmanager.yml", &route);
        let data = |name: &str| stack.folder.join(name).to_string_lossy().into_owned();
        let (of_prometheus, of_alertmanager) = (data("prometheus"), data("alertmanager"));
        stack.spawn(
            &["prometheus"],
            &[
                format!("--config.file={config}"),
                format!("--storage.tsdb.path={of_prometheus}"),
                format!("--web.listen-address=127.0.0.1:{prometheus}"),
            ],
        );
        // Debian's package has another name for it.
        stack.spawn(
            &["alertmanager", "prometheus-alertmanager"],
            &[
                format!("--config.file={route}"),
                format!("--storage.path={of_alertmanager}"),
                format!("--web.listen-address=127.0.0.1:{alertmanager}"),
                "--cluster.listen-address=".into(),
            ],
        );
        for port in [prometheus, alertmanager] {
            stack.wait("readiness", Duration::from_secs(20), || http::get(port, "/-/ready").ok());
        }
        stack
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.folder.join(name);
        fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }

    fn spawn(&mut self, names: &[&str], args: &[String]) {
        for name in names {
            let log = fs::File::create(self.log(names[0])).unwrap();
            let spawned = Command::new(name)
                .args(args)
                .current_dir(&self.folder)
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn();
            match spawned {
                Ok(child) => return self.processes.push(Process(child)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => panic!("{name}: {error}"),
            }
        }
        panic!(
            "{} is missing; install it with: apt-get install -y prometheus prometheus-alertmanager",
            names[0]
        );
    }

    fn log(&self, name: &str) -> PathBuf {
        Path::new(&self.folder).join(format!("{name}.log"))
    }

    /// What `look` finds, which is looked for several times a second.
    pub(crate) fn wait<T>(
        &self,
        what: &str,
        at_most: Duration,
        mut look: impl FnMut() -> Option<T>,
    ) -> T {
        let start = Instant::now();
        while start.elapsed() < at_most {
            if let Some(found) = look() {
                return found;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let logs = ["prometheus", "alertmanager"]
            .map(|name| fs::read_to_string(self.log(name)).unwrap_or_default());
        panic!("no {what} within {at_most:?}\n{}", logs.join("\n"));
    }

    /// The samples of an instant query: labels, and the value.
    pub(crate) fn query(&self, expr: &str) -> Vec<(Value, f64)> {
        self.ask(&format!("/api/v1/query?query={}", http::encoded(expr)), expr)
    }

    /// The same at an instant, in seconds since 1970.
    pub(crate) fn query_at(&self, expr: &str, time: f64) -> Vec<(Value, f64)> {
        self.ask(&format!("/api/v1/query?time={time:.3}&query={}", http::encoded(expr)), expr)
    }

    fn ask(&self, path: &str, expr: &str) -> Vec<(Value, f64)> {
        let answer = http::get(self.prometheus, path);
        let answer: Value =
            serde_json::from_str(&answer.unwrap_or_else(|said| panic!("{expr}: {said}"))).unwrap();
        let result = answer["data"]["result"].as_array().unwrap();
        result
            .iter()
            .map(|sample| {
                (
                    sample["metric"].clone(),
                    sample["value"][1].as_str().unwrap().parse().unwrap_or(f64::NAN),
                )
            })
            .collect()
    }

    /// The value of a query that gives one sample.
    pub(crate) fn value(&self, expr: &str) -> Option<f64> {
        let samples = self.query(expr);
        assert!(samples.len() < 2, "{expr}: {samples:?}");
        samples.first().map(|(_, value)| *value)
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.processes.clear();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
