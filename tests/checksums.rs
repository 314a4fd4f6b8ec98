//! Checksums and bodies on the wire: whole calls against a loopback server, over TLS if needed.

// Tests may panic, and so may the threads of their servers.
#![allow(clippy::unwrap_used)]
#![cfg(all(feature = "rustls", feature = "bundled-models"))]

use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;
use tucuxi::{Body, ChecksumMode, Client, Credentials, Environment, ErrorKind, Output, Session};

const HELLO: &str = "Hello world";
const HELLO_CRC32: &str = "i9aeUg==";
const CODED: &str = "b\r\nHello world\r\n0\r\nx-amz-checksum-crc32:i9aeUg==\r\n\r\n";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// --- The server ---------------------------------------------------------------------------------------------------------

trait Wire: Read + Write {}
impl<T: Read + Write> Wire for T {}

/// A connection as seen by a script.
struct Peer(BufReader<Box<dyn Wire>>);

struct Server {
    address: SocketAddr,
    /// The certificate for the client to trust.
    folder: tempfile::TempDir,
    tls: bool,
}

impl Server {
    /// Runs the script for each connection, in its own thread.
    fn start(tls: bool, script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Server {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        std::fs::write(folder.path().join("ca.pem"), made.cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        let (config, script) = (Arc::new(config), Arc::new(script));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, config, script) = (stream.unwrap(), config.clone(), script.clone());
                stream.set_nodelay(true).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                thread::spawn(move || {
                    let wire: Box<dyn Wire> = match tls {
                        true => Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), stream)),
                        false => Box::<TcpStream>::new(stream),
                    };
                    script(&mut Peer(BufReader::with_capacity(128 * 1024, wire)));
                });
            }
        });
        Server { address, folder, tls }
    }

    fn s3(&self) -> Client {
        let scheme = if self.tls { "https" } else { "http" };
        let session = Session::builder()
            .environment(Environment::from_pairs([("AWS_REGION", "us-east-1")]))
            .credentials(Credentials::new("AKID", "SECRET"))
            .endpoint_url(format!("{scheme}://{}", self.address))
            .ca_bundle(self.folder.path().join("ca.pem"))
            .request_checksum_calculation(ChecksumMode::WhenSupported)
            .response_checksum_validation(ChecksumMode::WhenSupported);
        session.build().unwrap().client("s3").unwrap()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Peer {
    /// The head in lower case; `None` at the end of the connection.
    fn head(&mut self) -> Option<String> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).unwrap_or(0) == 0 {
                return None;
            }
        }
        Some(head.to_ascii_lowercase())
    }

    fn send(&mut self, text: &str) {
        let wire = self.0.get_mut();
        _ = wire.write_all(text.as_bytes()).and_then(|()| wire.flush());
    }

    /// The body with HTTP framing removed.
    fn body(&mut self, head: &str) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if let Some(length) = field(head, "content-length") {
            body.resize(length.parse().unwrap(), 0);
            self.0.read_exact(&mut body)?;
            return Ok(body);
        }
        assert_eq!(field(head, "transfer-encoding"), Some("chunked"));
        loop {
            let size = self.chunk_size()?;
            let begin = body.len();
            body.resize(begin + size, 0);
            self.0.read_exact(&mut body[begin..])?;
            self.0.read_exact(&mut [0; 2])?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    fn chunk_size(&mut self) -> io::Result<usize> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        usize::from_str_radix(line.trim_end(), 16).map_err(|_| io::ErrorKind::UnexpectedEof.into())
    }

    /// Reads a request, accepting its body.
    fn request(&mut self) -> Option<(String, Vec<u8>)> {
        let head = self.head()?;
        if field(&head, "expect").is_some() {
            self.send("HTTP/1.1 100 Continue\r\n\r\n");
        }
        let body = self.body(&head).ok()?;
        Some((head, body))
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// Heads and bodies.
type Requests = Arc<Mutex<Vec<(String, String)>>>;

/// A server that records requests.
fn recording(tls: bool) -> (Server, Requests) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = seen.clone();
    let server = Server::start(tls, move |peer| {
        while let Some((head, body)) = peer.request() {
            kept.lock().unwrap().push((head, String::from_utf8(body).unwrap()));
            peer.send(OK);
        }
    });
    (server, seen)
}

fn put(client: &Client, body: impl Into<Body>) -> tucuxi::Result<Output> {
    client.request("put_object").params(json!({"Bucket": "b", "Key": "k"})).body(body).send()
}

fn get(client: &Client) -> tucuxi::Result<Output> {
    client.request("get_object").params(json!({"Bucket": "b", "Key": "k"})).send()
}

/// A server that always responds with an object with this checksum.
fn object(checksum: &'static str, content: &'static str) -> Server {
    Server::start(false, move |peer| {
        while peer.head().is_some() {
            let length = content.len();
            peer.send(&format!("HTTP/1.1 200 OK\r\n{checksum}\r\nContent-Length: {length}\r\n\r\n{content}"));
        }
    })
}

