//! Which host a connection leads to, and who sees the request: the server, or a proxy.

use http::Uri;
use ureq::unversioned::transport::ConnectionDetails;

/// How requests pass proxies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    /// Forward `https` requests to proxies that use TLS.
    pub(super) forwards_https: bool,
}

impl Route {
    /// Whether a proxy sees requests. Plain http is always forwarded, because most proxies refuse to CONNECT to port
    /// 80. Forwarding https must be configured, and TLS must protect the connection to the proxy.
    pub(super) fn shows_request_to(self, proxy: &ureq::Proxy, is_https: bool) -> bool {
        !is_https || self.forwards_https && proxy.uri().scheme_str() == Some("https")
    }

    /// Whether the request is forwarded to a proxy instead of tunneled.
    pub(super) fn is_forwarded(self, details: &ConnectionDetails<'_>) -> bool {
        details.config.proxy().is_some_and(|proxy| self.shows_request_to(proxy, details.needs_tls()))
    }

    /// URL of the host to connect to: the proxy or the server.
    pub(super) fn next_hop<'a>(self, details: &ConnectionDetails<'a>) -> &'a Uri {
        match details.config.proxy() {
            Some(proxy) if self.is_forwarded(details) => proxy.uri(),
            _ => details.uri,
        }
    }
}
