//! Errors of calls: each message is written here.

use std::time::Duration;

use crate::checksum::Mismatch;
use crate::error::{Error, ErrorKind};
use crate::timed_mutex::LockFailure;

/// Why a step of a call fails, besides the errors of the parts that it uses.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    // Accept.
    #[error("max_attempts: expected at least 1, found 0")]
    NoAttempts,
    #[error("input: expected object, found {0}")]
    NotAnObject(&'static str),
    #[error(
        "this operation takes a stream of events, which needs HTTP/2 and a signature for every event; this version sends \
         neither"
    )]
    EventStreamInput,
    #[error("input: a body was given, but the operation has no payload of bytes")]
    NoPayload,
    #[error("input.{0}: given twice, as a parameter and as the body")]
    PayloadTwice(String),

    // Build.
    #[error("the body cannot be sent")]
    BodyNotSendable,
    #[error("the body has {length} bytes, the parameter for its length says {declared}")]
    BodyLength { length: u64, declared: u64 },
    #[error("the body could not be read for its length, which the service requires")]
    BodyNotMeasured,
    #[error(
        "input.{0}: becomes part of the host name and must contain only alphanumeric characters, hyphens and periods, and \
         at least one"
    )]
    HostLabel(String),
    /// `endpoint` has no secrets.
    #[error("{endpoint}: not a usable URL: {error}")]
    Url { endpoint: String, error: http::uri::InvalidUri },
    #[error("the endpoint's header {0} cannot be sent")]
    EndpointHeader(String),
    #[error("metadata: apiVersion cannot stand in a header")]
    ApiVersion,
    #[error("input.SourceRegion: expected the name of a region, found other text")]
    SourceRegion,

    // Endpoint discovery and redirects.
    #[error(
        "this operation goes to an endpoint that the service has to be asked for, and endpoint_discovery_enabled is false"
    )]
    DiscoveryDisabled,
    #[error("{operation}: {flaw}")]
    DiscoveryResponse { operation: String, flaw: DiscoveryFlaw },
    #[error("another thread did not discover the endpoint before the deadline")]
    DiscoveryTooLate,
    #[error("a closure that is called while the service is asked for an endpoint makes a call that goes to it")]
    DiscoveryReentered,
    #[error("the response redirects the request to the region {0:?}, which is not the name of a region")]
    RedirectRegion(String),

    // Sign.
    #[error("the body could not be read to sign it")]
    BodyNotHashed,
    #[error("the rule set requires a signature with session credentials, and no operation makes them for this one")]
    NoSessionOperation,
    #[error("input.{0}: missing, and the session credentials for the signature belong to it")]
    NoSessionSubject(&'static str),
    #[error("the response to {0} has no credentials")]
    NoSessionCredentials(&'static str),
    #[error("input: a body was given, but the user of the URL sends the body")]
    PresignedBody,
    #[error("presign: these parameters go into the body, which a URL has no room for{}", LeaveOut(payload))]
    NeedsBody { payload: Option<String> },
    #[error("presign: the operation is called with a bearer token, which never stands in a URL")]
    PresignedToken,
    #[error("input.{0}: expected something that can be part of a URL, found other text")]
    NotPartOfUrl(String),
    #[error("input: expected a host name, found other text")]
    NotAHost,
    #[error("a token is a signature, and this client does not sign")]
    UnsignedToken,

    // Send.
    #[error("{what} the deadline of {limit:?}")]
    TooLate { what: &'static str, limit: Duration },
    #[error("amz-sdk-request")]
    AttemptHeader,
    #[error("cancelled")]
    Cancelled,

    // Read.
    #[error("expected a response without content")]
    UnexpectedContent,
    #[error("the response's body has {size} than the setting max_response_size allows, which is {limit}")]
    TooLarge { size: String, limit: u64 },
    #[error(transparent)]
    Checksum(Mismatch),
    #[error("the response is incomplete")]
    Incomplete(ErrorKind),
    #[error("the event stream ended before its initial-response")]
    NoInitialResponse,
    #[error("the event stream ended without its `{0}` event, so it is not whole")]
    NoFinalEvent(String),
    #[error("the event stream has not begun in time")]
    EventsTooLate,
}

/// What is wrong with the response to an endpoint discovery.
#[derive(Debug, thiserror::Error)]
pub(super) enum DiscoveryFlaw {
    #[error("the response has no Endpoints[0].Address")]
    NoAddress,
    #[error("Endpoints[0].Address: expected a host that is reached over https, found {0:?}")]
    Address(String),
    #[error("Endpoints[0].CachePeriodInMinutes: too large")]
    CachePeriod,
}

impl CallError {
    fn kind(&self) -> ErrorKind {
        use CallError as E;
        match self {
            E::NoAttempts => ErrorKind::Config,
            E::NotAnObject(_)
            | E::NoPayload
            | E::PayloadTwice(_)
            | E::HostLabel(_)
            | E::SourceRegion
            | E::PresignedBody
            | E::NotPartOfUrl(_)
            | E::NotAHost => ErrorKind::Validation,
            E::EventStreamInput | E::NoSessionOperation | E::NeedsBody { .. } | E::PresignedToken => {
                ErrorKind::Unsupported
            }
            E::BodyNotSendable | E::BodyLength { .. } | E::BodyNotMeasured | E::BodyNotHashed => ErrorKind::Body,
            E::Url { .. }
            | E::EndpointHeader(_)
            | E::DiscoveryDisabled
            | E::DiscoveryReentered
            | E::RedirectRegion(_) => ErrorKind::Endpoint,
            E::ApiVersion => ErrorKind::Model,
            E::NoSessionSubject(_) | E::UnsignedToken | E::AttemptHeader => ErrorKind::Signing,
            E::DiscoveryTooLate | E::TooLate { .. } | E::EventsTooLate => ErrorKind::Timeout,
            E::Cancelled => ErrorKind::Cancelled,
            E::DiscoveryResponse { .. }
            | E::NoSessionCredentials(_)
            | E::UnexpectedContent
            | E::TooLarge { .. }
            | E::Checksum(_)
            | E::NoInitialResponse
            | E::NoFinalEvent(_) => ErrorKind::Response,
            E::Incomplete(kind) => *kind,
        }
    }

    pub(super) fn caused_by(self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::from(self).with_source(source)
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Error::new(error.kind(), error.to_string())
    }
}

impl From<LockFailure> for CallError {
    fn from(failure: LockFailure) -> Self {
        match failure {
            LockFailure::TooLate => CallError::DiscoveryTooLate,
            LockFailure::Reentered => CallError::DiscoveryReentered,
        }
    }
}

/// The end of a message: the payload that the user of a URL sends.
struct LeaveOut<'a>(&'a Option<String>);

impl std::fmt::Display for LeaveOut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(name) => write!(f, "; leave out input.{name}: the user of the URL sends it"),
            None => Ok(()),
        }
    }
}
