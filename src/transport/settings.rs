//! Settings of an [`HttpTransport`](super::HttpTransport): plain data, no I/O.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{TransportError, TransportErrorKind};
use crate::codec::host::shown_host;

/// Function that selects the proxy for a URL, if any.
pub(super) type ProxyFor = dyn Fn(&http::Uri) -> Result<Option<ProxyUrl>, TransportError> + Send + Sync;

/// Settings of an [`HttpTransport`](super::HttpTransport). Timeouts are not among them: each request carries its own
/// [`SendOptions`](super::SendOptions).
///
/// ```
/// let config = tucuxi::TransportConfig::new().max_idle_per_host(50).ca_bundle("/etc/ssl/corporate.pem");
/// let transport = tucuxi::HttpTransport::with_config(config);
/// ```
#[derive(Clone)]
pub struct TransportConfig {
    pub(super) max_idle_per_host: usize,
    pub(super) tcp_keepalive: bool,
    pub(super) proxy_for: Option<Arc<ProxyFor>>,
    pub(super) forwards_https: bool,
    pub(super) tls: TlsSettings,
    pub(super) proxy_ca_bundle: Option<NamedFile>,
    pub(super) proxy_client_certificate: Option<(NamedFile, NamedFile)>,
}

/// A configured file and, for messages, the setting that named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedFile {
    pub(super) path: PathBuf,
    origin: Option<String>,
}

/// Texts for TLS error messages that depend on these settings.
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[cfg_attr(not(feature = "rustls"), allow(dead_code, reason = "the system library has its own messages"))]
#[derive(Debug, Clone)]
pub(super) struct Advice {
    /// `server` or `proxy`.
    pub(super) peer: &'static str,
    /// How to make an untrusted certificate trusted.
    pub(super) trust: String,
    /// What is wrong with the client certificate, or that it is missing.
    pub(super) identity: String,
}

/// TLS settings. Transports with equal TLS settings share their TLS state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TlsSettings {
    pub(super) verify: bool,
    pub(super) ca_bundle: Option<NamedFile>,
    /// Certificate chain and private key.
    pub(super) client_certificate: Option<(NamedFile, NamedFile)>,
    /// These settings are for connections to proxies.
    pub(super) for_proxies: bool,
}

/// The settings of connections: those with equal ones may share a pool. The choice of a proxy is made for each request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PoolSettings {
    pub(super) max_idle_per_host: usize,
    pub(super) tcp_keepalive: bool,
    pub(super) forwards_https: bool,
    pub(super) tls: TlsSettings,
    pub(super) proxy_tls: TlsSettings,
}

impl TransportConfig {
    /// Default settings: ten idle connections per host, no proxy, and certificates verified against the roots the crate
    /// was built with.
    pub fn new() -> Self {
        TransportConfig {
            max_idle_per_host: 10,
            tcp_keepalive: false,
            proxy_for: None,
            forwards_https: false,
            tls: TlsSettings { verify: true, ca_bundle: None, client_certificate: None, for_proxies: false },
            proxy_ca_bundle: None,
            proxy_client_certificate: None,
        }
    }

    /// Maximum number of idle connections kept open per host. More may be in use at the same time.
    pub fn max_idle_per_host(mut self, count: usize) -> Self {
        self.max_idle_per_host = count;
        self
    }

    /// Whether the operating system sends TCP keep-alive probes on idle connections, so that firewalls and NAT devices
    /// do not drop them.
    pub fn tcp_keepalive(mut self, keep: bool) -> Self {
        self.tcp_keepalive = keep;
        self
    }

    /// Selects a proxy for each request by its URL. The default is no proxy: the transport never reads the environment.
    pub fn proxy_for(self, choose: impl Fn(&http::Uri) -> Option<ProxyUrl> + Send + Sync + 'static) -> Self {
        self.try_proxy_for(move |uri| Ok(choose(uri)))
    }

    /// Like [`proxy_for`](Self::proxy_for), but may fail. The request then fails too, so that it never bypasses a proxy
    /// whose setting is invalid.
    pub(crate) fn try_proxy_for(
        mut self,
        choose: impl Fn(&http::Uri) -> Result<Option<ProxyUrl>, TransportError> + Send + Sync + 'static,
    ) -> Self {
        self.proxy_for = Some(Arc::new(choose));
        self
    }

