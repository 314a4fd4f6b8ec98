//! The proxy of a request: set in code, or by the environment's `http_proxy`, `https_proxy` and `no_proxy`.
//!
//! The rules are those of Python's `urllib` (`getproxies_environment`, `proxy_bypass_environment`), which botocore uses:
//! names in any case, lower case preferred; `no_proxy` is `*` or a list of domain suffixes and `host:port` pairs. CIDR ranges
//! are not supported.

use std::fmt;

use super::Environment;
use super::error::{ConfigError, ConfigResult};
pub(crate) use super::url::without_secrets;

/// The proxy for each scheme, and the hosts that need none.
#[derive(Clone, Default)]
pub(crate) struct ProxyMap {
    by_scheme: Vec<ProxyRule>,
    exceptions: Option<String>,
}

#[derive(Clone)]
struct ProxyRule {
    scheme: String,
    url: String,
    /// The origin of the URL, for messages.
    origin: String,
}

/// A proxy URL, which may contain a user name and a password for the proxy.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    url: String,
}

impl ProxyMap {
    /// Proxies set in code, by the scheme of the requested URL (`http`, `https`).
    pub(crate) fn from_pairs<S: Into<String>, U: Into<String>>(pairs: impl IntoIterator<Item = (S, U)>) -> Self {
        let by_scheme = pairs.into_iter().map(|(scheme, url)| {
            let scheme = scheme.into().to_ascii_lowercase();
            let origin = format!("the builder, {scheme}");
            ProxyRule { scheme, url: url.into(), origin }
        });
        ProxyMap { by_scheme: by_scheme.collect(), exceptions: None }
    }

    pub(crate) fn from_environment(environment: &Environment) -> Self {
        let mut map = ProxyMap::default();
        let found: Vec<_> = environment.variables().filter(|(name, _)| is_proxy_variable(name)).collect();
        for (name, value) in found.iter().filter(|(_, value)| !value.is_empty()) {
            map.set(name, value);
        }
        // In a CGI program, HTTP_PROXY holds the `Proxy` header of the request (CVE-2016-1000110).
        if matches!(environment.get("REQUEST_METHOD"), Ok(Some(_))) {
            map.by_scheme.retain(|entry| entry.scheme != "http");
        }
        for (name, value) in found.iter().filter(|(name, _)| name.ends_with("_proxy")) {
            map.set(name, value);
        }
        map
    }

    /// Sets the proxy of a scheme, replacing an earlier one; an empty value removes it.
    fn set(&mut self, name: &str, value: &str) {
        let scheme = name[..name.len() - "_proxy".len()].to_ascii_lowercase();
        if scheme == "no" {
            self.exceptions = (!value.is_empty()).then(|| value.to_owned());
            return;
        }
        self.by_scheme.retain(|entry| entry.scheme != scheme);
        if !value.is_empty() {
            let origin = format!("environment variable {name}");
            self.by_scheme.push(ProxyRule { scheme, url: value.to_owned(), origin });
        }
    }

    /// The proxy for a request to this URL, if any.
    pub(crate) fn choose(&self, url: &str) -> ConfigResult<Option<Proxy>> {
        let Some((scheme, authority)) = split(url) else {
            return Ok(None);
        };
        let Some(entry) = self.by_scheme.iter().find(|entry| entry.scheme.eq_ignore_ascii_case(scheme)) else {
            return Ok(None);
        };
        if self.exceptions.as_deref().is_some_and(|exceptions| is_exception(authority, exceptions)) {
            return Ok(None);
        }
        Proxy::parse(&entry.url)
            .map(Some)
            .ok_or_else(|| ConfigError::ProxyUrl { origin: entry.origin.clone(), url: without_secrets(&entry.url) })
    }
}

fn is_proxy_variable(name: &str) -> bool {
    let suffix = name.len().checked_sub("_proxy".len()).and_then(|start| name.get(start..));
    suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("_proxy"))
}

/// The scheme and the authority (host and port, without user information) of a URL.
fn split(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some((scheme, authority.rsplit_once('@').map_or(authority, |(_, host)| host)))
}

/// Whether `no_proxy` excludes this authority.
fn is_exception(authority: &str, exceptions: &str) -> bool {
    if exceptions.trim() == "*" {
        return true;
    }
    let authority = authority.to_ascii_lowercase();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority.as_str(),
    };
    // An IPv6 address has brackets in a URL but usually not in `no_proxy`.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    exceptions.split(',').any(|exception| {
        let exception = exception.trim().trim_start_matches('.').to_ascii_lowercase();
        !exception.is_empty() && [host, bare, &authority].into_iter().any(|name| is_within(name, &exception))
    })
}

