//! [`FakeServer`]: fakes and tapes for programs in any language.

mod answer;
mod http;
mod route;
mod template;

use std::io::{BufReader, BufWriter};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderName, HeaderValue, Method, Response, StatusCode};

use super::tape::TapeFile;
use crate::error::{Error, Result};
use crate::session::Session;
use answer::{Answers, TapedAnswers};
use http::{BadRequest, ServedRequest, read_request, write_response};
use route::Router;

/// Of all responses, so that nobody takes them for real ones.
const FAKE: HeaderName = HeaderName::from_static("x-tucuxi-fake");

/// The most connections at a time.
const MAX_CONNECTIONS: usize = 64;
/// How long a connection may be idle.
const IDLE: Duration = Duration::from_secs(60);

/// A server on the loopback interface that answers every operation of every service, for programs in any language: with outputs made
/// from the models, or from a [`Tape`](super::Tape).
///
/// It is what `tucuxi serve --fake` runs. A program sends its requests there by a setting of its SDK, such as
/// `AWS_ENDPOINT_URL`. Signatures are not verified; the scope of a signature names the service.
///
/// ```
/// use tucuxi::testing::FakeServer;
/// use tucuxi::{Credentials, Session};
///
/// let server = FakeServer::bind(0)?;
/// let url = server.url();
/// std::thread::spawn(move || server.run());
///
/// let session = Session::builder().endpoint_url(url).region("eu-west-1").credentials(Credentials::new("any", "any")).build()?;
/// let queues = session.client("sqs")?.call("list_queues", ())?;
/// assert!(queues["QueueUrls"][0].is_string());
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Debug)]
pub struct FakeServer {
    listeners: Vec<TcpListener>,
    port: u16,
    tape: Option<TapeFile>,
    session: Option<Session>,
}

impl FakeServer {
    /// Listens at this port of `127.0.0.1`, and of `::1` if the machine has it. Port 0 is any free one.
    ///
    /// # Errors
    /// [`ErrorKind::Other`](crate::ErrorKind::Other) if the port is not free.
    pub fn bind(port: u16) -> Result<FakeServer> {
        let bind = || {
            let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
            let port = first.local_addr()?.port();
            Ok::<_, std::io::Error>((first, port))
        };
        let (first, port) =
            bind().map_err(|error| Error::other(format!("cannot listen at 127.0.0.1:{port}: {error}")))?;
        let second = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).ok();
        Ok(FakeServer { listeners: [first].into_iter().chain(second).collect(), port, tape: None, session: None })
    }

    /// Takes the models of this session, instead of those of a session with default settings.
    #[must_use]
    pub fn session(self, session: &Session) -> FakeServer {
        FakeServer { session: Some(session.clone()), ..self }
    }

    /// Answers from a tape. A request whose parameters are on the tape gets their response, the next one if there are several. Another
    /// request gets the next response of its operation, and one for an operation that is not on the tape an error.
    ///
    /// # Errors
    /// As of [`Tape::replay`](super::Tape::replay).
    pub fn from_tape(self, path: impl AsRef<Path>) -> Result<FakeServer> {
        Ok(FakeServer { tape: Some(TapeFile::read(path.as_ref())?), ..self })
    }

    /// The URL of the server.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers requests until the process ends.
    ///
    /// # Errors
    /// Those of creating the session, or of listening.
    pub fn run(self) -> Result<()> {
        let session = self.session.map_or_else(|| Session::builder().build(), Ok)?;
        let answers = self.tape.map_or(Answers::Fakes, |tape| Answers::Tape(TapedAnswers::new(tape)));
        let engine = Arc::new(Engine {
            router: Router::new(&session)?,
            answers,
            requests: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
        });
        let mut threads = Vec::new();
        for listener in self.listeners {
            let engine = Arc::clone(&engine);
            let spawned = thread::Builder::new().name("tucuxi-fake".to_owned()).spawn(move || engine.listen(&listener));
            threads.push(spawned.map_err(|error| Error::other(format!("no thread for the server: {error}")))?);
        }
        for thread in threads {
            // A panic of the thread is reported already.
            _ = thread.join();
        }
        Ok(())
    }
}

/// What the threads of a server share.
struct Engine {
    router: Router,
    answers: Answers,
    requests: AtomicUsize,
    connections: AtomicUsize,
}

impl Engine {
    fn listen(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming().flatten() {
            let engine = Arc::clone(self);
            if self.connections.fetch_add(1, Ordering::AcqRel) >= MAX_CONNECTIONS {
                let busy = plain(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
                _ = write_response(&mut &stream, busy, false, true);
                self.connections.fetch_sub(1, Ordering::AcqRel);
                continue;
            }
            let serve = move || {
                // A client that goes away is no error.
                _ = engine.serve(&stream);
                engine.connections.fetch_sub(1, Ordering::AcqRel);
            };
            if thread::Builder::new().name("tucuxi-fake".to_owned()).spawn(serve).is_err() {
                self.connections.fetch_sub(1, Ordering::AcqRel);
            }
        }
    }

    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(IDLE))?;
        stream.set_write_timeout(Some(IDLE))?;
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        loop {
            let request = match read_request(&mut reader, &mut &*stream) {
                Ok(request) => request,
                Err(BadRequest::Gone) => return Ok(()),
                Err(BadRequest::Refused(status, what)) => {
                    return write_response(&mut &*stream, plain(status, what), false, true);
                }
            };
            let (response, is_broken) = self.answer(&request);
            let (is_head, closes) = (request.method == Method::HEAD, request.is_last || is_broken);
            let mut out = BufWriter::new(stream);
            write_response(&mut out, response, is_head, closes)?;
            drop(out);
            if closes {
                return Ok(());
            }
        }
    }

    /// The response, and whether the connection breaks after it.
    fn answer(&self, request: &ServedRequest) -> (Response<Vec<u8>>, bool) {
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let request_id = format!("00000000-0000-4000-8000-{number:012}");
        let routed = self.router.route(request);
        let answered = routed.and_then(|route| self.answers.answer(&route, request, &request_id));
        match answered {
            Ok((mut response, is_broken)) => {
                response.headers_mut().insert(FAKE, HeaderValue::from_static("true"));
                (response, is_broken)
            }
            Err(why) => (plain(StatusCode::NOT_IMPLEMENTED, &why), false),
        }
    }
}

/// A response that is a text for people.
fn plain(status: StatusCode, text: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(format!("tucuxi serve --fake: {text}\n").into_bytes());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(FAKE, HeaderValue::from_static("true"));
    response
}