    /// File of PEM certificates to trust instead of the default roots. It is read when the first `https` request is
    /// sent.
    pub fn ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.tls.ca_bundle = Some(NamedFile::new(path));
        self
    }

    /// Whether to verify TLS certificates. Without verification, anyone on the network path can read and change the
    /// traffic.
    pub fn verify(mut self, verify: bool) -> Self {
        self.tls.verify = verify;
        self
    }

    /// Client certificate: the certificate chain (PEM) and the private key (PEM). Both may be in the same file.
    pub fn client_certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.tls.client_certificate = Some((NamedFile::new(chain), NamedFile::new(key)));
        self
    }

    /// File of PEM certificates to trust for proxies with `https` URLs, instead of those trusted for servers.
    pub fn proxy_ca_bundle(mut self, path: impl Into<PathBuf>) -> Self {
        self.proxy_ca_bundle = Some(NamedFile::new(path));
        self
    }

    /// Like [`client_certificate`](Self::client_certificate), for proxies with `https` URLs.
    pub fn proxy_client_certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.proxy_client_certificate = Some((NamedFile::new(chain), NamedFile::new(key)));
        self
    }

    /// Like [`ca_bundle`](Self::ca_bundle), with the origin of the setting for error messages.
    pub(crate) fn ca_bundle_from(mut self, path: &Path, origin: impl fmt::Display) -> Self {
        self.tls.ca_bundle = Some(NamedFile::from(path, &origin));
        self
    }

    /// Like [`client_certificate`](Self::client_certificate), with certificate and key in one file.
    pub(crate) fn client_certificate_from(mut self, path: &Path, origin: impl fmt::Display) -> Self {
        let file = NamedFile::from(path, &origin);
        self.tls.client_certificate = Some((file.clone(), file));
        self
    }

    /// Like [`proxy_ca_bundle`](Self::proxy_ca_bundle), with the origin of the setting for error messages.
    pub(crate) fn proxy_ca_bundle_from(mut self, path: &Path, origin: impl fmt::Display) -> Self {
        self.proxy_ca_bundle = Some(NamedFile::from(path, &origin));
        self
    }

    /// Like [`proxy_client_certificate`](Self::proxy_client_certificate), with certificate and key in one file.
    pub(crate) fn proxy_client_certificate_from(mut self, path: &Path, origin: impl fmt::Display) -> Self {
        let file = NamedFile::from(path, &origin);
        self.proxy_client_certificate = Some((file.clone(), file));
        self
    }

    /// Whether to forward `https` requests to proxies with `https` URLs instead of opening a tunnel. Such a proxy sees
    /// the requests in plain text.
    pub fn forward_https(mut self, forward: bool) -> Self {
        self.forwards_https = forward;
        self
    }

    /// The part of the settings that belongs to connections.
    pub(super) fn pool(&self) -> PoolSettings {
        PoolSettings {
            max_idle_per_host: self.max_idle_per_host,
            tcp_keepalive: self.tcp_keepalive,
            forwards_https: self.forwards_https,
            tls: self.tls.clone(),
            proxy_tls: self.proxy_tls(),
        }
    }

    /// TLS settings for proxies; each falls back to the setting for servers.
    fn proxy_tls(&self) -> TlsSettings {
        let (bundle, certificate) = (&self.proxy_ca_bundle, &self.proxy_client_certificate);
        TlsSettings {
            verify: self.tls.verify,
            ca_bundle: bundle.clone().or_else(|| self.tls.ca_bundle.clone()),
            client_certificate: certificate.clone().or_else(|| self.tls.client_certificate.clone()),
            for_proxies: true,
        }
    }
}

impl NamedFile {
    fn new(path: impl Into<PathBuf>) -> Self {
        NamedFile { path: path.into(), origin: None }
    }

    fn from(path: &Path, origin: &impl fmt::Display) -> Self {
        NamedFile { path: path.to_owned(), origin: Some(origin.to_string()) }
    }
}

