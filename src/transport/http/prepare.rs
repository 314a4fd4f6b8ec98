//! What happens once per request, before its first attempt and after its last one.

use std::borrow::Cow;
use std::io::Read as _;

use http::header::{CONTENT_LENGTH, EXPECT, HOST, HeaderValue, PROXY_AUTHORIZATION, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Response, StatusCode, Version};

use super::super::attempt::{LargeBody, Observations};
use super::super::failure::check_whole;
use super::super::inbound::MAX_HEAD_SIZE;
use super::super::request::{Framing, check_size, check_url, frame};
use super::super::response::ResponseBody;
use super::super::settings::{ProxyFor, ProxyUrl};
use super::super::{TransportError, TransportErrorKind};
use super::errors::{HAS_TLS, body_cut, is_disconnect};
use super::exchange::SMALL_BODY;
use super::route::Route;
use crate::Body;
use crate::cancel::CancelToken;
use crate::codec::host::{drop_userinfo, host_header};

/// A request ready to be sent, without its body.
pub(super) struct PreparedRequest {
    pub(super) parts: http::request::Parts,
    pub(super) framing: Framing,
    pub(super) proxy: Option<ureq::Proxy>,
    /// The head is held back until the body, which is small and in memory.
    pub(super) joined: bool,
    cancel: Option<CancelToken>,
}

impl PreparedRequest {
    pub(super) fn new(
        mut parts: http::request::Parts,
        body: &mut Body,
        proxy_for: Option<&ProxyFor>,
        route: Route,
        cancel: Option<CancelToken>,
    ) -> Result<Self, TransportError> {
        check_url(&parts.uri, HAS_TLS)?;
        check_size(&parts, MAX_HEAD_SIZE)?;
        parts.version = Version::HTTP_11;
        parts.uri = drop_userinfo(parts.uri);
        // `ureq` needs an explicit Host header if its own would differ from the signed one.
        if let (Cow::Owned(host), false) = (host_header(&parts.uri), parts.headers.contains_key(HOST)) {
            let host =
                HeaderValue::try_from(host).map_err(|error| TransportError::new(TransportErrorKind::Request, error))?;
            parts.headers.insert(HOST, host);
        }
        if body.is_rewindable() {
            // Hashing may have left the body at its end; the announced length counts from the beginning.
            body.rewind().map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        }
        let framing = frame(&parts.method, &mut parts.headers, body)?;
        if body.is_empty() {
            // Nothing reads an empty body, so check here that it has no bytes.
            body.read(&mut [0]).map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        }
        let proxy = match proxy_for.map(|choose| choose(&parts.uri)).transpose()?.flatten() {
            Some(url) => Some(use_proxy(&url, &mut parts, route)?),
            None => None,
        };
        let joined = body.as_bytes().is_some_and(|bytes| (1..=SMALL_BODY).contains(&bytes.len()))
            && !parts.headers.contains_key(EXPECT);
        Ok(PreparedRequest { parts, framing, proxy, joined, cancel })
    }

    /// Converts the response into the crate's types, without `ureq`'s extensions and with the length if known.
    pub(super) fn response(
        &self,
        response: Response<ureq::Body>,
        large: Option<Box<dyn LargeBody>>,
        is_sent: bool,
    ) -> Result<Response<Body>, TransportError> {
        check_whole(&self.parts.uri, response.status(), is_sent || !self.framing.has_body())?;
        let (mut parts, body) = response.into_parts();
        parts.extensions = http::Extensions::new();
        let no_body = self.parts.method == Method::HEAD
            || parts.status.is_informational()
            || matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if let Some(large) = large {
            let length = large.length();
            // `ureq` reads the end that it knows of.
            let reader = large.chain(body.into_reader());
            let reader = ResponseBody::new(reader, Some(length), self.cancel.clone(), body_cut);
            return Ok(Response::from_parts(parts, Body::from_reader_with_length(reader, length)));
        }
        let length = body.content_length();
        let reader = |body: ureq::Body| ResponseBody::new(body.into_reader(), length, self.cancel.clone(), body_cut);
        let body = match length {
            _ if no_body => Body::empty(),
            Some(length) => Body::from_reader_with_length(reader(body), length),
            None if is_zero(&parts.headers) => Body::empty(),
            None => Body::from_reader(reader(body)),
        };
        Ok(Response::from_parts(parts, body))
    }

    /// Whether the request may be resent. See the module documentation.
    pub(super) fn is_safe_to_resend(&self, error: &ureq::Error, observed: &Observations, body_touched: bool) -> bool {
        let reused = !observed.new_connection;
        let body_held_back = self.framing.has_body() && !body_touched;
        reused
            && !observed.received
            && is_disconnect(error)
            && (self.parts.method.is_safe() || !observed.wrote || body_held_back)
    }
}

/// Converts the proxy URL for `ureq`. If the proxy sees the request itself, adds the proxy credentials to it.
fn use_proxy(url: &ProxyUrl, parts: &mut http::request::Parts, route: Route) -> Result<ureq::Proxy, TransportError> {
    let refuse = || {
        let why = format!("the user or password in the URL of the proxy {url} is not percent-encoded UTF-8");
        TransportError::new(TransportErrorKind::Request, why)
    };
    let proxy = ureq::Proxy::new(url.secret_text()).map_err(|_| refuse())?;
    let credentials = proxy.username().is_some() || proxy.password().is_some();
    if credentials && route.shows_request_to(&proxy, parts.uri.scheme_str() != Some("http")) {
        let pair = format!("{}:{}", proxy.username().unwrap_or_default(), proxy.password().unwrap_or_default());
        let value = format!("Basic {}", crate::value::encode(pair.as_bytes()));
        let mut value = HeaderValue::try_from(value).map_err(|_| refuse())?;
        value.set_sensitive(true);
        parts.headers.insert(PROXY_AUTHORIZATION, value);
    }
    Ok(proxy)
}

fn is_zero(headers: &HeaderMap) -> bool {
    !headers.contains_key(TRANSFER_ENCODING) && headers.get(CONTENT_LENGTH).is_some_and(|length| length == "0")
}
