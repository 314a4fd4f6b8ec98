//! Bearer token authentication. <https://www.rfc-editor.org/rfc/rfc6750#section-2.1>

use http::HeaderValue;
use http::header::AUTHORIZATION;

use super::error::SignError;
use crate::credentials::Token;

/// Adds the `Authorization` header. A token is only sent over an encrypted connection.
pub(super) fn sign(request: &mut http::request::Parts, token: &Token) -> Result<(), SignError> {
    if request.uri.scheme_str() != Some("https") {
        return Err(SignError::TokenWithoutTls);
    }
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.token())).map_err(|_| SignError::InvalidToken)?;
    value.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, value);
    Ok(())
}
