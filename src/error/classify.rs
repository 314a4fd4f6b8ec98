//! Classification of errors, and errors made by the calling program.

use super::{Error, ErrorKind, ServiceError, Source};

/// Service error codes for wrong, missing or expired credentials.
const CREDENTIALS_CODES: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Service error codes for authenticated callers that lack a permission.
const ACCESS_DENIED_CODES: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Forbidden",
    "ForbiddenException",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedException",
    "UnauthorizedOperation",
];

/// The throttling error codes, from botocore's `retries/standard.py: ThrottledRetryableChecker`.
pub(crate) const THROTTLING_CODES: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

impl Error {
    /// Makes an error of a custom credential provider, with its cause: [`ErrorKind::Credentials`].
    ///
    /// ```
    /// use tucuxi::{Credentials, Error};
    /// let vault = || -> tucuxi::Result<Credentials> {
    ///     let id = std::fs::read_to_string("/nowhere/vault").map_err(Error::credentials)?;
    ///     Ok(Credentials::new(id, "secret"))
    /// };
    /// assert_eq!(vault().unwrap_err().kind(), tucuxi::ErrorKind::Credentials);
    /// ```
    pub fn credentials(source: impl Into<Source>) -> Self {
        Error::new(ErrorKind::Credentials, "the credential provider failed").with_source(source)
    }

    /// Makes an error of the calling program, with its cause: [`ErrorKind::Other`].
    ///
    /// Closures and trait implementations that return this crate's [`Result`](crate::Result) use it.
    ///
    /// ```
    /// let error = tucuxi::Error::other("the queue is closed for the night");
    /// assert_eq!(error.to_string(), "the queue is closed for the night");
    /// ```
    pub fn other(source: impl Into<Source>) -> Self {
        Error::new(ErrorKind::Other, "").with_source(source)
    }

    /// The error code of the service error, if there is one (`"NoSuchKey"`): [`ServiceError::code`].
    pub fn code(&self) -> Option<&str> {
        self.service().map(ServiceError::code)
    }

    /// Whether the resource does not exist: status 404, or a code such as `NoSuchBucket`, `ResourceNotFoundException`
    /// or `InvalidInstanceID.NotFound`.
    pub fn is_not_found(&self) -> bool {
        let Some(service) = self.service() else { return false };
        let is_not_found_code = |code: &str| {
            code.starts_with("NoSuch")
                || ["NotFound", "NotFoundException", "NotFoundFault", "DoesNotExist", "DoesNotExistException"]
                    .iter()
                    .any(|end| code.ends_with(end))
                || code.contains("NonExistent")
        };
        service.status() == 404 || service.status() < 500 && codes(service).any(is_not_found_code)
    }

    /// Whether the caller lacks a permission: `AccessDenied`, `UnauthorizedOperation` and similar codes, or status 403
    /// without a code.
    pub fn is_access_denied(&self) -> bool {
        let Some(service) = self.service() else { return false };
        let has_no_code = service.code() == service.status().to_string();
        codes(service).any(|code| ACCESS_DENIED_CODES.contains(&code)) || service.status() == 403 && has_no_code
    }

    /// Whether the service throttled the call: by error code or by status 429.
    pub fn is_throttling(&self) -> bool {
        self.service().is_some_and(|service| service.status == 429 || THROTTLING_CODES.contains(&service.code.as_str()))
    }

    /// Whether a timeout or deadline expired.
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether a [`CancelToken`](crate::CancelToken) ended the call. The service may have processed it nevertheless:
    /// [`may_have_been_processed`](Error::may_have_been_processed).
    pub fn is_cancelled(&self) -> bool {
        self.kind() == ErrorKind::Cancelled
    }

    /// Whether the credentials caused the error: none were found, or the service rejected them (`ExpiredToken`,
    /// `InvalidClientTokenId`, `SignatureDoesNotMatch` and similar codes).
    pub fn is_credentials(&self) -> bool {
        self.kind() == ErrorKind::Credentials
            || self.service().is_some_and(|service| codes(service).any(|code| CREDENTIALS_CODES.contains(&code)))
    }
}

fn codes(service: &ServiceError) -> impl Iterator<Item = &str> {
    // EC2 prepends `Client.` to some codes.
    let bare = |code| str::strip_prefix(code, "Client.").unwrap_or(code);
    [Some(service.code()), service.shape_code()].into_iter().flatten().map(bare)
}
