//! TLS connector. Each set of settings has one configuration per process, created for the first connection that needs
//! it.
//!
//! If several TLS features are enabled, `rustls` (the default) wins: features enabled by other crates in a build must
//! not change which certificates this crate trusts.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use http::Uri;
use once_cell::sync::OnceCell;
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, Either, NextTimeout, Transport as Wire, time as ureq_time,
};

use super::super::attempt::{Phase, observe};
use super::super::failure::BadSetting;
use super::super::pem;
use super::super::settings::{NamedFile, TlsSettings};
use super::route::Route;
use super::socket::BUFFER_SIZE;
use crate::read_file::read_bounded;

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
use native::NativeClient as SecureClient;
#[cfg(feature = "rustls")]
use own::RustlsClient as SecureClient;

/// Maximum size of a certificate or key file. The largest CA bundles have a hundredth of that.
const MAX_FILE_SIZE: u64 = 64 * 1024 * 1024;

/// All TLS states in use. A list suffices for one or two.
static SHARED: Mutex<Vec<Weak<Tls>>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Tls {
    settings: TlsSettings,
    ready: OnceCell<SecureClient>,
}

/// Wraps a connection in TLS if the URL's scheme requires it.
#[derive(Debug)]
pub(super) struct TlsConnector {
    servers: Arc<Tls>,
    proxies: Arc<Tls>,
    route: Route,
}

impl TlsConnector {
    pub(super) fn shared(servers: TlsSettings, proxies: TlsSettings, route: Route) -> Self {
        TlsConnector { servers: Tls::shared(servers), proxies: Tls::shared(proxies), route }
    }

    /// The connector for connections to proxies that open a tunnel.
    pub(super) fn to_proxies(&self) -> Self {
        TlsConnector { servers: Arc::clone(&self.proxies), proxies: Arc::clone(&self.proxies), route: self.route }
    }
}

impl Tls {
    fn shared(settings: TlsSettings) -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tls) = shared.iter().filter_map(Weak::upgrade).find(|tls| tls.settings == settings) {
            return tls;
        }
        let tls = Arc::new(Tls { settings, ready: OnceCell::new() });
        shared.retain(|tls| tls.strong_count() > 0);
        shared.push(Arc::downgrade(&tls));
        tls
    }
}

impl<In: Wire> Connector<In> for TlsConnector {
    type Out = Either<In, Box<dyn Wire>>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        let hop = self.route.next_hop(details);
        let Some(connection) = chained else { return Ok(None) };
        if hop.scheme_str() != Some("https") || connection.is_tls() {
            return Ok(Some(Either::A(connection)));
        }
        observe(|observed| observed.phase = Phase::Handshaking);
        let tls = if self.route.is_forwarded(details) { &self.proxies } else { &self.servers };
        let bad = |why| ureq::Error::Other(Box::new(BadSetting(why)));
        let ready = tls.ready.get_or_try_init(|| SecureClient::new(&tls.settings).map_err(bad))?;
        ready.connect(details, hop, connection.boxed()).map(|secured| Some(Either::B(secured)))
    }
}

/// The remaining connect timeout.
fn connect_time_left(details: &ConnectionDetails<'_>) -> NextTimeout {
    let mut timeout = details.timeout;
    if let (ureq_time::Instant::Exact(begun), false) = (details.now, timeout.after.is_not_happening()) {
        timeout.after = timeout.after.saturating_sub(begun.elapsed()).into();
    }
    timeout
}

/// Reads the certificates of a file as DER. Error messages name the file.
fn certificates(what: &str, file: &NamedFile) -> Result<Vec<Vec<u8>>, String> {
    pem::certificates(&read(what, file)?).map_err(|why| format!("{what} {file}: {why}"))
}

/// Reads the client certificate chain (DER) and its private key (PEM).
fn identity((chain, key): &(NamedFile, NamedFile)) -> Result<(Vec<Vec<u8>>, Vec<u8>), String> {
    let chain = certificates("client certificate", chain)?;
    Ok((chain, pem::text(&read("client certificate", key)?).into_bytes()))
}

fn read(what: &str, file: &NamedFile) -> Result<Vec<u8>, String> {
    let path: &Path = &file.path;
    match read_bounded(path, MAX_FILE_SIZE) {
        Ok(bytes) => Ok(bytes),
        Err(_) if path.is_dir() => Err(format!("{what} {file}: it is a folder, expected a file")),
        Err(error) => Err(format!("{what} {file}: cannot be read: {error}")),
    }
}

#[cfg(feature = "rustls")]
mod own {
    //! `rustls`, configured by this crate because `ureq` accepts no custom verifier.

    use std::fmt;
    use std::io::{Read as _, Write as _};

    use ureq::unversioned::transport::{Buffers, TransportAdapter};

    use super::super::super::tls::{Secured, TlsClient, TlsClientSettings};
    use super::super::buffers::WireBuffers;
    use super::*;
    use crate::codec::host::bare_host;

    #[derive(Debug)]
    pub(super) struct RustlsClient(TlsClient);

    impl RustlsClient {
        pub(super) fn new(settings: &TlsSettings) -> Result<RustlsClient, String> {
            let bundle = settings.ca_bundle.as_ref().map(|file| certificates("CA bundle", file)).transpose()?;
            let identity = settings.client_certificate.as_ref().map(identity).transpose()?;
            let client = TlsClient::new(TlsClientSettings {
                verify: settings.verify,
                bundle,
                identity,
                advice: settings.advice(),
            });
            client.map(RustlsClient).map_err(|why| match &settings.client_certificate {
                Some((_, key)) => format!("client certificate {key}: {why}"),
                None => why,
            })
        }

