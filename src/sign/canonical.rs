//! The canonical request of Signature Version 4: what a signature covers, in the one form that client and service compute
//! alike. Signatures in headers and in URLs share it.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request>

use std::borrow::Cow;

use http::header::HOST;
use http::request::Parts;

use super::error::SignError;
use crate::codec::host::host_header;
use crate::codec::percent::{form_pairs, push_encoded, push_pair, push_sorted};
use crate::endpoint::segments;

/// The signed headers of a request: names in lower case and sorted, with their values. A repeated header has a row for
/// each value, in their order.
pub(super) struct CanonicalHeaders<'r>(Vec<(&'r str, Cow<'r, str>)>);

/// Whether a header is part of signatures. Others are changed by proxies or added after signing (botocore's
/// `auth.py: SIGNED_HEADERS_BLACKLIST`).
pub(super) fn is_signed(name: &str) -> bool {
    !matches!(
        name,
        "authorization"
            | "baggage"
            | "connection"
            | "expect"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "traceparent"
            | "tracestate"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "user-agent"
            | "x-amzn-trace-id"
    )
}

impl<'r> CanonicalHeaders<'r> {
    /// The signed headers of a request. `host` comes from the URL unless the request has it.
    pub(super) fn of(request: &'r Parts) -> Result<Self, SignError> {
        if request.uri.authority().is_none() {
            return Err(SignError::NoHost);
        }
        let mut headers = Vec::with_capacity(request.headers.len() + 1);
        for (name, value) in request.headers.iter().filter(|(name, _)| is_signed(name.as_str())) {
            let value = std::str::from_utf8(value.as_bytes()).map_err(|_| SignError::NotUtf8(name.clone()))?;
            headers.push((name.as_str(), single_spaced(value)));
        }
        if !request.headers.contains_key(HOST) {
            headers.push((HOST.as_str(), host_header(&request.uri)));
        }
        // Stable, for the order of repeated headers.
        headers.sort_by_key(|(name, _)| *name);
        Ok(CanonicalHeaders(headers))
    }

    /// The names, each once, separated by semicolons.
    pub(super) fn names(&self) -> String {
        let mut names = String::with_capacity(128);
        self.each(|name, _, is_repeated| {
            if !is_repeated {
                names.extend([if names.is_empty() { "" } else { ";" }, name]);
            }
        });
        names
    }

    /// Calls `row` for each row, with whether the row before has the same name.
    fn each(&self, mut row: impl FnMut(&str, &str, bool)) {
        let mut previous = "";
        for (name, value) in &self.0 {
            row(name, value, *name == previous);
            previous = name;
        }
    }

    fn push_to(&self, canonical: &mut String) {
        self.each(|name, value, is_repeated| match is_repeated {
            true => {
                // The values of a header are joined.
                canonical.pop();
                canonical.extend([",", value, "\n"]);
            }
            false => canonical.extend([name, ":", value, "\n"]),
        });
    }
}

/// The canonical request. `raw_path` is the rule of S3: the path as it is sent. `query` has the parameters as
/// [`encoded_query`] encodes them, in any order; `names` are those of the headers, and `payload` is the hash of the body or
/// its replacement.
pub(super) fn canonical_request(
    request: &Parts,
    raw_path: bool,
    query: &str,
    headers: &CanonicalHeaders<'_>,
    names: &str,
    payload: &str,
) -> String {
    let mut canonical = String::with_capacity(1024);
    canonical.extend([request.method.as_str(), "\n"]);
    match raw_path {
        true => canonical.push_str(request.uri.path()),
        false => push_normalized(&mut canonical, request.uri.path()),
    }
    canonical.push('\n');
    if !query.is_empty() {
        push_sorted(&mut canonical, query);
    }
    canonical.push('\n');
    headers.push_to(&mut canonical);
    canonical.extend(["\n", names, "\n", payload]);
    canonical
}

/// The parameters of a query, each with `=` and in canonical encoding.
pub(super) fn encoded_query(query: &str) -> String {
    let mut encoded = String::new();
    if !query.is_empty() {
        encoded.reserve(query.len() + 32);
    }
    for (name, value) in form_pairs(query) {
        push_pair(&mut encoded, &name, &value);
    }
    encoded
}

/// Appends a path without dot segments and empty segments, encoded once more than it is sent.
/// <https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4>
fn push_normalized(out: &mut String, path: &str) {
    let segments = segments(path);
    for segment in &segments {
        out.push('/');
        push_encoded(out, segment);
    }
    if segments.is_empty() || path.ends_with('/') {
        out.push('/');
    }
}

/// Trims a value and collapses runs of spaces. Services treat tabs the same (botocore's `auth.py: _header_value`).
fn single_spaced(value: &str) -> Cow<'_, str> {
    let value = value.trim_matches([' ', '\t']);
    let mut previous = 0;
    let is_plain = value.bytes().all(|byte| {
        let is_blank_run = byte == b'\t' || byte == b' ' && previous == b' ';
        previous = byte;
        !is_blank_run
    });
    if is_plain {
        return Cow::Borrowed(value);
    }
    let words: Vec<&str> = value.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_query_are_canonical() {
        for (path, expected) in [
            ("/", "/"),
            ("", "/"),
            ("/a//b/./../c/", "/a/c/"),
            ("/../a", "/a"),
            ("/a/..", "/"),
            ("/a/../", "/"),
            ("/a/b/..", "/a"),
            ("/a%20b/~", "/a%2520b/~"),
        ] {
            let mut out = String::new();
            push_normalized(&mut out, path);
            assert_eq!(out, expected, "{path}");
        }
        assert_eq!(encoded_query("uploads&a=b+c%7e&&x=1&x=2"), "uploads=&a=b%20c~&x=1&x=2");
        assert_eq!(encoded_query(""), "");
    }

    #[test]
    fn headers_are_sorted_joined_and_trimmed() {
        let request = http::Request::get("https://h:443/")
            .header("X-B", " a  b\tc ")
            .header("x-a", "2")
            .header("user-agent", "me")
            .header("X-A", "")
            .header("x-a", "1 1")
            .body(());
        let request = request.unwrap().into_parts().0;
        let headers = CanonicalHeaders::of(&request).unwrap();
        assert_eq!(headers.names(), "host;x-a;x-b");
        let mut out = String::new();
        headers.push_to(&mut out);
        assert_eq!(out, "host:h\nx-a:2,,1 1\nx-b:a b c\n");
    }
}
