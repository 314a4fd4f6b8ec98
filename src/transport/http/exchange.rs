//! The outermost layer of a connection: it puts requests together, and has responses read by [`Inbound`] before `ureq` sees them.

use std::time::{Duration, Instant};
use std::{io, mem};

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport as Wire};

use super::super::failure::{Cut, is_reset};
use super::super::head::{Delimiter, RequestKind};
use super::super::inbound::{FinalHead, Inbound, Rewritten, Step};
use super::super::malformed::Malformed;
use super::super::progress::{FIELDS, PROGRESS, Phase, report};
use super::super::proxy::{MAX_TEXT, Refusal};
use super::{BUFFER_SIZE, SMALL_BODY, end, left};

/// How long the text of a proxy that refuses is waited for.
const AWAIT_REFUSAL: Duration = Duration::from_secs(1);

/// Above TLS.
#[derive(Debug)]
pub(super) struct Exchange<T> {
    inner: T,
    /// What stands before the path in a request to a proxy: `http://host`, `https://host`.
    forward: Option<String>,
    /// There is one request here, for a tunnel. What follows it belongs to TLS, above which stands another one of these.
    to_proxy: bool,
    tunnel: bool,
    /// The head of a request, until its body comes.
    held: Vec<u8>,
    /// The next output begins a request.
    at_request: bool,
    inbound: Inbound,
}

impl<T: Wire> Exchange<T> {
    /// `forward` is the origin of requests that go to a proxy as they are.
    pub(super) fn new(inner: T, forward: Option<String>, to_proxy: bool) -> Self {
        Exchange {
            inner,
            forward,
            to_proxy,
            tunnel: false,
            held: Vec::new(),
            at_request: true,
            inbound: Inbound::default(),
        }
    }

    /// Puts the origin before the path. The output buffer is larger than the amount that `ureq` has just written into it,
    /// unless the head fills it.
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

    /// Puts what was held back before the output.
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

    /// Moves what has come in to where heads and chunks are read.
    fn take_input(&mut self) {
        if !self.inbound.passes_through() {
            let buffers = self.inner.buffers();
            let taken = self.inbound.push(buffers.input());
            buffers.input_consume(taken);
        }
    }

    /// The final head is there: of the answer, or to the request for a tunnel.
    fn finish(&mut self, head: FinalHead, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if !self.to_proxy {
            FIELDS.set(Some((head.version, head.fields)));
            return Ok(());
        }
        if !head.status.is_success() {
            return Err(ureq::Error::Other(Box::new(self.refusal(head, timeout))));
        }
        self.tunnel = true;
        // Nothing may stand in the way of what is sent.
        let through = self.inbound.open_tunnel();
        let buffers = self.inner.buffers();
        buffers.input_append_buf()[..through.len()].copy_from_slice(&through);
        buffers.input_appended(through.len());
        Ok(())
    }

    /// What the proxy says instead of opening a tunnel, as far as it comes at once.
    fn refusal(&mut self, head: FinalHead, timeout: NextTimeout) -> Refusal {
        let until = end(timeout).into_iter().chain(Instant::now().checked_add(AWAIT_REFUSAL)).min();
        let length = match head.delimiter {
            Delimiter::NoBody => 0,
            Delimiter::Length(length) => usize::try_from(length).unwrap_or(MAX_TEXT).min(MAX_TEXT),
            Delimiter::Chunks | Delimiter::Close => MAX_TEXT,
        };
        let is_chunked = head.delimiter == Delimiter::Chunks;
        let mut text = self.inbound.body_so_far(is_chunked);
        while text.len() < length && !(is_chunked && self.inbound.passes_through()) {
            let came = left(timeout, until).and_then(|timeout| self.inner.await_input(timeout));
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
        Refusal { status: head.status, reason: head.reason, text, has_credentials: false }
    }
}

fn malformed(fault: Malformed) -> ureq::Error {
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

impl<T: Wire> Wire for Exchange<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        if self.inbound.has_rewritten() { self.inbound.rewritten() } else { self.inner.buffers() }
    }

    fn transmit_output(&mut self, mut amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if self.tunnel {
            return self.inner.transmit_output(amount, timeout);
        }
        let connecting = matches!(PROGRESS.get().phase, Phase::Connecting | Phase::Handshaking);
        if mem::take(&mut self.at_request) {
            let asks_for_head = self.inner.buffers().output()[..amount].starts_with(b"HEAD ");
            self.inbound.begin(match asks_for_head {
                _ if self.to_proxy => RequestKind::Connect,
                true => RequestKind::Head,
                false => RequestKind::Ordinary,
            });
            amount = self.make_absolute(amount)?;
            // What follows is a body of a known length above zero, so it will come.
            if PROGRESS.get().join && !connecting && amount + SMALL_BODY <= BUFFER_SIZE {
                self.held = self.inner.buffers().output()[..amount].to_vec();
                return Ok(());
            }
        }
        if !self.held.is_empty() {
            amount = self.release(amount)?;
        }
        if !connecting {
            report(|progress| progress.phase = Phase::Sending);
        }
        let sent = self.inner.transmit_output(amount, timeout);
        // Of an early answer, which ureq must not see as it is.
        self.take_input();
        sent
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let until = end(timeout);
        loop {
            if !self.tunnel {
                match self.inbound.step().map_err(malformed)? {
                    Step::More => {}
                    Step::Ready => return Ok(true),
                    Step::Final(head) => {
                        self.finish(head, left(timeout, until)?)?;
                        return Ok(true);
                    }
                }
            }
            let came = match self.inner.await_input(left(timeout, until)?) {
                Err(ureq::Error::Io(error)) if is_reset(&error) || error.kind() == io::ErrorKind::UnexpectedEof => {
                    Err(ureq::Error::Other(Box::new(Cut(error))))
                }
                result => result,
            };
            if self.tunnel || self.inbound.passes_through() {
                return came;
            }
            if !came? {
                return Ok(self.inbound.close());
            }
            report(|progress| progress.received = true);
            self.take_input();
        }
    }

    fn is_open(&mut self) -> bool {
        // RequestKind when a connection goes into the pool, behind a request, and when it comes out of it. Only the second answer
        // counts, and each costs three system calls.
        let goes_into_pool = !self.to_proxy && !mem::replace(&mut self.at_request, true);
        !self.inbound.is_spoiled() && (goes_into_pool || self.inner.is_open())
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
