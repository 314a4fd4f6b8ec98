//! TLS verification and its error messages: real handshakes on the loopback interface.

#![cfg(feature = "rustls")]
// Tests may panic, and so may the threads of their servers.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use http::Request;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion};
use serde_json::{Value, json};
use tucuxi::{
    Body, Credentials, Environment, Error, ErrorKind, HttpTransport, ProxyUrl, SendOptions, Session, Transport,
    TransportConfig, TransportError, TransportErrorKind,
};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tls").join(name)
}

/// A listener that runs the script for each connection.
struct Server {
    port: u16,
    accepted: Arc<AtomicUsize>,
}

impl Server {
    /// The server runs until the process ends.
    fn start(script: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server { port: listener.local_addr().unwrap().port(), accepted: Arc::default() };
        let accepted = server.accepted.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                accepted.fetch_add(1, Ordering::SeqCst);
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                script(stream);
            }
        });
        server
    }

    /// Sends these bytes once input arrives, and closes when the client does.
    fn sending(bytes: &'static [u8]) -> Server {
        Server::start(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        })
    }

    /// Responds to one request per connection, with this certificate.
    fn with_certificate(config: Arc<ServerConfig>) -> Server {
        Server::start(move |stream| {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                if !matches!(stream.read(&mut byte), Ok(1)) {
                    return;
                }
                head.push(byte[0]);
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        })
    }

    fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// Presents one certificate without checking it.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'_>,
    version: &'static SupportedProtocolVersion,
) -> Arc<ServerConfig> {
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::crypto::ring::sign::any_supported_type(key).unwrap();
    let shown = Shown(Arc::new(CertifiedKey::new(chain, key)));
    let builder = ServerConfig::builder_with_provider(ring).with_protocol_versions(&[version]).unwrap();
    Arc::new(builder.with_no_client_auth().with_cert_resolver(Arc::new(shown)))
}

fn config_of(name: &str, version: &'static SupportedProtocolVersion) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(file(&format!("{name}.pem"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(file(&format!("{name}.key"))).unwrap();
    config(vec![certificate], &key, version)
}

fn get(config: TransportConfig, url: &str) -> Result<String, TransportError> {
    let mut options = SendOptions::default();
    options.connect_timeout = Some(Duration::from_secs(10));
    options.read_timeout = Some(Duration::from_secs(10));
    let request = Request::get(url).body(Body::empty()).unwrap();
    let mut response = HttpTransport::with_config(config).send(request, &options)?;
    let mut text = String::new();
    response.body_mut().read_to_string(&mut text).unwrap();
    Ok(text)
}

#[test]
fn certificate_in_the_bundle_is_trusted_directly() {
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(file("trust.json")).unwrap()).unwrap();
    assert!(cases.len() > 15);
    for case in &cases {
        for version in [&TLS12, &TLS13] {
            let what = format!("{} with {:?}", case["name"], version.version);
            let server = Server::with_certificate(config_of(case["server"].as_str().unwrap(), version));
            let mut config = TransportConfig::new();
            if let Some(bundle) = case["bundle"].as_str() {
                config = config.ca_bundle(file(bundle));
            }
            let result = get(config, &format!("https://{}:{}/", case["host"].as_str().unwrap(), server.port));
            match (result, case["error"].as_str()) {
                (Ok(text), None) => assert_eq!(text, "ok", "{what}"),
                (Err(error), Some(why)) => assert!(error.to_string().contains(why), "{what}: {error}"),
                (result, _) => panic!("{what}: {result:?}"),
            }
        }
    }
}

