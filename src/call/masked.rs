//! Masks secrets in requests for display.
//!
//! The request is not searched for secrets, which would have to know every way to encode them. Instead it is built a
//! second time from masked parameters; where the two differ, the masked one is shown.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Uri};
use serde_json::Value;

use super::build::{assemble, params_object};
use super::{Call, CallOptions, prepare};
use crate::body::Body;
use crate::endpoint::Endpoint;
use crate::error::{MASK, Result};
use crate::model::mask::masked;
use crate::model::operation::Operation;
use crate::runtime::Runtime;

/// How a form and a query encode [`MASK`].
const ENCODED_MASK: &str = "%2A%2A%2A%2A";

/// Headers whose values are always secret, besides those marked sensitive and those that end in one of
/// [`SECRET_SUFFIXES`].
const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-amz-mfa",
    "x-amz-s3session-token",
    "x-amz-security-token",
    "x-aws-ec2-metadata-token",
];

/// Headers with S3's customer-provided encryption keys (`x-amz-server-side-encryption-customer-key` ..) and their
/// digests.
const SECRET_SUFFIXES: &[&str] = &["-customer-key", "-customer-key-md5"];

/// Digests of the body. They would let a reader guess a short secret in an otherwise known body.
const DIGESTS: &[&str] = &["content-md5", "x-amz-content-sha256", "x-amz-sha256-tree-hash"];
const DIGEST_PREFIX: &str = "x-amz-checksum-";

/// Parameters of URLs and forms that hold signatures or tokens (SigV4 and SigV2), in lower case.
const SECRET_PARAMETERS: &[&str] = &[
    "awsaccesskeyid",
    "presignedurl",
    "securitytoken",
    "signature",
    "x-amz-credential",
    "x-amz-s3session-token",
    "x-amz-security-token",
    "x-amz-signature",
];

const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// Builds the signed request with all secrets masked.
pub(crate) fn prepare_masked(call: &mut Call<'_>, options: CallOptions) -> Result<Request<Body>> {
    let has_secret_body = has_secret_payload(call, &options);
    let prepared = prepare(call, options)?;
    mask_prepared(call, prepared.request, &prepared.params, &prepared.endpoint, has_secret_body)
}

/// Whether a body given beside the parameters is sensitive.
pub(super) fn has_secret_payload(call: &Call<'_>, options: &CallOptions) -> bool {
    let payload = call.plan.operation.raw_input_payload();
    options.body.is_some() && payload.is_some_and(|member| member.target.sensitive)
}

/// Masks all secrets of a signed request.
pub(super) fn mask_prepared(
    call: &Call<'_>,
    request: Request<Body>,
    params: &Value,
    endpoint: &Endpoint,
    has_secret_body: bool,
) -> Result<Request<Body>> {
    let operation = &call.plan.operation;
    let masked_plan = Arc::new(call.client.service.masked_operation(&operation.name)?);
    let plain = call.unsigned(endpoint, params, params)?;
    let context = call.context.of(&masked_plan.operation);
    let masked = Call { client: call.client, plan: &masked_plan, context, written: None, made: None };
    let shown = masked.unsigned(endpoint, params, &masked_params(operation, params)?)?;
    Ok(merge(call.client, request, &plain, shown, has_secret_body))
}

pub(super) fn masked_params(operation: &Operation, params: &Value) -> Result<Value> {
    let members = params_object(params)?;
    Ok(operation.input.as_ref().map_or_else(|| params.clone(), |shapes| Value::Object(masked(shapes, members))))
}

impl Call<'_> {
    /// The request before checksums, compression and signature, without a separate body. `shown` is serialized;
    /// `params` decide where it goes.
    fn unsigned(&self, endpoint: &Endpoint, params: &Value, shown: &Value) -> Result<Request<Body>> {
        let mut draft = self.draft(shown, None, endpoint)?;
        self.use_discovered_endpoint(&mut draft, params)?;
        self.plan.quirks.request(&mut draft, &self.context)?;
        if let Some(rule) = self.plan.quirks.source_region() {
            self.add_cross_region_url(params, &mut draft, endpoint, rule)?;
        }
        assemble(draft, endpoint)
    }
}