/// Whether a name is the domain or a subdomain of it.
fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl Proxy {
    fn parse(text: &str) -> Option<Proxy> {
        let text = text.trim();
        let url = match text.split_once("://") {
            Some((scheme, _)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
                text.to_owned()
            }
            Some(("", rest)) if !rest.is_empty() => return None,
            // Another scheme, unless the colon and the slashes are part of the password.
            Some((scheme, _)) if !scheme.contains('@') => return None,
            _ => format!("http://{}", text.trim_start_matches("//")),
        };
        let authority = url.parse::<http::Uri>().ok()?.into_parts().authority?;
        (!authority.host().is_empty()).then_some(Proxy { url })
    }

    /// The whole URL, including the user name and the password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", without_secrets(&self.url))
    }
}

impl fmt::Debug for ProxyMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.by_scheme.iter().map(|entry| (&entry.scheme, without_secrets(&entry.url)));
        f.debug_map().entries(entries).entries(self.exceptions.iter().map(|exceptions| ("no", exceptions))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::url::without_userinfo;

    fn chosen(pairs: &[(&str, &str)], url: &str) -> Option<String> {
        let map = ProxyMap::from_environment(&Environment::from_pairs(pairs.iter().copied()));
        map.choose(url).unwrap().map(|proxy| proxy.url().to_owned())
    }

    #[test]
    fn proxies_come_from_the_environment() {
        let https = "https://s3.amazonaws.com/x";
        for (variables, url, expected) in [
            (vec![], https, None),
            (vec![("https_proxy", "http://p:1")], https, Some("http://p:1")),
            (vec![("HTTPS_PROXY", "http://p:1")], https, Some("http://p:1")),
            (vec![("Https_Proxy", "http://p:1")], "HTTPS://host", Some("http://p:1")),
            (vec![("HTTPS_PROXY", "http://upper"), ("https_proxy", "http://lower")], https, Some("http://lower")),
            (vec![("HTTPS_PROXY", "http://upper"), ("https_proxy", "")], https, None),
            (vec![("HTTP_PROXY", "http://p:1")], https, None),
            (vec![("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], "http://h/", None),
            (vec![("http_proxy", "http://p:1"), ("REQUEST_METHOD", "GET")], "http://h/", Some("http://p:1")),
            (vec![("all_proxy", "http://p:1")], https, None),
            (vec![("https_proxy", "p:3128")], https, Some("http://p:3128")),
            (vec![("https_proxy", "//p:3128")], https, Some("http://p:3128")),
            (vec![("https_proxy", "me:secret@p:3128")], https, Some("http://me:secret@p:3128")),
        ] {
            assert_eq!(chosen(&variables, url).as_deref(), expected, "{variables:?} {url}");
        }
    }

    #[test]
    fn no_proxy_is_a_list_of_suffixes() {
        for (exceptions, url, bypassed) in [
            ("*", "http://any/", true),
            ("a,*", "http://any/", false),
            ("amazonaws.com", "http://s3.amazonaws.com/", true),
            (".amazonaws.com", "http://S3.AMAZONAWS.com:80/x", true),
            ("amazonaws.com", "http://amazonaws.com", true),
            ("amazonaws.com", "http://notamazonaws.com", false),
            ("localhost, 127.0.0.1", "http://127.0.0.1:9000/", true),
            ("127.0.0.1:9000", "http://127.0.0.1:9000/", true),
            ("127.0.0.1:9001", "http://127.0.0.1:9000/", false),
            ("::1", "http://[::1]:8000/", true),
            ("[::1]", "http://[::1]:8000/", true),
            ("10.0.0.0/8", "http://10.1.1.1/", false),
            ("host", "http://user:p@host/", true),
            (",, ,", "http://host/", false),
            ("", "http://host/", false),
        ] {
            let found = chosen(&[("http_proxy", "http://proxy:1"), ("NO_PROXY", exceptions)], url);
            assert_eq!(found.is_none(), bypassed, "{exceptions:?} {url}");
        }
    }

    #[test]
    fn proxies_set_in_code_have_no_exceptions() {
        let map = ProxyMap::from_pairs([("HTTPS", "proxy:8080")]);
        assert_eq!(map.choose("https://localhost/").unwrap().unwrap().url(), "http://proxy:8080");
        assert_eq!(map.choose("http://localhost/").unwrap(), None);
    }

    #[test]
    fn passwords_are_masked() {
        let map = ProxyMap::from_pairs([("http", "http://me:hush@proxy"), ("https", "socks5://me:hush@proxy")]);
        let chosen = map.choose("http://x/").unwrap().unwrap();
        assert_eq!(format!("{chosen:?}"), "Proxy(http://***@proxy)");
        let error = map.choose("https://x/").unwrap_err();
        let url = "socks5://***@proxy".to_owned();
        assert_eq!(error, ConfigError::ProxyUrl { origin: "the builder, https".to_owned(), url });
        for text in [
            format!("{map:?}"),
            format!("{chosen:?}"),
            error.to_string(),
            without_userinfo("me:hush@p"),
            without_userinfo("me:hu://sh@p"),
            without_secrets("http://me:hu?sh@p/?token=hush&hush#hush"),
        ] {
            assert!(!text.contains("hush") && !text.contains("hu:"), "{text}");
        }
    }
}
