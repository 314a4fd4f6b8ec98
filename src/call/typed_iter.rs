//! [`Typed`]: an iterator of values as an iterator of a type.

use std::cell::Cell;
use std::fmt;
use std::iter::FusedIterator;

use serde::de::DeserializeOwned;

use super::typed::{into, into_type, take};
use crate::error::Result;
use crate::output::{EventStream, NextEvent as _};

/// Iterator that reads each value of another one into a type: pages, items and results of searches, and events.
///
/// [`Pages::pages_as`](crate::Pages::pages_as), [`Pages::items_as`](crate::Pages::items_as),
/// [`Search::values_as`](crate::Search::values_as) and [`EventStream::events_as`] create one. A value that does not fit `T` is an
/// error of kind [`ErrorKind::Response`](crate::ErrorKind::Response), and the next one can still be asked for.
#[must_use = "nothing is sent before the first value is asked for"]
pub struct Typed<I, T> {
    pub(crate) inner: I,
    /// Values that were read together with the last one.
    pub(crate) ready: std::vec::IntoIter<T>,
}

impl<I, T> Typed<I, T> {
    pub(crate) fn new(inner: I) -> Self {
        Typed { inner, ready: Vec::new().into_iter() }
    }

    /// The iterator of values. Its `resume_token` is that after the values returned so far.
    pub fn values(&self) -> &I {
        &self.inner
    }
}

impl<T: DeserializeOwned> Iterator for Typed<EventStream, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let taken = Cell::new(None);
        let event = self.inner.next_event(Some(&into(&taken)))?;
        Some(event.and_then(|event| {
            let event = if event.is_null() { take(&taken) } else { into_type(None, event) };
            event.map_err(|error| error.in_call(&self.inner.service, &self.inner.operation))
        }))
    }
}

impl<T: DeserializeOwned> FusedIterator for Typed<EventStream, T> {}

impl<I: fmt::Debug, T> fmt::Debug for Typed<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Typed").field(&self.inner).finish()
    }
}
