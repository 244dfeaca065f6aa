//! One connection, and how long it may take over each part of a request.
//!
//! hyper's own limit on headers also counts the time between two requests, and it has none for a client that reads its
//! answer drop by drop. So the socket keeps the time itself, by what the connection is at.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep},
};

/// How long each part may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the first byte of a request to the end of its headers.
    pub header: Duration,
    /// From the end of the headers to the end of the body.
    pub body: Duration,
    /// Between two requests.
    pub idle: Duration,
    /// Without a byte of the answer being taken.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            header: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(30),
        }
    }
}

const IDLE: u8 = 0;
const HEADER: u8 = 1;
const SERVING: u8 = 2;

/// What a connection is at, shared by its socket and its handler.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace(Arc<AtomicU8>);

impl Pace {
    /// The headers are there; the handler keeps the time of the body.
    pub(super) fn serving(&self) {
        self.0.store(SERVING, Ordering::Release);
    }

    /// The answer is made; what is left is to write it and wait for the next request.
    pub(super) fn answered(&self) {
        self.0.store(IDLE, Ordering::Release);
    }

    fn at(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }
}

/// A socket that gives up on who is too slow.
#[derive(Debug)]
pub(super) struct TimedStream {
    stream: TcpStream,
    pace: Pace,
    timeouts: Timeouts,
    /// Since when the connection is idle, or its header on its way.
    since: Instant,
    reading: Pin<Box<Sleep>>,
    writing: Pin<Box<Sleep>>,
    waits_to_write: bool,
}

impl TimedStream {
    pub(super) fn new(stream: TcpStream, pace: Pace, timeouts: Timeouts) -> TimedStream {
        TimedStream {
            stream,
            pace,
            timeouts,
            since: Instant::now(),
            reading: Box::pin(tokio::time::sleep(timeouts.idle)),
            writing: Box::pin(tokio::time::sleep(timeouts.write)),
            waits_to_write: false,
        }
    }

    /// After an attempt to write: whether it has waited too long.
    fn written<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waits_to_write = false;
            self.since = Instant::now();
            return polled;
        }
        if !self.waits_to_write {
            self.waits_to_write = true;
            self.writing.as_mut().reset(Instant::now() + self.timeouts.write);
        }
        match self.writing.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for TimedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        let at = this.pace.at();
        if at == SERVING {
            return polled;
        }
        if polled.is_ready() {
            if at == IDLE && buffer.filled().len() > before {
                this.since = Instant::now();
                // Not where the handler has begun meanwhile.
                let _ =
                    this.pace.0.compare_exchange(IDLE, HEADER, Ordering::AcqRel, Ordering::Acquire);
            }
            return polled;
        }
        let most = if at == HEADER { this.timeouts.header } else { this.timeouts.idle };
        this.reading.as_mut().reset(this.since + most);
        match this.reading.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for TimedStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.written(cx, polled)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.written(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
