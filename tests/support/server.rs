//! Servers on the loopback interface. They run until the process ends.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::thread;

/// Handles each connection with a closure, in its own thread.
pub(crate) fn listen(each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    listen_at("127.0.0.1:0", each).unwrap()
}

/// An error if the address cannot be bound.
pub(crate) fn listen_at(
    address: impl ToSocketAddrs,
    each: impl Fn(TcpStream) + Send + Sync + 'static,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let each = Arc::new(each);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let each = Arc::clone(&each);
            thread::spawn(move || each(stream));
        }
    });
    Ok(address)
}

/// Reads the head of a request, byte by byte, so that its body stays unread. The result is empty if the connection ends before.
pub(crate) fn read_head(stream: &mut TcpStream) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    Some(String::from_utf8(head).unwrap())
}
