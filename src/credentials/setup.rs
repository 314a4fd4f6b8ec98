//! What providers are made from.

use std::fmt;
use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::transport::Transport;

/// What a provider of the chain is made from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    /// The transport that the user gave the session; `None` where it uses the crate's own.
    pub(crate) transport: Option<Arc<dyn Transport>>,
}

impl Setup {
    /// On a machine without a network.
    #[cfg(test)]
    pub(super) fn offline(config: &Config) -> Setup {
        use crate::transport::{TransportError, TransportErrorKind};
        let transport = |_| Err(TransportError::new(TransportErrorKind::Connect, "offline"));
        Setup {
            config: config.clone(),
            clock: Arc::new(crate::clock::SystemClock),
            transport: Some(Arc::new(transport)),
        }
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("settings", &self.config).finish_non_exhaustive()
    }
}
