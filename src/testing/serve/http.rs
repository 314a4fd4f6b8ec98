//! The server's side of HTTP/1.1, as far as clients of AWS need it. Whatever is unusual is refused.

use std::io::{self, BufRead, Read, Write};

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

/// The most bytes of a request line and headers together.
const MAX_HEAD: u64 = 64 << 10;
const MAX_HEADERS: usize = 200;
/// How much of a body is kept. It tells the operation, and what is behind is not looked at.
const MAX_KEPT: usize = 4 << 20;
/// The largest body.
const MAX_BODY: u64 = 6 << 30;

/// A request, as it came.
#[derive(Debug)]
pub(super) struct ServedRequest {
    pub(super) method: Method,
    /// As in the request line.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    /// The beginning of the body.
    pub(super) body: Vec<u8>,
    /// The connection ends with this request.
    pub(super) is_last: bool,
}

/// Why a request cannot be read.
#[derive(Debug)]
pub(super) enum BadRequest {
    /// The connection is closed or broken.
    Gone,
    Refused(StatusCode, &'static str),
}

impl From<io::Error> for BadRequest {
    fn from(_: io::Error) -> Self {
        BadRequest::Gone
    }
}

const fn bad(what: &'static str) -> BadRequest {
    BadRequest::Refused(StatusCode::BAD_REQUEST, what)
}

/// Reads a request. `answer` gets the interim response that a client waits for.
pub(super) fn read_request(reader: &mut impl BufRead, answer: &mut impl Write) -> Result<ServedRequest, BadRequest> {
    let mut left = MAX_HEAD;
    let mut line = next_line(reader, &mut left)?;
    // Some clients send a line break after a body.
    if line.is_empty() {
        line = next_line(reader, &mut left)?;
    }
    let mut words = line.split(' ');
    let (Some(method), Some(target), Some(version), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(bad("the request line is malformed"));
    };
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err(BadRequest::Refused(StatusCode::HTTP_VERSION_NOT_SUPPORTED, "expected HTTP/1.1"));
    }
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| bad("the method is malformed"))?;
    let headers = read_headers(reader, &mut left)?;
    let has = |name: HeaderName, token: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.eq_ignore_ascii_case(token))
    };
    let is_last = has(CONNECTION, "close") || version == "HTTP/1.0";
    if has(EXPECT, "100-continue") {
        answer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        answer.flush()?;
    }
    let target = origin_form(target).ok_or_else(|| bad("the request target is malformed"))?;
    let body = read_body(reader, &headers)?;
    Ok(ServedRequest { method, target, headers, body, is_last })
}

/// The path and query of a target, which may be a whole URL.
fn origin_form(target: &str) -> Option<String> {
    if target.starts_with('/') {
        return Some(target.to_owned());
    }
    let (_, rest) = target.split_once("://")?;
    Some(rest.find('/').map_or_else(|| "/".to_owned(), |at| rest[at..].to_owned()))
}

fn read_headers(reader: &mut impl BufRead, left: &mut u64) -> Result<HeaderMap, BadRequest> {
    let mut headers = HeaderMap::new();
    loop {
        let line = next_line(reader, left)?;
        if line.is_empty() {
            return Ok(headers);
        }
        if headers.len() >= MAX_HEADERS {
            return Err(BadRequest::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "too many headers"));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("a header is malformed"))?;
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("the name of a header is malformed"))?;
        let value = HeaderValue::from_bytes(value.trim_matches([' ', '\t']).as_bytes());
        headers.append(name, value.map_err(|_| bad("the value of a header is malformed"))?);
    }
}