        pub(super) fn connect(
            &self,
            details: &ConnectionDetails<'_>,
            hop: &Uri,
            connection: Box<dyn Wire>,
        ) -> Result<Box<dyn Wire>, ureq::Error> {
            let mut socket = TransportAdapter::new(connection, details.current_time.clone());
            socket.set_timeout(connect_time_left(details));
            let stream = self.0.connect(bare_host(hop), socket)?;
            let buffers = WireBuffers::new(BUFFER_SIZE, BUFFER_SIZE);
            Ok(Box::new(Stream { buffers, stream }))
        }
    }

    struct Stream {
        buffers: WireBuffers,
        stream: Secured<TransportAdapter>,
    }

    impl Wire for Stream {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
            self.stream.socket().set_timeout(timeout);
            self.stream.write_all(&self.buffers.output()[..amount])?;
            Ok(())
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
            self.stream.socket().set_timeout(timeout);
            let read = self.stream.read(self.buffers.input_append_buf())?;
            self.buffers.input_appended(read);
            Ok(read > 0)
        }

        fn is_open(&mut self) -> bool {
            self.stream.socket().get_mut().is_open()
        }

        fn is_tls(&self) -> bool {
            true
        }
    }

    impl fmt::Debug for Stream {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Stream").field("socket", &self.stream.socket_ref().inner()).finish_non_exhaustive()
        }
    }
}

#[cfg(all(feature = "native-tls", not(feature = "rustls")))]
mod native {
    //! The system TLS library, as configured by `ureq`.

    use std::io;

    use ureq::config::Config;
    use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};
    use ureq::unversioned::resolver::Resolver as _;
    use ureq::unversioned::transport::NativeTlsConnector;

    use super::super::super::failure::TlsFailure;
    use super::super::resolve::DeferredResolver;
    use super::*;

    #[derive(Debug)]
    pub(super) struct NativeClient {
        connector: NativeTlsConnector,
        config: Config,
        /// What to do about a certificate that is not trusted.
        advice: String,
    }

    impl NativeClient {
        pub(super) fn new(settings: &TlsSettings) -> Result<NativeClient, String> {
            let own =
                |der: Vec<Vec<u8>>| -> Vec<_> { der.iter().map(|der| Certificate::from_der(der).to_owned()).collect() };
            let roots = match &settings.ca_bundle {
                Some(file) => RootCerts::new_with_certs(&own(certificates("CA bundle", file)?)),
                None => RootCerts::PlatformVerifier,
            };
            let client = match &settings.client_certificate {
                None => None,
                Some(files) => {
                    let (chain, key) = identity(files)?;
                    let missing = || format!("client certificate {}: expected a private key in PEM format", files.1);
                    let key = PrivateKey::from_pem(&key).map_err(|_| missing())?;
                    Some(ClientCert::new_with_certs(&own(chain), key))
                }
            };
            let tls = TlsConfig::builder()
                .provider(TlsProvider::NativeTls)
                .root_certs(roots)
                .disable_verification(!settings.verify)
                .client_cert(client)
                .build();
            let config = Config::builder()
                .proxy(None)
                .tls_config(tls)
                .input_buffer_size(BUFFER_SIZE)
                .output_buffer_size(BUFFER_SIZE)
                .build();
            Ok(NativeClient { connector: NativeTlsConnector::default(), config, advice: settings.advice().trust })
        }

        pub(super) fn connect(
            &self,
            details: &ConnectionDetails<'_>,
            hop: &Uri,
            connection: Box<dyn Wire>,
        ) -> Result<Box<dyn Wire>, ureq::Error> {
            let details = ConnectionDetails {
                uri: hop,
                addrs: DeferredResolver.empty(),
                config: &self.config,
                // `ureq` would create a separate configuration for each connection with request-level settings.
                request_level: false,
                resolver: details.resolver,
                now: details.now,
                timeout: connect_time_left(details),
                current_time: details.current_time.clone(),
                run_connector: details.run_connector.clone(),
                register_shutdown: details.register_shutdown.clone(),
            };
            let secured = self.connector.connect(&details, Some(connection)).map_err(|error| self.explain(error))?;
            secured.map(Wire::boxed).ok_or(ureq::Error::TlsRequired)
        }

        /// Adds advice to the library's error text, which differs between systems.
        fn explain(&self, error: ureq::Error) -> ureq::Error {
            let what = match &error {
                ureq::Error::Timeout(_) | ureq::Error::Io(_) => return error,
                error => error.to_string(),
            };
            // OpenSSL checks the key only when it connects.
            if what.contains("key values mismatch") {
                let why = format!("client certificate: the private key belongs to another certificate ({what})");
                return ureq::Error::Other(Box::new(BadSetting(why)));
            }
            let is_final = what.contains("certificate");
            let what = if is_final { format!("{what}: {}", self.advice) } else { what };
            ureq::Error::Io(io::Error::other(TlsFailure { what, is_final, source: None }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::TransportConfig;
    use super::*;

    #[test]
    fn transports_with_equal_settings_share_tls_state() {
        let settings = |verify| TransportConfig::new().verify(verify).ca_bundle("/shared/by/this/test").tls;
        let shared = |verify| TlsConnector::shared(settings(verify), settings(true), Route { forwards_https: false });
        let one = shared(true);
        assert!(Arc::ptr_eq(&one.servers, &shared(true).servers));
        assert!(!Arc::ptr_eq(&one.servers, &shared(false).servers));
    }
}
