//! The step *accept*: completes and validates the parameters.

use serde_json::{Map, Value};

use super::error::CallError;
use super::{Call, not_an_object, step};
use crate::checksum;
use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::validate::{Validation, validate};
use crate::runtime::{Outside, Runtime};

impl Call<'_> {
    /// Completes and validates the parameters. All attempts send the result.
    pub(super) fn accept(&mut self, params: Value, has_body: bool) -> Result<Value> {
        let _span = step("accept");
        let Call { client, plan, context, .. } = self;
        let operation = &plan.operation;
        refuse_event_stream_input(operation)?;
        let mut params = match params {
            Value::Object(params) => params,
            Value::Null => Map::new(),
            other => return Err(not_an_object(&other)),
        };
        add_idempotency_tokens(&client.outside, operation, &mut params);
        plan.quirks.input(&mut params, context)?;
        if !context.presigns {
            context.checks_response = checksum::ask(operation, &mut params, &client.checksums);
        }
        let params = Value::Object(params);
        check(client, operation, &params, has_body)?;
        self.context.region = self.known_region(&params);
        Ok(params)
    }
}

/// Sending events needs both directions of the connection at once (HTTP/2) and a signature for each event.
fn refuse_event_stream_input(operation: &Operation) -> Result<()> {
    if operation.has_event_stream_input() {
        return Err(CallError::EventStreamInput.into());
    }
    Ok(())
}

fn add_idempotency_tokens(outside: &Outside, operation: &Operation, params: &mut Map<String, Value>) {
    let Some(structure) = operation.input_structure() else { return };
    for index in &operation.idempotency_members {
        let name = &*structure.members[usize::from(*index)].name;
        if !params.contains_key(name) {
            params.insert(name.to_owned(), Value::String(outside.idempotency_token()));
        }
    }
}

fn check(client: &Runtime, operation: &Operation, params: &Value, has_body: bool) -> Result<()> {
    let payload = operation.raw_input_payload().filter(|_| has_body).map(|member| &*member.name);
    if has_body && payload.is_none() {
        return Err(CallError::NoPayload.into());
    }
    if let Some(name) = payload.filter(|name| params.get(*name).is_some()) {
        return Err(CallError::PayloadTwice(name.to_owned()).into());
    }
    match &operation.input {
        Some(input) if client.validation != Validation::Off => validate(input, params, client.validation, payload),
        _ => Ok(()),
    }
}