/// The signed request, with those parts of `shown` that differ from `plain`.
fn merge(
    client: &Runtime,
    signed: Request<Body>,
    plain: &Request<Body>,
    shown: Request<Body>,
    has_secret_body: bool,
) -> Request<Body> {
    let (mut parts, body) = signed.into_parts();
    let (shown, shown_body) = shown.into_parts();
    let has_secrets = has_secret_body || plain.body().as_bytes() != shown_body.as_bytes();
    let is_form = is_form(&parts.headers);
    let body = match has_secrets {
        true if has_secret_body => Body::from(MASK),
        true => shown_body,
        false => body,
    };
    let uri = if plain.uri() == &shown.uri { parts.uri } else { shown.uri };
    parts.uri = masked_uri(&uri, client.custom_endpoint.as_deref());
    parts.headers = masked_headers(&parts.headers, plain.headers(), &shown.headers, has_secrets);
    let form = body.as_bytes().filter(|_| is_form).and_then(|form| std::str::from_utf8(form).ok());
    let form = form.map(|form| masked_pairs(form, &[]));
    Request::from_parts(parts, form.map_or(body, Body::from))
}

fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM))
}

fn masked_headers(headers: &HeaderMap, plain: &HeaderMap, shown: &HeaderMap, has_secret_body: bool) -> HeaderMap {
    let mut masked = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let text = name.as_str();
        let is_digest = DIGESTS.contains(&text) || text.starts_with(DIGEST_PREFIX);
        let differs = !plain.get_all(name).iter().eq(shown.get_all(name).iter());
        let value = match text {
            // The name itself may be a key of a sensitive map.
            _ if differs && !shown.contains_key(name) => continue,
            "authorization" => masked_authorization(value),
            _ if differs => shown.get(name).cloned().unwrap_or(HeaderValue::from_static(MASK)),
            _ if is_digest && has_secret_body && !is_keyword(value) => HeaderValue::from_static(MASK),
            _ if value.is_sensitive() || is_secret_header(text) => HeaderValue::from_static(MASK),
            _ => value.clone(),
        };
        masked.append(name, value);
    }
    masked
}

fn is_secret_header(name: &str) -> bool {
    SECRET_HEADERS.contains(&name) || SECRET_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// Whether the value is a keyword that replaces a digest, such as `UNSIGNED-PAYLOAD`.
fn is_keyword(value: &HeaderValue) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'-';
    value.as_bytes().contains(&b'-') && value.as_bytes().iter().all(is_part)
}

/// Masks `Authorization`. An AWS signature keeps its algorithm, scope and list of headers, which help to debug a
/// rejected signature; any other value keeps only its scheme.
fn masked_authorization(value: &HeaderValue) -> HeaderValue {
    let value = String::from_utf8_lossy(value.as_bytes());
    let (scheme, rest) = value.split_once(' ').unwrap_or((&value, ""));
    let text = match scheme {
        _ if scheme.starts_with("AWS4-") => {
            let parts: Vec<String> = rest.split(',').map(|part| masked_part(part.trim())).collect();
            format!("{scheme} {}", parts.join(", "))
        }
        _ if rest.is_empty() => MASK.to_owned(),
        _ => format!("{scheme} {MASK}"),
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(MASK))
}

fn masked_part(part: &str) -> String {
    match part.split_once('=') {
        Some(("Credential", credential)) => {
            let scope = credential.split_once('/').map_or("", |(_, scope)| scope);
            format!("Credential={MASK}/{scope}")
        }
        Some(("SignedHeaders", names)) => format!("SignedHeaders={names}"),
        Some((name, _)) => format!("{name}={MASK}"),
        None => MASK.to_owned(),
    }
}

