//! Checksums of requests and responses, in addition to those of TCP and TLS.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-dataintegrity.html>
//!
//! A request checksum goes in a header. For streaming payloads over TLS it goes in a trailer instead, computed while
//! the body is sent, so the body is read once. A response checksum is computed while the body is read, and the last
//! byte is returned only if it matches.

mod algorithm;
mod chunked;
mod verified;

use std::fmt::Display;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderName, HeaderValue};
use md5::{Digest as _, Md5};
use serde_json::{Map, Value};

use crate::body::Body;
use crate::config::{ChecksumMode, Config, Origin, Resolved};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::model::operation::Operation;
use crate::stage::Draft;
use crate::value;
use algorithm::Algorithm;
use chunked::AwsChunked;

pub(crate) use algorithm::Digest;
pub(crate) use verified::{Mismatch, verified};

/// Payload hash value for a body with a trailing checksum.
pub(crate) const STREAMING_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

const TRAILER: HeaderName = HeaderName::from_static("x-amz-trailer");
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
const DECODED_LENGTH: HeaderName = HeaderName::from_static("x-amz-decoded-content-length");

/// Checksum policy of a client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    calculation: ChecksumMode,
    validation: ChecksumMode,
    /// Checksums may go in a trailer.
    trailers: bool,
    /// Required checksums use `Content-MD5`, the one header that all servers know.
    /// <https://github.com/aws/aws-sdk-js-v3/blob/main/supplemental-docs/MD5_FALLBACK.md>
    by_md5: bool,
    is_aws: bool,
    /// For requests whose parameters name no algorithm.
    algorithm: Algorithm,
}

/// Where a request's checksum was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Added {
    None,
    Header(HeaderName),
    Trailer,
}

/// The checksum that a response announces for its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Announced {
    algorithm: Algorithm,
    /// Base64.
    expected: String,
}

impl Policy {
    /// Derives the policy from the settings. By default, AWS gets all checksums, and other servers only those that an
    /// operation requires: many support neither default checksums nor trailers.
    pub(crate) fn new(config: &Config, is_aws: bool) -> Result<Policy> {
        let mode = |setting: &Resolved<ChecksumMode>| match setting.origin {
            Origin::Default if !is_aws => ChecksumMode::WhenRequired,
            _ => setting.value,
        };
        let asked = config.request_checksum_calculation()?;
        let calculation = mode(asked);
        let validation = mode(config.response_checksum_validation()?);
        let trailers = is_aws || calculation == ChecksumMode::WhenSupported;
        let by_md5 = !is_aws && asked.origin == Origin::Default;
        let name = &config.default_checksum_algorithm()?.value;
        let algorithm = Algorithm::of(name).ok_or_else(|| unknown_default(name))?;
        Ok(Policy { calculation, validation, trailers, by_md5, is_aws, algorithm })
    }

    /// The algorithm for uploads in parts for which the caller chose none; `None` if they have no checksum. AWS combines
    /// CRC64NVME checksums of parts into one of the whole object.
    pub(crate) fn for_parts(&self) -> Option<&'static str> {
        match self.calculation {
            ChecksumMode::WhenRequired => None,
            ChecksumMode::WhenSupported if self.is_aws => Some("CRC64NVME"),
            ChecksumMode::WhenSupported => Some("CRC32"),
        }
    }

    /// The checksum feature flags of the `User-Agent` header.
    pub(crate) fn features(&self) -> Features {
        let request = match self.calculation {
            ChecksumMode::WhenSupported => Features::REQUEST_CHECKSUM_WHEN_SUPPORTED,
            ChecksumMode::WhenRequired => Features::REQUEST_CHECKSUM_WHEN_REQUIRED,
        };
        let response = match self.validation {
            ChecksumMode::WhenSupported => Features::RESPONSE_CHECKSUM_WHEN_SUPPORTED,
            ChecksumMode::WhenRequired => Features::RESPONSE_CHECKSUM_WHEN_REQUIRED,
        };
        request | response
    }
}

/// Starts a checksum by an algorithm's name.
pub(crate) fn digest_of(algorithm: &str) -> Option<Digest> {
    Algorithm::of(algorithm).map(Algorithm::digest)
}

/// Starts the MD5 that is the tag of many objects and parts.
pub(crate) fn md5() -> Digest {
    Digest::Md5(Md5::new())
}

/// The checksum of bytes by an algorithm's name, in base64.
#[cfg(test)]
pub(crate) fn checksum_of(algorithm: &str, bytes: &[u8]) -> Option<String> {
    let mut digest = digest_of(algorithm)?;
    digest.update(bytes);
    Some(digest.finish())
}

