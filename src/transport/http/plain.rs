//! No TLS: `https` is refused before anything is connected.

use super::super::settings::TlsSettings;
use super::*;

#[derive(Debug)]
pub(super) struct Secure;

impl Secure {
    pub(super) fn shared(_: TlsSettings, _: TlsSettings) -> Self {
        Secure
    }
}

impl<In: Wire> Connector<In> for Secure {
    type Out = In;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if next_hop(details).scheme_str() == Some("https") {
            report(|progress| progress.phase = Phase::Handshaking);
            return Err(ureq::Error::TlsRequired);
        }
        Ok(chained)
    }
}
