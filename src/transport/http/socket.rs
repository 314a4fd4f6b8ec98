//! TCP layer of a connection.

use std::mem;
use std::time::Duration;

use ureq::Timeout;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport as Wire};

use super::super::attempt::observe;
use super::super::failure::is_reset;
use super::super::tcp::{Failed, Tcp};
use super::buffers::WireBuffers;
use super::lend::{Receive, take_buffered};
use super::timeouts::{limits, timeout_or_io_error};

/// Size of a write buffer, and of a read buffer above TLS. A connection has one buffer per direction, and two with TLS.
pub(super) const BUFFER_SIZE: usize = 64 * 1024;
/// Size of the buffer for what the socket receives: larger, since each read is a system call.
const RECEIVE_SIZE: usize = 128 * 1024;
/// Memory of the caller that is at least this large is received into without a buffer.
const DIRECT: usize = 32 * 1024;

/// TCP layer, below TLS. A server may send a response and close its read side while the body is still being sent. The
/// layer keeps the write error until it is clear that no response arrived, and discards further output.
#[derive(Debug)]
pub(super) struct Socket {
    tcp: Tcp,
    buffers: WireBuffers,
    /// The write error after which nothing can be sent.
    unsent: Option<ureq::Error>,
    /// The buffer already holds input that no read has reported.
    early: bool,
}

impl Socket {
    pub(super) fn new(tcp: Tcp) -> Self {
        Socket { tcp, buffers: WireBuffers::new(RECEIVE_SIZE, BUFFER_SIZE), unsent: None, early: false }
    }

    fn write(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let (limits, timeout) = limits(timeout.per_write, timeout);
        let wrote = || observe(|observed| observed.wrote = true);
        let written = self.tcp.write_all(&self.buffers.output()[..amount], &limits, wrote);
        written.map_err(|failed| match failed {
            Failed::Idle => ureq::Error::Timeout(Timeout::PerWrite),
            failed => timeout_or_io_error(failed, timeout),
        })
    }

    fn read(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let read = read(&mut self.tcp, self.buffers.input_append_buf(), timeout)?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn refuse(&mut self, error: ureq::Error) {
        self.unsent = Some(error);
        observe(|observed| observed.body_rejected = true);
    }
}

fn read(tcp: &mut Tcp, into: &mut [u8], timeout: NextTimeout) -> Result<usize, ureq::Error> {
    let (limits, timeout) = limits(timeout.per_read, timeout);
    tcp.read(into, &limits).map_err(|failed| match failed {
        Failed::Idle => ureq::Error::Timeout(Timeout::PerRead),
        failed => timeout_or_io_error(failed, timeout),
    })
}

impl Receive for Socket {
    fn receive(&mut self, into: &mut [u8], timeout: NextTimeout) -> Result<usize, ureq::Error> {
        let is_direct = into.len() >= DIRECT && self.unsent.is_none() && !self.early && self.buffers.input().is_empty();
        if is_direct {
            return read(&mut self.tcp, into, timeout);
        }
        if self.buffers.input().is_empty() && !self.await_input(timeout)? {
            return Ok(0);
        }
        Ok(take_buffered(&mut self.buffers, into))
    }
}

impl Wire for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if self.unsent.is_some() {
            return Ok(());
        }
        match self.write(amount, timeout) {
            Ok(()) => Ok(()),
            Err(ureq::Error::Io(error)) if is_reset(&error) => {
                self.refuse(ureq::Error::Io(error));
                Ok(())
            }
            Err(ureq::Error::Timeout(reason)) => {
                // The server stopped reading; it may have sent a response.
                let at_once = NextTimeout { after: Duration::from_millis(1).into(), ..timeout };
                match self.read(at_once) {
                    Ok(true) => {
                        self.early = true;
                        self.refuse(ureq::Error::Timeout(reason));
                        Ok(())
                    }
                    _ => Err(ureq::Error::Timeout(reason)),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        if mem::take(&mut self.early) {
            return Ok(true);
        }
        match (self.read(timeout), self.unsent.take()) {
            (Ok(true), unsent) => {
                self.unsent = unsent;
                Ok(true)
            }
            // No response, so report the failed write.
            (_, Some(unsent)) => Err(unsent),
            (result, None) => result,
        }
    }

    fn is_open(&mut self) -> bool {
        self.unsent.is_none() && self.tcp.is_quiet()
    }

    fn is_tls(&self) -> bool {
        false
    }
}
