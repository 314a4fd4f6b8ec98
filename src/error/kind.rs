//! The broad classes of errors.

/// The broad class of an [`Error`](crate::Error).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No model of that service is bundled, passed to the builder or found in a model folder. The message names similar
    /// services.
    UnknownService,
    /// The service has no operation of that name. The message names similar operations.
    UnknownOperation,
    /// The service has no waiter of that name. The message names similar waiters.
    UnknownWaiter,
    /// No definitions of resources are known for the service, or a resource has no part of that name. The message names similar
    /// ones, or says what the name stands for.
    UnknownResource,
    /// A model, rule set or other data file is invalid. The message names file, operation and shape.
    Model,
    /// A setting in the builder, an environment variable or a profile is missing or invalid.
    Config,
    /// No credentials or token were found, or they could not be used.
    Credentials,
    /// The parameters do not match the model. Nothing was sent.
    Validation,
    /// No endpoint could be resolved for these parameters. Nothing was sent.
    Endpoint,
    /// The request could not be signed. Nothing was sent.
    Signing,
    /// The connection failed: name resolution, connect, TLS, a reset, or a malformed or truncated response.
    Connection,
    /// A timeout or deadline expired.
    Timeout,
    /// A [`CancelToken`](crate::CancelToken) ended the call.
    Cancelled,
    /// The request body could not be read from its source.
    Body,
    /// An interceptor rejected the request or its response.
    Refused,
    /// The response could not be parsed. The message describes what was expected and what was received.
    Response,
    /// The service returned an error: see [`Error::service`](crate::Error::service).
    Service,
    /// A wait ended without success: see [`Error::waiter`](crate::Error::waiter).
    Waiter,
    /// The operation needs a feature that this version does not support. Nothing was sent.
    Unsupported,
    /// A test double has no reply to a request, or its rules are wrong: see [`testing`](crate::testing).
    Stub,
    /// An error of the calling program, made by [`Error::other`](crate::Error::other). Its source has the details.
    Other,
}
