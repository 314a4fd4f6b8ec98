//! [`Outside`]: everything that a call needs from outside of itself.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use http::HeaderValue;

use crate::body::Body;
use crate::cancel::CancelToken;
use crate::clock::Clock;
use crate::credentials::cache::{CachedCredentials, CachedSession, RefreshWindows};
use crate::credentials::token::BearerTokens;
use crate::credentials::{Credentials, Token};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{SendOptions, Transport, TransportError};

/// The time, pauses, randomness, credentials and connections. The steps of a call get these from here and from nowhere
/// else.
pub(crate) struct Outside {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) transport: Arc<dyn Transport>,
    /// The transport is a test double, which needs the [`MadeCall`](super::MadeCall) of each request.
    pub(crate) tells_calls: bool,
    pub(crate) credentials: Arc<CachedCredentials>,
    /// A bearer token for this service only (`AWS_BEARER_TOKEN_..`).
    pub(crate) token: Option<Token>,
    /// The source of all other bearer tokens.
    pub(crate) tokens: Option<Arc<BearerTokens>>,
}

impl Outside {
    /// The current time by the session's clock.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// The current instant of the machine, for time limits.
    pub(crate) fn instant(&self) -> Instant {
        Instant::now()
    }

    /// Blocks for `duration`, or until the token is cancelled.
    pub(crate) fn pause(&self, duration: Duration, cancel: Option<&CancelToken>) {
        match cancel {
            Some(token) => self.clock.sleep_unless_cancelled(duration, token),
            None => self.clock.sleep(duration),
        }
    }

    /// Sends a request and waits for the head of the response.
    pub(crate) fn send(
        &self,
        request: http::Request<Body>,
        options: &SendOptions,
    ) -> Result<http::Response<Body>, TransportError> {
        self.transport.send(request, options)
    }

    /// A new idempotency token.
    pub(crate) fn idempotency_token(&self) -> String {
        uuid::Uuid::new_v4().to_string()
    }

    /// The `amz-sdk-invocation-id` header: the same for all attempts of a call, unique to each call.
    pub(crate) fn invocation_id(&self) -> HeaderValue {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let text: &str = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut text);
        // Digits, letters and hyphens are always a valid header value.
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
    }

    /// A random number from 0 (inclusive) to 1 (exclusive).
    pub(crate) fn random(&self) -> f64 {
        // The first 48 bits of a version 4 UUID are random.
        let bits = uuid::Uuid::new_v4().as_u128() >> 80;
        bits as f64 / (1u64 << 48) as f64
    }

    /// The credentials of the client.
    pub(crate) fn credentials(&self, deadline: Deadline) -> Result<Credentials> {
        self.credentials.get(deadline)
    }

    /// Replaces credentials that the service has rejected; `false` if there are no others. A provider's error is dropped,
    /// since the service error says more.
    pub(crate) fn replace_credentials(&self, rejected: &Credentials, deadline: Deadline) -> bool {
        self.credentials.replace(rejected, deadline).is_ok_and(|fresh| fresh.is_some())
    }

    /// The name of the provider of the credentials.
    pub(crate) fn provider_name(&self) -> &str {
        self.credentials.provider_name()
    }

    /// A cache for session credentials.
    pub(crate) fn new_session(&self, windows: RefreshWindows) -> Arc<CachedSession> {
        Arc::new(CachedSession::new(Arc::clone(&self.clock), windows))
    }

    /// The bearer token for a service with this signing name.
    pub(crate) fn bearer_token(&self, signing_name: &str, deadline: Deadline) -> Result<Token> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let found = self.tokens.as_ref().map_or(Err(None), |tokens| tokens.get(deadline));
        found.map_err(|error| error.unwrap_or_else(|| no_token(signing_name)))
    }

    /// Replaces a token that the service has rejected; `false` if there is no other. A token given for this service has
    /// no replacement.
    pub(crate) fn replace_token(&self, rejected: &Token, deadline: Deadline) -> bool {
        let others = self.tokens.as_ref().filter(|_| self.token.is_none());
        others.is_some_and(|tokens| tokens.replace(rejected, deadline).is_ok_and(|fresh| fresh.is_some()))
    }
}

fn no_token(signing_name: &str) -> Error {
    let name = signing_name.replace(['-', ' '], "_").to_uppercase();
    let message = format!("no bearer token found: set AWS_BEARER_TOKEN_{name}, or sso_session in the profile");
    Error::new(ErrorKind::Credentials, message)
}
