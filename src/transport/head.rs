//! Response head parser: status line, header fields and body framing.
//!
//! An invalid line drops only its own field. Body framing alone is strict: two readers of the same bytes must agree on
//! where the body ends. <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>

use std::borrow::Cow;
use std::io::Write as _;

use http::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, StatusCode, Version};

use super::malformed::{MalformedResponse, excerpt};

const PROTOCOL: &[u8] = b"HTTP/";

#[derive(Debug)]
pub(super) struct ResponseHead {
    pub(super) version: Version,
    pub(super) status: StatusCode,
    pub(super) fields: HeaderMap,
    pub(super) delimiter: Delimiter,
    /// Whether the connection can be reused.
    pub(super) keep_alive: bool,
}

/// How a response body is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// No body, regardless of header fields.
    NoBody,
    Length(u64),
    Chunks,
    Close,
}

/// Request kind, as far as it affects how the response is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum RequestKind {
    #[default]
    Ordinary,
    /// The response has no body.
    Head,
    /// A tunnel starts after the head: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
    Connect,
}

/// Incremental search for the end of a head. Each byte is examined once.
#[derive(Debug, Default)]
pub(super) struct Scan {
    seen: usize,
    line: usize,
}

impl Scan {
    /// Returns the length of the head at the start of `bytes`, which must extend the bytes of the previous call.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(found) = bytes[self.seen..].iter().position(|byte| *byte == b'\n') {
            let end = self.seen + found;
            let is_empty = without_cr(&bytes[self.line..end]).is_empty();
            self.seen = end + 1;
            self.line = end + 1;
            if is_empty {
                return Some(end + 1);
            }
        }
        self.seen = bytes.len();
        None
    }
}

/// Whether the bytes are, or may become, the start of a status line.
pub(super) fn may_be_status_line(bytes: &[u8]) -> bool {
    bytes.iter().zip(PROTOCOL).all(|(byte, expected)| byte.eq_ignore_ascii_case(expected))
}

/// The reason phrase after the status code.
pub(super) fn reason(head: &[u8]) -> &[u8] {
    let line = lines(head).next().unwrap_or_default();
    let (_, rest) = word(line);
    trim(word(rest).1)
}

impl ResponseHead {
    /// Parses a complete head.
    pub(super) fn parse(head: &[u8], request: RequestKind) -> Result<ResponseHead, MalformedResponse> {
        let mut lines = lines(head);
        let (version, status) = status_line(lines.next().unwrap_or_default())?;
        let (fields, unreadable) = fields(lines);
        let mut parsed = ResponseHead { version, status, fields, delimiter: Delimiter::NoBody, keep_alive: true };
        let has_no_body = request == RequestKind::Head
            || request == RequestKind::Connect && status.is_success()
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let mut is_clear = true;
        if !has_no_body {
            let found = match unreadable {
                Some(name) => Err(MalformedResponse::Field(name, "it has a control character".to_owned())),
                None => parsed.find_delimiter(),
            };
            (parsed.delimiter, is_clear) = match found {
                // The status of the refusal matters, not where its text ends.
                Err(_) if request == RequestKind::Connect => (Delimiter::NoBody, false),
                found => found?,
            };
        }
        let is_kept = match version {
            Version::HTTP_10 => parsed.connection_has("keep-alive"),
            _ => true,
        };
        parsed.keep_alive = is_clear && is_kept && !parsed.connection_has("close");
        Ok(parsed)
    }

    /// Returns the body delimiter, and whether the header fields agree on it.
    fn find_delimiter(&self) -> Result<(Delimiter, bool), MalformedResponse> {
        let length = content_length(&self.fields)?;
        if is_chunked(&self.fields)? {
            // Other readers may have framed it differently: https://www.rfc-editor.org/rfc/rfc9112#section-6.1
            return Ok((Delimiter::Chunks, length.is_none() && self.version != Version::HTTP_10));
        }
        Ok((length.map_or(Delimiter::Close, Delimiter::Length), true))
    }

    fn connection_has(&self, option: &str) -> bool {
        elements(&self.fields, CONNECTION).any(|found| found.eq_ignore_ascii_case(option.as_bytes()))
    }

    /// Writes a minimal head with only the framing fields, for a body that ends like this.
    pub(super) fn write_minimal(&self, delimiter: Delimiter, to: &mut Vec<u8>) {
        // Writing to a `Vec` cannot fail.
        let _ = write!(to, "HTTP/1.1 {} \r\n", self.status.as_u16());
        let _ = match delimiter {
            Delimiter::Length(length) => write!(to, "content-length: {length}\r\n"),
            Delimiter::Chunks => to.write_all(b"transfer-encoding: chunked\r\n"),
            Delimiter::NoBody | Delimiter::Close => Ok(()),
        };
        if !self.keep_alive {
            to.extend_from_slice(b"connection: close\r\n");
        }
        to.extend_from_slice(b"\r\n");
    }
}

