//! Why a server's certificate is not accepted.

use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;

use rustls::CertificateError;
use rustls::pki_types::UnixTime;

use super::super::certificate::{Certificate, show_time};

/// A rejected certificate: the error that the verifier gives to `rustls`.
#[derive(Debug)]
pub(super) struct Rejection {
    /// `server` or `proxy`.
    pub(super) peer: &'static str,
    pub(super) reason: RejectionReason,
    /// How to make an untrusted certificate trusted.
    pub(super) advice: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum RejectionReason {
    Unreadable,
    /// Times are in seconds since 1970.
    Expired {
        whose: Whose,
        not_after: i64,
        now: i64,
    },
    NotYetValid {
        whose: Whose,
        not_before: i64,
        now: i64,
    },
    /// Expired, at an unknown time.
    Outdated,
    /// Not valid yet, from an unknown time on.
    Premature,
    CriticalExtension,
    NotForServers,
    /// The certificate has these names, or none.
    OtherName {
        host: String,
        names: Option<String>,
    },
    Revoked,
    UnknownAlgorithm,
    SelfSigned,
    /// An authority that presents its own certificate.
    Authority,
    UnknownIssuer,
    Unverifiable(String),
}

/// A certificate of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Peer,
    Issuer,
}

impl RejectionReason {
    /// The reason behind an error of `rustls` about this certificate, or one of its issuers.
    pub(super) fn of(error: &CertificateError, der: &[u8], host: &str) -> Self {
        use CertificateError as E;
        let certificate = Certificate::parse(der);
        let seconds = |time: &UnixTime| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        // Any certificate of the chain may be out of date.
        let whose = |matches: &dyn Fn(&Certificate<'_>) -> bool| match &certificate {
            Some(certificate) if matches(certificate) => Whose::Peer,
            _ => Whose::Issuer,
        };
        match error {
            E::ExpiredContext { time, not_after } => {
                let not_after = seconds(not_after);
                let whose = whose(&|certificate| certificate.not_after == not_after);
                RejectionReason::Expired { whose, not_after, now: seconds(time) }
            }
            E::NotValidYetContext { time, not_before } => {
                let not_before = seconds(not_before);
                let whose = whose(&|certificate| certificate.not_before == not_before);
                RejectionReason::NotYetValid { whose, not_before, now: seconds(time) }
            }
            E::NotValidForName | E::NotValidForNameContext { .. } => {
                RejectionReason::other_name(certificate.as_ref(), host)
            }
            E::Revoked => RejectionReason::Revoked,
            E::Expired => RejectionReason::Outdated,
            E::NotValidYet => RejectionReason::Premature,
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => RejectionReason::NotForServers,
            E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => RejectionReason::UnknownAlgorithm,
            why => match &certificate {
                Some(certificate) if certificate.is_self_issued() => RejectionReason::SelfSigned,
                Some(certificate) if certificate.is_authority => RejectionReason::Authority,
                _ if *why == E::UnknownIssuer => RejectionReason::UnknownIssuer,
                _ => RejectionReason::Unverifiable(why.to_string()),
            },
        }
    }

    pub(super) fn other_name(certificate: Option<&Certificate<'_>>, host: &str) -> Self {
        let names = certificate.map(Certificate::shown_names).filter(|names| !names.is_empty());
        RejectionReason::OtherName { host: host.to_owned(), names }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use RejectionReason as R;
        let its = format!("the {}'s certificate", self.peer);
        let whose = |whose: Whose| match whose {
            Whose::Peer => its.as_str(),
            Whose::Issuer => "a certificate in its chain",
        };
        let untrusted = match &self.reason {
            R::Unreadable => return write!(f, "{its} cannot be read"),
            R::Expired { whose: of, not_after, now } => {
                let (end, now) = (show_time(*not_after), show_time(*now));
                return write!(f, "{} expired on {end} (this machine's clock says {now})", whose(*of));
            }
            R::NotYetValid { whose: of, not_before, now } => {
                let (begin, now) = (show_time(*not_before), show_time(*now));
                return write!(f, "{} is not valid before {begin} (this machine's clock says {now})", whose(*of));
            }
            R::Outdated => return write!(f, "{its} has expired"),
            R::Premature => return write!(f, "{its} is not valid yet"),
            R::CriticalExtension => {
                return write!(f, "{its} has a critical extension that this client does not know");
            }
            R::NotForServers => {
                return write!(f, "{its} is not made for servers: its extended key usage lacks serverAuth");
            }
            R::OtherName { host, names } => return write_other_name(f, &its, host, names.as_deref()),
            R::Revoked => return write!(f, "{its} is revoked"),
            R::UnknownAlgorithm => {
                return write!(f, "{its} has a kind of key or signature that this client does not know");
            }
            R::SelfSigned => "is self-signed and not trusted",
            R::Authority => "is an authority's own, which is trusted only by itself",
            R::UnknownIssuer => "is signed by an authority that is not trusted",
            R::Unverifiable(why) => &format!("cannot be verified ({why})"),
        };
        write!(f, "{its} {untrusted}: {}", self.advice)
    }
}

fn write_other_name(f: &mut fmt::Formatter<'_>, its: &str, host: &str, names: Option<&str>) -> fmt::Result {
    let kind = if host.parse::<IpAddr>().is_ok() { "IP" } else { "DNS" };
    let remedy = format!("a certificate for it has the subjectAltName {kind}:{host}");
    match names {
        Some(names) => write!(
            f,
            "{its} is for {names} and not for {host}: use a name that it has in the URL, or another one ({remedy})"
        ),
        None => write!(f, "{its} names no host, so it is not for {host}: {remedy}"),
    }
}

impl StdError for Rejection {}
