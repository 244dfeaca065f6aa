//! As much HTTP as the other side of a scrape and of a webhook needs: one request a connection.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// A request that came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    /// The value of `Authorization`, or nothing.
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// What is answered: status, content type, body.
pub(crate) type Answer = (u16, &'static str, String);

/// Answers on a free port of the loopback, each connection in a thread of its own, for as long as the tests run.
pub(crate) fn serve(answer: impl Fn(Request) -> Answer + Clone + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            // A caller that goes away in the middle is no failure of the test.
            thread::spawn(move || drop(exchange(stream, answer)));
        }
    });
    port
}

fn exchange(stream: TcpStream, answer: impl Fn(Request) -> Answer) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => authorization = value.trim().into(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let (status, kind, text) = answer(Request { path, authorization, body });
    let length = text.len();
    write!(
        &stream,
        "HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    )
}

/// The body of an answer of success. As HTTP/1.0, so that it comes in one piece.
pub(crate) fn get(port: u16, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")?;
    body(stream, path)
}

/// The same of a request with a token and a body.
pub(crate) fn send(
    port: u16,
    method: &str,
    path: &str,
    token: &str,
    kind: &str,
    text: &str,
) -> io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let length = text.len();
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{text}"
    )?;
    body(stream, path)
}

fn body(mut stream: TcpStream, path: &str) -> io::Result<String> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
    if !head.split(' ').nth(1).is_some_and(|status| status.starts_with('2')) {
        return Err(io::Error::other(format!("{path}: {head}\n{body}")));
    }
    Ok(body.into())
}

/// Everything but letters and digits as `%XX`.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