/// The next line without its end.
fn next_line(reader: &mut impl BufRead, left: &mut u64) -> Result<String, BadRequest> {
    let mut line = Vec::new();
    let read = reader.take(*left).read_until(b'\n', &mut line)?;
    *left -= read as u64;
    if line.pop() != Some(b'\n') {
        let is_too_long = *left == 0;
        let refused = BadRequest::Refused(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is too large");
        return Err(if is_too_long { refused } else { BadRequest::Gone });
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    // Headers may have bytes beyond ASCII, and nothing that is looked at has.
    Ok(String::from_utf8(line).unwrap_or_else(|error| error.into_bytes().iter().copied().map(char::from).collect()))
}

fn read_body(reader: &mut impl BufRead, headers: &HeaderMap) -> Result<Vec<u8>, BadRequest> {
    let mut body = Vec::new();
    let lengths: Vec<_> = headers.get_all(CONTENT_LENGTH).iter().collect();
    match (headers.get(TRANSFER_ENCODING), &lengths[..]) {
        (None, []) => {}
        (None, [length]) => {
            let length = length.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let length = length.and_then(|text| text.parse().ok()).ok_or_else(|| bad("Content-Length is no number"))?;
            if length > MAX_BODY {
                return Err(BadRequest::Refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
            }
            keep(reader, length, &mut body)?;
        }
        (Some(encoding), []) if encoding.as_bytes().eq_ignore_ascii_case(b"chunked") => read_chunks(reader, &mut body)?,
        _ => return Err(bad("the length of the body is ambiguous")),
    }
    Ok(body)
}

/// Reads this many bytes, and keeps the first ones.
fn keep(reader: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> Result<(), BadRequest> {
    let room = MAX_KEPT.saturating_sub(body.len()) as u64;
    let kept = reader.take(length.min(room)).read_to_end(body)? as u64;
    let rest = length - kept;
    let skipped = io::copy(&mut reader.take(rest), &mut io::sink())?;
    if skipped == rest { Ok(()) } else { Err(BadRequest::Gone) }
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> Result<(), BadRequest> {
    let mut total: u64 = 0;
    loop {
        let line = next_line(reader, &mut 1024)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).ok().filter(|_| !size.starts_with('+'));
        let size = size.ok_or_else(|| bad("a chunk has no size"))?;
        total = total.saturating_add(size);
        if total > MAX_BODY {
            return Err(BadRequest::Refused(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
        }
        if size == 0 {
            read_headers(reader, &mut { MAX_HEAD })?;
            return Ok(());
        }
        keep(reader, size, body)?;
        if !next_line(reader, &mut 2)?.is_empty() {
            return Err(bad("a chunk is longer than its size"));
        }
    }
}

/// Writes a response, with the length of its body. That of a `HEAD` request may say the length of a body that is not there.
pub(super) fn write_response(
    stream: &mut impl Write,
    response: Response<Vec<u8>>,
    is_head: bool,
    closes: bool,
) -> io::Result<()> {
    let (mut parts, body) = response.into_parts();
    let has_body = !is_head && parts.status != StatusCode::NO_CONTENT && parts.status != StatusCode::NOT_MODIFIED;
    parts.headers.remove(TRANSFER_ENCODING);
    if has_body {
        parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    } else if !is_head {
        parts.headers.remove(CONTENT_LENGTH);
    }
    if closes {
        parts.headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    let mut bytes =
        format!("HTTP/1.1 {} {}\r\n", parts.status.as_u16(), parts.status.canonical_reason().unwrap_or("Status"))
            .into_bytes();
    for (name, value) in &parts.headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    if has_body {
        bytes.extend_from_slice(&body);
    }
    stream.write_all(&bytes)?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ServedRequest, BadRequest> {
        read_request(&mut text.as_bytes(), &mut Vec::new())
    }

    #[test]
    fn requests_are_read() {
        let request = read("POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi").unwrap();
        assert_eq!((request.target.as_str(), &*request.body, request.is_last), ("/a?b", &b"hi"[..], false));
        let request = read(
            "PUT http://x/y HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3;x=y\r\n yo\r\n0\r\nz: 1\r\n\r\n",
        );
        let request = request.unwrap();
        assert_eq!((request.target.as_str(), &*request.body), ("/y", &b"hi yo"[..]));
    }

    #[test]
    fn hostile_requests_are_refused() {
        let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(70_000));
        let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(300));
        for (text, expected) in [
            ("GET / HTTP/2\r\n\r\n", Some(505)),
            ("GET /\r\n\r\n", Some(400)),
            ("GET / HTTP/1.1\r\nno header\r\n\r\n", Some(400)),
            ("GET / HTTP/1.1\r\n: x\r\n\r\n", Some(400)),
            ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", Some(400)),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Some(400)),
            ("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", Some(400)),
            ("POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", Some(413)),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Some(400)),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", Some(413)),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", Some(431)),
            ("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", None),
            ("GET / HT", None),
            ("", None),
            (&long, Some(431)),
            (&many, Some(431)),
        ] {
            let found = match read(text).unwrap_err() {
                BadRequest::Gone => None,
                BadRequest::Refused(status, _) => Some(status.as_u16()),
            };
            assert_eq!(found, expected, "{}", &text[..text.len().min(60)]);
        }
    }
}
