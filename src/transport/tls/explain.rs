//! TLS errors in plain words.

use std::io;

use rustls::{AlertDescription, CertificateError, OtherError};

use super::super::failure::{TlsFailure, is_reset};
use super::super::settings::Advice;

/// What went wrong with TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TlsFault {
    /// The connection ended during the handshake, before the peer had sent anything.
    ClosedSilently,
    ClosedInHandshake,
    ResetInHandshake,
    PlainHttp,
    UnreadableHandshake,
    /// The peer began with these bytes.
    NotTls(String),
    /// In the words of [`Rejection`](super::rejection::Rejection).
    RejectedCertificate(String),
    BadSignature,
    Certificate(String),
    Incompatible(String),
    OtherVersion,
    NothingInCommon(AlertDescription),
    UnknownHost(AlertDescription),
    /// About the certificate of this client.
    ClientCertificate(AlertDescription),
    Alert(AlertDescription),
    Other(String),
}

impl TlsFault {
    /// The fault behind an error of the handshake, in which the peer began with the bytes `first`.
    fn of_handshake(error: &io::Error, first: &[u8]) -> Option<TlsFault> {
        match tls_error(error) {
            Some(rustls::Error::InvalidMessage(_)) => Some(TlsFault::not_tls(first)),
            Some(_) => TlsFault::of_connection(error),
            None => match error.kind() {
                io::ErrorKind::UnexpectedEof if first.is_empty() => Some(TlsFault::ClosedSilently),
                io::ErrorKind::UnexpectedEof => Some(TlsFault::ClosedInHandshake),
                _ if is_reset(error) => Some(TlsFault::ResetInHandshake),
                _ => None,
            },
        }
    }

    /// The fault behind a TLS error; `None` for errors of other layers.
    fn of_connection(error: &io::Error) -> Option<TlsFault> {
        Some(match tls_error(error)? {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(rejected))) => {
                TlsFault::RejectedCertificate(rejected.to_string())
            }
            rustls::Error::InvalidCertificate(CertificateError::BadSignature) => TlsFault::BadSignature,
            rustls::Error::InvalidCertificate(why) => TlsFault::Certificate(why.to_string()),
            rustls::Error::PeerIncompatible(why) => TlsFault::Incompatible(format!("{why:?}")),
            rustls::Error::AlertReceived(alert) => TlsFault::of_alert(*alert),
            other => TlsFault::Other(other.to_string()),
        })
    }

    fn not_tls(first: &[u8]) -> TlsFault {
        match first {
            [b'H', b'T', b'T', b'P', b'/', ..] => TlsFault::PlainHttp,
            // A record of TLS or SSL.
            [20..=23, 3, ..] => TlsFault::UnreadableHandshake,
            _ => TlsFault::NotTls(first.escape_ascii().to_string()),
        }
    }

    fn of_alert(alert: AlertDescription) -> TlsFault {
        use AlertDescription as A;
        match alert {
            A::ProtocolVersion => TlsFault::OtherVersion,
            A::HandshakeFailure | A::InsufficientSecurity => TlsFault::NothingInCommon(alert),
            A::UnrecognisedName => TlsFault::UnknownHost(alert),
            A::CertificateRequired
            | A::NoCertificate
            | A::BadCertificate
            | A::UnsupportedCertificate
            | A::CertificateRevoked
            | A::CertificateExpired
            | A::CertificateUnknown
            | A::UnknownCA
            | A::AccessDenied => TlsFault::ClientCertificate(alert),
            _ => TlsFault::Alert(alert),
        }
    }

    /// Whether a retry would meet the fault again.
    fn is_final(&self) -> bool {
        !matches!(
            self,
            TlsFault::ClosedSilently
                | TlsFault::ClosedInHandshake
                | TlsFault::ResetInHandshake
                | TlsFault::Alert(_)
                | TlsFault::Other(_)
        )
    }

    fn describe(&self, advice: &Advice) -> String {
        let peer = advice.peer;
        match self {
            TlsFault::ClosedSilently => format!(
                "the {peer} closed the connection during the TLS handshake without sending anything: it may not speak \
                 TLS on this port, or may not accept this client"
            ),
            TlsFault::ClosedInHandshake => {
                format!("the {peer} closed the connection in the middle of the TLS handshake")
            }
            TlsFault::ResetInHandshake => format!("the {peer} reset the connection during the TLS handshake"),
            TlsFault::PlainHttp => format!(
                "the {peer} speaks plain HTTP on this port and not TLS: use an http:// URL, or the port that is meant for https"
            ),
            TlsFault::UnreadableHandshake => format!("what the {peer} sent in the TLS handshake cannot be read"),
            TlsFault::NotTls(first) => format!(
                "the {peer} does not speak TLS on this port (it sent \"{first}\"): check host, port and scheme of the URL"
            ),
            TlsFault::BadSignature => format!(
                "the {peer}'s signature does not match its certificate, or its key is too small (RSA below 2048 bits)"
            ),
            TlsFault::Certificate(why) => format!("the {peer}'s certificate is not accepted: {why}"),
            TlsFault::Incompatible(why) => {
                format!("the {peer} has no TLS version or cipher in common with this client ({why})")
            }
            TlsFault::OtherVersion => {
                format!("the {peer} requires a TLS version other than 1.2 and 1.3, which this client supports")
            }
            TlsFault::NothingInCommon(alert) => format!(
                "the {peer} has no TLS cipher or key type in common with this client (which supports RSA, P-256, P-384 \
                 and Ed25519 keys), has no certificate for this host, or requires a client certificate (its alert is \
                 {alert:?})"
            ),
            TlsFault::UnknownHost(alert) => format!("the {peer} does not know this host (its alert is {alert:?})"),
            TlsFault::ClientCertificate(alert) => format!("{} (its alert is {alert:?})", advice.identity),
            TlsFault::Alert(alert) => format!("the {peer} ended TLS with the alert {alert:?}"),
            TlsFault::RejectedCertificate(what) | TlsFault::Other(what) => what.clone(),
        }
    }
}

