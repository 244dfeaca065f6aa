//! Receivers of webhooks, good and bad, on real sockets.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What a receiver does.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    /// Answers.
    Status(u16),
    /// Answers one after the other; the last again and again.
    Statuses(Vec<u16>),
    /// Reads and says nothing.
    Silent,
    /// Answers 200 and a body without end.
    EndlessBody,
    /// Headers without end.
    EndlessHeaders,
    /// Sends elsewhere.
    Redirect(String),
    /// Has too much to do.
    RetryAfter(u64),
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) at: Instant,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// A header; panics where it is missing or there twice.
    pub(crate) fn header(&self, name: &str) -> String {
        let all: Vec<_> = self.headers.iter().filter(|(found, _)| found == name).collect();
        assert_eq!(all.len(), 1, "{name} in {:?}", self.headers);
        all[0].1.clone()
    }
}

pub(crate) struct Receiver {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    connections: Arc<AtomicUsize>,
    is_closed: Arc<AtomicBool>,
}

impl Receiver {
    pub(crate) fn start(behaviour: Behaviour) -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let receiver = Receiver {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
            connections: Arc::default(),
            is_closed: Arc::default(),
        };
        let (requests, connections) =
            (Arc::clone(&receiver.requests), Arc::clone(&receiver.connections));
        let is_closed = Arc::clone(&receiver.is_closed);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_closed.load(Ordering::Acquire) {
                    return;
                }
                connections.fetch_add(1, Ordering::AcqRel);
                let (requests, behaviour) = (Arc::clone(&requests), behaviour.clone());
                thread::spawn(move || answer(stream.unwrap(), &behaviour, &requests));
            }
        });
        receiver
    }

    /// Stops listening; gives back where it did.
    pub(crate) fn into_closed(self) -> String {
        self.is_closed.store(true, Ordering::Release);
        // Wakes the thread that listens, which then closes the port.
        drop(TcpStream::connect(self.address));
        thread::sleep(Duration::from_millis(50));
        self.url()
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Acquire)
    }
}

fn answer(stream: TcpStream, behaviour: &Behaviour, requests: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.push((name.to_ascii_lowercase(), value.trim_end().to_string()));
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let nth = {
        let mut requests = requests.lock().unwrap();
        requests.push(Request { at: Instant::now(), headers, body });
        requests.len() - 1
    };
    // Whoever we answer may have gone.
    let _ = speak(stream, behaviour, nth);
}

fn speak(mut stream: TcpStream, behaviour: &Behaviour, nth: usize) -> std::io::Result<()> {
    match behaviour {
        Behaviour::Status(status) => {
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n")
        }
        Behaviour::Statuses(statuses) => {
            let status = statuses[nth.min(statuses.len() - 1)];
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n")
        }
        Behaviour::Silent => {
            thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Behaviour::EndlessBody => {
            write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                write!(stream, "1000\r\n{}\r\n", "x".repeat(0x1000))?;
            }
        }
        Behaviour::EndlessHeaders => {
            write!(stream, "HTTP/1.1 200 OK\r\n")?;
            for n in 0.. {
                write!(stream, "X-{n}: {}\r\n", "x".repeat(1000))?;
            }
            Ok(())
        }
        Behaviour::Redirect(to) => {
            write!(stream, "HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n")
        }
        Behaviour::RetryAfter(seconds) => {
            write!(stream, "HTTP/1.1 429 X\r\nRetry-After: {seconds}\r\nContent-Length: 0\r\n\r\n")
        }
    }
}
