//! Rewrites received heads and chunks into a minimal form for the HTTP client: heads of three lines, and chunks without
//! extensions. Header fields bypass it.

use std::io::Write as _;

use http::{HeaderMap, StatusCode, Version};

use super::chunks::Chunks;
use super::head::{self, Delimiter, RequestKind, ResponseHead, Scan};
use super::malformed::MalformedResponse;

/// Maximum total size of the heads of one response, and of a body's chunk extensions and trailers. AWS stays below 16
/// KiB.
pub(super) const MAX_HEAD_SIZE: usize = 63 * 1024;
/// Maximum number of interim (1xx) responses before the final one.
const MAX_INTERIM: usize = 32;
/// Bodies of a known length of which at least this much is still to come are received elsewhere.
const LARGE: u64 = 256 * 1024;
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const TUNNEL: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

#[derive(Debug, Default)]
pub(super) struct Inbound {
    state: InboundState,
    /// Raw head bytes not yet parsed.
    raw: Vec<u8>,
    scan: Scan,
    request: RequestKind,
    interim: usize,
    interim_size: usize,
    rewritten: Rewritten,
    /// Error in the body framing, reported after all data before it was read.
    fault: Option<MalformedResponse>,
    /// Bytes beyond the response arrived, so the connection must not be reused.
    spoiled: bool,
}

#[derive(Debug, Default)]
enum InboundState {
    /// Before the end of the final head.
    #[default]
    Head,
    Chunks(Chunks),
    /// Input passes through unchanged.
    PassThrough,
    /// The body is received elsewhere; the HTTP client sees an empty one in chunks.
    Lent,
}

/// Result of a step.
#[derive(Debug)]
pub(super) enum InboundStep {
    /// More input is needed.
    More,
    /// Something to read: part of the body, or `100 Continue`.
    Ready,
    Final(FinalHead),
}

/// The parts of a final head that the HTTP client does not see.
#[derive(Debug)]
pub(super) struct FinalHead {
    pub(super) version: Version,
    pub(super) status: StatusCode,
    pub(super) fields: HeaderMap,
    pub(super) delimiter: Delimiter,
    /// Reason phrase of a response to CONNECT.
    pub(super) reason: Vec<u8>,
    /// The begin and the length of a body that is to be received elsewhere.
    pub(super) large: Option<(Vec<u8>, u64)>,
}

/// Bytes that the HTTP client reads instead of the received ones.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    bytes: Vec<u8>,
    used: usize,
    /// The last read made progress.
    progress: bool,
}

impl Rewritten {
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.used..]
    }

    pub(super) fn consume(&mut self, amount: usize) {
        self.used = self.used.saturating_add(amount).min(self.bytes.len());
        self.progress = amount > 0;
    }

    pub(super) fn is_useful(&self) -> bool {
        self.progress && !self.rest().is_empty()
    }

    /// Drops consumed bytes and returns the buffer for appending.
    fn renew(&mut self) -> &mut Vec<u8> {
        self.bytes.drain(..self.used);
        self.used = 0;
        self.progress = true;
        &mut self.bytes
    }
}

impl Inbound {
    /// Starts a request: a head comes next.
    pub(super) fn begin(&mut self, request: RequestKind) {
        self.state = InboundState::Head;
        self.raw.clear();
        self.scan = Scan::default();
        self.rewritten.consume(usize::MAX);
        self.request = request;
        (self.interim, self.interim_size) = (0, 0);
    }

    /// Whether the HTTP client reads rewritten bytes instead of the connection's.
    pub(super) fn has_rewritten(&self) -> bool {
        !self.rewritten.rest().is_empty() || matches!(self.state, InboundState::Chunks(_) | InboundState::Lent)
    }

    pub(super) fn rewritten(&mut self) -> &mut Rewritten {
        &mut self.rewritten
    }

    pub(super) fn passes_through(&self) -> bool {
        matches!(self.state, InboundState::PassThrough)
    }

    pub(super) fn is_lent(&self) -> bool {
        matches!(self.state, InboundState::Lent)
    }

    /// The body was received: lets the HTTP client see its end.
    pub(super) fn end_lent(&mut self) {
        self.rewritten.renew().extend_from_slice(LAST_CHUNK);
        self.state = InboundState::PassThrough;
    }

    pub(super) fn is_spoiled(&self) -> bool {
        self.spoiled
    }

    /// Takes received bytes and returns how many. The rest belongs to no response.
    pub(super) fn push(&mut self, input: &[u8]) -> usize {
        match &mut self.state {
            InboundState::PassThrough | InboundState::Lent => 0,
            InboundState::Head => {
                self.raw.extend_from_slice(input);
                input.len()
            }
            InboundState::Chunks(_) => self.push_chunks(input),
        }
    }

