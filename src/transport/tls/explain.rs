//! TLS errors in plain words.

use std::io;

use rustls::{AlertDescription, CertificateError, OtherError};

use super::super::failure::{TlsFailure, is_reset};
use super::super::settings::Advice;

impl Advice {
    pub(super) fn of_handshake(&self, error: io::Error, first: &[u8]) -> io::Error {
        let peer = self.peer;
        let what = match tls_error(&error) {
            Some(rustls::Error::InvalidMessage(_)) => return permanent(error, self.not_tls(first)),
            Some(_) => return self.of_connection(error),
            None => match error.kind() {
                io::ErrorKind::UnexpectedEof if first.is_empty() => format!(
                    "the {peer} closed the connection during the TLS handshake without sending anything: it may not \
                     speak TLS on this port, or may not accept this client"
                ),
                io::ErrorKind::UnexpectedEof => {
                    format!("the {peer} closed the connection in the middle of the TLS handshake")
                }
                _ if is_reset(&error) => format!("the {peer} reset the connection during the TLS handshake"),
                _ => return error,
            },
        };
        transient(error, what)
    }

    /// Describes the protocol that starts with these bytes.
    fn not_tls(&self, first: &[u8]) -> String {
        let peer = self.peer;
        match first {
            [b'H', b'T', b'T', b'P', b'/', ..] => format!(
                "the {peer} speaks plain HTTP on this port and not TLS: use an http:// URL, or the port that is meant for https"
            ),
            // A record of TLS or SSL.
            [20..=23, 3, ..] => format!("what the {peer} sent in the TLS handshake cannot be read"),
            _ => format!(
                "the {peer} does not speak TLS on this port (it sent \"{}\"): check host, port and scheme of the URL",
                first.escape_ascii()
            ),
        }
    }

    /// Explains a TLS error; other errors stay unchanged.
    pub(super) fn of_connection(&self, error: io::Error) -> io::Error {
        let peer = self.peer;
        let what = match tls_error(&error) {
            None => return error,
            Some(rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(refused)))) => {
                refused.to_string()
            }
            Some(rustls::Error::InvalidCertificate(CertificateError::BadSignature)) => format!(
                "the {peer}'s signature does not match its certificate, or its key is too small (RSA below 2048 bits)"
            ),
            Some(rustls::Error::InvalidCertificate(why)) => format!("the {peer}'s certificate is not accepted: {why}"),
            Some(rustls::Error::PeerIncompatible(why)) => {
                format!("the {peer} has no TLS version or cipher in common with this client ({why:?})")
            }
            Some(rustls::Error::AlertReceived(alert)) => match self.of_alert(*alert) {
                Some(what) => what,
                None => {
                    let what = format!("the {peer} ended TLS with the alert {alert:?}");
                    return transient(error, what);
                }
            },
            Some(other) => {
                let what = other.to_string();
                return transient(error, what);
            }
        };
        permanent(error, what)
    }

    /// Explains an alert that a retry would meet again.
    fn of_alert(&self, alert: AlertDescription) -> Option<String> {
        use AlertDescription as A;
        let peer = self.peer;
        Some(match alert {
            A::ProtocolVersion => {
                format!("the {peer} requires a TLS version other than 1.2 and 1.3, which this client supports")
            }
            A::HandshakeFailure | A::InsufficientSecurity => format!(
                "the {peer} has no TLS cipher or key type in common with this client (which supports RSA, P-256, P-384 \
                 and Ed25519 keys), has no certificate for this host, or requires a client certificate (its alert is \
                 {alert:?})"
            ),
            A::UnrecognisedName => format!("the {peer} does not know this host (its alert is {alert:?})"),
            A::CertificateRequired
            | A::NoCertificate
            | A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied => format!("{} (its alert is {alert:?})", self.identity),
            _ => return None,
        })
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// An error that a retry would meet again.
fn permanent(error: io::Error, what: impl Into<String>) -> io::Error {
    io::Error::other(TlsFailure { what: what.into(), is_final: true, source: Some(error) })
}

/// An error that a retry may avoid.
fn transient(error: io::Error, what: impl Into<String>) -> io::Error {
    io::Error::new(error.kind(), TlsFailure { what: what.into(), is_final: false, source: Some(error) })
}
