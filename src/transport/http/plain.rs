//! Without TLS support: `https` fails before connecting.

use ureq::unversioned::transport::{ConnectionDetails, Connector, Transport as Wire};

use super::super::attempt::{Phase, observe};
use super::super::settings::TlsSettings;
use super::route::Route;

#[derive(Debug)]
pub(super) struct NoTls(Route);

impl NoTls {
    pub(super) fn shared(_: TlsSettings, _: TlsSettings, route: Route) -> Self {
        NoTls(route)
    }

    pub(super) fn to_proxies(&self) -> Self {
        NoTls(self.0)
    }
}

impl<In: Wire> Connector<In> for NoTls {
    type Out = In;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if self.0.next_hop(details).scheme_str() == Some("https") {
            observe(|observed| observed.phase = Phase::Handshaking);
            return Err(ureq::Error::TlsRequired);
        }
        Ok(chained)
    }
}
