//! URL splitting and joining without normalization: a URL is sent as the rule set or the user wrote it.

use std::net::Ipv6Addr;

use crate::codec::percent::{push_encoded, push_legalized};

/// Parts of an absolute `http` or `https` URL, as slices of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UrlParts<'a> {
    /// `http` or `https` in lower case.
    pub(crate) scheme: &'static str,
    /// Host and port, with optional user name.
    pub(crate) authority: &'a str,
    /// Host; an IPv6 address has no brackets.
    pub(crate) host: &'a str,
    /// Whether the host is an IPv4 or IPv6 address.
    pub(crate) is_ip: bool,
    /// Starts with `/`, or is empty.
    pub(crate) path: &'a str,
    /// Text after `?`, which may be empty.
    pub(crate) query: Option<&'a str>,
}

/// Splits a URL. Returns `None` unless it is an absolute `http(s)` URL with a host and a valid port, if any.
pub(crate) fn split(text: &str) -> Option<UrlParts<'_>> {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let scheme = ["https", "http"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host_port)| host_port);
    let (host, port) = match host_port.strip_prefix('[') {
        Some(bracketed) => {
            let (address, port) = bracketed.split_once(']')?;
            let digits = address.split_once('%').map_or(address, |(digits, _zone)| digits);
            digits.parse::<Ipv6Addr>().ok()?;
            (address, if port.is_empty() { None } else { Some(port.strip_prefix(':')?) })
        }
        None => match host_port.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (host_port, None),
        },
    };
    let is_port = |port: &str| port.is_empty() || (is_digits(port) && port.parse::<u16>().is_ok());
    if host.is_empty() || authority.contains(' ') || !port.is_none_or(is_port) {
        return None;
    }
    let is_ip = host_port.starts_with('[') || is_ipv4_shaped(host);
    Some(UrlParts { scheme, authority, host, is_ip, path, query })
}

/// Joins an endpoint and a request's path and query to a URL.
///
/// The endpoint's path comes first, with exactly one slash between it and `path`. The queries of the endpoint, of `path` (some
/// request URIs of models have one) and `query` are concatenated. The host prefix is prepended to the host unchanged. Dot
/// segments and double slashes stay, because they are part of an S3 key. Invalid characters in the endpoint's path are encoded.
pub(crate) fn join(endpoint_url: &str, host_prefix: &str, path: &str, query: &str) -> String {
    let authority_at = endpoint_url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = endpoint_url.split_at(authority_at);
    let rest = rest.split('#').next().unwrap_or_default();
    let (rest, endpoint_query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, base) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (path, path_query) = path.split_once('?').unwrap_or((path, ""));

    let mut url = String::with_capacity(endpoint_url.len() + host_prefix.len() + path.len() + query.len() + 3);
    url.push_str(scheme);
    match authority.rsplit_once('@') {
        Some((user, host)) => url.extend([user, "@", host_prefix, host]),
        None => url.extend([host_prefix, authority]),
    }
    match path {
        "" | "/" if base.is_empty() => url.push('/'),
        "" | "/" => push_legalized(&mut url, base),
        _ => {
            push_legalized(&mut url, base.strip_suffix('/').unwrap_or(base));
            if !path.starts_with('/') {
                url.push('/');
            }
            url.push_str(path);
        }
    }
    let mut separator = '?';
    if !endpoint_query.is_empty() {
        url.push(separator);
        push_legalized(&mut url, endpoint_query);
        separator = '&';
    }
    for part in [path_query, query] {
        if !part.is_empty() {
            url.push(separator);
            url.push_str(part);
            separator = '&';
        }
    }
    url
}

/// Splits a path into segments, without empty and dot segments. <https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4>
pub(crate) fn segments(path: &str) -> Vec<&str> {
    let mut normalized = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(normalized.pop()),
            other => normalized.push(other),
        }
    }
    normalized
}

/// Normalizes a path as `parseURL` does: no dot or empty segments, percent-encoded, a slash at both ends.
pub(crate) fn normalized_path(path: &str) -> String {
    let mut text = String::with_capacity(path.len() + 2);
    text.push('/');
    for segment in segments(path) {
        push_encoded(&mut text, segment);
        text.push('/');
    }
    text
}

