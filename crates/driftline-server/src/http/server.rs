//! The accept loop, the cap on connections, and the end.

use std::{
    fmt, io,
    net::{SocketAddr, TcpListener},
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::json;
use tokio::{
    net::TcpStream,
    sync::{Semaphore, watch},
};

use super::{
    Settings, Shared,
    body::Budget,
    connection::{Pace, TimedStream},
    figures::Figures,
    handler,
};
use crate::{host::Host, log::Log};

/// Bytes of a request's headers.
const MAX_HEADER_BYTES: usize = 32 << 10;
/// How long to wait where no more files can be open.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// A server on its address. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Takes an address. Connections are accepted from [`run`](Server::run) on.
    ///
    /// # Errors
    /// The address is taken, or not this machine's.
    pub fn bind(
        address: SocketAddr,
        settings: Settings,
        log: Log,
    ) -> io::Result<(Server, TcpListener)> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Shared {
            budget: Budget::new(settings.body_budget),
            subscribers: Arc::new(Semaphore::new(settings.subscribers)),
            checks_host: address.ip().is_loopback() && settings.tokens.is_empty(),
            settings,
            log,
            host: Mutex::new(None),
            starting: Mutex::new("the server is starting".into()),
            figures: Figures::default(),
            stopping: watch::channel(false).0,
            is_stopping: AtomicBool::new(false),
        };
        Ok((Server { shared: Arc::new(shared), address }, listener))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How far the start is, for whoever asks for `/health` meanwhile.
    pub fn starting(&self, how_far: String) {
        *self.shared.starting.lock().unwrap_or_else(PoisonError::into_inner) = how_far;
    }

    /// From here on requests are answered.
    pub fn ready(&self, host: Arc<Host>) {
        *self.shared.host.lock().unwrap_or_else(PoisonError::into_inner) = Some(host);
    }

    /// Asks for the end: `/health` says 503, no connection is accepted, those there are finish their request.
    pub fn stop(&self) {
        self.shared.is_stopping.store(true, Ordering::Release);
        self.shared.stopping.send_replace(true);
    }

    /// Accepts connections until the end is asked for, then waits for their requests. Says how many were cut off.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub async fn run(&self, listener: TcpListener) -> io::Result<usize> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let shared = &self.shared;
        let most = shared.settings.max_connections.clamp(1, 1 << 20);
        let places = Arc::new(Semaphore::new(most));
        let mut stopping = shared.stopping.subscribe();
        loop {
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                () = asked(&mut stopping) => break,
            };
            let Ok(place) = place else { break };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = asked(&mut stopping) => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    let shared = Arc::clone(shared);
                    tokio::spawn(async move {
                        let _place = place;
                        let _open = shared.figures.opened();
                        connection(&shared, stream).await;
                    });
                }
                Err(error) if is_of_connection(&error) => {}
                Err(error) => {
                    shared
                        .log
                        .warn("no connection can be accepted", json!({"why": error.to_string()}));
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
        drop(listener);
        let all = u32::try_from(most).unwrap_or(u32::MAX);
        let drained = tokio::time::timeout(shared.settings.drain, places.acquire_many(all)).await;
        Ok(if drained.is_ok() { 0 } else { most.saturating_sub(places.available_permits()) })
    }
}

/// Whether a connection failed before it was accepted: nothing is wrong with the listener.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn connection(shared: &Arc<Shared>, stream: TcpStream) {
    // Answers are written whole: waiting for more to send helps nobody.
    let _ = stream.set_nodelay(true);
    let pace = Pace::default();
    let stream = TimedStream::new(stream, pace.clone(), shared.settings.timeouts);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        pace.serving();
        let (shared, pace) = (Arc::clone(shared), pace.clone());
        async move {
            let response = handler::handle(&shared, request.map(Body::new)).await;
            pace.answered();
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        // The socket keeps the time.
        .header_read_timeout(None)
        .max_buf_size(MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let mut stopping: watch::Receiver<bool> = shared.stopping.subscribe();
    // What goes wrong with one connection is the client's; it is told what can be told.
    let _ = tokio::select! {
        ended = connection.as_mut() => ended,
        () = asked(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
}

/// Waits until the end is asked for.
pub(super) async fn asked(stopping: &mut watch::Receiver<bool>) {
    // An error says that the server is gone: the end too. What is lent is given back at once.
    let _ = stopping.wait_for(|stopping| *stopping).await.is_ok();
}
