//! TCP connection with an idle timeout and a deadline for reads and writes, even if the peer is slow.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::cancel::{CANCEL_INTERVAL, CancelToken};
use crate::deadline::Deadline;
use crate::moment::{left_until, part};

/// Time between two tries of a write that does not block.
const WRITE_INTERVAL: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(super) struct Tcp {
    stream: TcpStream,
    /// Last timeouts set on the socket; unchanged ones save a system call.
    read_limit: Option<Duration>,
    write_limit: Option<Duration>,
}

/// What ends one connect, read or write.
#[derive(Debug, Clone, Default)]
pub(super) struct IoLimits {
    /// Idle timeout, restarted by every byte.
    pub(super) idle: Option<Duration>,
    /// Deadline of the whole operation.
    pub(super) deadline: Option<Instant>,
    pub(super) cancel: Option<CancelToken>,
}

/// Why a read or write failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// The idle timeout expired.
    Idle,
    /// The deadline passed.
    Deadline,
    Cancelled,
    Io(io::Error),
}

impl Tcp {
    /// Connects to the first address that accepts. Each gets two thirds of the remaining time, and the last one all of
    /// it.
    pub(super) fn connect(addresses: &[SocketAddr], deadline: Option<Instant>) -> Result<Tcp, Failed> {
        let mut failed = Failed::Io(io::Error::new(io::ErrorKind::NotFound, "the host has no address"));
        for (index, address) in addresses.iter().enumerate() {
            let left = deadline.map(left_until);
            let share = if index + 1 == addresses.len() { left } else { left.map(two_thirds) };
            let connected = match share {
                Some(Duration::ZERO) => return Err(Failed::Deadline),
                Some(share) => TcpStream::connect_timeout(address, share),
                None => TcpStream::connect(address),
            };
            match connected.and_then(|stream| stream.set_nodelay(true).map(|()| stream)) {
                Ok(stream) => return Ok(Tcp { stream, read_limit: None, write_limit: None }),
                Err(error) if is_timeout(&error) && share.is_some() => failed = Failed::Deadline,
                Err(error) => failed = Failed::Io(error),
            }
        }
        Err(failed)
    }

    /// Enables TCP keep-alive probes, so that firewalls and NAT devices do not drop the idle connection.
    pub(super) fn keep_alive(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).set_keepalive(true)
    }

    /// Writes all bytes. Calls `begun` when the system has accepted some.
    pub(super) fn write_all(&mut self, mut bytes: &[u8], limits: &IoLimits, begun: impl Fn()) -> Result<(), Failed> {
        while !bytes.is_empty() {
            let written = match &limits.cancel {
                None => self.write(bytes, limits)?,
                Some(cancel) => self.write_unless_cancelled(bytes, limits, cancel)?,
            };
            begun();
            bytes = &bytes[written..];
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8], limits: &IoLimits) -> Result<usize, Failed> {
        loop {
            let (limit, failed) = limits.next()?;
            if limit != self.write_limit {
                self.write_limit = tolerate(self.stream.set_write_timeout(limit)).map_err(Failed::Io)?.and(limit);
            }
            match self.stream.write(bytes) {
                Ok(0) => return Err(Failed::Io(io::ErrorKind::WriteZero.into())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(failed),
                result => return result.map_err(Failed::Io),
            }
        }
    }

    /// Tries to write until the system accepts some bytes. A blocking write with a short timeout would not do: systems
    /// differ in whether they tell how much of it was sent.
    fn write_unless_cancelled(
        &mut self,
        bytes: &[u8],
        limits: &IoLimits,
        cancel: &CancelToken,
    ) -> Result<usize, Failed> {
        let wait = Wait::begin(limits);
        loop {
            let (left, _) = wait.next(cancel)?;
            match self.without_blocking(|mut stream| stream.write(bytes)) {
                Ok(0) => return Err(Failed::Io(io::ErrorKind::WriteZero.into())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    cancel.wait(left.map_or(WRITE_INTERVAL, |left| left.min(WRITE_INTERVAL)));
                }
                result => return result.map_err(Failed::Io),
            }
        }
    }

    /// Reads available bytes; 0 means the end.
    pub(super) fn read(&mut self, buffer: &mut [u8], limits: &IoLimits) -> Result<usize, Failed> {
        if let Some(cancel) = &limits.cancel {
            return self.read_unless_cancelled(buffer, limits, cancel);
        }
        loop {
            let (limit, failed) = limits.next()?;
            self.limit_read(limit)?;
            match self.stream.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => return Err(failed),
                result => return result.map_err(Failed::Io),
            }
        }
    }

    /// Waits by peeking, because on some systems a read that times out may lose the bytes that arrive at that moment.
    fn read_unless_cancelled(
        &mut self,
        buffer: &mut [u8],
        limits: &IoLimits,
        cancel: &CancelToken,
    ) -> Result<usize, Failed> {
        let wait = Wait::begin(limits);
        loop {
            let (left, _) = wait.next(cancel)?;
            self.limit_read(Some(left.map_or(CANCEL_INTERVAL, |left| left.min(CANCEL_INTERVAL))))?;
            match self.stream.peek(&mut [0]).and_then(|_| self.stream.read(buffer)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted || is_timeout(&error) => {}
                result => return result.map_err(Failed::Io),
            }
        }
    }

    fn limit_read(&mut self, limit: Option<Duration>) -> Result<(), Failed> {
        if limit != self.read_limit {
            self.read_limit = tolerate(self.stream.set_read_timeout(limit)).map_err(Failed::Io)?.and(limit);
        }
        Ok(())
    }

    fn without_blocking<T>(&self, attempt: impl FnOnce(&TcpStream) -> io::Result<T>) -> io::Result<T> {
        self.stream.set_nonblocking(true)?;
        let result = attempt(&self.stream);
        self.stream.set_nonblocking(false)?;
        result
    }

    /// Whether the peer has neither closed the connection nor sent unsolicited bytes.
    pub(super) fn is_quiet(&self) -> bool {
        let found = self.without_blocking(|stream| stream.peek(&mut [0]));
        matches!(found, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }
}

