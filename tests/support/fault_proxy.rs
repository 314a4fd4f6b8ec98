//! A proxy on the loopback interface that damages requests and responses on their way. It leaves heads and bodies as they are
//! otherwise, so that a server behind it can check signatures.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde::Deserialize;

use super::server::listen;

/// What happens to a request or its response.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum SocketFault {
    /// The connection closes after this many bytes of the request's body; the server sees no request.
    CutRequest(u64),
    /// The client gets a TCP reset after this many bytes of the request's body.
    ResetRequest(u64),
    /// Nothing more is read after this many bytes of the request's body.
    StallRequest(u64),
    /// The client gets this status and an error of S3, and the server sees no request.
    Refuse(u16),
    /// The server handles the request, and the client gets this status nevertheless.
    Lose(u16),
    /// The connection closes after this many bytes of the response's body; within its head if the number is negative or there
    /// is no body.
    CutResponse(i64),
    /// As `CutResponse`, with a TCP reset.
    ResetResponse(i64),
    /// As `CutResponse`, but the connection stays open.
    StallResponse(i64),
    /// The header `Content-Range` of the response is that of the next byte.
    WrongRange,
}

/// A request on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passing {
    /// `UploadPart`
    pub(crate) operation: &'static str,
    /// The first byte of the range of a GET.
    pub(crate) range_start: Option<u64>,
    pub(crate) target: String,
}

/// Decides before a request is forwarded.
type Decide = dyn Fn(&Passing) -> Option<SocketFault> + Send + Sync;
/// Sees the body of each response, and whether the client gets it whole.
type Watch = dyn Fn(&Passing, &[u8], bool) + Send + Sync;

pub(crate) struct FaultProxy {
    pub(crate) address: SocketAddr,
    /// The number of connections from clients.
    pub(crate) connections: Arc<AtomicUsize>,
    /// Ends the stalled connections.
    is_over: Arc<AtomicBool>,
}

struct Rules {
    server: SocketAddr,
    decide: Box<Decide>,
    watch: Box<Watch>,
    is_over: Arc<AtomicBool>,
}

