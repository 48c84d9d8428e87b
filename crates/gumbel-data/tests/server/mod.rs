//! An HTTP server on loopback that behaves as badly as a test asks for.
//!
//! Each connection carries one request. It runs on a thread of its own, one request after the other,
//! until it is dropped; no wait in it is longer than `LONGEST`.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(20);

/// A request: `GET /path HTTP/1.1` and its headers, names in small letters.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    fn read(stream: &mut TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") && head.len() < 1 << 16 {
            let mut byte = [0];
            stream.read_exact(&mut byte).ok()?;
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).ok()?;
        let mut lines = head.lines();
        let mut first = lines.next()?.split(' ').map(str::to_owned);
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        };
        Some(Self {
            method: first.next()?,
            target: first.next()?,
            headers: lines.filter_map(header).collect(),
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| &**value)
    }

    /// The first byte that a `Range` header asks for.
    pub(crate) fn from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// Writes an answer to the stream.
pub(crate) struct Answer<'a>(&'a mut TcpStream);

impl Answer<'_> {
    /// Sends bytes as they are. A client that has gone away is no failure of the server.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    /// Sends a status line, headers, and no more.
    pub(crate) fn head(&mut self, status: &str, headers: &[&str]) {
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        self.raw(format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").as_bytes());
    }

    /// Sends a whole answer.
    pub(crate) fn send(&mut self, status: &str, body: &[u8]) {
        self.head(status, &[&format!("Content-Length: {}", body.len())]);
        self.raw(body);
    }

    pub(crate) fn redirect(&mut self, to: &str) {
        self.head("302 Found", &[&format!("Location: {to}"), "Content-Length: 0"]);
    }

    /// Sends a file, or the rest of it, as a good server does.
    pub(crate) fn file(&mut self, request: &Request, body: &[u8]) {
        match request.from() {
            None => self.send("200 OK", body),
            Some(from) if from < body.len() => self.part(body, from, body.len()),
            Some(_) => self.head(
                "416 Range Not Satisfiable",
                &[&format!("Content-Range: bytes */{}", body.len()), "Content-Length: 0"],
            ),
        }
    }

    /// Announces the bytes of a file from `from` on, and sends them up to `end` alone.
    pub(crate) fn part(&mut self, body: &[u8], from: usize, end: usize) {
        let (last, total) = (body.len() - 1, body.len());
        self.head(
            "206 Partial Content",
            &[
                &format!("Content-Range: bytes {from}-{last}/{total}"),
                &format!("Content-Length: {}", total - from),
            ],
        );
        self.raw(&body[from..end]);
    }

    /// Says nothing more until the client gives up.
    pub(crate) fn stall(&mut self) {
        let mut byte = [0];
        while !matches!(self.0.read(&mut byte), Ok(0) | Err(_)) {}
    }

    /// Takes another request on the same connection: what follows a `CONNECT`.
    pub(crate) fn next_request(&mut self) -> Option<Request> {
        Request::read(self.0)
    }
}

type Handler = dyn Fn(&Request, &mut Answer<'_>) + Send;

/// A running server; it stops when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(&Request, &mut Answer<'_>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let (seen, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let handler: Box<Handler> = Box::new(handler);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(mut stream) = stream else { continue };
                stream.set_read_timeout(Some(LONGEST)).unwrap();
                stream.set_write_timeout(Some(LONGEST)).unwrap();
                if let Some(request) = Request::read(&mut stream) {
                    seen.lock().unwrap().push(request.clone());
                    handler(&request, &mut Answer(&mut stream));
                }
            }
        });
        Self { address, requests, stop, thread: Some(thread) }
    }

    /// The base address of the files.
    pub(crate) fn base(&self) -> String {
        format!("http://{}/data/", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Wakes the thread; if it has ended already, the connection is refused.
        match TcpStream::connect_timeout(&self.address, LONGEST) {
            Ok(_) => {}
            Err(error) => assert_ne!(error.kind(), ErrorKind::TimedOut),
        }
        let panicked = self.thread.take().is_some_and(|thread| thread.join().is_err());
        assert!(!panicked || std::thread::panicking(), "the server panicked");
    }
}
