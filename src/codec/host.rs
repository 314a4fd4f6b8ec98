//! The host of a URL as in the header `Host`. A signature covers that header, so signers and transports both take it
//! from here.

use std::borrow::Cow;
use std::fmt::Write as _;

use http::Uri;
use http::uri::Authority;

/// The value of the header `Host`.
///
/// It is in lower case, without userinfo, default port, trailing dot of an absolute name, and zone of an address, which
/// has no meaning on other machines (<https://www.rfc-editor.org/rfc/rfc6874#section-4>). It is borrowed if the URL
/// contains exactly that.
pub(crate) fn host_header(uri: &Uri) -> Cow<'_, str> {
    let Some(authority) = uri.authority() else { return Cow::Borrowed("") };
    let written = without_userinfo(authority);
    let (host, zone) = zone_of(authority.host());
    let implied = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let port = authority.port_u16().filter(|port| *port != implied);
    let is_lower = !written.bytes().any(|byte| byte.is_ascii_uppercase());
    let rest = written.strip_prefix(host).unwrap_or_default();
    let is_plain_port = match port {
        None => rest.is_empty(),
        Some(_) => !rest.starts_with(":0"),
    };
    if is_lower && zone.is_none() && !host.ends_with('.') && is_plain_port {
        return Cow::Borrowed(written);
    }
    let name = host.strip_suffix('.').filter(|name| !name.is_empty()).unwrap_or(host);
    let mut header = name.to_ascii_lowercase();
    if zone.is_some() {
        header.push(']');
    }
    if let Some(port) = port {
        // Writing to a String cannot fail.
        _ = write!(header, ":{port}");
    }
    Cow::Owned(header)
}

/// The host without the brackets and the zone of an address.
pub(crate) fn bare_host(uri: &Uri) -> &str {
    let (host, _) = zone_of(uri.host().unwrap_or_default());
    let host = host.strip_prefix('[').unwrap_or(host);
    host.strip_suffix(']').unwrap_or(host)
}

/// The decoded zone of an IPv6 address: `eth0` of `[fe80::1%25eth0]`.
pub(crate) fn zone(uri: &Uri) -> Option<&str> {
    zone_of(uri.host()?).1
}

/// Splits the zone from `[fe80::1%25eth0]`; the rest is `[fe80::1`.
fn zone_of(host: &str) -> (&str, Option<&str>) {
    let cut = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).and_then(|host| host.split_once('%'));
    match cut {
        // `%25` is the encoded `%`; a bare `%` is common, too.
        Some((address, zone)) => {
            (&host[..=address.len()], Some(zone.strip_prefix("25").filter(|rest| !rest.is_empty()).unwrap_or(zone)))
        }
        None => (host, None),
    }
}

/// The URL without its userinfo. User and password are not used: requests are signed, and proxies have URLs of their
/// own.
pub(crate) fn drop_userinfo(uri: Uri) -> Uri {
    if uri.authority().is_none_or(|authority| !authority.as_str().contains('@')) {
        return uri;
    }
    let mut parts = uri.into_parts();
    parts.authority = parts.authority.and_then(|authority| without_userinfo(&authority).parse().ok());
    // A URL stays valid without userinfo.
    Uri::from_parts(parts).unwrap_or_default()
}

/// The host and port of a URL for messages and logs, without userinfo; empty for a URL without a host.
pub(crate) fn shown_host(uri: &Uri) -> &str {
    uri.authority().map_or("", without_userinfo)
}

/// The host and port without userinfo.
pub(crate) fn without_userinfo(authority: &Authority) -> &str {
    let written = authority.as_str();
    written.rsplit_once('@').map_or(written, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_headers_are_normalized() {
        for (url, header, is_borrowed) in [
            ("http://h/x", "h", true),
            ("http://h:8080/x", "h:8080", true),
            ("https://h:80/", "h:80", true),
            ("http://h:443/", "h:443", true),
            ("http://h:80/", "h", false),
            ("https://h:443/", "h", false),
            ("http://h:0080/", "h", false),
            ("http://h:09000/", "h:9000", false),
            ("http://h:/", "h", false),
            ("http://u:pw@h/", "h", true),
            ("http://u:p%40w@h:9000/", "h:9000", true),
            ("http://u@H.Example:80/", "h.example", false),
            ("http://S3.Example.COM:9000/", "s3.example.com:9000", false),
            ("http://h.example./", "h.example", false),
            ("http://h.example.:9000/", "h.example:9000", false),
            ("http://xn--bcher-kva.example/", "xn--bcher-kva.example", true),
            ("http://[::1]/", "[::1]", true),
            ("http://[::1]:80/", "[::1]", false),
            ("http://[FE80::1]:9000/", "[fe80::1]:9000", false),
            ("http://[fe80::1%25eth0]:9000/", "[fe80::1]:9000", false),
            ("http://[fe80::1%eth0]/", "[fe80::1]", false),
            ("http://u:p@[fe80::1%252]:80/", "[fe80::1]", false),
        ] {
            let uri = url.parse().unwrap();
            let found = host_header(&uri);
            assert_eq!(found, header, "{url}");
            assert_eq!(matches!(found, Cow::Borrowed(_)), is_borrowed, "{url}");
        }
        assert_eq!(host_header(&Uri::from_static("/x")), "");
    }

    #[test]
    fn zones_are_split_from_addresses() {
        for (url, host, zone_of_it) in [
            ("http://[fe80::1%25eth0]:9000/", "fe80::1", Some("eth0")),
            ("http://[fe80::1%eth0]/", "fe80::1", Some("eth0")),
            ("http://[fe80::1%252]/", "fe80::1", Some("2")),
            ("http://[fe80::1%25]/", "fe80::1", Some("25")),
            ("http://[::1]/", "::1", None),
            ("http://h.example:1/", "h.example", None),
        ] {
            let uri: Uri = url.parse().unwrap();
            assert_eq!((bare_host(&uri), zone(&uri)), (host, zone_of_it), "{url}");
        }
    }

    #[test]
    fn userinfo_is_dropped() {
        for (url, rest) in [
            ("http://u:pw@h:9000/a%20b?c=d", "http://h:9000/a%20b?c=d"),
            ("https://u@[::1]/", "https://[::1]/"),
            ("http://h/a@b", "http://h/a@b"),
            ("http://u:p%40@h", "http://h/"),
        ] {
            assert_eq!(drop_userinfo(url.parse().unwrap()).to_string(), rest, "{url}");
        }
    }
}
