//! Reports of how much of a body has been read.

/// How much of a body has been read, for [`Body::on_read`](super::Body::on_read).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyProgress {
    /// The bytes of the last read; 0 if the body begins again.
    pub step: u64,
    /// All bytes read since the body began.
    pub so_far: u64,
    /// The length of the body, if known.
    pub total: Option<u64>,
}

/// Counts the bytes of a body for a callback.
pub(super) struct Counter {
    callback: Box<dyn FnMut(BodyProgress) + Send>,
    so_far: u64,
}

impl Counter {
    pub(super) fn new(callback: impl FnMut(BodyProgress) + Send + 'static) -> Self {
        Counter { callback: Box::new(callback), so_far: 0 }
    }

    /// Counts a read.
    pub(super) fn add(&mut self, step: u64, total: Option<u64>) {
        self.so_far = self.so_far.saturating_add(step);
        (self.callback)(BodyProgress { step, so_far: self.so_far, total });
    }

    /// Begins again, and reports it unless nothing was read.
    pub(super) fn restart(&mut self, total: Option<u64>) {
        if self.so_far > 0 {
            self.so_far = 0;
            (self.callback)(BodyProgress { step: 0, so_far: 0, total });
        }
    }
}
