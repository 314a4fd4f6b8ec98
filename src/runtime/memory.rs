//! What the calls of a client learn and cache for later calls.

use std::sync::Arc;

use super::DiscoveredEndpoints;
use crate::credentials::cache::CachedSession;
use crate::lru::Lru;

/// Caches shared by all calls of a client. All are bounded, since their keys come from callers.
pub(crate) struct Memory {
    /// Session credentials by subject (bucket).
    pub(crate) sessions: Lru<Arc<CachedSession>>,
    /// Regions learned from redirects, by subject (bucket).
    pub(crate) regions: Lru<Arc<str>>,
    /// Discovered endpoints, by the parameters of the discovery call.
    pub(crate) endpoints: Lru<Arc<DiscoveredEndpoints>>,
}

impl Default for Memory {
    fn default() -> Self {
        Memory { sessions: Lru::new(100), regions: Lru::new(1000), endpoints: Lru::new(100) }
    }
}