/// Adds the body checksum if the operation requires one, if the caller chose an algorithm, or by default. A checksum
/// given by the caller is kept (botocore's `httpchecksum.py: resolve_request_checksum_algorithm`).
///
/// `is_hashed` tells whether the signature of a request without TLS will cover the hash of the body, which is then computed
/// in the same pass.
pub(crate) fn add(
    draft: &mut Draft<'_>,
    operation: &Operation,
    params: &Map<String, Value>,
    policy: &Policy,
    is_hashed: impl FnOnce() -> Result<bool>,
) -> Result<Added> {
    if draft.headers.keys().any(is_checksum) {
        return Ok(Added::None);
    }
    let member = operation.http_checksum.as_ref().and_then(|checksum| checksum.request_algorithm_member.as_deref());
    let chosen = member.and_then(|member| params.get(member)).and_then(Value::as_str);
    let by_default = member.is_some() && policy.calculation == ChecksumMode::WhenSupported;
    let algorithm = match chosen {
        Some(name) => Algorithm::of(name).ok_or_else(|| unknown(member.unwrap_or_default(), name))?,
        None if operation.checksum_required && policy.by_md5 => return add_md5(draft, is_hashed),
        None if operation.checksum_required || by_default => {
            set_algorithm_header(draft, operation, member, policy.algorithm)?;
            policy.algorithm
        }
        None => return Ok(Added::None),
    };
    // The signature does not cover the trailer, so TLS must protect it.
    let may_trail = operation.streaming_input().is_some() && is_https(&draft.endpoint);
    if may_trail && (policy.trailers || !draft.body.is_rewindable()) {
        add_trailer(draft, algorithm)?;
        return Ok(Added::Trailer);
    }
    let mut digest = algorithm.digest();
    scan(draft, &algorithm, is_hashed, |bytes| digest.update(bytes))?;
    draft.headers.insert(algorithm.header(), base64_header(&digest.finish())?);
    Ok(Added::Header(algorithm.header()))
}

/// Adds `Content-MD5` unless the caller has set it.
fn add_md5(draft: &mut Draft<'_>, is_hashed: impl FnOnce() -> Result<bool>) -> Result<Added> {
    if !draft.headers.contains_key(CONTENT_MD5) {
        let mut digest = Md5::new();
        scan(draft, &"MD5", is_hashed, |bytes| digest.update(bytes))?;
        draft.headers.insert(CONTENT_MD5, base64_header(&value::encode(&digest.finalize()))?);
    }
    Ok(Added::Header(CONTENT_MD5))
}

/// Reads the body before it is sent, once for checksum and signature. A body in memory is hashed when it is signed.
fn scan(
    draft: &mut Draft<'_>,
    algorithm: &dyn Display,
    is_hashed: impl FnOnce() -> Result<bool>,
    each: impl FnMut(&[u8]),
) -> Result<()> {
    let is_streamed = draft.body.as_bytes().is_none() && !is_https(&draft.endpoint);
    let read = if is_streamed && is_hashed()? { draft.body.scan_and_hash(each) } else { draft.body.scan(each) };
    read.map_err(|error| {
        let message = format!("the body could not be read for its {algorithm} checksum, which goes into a header");
        Error::new(ErrorKind::Body, message).with_source(error)
    })
}

/// Whether this header holds a body checksum. A few headers with the prefix hold other checksum settings.
fn is_checksum(name: &HeaderName) -> bool {
    let what = name.as_str().strip_prefix("x-amz-checksum-");
    what.is_some_and(|what| !matches!(what, "mode" | "type" | "algorithm"))
}

fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

/// Sets the algorithm header, which the caller would have set to choose an algorithm.
fn set_algorithm_header(
    draft: &mut Draft<'_>,
    operation: &Operation,
    member: Option<&str>,
    algorithm: Algorithm,
) -> Result<()> {
    let input = operation.input_structure().zip(member);
    let Some((_, member)) = input.and_then(|(input, member)| input.by_name(member)) else { return Ok(()) };
    let name = HeaderName::try_from(&*member.target.wire).map_err(|_| {
        let what = format!("{}: the name \"{}\" is not a valid header name", operation.name, member.target.wire);
        Error::new(ErrorKind::Model, what)
    })?;
    let value = match algorithm {
        Algorithm::Crc32 => HeaderValue::from_static("CRC32"),
        // Names of algorithms are valid headers.
        other => HeaderValue::try_from(other.to_string()).unwrap_or(HeaderValue::from_static("CRC32")),
    };
    draft.headers.insert(name, value);
    Ok(())
}

