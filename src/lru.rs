//! A bounded cache that evicts the least recently used entry.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A thread-safe LRU cache. Values should be cheap to clone.
pub(crate) struct Lru<V> {
    capacity: usize,
    entries: Mutex<LruEntries<V>>,
}

struct LruEntries<V> {
    /// The values with the time of their last use, counted in uses.
    by_key: HashMap<Box<str>, (u64, V)>,
    uses: u64,
}

impl<V: Clone> Lru<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Lru { capacity: capacity.max(1), entries: Mutex::new(LruEntries { by_key: HashMap::new(), uses: 0 }) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<V> {
        let mut entries = self.lock();
        entries.uses += 1;
        let now = entries.uses;
        let (used, value) = entries.by_key.get_mut(key)?;
        *used = now;
        Some(value.clone())
    }

    /// The value of the key, inserted if missing. `make` runs under the lock, so it must be quick.
    pub(crate) fn get_or_insert_with(&self, key: &str, make: impl FnOnce() -> V) -> V {
        if let Some(found) = self.get(key) {
            return found;
        }
        let mut entries = self.lock();
        entries.uses += 1;
        let now = entries.uses;
        // Another thread may have inserted it meanwhile.
        let value = entries.by_key.entry(key.into()).or_insert_with(|| (now, make())).1.clone();
        entries.shrink_to(self.capacity);
        value
    }

    pub(crate) fn insert(&self, key: &str, value: V) {
        let mut entries = self.lock();
        entries.uses += 1;
        let now = entries.uses;
        entries.by_key.insert(key.into(), (now, value));
        entries.shrink_to(self.capacity);
    }

    fn lock(&self) -> MutexGuard<'_, LruEntries<V>> {
        // A panic cannot leave an entry half-written.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> LruEntries<V> {
    /// Scans all entries, but only after an insertion.
    fn shrink_to(&mut self, capacity: usize) {
        while self.by_key.len() > capacity {
            let oldest = self.by_key.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| key.clone());
            let Some(oldest) = oldest else { return };
            self.by_key.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evicts_least_recently_used_entry() {
        let cache = Lru::new(2);
        cache.insert("a", 1);
        assert_eq!(cache.get_or_insert_with("b", || 2), 2);
        assert_eq!(cache.get("a"), Some(1));
        cache.insert("c", 3);
        assert_eq!((cache.get("a"), cache.get("b"), cache.get("c")), (Some(1), None, Some(3)));
        assert_eq!(cache.get_or_insert_with("a", || 4), 1);
        cache.insert("a", 5);
        assert_eq!((cache.get("a"), cache.get("c")), (Some(5), Some(3)));
    }
}
