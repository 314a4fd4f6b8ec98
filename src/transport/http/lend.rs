//! Large bodies of known length, received without `ureq`.
//!
//! `ureq` copies every byte of a body out of the connection's buffer, and looks at each sixteen of them for its log. So for
//! a large body the [`Exchange`](super::exchange::Exchange) shows `ureq` the head of an empty chunked body, and lends its
//! connection to the reader of the response, which receives straight into the caller's memory. After the last byte the
//! reader gives the connection back; `ureq` then reads the end of the chunks, and puts the connection into its pool.

use std::fmt;
use std::io::{self, Read};
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{Buffers, Either, NextTimeout, Transport as Wire};

use super::super::attempt::LargeBody;
use super::super::failure::{BrokenConnection, is_reset};
use super::timeouts::remaining;

/// Where a lent connection comes back to.
pub(super) type Home = Arc<Mutex<Option<Box<dyn Receive>>>>;

/// A connection that can receive into memory of the caller.
pub(super) trait Receive: Wire {
    /// Receives some bytes; 0 means the end. By default they go through the connection's buffer.
    fn receive(&mut self, into: &mut [u8], timeout: NextTimeout) -> Result<usize, ureq::Error> {
        if self.buffers().input().is_empty() && !self.await_input(timeout)? {
            return Ok(0);
        }
        Ok(take_buffered(self.buffers(), into))
    }
}

impl Receive for () {}
impl Receive for Box<dyn Wire> {}

impl<A: Receive, B: Receive> Receive for Either<A, B> {
    fn receive(&mut self, into: &mut [u8], timeout: NextTimeout) -> Result<usize, ureq::Error> {
        match self {
            Either::A(a) => a.receive(into, timeout),
            Either::B(b) => b.receive(into, timeout),
        }
    }
}

/// Moves received bytes from the buffer.
pub(super) fn take_buffered(buffers: &mut dyn Buffers, into: &mut [u8]) -> usize {
    let input = buffers.input();
    let amount = input.len().min(into.len());
    into[..amount].copy_from_slice(&input[..amount]);
    buffers.input_consume(amount);
    amount
}

/// Stands in for a connection that is lent.
#[derive(Debug)]
pub(super) struct Away;

impl Buffers for Away {
    fn output(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input(&self) -> &[u8] {
        &[]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input_appended(&mut self, _: usize) {}

    fn input_consume(&mut self, _: usize) {}

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], &mut [])
    }

    fn can_use_input(&self) -> bool {
        false
    }
}

impl Wire for Away {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        Err(ureq::Error::ConnectionFailed)
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        Ok(false)
    }

    fn is_open(&mut self) -> bool {
        false
    }
}

impl Receive for Away {}

/// A connection in the middle of a body, and the reader of the rest.
pub(super) struct Loan {
    /// Taken when the last byte was received.
    connection: Option<Box<dyn Receive>>,
    home: Home,
    /// The begin of the body, which came with the head.
    begin: io::Cursor<Vec<u8>>,
    length: u64,
    left: u64,
    idle: Option<Duration>,
    deadline: Option<Instant>,
}

impl Loan {
    /// Takes the connection until the body of this length has been received.
    pub(super) fn take(connection: &mut Box<dyn Receive>, home: &Home, begin: Vec<u8>, length: u64) -> Loan {
        Loan {
            connection: Some(mem::replace(connection, Box::new(Away))),
            home: Arc::clone(home),
            begin: io::Cursor::new(begin),
            length,
            left: length,
            idle: None,
            deadline: None,
        }
    }

    fn receive(&mut self, into: &mut [u8]) -> Result<usize, ureq::Error> {
        let Some(connection) = &mut self.connection else { return Ok(0) };
        let idle = self.idle.map(Into::into);
        let timeout = remaining(NextTimeout { per_read: idle, ..NextTimeout::default() }, self.deadline)?;
        match connection.receive(into, timeout) {
            Err(ureq::Error::Io(error)) if is_reset(&error) || error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(ureq::Error::Other(Box::new(BrokenConnection(error))))
            }
            result => result,
        }
    }
}

impl Read for Loan {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if max == 0 {
            return Ok(0);
        }
        let into = &mut buffer[..max];
        let read = match self.begin.read(into)? {
            0 => self.receive(into).map_err(ureq::Error::into_io)?,
            read => read,
        };
        self.left -= read as u64;
        if self.left == 0 {
            // An `Option` is never half written, so a poisoned lock is safe.
            *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.connection.take();
        }
        Ok(read)
    }
}

impl LargeBody for Loan {
    fn length(&self) -> u64 {
        self.length
    }

    fn limit(&mut self, idle: Option<Duration>, deadline: Option<Instant>) {
        (self.idle, self.deadline) = (idle, deadline);
    }
}

impl fmt::Debug for Loan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loan").field("length", &self.length).finish_non_exhaustive()
    }
}

/// The connection, if it was given back.
pub(super) fn come_home(home: &Home) -> Option<Box<dyn Receive>> {
    home.lock().unwrap_or_else(PoisonError::into_inner).take()
}
