//! `tucuxi call --dry-run`: a signed request as text, its secrets masked.

use std::fmt::Write as _;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use tucuxi::Body;

use crate::failure::{Failure, Result};
use crate::output;

const MASK: &str = "****";

/// Headers whose values are secret, besides those that end in [`SECRET_SUFFIX`].
const SECRET_HEADERS: &[&str] = &["x-amz-security-token", "x-amz-s3session-token", "proxy-authorization", "cookie"];

/// The keys that S3 is to encrypt with (`x-amz-server-side-encryption-customer-key` and its like).
const SECRET_SUFFIX: &str = "-customer-key";

/// Parameters of a URL that are as good as a signature or a token.
const SECRET_PARAMETERS: &[&str] =
    &["x-amz-signature", "x-amz-security-token", "x-amz-s3session-token", "x-amz-credential"];

/// The same of a form: signatures of version 2, and signed URLs by which a service gets something from another region.
const SECRET_FIELDS: &[&str] = &["signature", "securitytoken", "awsaccesskeyid", "presignedurl"];

const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn print(request: Request<Body>) -> Result<()> {
    output::print(&text(request)?)
}

fn text(request: Request<Body>) -> Result<String> {
    let (parts, body) = request.into_parts();
    let mut text = format!("{} {}\n", parts.method, masked_url(&parts.uri));
    for (name, value) in &parts.headers {
        writeln!(text, "{name}: {}", masked_header(name, value))
            .map_err(|error| Failure::Other(format!("the request cannot be written: {error}")))?;
    }
    text.push('\n');
    match (body.as_bytes(), body.len()) {
        (Some([]), _) => {}
        (Some(bytes), _) => match std::str::from_utf8(bytes) {
            Ok(form) if is_form(&parts.headers) => {
                push_masked(&mut text, form, SECRET_FIELDS);
                text.push('\n');
            }
            Ok(body) => text.extend([body, "\n"]),
            Err(_) => text.push_str(&format!("({} bytes, as base64)\n{}\n", bytes.len(), base64(bytes))),
        },
        (None, Some(length)) => text.push_str(&format!("(a body of length {length}, not shown)\n")),
        (None, None) => text.push_str("(a body of unknown length, not shown)\n"),
    }
    Ok(text)
}

fn base64(bytes: &[u8]) -> String {
    tucuxi::blob(bytes).as_str().unwrap_or_default().to_owned()
}

fn masked_header(name: &HeaderName, value: &HeaderValue) -> String {
    let name = name.as_str();
    let value = String::from_utf8_lossy(value.as_bytes());
    match name {
        "authorization" => masked_authorization(&value),
        _ if SECRET_HEADERS.contains(&name) || name.ends_with(SECRET_SUFFIX) => MASK.to_owned(),
        _ => value.into_owned(),
    }
}

/// Of an AWS signature, its algorithm, scope and list of headers stay: they are what one looks for when a signature is
/// refused. Of anything else only the scheme does.
fn masked_authorization(value: &str) -> String {
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.starts_with("AWS4-") {
        return match rest.is_empty() {
            true => MASK.to_owned(),
            false => format!("{scheme} {MASK}"),
        };
    }
    let parts: Vec<String> = rest
        .split(',')
        .map(|part| match part.trim().split_once('=') {
            Some(("Credential", credential)) => {
                let scope = credential.split_once('/').map_or("", |(_, scope)| scope);
                format!("Credential={MASK}/{scope}")
            }
            Some(("SignedHeaders", names)) => format!("SignedHeaders={names}"),
            Some((name, _)) => format!("{name}={MASK}"),
            None => MASK.to_owned(),
        })
        .collect();
    format!("{scheme} {}", parts.join(", "))
}

fn masked_url(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let authority = match authority.rsplit_once('@') {
        Some((_, host)) => format!("{MASK}@{host}"),
        None => authority.to_owned(),
    };
    let mut url = format!("{scheme}://{authority}{}", uri.path());
    if let Some(query) = uri.query() {
        url.push('?');
        push_masked(&mut url, query, SECRET_PARAMETERS);
    }
    url
}

fn is_form(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM.as_bytes()))
}

/// Adds the pairs of a form or query, the values of the secret ones masked.
fn push_masked(text: &mut String, pairs: &str, secret: &[&str]) {
    for (index, pair) in pairs.split('&').enumerate() {
        if index > 0 {
            text.push('&');
        }
        match pair.split_once('=') {
            Some((name, _)) if secret.contains(&name.to_ascii_lowercase().as_str()) => text.extend([name, "=", MASK]),
            _ => text.push_str(pair),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_is_not() {
        for (name, value, shown) in [
            (
                "authorization",
                "AWS4-HMAC-SHA256 Credential=AKID/20250101/eu-west-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, \
                 Signature=feed",
                "AWS4-HMAC-SHA256 Credential=****/20250101/eu-west-1/sqs/aws4_request, SignedHeaders=host;x-amz-date, \
                 Signature=****",
            ),
            ("authorization", "Bearer secret", "Bearer ****"),
            ("authorization", "secret", "****"),
            ("x-amz-security-token", "secret", "****"),
            ("x-amz-copy-source-server-side-encryption-customer-key", "secret", "****"),
            ("x-amz-date", "20250101T000000Z", "20250101T000000Z"),
        ] {
            assert_eq!(masked_header(&HeaderName::from_static(name), &HeaderValue::from_static(value)), shown);
        }
        let url = "https://user:password@host:1/a/b?list&X-Amz-Signature=feed&prefix=a%20b";
        let shown = "https://****@host:1/a/b?list&X-Amz-Signature=****&prefix=a%20b";
        assert_eq!(masked_url(&Uri::from_static(url)), shown);
    }

    #[test]
    fn bodies_are_shown_as_far_as_they_are_text() {
        for (body, shown) in [
            (Body::from("{}"), "POST http://h/\n\n{}\n"),
            (Body::from(vec![0xff, 0]), "POST http://h/\n\n(2 bytes, as base64)\n/wA=\n"),
            (Body::empty(), "POST http://h/\n\n"),
            (Body::from_reader(&b"x"[..]), "POST http://h/\n\n(a body of unknown length, not shown)\n"),
            (Body::from_reader_with_length(&b"x"[..], 1), "POST http://h/\n\n(a body of length 1, not shown)\n"),
        ] {
            assert_eq!(text(Request::post("http://h/").body(body).unwrap()).unwrap(), shown);
        }
        let form = Body::from("Action=A&PreSignedUrl=https%3A%2F%2Fh%2F%3FX-Amz-Signature%3Dfeed&Signature=feed");
        let request = Request::post("http://h/").header(CONTENT_TYPE, FORM).body(form).unwrap();
        assert!(text(request).unwrap().ends_with("\n\nAction=A&PreSignedUrl=****&Signature=****\n"));
    }
}
