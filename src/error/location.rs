//! The target of a redirect, in a form that is safe to show.

use http::HeaderMap;
use http::header::LOCATION;

/// The maximum length of the shown URL, in bytes.
const MAX_LENGTH: usize = 300;

/// The `Location` header of a response, without userinfo, query and fragment, which may contain secrets.
///
/// Bytes that are not UTF-8 are replaced, and control characters are escaped.
pub(crate) fn shown_location(headers: &HeaderMap) -> Option<String> {
    let location = String::from_utf8_lossy(headers.get(LOCATION)?.as_bytes()).trim().to_owned();
    shown_place(&location)
}

/// A URL sent by a server, in the form of [`shown_location`].
pub(crate) fn shown_place(url: &str) -> Option<String> {
    if url.is_empty() {
        return None;
    }
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (place, rest) = url.split_at(end);
    let authority = place.find("//").map_or(place.len(), |at| at + 2);
    // Some clients treat a backslash as a slash, so an `@` after either of them does not end the userinfo.
    let path = place[authority..].find(['/', '\\']).map_or(place.len(), |at| authority + at);
    let host = place[authority..path].rfind('@').map_or(authority, |at| authority + at + 1);
    let mut shown = String::new();
    for next in [&place[..authority], &place[host..]].into_iter().flat_map(str::chars) {
        if shown.len() >= MAX_LENGTH {
            shown.push('…');
            return Some(shown);
        }
        match next.is_control() {
            true => shown.extend(next.escape_default()),
            false => shown.push(next),
        }
    }
    if rest.starts_with('?') {
        shown.push_str("?…");
    }
    Some(shown)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn locations_are_shown_without_userinfo_query_and_fragment() {
        for (location, expected) in [
            ("https://b.s3.eu-west-1.amazonaws.com/key", "https://b.s3.eu-west-1.amazonaws.com/key"),
            ("/other", "/other"),
            ("https://me:HUSH@host/x", "https://host/x"),
            ("https://HUSH@me@host/x", "https://host/x"),
            ("//me:HUSH@host/x@y", "//host/x@y"),
            ("https://host/x?X-Amz-Signature=HUSH#HUSH", "https://host/x?…"),
            ("https://host?q=HUSH@x", "https://host?…"),
            ("https://host/x#HUSH", "https://host/x"),
            ("https://host/a\tb", "https://host/a\\tb"),
        ] {
            let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_str(location).unwrap())]);
            assert_eq!(shown_location(&headers).as_deref(), Some(expected), "{location}");
        }
        assert_eq!(shown_location(&HeaderMap::new()), None);
        let bytes = HeaderMap::from_iter([(LOCATION, HeaderValue::from_bytes(b"http://h/\xff").unwrap())]);
        assert_eq!(shown_location(&bytes).as_deref(), Some("http://h/\u{fffd}"));
        assert_eq!(shown_place("http://h/\u{1b}[31m\n").as_deref(), Some("http://h/\\u{1b}[31m\\n"));
        assert_eq!(shown_place(&"é".repeat(1000)).unwrap().chars().count(), MAX_LENGTH / 2 + 1);
    }
}
