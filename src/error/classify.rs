//! Questions that programs ask of an error, and errors that programs make themselves.

use super::{Error, ErrorKind, ServiceError, Source};

/// Service error codes of credentials that are wrong, missing or expired.
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

/// Service error codes of callers that are known but lack a permission.
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

impl Error {
    /// Makes an error of a credential provider, with its cause: [`ErrorKind::Credentials`].
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

    /// Makes an error of a program's own, with its cause: [`ErrorKind::Other`]. It is for closures and trait implementations that
    /// return this crate's [`Result`](crate::Result).
    ///
    /// ```
    /// let error = tucuxi::Error::other("the queue is closed for the night");
    /// assert_eq!(error.to_string(), "the queue is closed for the night");
    /// ```
    pub fn other(source: impl Into<Source>) -> Self {
        Error::new(ErrorKind::Other, "").with_source(source)
    }

    /// The service's error code, `"NoSuchKey"`, when this is an error of the service: [`ServiceError::code`].
    pub fn code(&self) -> Option<&str> {
        self.service().map(ServiceError::code)
    }

    /// Whether the service has no such thing: status 404, or a code such as `NoSuchBucket`, `ResourceNotFoundException` or
    /// `InvalidInstanceID.NotFound`.
    pub fn is_not_found(&self) -> bool {
        let Some(service) = self.service() else { return false };
        let says_so = |code: &str| {
            code.starts_with("NoSuch")
                || ["NotFound", "NotFoundException", "NotFoundFault", "DoesNotExist", "DoesNotExistException"]
                    .iter()
                    .any(|end| code.ends_with(end))
                || code.contains("NonExistent")
        };
        service.status() == 404 || service.status() < 500 && codes(service).any(says_so)
    }

    /// Whether the caller is known to the service but lacks a permission: `AccessDenied`, `UnauthorizedOperation` and the like, or
    /// status 403 without a code.
    pub fn is_access_denied(&self) -> bool {
        let Some(service) = self.service() else { return false };
        let has_no_code = service.code() == service.status().to_string();
        codes(service).any(|code| ACCESS_DENIED_CODES.contains(&code)) || service.status() == 403 && has_no_code
    }

    /// Whether credentials are the reason: none could be found, or the service does not accept those that signed the request
    /// (`ExpiredToken`, `InvalidClientTokenId`, `SignatureDoesNotMatch` and the like).
    pub fn is_credentials(&self) -> bool {
        self.kind() == ErrorKind::Credentials
            || self.service().is_some_and(|service| codes(service).any(|code| CREDENTIALS_CODES.contains(&code)))
    }
}

fn codes(service: &ServiceError) -> impl Iterator<Item = &str> {
    // EC2 puts `Client.` before some of its codes.
    let bare = |code| str::strip_prefix(code, "Client.").unwrap_or(code);
    [Some(service.code()), service.shape_code()].into_iter().flatten().map(bare)
}