impl IoLimits {
    /// Timeout of the next system call, and the failure to report when it expires.
    fn next(&self) -> Result<(Option<Duration>, Failed), Failed> {
        earliest(self.idle, self.deadline)
    }
}

fn earliest(idle: Option<Duration>, deadline: Option<Instant>) -> Result<(Option<Duration>, Failed), Failed> {
    let left = deadline.map(left_until);
    match (idle, left) {
        (_, Some(Duration::ZERO)) => Err(Failed::Deadline),
        (Some(Duration::ZERO), _) => Err(Failed::Idle),
        (Some(idle), left) if left.is_none_or(|left| idle < left) => Ok((Some(idle), Failed::Idle)),
        (_, left) => Ok((left, Failed::Deadline)),
    }
}

/// A wait in several steps, between which a token is checked.
struct Wait {
    idle_deadline: Option<Instant>,
    deadline: Option<Instant>,
}

impl Wait {
    fn begin(limits: &IoLimits) -> Self {
        Wait { idle_deadline: Deadline::after(limits.idle).at(), deadline: limits.deadline }
    }

    /// Time until the wait ends, and the failure to report then.
    fn next(&self, cancel: &CancelToken) -> Result<(Option<Duration>, Failed), Failed> {
        if cancel.is_cancelled() {
            return Err(Failed::Cancelled);
        }
        earliest(self.idle_deadline.map(left_until), self.deadline)
    }
}

fn two_thirds(left: Duration) -> Duration {
    left.saturating_sub(part(left, 3))
}

/// Operating systems report an expired timeout with different error kinds.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

/// macOS may refuse to change the timeout of a connection closed by the peer, although a response can still be read.
/// `Some` if the timeout was changed.
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
    fn keep_alive_enables_tcp_probes() {
        let (tcp, _peer) = pair();
        let is_probed = || socket2::SockRef::from(&tcp.stream).keepalive().unwrap();
        assert!(!is_probed());
        tcp.keep_alive().unwrap();
        assert!(is_probed());
    }

    #[test]
    fn write_respects_deadline_and_idle_timeout() {
        let (mut tcp, _peer) = pair();
        let begun = Instant::now();
        let limits = IoLimits {
            idle: Some(Duration::from_secs(60)),
            deadline: Some(begun + Duration::from_millis(200)),
            cancel: None,
        };
        let failed = tcp.write_all(&vec![0; 64 << 20], &limits, || {}).unwrap_err();
        assert!(matches!(failed, Failed::Deadline), "{failed:?}");
        assert!((200..2_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
        let limits = IoLimits { idle: Some(Duration::from_millis(50)), deadline: None, cancel: None };
        let failed = tcp.write_all(&vec![0; 64 << 20], &limits, || {});
        assert!(matches!(failed, Err(Failed::Idle)));
    }

    #[test]
    fn connect_uses_the_first_reachable_address() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let addresses = [closed, listener.local_addr().unwrap()];
        assert!(Tcp::connect(&addresses, None).unwrap().is_quiet());
        let failed = Tcp::connect(&addresses[..1], Some(Instant::now() + Duration::from_secs(5))).unwrap_err();
        assert!(matches!(failed, Failed::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused));
    }

    #[test]
    fn connection_is_quiet_until_peer_sends_or_closes() {
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