fn add_trailer(draft: &mut Draft<'_>, algorithm: Algorithm) -> Result<()> {
    let encoding = match draft.headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) {
        Some(before) => HeaderValue::try_from(format!("{before},aws-chunked"))
            .map_err(|_| Error::new(ErrorKind::Body, "the content encoding is not a valid header value"))?,
        None => HeaderValue::from_static("aws-chunked"),
    };
    draft.headers.insert(CONTENT_ENCODING, encoding);
    draft.headers.insert(TRAILER, HeaderValue::from_static(algorithm.header_text()));
    // It held the decoded length; the transport sets the encoded one.
    draft.headers.remove(CONTENT_LENGTH);
    if let Some(length) = draft.body.len() {
        draft.headers.insert(DECODED_LENGTH, HeaderValue::from(length));
    }
    draft.body = Body::encoded(AwsChunked::new(std::mem::take(&mut draft.body), algorithm));
    Ok(())
}

fn base64_header(text: &str) -> Result<HeaderValue> {
    HeaderValue::try_from(text).map_err(|_| Error::new(ErrorKind::Signing, "the checksum is not a valid header value"))
}

fn unknown_default(name: &str) -> Error {
    let known = Algorithm::ALL.map(|algorithm| algorithm.to_string()).join(", ");
    Error::new(ErrorKind::Config, format!("default_checksum_algorithm: expected one of {known}, found {name:?}"))
}

fn unknown(member: &str, name: &str) -> Error {
    let known = Algorithm::ALL.map(|algorithm| algorithm.to_string()).join(", ");
    let message =
        format!("input.{member}: {name} checksums cannot be computed, only {known}; give a precomputed checksum");
    Error::new(ErrorKind::Unsupported, message)
}

/// Requests a response checksum if the operation has a parameter for that (botocore's
/// `handlers.py: _handle_request_validation_mode_member`). Returns whether it is requested, by this function or by the
/// caller.
pub(crate) fn ask(operation: &Operation, params: &mut Map<String, Value>, policy: &Policy) -> bool {
    let checksum = operation.http_checksum.as_ref();
    let Some(member) = checksum.and_then(|checksum| checksum.request_validation_mode_member.as_ref()) else {
        return false;
    };
    if policy.validation == ChecksumMode::WhenSupported && !params.contains_key(member) {
        params.insert(member.clone(), Value::from("ENABLED"));
    }
    params.get(member).is_some_and(|mode| !mode.is_null())
}

/// Whether responses are validated if the request is unknown.
pub(crate) fn checks_by_default(policy: &Policy) -> bool {
    policy.validation == ChecksumMode::WhenSupported
}

/// Returns the checksum of the whole body from the response headers (botocore's
/// `httpchecksum.py: handle_checksum_body`).
pub(crate) fn announced(operation: &Operation, status: u16, headers: &HeaderMap) -> Option<Announced> {
    let known = &operation.http_checksum.as_ref()?.response_algorithms;
    // Most responses have none, and looking for each algorithm costs more than going over the headers once.
    if !headers.keys().any(is_checksum) {
        return None;
    }
    if is_composite(status, headers) {
        return None;
    }
    let listed = |algorithm: Algorithm| known.iter().any(|name| name.eq_ignore_ascii_case(algorithm.name()));
    let mut candidates = Algorithm::ALL.into_iter().filter(|algorithm| listed(*algorithm));
    candidates.find_map(|algorithm| {
        let expected = headers.get(algorithm.header_text())?.to_str().ok()?.trim();
        // A hyphen and number at the end mark a composite checksum of the object's parts.
        let is_of_parts = expected.contains('-');
        (!is_of_parts).then(|| Announced { algorithm, expected: expected.to_owned() })
    })
}

/// Whether the checksum is one of the checksums of the object's parts. A range that covers such an object has it without the
/// hyphen and number that mark it otherwise (<https://github.com/boto/botocore/issues/3346>), but the tag has them.
fn is_composite(status: u16, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    match text("x-amz-checksum-type") {
        Some(kind) => kind.eq_ignore_ascii_case("COMPOSITE"),
        None => status == 206 && text("etag").is_some_and(|tag| tag.contains('-')),
    }
}

impl Announced {
    /// The algorithm name in lower case.
    pub(crate) fn algorithm(&self) -> &'static str {
        self.algorithm.name()
    }

    /// Checks an in-memory body.
    pub(crate) fn check(&self, body: &[u8]) -> std::result::Result<(), Mismatch> {
        let mut digest = self.algorithm.digest();
        digest.update(body);
        self.compare(digest.finish())
    }

    fn compare(&self, computed: String) -> std::result::Result<(), Mismatch> {
        if computed == self.expected {
            return Ok(());
        }
        Err(Mismatch { algorithm: self.algorithm, expected: self.expected.clone(), computed })
    }
}