/// Dates and chains, which need freshly generated certificates.
mod made {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};

    use super::*;

    type Issuer = CertifiedIssuer<'static, KeyPair>;

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    }

    fn authority(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Issuer {
        let mut params = params(name);
        params.subject_alt_names.clear();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
    }

    fn trying(server: Arc<ServerConfig>, bundle: &str) -> Result<String, TransportError> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("tucuxi-tls-{}-{number}.pem", std::process::id()));
        std::fs::write(&path, bundle).unwrap();
        let server = Server::with_certificate(server);
        let result = get(TransportConfig::new().ca_bundle(&path), &format!("https://localhost:{}/", server.port));
        std::fs::remove_file(path).unwrap();
        result
    }

    fn by(
        issuer: &Issuer,
        params: &CertificateParams,
        version: &'static SupportedProtocolVersion,
    ) -> (Arc<ServerConfig>, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        (config(vec![certificate.der().clone(), issuer.der().clone()], &key, version), certificate.pem())
    }

    #[test]
    fn expired_certificate_error_names_the_dates() {
        let past = |params: &mut CertificateParams| {
            params.not_before = date_time_ymd(2001, 2, 3);
            params.not_after = date_time_ymd(2011, 2, 3);
        };
        let future = |params: &mut CertificateParams| {
            params.not_before = date_time_ymd(2901, 2, 3);
            params.not_after = date_time_ymd(2911, 2, 3);
        };
        let changes = [
            (
                &past as &dyn Fn(&mut CertificateParams),
                "the server's certificate expired on 2011-02-03T00:00:00Z (this machine's clock says 20",
            ),
            (
                &future,
                "the server's certificate is not valid before 2901-02-03T00:00:00Z (this machine's clock says 20",
            ),
        ];
        for (change, why) in changes {
            let issuer = authority("Us", |_| {});
            let mut params = params("a server");
            change(&mut params);
            let (server, pem) = by(&issuer, &params, &TLS13);
            for bundle in [issuer.pem(), pem] {
                let error = trying(server.clone(), &bundle).unwrap_err().to_string();
                assert!(error.contains(why), "{error}");
            }
        }
    }

    #[test]
    fn bundle_may_hold_the_authority_or_the_server_certificate() {
        let issuer = authority("Us", |_| {});
        let (server, pem) = by(&issuer, &params("a server"), &TLS12);
        for bundle in [issuer.pem(), pem] {
            assert_eq!(trying(server.clone(), &bundle).unwrap(), "ok");
        }
        let other = authority("Them", |_| {});
        let error = trying(server, &other.pem()).unwrap_err().to_string();
        let why = "the server's certificate is signed by an authority that is not trusted: add it, or its authority's, to the \
                   CA bundle ";
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn authority_used_as_server_must_be_in_the_bundle() {
        let issuer = authority("Us", |_| {});
        let mut params = params("a server");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let (server, pem) = by(&issuer, &params, &TLS13);
        assert_eq!(trying(server.clone(), &pem).unwrap(), "ok");
        let error = trying(server, &issuer.pem()).unwrap_err().to_string();
        assert!(error.contains("is an authority's own, which is trusted only by itself: add it"), "{error}");
    }
}

#[test]
fn server_without_the_private_key_is_not_trusted() {
    // The right certificate, but a signature by another key.
    let certificate = CertificateDer::from_pem_file(file("self-signed.pem")).unwrap();
    let version_1 = CertificateDer::from_pem_file(file("version-1.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("common-name.key")).unwrap();
    for (name, certificate) in [("self-signed.pem", certificate), ("version-1.pem", version_1)] {
        for version in [&TLS12, &TLS13] {
            let server = Server::with_certificate(config(vec![certificate.clone()], &key, version));
            let config = TransportConfig::new().ca_bundle(file(name));
            let error = get(config, &format!("https://localhost:{}/", server.port)).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Tls);
            assert!(error.to_string().contains("the server's signature does not match its certificate"), "{error}");
        }
    }
}

#[test]
fn error_names_what_a_non_tls_server_speaks() {
    for (bytes, why) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..],
            "the server speaks plain HTTP on this port and not TLS: use an http:// URL",
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "the server does not speak TLS on this port (it sent \"SSH-2.0-\")"),
        (b"<html><body>no</body></html>", "the server does not speak TLS on this port (it sent \"<html><b\")"),
        (b"\0\0\0\0\0\0\0\0\0\0", "the server does not speak TLS on this port (it sent \"\\x00"),
        (b"", "the server closed the connection during the TLS handshake without sending anything"),
        (&[22, 3, 3], "the server closed the connection in the middle of the TLS handshake"),
        (&[21, 3, 3, 0, 2, 2, 40], "no TLS cipher or key type in common with this client"),
        (&[21, 3, 1, 0, 2, 2, 70], "the server requires a TLS version other than 1.2 and 1.3"),
        (&[21, 3, 3, 0, 2, 2, 112], "the server does not know this host"),
        (&[21, 3, 3, 0, 2, 2, 116], "the server wants a client certificate: give one in the setting client_cert"),
        (&[21, 3, 3, 0, 2, 2, 80], "the server ended TLS with the alert InternalError"),
        (&[22, 2, 0, 0, 4, 1, 2, 3, 4], "the server does not speak TLS on this port"),
    ] {
        let server = Server::sending(bytes);
        let error = get(TransportConfig::new(), &format!("https://localhost:{}/", server.port)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Tls, "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(error.to_string().lines().count(), 1);
    }
}

#[test]
fn plain_http_to_a_tls_port_suggests_https() {
    let server = Server::sending(&[21, 3, 1, 0, 2, 2, 10]);
    let error = get(TransportConfig::new(), &format!("http://localhost:{}/", server.port)).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Tls, "{error}");
    assert!(error.to_string().contains("speaks TLS on this port and not plain HTTP: use an https:// URL"), "{error}");
}

