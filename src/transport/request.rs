//! Request checks and body framing.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read};

use http::header::{CONTENT_LENGTH, HeaderValue, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Uri};

use super::attempt;
use super::{TransportError, TransportErrorKind};
use crate::Body;
use crate::body::read_uninterrupted;
use crate::codec::host::shown_host;

/// How the request announces the end of its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// No body and no framing header.
    None,
    Length(u64),
    Chunked,
}

impl Framing {
    pub(super) fn has_body(self) -> bool {
        !matches!(self, Framing::None | Framing::Length(0))
    }
}

/// Why a request cannot be sent. Messages omit the URL, because a query may contain a signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unsendable {
    /// The crate is built without TLS.
    NoTls,
    Scheme(String),
    NoScheme,
    NoHost,
    HeadTooLarge {
        size: usize,
        max: usize,
    },
    TransferEncoding,
    /// The header is not a number.
    ContentLength,
    OtherLength {
        announced: u64,
        actual: u64,
    },
}

impl fmt::Display for Unsendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsendable::NoTls => f.write_str("https needs one of the crate's features `rustls` and `native-tls`"),
            Unsendable::Scheme(other) => write!(f, "expected an http or https URL, found the scheme `{other}`"),
            Unsendable::NoScheme => f.write_str("expected an absolute URL, found one without a scheme"),
            Unsendable::NoHost => f.write_str("the URL has no host"),
            Unsendable::HeadTooLarge { size, max } => {
                write!(f, "URL and headers have {size} bytes, at most {max} can be sent")
            }
            Unsendable::TransferEncoding => f.write_str("the only Transfer-Encoding that can be sent is `chunked`"),
            Unsendable::ContentLength => f.write_str("the header Content-Length is not a number"),
            Unsendable::OtherLength { announced, actual } => {
                write!(f, "the header Content-Length says {announced}, the body has {actual} bytes")
            }
        }
    }
}

impl StdError for Unsendable {}

impl From<Unsendable> for TransportError {
    fn from(why: Unsendable) -> Self {
        TransportError::new(TransportErrorKind::Request, why)
    }
}

/// Requires an absolute `http` or `https` URL.
pub(super) fn check_url(uri: &Uri, has_tls: bool) -> Result<(), Unsendable> {
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") if has_tls => {}
        Some("https") => return Err(Unsendable::NoTls),
        Some(other) => return Err(Unsendable::Scheme(other.to_owned())),
        None => return Err(Unsendable::NoScheme),
    }
    if shown_host(uri).is_empty() { Err(Unsendable::NoHost) } else { Ok(()) }
}

/// Checks the head size up front: the HTTP client notices an oversized head only after sending part of it.
pub(super) fn check_size(parts: &http::request::Parts, max: usize) -> Result<(), Unsendable> {
    let target = parts.uri.path_and_query().map_or(1, |target| target.as_str().len());
    let headers: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let size = target + headers;
    if size <= max { Ok(()) } else { Err(Unsendable::HeadTooLarge { size, max }) }
}

/// Selects the body framing and adds its header, unless the caller has set one (a signature may cover it). A body of
/// unknown length with a `Content-Length` header must then have exactly that length.
pub(super) fn frame(method: &Method, headers: &mut HeaderMap, body: &mut Body) -> Result<Framing, Unsendable> {
    if let Some(coding) = headers.get(TRANSFER_ENCODING) {
        if !coding.as_bytes().eq_ignore_ascii_case(b"chunked") {
            return Err(Unsendable::TransferEncoding);
        }
        // Transfer-Encoding overrides Content-Length: https://www.rfc-editor.org/rfc/rfc9112#section-6.2
        headers.remove(CONTENT_LENGTH);
        return Ok(Framing::Chunked);
    }
    if let Some(announced) = headers.get(CONTENT_LENGTH) {
        let announced = announced.to_str().ok().and_then(|text| text.parse::<u64>().ok());
        let announced = announced.ok_or(Unsendable::ContentLength)?;
        match body.len() {
            Some(actual) if announced != actual => return Err(Unsendable::OtherLength { announced, actual }),
            Some(_) => {}
            None => *body = Body::from_reader_with_length(std::mem::take(body), announced),
        }
        return Ok(Framing::Length(announced));
    }
    match body.len() {
        // GET, HEAD and OPTIONS without a body need no framing header; for other methods some servers require a length.
        Some(0) if method.is_safe() => Ok(Framing::None),
        Some(length) => {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
            Ok(Framing::Length(length))
        }
        None => {
            headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            Ok(Framing::Chunked)
        }
    }
}