/// Masks a URL. `configured` is the user's endpoint URL; all values of its query are masked, since their meaning is
/// unknown.
fn masked_uri(uri: &Uri, configured: Option<&str>) -> Uri {
    let configured = configured.and_then(|url| url.split_once('?')).map_or("", |(_, query)| query);
    let configured: Vec<&str> = configured.split('#').next().unwrap_or_default().split('&').collect();
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let (user, host) = authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("****@", host));
    let mut url = format!("{scheme}://{user}{host}{}", uri.path().replace(ENCODED_MASK, MASK));
    if let Some(query) = uri.query() {
        url.push('?');
        url.push_str(&masked_pairs(query, &configured));
    }
    // Masking keeps a URL valid, so the fallback is not reached.
    url.parse().unwrap_or_else(|_| Uri::from_static("/"))
}

/// Masks the secret values of a form or query. `all_secret` lists pairs of which only the name may show.
fn masked_pairs(pairs: &str, all_secret: &[&str]) -> String {
    let mut out = String::with_capacity(pairs.len());
    for (index, pair) in pairs.split('&').enumerate() {
        if index > 0 {
            out.push('&');
        }
        match pair.split_once('=') {
            Some((name, _)) if all_secret.contains(&pair) || is_secret_parameter(name) => out.extend([name, "=", MASK]),
            None if !pair.is_empty() && all_secret.contains(&pair) => out.push_str(MASK),
            _ => out.push_str(&pair.replace(ENCODED_MASK, MASK)),
        }
    }
    out
}

fn is_secret_parameter(name: &str) -> bool {
    SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorization_keeps_scheme_scope_and_header_names() {
        for (value, shown) in [
            (
                "AWS4-HMAC-SHA256 Credential=AKID/20250101/eu-west-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, \
                 Signature=feed",
                "AWS4-HMAC-SHA256 Credential=****/20250101/eu-west-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, \
                 Signature=****",
            ),
            ("Bearer secret", "Bearer ****"),
            ("secret", "****"),
        ] {
            assert_eq!(masked_authorization(&HeaderValue::from_static(value)), shown);
        }
    }

    #[test]
    fn urls_lose_userinfo_signatures_and_endpoint_query() {
        let url = "https://user:password@host:1/a/%2A%2A%2A%2A?token=hush&bare&list&X-Amz-Signature=feed&prefix=a%20b";
        let shown = "https://****@host:1/a/****?token=****&****&list&X-Amz-Signature=****&prefix=a%20b";
        let configured = Some("https://user:password@host:1/a?token=hush&bare");
        assert_eq!(masked_uri(&Uri::from_static(url), configured).to_string(), shown);
        let form = "Action=A&PreSignedUrl=https%3A%2F%2Fh%2F%3FX-Amz-Signature%3Dfeed&Signature=feed&Pin=%2A%2A%2A%2A";
        assert_eq!(masked_pairs(form, &[]), "Action=A&PreSignedUrl=****&Signature=****&Pin=****");
    }

    #[test]
    fn headers_that_differ_are_masked() {
        let map = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
                .collect::<HeaderMap>()
        };
        let plain = map(&[("x-pin", "1234"), ("x-amz-meta-hush", "x"), ("x-open", "o")]);
        let shown = map(&[("x-pin", "****"), ("x-open", "o")]);
        let mut signed = plain.clone();
        signed.extend(map(&[
            ("x-amz-security-token", "hush"),
            ("x-amz-copy-source-server-side-encryption-customer-key-md5", "hush"),
            ("x-amz-content-sha256", "feed"),
            ("x-amz-date", "20250101T000000Z"),
        ]));
        let expected = map(&[
            ("x-pin", "****"),
            ("x-open", "o"),
            ("x-amz-security-token", "****"),
            ("x-amz-copy-source-server-side-encryption-customer-key-md5", "****"),
            ("x-amz-content-sha256", "****"),
            ("x-amz-date", "20250101T000000Z"),
        ]);
        assert_eq!(masked_headers(&signed, &plain, &shown, true), expected);
        signed.insert("x-amz-content-sha256", HeaderValue::from_static("STREAMING-UNSIGNED-PAYLOAD-TRAILER"));
        let shown = masked_headers(&signed, &plain, &shown, true);
        assert_eq!(shown["x-amz-content-sha256"], "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    }
}
