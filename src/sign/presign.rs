//! Presigned URLs: Signature Version 4 and 4A in the query.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
//!
//! `aws-sigv4` computes the signature of our own canonical request. In URLs, that crate leaves two headers unsigned (one
//! is `x-amz-checksum-mode`), whereas S3 rejects unsigned `x-amz-` headers. The parameters also follow botocore's order.

use std::borrow::Cow;
use std::time::Duration;

use http::{HeaderName, Uri};

use super::canonical::{CanonicalHeaders, canonical_request, encoded_query, is_signed};
use super::error::SignError;
use super::sigv4::{self, SigV4Parameters};
use crate::codec::host::{host_header, without_userinfo};
use crate::codec::percent::push_pair;
use crate::credentials::Credentials;
use crate::error::Result;

/// Maximum expiry of a presigned URL, set by the signature specification.
const MAX_EXPIRY: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Payload hash value for an unknown body.
const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// SHA-256 of an empty body.
const NO_PAYLOAD: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Presigning options.
#[derive(Debug)]
pub(super) struct PresignOptions<'t> {
    pub(super) expires_in: Duration,
    pub(super) unsigned_payload: bool,
    /// Query parameter for the session token.
    pub(super) token_name: &'t str,
}

/// Validates an expiry and rounds it down to whole seconds.
pub(crate) fn check_expiry(expires_in: Duration) -> Result<Duration> {
    let whole = Duration::from_secs(expires_in.as_secs());
    if whole.is_zero() || whole > MAX_EXPIRY {
        return Err(SignError::InvalidExpiry(expires_in).into());
    }
    Ok(whole)
}

/// Adds the signature to the URL. The remaining headers are signed and must be sent with the request.
pub(super) fn sign_url(
    request: &mut http::request::Parts,
    credentials: &Credentials,
    parameters: &SigV4Parameters<'_>,
    options: &PresignOptions<'_>,
) -> Result<(), SignError> {
    if request.uri.authority().is_none() {
        return Err(SignError::NoHost);
    }
    let authority = url_authority(&request.uri).into_owned();
    let scheme = request.uri.scheme_str().unwrap_or("https").to_owned();
    // The HTTP client that sends the URL sets these headers itself.
    let unsigned = request.headers.keys().filter(|name| !is_signed(name.as_str())).cloned();
    for name in unsigned.collect::<Vec<HeaderName>>() {
        request.headers.remove(name);
    }
    let headers = CanonicalHeaders::of(request)?;
    let signed_headers = headers.names();
    let payload = match request.headers.get("x-amz-content-sha256").and_then(|hash| hash.to_str().ok()) {
        Some(hash) => hash,
        None if options.unsigned_payload => UNSIGNED_PAYLOAD,
        None => NO_PAYLOAD,
    };
    let date = parameters.stamp.to_basic_iso8601();
    let mut query = encoded_query(request.uri.query().unwrap_or_default());
    query.reserve(512);
    push_pair(&mut query, "X-Amz-Algorithm", sigv4::algorithm(parameters));
    let scope = sigv4::scope(&date, parameters);
    push_pair(&mut query, "X-Amz-Credential", &format!("{}/{scope}", credentials.access_key_id()));
    push_pair(&mut query, "X-Amz-Date", &date);
    if parameters.asymmetric {
        push_pair(&mut query, "X-Amz-Region-Set", parameters.region);
    }
    push_pair(&mut query, "X-Amz-Expires", &options.expires_in.as_secs().to_string());
    push_pair(&mut query, "X-Amz-SignedHeaders", &signed_headers);
    if let Some(token) = credentials.session_token() {
        push_pair(&mut query, options.token_name, token);
    }

    let canonical = canonical_request(request, parameters.raw_path, &query, &headers, &signed_headers, payload);
    let signature = sigv4::signature_of(&canonical, &date, &scope, credentials, parameters);
    push_pair(&mut query, "X-Amz-Signature", &signature);

    let url = format!("{scheme}://{authority}{}?{query}", request.uri.path());
    request.uri = Uri::try_from(url).map_err(SignError::UrlTooLong)?;
    Ok(())
}

/// Host and port as in the URL, but without a trailing dot of the host, which some clients send and others do not.
fn url_authority(uri: &Uri) -> Cow<'_, str> {
    match uri.authority().filter(|authority| !authority.host().ends_with('.')) {
        Some(authority) => Cow::Borrowed(without_userinfo(authority)),
        None => host_header(uri),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::codec::timestamp::Timestamp;

    /// The example of the specification linked in the module documentation.
    #[test]
    fn presigned_url_matches_documented_example() {
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let request = http::Request::get("https://examplebucket.s3.amazonaws.com/test.txt").body(()).unwrap();
        let mut parts = request.into_parts().0;
        let parameters = SigV4Parameters {
            service: "s3",
            region: "us-east-1",
            asymmetric: false,
            of_session: false,
            time: UNIX_EPOCH + Duration::from_secs(1_369_353_600),
            stamp: Timestamp::new(1_369_353_600, 0).unwrap(),
            raw_path: true,
        };
        let options = PresignOptions {
            expires_in: Duration::from_secs(86400),
            unsigned_payload: true,
            token_name: "X-Amz-Security-Token",
        };
        sign_url(&mut parts, &credentials, &parameters, &options).unwrap();
        assert_eq!(
            parts.uri.to_string(),
            "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
             &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
        );
    }

    #[test]
    fn expiry_is_1_second_to_7_days() {
        assert!(check_expiry(Duration::from_millis(999)).is_err());
        assert_eq!(check_expiry(Duration::from_millis(1999)).unwrap(), Duration::from_secs(1));
        assert!(check_expiry(MAX_EXPIRY).is_ok());
        assert!(check_expiry(MAX_EXPIRY + Duration::from_secs(1)).is_err());
    }
}