impl FaultProxy {
    pub(crate) fn start(
        server: SocketAddr,
        decide: impl Fn(&Passing) -> Option<SocketFault> + Send + Sync + 'static,
        watch: impl Fn(&Passing, &[u8], bool) + Send + Sync + 'static,
    ) -> FaultProxy {
        let is_over = Arc::new(AtomicBool::new(false));
        let rules = Rules { server, decide: Box::new(decide), watch: Box::new(watch), is_over: Arc::clone(&is_over) };
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let address = listen(move |client| {
            count.fetch_add(1, Ordering::Relaxed);
            // A connection that breaks is what the tests are about.
            _ = rules.serve(&client);
        });
        FaultProxy { address, connections, is_over }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// The head of a message and the length of its body.
struct Head {
    lines: Vec<String>,
    length: Option<u64>,
    expects_continue: bool,
}

impl Head {
    fn read(source: &mut impl BufRead) -> io::Result<Head> {
        let mut head = Head { lines: Vec::new(), length: None, expects_continue: false };
        loop {
            let mut line = String::new();
            if source.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end_matches(['\r', '\n']).to_owned();
            if line.is_empty() {
                return Ok(head);
            }
            let lower = line.to_ascii_lowercase();
            if let Some(length) = lower.strip_prefix("content-length:") {
                head.length = length.trim().parse().ok();
            }
            if lower.starts_with("expect:") {
                head.expects_continue = true;
            } else {
                head.lines.push(line);
            }
        }
    }

    fn bytes(&self, more: &[&str]) -> Vec<u8> {
        let lines = self.lines.iter().map(String::as_str).chain(more.iter().copied());
        lines.flat_map(|line| [line, "\r\n"]).chain(["\r\n"]).collect::<String>().into_bytes()
    }

    fn passing(&self) -> Passing {
        let mut words = self.lines[0].split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        let operation = match method {
            "POST" if has("uploads") => "CreateMultipartUpload",
            "POST" if has("uploadId") => "CompleteMultipartUpload",
            "PUT" if has("uploadId") => "UploadPart",
            "DELETE" if has("uploadId") => "AbortMultipartUpload",
            "PUT" => "PutObject",
            "GET" => "GetObject",
            _ => "other",
        };
        let range = self
            .lines
            .iter()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("range: bytes=").map(str::to_owned));
        let range_start = range.and_then(|range| range.split('-').next()?.parse().ok());
        Passing { operation, range_start, target: target.to_owned() }
    }
}

impl Rules {
    /// Handles the requests of a connection until one of them ends it.
    fn serve(&self, client: &TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        let mut source = BufReader::with_capacity(64 << 10, client);
        loop {
            let head = Head::read(&mut source)?;
            let passing = head.passing();
            let fault = (self.decide)(&passing);
            let early = match &fault {
                Some(
                    SocketFault::CutRequest(bytes)
                    | SocketFault::StallRequest(bytes)
                    | SocketFault::ResetRequest(bytes),
                ) => Some(*bytes),
                _ => None,
            };
            if head.expects_continue && early != Some(0) {
                (&mut &*client).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            let length = head.length.unwrap_or(0);
            if let Some(bytes) = early {
                io::copy(&mut (&mut source).take(bytes.min(length)), &mut io::sink())?;
                return self.break_off(client, fault.as_ref());
            }
            if let Some(SocketFault::Refuse(status)) = fault {
                io::copy(&mut (&mut source).take(length), &mut io::sink())?;
                (&mut &*client).write_all(&error_response(status))?;
                continue;
            }
            let server = TcpStream::connect(self.server)?;
            server.set_nodelay(true)?;
            // A connection for each request, which is read to its end.
            (&server).write_all(&head.bytes(&["Connection: close"]))?;
            io::copy(&mut (&mut source).take(length), &mut &server)?;
            if !self.respond(client, &server, &passing, fault.as_ref())? {
                return Ok(());
            }
        }
    }

    /// Returns whether the connection goes on.
    fn respond(
        &self,
        client: &TcpStream,
        server: &TcpStream,
        passing: &Passing,
        fault: Option<&SocketFault>,
    ) -> io::Result<bool> {
        let mut source = BufReader::with_capacity(64 << 10, server);
        let mut head = Head::read(&mut source)?;
        let mut body = Vec::new();
        source.read_to_end(&mut body)?;
        head.lines.retain(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        if fault == Some(&SocketFault::WrongRange) {
            head.lines.iter_mut().for_each(shift_range);
        }
        let status: u16 = head.lines[0].split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let is_framed = head.length.is_some() || matches!(status, 204 | 304);
        let response = head.bytes(if is_framed { &[] } else { &["Connection: close"] });
        let cut = match fault {
            Some(SocketFault::CutResponse(cut) | SocketFault::ResetResponse(cut) | SocketFault::StallResponse(cut)) => {
                *cut
            }
            Some(SocketFault::Lose(status)) => {
                (self.watch)(passing, &body, false);
                (&mut &*client).write_all(&error_response(*status))?;
                return Ok(true);
            }
            _ => {
                (self.watch)(passing, &body, true);
                (&mut &*client).write_all(&response)?;
                (&mut &*client).write_all(&body)?;
                return Ok(is_framed);
            }
        };
        (self.watch)(passing, &body, false);
        let body_bytes = usize::try_from(cut).unwrap_or(0).min(body.len().saturating_sub(1));
        let head_bytes = if cut < 0 || body.is_empty() { response.len() / 2 } else { response.len() };
        (&mut &*client).write_all(&response[..head_bytes])?;
        (&mut &*client).write_all(&body[..body_bytes])?;
        self.break_off(client, fault)?;
        Ok(false)
    }

    /// Ends the connection as the fault says.
    fn break_off(&self, client: &TcpStream, fault: Option<&SocketFault>) -> io::Result<()> {
        match fault {
            Some(SocketFault::StallRequest(_) | SocketFault::StallResponse(_)) => {
                client.set_read_timeout(Some(Duration::from_millis(50)))?;
                // Until the client gives up. What it has sent before stays unread in a stalled request.
                let mut one = [0];
                while !self.is_over.load(Ordering::Relaxed) {
                    match client.peek(&mut one) {
                        Ok(0) => break,
                        Ok(_) => std::thread::sleep(Duration::from_millis(50)),
                        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            }
            Some(SocketFault::ResetRequest(_) | SocketFault::ResetResponse(_)) => {
                socket2::SockRef::from(client).set_linger(Some(Duration::ZERO))
            }
            // A close with unread bytes would be a reset.
            _ => {
                client.shutdown(Shutdown::Write)?;
                client.set_read_timeout(Some(Duration::from_secs(5)))?;
                io::copy(&mut &*client, &mut io::sink()).map(drop)
            }
        }
    }
}

fn error_response(status: u16) -> Vec<u8> {
    let code = match status {
        412 => "PreconditionFailed",
        403 => "AccessDenied",
        _ => "SlowDown",
    };
    let body =
        format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>made by the proxy</Message></Error>");
    format!("HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// `Content-Range: bytes 0-9/20` becomes `bytes 1-10/20`.
fn shift_range(line: &mut String) {
    let Some(range) = line.to_ascii_lowercase().strip_prefix("content-range: bytes ").map(str::to_owned) else {
        return;
    };
    let Some((start, rest)) = range.split_once('-') else { return };
    let Some((last, total)) = rest.split_once('/') else { return };
    if let (Ok(start), Ok(last)) = (start.parse::<u64>(), last.parse::<u64>()) {
        *line = format!("Content-Range: bytes {}-{}/{total}", start + 1, last + 1);
    }
}
