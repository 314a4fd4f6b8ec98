//! Which servers are trusted.
//!
//! `rustls` verifies certificate chains. Before that, a certificate that is itself in the user's bundle is trusted
//! directly: a certificate made with `openssl req -x509` for one server claims to be an authority, often has only a
//! common name, and some tools still write version 1. OpenSSL accepts all of these, `rustls` none.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};

use super::super::certificate::{Certificate, show_time};
use super::super::settings::Advice;

/// The verifier of server certificates for these settings.
pub(super) fn verifier(
    provider: &Arc<CryptoProvider>,
    verify: bool,
    bundle: Option<&[Vec<u8>]>,
    advice: &Advice,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    if !verify {
        return Ok(Arc::new(NoVerification));
    }
    let Some(bundle) = bundle else {
        let chains = default_verifier(provider)?;
        return Ok(Arc::new(Verifier::new(Some(chains), provider, HashSet::new(), advice)));
    };
    let mut roots = RootCertStore::empty();
    let (_, ignored) = roots.add_parsable_certificates(bundle.iter().map(|der| CertificateDer::from(der.as_slice())));
    if ignored > 0 {
        tracing::warn!(ignored, "certificates in the CA bundle cannot be parsed and are not used as authorities");
    }
    let chains = match roots.is_empty() {
        true => None,
        false => Some(verifier_for_roots(roots, provider)?),
    };
    Ok(Arc::new(Verifier::new(chains, provider, bundle.iter().cloned().collect(), advice)))
}

#[cfg(feature = "platform-verifier")]
fn default_verifier(provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(provider));
    Ok(Arc::new(verifier.map_err(|error| format!("the system's certificates: {error}"))?))
}

#[cfg(not(feature = "platform-verifier"))]
fn default_verifier(provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, String> {
    verifier_for_roots(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }, provider)
}

fn verifier_for_roots(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(verifier.map_err(|error| error.to_string())?)
}

/// Verifies servers against the user's bundle or the default roots.
#[derive(Debug)]
struct Verifier {
    /// `None` if no certificate in the bundle can be an authority.
    chains: Option<Arc<dyn ServerCertVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
    /// DER of certificates that are trusted directly.
    pinned: HashSet<Vec<u8>>,
    advice: Advice,
}

/// Why a certificate was rejected.
#[derive(Debug)]
struct RejectedCertificate(String);

impl Verifier {
    fn new(
        chains: Option<Arc<dyn ServerCertVerifier>>,
        provider: &CryptoProvider,
        pinned: HashSet<Vec<u8>>,
        advice: &Advice,
    ) -> Verifier {
        Verifier { chains, algorithms: provider.signature_verification_algorithms, pinned, advice: advice.clone() }
    }

    fn peer_certificate(&self) -> String {
        format!("the {}'s certificate", self.advice.peer)
    }

    /// Checks a directly trusted certificate for this host and time.
    fn check_pinned(&self, der: &[u8], host: &str, now: UnixTime) -> Result<(), String> {
        let its = self.peer_certificate();
        let certificate = Certificate::parse(der).ok_or_else(|| format!("{its} cannot be read"))?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now < certificate.not_before {
            return Err(not_yet(&its, certificate.not_before, now));
        }
        if now > certificate.not_after {
            return Err(expired(&its, certificate.not_after, now));
        }
        if certificate.has_unknown_critical_extension {
            return Err(format!("{its} has a critical extension that this client does not know"));
        }
        if !certificate.is_for_servers() {
            return Err(format!("{its} is not made for servers: its extended key usage lacks serverAuth"));
        }
        if !certificate.is_for(host) {
            return Err(other_name(&its, Some(&certificate), host));
        }
        Ok(())
    }