impl Advice {
    /// Explains an error of the handshake, in which the peer began with the bytes `first`.
    pub(super) fn of_handshake(&self, error: io::Error, first: &[u8]) -> io::Error {
        self.explain(TlsFault::of_handshake(&error, first), error)
    }

    /// Explains a TLS error; other errors stay unchanged.
    pub(super) fn of_connection(&self, error: io::Error) -> io::Error {
        self.explain(TlsFault::of_connection(&error), error)
    }

    fn explain(&self, fault: Option<TlsFault>, error: io::Error) -> io::Error {
        let Some(fault) = fault else { return error };
        let (what, is_final) = (fault.describe(self), fault.is_final());
        let kind = if is_final { io::ErrorKind::Other } else { error.kind() };
        io::Error::new(kind, TlsFailure { what, is_final, source: Some(error) })
    }
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_show_what_the_peer_speaks() {
        let unreadable = io::Error::other(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType));
        for (first, expected) in [
            (&b"HTTP/1.1"[..], TlsFault::PlainHttp),
            (b"\x16\x03\x01", TlsFault::UnreadableHandshake),
            (b"SSH-2.0\n", TlsFault::NotTls("SSH-2.0\\n".to_owned())),
        ] {
            assert_eq!(TlsFault::of_handshake(&unreadable, first), Some(expected));
        }
    }

    #[test]
    fn only_faults_of_the_moment_are_retried() {
        let eof = io::Error::from(io::ErrorKind::UnexpectedEof);
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let alert = |alert| io::Error::other(rustls::Error::AlertReceived(alert));
        for (error, first, expected, is_final) in [
            (&eof, &b""[..], Some(TlsFault::ClosedSilently), false),
            (&eof, b"\x16", Some(TlsFault::ClosedInHandshake), false),
            (&reset, b"", Some(TlsFault::ResetInHandshake), false),
            (&io::Error::from(io::ErrorKind::TimedOut), b"", None, false),
            (
                &alert(AlertDescription::InternalError),
                b"",
                Some(TlsFault::Alert(AlertDescription::InternalError)),
                false,
            ),
            (&alert(AlertDescription::ProtocolVersion), b"", Some(TlsFault::OtherVersion), true),
            (
                &alert(AlertDescription::UnknownCA),
                b"",
                Some(TlsFault::ClientCertificate(AlertDescription::UnknownCA)),
                true,
            ),
        ] {
            let fault = TlsFault::of_handshake(error, first);
            assert_eq!(fault, expected);
            assert_eq!(fault.is_some_and(|fault| fault.is_final()), is_final, "{expected:?}");
        }
    }
}
