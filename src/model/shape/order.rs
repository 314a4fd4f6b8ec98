//! The order in which a service sends the members of a structure.

use std::sync::atomic::{AtomicU16, Ordering};

/// What the structures read so far looked like, as a hint for the next one.
///
/// Services send the members of a structure in the same order every time, so a reader first looks for a member where it
/// was last time: after the same member. Any other order is read as well, only slower. Calls on all threads share the
/// hint without a lock; it is written only when the order changes.
#[derive(Debug)]
pub(crate) struct SeenOrder {
    /// The index of the member that followed each member. The last entry is the one that came first.
    following: Box<[AtomicU16]>,
    /// The number of members of the last structure.
    count: AtomicU16,
}

impl SeenOrder {
    /// Begins with the order of the model.
    pub(super) fn new(members: usize) -> Self {
        let after = |index: usize| AtomicU16::new(if index == members { 0 } else { index as u16 + 1 });
        SeenOrder { following: (0..=members).map(after).collect(), count: AtomicU16::new(0) }
    }

    /// The index of the member that is expected after `last`, or first.
    pub(crate) fn after(&self, last: Option<u16>) -> u16 {
        self.slot(last).map_or(0, |slot| slot.load(Ordering::Relaxed))
    }

    /// Notes that a member came after `last`.
    pub(crate) fn note(&self, last: Option<u16>, index: u16) {
        if let Some(slot) = self.slot(last) {
            slot.store(index, Ordering::Relaxed);
        }
    }

    /// The number of members of the last structure. A reader notes the number of each one, so what it allocates for it
    /// is bounded by what was received.
    pub(crate) fn count(&self) -> usize {
        usize::from(self.count.load(Ordering::Relaxed))
    }

    pub(crate) fn note_count(&self, count: usize) {
        if count != self.count() {
            self.count.store(count as u16, Ordering::Relaxed);
        }
    }

    fn slot(&self, last: Option<u16>) -> Option<&AtomicU16> {
        match last {
            Some(index) => self.following.get(usize::from(index)),
            None => self.following.last(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_order_is_expected() {
        let order = SeenOrder::new(3);
        let expected = || [order.after(None), order.after(Some(0)), order.after(Some(1)), order.after(Some(2))];
        assert_eq!(expected(), [0, 1, 2, 3]);
        order.note(None, 2);
        order.note(Some(2), 0);
        assert_eq!(expected(), [2, 1, 2, 0]);
        assert_eq!((order.after(Some(9)), order.count()), (0, 0));
        order.note_count(2);
        assert_eq!(order.count(), 2);
    }
}
