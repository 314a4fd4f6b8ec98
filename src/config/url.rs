//! URLs in settings, and their text without secrets.

use std::fmt;

/// An endpoint URL set in code, not yet checked. `Debug` masks its user name, password and query values.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url(pub(crate) String);

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", without_secrets(&self.0))
    }
}

/// Masks the user name and the password of a URL with `***`.
pub(crate) fn without_userinfo(url: &str) -> String {
    // In an invalid URL the password may contain any character, so everything before the last `@` is masked.
    let Some((before, host)) = url.rsplit_once('@') else {
        return url.to_owned();
    };
    match before.split_once("://") {
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            format!("{scheme}://***@{host}")
        }
        _ => format!("***@{host}"),
    }
}

/// Masks the secrets of a URL with `***`: user name and password, the values of the query, and the fragment.
pub(crate) fn without_secrets(url: &str) -> String {
    let (url, fragment) = url.split_once('#').map_or((url, ""), |(url, _)| (url, "#***"));
    let Some((before, query)) = url.split_once('?') else {
        return without_userinfo(url) + fragment;
    };
    // In an invalid URL the password may contain a question mark.
    let (before, query) = match query.rsplit_once('@') {
        Some((_, host)) => return without_secrets(&format!("{before}@{host}")) + fragment,
        None => (before, query),
    };
    let mut shown = without_userinfo(before);
    for (index, pair) in query.split('&').enumerate() {
        shown.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) => shown.extend([name, "=***"]),
            None if pair.is_empty() => {}
            None => shown.push_str("***"),
        }
    }
    shown + fragment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_of_urls_are_masked() {
        for (url, shown) in [
            ("http://h:1/a/b", "http://h:1/a/b"),
            ("http://u:p@h/a?token=x&bare&c=&=d", "http://***@h/a?token=***&***&c=***&=***"),
            ("http://h?", "http://h?"),
            ("http://u:p?q@h/?a=b#c", "http://***@h/?a=***#***"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }
}
