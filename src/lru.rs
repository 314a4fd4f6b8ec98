//! A bounded memory: what was not used for the longest time leaves first.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values by name, for any number of threads. Values are cheap to clone: shared, or short.
pub(crate) struct Lru<V> {
    capacity: usize,
    entries: Mutex<Entries<V>>,
}

struct Entries<V> {
    /// With the time of the last use, counted in uses.
    by_key: HashMap<Box<str>, (u64, V)>,
    uses: u64,
}

impl<V: Clone> Lru<V> {
    pub(crate) fn new(capacity: usize) -> Self {
        Lru { capacity: capacity.max(1), entries: Mutex::new(Entries { by_key: HashMap::new(), uses: 0 }) }
    }

    pub(crate) fn get(&self, key: &str) -> Option<V> {
        let mut entries = self.lock();
        entries.uses += 1;
        let now = entries.uses;
        let (used, value) = entries.by_key.get_mut(key)?;
        *used = now;
        Some(value.clone())
    }

    /// The value under the key, which is made where there is none. Nothing else happens meanwhile, so `make` is quick.
    pub(crate) fn get_or_insert_with(&self, key: &str, make: impl FnOnce() -> V) -> V {
        if let Some(found) = self.get(key) {
            return found;
        }
        let mut entries = self.lock();
        entries.uses += 1;
        let now = entries.uses;
        // Somebody may have been quicker.
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

    fn lock(&self) -> MutexGuard<'_, Entries<V>> {
        // A panic cannot leave an entry half made.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Entries<V> {
    /// Looks all entries through, which happens only when one is new.
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
    fn what_was_not_used_for_the_longest_time_leaves_first() {
        let memory = Lru::new(2);
        memory.insert("a", 1);
        assert_eq!(memory.get_or_insert_with("b", || 2), 2);
        assert_eq!(memory.get("a"), Some(1));
        memory.insert("c", 3);
        assert_eq!((memory.get("a"), memory.get("b"), memory.get("c")), (Some(1), None, Some(3)));
        assert_eq!(memory.get_or_insert_with("a", || 4), 1);
        memory.insert("a", 5);
        assert_eq!((memory.get("a"), memory.get("c")), (Some(5), Some(3)));
    }
}
