//! Requests to the metadata services of containers and virtual machines, with small responses and short timeouts.
//!
//! A request uses no proxy and follows no redirect, so that tokens go only to the configured address. A session with a custom
//! transport uses it here too.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, header};
use once_cell::sync::OnceCell;

use crate::body::Body;
use crate::codec::host::shown_host;
use crate::config::Config;
use crate::error::{Result, shown_location};
use crate::transport::{HttpTransport, SendOptions, Transport, TransportConfig, TransportErrorKind};

/// The maximum size of a response, in bytes; credentials take about a kilobyte.
const MAX_RESPONSE: u64 = 64 * 1024;
/// The minimum length of a secret word in a token; a shorter one is the name of a scheme.
const MIN_SECRET: usize = 8;
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("tucuxi/", env!("CARGO_PKG_VERSION")));

/// Sends the requests of one provider.
pub(super) struct MetadataClient {
    config: Config,
    /// The session's custom transport.
    custom: Option<Arc<dyn Transport>>,
    transport: OnceCell<Arc<dyn Transport>>,
}

/// A response with any status.
pub(super) struct MetadataResponse {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    location: Option<String>,
}

/// Why there is no response.
#[derive(Debug)]
pub(super) struct MetadataError {
    pub(super) kind: TransportErrorKind,
    /// A retry would fail in the same way.
    pub(super) is_final: bool,
    pub(super) message: String,
}

impl MetadataClient {
    /// Connects to nothing yet.
    pub(super) fn new(config: &Config, custom: Option<Arc<dyn Transport>>) -> Self {
        MetadataClient { config: config.clone(), custom, transport: OnceCell::new() }
    }

    /// Sends the request once. The timeout applies to the connection and to every read; the whole exchange takes at most three
    /// times as long.
    pub(super) fn send(
        &self,
        mut request: Request<()>,
        timeout: Duration,
    ) -> Result<Result<MetadataResponse, MetadataError>> {
        let transport = self.transport.get_or_try_init(|| self.make_transport())?;
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        let options = SendOptions {
            connect_timeout: Some(timeout),
            read_timeout: Some(timeout),
            total_timeout: Some(timeout.saturating_mul(3)),
            ..SendOptions::default()
        };
        let response = transport.send(request.map(|()| Body::empty()), &options).map_err(|error| {
            let (kind, is_final) = (error.kind(), error.is_final() || error.kind() == TransportErrorKind::Config);
            MetadataError { kind, is_final, message: error.to_string() }
        });
        Ok(response.and_then(MetadataResponse::read))
    }

    fn make_transport(&self) -> Result<Arc<dyn Transport>> {
        if let Some(custom) = &self.custom {
            return Ok(Arc::clone(custom));
        }
        let mut settings = TransportConfig::new().max_idle_per_host(1);
        // For `https` endpoints of containers. Certificates are verified even if the session does not verify them.
        if let Some(bundle) = self.config.ca_bundle()? {
            settings = settings.ca_bundle_from(&bundle.value, &bundle.origin);
        }
        Ok(Arc::new(HttpTransport::with_config(settings)))
    }
}

impl MetadataResponse {
    fn read(response: http::Response<Body>) -> Result<Self, MetadataError> {
        let (head, body) = response.into_parts();
        let mut bytes = Vec::new();
        let read = body.take(MAX_RESPONSE + 1).read_to_end(&mut bytes);
        read.map_err(|error| MetadataError {
            kind: match error.kind() {
                io::ErrorKind::TimedOut => TransportErrorKind::ReadTimeout,
                _ => TransportErrorKind::Broken,
            },
            is_final: false,
            message: format!("the response ended early: {error}"),
        })?;
        if bytes.len() as u64 > MAX_RESPONSE {
            let message = format!("the response is longer than {MAX_RESPONSE} bytes");
            return Err(MetadataError { kind: TransportErrorKind::Broken, is_final: false, message });
        }
        let location = shown_location(&head.headers).filter(|_| head.status.is_redirection());
        Ok(MetadataResponse { status: head.status.as_u16(), body: bytes, location })
    }
}

/// Shows the status, and the `Location` of a redirect.
impl fmt::Display for MetadataResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        self.location.iter().try_for_each(|location| write!(f, ", Location {location}, which is not followed"))
    }
}

/// `http://host:port` of a URL, for messages: the path and the user information may be secret.
pub(super) fn address(uri: &http::Uri) -> String {
    format!("{}://{}", uri.scheme_str().unwrap_or_default(), shown_host(uri))
}

/// Masks the token in text of a server, which may repeat the token.
pub(super) fn hide_token(mut text: String, token: Option<&HeaderValue>) -> String {
    let token = token.and_then(|token| std::str::from_utf8(token.as_bytes()).ok()).unwrap_or_default();
    // The whole token, and the token without its scheme such as `Bearer`.
    let words = token.split_whitespace().filter(|word| word.len() >= MIN_SECRET);
    for secret in Some(token).filter(|token| !token.is_empty()).into_iter().chain(words) {
        text = text.replace(secret, "***");
    }
    text
}
