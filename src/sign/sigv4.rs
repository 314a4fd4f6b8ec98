//! Signature Version 4 and 4A in headers, computed by `aws-sigv4`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::borrow::Cow;
use std::time::SystemTime;

use aws_credential_types::Credentials as AwsCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::{v4, v4a};
use aws_smithy_runtime_api::client::identity::Identity;
use http::header::HOST;
use http::{HeaderName, HeaderValue};

use crate::codec::host::host_header;
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result};

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
    if request.uri.authority().is_none() {
        return Err(failed("the URL has no host"));
    }
    request.headers.remove(http::header::AUTHORIZATION);
    let unsigned = matches!(payload, Payload::Unsigned | Payload::StreamingTrailer);
    let in_header = parameters.raw_path || unsigned || request.headers.contains_key("x-amz-content-sha256");
    let settings = settings(parameters, in_header);
    let identity = identity(credentials);
    let signing = signing_params(&identity, parameters, settings)?;
    let body = match payload {
        Payload::Bytes(bytes) => SignableBody::Bytes(bytes),
        Payload::Hash(hash) => SignableBody::Precomputed(hash),
        Payload::Unsigned => SignableBody::UnsignedPayload,
        Payload::StreamingTrailer => SignableBody::StreamingUnsignedPayloadTrailer,
    };
    let uri = request.uri.to_string();
    let mut headers = Vec::with_capacity(request.headers.len() + 1);
    if !request.headers.contains_key(HOST) {
        headers.push((HOST.as_str(), host_header(&request.uri)));
    }
    for (name, value) in &request.headers {
        if NOT_SIGNED.contains(&name.as_str()) {
            continue;
        }
        let value = std::str::from_utf8(value.as_bytes())
            .map_err(|_| failed(&format!("header {name}: expected UTF-8, found other bytes")))?;
        headers.push((name.as_str(), single_spaced(value)));
    }
    let headers = headers.iter().map(|(name, value)| (*name, &**value));
    let signable = SignableRequest::new(request.method.as_str(), uri, headers, body)
        .map_err(|error| failed("the request cannot be brought into canonical form").with_source(error))?;
    let (instructions, _) =
        sign(signable, &signing).map_err(|error| failed("signing failed").with_source(error))?.into_parts();
    for header in instructions.into_parts().0 {
        let mut value = HeaderValue::try_from(header.value())
            .map_err(|_| failed(&format!("{}: characters that cannot stand in a header", header.name())))?;
        // The crate marks the token alone; a signature is good for some minutes to whoever reads it.
        value.set_sensitive(header.sensitive() || header.name() == http::header::AUTHORIZATION);
        request.headers.insert(HeaderName::from_static(header.name()), value);
    }
    Ok(())
}

/// `aws-sigv4` makes one space of several. Services do the same with tabs, as do AWS's SDKs (botocore's `auth.py:
/// _header_value`).
fn single_spaced(value: &str) -> Cow<'_, str> {
    if value.contains('\t') { Cow::Owned(value.replace('\t', " ")) } else { Cow::Borrowed(value) }
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

fn identity(credentials: &Credentials) -> Identity {
    let token = credentials.session_token().map(str::to_owned);
    AwsCredentials::new(credentials.access_key_id(), credentials.secret_access_key(), token, None, "tucuxi").into()
}

fn settings(parameters: &Parameters<'_>, payload_hash_in_header: bool) -> SigningSettings {
    let mut settings = SigningSettings::default();
    // The list is applied before; the crate's own would be a second, shorter one.
    settings.excluded_headers = None;
    if parameters.of_session {
        settings.session_token_name_override = Some("x-amz-s3session-token");
    }
    if parameters.raw_path {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    if payload_hash_in_header {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    settings
}

fn signing_params<'p>(
    identity: &'p Identity,
    parameters: &'p Parameters<'p>,
    settings: SigningSettings,
) -> Result<SigningParams<'p>> {
    if parameters.asymmetric {
        let params = v4a::SigningParams::builder()
            .identity(identity)
            .region_set(parameters.region)
            .name(parameters.service)
            .time(parameters.time)
            .settings(settings);
        return params.build().map(Into::into).map_err(incomplete);
    }
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region(parameters.region)
        .name(parameters.service)
        .time(parameters.time)
        .settings(settings);
    params.build().map(Into::into).map_err(incomplete)
}

fn incomplete<E>(_: E) -> Error {
    failed("signing parameters are incomplete")
}

fn failed(what: &str) -> Error {
    Error::new(ErrorKind::Signing, what)
}