// --- Uploads ------------------------------------------------------------------------------------------------------------

#[test]
fn every_body_kind_over_tls() {
    let (server, seen) = recording(true);
    let client = server.s3();
    let file = server.file("hello");
    std::fs::write(&file, HELLO).unwrap();
    let known = [
        Body::from(HELLO),
        Body::from_path(&file).unwrap(),
        Body::from_seekable(Cursor::new(HELLO)).unwrap(),
        Body::from_reader_with_length(HELLO.as_bytes(), 11),
        Body::from_reader(HELLO.as_bytes()),
    ];
    for body in known {
        put(&client, body).unwrap();
        let (head, body) = seen.lock().unwrap().pop().unwrap();
        assert_eq!(body, CODED);
        for (name, expected) in [
            ("content-length", Some("52")),
            ("transfer-encoding", None),
            ("x-amz-decoded-content-length", Some("11")),
            ("content-encoding", Some("aws-chunked")),
            ("x-amz-trailer", Some("x-amz-checksum-crc32")),
            ("x-amz-content-sha256", Some("streaming-unsigned-payload-trailer")),
            ("expect", Some("100-continue")),
        ] {
            assert_eq!(field(&head, name), expected, "{name}");
        }
    }
}

#[test]
fn every_body_kind_without_tls() {
    let (server, seen) = recording(false);
    let client = server.s3();
    let file = server.file("hello");
    std::fs::write(&file, HELLO).unwrap();
    for body in [
        Body::from(HELLO),
        Body::from_path(&file).unwrap(),
        Body::from_seekable(Cursor::new(HELLO)).unwrap(),
        Body::from_reader(HELLO.as_bytes()),
        Body::from_reader_with_length(HELLO.as_bytes(), 11),
    ] {
        put(&client, body).unwrap();
        let (head, body) = seen.lock().unwrap().pop().unwrap();
        assert_eq!(body, HELLO);
        assert_eq!(field(&head, "x-amz-checksum-crc32"), Some("i9aeug=="));
        assert_eq!(field(&head, "content-encoding"), None);
        assert_eq!(field(&head, "content-length"), Some("11"));
    }
}

#[test]
fn retried_upload_is_complete_and_restarts_progress() {
    // Rejected before the body, rejected after it, accepted.
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (kept, count) = (seen.clone(), AtomicU64::new(0));
    let server = Server::start(true, move |peer| {
        while let Some(head) = peer.head() {
            let number = count.fetch_add(1, Ordering::SeqCst);
            if number == 0 {
                return peer.send("HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            }
            peer.send("HTTP/1.1 100 Continue\r\n\r\n");
            kept.lock().unwrap().push(String::from_utf8(peer.body(&head).unwrap()).unwrap());
            peer.send(if number == 1 { "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n" } else { OK });
        }
    });
    let progress = Arc::new(Mutex::new(Vec::new()));
    let reported = progress.clone();
    let body = Body::from(HELLO).on_progress(move |bytes| reported.lock().unwrap().push(bytes));
    let output = put(&server.s3(), body).unwrap();
    assert_eq!(output.metadata.attempts, 3);
    assert_eq!(*seen.lock().unwrap(), [CODED, CODED]);
    // The attempt that was rejected early read nothing.
    assert_eq!(*progress.lock().unwrap(), [11, 0, 11]);
}

#[test]
fn reader_of_wrong_length_never_creates_an_object() {
    for tls in [true, false] {
        let whole = Arc::new(AtomicU64::new(0));
        let counted = whole.clone();
        let server = Server::start(tls, move |peer| {
            while peer.request().is_some() {
                counted.fetch_add(1, Ordering::SeqCst);
                peer.send(OK);
            }
        });
        let client = server.s3();
        for length in [10, 12] {
            let error = put(&client, Body::from_reader_with_length(HELLO.as_bytes(), length)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Body, "{error}");
            if tls {
                assert_eq!(error.attempts(), 1);
                assert!(error.to_string().contains("announced"), "{error}");
            }
        }
        assert_eq!(whole.load(Ordering::SeqCst), 0);
    }
}

// --- Downloads ----------------------------------------------------------------------------------------------------------

#[test]
fn response_is_returned_only_if_checksum_matches() {
    let right = object("x-amz-checksum-crc32: i9aeUg==", HELLO);
    let output = get(&right.s3()).unwrap();
    assert_eq!(output.metadata.checksum_algorithm, Some("crc32"));
    let progress = Arc::new(Mutex::new(Vec::new()));
    let reported = progress.clone();
    let body = output.body.on_progress(move |bytes| reported.lock().unwrap().push(bytes));
    assert_eq!(body.save_to(right.file("object")).unwrap(), 11);
    assert_eq!(std::fs::read_to_string(right.file("object")).unwrap(), HELLO);
    assert_eq!(progress.lock().unwrap().last(), Some(&11));

    let wrong = object("x-amz-checksum-crc32: i9aeUg==", "Hello World");
    let client = wrong.s3();
    let error = client.call("get_object", json!({"Bucket": "b", "Key": "k"})).unwrap_err();
    // A retry would return the same corrupt object.
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Response, 1));
    let says = format!("its CRC32 checksum is ShexVg==, announced was {HELLO_CRC32}");
    assert!(error.to_string().contains(&says), "{error}");
    let mut body = get(&client).unwrap().body;
    let mut all = Vec::new();
    let error = body.read_to_end(&mut all).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    assert!(all.len() < 11);
    let error = get(&client).unwrap().body.save_to(wrong.file("object")).unwrap_err();
    assert!(error.to_string().contains("CRC32"), "{error}");
    assert!(!wrong.file("object").exists());
}

