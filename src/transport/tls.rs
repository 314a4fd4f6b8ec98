//! TLS with `rustls`: certificate verification and readable errors. Only this file uses the crate.
//!
//! `rustls` verifies certificate chains. Before that, a certificate that is itself in the user's bundle is trusted
//! directly: a certificate made with `openssl req -x509` for one server claims to be an authority, often has only a
//! common name, and some tools still write version 1. OpenSSL accepts all of these, `rustls` none.

use std::collections::HashSet;
use std::error::Error as StdError;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, OtherError,
    RootCertStore, SignatureScheme, StreamOwned,
};

use super::certificate::{Certificate, show_time};
use super::failure::{TlsFailure, is_reset};
use super::settings::Advice;

/// Input of a TLS client configuration.
pub(super) struct ClientSettings {
    pub(super) verify: bool,
    /// DER of the certificates to trust instead of the default roots.
    pub(super) bundle: Option<Vec<Vec<u8>>>,
    /// Client certificate chain (DER) and private key (PEM).
    pub(super) identity: Option<(Vec<Vec<u8>>, Vec<u8>)>,
    pub(super) advice: Advice,
}

/// TLS client configuration, shared by many connections.
#[derive(Debug)]
pub(super) struct Client {
    config: Arc<ClientConfig>,
    advice: Advice,
}

impl Client {
    pub(super) fn new(settings: ClientSettings) -> Result<Client, String> {
        // An explicit provider, independent of the process-wide default.
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let verifier = verifier(&provider, &settings)?;
        let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
        let config = match &settings.identity {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let chain = chain.iter().map(|certificate| certificate.clone().into()).collect();
                let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| no_private_key(key))?;
                builder.with_client_auth_cert(chain, key).map_err(|error| match error {
                    rustls::Error::InconsistentKeys(_) => "the private key belongs to another certificate".to_owned(),
                    error => format!("the private key cannot be used: {error}"),
                })?
            }
        };
        Ok(Client { config: Arc::new(config), advice: settings.advice })
    }

    /// Performs the TLS handshake with a host: a name, or an IP address without brackets.
    pub(super) fn connect<S: Read + Write>(&self, host: &str, socket: S) -> io::Result<Secured<S>> {
        let failed = |what: String| io::Error::other(TlsFailure { what, is_final: true, source: None });
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| failed(format!("{host:?} is not a valid host name")))?;
        let connection =
            ClientConnection::new(Arc::clone(&self.config), name).map_err(|error| failed(error.to_string()))?;
        let mut stream = StreamOwned::new(connection, socket);
        let mut first = FirstBytes { socket: &mut stream.sock, bytes: [0; FirstBytes::LENGTH], length: 0 };
        match stream.conn.complete_io(&mut first) {
            Ok(_) => Ok(Secured { stream, advice: self.advice.clone() }),
            Err(error) => Err(self.advice.of_handshake(error, &first.bytes[..first.length])),
        }
    }
}

/// A TLS connection.
pub(super) struct Secured<S: Read + Write> {
    stream: StreamOwned<ClientConnection, S>,
    advice: Advice,
}

impl<S: Read + Write> Secured<S> {
    pub(super) fn socket(&mut self) -> &mut S {
        &mut self.stream.sock
    }

    pub(super) fn socket_ref(&self) -> &S {
        &self.stream.sock
    }
}

impl<S: Read + Write> Read for Secured<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer).map_err(|error| self.advice.of_connection(error))
    }
}

impl<S: Read + Write> Write for Secured<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes).map_err(|error| self.advice.of_connection(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush().map_err(|error| self.advice.of_connection(error))
    }
}

/// Records the first bytes from the server: if they are not TLS, they show which protocol it speaks.
struct FirstBytes<'s, S> {
    socket: &'s mut S,
    bytes: [u8; FirstBytes::LENGTH],
    length: usize,
}

impl FirstBytes<'_, ()> {
    const LENGTH: usize = 8;
}

impl<S: Read> Read for FirstBytes<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.socket.read(buffer)?;
        let kept = read.min(self.bytes.len() - self.length);
        self.bytes[self.length..self.length + kept].copy_from_slice(&buffer[..kept]);
        self.length += kept;
        Ok(read)
    }
}

impl<S: Write> Write for FirstBytes<'_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

fn no_private_key(pem: &[u8]) -> String {
    let is_encrypted = String::from_utf8_lossy(pem).contains("ENCRYPTED");
    match is_encrypted {
        true => "the private key is encrypted: decrypt it by `openssl pkey -in FILE -out NEW`".to_owned(),
        false => "expected a private key in PEM format, found none".to_owned(),
    }
}

// --- Error messages -----------------------------------------------------------------------------------------------------

impl Advice {
    fn of_handshake(&self, error: io::Error, first: &[u8]) -> io::Error {
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
    fn of_connection(&self, error: io::Error) -> io::Error {
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

// --- Trust --------------------------------------------------------------------------------------------------------------

fn verifier(provider: &Arc<CryptoProvider>, settings: &ClientSettings) -> Result<Arc<dyn ServerCertVerifier>, String> {
    if !settings.verify {
        return Ok(Arc::new(NoVerification));
    }
    let Some(bundle) = &settings.bundle else {
        let chains = default_verifier(provider)?;
        return Ok(Arc::new(Verifier::new(Some(chains), provider, HashSet::new(), &settings.advice)));
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
    Ok(Arc::new(Verifier::new(chains, provider, bundle.iter().cloned().collect(), &settings.advice)))
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
