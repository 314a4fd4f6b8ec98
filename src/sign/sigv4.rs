//! Signature Version 4 and 4A in headers. `aws-sigv4` derives the keys and computes the signatures.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
//!
//! [`canonical`](super::canonical) builds the canonical request because `aws-sigv4` would log it at TRACE, including secret
//! headers: session tokens and customer-provided encryption keys of S3.

use std::borrow::Cow;
use std::time::SystemTime;

use aws_sigv4::sign::{v4, v4a};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::canonical::{CanonicalHeaders, canonical_request, encoded_query};
use super::error::SignError;
use crate::codec::hex;
use crate::codec::timestamp::Timestamp;
use crate::credentials::{Credentials, SigningKey};

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const REGION_SET: HeaderName = HeaderName::from_static("x-amz-region-set");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-amz-s3session-token");

/// Signing parameters other than the request.
#[derive(Debug)]
pub(super) struct SigV4Parameters<'p> {
    pub(super) service: &'p str,
    /// A region, or for SigV4a a comma-separated set.
    pub(super) region: &'p str,
    pub(super) asymmetric: bool,
    /// Session credentials of a single bucket, whose token has its own header.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-authenticating-authorizing.html>
    pub(super) of_session: bool,
    pub(super) time: SystemTime,
    /// `time` as a formatted timestamp.
    pub(super) stamp: Timestamp,
    /// S3 rules: the path is signed as sent, and the payload hash goes in a header.
    pub(super) raw_path: bool,
}

/// Payload of a signature.
#[derive(Debug)]
pub(crate) enum Payload<'p> {
    Bytes(&'p [u8]),
    /// Lower-case hexadecimal SHA-256.
    Hash(String),
    Unsigned,
    /// Unsigned, with a trailing checksum.
    StreamingTrailer,
}

/// Signs a request: adds `authorization`, `x-amz-date` and the other required headers.
pub(super) fn sign_headers(
    request: &mut http::request::Parts,
    payload: Payload<'_>,
    credentials: &Credentials,
    parameters: &SigV4Parameters<'_>,
) -> Result<(), SignError> {
    let unsigned = matches!(payload, Payload::Unsigned | Payload::StreamingTrailer);
    let in_header = parameters.raw_path || unsigned || request.headers.contains_key(CONTENT_SHA256);
    let payload = match payload {
        Payload::Bytes(bytes) => Cow::Owned(hex::encode(&Sha256::digest(bytes))),
        Payload::Hash(hash) => Cow::Owned(hash),
        Payload::Unsigned => Cow::Borrowed("UNSIGNED-PAYLOAD"),
        Payload::StreamingTrailer => Cow::Borrowed("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
    };
    let date = parameters.stamp.to_basic_iso8601();
    let headers = &mut request.headers;
    headers.remove(AUTHORIZATION);
    headers.insert(DATE, header_value("x-amz-date", &date)?);
    if parameters.asymmetric {
        headers.insert(REGION_SET, header_value("x-amz-region-set", parameters.region)?);
    }
    if in_header {
        headers.insert(CONTENT_SHA256, header_value("x-amz-content-sha256", &payload)?);
    }
    if let Some(token) = credentials.session_token() {
        let mut value = header_value("the session token", token)?;
        value.set_sensitive(true);
        headers.insert(if parameters.of_session { SESSION_TOKEN } else { SECURITY_TOKEN }, value);
    }
    let canonical_headers = CanonicalHeaders::of(request)?;
    let signed_headers = canonical_headers.names();
    let query = encoded_query(request.uri.query().unwrap_or_default());
    let canonical =
        canonical_request(request, parameters.raw_path, &query, &canonical_headers, &signed_headers, &payload);
    let scope = scope(&date, parameters);
    let signature = signature_of(&canonical, &date, &scope, credentials, parameters);
    let algorithm = algorithm(parameters);
    let id = credentials.access_key_id();
    let (covered, signed) = (", SignedHeaders=", ", Signature=");
    let value = [algorithm, " Credential=", id, "/", &*scope, covered, &*signed_headers, signed, &*signature].concat();
    let mut value = header_value("the signature", &value)?;
    // The signature is usable for some minutes by anyone who reads it.
    value.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, value);
    Ok(())
}

/// The message omits the text because it may be a token.
fn header_value(what: &str, text: &str) -> Result<HeaderValue, SignError> {
    HeaderValue::from_str(text).map_err(|_| SignError::InvalidHeader(what.to_owned()))
}

/// Signs a canonical request. Returns hexadecimal digits.
pub(super) fn signature_of(
    canonical: &str,
    date: &str,
    scope: &str,
    credentials: &Credentials,
    parameters: &SigV4Parameters<'_>,
) -> String {
    let digest = hex::encode(&Sha256::digest(canonical.as_bytes()));
    let text = [algorithm(parameters), "\n", date, "\n", scope, "\n", &*digest].concat();
    signature(credentials, parameters, text.as_bytes())
}

/// The algorithm name, which starts the string to sign.
pub(super) fn algorithm(parameters: &SigV4Parameters<'_>) -> &'static str {
    if parameters.asymmetric { "AWS4-ECDSA-P256-SHA256" } else { "AWS4-HMAC-SHA256" }
}

/// The credential scope. `date` is in the basic ISO 8601 format.
pub(super) fn scope(date: &str, parameters: &SigV4Parameters<'_>) -> String {
    let (day, service) = (date.get(..8).unwrap_or(date), parameters.service);
    match parameters.asymmetric {
        true => [day, "/", service, "/aws4_request"].concat(),
        false => [day, "/", parameters.region, "/", service, "/aws4_request"].concat(),
    }
}

/// Signs any text. Returns hexadecimal digits.
pub(super) fn signature(credentials: &Credentials, parameters: &SigV4Parameters<'_>, text: &[u8]) -> String {
    let secret = credentials.secret_access_key();
    if parameters.asymmetric {
        let key = v4a::generate_signing_key(credentials.access_key_id(), secret);
        return v4a::calculate_signature(key, text);
    }
    let SigV4Parameters { region, service, time, .. } = *parameters;
    let day = parameters.stamp.seconds().div_euclid(24 * 60 * 60);
    let key = credentials.signing_key(day, region, service, || {
        SigningKey::new(v4::generate_signing_key(secret, time, region, service).as_ref())
    });
    v4::calculate_signature(key, text)
}