/// Whether a text is a label of a host name: 1 to 63 letters, digits and hyphens, no hyphen at either end.
/// <https://www.rfc-editor.org/rfc/rfc1123#section-2.1>
pub(crate) fn is_host_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Whether a text is a valid region name, which becomes a part of host names (botocore's `utils.py: validate_region_name`).
pub(crate) fn is_region(name: &str) -> bool {
    is_host_label(name) && !is_digits(name)
}

/// Converts an address in a response to a URL. The address is a host with an optional port and an optional `https://`; `None` for
/// anything else.
pub(crate) fn https_url(address: &str) -> Option<String> {
    let host = address.strip_prefix("https://").unwrap_or(address);
    let host = host.strip_suffix('/').unwrap_or(host);
    let url = format!("https://{host}");
    let parts = split(&url)?;
    let is_host = parts.host.len() <= 253 && parts.host.split('.').all(is_host_label);
    let is_all = parts.path.is_empty() && parts.query.is_none() && !host.contains(['@', '#']);
    (is_host && is_all).then_some(url)
}

/// Whether a host is four groups of one to three digits. As in botocore, they may exceed 255.
pub(crate) fn is_ipv4_shaped(host: &str) -> bool {
    let mut groups = 0;
    host.split('.').all(|group| {
        groups += 1;
        group.len() <= 3 && is_digits(group)
    }) && groups == 4
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_responses_are_hosts() {
        for (address, url) in [
            (
                "ingest-cell1.timestream.us-east-1.amazonaws.com",
                "https://ingest-cell1.timestream.us-east-1.amazonaws.com",
            ),
            ("https://cell.example/", "https://cell.example"),
            ("cell.example:8443", "https://cell.example:8443"),
            ("localhost", "https://localhost"),
        ] {
            assert_eq!(https_url(address).as_deref(), Some(url), "{address}");
        }
        for address in [
            "",
            "/",
            "http://cell.example",
            "ftp://cell.example",
            "cell example",
            "cell.example/path",
            "cell.example?a",
            "cell.example#a",
            "user@cell.example",
            "cell..example",
            "-cell.example",
            "cell.example:x",
            "[::1]",
            "a\r\nb",
            "c\u{e9}ll",
        ] {
            assert_eq!(https_url(address), None, "{address}");
        }
        for (name, good) in
            [("eu-west-1", true), ("aws-global", true), ("1", false), ("", false), ("a.b", false), ("a/b", false)]
        {
            assert_eq!(is_region(name), good, "{name}");
        }
    }

    #[test]
    fn urls_are_joined_as_in_botocore() {
        let cases = [
            // endpoint, host prefix, path, query, expected
            ("https://h.aws", "", "", "", "https://h.aws/"),
            ("https://h.aws", "", "/", "a=b", "https://h.aws/?a=b"),
            ("https://h.aws/", "", "/", "", "https://h.aws/"),
            ("https://h.aws/base", "", "/", "", "https://h.aws/base"),
            ("https://h.aws/base/", "", "/", "", "https://h.aws/base/"),
            ("https://h.aws/base", "", "/k", "", "https://h.aws/base/k"),
            ("https://h.aws/base/", "", "/k", "", "https://h.aws/base/k"),
            ("https://h.aws/base/", "", "k", "", "https://h.aws/base/k"),
            ("https://h.aws", "", "//a/../b/./c//", "", "https://h.aws//a/../b/./c//"),
            ("https://h.aws/", "", "//a", "", "https://h.aws//a"),
            ("https://h.aws:8443/x?e=1", "", "/k?list-type=2", "q=%20", "https://h.aws:8443/x/k?e=1&list-type=2&q=%20"),
            ("https://h.aws", "data-", "/", "", "https://data-h.aws/"),
            ("https://user@h.aws", "data.", "/k", "", "https://user@data.h.aws/k"),
            ("http://[::1]:4566", "", "/k?acl", "", "http://[::1]:4566/k?acl"),
            ("https://h.aws/#part", "", "/k", "", "https://h.aws/k"),
            ("", "", "", "", "/"),
            ("https://h.aws/a b", "", "/k", "", "https://h.aws/a%20b/k"),
            ("https://h.aws/a%20b/\"\u{e4}\"|", "", "/", "", "https://h.aws/a%20b/%22%C3%A4%22%7C"),
            ("https://h.aws/100%/a%20b", "", "/", "", "https://h.aws/100%25/a%2520b"),
            ("https://h.aws/x?a b='c'", "", "/k", "", "https://h.aws/x/k?a%20b='c'"),
        ];
        for (endpoint, prefix, path, query, expected) in cases {
            assert_eq!(join(endpoint, prefix, path, query), expected, "{endpoint} {prefix} {path} {query}");
        }
    }

    #[test]
    fn urls_are_split_into_parts() {
        let parts = split("HTTPS://user@Host.Example:8443/a/b?x=1#f").expect("a URL");
        assert_eq!(parts.scheme, "https");
        assert_eq!(parts.authority, "user@Host.Example:8443");
        assert_eq!(parts.host, "Host.Example");
        assert_eq!(parts.path, "/a/b");
        assert_eq!(parts.query, Some("x=1"));
        assert!(!parts.is_ip);
        assert!(split("http://127.0.0.1:80").is_some_and(|parts| parts.is_ip));
        assert!(
            split("http://[fe80::1%25eth0]:80/").is_some_and(|parts| parts.is_ip && parts.host == "fe80::1%25eth0")
        );
        assert_eq!(split("http://h/a b?c d").map(|parts| (parts.path, parts.query)), Some(("/a b", Some("c d"))));
        for bad in [
            "",
            "h",
            "//h",
            "http://h/\t",
            "ftp://h",
            "http://",
            "http:///p",
            "http://:80",
            "http://h:a",
            "http://h:65536",
            "http://h:+1",
            "http://[::1",
            "http://[zz]/",
            "http://[::1]80",
            "http://a b",
            "http://a\n",
            "http://::1/",
        ] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }

    #[test]
    fn host_labels_follow_rfc_1123() {
        for good in ["a", "A-1", "3aws4", &"a".repeat(63)] {
            assert!(is_host_label(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a.b", "a_b", "é", "a\n", &"a".repeat(64)] {
            assert!(!is_host_label(bad), "{bad}");
        }
    }
}
