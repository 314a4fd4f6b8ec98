//! The process-wide store of parsed files: each is parsed once, however many sessions and threads ask for it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::sync::OnceCell;

/// What files of identity `K` were parsed into; `S` (a stamp) tells two contents of the same file apart.
pub(crate) struct Store<K, S> {
    slots: Mutex<HashMap<(TypeId, K), Slot<S>>>,
}

/// The cell is an `OnceCell<Arc<T>>` whose `T` is the one of the key's `TypeId`.
struct Slot<S> {
    stamp: S,
    cell: Arc<dyn Any + Send + Sync>,
}

impl<K: Eq + Hash, S: PartialEq> Store<K, S> {
    pub(crate) fn new() -> Self {
        Store { slots: Mutex::new(HashMap::new()) }
    }

    /// The `T` that was made of this file, or the one that `parse` makes now.
    ///
    /// The store is not locked while `parse` runs: only threads that want the same file as the same type wait for each
    /// other. A failure is not kept. A new stamp replaces what was there, so an edited file does not pile up.
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
        // A thread that panicked here left a whole map behind: every change is one insertion.
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
    fn a_failure_is_not_kept() {
        let store = Store::<&str, u32>::new();
        assert_eq!(store.get_or_try_init("a", 1, || Err::<u8, _>("broken")), Err("broken"));
        assert_eq!(store.get_or_try_init("a", 1, || Ok::<u8, &str>(1)), Ok(Arc::new(1)));
    }

    #[test]
    fn threads_parse_once_and_others_are_not_held_up() {
        let store = Store::<&str, u32>::new();
        let (runs, gate) = (AtomicUsize::new(0), Barrier::new(2));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let parse = || {
                        runs.fetch_add(1, Ordering::SeqCst);
                        gate.wait();
                        Ok::<_, Never>(1_u8)
                    };
                    assert_eq!(*store.get_or_try_init("slow", 1, parse).unwrap(), 1);
                });
            }
            // The gate opens only after another file was parsed while the slow one is in the middle of its parse.
            assert_eq!(*store.get_or_try_init("quick", 1, || Ok::<_, Never>(2_u8)).unwrap(), 2);
            gate.wait();
        });
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }
}
