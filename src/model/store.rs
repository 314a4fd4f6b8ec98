//! Cache of parsed files: each file is parsed once, for all sessions and threads.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::sync::OnceCell;

/// Cache of parsed files. `K` identifies a file, and the stamp `S` its content.
pub(crate) struct Store<K, S> {
    slots: Mutex<HashMap<(TypeId, K), Slot<S>>>,
}

/// The cell is an `OnceCell<Arc<T>>` with the `T` of the key's `TypeId`.
struct Slot<S> {
    stamp: S,
    cell: Arc<dyn Any + Send + Sync>,
}

impl<K: Eq + Hash, S: PartialEq> Store<K, S> {
    pub(crate) fn new() -> Self {
        Store { slots: Mutex::new(HashMap::new()) }
    }

    /// Returns the cached `T` of this file, or parses it.
    ///
    /// The store is not locked while `parse` runs: only threads that need the same file as the same type wait for each
    /// other. Errors are not cached. A new stamp replaces the old entry, so edited files do not accumulate.
    pub(crate) fn get_or_try_init<T, E>(
        &self,
        key: K,
        stamp: S,
        parse: impl FnOnce() -> Result<T, E>,
    ) -> Result<Arc<T>, E>
    where
        T: Any + Send + Sync,
    {
        self.cell::<T>(key, stamp).get_or_try_init(|| parse().map(Arc::new)).cloned()
    }

    fn cell<T: Any + Send + Sync>(&self, key: K, stamp: S) -> Arc<OnceCell<Arc<T>>> {
        // The map is intact even after a panic, because every change is a single insertion.
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (TypeId::of::<T>(), key);
        if let Some(slot) = slots.get(&key).filter(|slot| slot.stamp == stamp)
            && let Ok(cell) = Arc::clone(&slot.cell).downcast()
        {
            return cell;
        }
        let cell = Arc::new(OnceCell::new());
        slots.insert(key, Slot { stamp, cell: Arc::<OnceCell<Arc<T>>>::clone(&cell) });
        cell
    }
}

impl<K, S> fmt::Debug for Store<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    type Never = std::convert::Infallible;

    #[test]
    fn one_value_per_file_type_and_stamp() {
        let store = Store::<&str, u32>::new();
        let get =
            |key, stamp, value: &str| store.get_or_try_init(key, stamp, || Ok::<_, Never>(value.to_owned())).unwrap();
        let first = get("a", 1, "one");
        assert!(Arc::ptr_eq(&first, &get("a", 1, "two")));
        assert_eq!(*get("b", 1, "three"), "three");
        assert_eq!(*get("a", 2, "edited"), "edited");
        assert_eq!(store.slots.lock().unwrap().len(), 2);
        let other_type = store.get_or_try_init("a", 2, || Ok::<_, Never>(7_u8)).unwrap();
        assert_eq!(*other_type, 7);
        assert_eq!(*get("a", 2, "again"), "edited");
    }

    #[test]
    fn errors_are_not_cached() {
        let store = Store::<&str, u32>::new();
        assert_eq!(store.get_or_try_init("a", 1, || Err::<u8, _>("broken")), Err("broken"));
        assert_eq!(store.get_or_try_init("a", 1, || Ok::<u8, &str>(1)), Ok(Arc::new(1)));
    }

    #[test]
    fn threads_parse_once_without_blocking_others() {
        let store = Store::<&str, u32>::new();
        let (runs, barrier) = (AtomicUsize::new(0), Barrier::new(2));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let parse = || {
                        runs.fetch_add(1, Ordering::SeqCst);
                        barrier.wait();
                        Ok::<_, Never>(1_u8)
                    };
                    assert_eq!(*store.get_or_try_init("slow", 1, parse).unwrap(), 1);
                });
            }
            // The barrier opens only after another file was parsed during the slow parse.
            assert_eq!(*store.get_or_try_init("quick", 1, || Ok::<_, Never>(2_u8)).unwrap(), 2);
            barrier.wait();
        });
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }
}
