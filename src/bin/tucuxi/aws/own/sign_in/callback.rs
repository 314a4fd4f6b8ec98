//! The local server that the browser is sent to with the authorization code.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// How long the user has for the sign-in.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// How long a connection may take to send its request. Browsers open connections that they do not use.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(20);

/// The maximum size of the head of a request.
const MAX_HEAD: usize = 16 << 10;

/// The maximum number of connections at a time.
const MAX_CONNECTIONS: usize = 16;

const PATH: &str = "/oauth/callback";

/// Where the browser is sent to, without the port, as a client is registered with it.
pub(super) const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";

/// A server on this machine alone.
pub(super) struct CallbackServer {
    listener: TcpListener,
    port: u16,
}

/// What a request is.
#[derive(Debug, PartialEq, Eq)]
enum RedirectKind {
    /// Sign-in done: the authorization code.
    Code(String),
    /// The sign-in failed or was declined.
    Failed,
    /// Some other request, or one of another sign-in.
    Other,
}

impl CallbackServer {
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(CallbackServer { listener, port })
    }

    /// Where the browser is sent to.
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.port)
    }

    /// Waits for the browser with the right state. `Ok(None)` if the sign-in failed.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] if the browser does not come in time.
    pub(super) fn wait(self, state: &str) -> io::Result<Option<String>> {
        let start = Instant::now();
        let mut connections: Vec<PendingRequest> = Vec::new();
        while start.elapsed() < TIMEOUT {
            while connections.len() < MAX_CONNECTIONS {
                match self.listener.accept() {
                    Ok((stream, _)) if stream.set_nonblocking(true).is_ok() => {
                        connections.push(PendingRequest { stream, head: Vec::new(), since: Instant::now() });
                    }
                    Ok(_) => {}
                    Err(_) => break,
                }
            }
            let mut index = 0;
            while index < connections.len() {
                match connections[index].read() {
                    RequestState::Pending => index += 1,
                    RequestState::Broken => drop(connections.swap_remove(index)),
                    RequestState::Complete => {
                        let PendingRequest { stream, head, .. } = connections.swap_remove(index);
                        match judge(&head, state) {
                            RedirectKind::Code(code) => {
                                respond(stream, "200 OK", "The sign-in is complete. You can close this window.");
                                return Ok(Some(code));
                            }
                            RedirectKind::Failed => {
                                respond(stream, "200 OK", "The sign-in failed. You can close this window.");
                                return Ok(None);
                            }
                            RedirectKind::Other => respond(stream, "404 Not Found", "There is nothing here."),
                        }
                    }
                }
            }
            thread::sleep(PAUSE);
        }
        Err(ErrorKind::TimedOut.into())
    }
}

/// A connection whose request has not arrived completely.
struct PendingRequest {
    stream: TcpStream,
    head: Vec<u8>,
    since: Instant,
}

enum RequestState {
    Pending,
    Complete,
    Broken,
}

impl PendingRequest {
    fn read(&mut self) -> RequestState {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return RequestState::Broken,
                Ok(length) => self.head.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return RequestState::Broken,
            }
            if self.head.windows(4).any(|end| end == b"\r\n\r\n") {
                return RequestState::Complete;
            }
            if self.head.len() > MAX_HEAD {
                return RequestState::Broken;
            }
        }
        if self.since.elapsed() > REQUEST_TIMEOUT { RequestState::Broken } else { RequestState::Pending }
    }
}

/// Answers a request. Nothing of the request is in the page.
fn respond(mut stream: TcpStream, status: &str, text: &str) {
    let page = format!("<!DOCTYPE html><meta charset=utf-8><title>tucuxi</title><p>{text}\n");
    let response = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
    _ = stream.set_nonblocking(false);
    _ = stream.set_write_timeout(Some(Duration::from_secs(2)));
    _ = stream.write_all(response.as_bytes());
}

/// What the head of a request asks for.
fn judge(head: &[u8], state: &str) -> RedirectKind {
    let head = String::from_utf8_lossy(head);
    let target = head.lines().next().and_then(|line| line.strip_prefix("GET ")?.split(' ').next());
    let Some((PATH, query)) = target.and_then(|target| target.split_once('?')) else { return RedirectKind::Other };
    let value = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(found, _)| *found == name).map(|(_, value)| decoded(value))
    };
    let has_state = value("state").is_some_and(|found| same(found.as_bytes(), state.as_bytes()));
    match (value("error"), value("code")) {
        (Some(_), _) if has_state || value("state").is_none() => RedirectKind::Failed,
        (None, Some(code)) if has_state && !code.is_empty() => RedirectKind::Code(code),
        _ => RedirectKind::Other,
    }
}

/// Compares without telling by its time where the difference is.
fn same(first: &[u8], second: &[u8]) -> bool {
    first.len() == second.len() && first.iter().zip(second).fold(0, |sum, (first, second)| sum | (first ^ second)) == 0
}

/// The text of a part of a query.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => {
                let digit = |byte: &u8| (*byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit(high).zip(digit(low)).map(|(high, low)| (high << 4) | low)
            }
            _ => None,
        };
        bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_redirect_of_this_sign_in_counts() {
        let code = |code: &str| RedirectKind::Code(code.to_owned());
        for (target, expected) in [
            ("GET /oauth/callback?code=a%2Bb+c%zz&state=S HTTP/1.1", code("a+b c%zz")),
            ("GET /oauth/callback?state=S&code=c&more=x HTTP/1.1", code("c")),
            ("GET /oauth/callback?state=T&code=c HTTP/1.1", RedirectKind::Other),
            ("GET /oauth/callback?state=SS&code=c HTTP/1.1", RedirectKind::Other),
            ("GET /oauth/callback?code=c HTTP/1.1", RedirectKind::Other),
            ("GET /oauth/callback?state=S&code= HTTP/1.1", RedirectKind::Other),
            ("GET /oauth/callback?state=S HTTP/1.1", RedirectKind::Other),
            ("GET /oauth/callback HTTP/1.1", RedirectKind::Other),
            ("GET /other?state=S&code=c HTTP/1.1", RedirectKind::Other),
            ("POST /oauth/callback?state=S&code=c HTTP/1.1", RedirectKind::Other),
            ("GET /oauth/callback?error=denied&state=S HTTP/1.1", RedirectKind::Failed),
            ("GET /oauth/callback?error=denied HTTP/1.1", RedirectKind::Failed),
            ("GET /oauth/callback?error=denied&state=T HTTP/1.1", RedirectKind::Other),
            ("", RedirectKind::Other),
        ] {
            assert_eq!(judge(target.as_bytes(), "S"), expected, "{target}");
        }
    }

    #[test]
    fn idle_connections_do_not_keep_the_browser_waiting() {
        let server = CallbackServer::start().unwrap();
        let address = ("127.0.0.1", server.port);
        let browser = thread::spawn(move || {
            let _idle = TcpStream::connect(address).unwrap();
            let mut responses = Vec::new();
            for query in ["code=wrong&state=T", "code=right&state=S"] {
                let mut stream = TcpStream::connect(address).unwrap();
                write!(stream, "GET /oauth/callback?{query} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
                let mut response = String::new();
                stream.read_to_string(&mut response).unwrap();
                responses.push(response);
            }
            responses
        });
        assert_eq!(server.wait("S").unwrap().as_deref(), Some("right"));
        let responses = browser.join().unwrap();
        assert!(responses[0].starts_with("HTTP/1.1 404 ") && responses[1].starts_with("HTTP/1.1 200 "));
        assert!(responses.iter().all(|response| !response.contains("right") && !response.contains("wrong")));
    }
}
