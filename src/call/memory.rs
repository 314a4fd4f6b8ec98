//! What the calls of a client find out and keep for those that follow.

use std::sync::Arc;

use super::discovery::Endpoints;
use crate::credentials::cache::CachedSession;
use crate::lru::Lru;

/// All of it is bounded: names come from callers.
pub(crate) struct Memory {
    /// The keys of sessions, by what they are good for.
    pub(super) sessions: Lru<Arc<CachedSession>>,
    /// The regions that requests were sent on to, by what they are about.
    pub(super) regions: Lru<Arc<str>>,
    /// The endpoints that the service told of, by what it was options.
    pub(super) endpoints: Lru<Arc<Endpoints>>,
}

impl Default for Memory {
    fn default() -> Self {
        Memory { sessions: Lru::new(100), regions: Lru::new(1000), endpoints: Lru::new(100) }
    }
}
