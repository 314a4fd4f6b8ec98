//! Calls whose output becomes a type of the caller.
//!
//! Only what makes the type is compiled for each type; the steps of a call see a sink.

use std::cell::Cell;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Call, CallOptions, call_into, into_value, receive};
use crate::body::Body;
use crate::error::{Error, ErrorKind, History, Result};
use crate::model::operation::Operation;
use crate::output::{Output, TypedOutput};
use crate::plan::OperationPlan;
use crate::protocol::typed::{LocatedResult, ShapeDeserializer, read_value};
use crate::runtime::Runtime;
use crate::value::GivenParams;

/// Calls an operation. `given` replaces the parameters in `options`. A payload of bytes and events stay outside of the value.
pub(crate) fn call_as<T: DeserializeOwned>(
    client: &Runtime,
    plan: &Arc<OperationPlan>,
    options: CallOptions,
    given: Option<&dyn GivenParams>,
) -> Result<TypedOutput<T>> {
    let taken = Cell::new(None);
    let output = call_into(client, plan, options, given, Some(&into(&taken)))?;
    finish(&plan.operation, output, &taken)
}

/// Calls an operation, and reads a payload of bytes or all events into the value.
pub(crate) fn whole_as<T: DeserializeOwned>(
    client: &Runtime,
    plan: &Arc<OperationPlan>,
    given: &dyn GivenParams,
) -> Result<T> {
    let options = CallOptions { buffer_payload: true, ..CallOptions::new(Value::Null) };
    if !plan.operation.streams_response() {
        return call_as(client, plan, options, Some(given)).map(|output| output.value);
    }
    let value = into_value(&plan.operation, call_into(client, plan, options, Some(given), None)?)?;
    into_type(Some(&plan.operation), value)
}

/// Reads a response that this crate did not receive itself.
pub(crate) fn receive_as<T: DeserializeOwned>(
    client: &Runtime,
    plan: &Arc<OperationPlan>,
    response: http::Response<Body>,
) -> Result<TypedOutput<T>> {
    let taken = Cell::new(None);
    let output = receive(&Call::new(client, plan), response, Some(&into(&taken)))?;
    finish(&plan.operation, output, &taken)
}

/// Reads a value into a type: the output of an operation, or a part of one.
pub(crate) fn into_type<T: DeserializeOwned>(operation: Option<&Operation>, value: Value) -> Result<T> {
    let taken = Cell::new(None);
    read_into(operation, value, &taken)?;
    take(&taken)
}

/// A sink that makes a type.
pub(super) fn into<T: DeserializeOwned>(
    taken: &Cell<Option<T>>,
) -> impl Fn(ShapeDeserializer<'_, '_, '_>) -> LocatedResult<()> + '_ {
    |root| {
        taken.set(Some(T::deserialize(root)?));
        Ok(())
    }
}

fn read_into<T: DeserializeOwned>(operation: Option<&Operation>, value: Value, taken: &Cell<Option<T>>) -> Result<()> {
    let shapes = operation.and_then(|operation| operation.output.as_ref());
    read_value(shapes, value, &into(taken))
}

fn finish<T: DeserializeOwned>(
    operation: &Operation,
    output: Output,
    taken: &Cell<Option<T>>,
) -> Result<TypedOutput<T>> {
    let Output { value, body, events, metadata } = output;
    if !value.is_null() {
        read_into(Some(operation), value, taken).map_err(|error| {
            let history = History { may_have_been_processed: true, ..History::default() };
            error.after(metadata.attempts, history)
        })?;
    }
    Ok(TypedOutput { value: take(taken)?, body, events, metadata })
}

/// What the sink has taken. It has taken something unless there was an error.
pub(super) fn take<T>(taken: &Cell<Option<T>>) -> Result<T> {
    taken.take().ok_or_else(|| Error::new(ErrorKind::Response, "the response was not read"))
}
