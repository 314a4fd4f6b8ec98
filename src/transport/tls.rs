//! What the HTTP client does not do of `rustls`: the choice of its cryptography, a look at the client's certificate before use, and
//! the recognition of its errors. This is the only file that knows the crate.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::CertifiedKey;

/// Named here, so that no choice of the process is made or relied upon.
pub(super) fn crypto() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Whether certificate and private key (PEM) belong together.
pub(super) fn belong_together<'c>(
    certificates: impl Iterator<Item = &'c [u8]>,
    key: &[u8],
) -> Result<(), Box<dyn StdError + Send + Sync>> {
    let chain = certificates.map(|certificate| certificate.to_vec().into()).collect();
    CertifiedKey::from_der(chain, PrivateKeyDer::from_pem_slice(key)?, &ring::default_provider())?;
    Ok(())
}

/// Whether an error of the connection is one of the TLS layer.
pub(super) fn is_tls_error(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}