#[test]
fn truncated_response_is_reported_as_such() {
    let server = Server::start(false, |peer| {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nx-amz-checksum-crc32: i9aeUg==\r\nContent-Length: 11\r\n\r\nHello");
    });
    let error = server.s3().call("get_object", json!({"Bucket": "b", "Key": "k"})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let error = get(&server.s3()).unwrap().body.save_to(server.file("object")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert!(!server.file("object").exists());
}

// --- A gigabyte ---------------------------------------------------------------------------------------------------------

const GIGABYTE: u64 = 1 << 30;
/// Maximum memory growth of the process, both sides of the connection together.
#[cfg(target_os = "linux")]
const MOST_KIB: u64 = 32 * 1024;

/// Peak memory of this process, in KiB.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// A generated gigabyte.
struct Generated(u64);

impl Read for Generated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(usize::try_from(self.0).unwrap());
        buffer[..count].fill(b'g');
        self.0 -= count as u64;
        Ok(count)
    }
}

/// The checksum of a [`Generated`] gigabyte.
fn crc_of_gigabyte() -> String {
    let (mut digest, block) = (crc32fast::Hasher::new(), vec![b'g'; 1 << 20]);
    (0..GIGABYTE >> 20).for_each(|_| digest.update(&block));
    tucuxi::blob(digest.finalize().to_be_bytes()).as_str().unwrap().to_owned()
}

/// Upload with a trailing checksum and download with a header checksum, over TLS: each side holds only a few buffers.
#[cfg(target_os = "linux")]
#[test]
fn gigabyte_transfers_use_constant_memory() {
    let (received, expected) = (Arc::new(AtomicU64::new(0)), crc_of_gigabyte());
    let (counted, checksum) = (received.clone(), expected.clone());
    let server = Server::start(true, move |peer| {
        let mut block = vec![b'g'; 1 << 20];
        while let Some(head) = peer.head() {
            if head.starts_with("get") {
                peer.send(&format!(
                    "HTTP/1.1 200 OK\r\nx-amz-checksum-crc32: {checksum}\r\nContent-Length: {GIGABYTE}\r\n\r\n"
                ));
                let wire = peer.0.get_mut();
                for _ in 0..GIGABYTE >> 20 {
                    wire.write_all(&block).unwrap();
                }
                wire.flush().unwrap();
                continue;
            }
            peer.send("HTTP/1.1 100 Continue\r\n\r\n");
            let mut digest = crc32fast::Hasher::new();
            loop {
                let size = peer.chunk_size().unwrap();
                if size == 0 {
                    break;
                }
                peer.0.read_exact(&mut block[..size]).unwrap();
                digest.update(&block[..size]);
                counted.fetch_add(size as u64, Ordering::SeqCst);
                peer.0.read_exact(&mut [0; 2]).unwrap();
            }
            let mut trailer = String::new();
            peer.0.read_line(&mut trailer).unwrap();
            peer.0.read_line(&mut String::new()).unwrap();
            let computed = tucuxi::blob(digest.finalize().to_be_bytes());
            assert_eq!(trailer.trim_end(), format!("x-amz-checksum-crc32:{}", computed.as_str().unwrap()));
            peer.send(OK);
            block.fill(b'g');
        }
    });
    let client = server.s3();
    put(&client, HELLO).unwrap();
    received.store(0, Ordering::SeqCst);
    let before = peak();
    put(&client, Body::from_reader_with_length(Generated(GIGABYTE), GIGABYTE)).unwrap();
    assert_eq!(received.load(Ordering::SeqCst), GIGABYTE);
    let output = get(&client).unwrap();
    assert_eq!(output.metadata.checksum_algorithm, Some("crc32"));
    let mut body = output.body;
    assert_eq!(io::copy(&mut body, &mut io::sink()).unwrap(), GIGABYTE);
    let grown = peak() - before;
    assert!(grown < MOST_KIB, "{grown} KiB");
}
