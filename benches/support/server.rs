use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// What the server sends after every request.
#[derive(Clone)]
pub(crate) struct Reply {
    head: Arc<[u8]>,
    piece: Arc<[u8]>,
    pieces: usize,
}

impl Reply {
    fn new(piece: Vec<u8>, pieces: usize) -> Reply {
        let head = format!(
            "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 01234567-89ab-cdef-0123-456789abcdef\r\n\
             Content-Type: application/x-amz-json-1.0\r\nDate: Sun, 25 Jan 2015 08:00:00 GMT\r\nContent-Length: {}\r\n\r\n",
            piece.len() * pieces
        );
        if pieces == 1 {
            // One write, so that a small response is one packet.
            return Reply { head: [head.as_bytes(), &piece].concat().into(), piece: Arc::new([]), pieces: 0 };
        }
        Reply { head: head.into_bytes().into(), piece: piece.into(), pieces }
    }

    fn send(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        stream.write_all(&self.head)?;
        (0..self.pieces).try_for_each(|_| stream.write_all(&self.piece))
    }
}

/// Starts a server that sends the same response to every request, and returns its URL.
pub(crate) fn serve(body: Vec<u8>) -> String {
    serve_in_pieces(body, 1)
}

/// Starts a server whose responses are the piece, so many times.
pub(crate) fn serve_in_pieces(piece: Vec<u8>, pieces: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("bound");
    let reply = Reply::new(piece, pieces);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = reply.clone();
            // An error is a client that has gone.
            std::thread::spawn(move || drop(serve_connection(stream, &reply)));
        }
    });
    format!("http://{address}")
}

fn serve_connection(mut stream: TcpStream, reply: &Reply) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = BufReader::with_capacity(64 * 1024, stream.try_clone()?);
    let mut buffer = vec![0; 64 * 1024];
    while let Some(head) = read_head(&mut requests)? {
        if head.contains("expect: 100-continue") {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let mut left = content_length(&head);
        while left > 0 {
            let wanted = buffer.len().min(left);
            match requests.read(&mut buffer[..wanted])? {
                0 => return Ok(()),
                count => left -= count,
            }
        }
        reply.send(&mut stream)?;
    }
    Ok(())
}

/// The head of the next request in lower case, `None` at the end of the connection.
fn read_head(requests: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if requests.read_line(&mut head)? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(head.to_ascii_lowercase()))
}

fn content_length(head: &str) -> usize {
    head.lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |value| value.trim().parse().expect("a number"))
}
