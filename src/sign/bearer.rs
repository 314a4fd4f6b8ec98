//! Bearer token authentication. <https://www.rfc-editor.org/rfc/rfc6750#section-2.1>

use http::HeaderValue;
use http::header::AUTHORIZATION;

use crate::credentials::Token;
use crate::error::{Error, ErrorKind, Result};

/// Adds the `Authorization` header. A token is only sent over an encrypted connection.
pub(super) fn sign(request: &mut http::request::Parts, token: &Token) -> Result<()> {
    if request.uri.scheme_str() != Some("https") {
        return Err(Error::new(ErrorKind::Signing, "a bearer token may only be sent over https"));
    }
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.token())).map_err(|_| {
        Error::new(ErrorKind::Credentials, "the bearer token has characters that are not allowed in a header")
    })?;
    value.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, value);
    Ok(())
}