    /// Parses pushed bytes into something to read.
    pub(super) fn step(&mut self) -> Result<InboundStep, MalformedResponse> {
        if !self.rewritten.rest().is_empty() {
            self.rewritten.progress = true;
            return Ok(InboundStep::Ready);
        }
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        while matches!(self.state, InboundState::Head) {
            self.skip_empty_lines();
            if !head::may_be_status_line(&self.raw) {
                return Err(MalformedResponse::not_http(&self.raw));
            }
            let end = self.scan.end(&self.raw);
            if end.unwrap_or(self.raw.len()) + self.interim_size > MAX_HEAD_SIZE {
                return Err(MalformedResponse::HeadTooLarge(MAX_HEAD_SIZE));
            }
            let Some(end) = end else { return Ok(InboundStep::More) };
            let head = ResponseHead::parse(&self.raw[..end], self.request)?;
            // 101 is a final response: what follows is not HTTP.
            if !head.status.is_informational() || head.status == StatusCode::SWITCHING_PROTOCOLS {
                return Ok(InboundStep::Final(self.finish(head, end)));
            }
            self.skip_interim(end)?;
            // The HTTP client does not wait for `100 Continue` from a proxy.
            if head.status == StatusCode::CONTINUE && self.request != RequestKind::Connect {
                self.rewritten.renew().extend_from_slice(CONTINUE);
                return Ok(InboundStep::Ready);
            }
        }
        Ok(InboundStep::More)
    }

