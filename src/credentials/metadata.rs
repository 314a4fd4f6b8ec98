//! Requests to the metadata services of containers and virtual machines: plain, small, and with tight limits.
//!
//! They never go through a proxy, and no redirect is followed, so that tokens go to the address that was configured and to
//! no other. A session that was given a transport of the user's own uses that one, as for everything else.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, header};
use once_cell::sync::OnceCell;

use crate::body::Body;
use crate::config::Config;
use crate::error::{Result, shown_location};
use crate::transport::{HttpTransport, SendOptions, Transport, TransportConfig, TransportErrorKind};

/// The largest answer that is read; credentials have about a kilobyte.
const MAX_ANSWER: u64 = 64 * 1024;
/// A shorter word of a token is the name of a scheme.
const MIN_SECRET: usize = 8;
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("tucuxi/", env!("CARGO_PKG_VERSION")));

/// Sends the requests of one provider.
pub(super) struct MetadataClient {
    config: Config,
    /// The user's own.
    given: Option<Arc<dyn Transport>>,
    transport: OnceCell<Arc<dyn Transport>>,
}

/// An answer of any status.
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    location: Option<String>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) kind: TransportErrorKind,
    /// It would be the same the next time.
    pub(super) is_final: bool,
    pub(super) why: String,
}

impl MetadataClient {
    /// Nothing is connected yet.
    pub(super) fn new(config: &Config, given: Option<Arc<dyn Transport>>) -> Self {
        MetadataClient { config: config.clone(), given, transport: OnceCell::new() }
    }

    /// Sends the request once. The limit is that of the connection and of every pause between two bytes; the whole exchange
    /// takes three times as long at most.
    pub(super) fn send(&self, mut request: Request<()>, limit: Duration) -> Result<Result<Answered, Unanswered>> {
        let transport = self.transport.get_or_try_init(|| self.make_transport())?;
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        let options = SendOptions {
            connect_timeout: Some(limit),
            read_timeout: Some(limit),
            total_timeout: Some(limit.saturating_mul(3)),
            ..SendOptions::default()
        };
        let answer = transport.send(request.map(|()| Body::empty()), &options).map_err(|error| {
            let (kind, is_final) = (error.kind(), error.is_final() || error.kind() == TransportErrorKind::Config);
            Unanswered { kind, is_final, why: error.to_string() }
        });
        Ok(answer.and_then(Answered::read))
    }

    fn make_transport(&self) -> Result<Arc<dyn Transport>> {
        if let Some(given) = &self.given {
            return Ok(Arc::clone(given));
        }
        let mut settings = TransportConfig::new().max_idle_per_host(1);
        // For the `https` addresses that containers may have. Certificates are verified even where the session does not.
        if let Some(bundle) = self.config.ca_bundle()? {
            settings = settings.ca_bundle_from(&bundle.value, &bundle.origin);
        }
        Ok(Arc::new(HttpTransport::with_config(settings)))
    }
}

impl Answered {
    fn read(response: http::Response<Body>) -> Result<Self, Unanswered> {
        let (head, body) = response.into_parts();
        let mut bytes = Vec::new();
        let read = body.take(MAX_ANSWER + 1).read_to_end(&mut bytes);
        read.map_err(|error| Unanswered {
            kind: match error.kind() {
                io::ErrorKind::TimedOut => TransportErrorKind::ReadTimeout,
                _ => TransportErrorKind::Broken,
            },
            is_final: false,
            why: format!("the answer broke off: {error}"),
        })?;
        if bytes.len() as u64 > MAX_ANSWER {
            let why = format!("the answer is longer than {MAX_ANSWER} bytes");
            return Err(Unanswered { kind: TransportErrorKind::Broken, is_final: false, why });
        }
        let location = shown_location(&head.headers).filter(|_| head.status.is_redirection());
        Ok(Answered { status: head.status.as_u16(), body: bytes, location })
    }
}

/// The status, and where a redirect leads that is not followed.
impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        self.location.iter().try_for_each(|location| write!(f, ", Location {location}, which is not followed"))
    }
}

/// `http://host:port` of a URL: neither its path nor a user in it belong into a message.
pub(super) fn address(uri: &http::Uri) -> String {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{}://{host}", uri.scheme_str().unwrap_or_default())
}

/// The text of a server that may repeat the token it was sent.
pub(super) fn hide_token(mut text: String, token: Option<&HeaderValue>) -> String {
    let token = token.and_then(|token| std::str::from_utf8(token.as_bytes()).ok()).unwrap_or_default();
    // Whole, and without `Bearer` before it.
    let words = token.split_whitespace().filter(|word| word.len() >= MIN_SECRET);
    for secret in Some(token).filter(|token| !token.is_empty()).into_iter().chain(words) {
        text = text.replace(secret, "***");
    }
    text
}
