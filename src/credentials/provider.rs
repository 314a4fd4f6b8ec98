//! What the default chain asks of a provider.

use super::Credentials;
use crate::error::Result;

/// A provider of the chain. Unlike other providers, it may be not configured, which is not an error.
pub(super) trait ChainProvider: Send + Sync {
    fn load(&self) -> Result<ChainResult>;
}

/// The result of a provider of the chain.
#[derive(Debug)]
pub(super) enum ChainResult {
    Found(Credentials),
    /// The provider is not configured, for this reason; the next one is tried. The text contains no secret.
    NotConfigured(String),
}
