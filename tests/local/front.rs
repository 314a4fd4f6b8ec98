//! A TLS proxy for a server without TLS, which can change requests and responses.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server::Server;

/// A text and its replacement of the same length, applied everywhere.
pub(crate) type Swap = Option<(&'static str, &'static str)>;

/// Terminates TLS and forwards requests unchanged, including `Host`, so that signatures stay valid.
pub(crate) struct Front {
    pub(crate) url: String,
    /// The certificate that clients must trust.
    pub(crate) certificate: PathBuf,
}

/// The replacements in requests and responses.
#[derive(Clone, Copy, Default)]
pub(crate) struct Changes {
    pub(crate) of_requests: Swap,
    pub(crate) of_responses: Swap,
}

impl Front {
    pub(crate) fn of(server: &Server, changes: Changes) -> Front {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let upstream = server.url.strip_prefix("http://").unwrap().to_owned();
        let certificate = server.folder.join(format!("front-{}.pem", address.port()));
        fs::write(&certificate, made.cert.pem()).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, config, upstream) = (stream.unwrap(), config.clone(), upstream.clone());
                thread::spawn(move || {
                    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                    let client = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
                    // Fails when the client closes the connection.
                    _ = serve(BufReader::new(client), &upstream, changes);
                });
            }
        });
        Front { url: format!("https://{address}"), certificate }
    }
}

fn serve(mut client: BufReader<impl Read + Write>, upstream: &str, changes: Changes) -> io::Result<()> {
    let mut server = BufReader::new(TcpStream::connect(upstream)?);
    loop {
        let mut head = read_head(&mut client)?;
        if let Some(expect) = line_of(&head, "expect") {
            head = head.replace(&expect, "");
            client.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            client.get_mut().flush()?;
        }
        server.get_mut().write_all(head.as_bytes())?;
        pass(&head, &mut client, server.get_mut(), changes.of_requests)?;
        let is_head = head.starts_with("HEAD ");
        let head = read_head(&mut server)?;
        client.get_mut().write_all(head.as_bytes())?;
        if !is_head {
            pass(&head, &mut server, client.get_mut(), changes.of_responses)?;
        }
        client.get_mut().flush()?;
    }
}

fn read_head(source: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if source.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(head)
}

/// The line of a header, including its line ending.
fn line_of(head: &str, name: &str) -> Option<String> {
    let is_it = |line: &&str| line.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(name));
    head.lines().find(is_it).map(|line| format!("{line}\r\n"))
}

/// Forwards a body with its framing.
fn pass(head: &str, source: &mut impl BufRead, target: &mut impl Write, swap: Swap) -> io::Result<()> {
    let length = line_of(head, "content-length").map(|line| line["content-length:".len()..].trim().parse().unwrap());
    if let Some(length) = length {
        return pass_bytes(length, source, target, swap);
    }
    if line_of(head, "transfer-encoding").is_none() {
        return Ok(());
    }
    loop {
        let mut line = String::new();
        source.read_line(&mut line)?;
        target.write_all(line.as_bytes())?;
        let size = usize::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
        pass_bytes(size + 2, source, target, swap)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn pass_bytes(length: usize, source: &mut impl Read, target: &mut impl Write, swap: Swap) -> io::Result<()> {
    let mut bytes = vec![0; length];
    source.read_exact(&mut bytes)?;
    if let Some((from, to)) = swap
        && let Some(at) = bytes.windows(from.len()).position(|window| window == from.as_bytes())
    {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    target.write_all(&bytes)
}
