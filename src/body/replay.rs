//! Bodies that are sent again.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::source::ByteSource;
use super::{Body, Content};

/// Where the content of a lent body returns to.
pub(super) type Owner = Arc<Mutex<Option<Content>>>;

/// A body that is lent out and returns when the borrower drops it, so that it can be sent again without a copy.
pub(crate) struct ReplayableBody(Owner);

impl ReplayableBody {
    pub(crate) fn new(mut body: Body) -> Self {
        ReplayableBody(Arc::new(Mutex::new(Some(body.take_content()))))
    }

    /// Lends the body, rewound to its start.
    pub(crate) fn lend(&self) -> io::Result<Body> {
        let gone = || io::Error::new(io::ErrorKind::Unsupported, "the body is still in use by a previous attempt");
        let content = self.content().take().ok_or_else(gone)?;
        let mut body = Body { content, owner: Some(Arc::clone(&self.0)) };
        if body.is_rewindable() {
            body.rewind()?;
        }
        Ok(body)
    }

    /// Whether the whole body can be lent (again).
    pub(crate) fn is_whole(&self) -> bool {
        match &*self.content() {
            Some(Content { source: ByteSource::OneShot(reader), .. }) => !reader.touched,
            content => content.is_some(),
        }
    }

    fn content(&self) -> MutexGuard<'_, Option<Content>> {
        // An `Option` is never half written, so a poisoned lock is safe.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        if let Some(owner) = self.owner.take() {
            let content = self.take_content();
            *owner.lock().unwrap_or_else(PoisonError::into_inner) = Some(content);
        }
    }
}
