//! [`Typed`]: an iterator of values as an iterator of a type.

use std::fmt;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::typed::into_type;
use crate::error::Result;
use crate::output::EventStream;
use crate::plan::OperationPlan;

/// Iterator that reads each value of another one into a type: pages, items and results of searches, and events.
///
/// [`Pages::pages_as`](crate::Pages::pages_as), [`Pages::items_as`](crate::Pages::items_as),
/// [`Search::values_as`](crate::Search::values_as) and [`EventStream::events_as`] create one. A value that does not fit `T` is an
/// error of kind [`ErrorKind::Response`](crate::ErrorKind::Response), and the next one can still be asked for.
#[must_use = "nothing is sent before the first value is asked for"]
pub struct Typed<I, T> {
    inner: I,
    /// Has the shapes, if the values are outputs of the operation.
    plan: Option<Arc<OperationPlan>>,
    service: String,
    operation: String,
    value: PhantomData<fn() -> T>,
}

impl<I, T> Typed<I, T> {
    /// For the parts of outputs.
    pub(crate) fn parts(inner: I, service: &str, operation: &str) -> Self {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        Typed { inner, plan: None, service, operation, value: PhantomData }
    }

    /// For whole outputs of an operation.
    pub(crate) fn outputs(inner: I, service: &str, plan: &Arc<OperationPlan>) -> Self {
        Typed { plan: Some(Arc::clone(plan)), ..Typed::parts(inner, service, &plan.operation.name) }
    }

    /// The iterator of values. Its `resume_token` is that after the values returned so far.
    pub fn values(&self) -> &I {
        &self.inner
    }
}

impl<T> Typed<EventStream, T> {
    /// The typed events of a stream.
    pub(crate) fn events(events: EventStream) -> Self {
        let (service, operation) = (events.service.clone(), events.operation.clone());
        Typed::parts(events, &service, &operation)
    }
}

impl<I: Iterator<Item = Result<Value>>, T: DeserializeOwned> Iterator for Typed<I, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let operation = self.plan.as_ref().map(|plan| &plan.operation);
        let value = self.inner.next()?;
        Some(value.and_then(|value| {
            into_type(operation, value).map_err(|error| error.in_call(&self.service, &self.operation))
        }))
    }
}

impl<I: FusedIterator<Item = Result<Value>>, T: DeserializeOwned> FusedIterator for Typed<I, T> {}

impl<I: fmt::Debug, T> fmt::Debug for Typed<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Typed").field(&self.inner).finish()
    }
}
