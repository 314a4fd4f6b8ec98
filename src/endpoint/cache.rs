//! Resolved endpoints, kept by the parameters that led to them: most calls of a client go where the last one went.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use super::Endpoint;
use super::params::{ParamValue, Parameter};
use crate::error::Result;

/// A bounded cache. A hit takes a read lock, hashes the parameters once, compares them, and copies an [`Arc`].
#[derive(Debug)]
pub(crate) struct EndpointCache {
    /// The slots that make the key.
    slots: Box<[usize]>,
    capacity: usize,
    hasher: RandomState,
    entries: RwLock<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    /// By hash of the key. Two keys of one hash displace each other, which costs an evaluation and nothing else.
    by_hash: HashMap<u64, Entry, std::hash::BuildHasherDefault<AsIs>>,
    /// The oldest entry leaves first.
    order: VecDeque<u64>,
}

#[derive(Debug)]
struct Entry {
    key: Box<[Option<ParamValue<'static>>]>,
    endpoint: Arc<Endpoint>,
}

impl EndpointCache {
    /// A cache for calls of one client. `varies` tells which parameters may differ between its calls; of these, the ones that no
    /// rule reads are left out, so that S3's `Key` does not fill the cache.
    pub(crate) fn new(parameters: &[Parameter], capacity: usize, varies: impl Fn(&Parameter) -> bool) -> Self {
        let in_key = |(_, parameter): &(usize, &Parameter)| parameter.referenced && varies(parameter);
        EndpointCache {
            slots: parameters.iter().enumerate().filter(in_key).map(|(slot, _)| slot).collect(),
            capacity: capacity.max(1),
            hasher: RandomState::new(),
            entries: RwLock::default(),
        }
    }

    /// The endpoint for these parameters: a kept one, or the one `resolve` finds. Errors are not kept.
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
        self.insert(hash, Entry { key, endpoint: Arc::clone(&endpoint) });
        Ok(endpoint)
    }

    fn get(&self, hash: u64, given: &[Option<ParamValue<'_>>]) -> Option<Arc<Endpoint>> {
        // Nothing can panic while the lock is held for writing in a way that leaves an entry half made.
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.by_hash.get(&hash)?;
        let same = self.key(given).eq(entry.key.iter().map(Option::as_ref));
        same.then(|| Arc::clone(&entry.endpoint))
    }

    fn insert(&self, hash: u64, entry: Entry) {
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

/// The keys of the map are hashes already.
#[derive(Debug, Default)]
struct AsIs(u64);

impl Hasher for AsIs {
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
