//! Events of a transfer, and the count of its bytes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::body::Body;
use crate::error::Error;

pub(super) type EventFn = dyn Fn(TransferEvent<'_>) + Send + Sync;

/// What happens in a transfer. Bytes that were counted stay counted: a retry counts only what goes beyond them.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum TransferEvent<'e> {
    /// The transfer begins; `total` is the size of the object, if it is known.
    Queued {
        /// In bytes.
        total: Option<u64>,
    },
    /// An upload in parts has begun. If its process ends without an error, [`Upload::resume`](super::Upload::resume) needs this id.
    Created {
        /// The id of the upload.
        upload_id: &'e str,
    },
    /// Bytes were sent or received.
    Bytes {
        /// Bytes since the last event.
        step: u64,
        /// Bytes since the beginning.
        so_far: u64,
        /// The size of the object, if it is known.
        total: Option<u64>,
    },
    /// A part is complete.
    PartDone {
        /// Its number, from 1.
        number: u64,
    },
    /// A part is read again from where it broke off.
    Retried {
        /// Its number, from 1.
        number: u64,
        /// What went wrong.
        error: &'e Error,
    },
    /// Objects were deleted.
    Deleted {
        /// Objects since the last event.
        step: u64,
        /// Objects since the beginning.
        so_far: u64,
    },
    /// The transfer is complete.
    Done {
        /// The size of the object in bytes, or the number of objects that were deleted.
        total: u64,
    },
}

/// Counts the bytes of one transfer and reports its events.
#[derive(Clone)]
pub(super) struct TransferProgress {
    on_event: Option<Arc<EventFn>>,
    so_far: Arc<AtomicU64>,
    total: Arc<Mutex<Option<u64>>>,
}

impl TransferProgress {
    pub(super) fn new(on_event: Option<Arc<EventFn>>) -> Self {
        TransferProgress { on_event, so_far: Arc::default(), total: Arc::default() }
    }

    pub(super) fn begin(&self, total: Option<u64>) {
        *self.total.lock().unwrap_or_else(PoisonError::into_inner) = total;
        self.report(TransferEvent::Queued { total });
    }

    pub(super) fn report(&self, event: TransferEvent<'_>) {
        if let Some(callback) = &self.on_event {
            callback(event);
        }
    }

    pub(super) fn add(&self, step: u64) {
        if step == 0 {
            return;
        }
        let so_far = self.so_far.fetch_add(step, Ordering::Relaxed).saturating_add(step);
        let total = *self.total.lock().unwrap_or_else(PoisonError::into_inner);
        self.report(TransferEvent::Bytes { step, so_far, total });
    }

    /// Whether somebody is told.
    pub(super) fn is_watched(&self) -> bool {
        self.on_event.is_some()
    }

    /// Counts objects instead of bytes.
    pub(super) fn add_objects(&self, step: u64) {
        let so_far = self.so_far.fetch_add(step, Ordering::Relaxed).saturating_add(step);
        self.report(TransferEvent::Deleted { step, so_far });
    }

    pub(super) fn so_far(&self) -> u64 {
        self.so_far.load(Ordering::Relaxed)
    }

    pub(super) fn done(&self) {
        self.report(TransferEvent::Done { total: self.so_far() });
    }

    /// Counts the bytes of a request body as they are sent; bytes that are sent again are not counted again. `each` gets the
    /// number of bytes of each read.
    pub(super) fn count(&self, body: Body, mut each: impl FnMut(u64) + Send + 'static) -> Body {
        let (progress, mut counted) = (self.clone(), 0_u64);
        body.on_read(move |read| {
            each(read.step);
            progress.add(read.so_far.saturating_sub(counted));
            counted = counted.max(read.so_far);
        })
    }

    /// Counts what `count` has not seen, such as the bytes of a copy in one request.
    pub(super) fn finish(&self, total: u64) {
        let so_far = self.so_far.load(Ordering::Relaxed);
        self.add(total.saturating_sub(so_far));
    }
}