#[test]
fn error_names_the_proxy_as_peer() {
    let server = Server::with_certificate(config_of("self-signed", &TLS13));
    let through = |config: TransportConfig| {
        let proxy = ProxyUrl::parse(&format!("https://localhost:{}", server.port)).unwrap();
        get(config.proxy_for(move |_| Some(proxy.clone())), "http://origin.invalid/")
    };
    assert_eq!(through(TransportConfig::new().proxy_ca_bundle(file("self-signed.pem"))).unwrap(), "ok");
    for (config, why) in [
        (
            TransportConfig::new(),
            "the proxy's certificate is self-signed and not trusted: put it, or its authority's, into a PEM file and name that \
             in the setting proxy_ca_bundle",
        ),
        (TransportConfig::new().proxy_ca_bundle(file("common-name.pem")), "the proxy's certificate is self-signed"),
        (TransportConfig::new().proxy_ca_bundle(file("none.pem")), "CA bundle "),
    ] {
        let error = through(config).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
    let plain = Server::sending(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let proxy = ProxyUrl::parse(&format!("https://localhost:{}", plain.port)).unwrap();
    let config = TransportConfig::new().proxy_for(move |_| Some(proxy.clone()));
    let error = get(config, "https://origin.invalid/").unwrap_err().to_string();
    assert!(error.contains("the proxy speaks plain HTTP on this port and not TLS"), "{error}");
}

#[test]
fn error_names_unusable_client_certificate() {
    let server = Server::sending(b"");
    let with = |chain: &str, key: &str| {
        let config = TransportConfig::new().client_certificate(file(chain), file(key));
        let error = get(config, &format!("https://localhost:{}/", server.port)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Config, "{error}");
        error.to_string()
    };
    for (chain, key, why) in [
        ("self-signed.pem", "common-name.key", "common-name.key: the private key belongs to another certificate"),
        (
            "self-signed.pem",
            "encrypted.key",
            "encrypted.key: the private key is encrypted: decrypt it by `openssl pkey",
        ),
        ("self-signed.pem", "self-signed.pem", "self-signed.pem: expected a private key in PEM format, found none"),
        (
            "self-signed.key",
            "self-signed.key",
            "self-signed.key: expected certificates in PEM format, found PRIVATE KEY",
        ),
        ("none.pem", "self-signed.key", "none.pem: cannot be read: "),
    ] {
        let error = with(chain, key);
        assert!(error.contains(why), "{error}");
    }
}

/// A call and the number of its attempts.
fn call(variables: &[(&str, &str)], url: &str) -> Error {
    let fixed = [("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", url), ("AWS_EC2_METADATA_DISABLED", "true")];
    let environment = Environment::from_pairs(fixed.iter().chain(variables).copied());
    let session = Session::builder().environment(environment).credentials(Credentials::new("AKID", "secret"));
    session.build().unwrap().client("sqs").unwrap().call("list_queues", json!({})).unwrap_err()
}

#[test]
fn unreadable_bundle_error_names_its_setting() {
    let server = Server::sending(b"");
    let url = format!("https://localhost:{}", server.port);
    let folder = file("");
    for (bundle, why) in [
        (file("none.pem"), "none.pem (from environment variable AWS_CA_BUNDLE): cannot be read: "),
        (
            file("self-signed.der"),
            "self-signed.der (from environment variable AWS_CA_BUNDLE): it is a certificate in DER",
        ),
        (file("self-signed.key"), "(from environment variable AWS_CA_BUNDLE): expected certificates in PEM format"),
        (folder, "(from environment variable AWS_CA_BUNDLE): it is a folder, expected a file"),
        (PathBuf::from("/dev/null"), "/dev/null (from environment variable AWS_CA_BUNDLE): it is empty"),
    ] {
        let error = call(&[("AWS_CA_BUNDLE", bundle.to_str().unwrap())], &url);
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert_eq!(error.attempts(), 1, "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn untrusted_container_endpoint_is_not_retried() {
    let server = Server::with_certificate(config_of("self-signed", &TLS13));
    let url = format!("https://localhost:{}/", server.port);
    let variables = [("AWS_REGION", "eu-west-1"), ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str())];
    let session = Session::builder().environment(Environment::from_pairs(variables)).build().unwrap();
    let error = session.client("sqs").unwrap().call("list_queues", json!({})).unwrap_err();
    assert!(format!("{error:?}").contains("is self-signed and not trusted"), "{error:?}");
    assert_eq!((error.kind(), server.connections()), (ErrorKind::Credentials, 1), "{error}");
}

#[test]
fn permanent_tls_errors_are_not_retried() {
    let untrusted = Server::with_certificate(config_of("self-signed", &TLS13));
    let plain = Server::sending(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let secure = Server::sending(&[21, 3, 1, 0, 2, 2, 10]);
    let gone = Server::sending(b"");
    for (server, scheme, attempts, why) in [
        (&untrusted, "https", 1, "is self-signed and not trusted"),
        (&plain, "https", 1, "speaks plain HTTP"),
        (&secure, "http", 1, "speaks TLS on this port"),
        (&gone, "https", 3, "closed the connection during the TLS handshake"),
    ] {
        let error = call(&[], &format!("{scheme}://localhost:{}", server.port));
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!((error.attempts(), server.connections()), (attempts, attempts as usize), "{error}");
        assert!(!error.may_have_been_processed(), "{error}");
    }
}
