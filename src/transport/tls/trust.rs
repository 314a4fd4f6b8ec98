//! Which servers are trusted.
//!
//! `rustls` verifies certificate chains. Before that, a certificate that is itself in the user's bundle is trusted
//! directly: a certificate made with `openssl req -x509` for one server claims to be an authority, often has only a
//! common name, and some tools still write version 1. OpenSSL accepts all of these, `rustls` none.

use std::collections::HashSet;
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

use super::super::certificate::Certificate;
use super::super::settings::Advice;
use super::rejection::{Rejection, RejectionReason, Whose};

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

impl Verifier {
    fn new(
        chains: Option<Arc<dyn ServerCertVerifier>>,
        provider: &CryptoProvider,
        pinned: HashSet<Vec<u8>>,
        advice: &Advice,
    ) -> Verifier {
        Verifier { chains, algorithms: provider.signature_verification_algorithms, pinned, advice: advice.clone() }
    }

    /// Checks a directly trusted certificate for this host and time.
    fn check_pinned(der: &[u8], host: &str, now: UnixTime) -> Result<(), RejectionReason> {
        let certificate = Certificate::parse(der).ok_or(RejectionReason::Unreadable)?;
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let whose = Whose::Peer;
        if now < certificate.not_before {
            return Err(RejectionReason::NotYetValid { whose, not_before: certificate.not_before, now });
        }
        if now > certificate.not_after {
            return Err(RejectionReason::Expired { whose, not_after: certificate.not_after, now });
        }
        if certificate.has_unknown_critical_extension {
            return Err(RejectionReason::CriticalExtension);
        }
        if !certificate.is_for_servers() {
            return Err(RejectionReason::NotForServers);
        }
        if !certificate.is_for(host) {
            return Err(RejectionReason::other_name(Some(&certificate), host));
        }
        Ok(())
    }

    fn reject(&self, reason: RejectionReason) -> rustls::Error {
        let rejection = Rejection { peer: self.advice.peer, reason, advice: self.advice.trust.clone() };
        rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(rejection))))
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
        let host = match server_name {
            ServerName::IpAddress(address) => IpAddr::from(*address).to_string(),
            name => name.to_str().into_owned(),
        };
        if self.pinned.contains(end_entity.as_ref()) {
            let checked = Verifier::check_pinned(end_entity, &host, now);
            return checked.map(|()| ServerCertVerified::assertion()).map_err(|reason| self.reject(reason));
        }
        let verified = match &self.chains {
            Some(chains) => chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None => Err(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        };
        verified.map_err(|error| match error {
            rustls::Error::InvalidCertificate(why) => self.reject(RejectionReason::of(&why, end_entity, &host)),
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
