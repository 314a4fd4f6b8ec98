//! Outermost connection layer: it assembles requests and lets [`Inbound`] parse responses before `ureq` sees them.

use std::time::{Duration, Instant};
use std::{io, mem};

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport as Wire};

use super::super::attempt::{Phase, current, observe};
use super::super::failure::{BrokenConnection, is_reset};
use super::super::head::{Delimiter, RequestKind};
use super::super::inbound::{FinalHead, Inbound, InboundStep, Rewritten};
use super::super::malformed::MalformedResponse;
use super::super::proxy::{MAX_TEXT, TunnelRefused};
use super::lend::{Home, Loan, Receive, come_home};
use super::socket::BUFFER_SIZE;
use super::timeouts::{deadline_of, remaining};

/// Largest in-memory body that is sent together with its head, in one packet and one TLS record.
pub(super) const SMALL_BODY: usize = 16 * 1024;
/// Time to wait for the body of a proxy's refusal.
const AWAIT_REFUSAL: Duration = Duration::from_secs(1);

/// HTTP exchange layer, above TLS.
#[derive(Debug)]
pub(super) struct Exchange {
    inner: Box<dyn Receive>,
    /// Where the connection comes back to when it was lent.
    home: Home,
    /// Origin to insert before the path of a request forwarded to a proxy: `http://host`, `https://host`.
    forward: Option<String>,
    /// This connection carries one CONNECT request to a proxy. TLS follows it, with another `Exchange` on top.
    to_proxy: bool,
    tunnel: bool,
    /// A request head held back until its body.
    held: Vec<u8>,
    /// The next output starts a request.
    at_request: bool,
    inbound: Inbound,
}

impl Exchange {
    /// `forward` is the origin of requests that are forwarded to a proxy.
    pub(super) fn new(inner: impl Receive, forward: Option<String>, to_proxy: bool) -> Self {
        Exchange {
            inner: Box::new(inner),
            home: Home::default(),
            forward,
            to_proxy,
            tunnel: false,
            held: Vec::new(),
            at_request: true,
            inbound: Inbound::default(),
        }
    }

    /// Inserts the origin before the path. The output buffer has room after what `ureq` wrote, unless the head fills
    /// it.
    fn make_absolute(&mut self, amount: usize) -> Result<usize, ureq::Error> {
        let Some(origin) = &self.forward else { return Ok(amount) };
        let output = self.inner.buffers().output();
        let path = output[..amount].iter().position(|byte| *byte == b' ').map(|space| space + 1);
        match path {
            Some(path) if amount + origin.len() <= output.len() => {
                output.copy_within(path..amount, path + origin.len());
                output[path..path + origin.len()].copy_from_slice(origin.as_bytes());
                Ok(amount + origin.len())
            }
            _ => Err(too_large()),
        }
    }

    /// Inserts the held-back head before the output.
    fn release(&mut self, amount: usize) -> Result<usize, ureq::Error> {
        let held = mem::take(&mut self.held);
        let (begin, end) = (held.len(), held.len() + amount);
        let output = self.inner.buffers().output();
        if end > output.len() {
            return Err(too_large());
        }
        output.copy_within(..amount, begin);
        output[..begin].copy_from_slice(&held);
        Ok(end)
    }

    /// Passes received bytes to the parser of heads and chunks.
    fn take_input(&mut self) {
        if !self.inbound.passes_through() {
            let buffers = self.inner.buffers();
            let taken = self.inbound.push(buffers.input());
            buffers.input_consume(taken);
        }
    }

    /// Handles the final head of the response, or of the response to CONNECT.
    fn finish(&mut self, head: FinalHead, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if !self.to_proxy {
            let loan = head.large.map(|(begin, length)| Loan::take(&mut self.inner, &self.home, begin, length));
            observe(|observed| {
                observed.head = Some((head.version, head.fields));
                observed.large = loan.map(|loan| Box::new(loan) as _);
            });
            return Ok(());
        }
        if !head.status.is_success() {
            return Err(ureq::Error::Other(Box::new(self.refusal(head, timeout))));
        }
        self.tunnel = true;
        // Move what came through the tunnel back into the buffer, so that it precedes later input.
        let through = self.inbound.open_tunnel();
        let buffers = self.inner.buffers();
        buffers.input_append_buf()[..through.len()].copy_from_slice(&through);
        buffers.input_appended(through.len());
        Ok(())
    }

