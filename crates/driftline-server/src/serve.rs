//! A service from its start to its end: the address, the store, what it is told at the start, the clock, the signals.

use std::{
    fmt, io,
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use driftline_api::{Command, event::DEFAULT_MODEL};
use serde_json::json;
use tokio::task::spawn_blocking;

pub use driftline_api::Settings;

use crate::{
    demo::Demo,
    host::Host,
    http::{self, Server},
    log::Log,
    outbox::DeliverySettings,
    store::{self, Health, Refusal, StoreError},
};

/// How often the clock is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long threads may take to let go of the state after the last request.
const LET_GO: Duration = Duration::from_secs(5);

/// What a service is.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Whether it may listen where others reach it although it knows no token.
    pub allow_open: bool,
    /// The folder for all that is kept.
    pub data: PathBuf,
    /// How much is kept.
    pub store: store::Options,
    /// How requests are taken.
    pub http: http::Settings,
    /// How orders are sent.
    pub delivery: DeliverySettings,
    /// The spec, and how many events a baseline is learnt from; from each start on as given here.
    pub station: Settings,
    /// The baseline of the model `default`, in its compact form.
    pub baseline: Option<Vec<u8>>,
    /// Events of its own.
    pub demo: Option<Demo>,
}

/// Why a service did not start, or ended.
#[derive(Debug)]
pub enum ServeError {
    /// Others could reach it, and everybody could change everything.
    Open(SocketAddr),
    /// The address cannot be listened at.
    Listen(SocketAddr, io::Error),
    /// The store cannot be opened.
    Store(StoreError),
    /// What it was told at the start does not go: the spec, the baseline.
    Start(String),
    /// The system gives no threads.
    Threads(io::Error),
    /// The store ended.
    Ended(Refusal),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::Open(address) => write!(
                f,
                "{address}: expected a token file or an address of this machine alone such as 127.0.0.1: whoever reaches this \
                 one could change everything"
            ),
            ServeError::Listen(address, error) if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "{address}: in use by another program; choose another port")
            }
            ServeError::Listen(address, error) => write!(f, "{address}: {error}"),
            ServeError::Store(error) => error.fmt(f),
            ServeError::Start(why) => f.write_str(why),
            ServeError::Threads(error) => write!(f, "no threads: {error}"),
            ServeError::Ended(refusal) => write!(f, "the store ended: {refusal}"),
        }
    }
}

impl std::error::Error for ServeError {}

/// Serves until SIGTERM or SIGINT: then no connection is accepted, requests that have begun are answered, a checkpoint is
/// written, and all is well.
///
/// # Errors
/// Why it did not start, or that the disk failed.
pub fn serve(config: Config, log: &Log) -> Result<(), ServeError> {
    let Config { listen, allow_open, data, store, http, delivery, station, baseline, demo } =
        config;
    if !listen.ip().is_loopback() && http.tokens.is_empty() && !allow_open {
        return Err(ServeError::Open(listen));
    }
    let (server, listener) = Server::bind(listen, http, log.clone())
        .map_err(|error| ServeError::Listen(listen, error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(32)
        .build()
        .map_err(ServeError::Threads)?;
    let is_ending = Arc::new(AtomicBool::new(false));
    let served: Result<Arc<Host>, ServeError> = runtime.block_on(async {
        let mut signals = Signals::new().map_err(ServeError::Threads)?;
        let running = tokio::spawn({
            let server = server.clone();
            async move { server.run(listener).await }
        });
        let opening = spawn_blocking({
            let (server, log) = (server.clone(), log.clone());
            move || open(&server, &data, store, delivery, station, baseline, &log)
        });
        let host = opening.await.map_err(|error| ServeError::Start(error.to_string()))??;
        for warning in host.warnings() {
            log.warn(warning, json!({}));
        }
        server.ready(Arc::clone(&host));
        log.info("listening", json!({"address": format!("http://{}", server.address())}));
        if let Some(demo) = demo {
            let (host, is_ending) = (Arc::clone(&host), Arc::clone(&is_ending));
            thread::Builder::new()
                .name("demo".into())
                .spawn(move || demo.run(&host, &is_ending))
                .map_err(ServeError::Threads)?;
        }
        tokio::select! {
            name = signals.next() => log.info("stopping", json!({"signal": name})),
            () = tick(&host) => log.error("stopping: the disk failed", json!({})),
        }
        is_ending.store(true, Ordering::Release);
        server.stop();
        tokio::select! {
            ended = running => {
                if let Ok(Ok(cut @ 1..)) = ended {
                    log.warn("requests took too long and were cut off", json!({"connections": cut}));
                }
            }
            name = signals.next() => log.warn("stopping at once", json!({"signal": name})),
        }
        Ok(host)
    });
    is_ending.store(true, Ordering::Release);
    runtime.shutdown_timeout(LET_GO);
    // The last that holds the state.
    drop(server);
    let mut host = served?;
    let began = Instant::now();
    let host = loop {
        match Arc::try_unwrap(host) {
            Ok(host) => break host,
            Err(_) if began.elapsed() > LET_GO => {
                return Err(ServeError::Ended(Refusal::Broken("a request does not end".into())));
            }
            Err(held) => {
                host = held;
                thread::sleep(Duration::from_millis(5));
            }
        }
    };
    let end = host.status();
    host.close().map_err(ServeError::Ended)?;
    log.info("stopped", json!({"commands": end.last_seq}));
    Ok(())
}

/// Opens the store and tells it what holds from this start on.
fn open(
    server: &Server,
    data: &std::path::Path,
    options: store::Options,
    delivery: DeliverySettings,
    settings: Settings,
    baseline: Option<Vec<u8>>,
    log: &Log,
) -> Result<Arc<Host>, ServeError> {
    let host = Host::open(data, options, delivery, log, |replayed| {
        let (commands, of) = (replayed.commands, replayed.of);
        server.starting(format!(
            "commands since the last checkpoint are applied: {commands} of {of}"
        ));
    })
    .map_err(ServeError::Store)?;
    if *host.station().settings() != settings {
        told(&host, &Command::Configure(settings))?;
    }
    if let Some(reference) = baseline {
        // The same again changes nothing.
        told(
            &host,
            &Command::PutReference { model: DEFAULT_MODEL.into(), reference, activate: true },
        )?;
    }
    Ok(Arc::new(host))
}

fn told(host: &Host, command: &Command) -> Result<(), ServeError> {
    let answer = host.commit(command).map_err(ServeError::Ended)?;
    if answer.response.status < 300 {
        return Ok(());
    }
    Err(ServeError::Start(answer.response.text().trim().to_string()))
}

/// Looks as often as the models ask for. Ends when the disk has failed.
async fn tick(host: &Arc<Host>) {
    let mut last = Instant::now();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if matches!(host.status().health, Health::Broken(_)) {
            return;
        }
        let asking = Arc::clone(host);
        let Ok(Some(every)) = spawn_blocking(move || asking.tick_every()).await else { continue };
        if last.elapsed() < every {
            continue;
        }
        last = Instant::now();
        // Where too much waits, or the disk is full, the next look will see the same rows.
        let _ = host.submit(&Command::Tick, None, "");
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> &'static str {
        let _ = tokio::signal::ctrl_c().await;
        "Ctrl-C"
    }
}