impl fmt::Display for NamedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Some(origin) => write!(f, "{} (from {origin})", self.path.display()),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
impl TlsSettings {
    /// Builds the texts for TLS errors from these settings.
    pub(super) fn advice(&self) -> Advice {
        let trust = match (&self.ca_bundle, self.for_proxies) {
            (Some(file), _) => format!("add it, or its authority's, to the CA bundle {file}"),
            (None, false) => {
                "put it, or its authority's, into a PEM file and name that in the setting ca_bundle (AWS_CA_BUNDLE)"
                    .to_owned()
            }
            (None, true) => {
                "put it, or its authority's, into a PEM file and name that in the setting proxy_ca_bundle".to_owned()
            }
        };
        let (peer, setting) = if self.for_proxies { ("proxy", "proxy_client_cert") } else { ("server", "client_cert") };
        let identity = match &self.client_certificate {
            Some((file, _)) => format!("the {peer} does not accept the client certificate {file}"),
            None => format!("the {peer} wants a client certificate: give one in the setting {setting}"),
        };
        Advice { peer, trust, identity }
    }
}

impl Default for TransportConfig {
    fn default() -> Self {
        TransportConfig::new()
    }
}

impl fmt::Debug for TransportConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportConfig")
            .field("max_idle_per_host", &self.max_idle_per_host)
            .field("tcp_keepalive", &self.tcp_keepalive)
            .field("proxy_for", &self.proxy_for.as_ref().map(|_| "Fn"))
            .field("forwards_https", &self.forwards_https)
            .field("tls", &self.tls)
            .field("proxy_ca_bundle", &self.proxy_ca_bundle)
            .field("proxy_client_certificate", &self.proxy_client_certificate)
            .finish()
    }
}

/// URL of an HTTP proxy: `http://user:password@host:port`. `Display` and `Debug` omit the user and the password.
///
/// ```
/// let proxy = tucuxi::ProxyUrl::parse("http://me:secret@proxy.example:3128")?;
/// assert_eq!(proxy.to_string(), "http://proxy.example:3128");
/// # Ok::<(), tucuxi::TransportError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl {
    uri: http::Uri,
    text: Arc<str>,
}

impl ProxyUrl {
    /// Parses a proxy URL. The scheme defaults to `http`. User and password must be percent-encoded.
    ///
    /// # Errors
    /// [`TransportErrorKind::Request`] if the text is not a URL, has no host, or has a scheme other than `http` and
    /// `https`. The message omits the URL because it may contain a password.
    pub fn parse(url: &str) -> Result<Self, TransportError> {
        let refuse = |why: &str| {
            TransportError::new(TransportErrorKind::Request, format!("the proxy's URL is not usable: {why}"))
        };
        let text = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: http::Uri = text.parse().map_err(|_| refuse("expected `http://host:port`"))?;
        match uri.scheme_str() {
            Some("http" | "https") => {}
            _ => return Err(refuse("only the schemes http and https are supported")),
        }
        if uri.host().is_none_or(str::is_empty) {
            return Err(refuse("it has no host"));
        }
        Ok(ProxyUrl { uri, text: text.into() })
    }

    /// The full URL, including the password.
    pub(super) fn secret_text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.uri.scheme_str().unwrap_or("http"), shown_host(&self.uri))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_url_display_omits_password() {
        for (text, shown) in [
            ("http://proxy:3128", Some("http://proxy:3128")),
            ("proxy:3128", Some("http://proxy:3128")),
            ("me:secret@proxy:3128", Some("http://proxy:3128")),
            ("https://me:secret@[::1]:3128/", Some("https://[::1]:3128")),
            ("http://me:sec%40ret@proxy", Some("http://proxy")),
            ("socks5://me:secret@proxy:1080", None),
            ("http://", None),
            ("", None),
            ("http://me:sec ret@proxy", None),
        ] {
            match (ProxyUrl::parse(text), shown) {
                (Ok(proxy), Some(shown)) => {
                    assert_eq!(proxy.to_string(), shown, "{text}");
                    assert!(!format!("{proxy:?}").contains("sec"), "{text}");
                }
                (Err(error), None) => {
                    assert_eq!(error.kind(), TransportErrorKind::Request);
                    assert!(!error.to_string().contains("sec"), "{error}");
                }
                (result, _) => panic!("{text}: {result:?}"),
            }
        }
    }
}
