//! Without TLS support: `https` fails before connecting.

use super::super::settings::TlsSettings;
use super::*;

#[derive(Debug)]
pub(super) struct TlsConnector;

impl TlsConnector {
    pub(super) fn shared(_: TlsSettings, _: TlsSettings) -> Self {
        TlsConnector
    }
}

impl<In: Wire> Connector<In> for TlsConnector {
    type Out = In;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if next_hop(details).scheme_str() == Some("https") {
            report(|progress| progress.phase = Phase::Handshaking);
            return Err(ureq::Error::TlsRequired);
        }
        Ok(chained)
    }
}
