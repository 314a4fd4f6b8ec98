//! TLS with `rustls`: certificate verification and readable errors. Only this module uses the crate.

mod explain;
mod rejection;
mod trust;

use std::io::{self, Read, Write};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use self::trust::verifier;
use super::failure::TlsFailure;
use super::settings::Advice;

/// Input of a TLS client configuration.
pub(super) struct TlsClientSettings {
    pub(super) verify: bool,
    /// DER of the certificates to trust instead of the default roots.
    pub(super) bundle: Option<Vec<Vec<u8>>>,
    /// Client certificate chain (DER) and private key (PEM).
    pub(super) identity: Option<(Vec<Vec<u8>>, Vec<u8>)>,
    pub(super) advice: Advice,
}

/// TLS client configuration, shared by many connections.
#[derive(Debug)]
pub(super) struct TlsClient {
    config: Arc<ClientConfig>,
    advice: Advice,
}

impl TlsClient {
    pub(super) fn new(settings: TlsClientSettings) -> Result<TlsClient, String> {
        // An explicit provider, independent of the process-wide default.
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let verifier = verifier(&provider, settings.verify, settings.bundle.as_deref(), &settings.advice)?;
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
        Ok(TlsClient { config: Arc::new(config), advice: settings.advice })
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
