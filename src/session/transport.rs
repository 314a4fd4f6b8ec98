//! The crate's own HTTP client, configured by a session and created on first use.

use once_cell::sync::OnceCell;

use crate::body::Body;
use crate::config::Config;
use crate::error::Result;
use crate::transport::{
    HttpTransport, ProxyUrl, SendOptions, Transport, TransportConfig, TransportError, TransportErrorKind,
};

/// The crate's own HTTP client, created when the first request is sent: invalid settings are then an error of that
/// request, and a session that sends nothing costs nothing. Sessions with equal connection settings share their
/// connections.
pub(super) struct LazyTransport {
    config: Config,
    transport: OnceCell<HttpTransport>,
}

impl LazyTransport {
    pub(super) fn new(config: &Config) -> Self {
        LazyTransport { config: config.clone(), transport: OnceCell::new() }
    }

    fn create(config: &Config) -> Result<HttpTransport> {
        let mut settings = TransportConfig::new()
            .verify(config.verify_tls()?.value)
            .tcp_keepalive(config.tcp_keepalive()?.value)
            .max_idle_per_host(config.max_pool_connections()?.value.get() as usize);
        if let Some(bundle) = config.ca_bundle()? {
            settings = settings.ca_bundle_from(&bundle.value, &bundle.origin);
        }
        if let Some(certificate) = config.client_cert()? {
            settings = settings.client_certificate_from(&certificate.value, &certificate.origin);
        }
        if let Some(bundle) = config.proxy_ca_bundle()? {
            settings = settings.proxy_ca_bundle_from(&bundle.value, &bundle.origin);
        }
        if let Some(certificate) = config.proxy_client_cert()? {
            settings = settings.proxy_client_certificate_from(&certificate.value, &certificate.origin);
        }
        if let Some(forward) = config.proxy_use_forwarding_for_https()? {
            settings = settings.forward_https(forward.value);
        }
        let proxies = config.clone();
        settings = settings.try_proxy_for(move |uri| {
            let proxy = proxies.proxy_for(&uri.to_string());
            let proxy = proxy.map_err(|error| TransportError::new(TransportErrorKind::Request, error))?;
            proxy.map(|proxy| ProxyUrl::parse(proxy.url())).transpose()
        });
        Ok(HttpTransport::sharing(settings))
    }
}

impl Transport for LazyTransport {
    fn send(
        &self,
        request: http::Request<Body>,
        options: &SendOptions,
    ) -> Result<http::Response<Body>, TransportError> {
        let transport = self
            .transport
            .get_or_try_init(|| LazyTransport::create(&self.config))
            .map_err(|error| TransportError::new(TransportErrorKind::Config, error))?;
        transport.send(request, options)
    }
}
