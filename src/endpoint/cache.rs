//! Cache of resolved endpoints by endpoint parameters: most calls of a client have the endpoint of the call before.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use super::Endpoint;
use super::params::{ParamValue, Parameter};
use crate::error::Result;

/// Bounded cache of endpoints. A hit takes a read lock, hashes and compares the parameters, and clones an [`Arc`].
#[derive(Debug)]
pub(crate) struct EndpointCache {
    /// Parameter slots that form the key.
    slots: Box<[usize]>,
    capacity: usize,
    hasher: RandomState,
    entries: RwLock<CachedEndpoints>,
}

#[derive(Debug, Default)]
struct CachedEndpoints {
    /// Entries by hash of the key. Keys with the same hash evict each other, which only costs an evaluation.
    by_hash: HashMap<u64, CachedEndpoint, std::hash::BuildHasherDefault<IdentityHasher>>,
    /// Hashes from the oldest to the newest; the oldest entry is evicted first.
    order: VecDeque<u64>,
}

#[derive(Debug)]
struct CachedEndpoint {
    key: Box<[Option<ParamValue<'static>>]>,
    endpoint: Arc<Endpoint>,
}

impl EndpointCache {
    /// Creates a cache for a client's calls. `varies` selects the parameters that differ between calls. Parameters that no rule
    /// reads are not part of the key, so that S3's `Key` does not fill the cache.
    pub(crate) fn new(parameters: &[Parameter], capacity: usize, varies: impl Fn(&Parameter) -> bool) -> Self {
        let in_key = |(_, parameter): &(usize, &Parameter)| parameter.referenced && varies(parameter);
        EndpointCache {
            slots: parameters.iter().enumerate().filter(in_key).map(|(slot, _)| slot).collect(),
            capacity: capacity.max(1),
            hasher: RandomState::new(),
            entries: RwLock::default(),
        }
    }

    /// Returns the cached endpoint for these parameters, or calls `resolve`. Errors are not cached.
    pub(crate) fn get_or_resolve(
        &self,
        given: &[Option<ParamValue<'_>>],
        resolve: impl FnOnce() -> Result<Endpoint>,
    ) -> Result<Arc<Endpoint>> {
        let hash = self.hash(given);
        if let Some(endpoint) = self.get(hash, given) {
            return Ok(endpoint);
        }
        let endpoint = Arc::new(resolve()?);
        let key = self.key(given).map(|value| value.cloned().map(ParamValue::into_owned)).collect();
        self.insert(hash, CachedEndpoint { key, endpoint: Arc::clone(&endpoint) });
        Ok(endpoint)
    }

    fn get(&self, hash: u64, given: &[Option<ParamValue<'_>>]) -> Option<Arc<Endpoint>> {
        // No write under the lock can panic halfway, so a poisoned map is still consistent.
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.by_hash.get(&hash)?;
        let same = self.key(given).eq(entry.key.iter().map(Option::as_ref));
        same.then(|| Arc::clone(&entry.endpoint))
    }

    fn insert(&self, hash: u64, entry: CachedEndpoint) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.by_hash.insert(hash, entry).is_some() {
            return;
        }
        entries.order.push_back(hash);
        if entries.order.len() > self.capacity
            && let Some(oldest) = entries.order.pop_front()
        {
            entries.by_hash.remove(&oldest);
        }
    }

    fn key<'g, 'a>(&'g self, given: &'g [Option<ParamValue<'a>>]) -> impl Iterator<Item = Option<&'g ParamValue<'a>>> {
        self.slots.iter().map(|slot| given.get(*slot).and_then(Option::as_ref))
    }

    fn hash(&self, given: &[Option<ParamValue<'_>>]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        self.key(given).for_each(|value| value.hash(&mut hasher));
        hasher.finish()
    }
}

/// Identity hasher: the keys of the map are hashes already.
#[derive(Debug, Default)]
struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
