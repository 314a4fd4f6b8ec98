//! Log redaction by allow-list. Anything not listed here stays out of the logs, so a new secret needs no new rule.

use std::fmt;
use std::sync::Once;

use http::{HeaderMap, Uri};

use super::SecretTarget;
use crate::codec::host::shown_host;

/// Headers that describe the exchange and reveal neither its content nor the caller.
const SAFE_HEADERS: &[&str] = &[
    "accept-encoding",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "expect",
    "retry-after",
    "server",
    "smithy-protocol",
    "transfer-encoding",
    "user-agent",
    "via",
    "x-amz-bucket-region",
    "x-amz-cf-id",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-id-2",
    "x-amz-request-id",
    "x-amz-target",
    "x-amzn-errortype",
    "x-amzn-query-error",
    "x-amzn-query-mode",
    "x-amzn-requestid",
    "x-amzn-trace-id",
];

/// Redacts a URL for logs: scheme, host, path and the query parameters' names. Values are omitted because a presigned
/// URL carries its signature and session token there. A secret target shows its template.
pub(crate) fn target<'u>(uri: &'u Uri, secret: Option<&'u SecretTarget>) -> impl fmt::Display + use<'u> {
    RedactedTarget(uri, secret)
}

/// Redacts headers for logs: `name: value, name: value`. Other headers are omitted, including their names.
pub(super) fn headers(headers: &HeaderMap) -> impl fmt::Display + '_ {
    RedactedHeaders(headers)
}

/// Warns once if `ureq`'s wire log is enabled. At TRACE, `ureq` writes every byte sent and received to the `log` crate,
/// and this crate cannot prevent that.
pub(super) fn warn_about_wire_log() {
    static ONCE: Once = Once::new();
    // Cheap when logging is off: it compares an integer.
    if log::log_enabled!(target: "ureq_proto::util", log::Level::Trace) {
        ONCE.call_once(|| {
            log::warn!(
                target: "tucuxi",
                "at the level TRACE the targets `ureq_proto` and `ureq` log every byte sent and received, URLs, credentials and \
                 other secrets included: keep them at DEBUG"
            );
        });
    }
}

struct RedactedTarget<'a>(&'a Uri, Option<&'a SecretTarget>);

impl fmt::Display for RedactedTarget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RedactedTarget(uri, secret) = self;
        if let Some(scheme) = uri.scheme_str() {
            write!(f, "{scheme}://")?;
        }
        if let Some(SecretTarget(template)) = secret {
            return write!(f, "{}{template}", shown_host(uri));
        }
        write!(f, "{}{}", shown_host(uri), uri.path())?;
        for (index, parameter) in uri.query().unwrap_or_default().split('&').enumerate() {
            match (index, parameter.split_once('=')) {
                (0, None) if parameter.is_empty() => {}
                (0, None) => write!(f, "?{parameter}")?,
                (0, Some((name, _))) => write!(f, "?{name}=…")?,
                (_, None) => write!(f, "&{parameter}")?,
                (_, Some((name, _))) => write!(f, "&{name}=…")?,
            }
        }
        Ok(())
    }
}

struct RedactedHeaders<'a>(&'a HeaderMap);

impl fmt::Display for RedactedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let safe = self.0.iter().filter(|(name, _)| SAFE_HEADERS.binary_search(&name.as_str()).is_ok());
        for (index, (name, value)) in safe.enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            // `HeaderValue`'s Debug escapes control characters, so a value cannot forge a log line.
            write!(f, "{separator}{name}: {value:?}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn safe_headers_are_sorted_for_binary_search() {
        assert!(SAFE_HEADERS.is_sorted());
    }

    #[test]
    fn targets_keep_parameter_names_and_drop_values() {
        for (uri, shown) in [
            ("https://b.s3.amazonaws.com/a/../k%20y", "https://b.s3.amazonaws.com/a/../k%20y"),
            ("http://u:p@h:1/?acl", "http://h:1/?acl"),
            (
                "http://h/?X-Amz-Signature=feed&X-Amz-Security-Token=beef=&acl",
                "http://h/?X-Amz-Signature=…&X-Amz-Security-Token=…&acl",
            ),
            ("http://h/?", "http://h/"),
        ] {
            assert_eq!(target(&Uri::from_static(uri), None).to_string(), shown);
        }
        let (uri, secret) = (Uri::from_static("http://u:p@h/users/hush?a=b"), SecretTarget("/users/{Name}".to_owned()));
        assert_eq!(target(&uri, Some(&secret)).to_string(), "http://h/users/{Name}");
    }

    #[test]
    fn only_listed_headers_are_logged() {
        let mut map = HeaderMap::new();
        for (name, value) in [
            ("authorization", "AWS4-HMAC-SHA256 Credential=AKID"),
            ("content-type", "text/plain"),
            ("x-amz-security-token", "token"),
            ("x-amz-server-side-encryption-customer-key", "key"),
            ("proxy-authorization", "Basic x"),
            ("x-amz-meta-name", "personal"),
            ("date", "today\twith tab"),
        ] {
            map.insert(name, HeaderValue::from_static(value));
        }
        assert_eq!(headers(&map).to_string(), r#"content-type: "text/plain", date: "today	with tab""#);
    }
}