    fn explain(&self, error: &CertificateError, der: &[u8], host: &str) -> String {
        use CertificateError as E;
        let its = self.peer_certificate();
        let certificate = Certificate::parse(der);
        let seconds = |time: &UnixTime| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        // Any certificate of the chain may be out of date.
        let whose = |matches: fn(&Certificate<'_>, i64) -> bool, date: i64| match &certificate {
            Some(certificate) if matches(certificate, date) => its.as_str(),
            _ => "a certificate in its chain",
        };
        match error {
            E::ExpiredContext { time, not_after } => {
                let date = seconds(not_after);
                expired(whose(|certificate, date| certificate.not_after == date, date), date, seconds(time))
            }
            E::NotValidYetContext { time, not_before } => {
                let date = seconds(not_before);
                not_yet(whose(|certificate, date| certificate.not_before == date, date), date, seconds(time))
            }
            E::NotValidForName | E::NotValidForNameContext { .. } => other_name(&its, certificate.as_ref(), host),
            E::Revoked => format!("{its} is revoked"),
            E::Expired => format!("{its} has expired"),
            E::NotValidYet => format!("{its} is not valid yet"),
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
                format!("{its} is not made for servers: its extended key usage lacks serverAuth")
            }
            E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                format!("{its} has a kind of key or signature that this client does not know")
            }
            why => {
                let who = match &certificate {
                    Some(certificate) if certificate.is_self_issued() => {
                        format!("{its} is self-signed and not trusted")
                    }
                    Some(certificate) if certificate.is_authority => {
                        format!("{its} is an authority's own, which is trusted only by itself")
                    }
                    _ if *why == E::UnknownIssuer => {
                        format!("{its} is signed by an authority that is not trusted")
                    }
                    _ => format!("{its} cannot be verified ({why})"),
                };
                format!("{who}: {}", self.advice.trust)
            }
        }
    }

    /// Whether a certificate is trusted directly but cannot be parsed by `rustls`.
    fn is_only_pinned(&self, certificate: &CertificateDer<'_>) -> bool {
        self.pinned.contains(certificate.as_ref()) && ParsedCertificate::try_from(certificate).is_err()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let reject = |why: String| {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(RejectedCertificate(why)))))
        };
        let host = match server_name {
            ServerName::IpAddress(address) => IpAddr::from(*address).to_string(),
            name => name.to_str().into_owned(),
        };
        if self.pinned.contains(end_entity.as_ref()) {
            let checked = self.check_pinned(end_entity, &host, now);
            return checked.map(|()| ServerCertVerified::assertion()).map_err(reject);
        }
        let verified = match &self.chains {
            Some(chains) => chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        };
        verified.map_err(|error| match error {
            rustls::Error::InvalidCertificate(why) => reject(self.explain(&why, end_entity, &host)),
            other => other,
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        if !self.is_only_pinned(certificate) {
            return verify_tls12_signature(message, certificate, signed, &self.algorithms);
        }
        let bad = || rustls::Error::InvalidCertificate(CertificateError::BadSignature);
        let key = Certificate::parse(certificate).ok_or_else(bad)?.key;
        let candidates = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let fits = candidates.into_iter().flat_map(|(_, candidates)| *candidates).any(|algorithm| {
            algorithm.public_key_alg_id().as_ref() == key.algorithm
                && algorithm.verify_signature(key.bits, message, signed.signature()).is_ok()
        });
        if fits { Ok(HandshakeSignatureValid::assertion()) } else { Err(bad()) }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match Certificate::parse(certificate).filter(|_| self.is_only_pinned(certificate)) {
            Some(parsed) => {
                let key = SubjectPublicKeyInfoDer::from(parsed.key.info);
                verify_tls13_signature_with_raw_key(message, &key, signed, &self.algorithms)
            }
            None => verify_tls13_signature(message, certificate, signed, &self.algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn expired(whose: &str, not_after: i64, now: i64) -> String {
    format!("{whose} expired on {} (this machine's clock says {})", show_time(not_after), show_time(now))
}

fn not_yet(whose: &str, not_before: i64, now: i64) -> String {
    format!("{whose} is not valid before {} (this machine's clock says {})", show_time(not_before), show_time(now))
}

fn other_name(its: &str, certificate: Option<&Certificate<'_>>, host: &str) -> String {
    let kind = if host.parse::<IpAddr>().is_ok() { "IP" } else { "DNS" };
    let remedy = format!("a certificate for it has the subjectAltName {kind}:{host}");
    match certificate.map(Certificate::shown_names).filter(|names| !names.is_empty()) {
        Some(names) => {
            format!(
                "{its} is for {names} and not for {host}: use a name that it has in the URL, or another one ({remedy})"
            )
        }
        None => format!("{its} names no host, so it is not for {host}: {remedy}"),
    }
}

impl fmt::Display for RejectedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for RejectedCertificate {}

/// Verifier that accepts every certificate, for users who have disabled verification.
#[derive(Debug)]
struct NoVerification;

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        use SignatureScheme as S;
        vec![
            S::ECDSA_NISTP256_SHA256,
            S::ECDSA_NISTP384_SHA384,
            S::ECDSA_NISTP521_SHA512,
            S::ED25519,
            S::ED448,
            S::RSA_PSS_SHA256,
            S::RSA_PSS_SHA384,
            S::RSA_PSS_SHA512,
            S::RSA_PKCS1_SHA256,
            S::RSA_PKCS1_SHA384,
            S::RSA_PKCS1_SHA512,
            S::RSA_PKCS1_SHA1,
        ]
    }
}
