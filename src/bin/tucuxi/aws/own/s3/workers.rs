//! The threads that transfer files, which share the requests that may be made at a time.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Scope};

use super::item::Item;

/// Threads that take items from a queue; another one is started when all are busy, up to a limit.
pub(super) struct Workers<'scope, 'env, W> {
    scope: &'scope Scope<'scope, 'env>,
    sender: SyncSender<Item>,
    limit: usize,
    started: usize,
    work: &'env W,
    queue: &'env WorkQueue,
}

/// Where workers take items from.
pub(super) struct WorkQueue {
    receiver: Mutex<Receiver<Item>>,
    /// ItemStream that are in the queue or in work.
    pending: Mutex<usize>,
}

impl WorkQueue {
    /// A queue that holds so many items, and what items are sent with.
    pub(super) fn new(length: usize) -> (SyncSender<Item>, WorkQueue) {
        let (sender, receiver) = sync_channel(length);
        (sender, WorkQueue { receiver: Mutex::new(receiver), pending: Mutex::new(0) })
    }

    fn next(&self) -> Option<Item> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    fn count(&self, change: isize) -> usize {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        *pending = pending.saturating_add_signed(change);
        *pending
    }
}

impl<'scope, 'env, W: Fn(Item) + Sync> Workers<'scope, 'env, W> {
    pub(super) fn new(
        scope: &'scope Scope<'scope, 'env>,
        limit: usize,
        (sender, queue): (SyncSender<Item>, &'env WorkQueue),
        work: &'env W,
    ) -> Self {
        Workers { scope, sender, limit: limit.max(1), started: 0, work, queue }
    }

    /// Has an item worked on, now or later. It waits while the queue is full.
    pub(super) fn submit(&mut self, item: Item) {
        let (work, queue) = (self.work, self.queue);
        let pending = queue.count(1);
        if pending > self.started && self.started < self.limit {
            let worker = move || {
                while let Some(item) = queue.next() {
                    work(item);
                    queue.count(-1);
                }
            };
            if thread::Builder::new().spawn_scoped(self.scope, worker).is_ok() {
                self.started = self.started.saturating_add(1);
            }
        }
        if self.started == 0 {
            // The system starts no threads.
            work(item);
            queue.count(-1);
            return;
        }
        // The queue lives longer than this.
        drop(self.sender.send(item));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::aws::own::s3::item::{Action, ListedFile};
    use crate::aws::own::s3::locations::FileSide;

    fn item(number: usize) -> Item {
        let listed = ListedFile { path: number.to_string(), ..ListedFile::default() };
        let (name, target) = (String::new(), String::new());
        Item { action: Action::Delete, side: FileSide::Remote, listed, name, target, claim: None }
    }

    #[test]
    fn each_item_is_worked_on_once() {
        let done = Mutex::new(Vec::new());
        let work = |item: Item| done.lock().unwrap().push(item.listed.path);
        let (sender, queue) = WorkQueue::new(2);
        thread::scope(|scope| {
            let mut workers = Workers::new(scope, 3, (sender, &queue), &work);
            (0..100).for_each(|number| workers.submit(item(number)));
            assert!((1..=3).contains(&workers.started));
        });
        let done = done.into_inner().unwrap();
        assert_eq!((done.len(), done.iter().collect::<BTreeSet<_>>().len()), (100, 100));
    }
}
