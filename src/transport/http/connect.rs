//! Connectors: each makes one layer of a connection, and wraps the layer that the connector before it made.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use http::Uri;
use ureq::config::Config;
use ureq::unversioned::resolver::Resolver as _;
use ureq::unversioned::transport::{
    ConnectProxyConnector, ConnectionDetails, Connector, Either, NextTimeout, Transport as Wire,
};

use super::super::attempt::{Observations, Phase, observe};
use super::super::settings::TlsSettings;
use super::super::tcp::{Failed, Tcp};
use super::exchange::Exchange;
use super::lend::Receive;
use super::resolve::{DeferredResolver, look_up};
use super::route::Route;
use super::socket::Socket;
use super::timeouts::{limits, remaining, timeout_or_io_error};
use crate::codec::host::host_header;

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
use super::plain::NoTls as TlsConnector;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use super::secure::TlsConnector;

/// Makes the connection to a proxy, with the first part of an exchange: CONNECT.
type ProxyConnector = dyn Fn(&ConnectionDetails<'_>) -> Result<Box<dyn Wire>, ureq::Error> + Send + Sync;

/// The connectors of a transport, which make all layers of its connections. The TLS settings are those for servers and
/// those for proxies.
pub(super) fn connector(
    tcp_keepalive: bool,
    route: Route,
    (servers, proxies): (TlsSettings, TlsSettings),
) -> impl Connector {
    let tls = TlsConnector::shared(servers, proxies, route);
    let tcp = TcpConnector { tcp_keepalive, route };
    let proxies = ExchangeConnector { layers: ().chain(tcp).chain(tls.to_proxies()), route, to_proxy: true };
    let to_proxy = move |details: &ConnectionDetails<'_>| {
        proxies.connect(details, None)?.map(Wire::boxed).ok_or(ureq::Error::ConnectionFailed)
    };
    let tunnel = Tunnel { connector: ConnectProxyConnector::default(), to_proxy: Arc::new(to_proxy), route };
    ExchangeConnector { layers: ().chain(tunnel).chain(tcp).chain(tls), route, to_proxy: false }
}

/// Outermost connector: reports the start and end of connecting, and wraps the connection in an [`Exchange`].
#[derive(Debug)]
struct ExchangeConnector<C> {
    layers: C,
    route: Route,
    /// Connects to a proxy that will open a tunnel.
    to_proxy: bool,
}

impl<C: Connector<Out: Receive>> Connector for ExchangeConnector<C> {
    type Out = Exchange;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, ureq::Error> {
        observe(|observed| {
            observed.phase = Phase::Connecting;
            observed.new_connection = true;
        });
        let connected = self.layers.connect(details, None)?;
        let phase = if self.to_proxy { Phase::Connecting } else { Phase::Connected };
        // What the handshakes wrote and received is no part of the exchange.
        observe(|observed| *observed = Observations { phase, new_connection: true, ..Observations::default() });
        let scheme = if details.needs_tls() { "https" } else { "http" };
        let forward = self.route.is_forwarded(details).then(|| format!("{scheme}://{}", host_header(details.uri)));
        Ok(connected.map(|inner| Exchange::new(inner, forward, self.to_proxy)))
    }
}

/// Opens a tunnel through the proxy, unless the request is forwarded.
struct Tunnel {
    connector: ConnectProxyConnector,
    to_proxy: Arc<ProxyConnector>,
    route: Route,
}

impl<In: Wire> Connector<In> for Tunnel {
    type Out = Either<In, Box<dyn Wire>>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if self.route.is_forwarded(details) {
            return Ok(chained.map(Either::A));
        }
        let details = ConnectionDetails {
            uri: details.uri,
            addrs: DeferredResolver.empty(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            // By default `ureq` would run this chain again, which cannot tell proxies from servers.
            run_connector: self.to_proxy.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.connector.connect(&details, chained)
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").field("route", &self.route).finish_non_exhaustive()
    }
}

/// Resolves the host and connects.
#[derive(Debug, Clone, Copy)]
struct TcpConnector {
    tcp_keepalive: bool,
    route: Route,
}

impl<In: Wire> Connector<In> for TcpConnector {
    type Out = Either<In, Socket>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if chained.is_some() {
            return Ok(chained.map(Either::A));
        }
        let (limits, timeout) = limits(None, details.timeout);
        let (host, config, deadline) = (self.route.next_hop(details), details.config, limits.deadline);
        let tcp = match &limits.cancel {
            None => dial(host, config, timeout, deadline)?,
            Some(cancel) => {
                // The system offers no way to stop a lookup or a connect.
                let (host, config) = (host.clone(), config.clone());
                let dialled = cancel.run(move || dial(&host, &config, timeout, deadline))?;
                dialled.unwrap_or_else(|| Err(timeout_or_io_error(Failed::Cancelled, details.timeout)))?
            }
        };
        if self.tcp_keepalive {
            // A connection without probes is better than none.
            _ = tcp.keep_alive();
        }
        Ok(Some(Either::B(Socket::new(tcp))))
    }
}

/// Resolves the host and connects to it.
fn dial(host: &Uri, config: &Config, timeout: NextTimeout, deadline: Option<Instant>) -> Result<Tcp, ureq::Error> {
    let addresses = look_up(host, config, remaining(timeout, deadline)?)?;
    Tcp::connect(&addresses, deadline).map_err(|failed| timeout_or_io_error(failed, timeout))
}