    /// The body received so far, before the HTTP client has read anything.
    pub(super) fn body_so_far(&self, is_chunked: bool) -> Vec<u8> {
        let bytes = self.rewritten.rest();
        let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |end| end + 4);
        let (body, mut data) = (&bytes[head..], Vec::new());
        match is_chunked {
            // These bytes were parsed before and are valid.
            true => drop(Chunks::new(MAX_HEAD_SIZE).read(body, &mut data)),
            false => data.extend_from_slice(body),
        }
        data
    }

    /// Reports an open tunnel to the HTTP client and returns the bytes that came through it.
    pub(super) fn open_tunnel(&mut self) -> Vec<u8> {
        let through = self.body_so_far(false);
        self.rewritten.consume(usize::MAX);
        self.rewritten.renew().extend_from_slice(TUNNEL);
        through
    }

    /// Handles a closed connection. Returns whether there is still something to read.
    pub(super) fn close(&mut self) -> bool {
        let InboundState::Chunks(chunks) = &self.state else { return false };
        if !chunks.has_all_data() {
            return false;
        }
        self.rewritten.renew().extend_from_slice(LAST_CHUNK);
        self.state = InboundState::PassThrough;
        self.spoiled = true;
        true
    }

    /// Empty lines may precede a status line: https://www.rfc-editor.org/rfc/rfc9112#section-2.2
    fn skip_empty_lines(&mut self) {
        let empty = self.raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if empty > 0 {
            self.raw.drain(..empty);
            self.interim_size += empty;
            self.scan = Scan::default();
        }
    }

    fn skip_interim(&mut self, length: usize) -> Result<(), MalformedResponse> {
        self.raw.drain(..length);
        self.scan = Scan::default();
        self.interim += 1;
        self.interim_size += length;
        if self.interim > MAX_INTERIM {
            return Err(MalformedResponse::Interim(MAX_INTERIM));
        }
        Ok(())
    }

    fn finish(&mut self, head: ResponseHead, end: usize) -> FinalHead {
        let is_of_tunnel = self.request == RequestKind::Connect;
        let reason = if is_of_tunnel { head::reason(&self.raw[..end]).to_vec() } else { Vec::new() };
        let mut raw = std::mem::take(&mut self.raw);
        let body = &raw[end..];
        let large = match head.delimiter {
            Delimiter::Length(length) if !is_of_tunnel && length >= LARGE + body.len() as u64 => Some(length),
            _ => None,
        };
        let shown = if large.is_some() { Delimiter::Chunks } else { head.delimiter };
        head.write_minimal(shown, self.rewritten.renew());
        let large = large.map(|length| (body.to_vec(), length));
        if large.is_some() {
            self.state = InboundState::Lent;
        } else if head.delimiter == Delimiter::Chunks {
            self.state = InboundState::Chunks(Chunks::new(MAX_HEAD_SIZE));
            let taken = self.push_chunks(body);
            self.spoiled |= taken < body.len();
        } else {
            self.state = InboundState::PassThrough;
            self.rewritten.bytes.extend_from_slice(body);
        }
        raw.clear();
        self.raw = raw;
        let ResponseHead { version, status, fields, delimiter, .. } = head;
        FinalHead { version, status, fields, delimiter, reason, large }
    }

    /// Appends the data of these chunks as a single chunk.
    fn push_chunks(&mut self, input: &[u8]) -> usize {
        const PLACE: &[u8] = b"00000000\r\n";
        let InboundState::Chunks(chunks) = &mut self.state else { return 0 };
        if self.rewritten.used > 0 {
            self.rewritten.renew();
        }
        let bytes = &mut self.rewritten.bytes;
        let begin = bytes.len();
        bytes.extend_from_slice(PLACE);
        let data = bytes.len();
        let read = chunks.read(input, bytes);
        let length = bytes.len() - data;
        if length == 0 {
            bytes.truncate(begin);
        } else {
            // Eight hex digits suffice: the data fits into two buffers.
            let _ = write!(&mut bytes[begin..data], "{length:08x}\r\n");
            bytes.extend_from_slice(b"\r\n");
        }
        self.rewritten.progress = true;
        if chunks.is_ended() {
            self.rewritten.bytes.extend_from_slice(LAST_CHUNK);
            self.state = InboundState::PassThrough;
        }
        read.unwrap_or_else(|fault| {
            self.fault = Some(fault);
            self.spoiled = true;
            input.len()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns what the HTTP client would see without the chunked coding, the final head, and whether there was an
    /// error, for input in these pieces.
    fn read<'i>(pieces: impl IntoIterator<Item = &'i [u8]>) -> (Vec<u8>, Option<String>, bool) {
        let mut inbound = Inbound::default();
        inbound.begin(RequestKind::Ordinary);
        let (mut seen, mut fields, mut chunks) = (Vec::new(), None, None);
        for piece in pieces {
            let taken = inbound.push(piece);
            loop {
                let step = match inbound.step() {
                    Ok(step) => step,
                    Err(_) => return (seen, fields, true),
                };
                let mut bytes = inbound.rewritten().rest();
                match step {
                    InboundStep::More => break,
                    InboundStep::Ready => {}
                    InboundStep::Final(head) => {
                        fields = Some(format!("{} {:?}", head.status, head.fields));
                        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
                        seen.extend_from_slice(&bytes[..end]);
                        bytes = &bytes[end..];
                        chunks = (head.delimiter == Delimiter::Chunks).then(|| Chunks::new(MAX_HEAD_SIZE));
                    }
                }
                match &mut chunks {
                    Some(chunks) => assert_eq!(chunks.read(bytes, &mut seen), Ok(bytes.len())),
                    None => seen.extend_from_slice(bytes),
                }
                inbound.rewritten().consume(usize::MAX);
            }
            if inbound.passes_through() {
                seen.extend_from_slice(&piece[taken..]);
            }
        }
        (seen, fields, false)
    }

    const SAMPLES: &[&str] = &[
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 4\r\n\r\nbody",
        "HTTP/1.1 102 P\r\n\r\n\r\nHTTP/1.1 100 C\r\nX: y\r\n\r\nHTTP/1.0 200\nA: b\n\nto the end",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=\"y\"\r\nbo\r\n0002 \r\ndy\r\n0\r\nT: r\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ];

    #[test]
    fn response_parses_the_same_in_any_pieces() {
        for sample in SAMPLES {
            let sample = sample.as_bytes();
            let whole = read([sample]);
            assert_eq!(read(sample.chunks(1)), whole, "{}", sample.escape_ascii());
            for at in 0..sample.len() {
                let (begin, end) = sample.split_at(at);
                assert_eq!(read([begin, end]), whole, "{} {at}", sample.escape_ascii());
            }
        }
    }

    #[test]
    fn mutated_responses_never_panic() {
        let mut state = 1_u64;
        let mut random = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        const SIGNS: &[u8] = b"\r\n\t :;,0129aAfF\"\0\x7f\xff-+HTTP/";
        for round in 0..20_000 {
            let mut bytes = SAMPLES[round % SAMPLES.len()].as_bytes().to_vec();
            for _ in 0..=random(6) {
                let at = random(bytes.len());
                match random(3) {
                    0 => bytes[at] = SIGNS[random(SIGNS.len())],
                    1 => bytes.insert(at, SIGNS[random(SIGNS.len())]),
                    _ => drop(bytes.remove(at)),
                }
            }
            let whole = read([&bytes[..]]);
            let split = read(bytes.chunks(1 + random(7)));
            assert_eq!((&split.1, split.2), (&whole.1, whole.2), "{}", bytes.escape_ascii());
            assert!(split.2 || split.0 == whole.0, "{}", bytes.escape_ascii());
        }
    }
}
