//! A TCP connection whose reads and writes end in time, however little the other side takes or gives.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::moment::{left_until, part};

#[derive(Debug)]
pub(super) struct Tcp {
    stream: TcpStream,
    /// What the system was told last: a system call that changes nothing is spared.
    read_limit: Option<Duration>,
    write_limit: Option<Duration>,
}

/// How long one read or write may take.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    /// Begins anew with every byte.
    pub(super) idle: Option<Duration>,
    /// The end of it all.
    pub(super) until: Option<Instant>,
}

/// Why a read or a write came to nothing.
#[derive(Debug)]
pub(super) enum Failed {
    /// Not a byte within the idle limit.
    Idle,
    /// The end has come.
    Over,
    Io(io::Error),
}

impl Tcp {
    /// Connects to the first address that answers. Each gets two thirds of the time that is left, the last one all of it.
    pub(super) fn connect(addresses: &[SocketAddr], until: Option<Instant>) -> Result<Tcp, Failed> {
        let mut failed = Failed::Io(io::Error::new(io::ErrorKind::NotFound, "the host has no address"));
        for (index, address) in addresses.iter().enumerate() {
            let left = until.map(left_until);
            let share = if index + 1 == addresses.len() { left } else { left.map(two_thirds) };
            let connected = match share {
                Some(Duration::ZERO) => return Err(Failed::Over),
                Some(share) => TcpStream::connect_timeout(address, share),
                None => TcpStream::connect(address),
            };
            match connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
                Ok(stream) => return Ok(Tcp { stream, read_limit: None, write_limit: None }),
                Err(error) if is_timeout(&error) && share.is_some() => failed = Failed::Over,
                Err(error) => failed = Failed::Io(error),
            }
        }
        Err(failed)
    }

    /// Has the system probe the connection while it is idle, so that whoever stands between does not forget it.
    pub(super) fn keep_alive(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).set_keepalive(true)
    }

    /// Writes all of it. `begun` is called when the system has accepted something.
    pub(super) fn write_all(&mut self, mut bytes: &[u8], limits: Limits, begun: impl Fn()) -> Result<(), Failed> {
        while !bytes.is_empty() {
            let (limit, failed) = limits.next()?;
            if limit != self.write_limit {
                self.write_limit = tolerate(self.stream.set_write_timeout(limit)).map_err(Failed::Io)?.and(limit);
            }
            match self.stream.write(bytes) {
                Ok(0) => return Err(Failed::Io(io::ErrorKind::WriteZero.into())),
                Ok(written) => {
                    begun();
                    bytes = &bytes[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(failed),
                Err(error) => return Err(Failed::Io(error)),
            }
        }
        Ok(())
    }

    /// Reads what there is; 0 bytes are the end.
    pub(super) fn read(&mut self, buffer: &mut [u8], limits: Limits) -> Result<usize, Failed> {
        loop {
            let (limit, failed) = limits.next()?;
            if limit != self.read_limit {
                self.read_limit = tolerate(self.stream.set_read_timeout(limit)).map_err(Failed::Io)?.and(limit);
            }
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(failed),
                result => return result.map_err(Failed::Io),
            }
        }
    }

    /// Whether the other side has neither closed the connection nor said anything that nobody asked for.
    pub(super) fn is_quiet(&self) -> bool {
        let look = || -> io::Result<bool> {
            self.stream.set_nonblocking(true)?;
            let found = self.stream.peek(&mut [0]);
            self.stream.set_nonblocking(false)?;
            Ok(matches!(found, Err(error) if error.kind() == io::ErrorKind::WouldBlock))
        };
        look().unwrap_or(false)
    }
}

impl Limits {
    /// How long the next call of the system may wait, and what it means when it has.
    fn next(&self) -> Result<(Option<Duration>, Failed), Failed> {
        let left = self.until.map(left_until);
        match (self.idle, left) {
            (_, Some(Duration::ZERO)) => Err(Failed::Over),
            (Some(Duration::ZERO), _) => Err(Failed::Idle),
            (Some(idle), left) if left.is_none_or(|left| idle < left) => Ok((Some(idle), Failed::Idle)),
            (_, left) => Ok((left, Failed::Over)),
        }
    }
}

fn two_thirds(left: Duration) -> Duration {
    left.saturating_sub(part(left, 3))
}

/// Systems differ in what they call a limit that ran out.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// macOS may refuse to change the limit of a connection that the other side has closed, whose answer can still be read. `Some`
/// where the limit was changed.
fn tolerate(result: io::Result<()>) -> io::Result<Option<()>> {
    match result {
        Err(error) if cfg!(target_os = "macos") && error.kind() == io::ErrorKind::InvalidInput => Ok(None),
        result => result.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (Tcp, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = Tcp::connect(&[listener.local_addr().unwrap()], None).unwrap();
        (tcp, listener.accept().unwrap().0)
    }

    #[test]
    fn idle_connections_are_probed_where_that_is_asked_for() {
        let (tcp, _peer) = pair();
        let is_probed = || socket2::SockRef::from(&tcp.stream).keepalive().unwrap();
        assert!(!is_probed());
        tcp.keep_alive().unwrap();
        assert!(is_probed());
    }

    #[test]
    fn an_end_holds_for_what_is_half_written() {
        let (mut tcp, _peer) = pair();
        let begun = Instant::now();
        let limits = Limits { idle: Some(Duration::from_secs(60)), until: Some(begun + Duration::from_millis(200)) };
        let failed = tcp.write_all(&vec![0; 64 << 20], limits, || {}).unwrap_err();
        assert!(matches!(failed, Failed::Over), "{failed:?}");
        assert!((200..2_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
        let limits = Limits { idle: Some(Duration::from_millis(50)), until: None };
        let failed = tcp.write_all(&vec![0; 64 << 20], limits, || {});
        assert!(matches!(failed, Err(Failed::Idle)));
    }

    #[test]
    fn the_first_address_that_answers_is_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let addresses = [closed, listener.local_addr().unwrap()];
        assert!(Tcp::connect(&addresses, None).unwrap().is_quiet());
        let failed = Tcp::connect(&addresses[..1], Some(Instant::now() + Duration::from_secs(5))).unwrap_err();
        assert!(matches!(failed, Failed::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused));
    }

    #[test]
    fn a_connection_is_quiet_until_the_other_side_speaks_or_goes() {
        let (tcp, mut peer) = pair();
        assert!(tcp.is_quiet());
        peer.write_all(b"x").unwrap();
        while tcp.is_quiet() {
            std::thread::yield_now();
        }
        let (tcp, peer) = pair();
        drop(peer);
        while tcp.is_quiet() {
            std::thread::yield_now();
        }
    }
}