/// Request body reader that gives exactly the announced number of bytes, or an error.
pub(super) struct BodySource<'a> {
    body: &'a mut Body,
    /// Bytes missing from the announced length.
    left: Option<u64>,
    pub(super) touched: bool,
    /// Stored here because the HTTP client cannot tell a source error from a connection error.
    pub(super) failure: Option<io::Error>,
}

impl<'a> BodySource<'a> {
    pub(super) fn new(body: &'a mut Body, framing: Framing) -> Self {
        let left = match framing {
            Framing::None => Some(0),
            Framing::Length(length) => Some(length),
            Framing::Chunked => None,
        };
        BodySource { body, left, touched: false, failure: None }
    }
}

impl Read for BodySource<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let max = self.left.map_or(buffer.len(), |left| usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len()));
        if max == 0 {
            return Ok(0);
        }
        let buffer = &mut buffer[..max];
        let result = if attempt::current(|_, observed| observed.body_rejected) {
            // The server no longer accepts the body and the bytes are discarded, so do not read the source.
            let filler = if self.left.is_some() { max } else { 0 };
            buffer[..filler].fill(0);
            Ok(filler)
        } else {
            self.touched = true;
            attempt::outside(|| read_uninterrupted(self.body, buffer))
        };
        let error = match (result, &mut self.left) {
            (Ok(0), Some(left)) => io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("it ended {left} bytes before the length that was announced"),
            ),
            (Ok(read), Some(left)) => {
                *left -= read as u64;
                return Ok(read);
            }
            (Ok(read), None) => return Ok(read),
            (Err(error), _) => error,
        };
        self.failure = Some(error);
        Err(io::Error::other("the request's body could not be read"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_http_urls_can_be_sent() {
        for (url, has_tls, expected) in [
            ("http://h/", false, Ok(())),
            ("https://h/", true, Ok(())),
            ("https://h/", false, Err(Unsendable::NoTls)),
            ("ftp://h/", true, Err(Unsendable::Scheme("ftp".to_owned()))),
            ("/path", true, Err(Unsendable::NoScheme)),
        ] {
            assert_eq!(check_url(&Uri::from_static(url), has_tls), expected, "{url}");
        }
    }

    #[test]
    fn framing_headers_must_fit_the_body() {
        let framed = |name, value: &'static str, mut body: Body| {
            let mut headers = HeaderMap::from_iter([(name, HeaderValue::from_static(value))]);
            frame(&Method::PUT, &mut headers, &mut body)
        };
        let unknown = || Body::from_reader(io::empty());
        for (name, value, body, expected) in [
            (CONTENT_LENGTH, "5", Body::from("hello"), Ok(Framing::Length(5))),
            (CONTENT_LENGTH, "5", unknown(), Ok(Framing::Length(5))),
            (CONTENT_LENGTH, "4", Body::from("hello"), Err(Unsendable::OtherLength { announced: 4, actual: 5 })),
            (CONTENT_LENGTH, "-1", unknown(), Err(Unsendable::ContentLength)),
            (TRANSFER_ENCODING, "Chunked", Body::from("hello"), Ok(Framing::Chunked)),
            (TRANSFER_ENCODING, "gzip", unknown(), Err(Unsendable::TransferEncoding)),
        ] {
            assert_eq!(framed(name.clone(), value, body), expected, "{name}: {value}");
        }
    }
}
