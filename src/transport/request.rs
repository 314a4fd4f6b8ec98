//! Request checks and body framing.

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

/// Requires an absolute `http` or `https` URL. Messages omit the URL because a query may contain a signature.
pub(super) fn check_url(uri: &Uri, has_tls: bool) -> Result<(), TransportError> {
    let refuse = |why: String| Err(TransportError::new(TransportErrorKind::Request, why));
    match uri.scheme_str() {
        Some("http") => {}
        Some("https") if has_tls => {}
        Some("https") => {
            return refuse("https needs one of the crate's features `rustls` and `native-tls`".to_owned());
        }
        Some(other) => return refuse(format!("expected an http or https URL, found the scheme `{other}`")),
        None => return refuse("expected an absolute URL, found one without a scheme".to_owned()),
    }
    if shown_host(uri).is_empty() {
        return refuse("the URL has no host".to_owned());
    }
    Ok(())
}

/// Checks the head size up front: the HTTP client notices an oversized head only after sending part of it.
pub(super) fn check_size(parts: &http::request::Parts, max: usize) -> Result<(), TransportError> {
    let target = parts.uri.path_and_query().map_or(1, |target| target.as_str().len());
    let headers: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if target + headers <= max {
        return Ok(());
    }
    let why = format!("URL and headers have {} bytes, at most {max} can be sent", target + headers);
    Err(TransportError::new(TransportErrorKind::Request, why))
}

/// Selects the body framing and adds its header, unless the caller has set one (a signature may cover it). A body of
/// unknown length with a `Content-Length` header must then have exactly that length.
pub(super) fn frame(method: &Method, headers: &mut HeaderMap, body: &mut Body) -> Result<Framing, TransportError> {
    let refuse = |why: String| Err(TransportError::new(TransportErrorKind::Request, why));
    if headers.contains_key(TRANSFER_ENCODING) {
        return match headers.get(TRANSFER_ENCODING) {
            Some(coding) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => {
                // Transfer-Encoding overrides Content-Length: https://www.rfc-editor.org/rfc/rfc9112#section-6.2
                headers.remove(CONTENT_LENGTH);
                Ok(Framing::Chunked)
            }
            _ => refuse("the only Transfer-Encoding that can be sent is `chunked`".to_owned()),
        };
    }
    if let Some(announced) = headers.get(CONTENT_LENGTH) {
        let announced = announced.to_str().ok().and_then(|text| text.parse::<u64>().ok());
        return match (announced, body.len()) {
            (None, _) => refuse("the header Content-Length is not a number".to_owned()),
            (Some(announced), Some(length)) if announced != length => {
                refuse(format!("the header Content-Length says {announced}, the body has {length} bytes"))
            }
            (Some(announced), Some(_)) => Ok(Framing::Length(announced)),
            (Some(announced), None) => {
                *body = Body::from_reader_with_length(std::mem::take(body), announced);
                Ok(Framing::Length(announced))
            }
        };
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
