//! The store in memory as a server.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use tucuxi::{Body, SendOptions, Transport};

use crate::store::Store;
use crate::support::server::listen;

/// Starts a server that handles one request on each connection.
pub(crate) fn serve(store: Store) -> SocketAddr {
    listen(move |stream| {
        // A client that leaves early gets no response.
        _ = handle(&store, &stream);
    })
}

fn handle(store: &Store, stream: &TcpStream) -> io::Result<()> {
    let mut source = BufReader::with_capacity(64 << 10, stream);
    let mut line = String::new();
    source.read_line(&mut line)?;
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = http::Request::builder().method(method).uri(target);
    let mut length = 0;
    loop {
        let mut line = String::new();
        source.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    // A request that is not whole is not handled.
    source.read_exact(&mut body)?;
    let options = SendOptions::default();
    let (head, body) = store.send(request.body(Body::from(body)).unwrap(), &options).unwrap().into_parts();
    let body = body.into_bytes().unwrap();
    let mut response = format!("HTTP/1.1 {} X\r\n", head.status.as_u16());
    for (name, value) in head.headers.iter().filter(|(name, _)| *name != http::header::CONTENT_LENGTH) {
        response += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    if head.status != 204 {
        response += &format!("Content-Length: {}\r\n", body.len());
    }
    (&mut &*stream).write_all(format!("{response}\r\n").as_bytes())?;
    (&mut &*stream).write_all(&body)
}