    /// Reads the proxy's reason for refusing a tunnel, as far as it arrives promptly.
    fn refusal(&mut self, head: FinalHead, timeout: NextTimeout) -> TunnelRefused {
        let deadline = deadline_of(timeout).into_iter().chain(Instant::now().checked_add(AWAIT_REFUSAL)).min();
        let length = match head.delimiter {
            Delimiter::NoBody => 0,
            Delimiter::Length(length) => usize::try_from(length).unwrap_or(MAX_TEXT).min(MAX_TEXT),
            Delimiter::Chunks | Delimiter::Close => MAX_TEXT,
        };
        let is_chunked = head.delimiter == Delimiter::Chunks;
        let mut text = self.inbound.body_so_far(is_chunked);
        while text.len() < length && !(is_chunked && self.inbound.passes_through()) {
            let came = remaining(timeout, deadline).and_then(|timeout| self.inner.await_input(timeout));
            if !matches!(came, Ok(true)) {
                break;
            }
            if is_chunked {
                self.take_input();
                text = self.inbound.body_so_far(is_chunked);
            } else {
                let buffers = self.inner.buffers();
                text.extend_from_slice(buffers.input());
                let amount = buffers.input().len();
                buffers.input_consume(amount);
            }
        }
        text.truncate(length);
        TunnelRefused { status: head.status, reason: head.reason, text, has_credentials: false }
    }
}

fn malformed(fault: MalformedResponse) -> ureq::Error {
    ureq::Error::Other(Box::new(fault))
}

fn too_large() -> ureq::Error {
    ureq::Error::Io(io::Error::new(io::ErrorKind::InvalidInput, "the request's head is too large"))
}

impl Buffers for Rewritten {
    fn output(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input(&self) -> &[u8] {
        self.rest()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        &mut []
    }

    fn input_appended(&mut self, _: usize) {}

    fn input_consume(&mut self, amount: usize) {
        self.consume(amount);
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        (&mut [], &mut [])
    }

    fn can_use_input(&self) -> bool {
        self.is_useful()
    }
}

impl Wire for Exchange {
    fn buffers(&mut self) -> &mut dyn Buffers {
        if self.inbound.has_rewritten() { self.inbound.rewritten() } else { self.inner.buffers() }
    }

    fn transmit_output(&mut self, mut amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if self.tunnel {
            return self.inner.transmit_output(amount, timeout);
        }
        if mem::take(&mut self.at_request) {
            let asks_for_head = self.inner.buffers().output()[..amount].starts_with(b"HEAD ");
            self.inbound.begin(match asks_for_head {
                _ if self.to_proxy => RequestKind::Connect,
                true => RequestKind::Head,
                false => RequestKind::Ordinary,
            });
            amount = self.make_absolute(amount)?;
            // A body of a known length above zero follows, so the held-back head is always sent.
            if !self.to_proxy && current(|directions, _| directions.join_head) && amount + SMALL_BODY <= BUFFER_SIZE {
                self.held = self.inner.buffers().output()[..amount].to_vec();
                return Ok(());
            }
        }
        if !self.held.is_empty() {
            amount = self.release(amount)?;
        }
        if !self.to_proxy {
            observe(|observed| observed.phase = Phase::Sending);
        }
        let sent = self.inner.transmit_output(amount, timeout);
        // Take an early response, which `ureq` must not see unparsed.
        self.take_input();
        sent
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let deadline = deadline_of(timeout);
        loop {
            if !self.tunnel {
                match self.inbound.step().map_err(malformed)? {
                    InboundStep::More => {}
                    InboundStep::Ready => return Ok(true),
                    InboundStep::Final(head) => {
                        self.finish(head, remaining(timeout, deadline)?)?;
                        return Ok(true);
                    }
                }
            }
            if self.inbound.is_lent() {
                // Asked for before the whole body was received, it is gone.
                let Some(inner) = come_home(&self.home) else { return Ok(false) };
                self.inner = inner;
                self.inbound.end_lent();
                return Ok(true);
            }
            let came = match self.inner.await_input(remaining(timeout, deadline)?) {
                Err(ureq::Error::Io(error)) if is_reset(&error) || error.kind() == io::ErrorKind::UnexpectedEof => {
                    Err(ureq::Error::Other(Box::new(BrokenConnection(error))))
                }
                result => result,
            };
            if self.tunnel || self.inbound.passes_through() {
                return came;
            }
            if !came? {
                return Ok(self.inbound.close());
            }
            observe(|observed| observed.received = true);
            self.take_input();
        }
    }

    fn is_open(&mut self) -> bool {
        // `ureq` asks when a connection enters the pool after a request, and when it leaves the pool. Only the second
        // result matters, and each check costs three system calls.
        let goes_into_pool = !self.to_proxy && !mem::replace(&mut self.at_request, true);
        !self.inbound.is_spoiled() && (goes_into_pool || self.inner.is_open())
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
