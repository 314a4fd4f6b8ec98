//! Name resolution.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, ToSocketAddrs as _};

use http::Uri;
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::codec::host::{bare_host, zone};

/// Defers name resolution. `ureq` resolves before it checks its pool, so this resolver returns no addresses, and the
/// connector resolves when a connection is needed.
#[derive(Debug)]
pub(super) struct DeferredResolver;

impl Resolver for DeferredResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// Resolves the host of the URL; without a lookup if it is an IP address.
pub(super) fn look_up(uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
    let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let Ok(address) = bare_host(uri).parse::<IpAddr>() else {
        return DefaultResolver::default().resolve(uri, config, timeout);
    };
    // With a timeout, the resolver spawns a thread, which an IP address does not need.
    let mut addrs = DeferredResolver.empty();
    let port = uri.port_u16().unwrap_or(default_port);
    addrs.push(match (address, zone(uri)) {
        (IpAddr::V6(address), Some(zone)) => with_zone(address, zone, port)?,
        _ => SocketAddr::new(address, port),
    });
    Ok(addrs)
}

/// Adds a zone (interface number or name) to a link-local address.
fn with_zone(address: Ipv6Addr, zone: &str, port: u16) -> Result<SocketAddr, ureq::Error> {
    if let Ok(number) = zone.parse() {
        return Ok(SocketAddrV6::new(address, port, 0, number).into());
    }
    // The system resolves interface names, and makes no lookup for an IP address.
    let found = (format!("{address}%{zone}"), port).to_socket_addrs().ok().and_then(|mut found| found.next());
    found.ok_or_else(|| {
        let what =
            format!("the address {address} has the zone {zone:?}, which is no network interface of this machine");
        ureq::Error::Io(io::Error::new(io::ErrorKind::AddrNotAvailable, what))
    })
}