/// As lenient as Python's `http.client`, and also case-insensitive in the protocol name.
fn status_line(line: &[u8]) -> Result<(Version, StatusCode), MalformedResponse> {
    let (protocol, rest) = word(line);
    let (status, _) = word(rest);
    let malformed = || MalformedResponse::StatusLine(excerpt(line));
    let version = match protocol.get(PROTOCOL.len()..).filter(|_| may_be_status_line(protocol)) {
        Some(b"1.0" | b"0.9") => Version::HTTP_10,
        Some([b'1', b'.', minor @ ..]) if !minor.is_empty() && minor.iter().all(u8::is_ascii_digit) => Version::HTTP_11,
        _ => return Err(malformed()),
    };
    let status = StatusCode::from_bytes(status).map_err(|_| malformed())?;
    Ok((version, status))
}

/// Parses the valid fields. Also returns the name of an invalid framing field.
fn fields<'a>(lines: impl Iterator<Item = &'a [u8]>) -> (HeaderMap, Option<&'static str>) {
    let (mut fields, mut dropped, mut unreadable) = (HeaderMap::new(), 0, None);
    let mut add = |(name, value): (&[u8], Cow<'_, [u8]>)| {
        let Ok(name) = HeaderName::from_bytes(name) else {
            dropped += 1;
            return;
        };
        let value = HeaderValue::from_bytes(trim(&value)).ok();
        if value.is_none() && name == CONTENT_LENGTH {
            unreadable = Some("Content-Length");
        } else if value.is_none() && name == TRANSFER_ENCODING {
            unreadable = Some("Transfer-Encoding");
        }
        if value.is_none_or(|value| fields.try_append(name, value).is_err()) {
            dropped += 1;
        }
    };
    let mut field: Option<(&[u8], Cow<'_, [u8]>)> = None;
    for line in lines {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            // Folded line: https://www.rfc-editor.org/rfc/rfc9112#section-5.2
            if let Some((_, value)) = &mut field {
                let value = value.to_mut();
                value.push(b' ');
                value.extend_from_slice(trim(line));
            }
            continue;
        }
        if let Some(field) = field.take() {
            add(field);
        }
        field = line.iter().position(|byte| *byte == b':').map(|colon| {
            // Proxies must remove whitespace before the colon, and so does this parser.
            (trim_end(&line[..colon]), Cow::Borrowed(trim(&line[colon + 1..])))
        });
        if field.is_none() && !line.is_empty() {
            // A line without a colon is as invalid as one without a name.
            add((&[], Cow::Borrowed(&[])));
        }
    }
    if let Some(field) = field {
        add(field);
    }
    if dropped > 0 {
        tracing::debug!(dropped, "dropped invalid header fields of a response");
    }
    (fields, unreadable)
}

fn content_length(fields: &HeaderMap) -> Result<Option<u64>, MalformedResponse> {
    const NAME: &str = "Content-Length";
    let mut length = None;
    for value in fields.get_all(CONTENT_LENGTH) {
        for element in value.as_bytes().split(|byte| *byte == b',').map(trim) {
            let number =
                std::str::from_utf8(element).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let Some(number) = number.and_then(|text| text.parse::<u64>().ok()) else {
                let problem = format!("expected a number of 64 bits, found `{}`", excerpt(element));
                return Err(MalformedResponse::Field(NAME, problem));
            };
            // Repeating the same length is harmless: https://www.rfc-editor.org/rfc/rfc9110#section-8.6
            if let Some(other) = length.filter(|other| *other != number) {
                return Err(MalformedResponse::Field(NAME, format!("it says both {other} and {number}")));
            }
            length = Some(number);
        }
    }
    Ok(length)
}

fn is_chunked(fields: &HeaderMap) -> Result<bool, MalformedResponse> {
    let has_coding = |element: &&[u8]| !element.is_empty() && !element.eq_ignore_ascii_case(b"identity");
    let mut codings = elements(fields, TRANSFER_ENCODING).filter(has_coding);
    match (codings.next(), codings.next()) {
        (None, _) => Ok(false),
        (Some(coding), None) if coding.eq_ignore_ascii_case(b"chunked") => Ok(true),
        (Some(first), second) => {
            let unknown = if first.eq_ignore_ascii_case(b"chunked") { second.unwrap_or(first) } else { first };
            let problem = format!("the only coding that can be read is one `chunked`, found `{}`", excerpt(unknown));
            Err(MalformedResponse::Field("Transfer-Encoding", problem))
        }
    }
}

/// Splits all fields of this name, whose values are comma-separated lists.
fn elements(fields: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    let values = fields.get_all(name).into_iter();
    values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',').map(trim))
}

fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    head.split(|byte| *byte == b'\n').map(without_cr)
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Splits at the first run of blanks.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|byte| is_blank(*byte)).unwrap_or(line.len());
    let (word, rest) = line.split_at(end);
    let begin = rest.iter().position(|byte| !is_blank(*byte)).unwrap_or(rest.len());
    (word, &rest[begin..])
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

fn trim(bytes: &[u8]) -> &[u8] {
    let begin = bytes.iter().position(|byte| !is_blank(*byte)).unwrap_or(bytes.len());
    trim_end(&bytes[begin..])
}

fn trim_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| !is_blank(*byte)).map_or(0, |last| last + 1);
    &bytes[..end]
}
