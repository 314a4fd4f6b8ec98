//! Signature Version 4 and 4A in headers. Keys and signatures are computed by `aws-sigv4`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
//!
//! What is signed is put together here and not by that crate, which logs the whole of it at the level TRACE: keys that S3 is to
//! encrypt with are headers, and tokens are too.

use std::borrow::Cow;
use std::time::SystemTime;

use aws_sigv4::sign::{v4, v4a};
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use sha2::{Digest, Sha256};

use super::presign::{canonical_request, operation_query};
use crate::codec::hex;
use crate::codec::timestamp::Timestamp;
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result};

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const REGION_SET: HeaderName = HeaderName::from_static("x-amz-region-set");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const SESSION_TOKEN: HeaderName = HeaderName::from_static("x-amz-s3session-token");

/// Everything but the request that goes into a signature.
#[derive(Debug)]
pub(super) struct Parameters<'p> {
    pub(super) service: &'p str,
    /// One region, or for SigV4a a comma-separated set.
    pub(super) region: &'p str,
    pub(super) asymmetric: bool,
    /// The keys are those of a session that belongs to one bucket, which has a header of its own for its token.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-authenticating-authorizing.html>
    pub(super) of_session: bool,
    pub(super) time: SystemTime,
    /// The same as the formats write it.
    pub(super) stamp: Timestamp,
    /// As S3 wants it: the path as it is, and the hash of the payload in a header.
    pub(super) raw_path: bool,
}

/// What a signature says of the payload.
#[derive(Debug)]
pub(crate) enum Payload<'p> {
    Bytes(&'p [u8]),
    /// Lower-case hexadecimal SHA-256.
    Hash(String),
    Unsigned,
    /// Unsigned, with a checksum behind it.
    StreamingTrailer,
}

/// Headers that proxies change, or that are added after signing (botocore's `auth.py: SIGNED_HEADERS_BLACKLIST`).
pub(super) const NOT_SIGNED: &[&str] = &[
    "authorization",
    "baggage",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// Adds `authorization`, `x-amz-date` and whatever else the signature wants to the headers.
pub(super) fn sign_headers(
    request: &mut http::request::Parts,
    payload: Payload<'_>,
    credentials: &Credentials,
    parameters: &Parameters<'_>,
) -> Result<()> {
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
    let query = request.uri.query().unwrap_or_default();
    let (canonical, signed_headers) = canonical_request(request, parameters, &operation_query(query), &payload)?;
    let scope = scope(&date, parameters);
    let signature = signature_of(&canonical, &date, &scope, credentials, parameters);
    let algorithm = algorithm(parameters);
    let id = credentials.access_key_id();
    let mut value = header_value(
        "the signature",
        &format!("{algorithm} Credential={id}/{scope}, SignedHeaders={signed_headers}, Signature={signature}"),
    )?;
    // It is good for some minutes to whoever reads it.
    value.set_sensitive(true);
    request.headers.insert(AUTHORIZATION, value);
    Ok(())
}

/// The message does not show the text: it may be a token.
fn header_value(what: &str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text)
        .map_err(|_| Error::new(ErrorKind::Signing, format!("{what}: characters that cannot stand in a header")))
}

/// The signature of a canonical request, in hexadecimal digits.
pub(super) fn signature_of(
    canonical: &str,
    date: &str,
    scope: &str,
    credentials: &Credentials,
    parameters: &Parameters<'_>,
) -> String {
    let digest = hex::encode(&Sha256::digest(canonical.as_bytes()));
    let text = format!("{}\n{date}\n{scope}\n{digest}", algorithm(parameters));
    signature(credentials, parameters, text.as_bytes())
}

/// The name of the signature, as its text begins.
pub(super) fn algorithm(parameters: &Parameters<'_>) -> &'static str {
    if parameters.asymmetric { "AWS4-ECDSA-P256-SHA256" } else { "AWS4-HMAC-SHA256" }
}

/// What a signature is good for. `date` is a time in its basic format.
pub(super) fn scope(date: &str, parameters: &Parameters<'_>) -> String {
    let (day, service) = (date.get(..8).unwrap_or(date), parameters.service);
    match parameters.asymmetric {
        true => format!("{day}/{service}/aws4_request"),
        false => format!("{day}/{}/{service}/aws4_request", parameters.region),
    }
}

/// The signature of a text of any kind, in hexadecimal digits.
pub(super) fn signature(credentials: &Credentials, parameters: &Parameters<'_>, text: &[u8]) -> String {
    let secret = credentials.secret_access_key();
    if parameters.asymmetric {
        let key = v4a::generate_signing_key(credentials.access_key_id(), secret);
        return v4a::calculate_signature(key, text);
    }
    let key = v4::generate_signing_key(secret, parameters.time, parameters.region, parameters.service);
    v4::calculate_signature(key, text)
}
