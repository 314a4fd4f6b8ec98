//! Endpoints that a service names for its requests.

use std::sync::Arc;
use std::time::SystemTime;

use crate::timed_mutex::{Failures, PastFailure, TimedMutex};

/// The cached result of one discovery call, shared by all requests with the same identifiers.
#[derive(Debug, Default)]
pub(crate) struct DiscoveredEndpoints {
    /// Locked during a discovery call, so that only one of many threads makes it.
    pub(crate) known: TimedMutex<KnownEndpoint>,
    pub(crate) failures: Failures,
}

#[derive(Debug, Default)]
pub(crate) struct KnownEndpoint {
    /// The URL and its expiry. A stale URL is still used while discovery fails.
    pub(crate) current: Option<(Arc<str>, SystemTime)>,
    pub(crate) failure: Option<PastFailure>,
}
