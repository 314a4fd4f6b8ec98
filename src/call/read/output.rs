//! The output in a successful response, by the operation's model and the rule for encoded strings.

use std::cell::Cell;

use super::super::Call;
use super::super::error::CallError;
use crate::customize::EncodingRule;
use crate::error::Result;
use crate::protocol::typed::{Sink, read_directly};
use crate::protocol::{self, Parsed, ReadingRule, Received};

/// Reads the response into the caller's type; `None` if it has to be a `Value` first.
pub(super) fn read_into(sink: &Sink<'_>, call: &Call<'_>, received: &Received<'_>) -> Option<Parsed> {
    let Call { client, plan, context, .. } = call;
    if !plan.reads_directly {
        return None;
    }
    let read = |received: &Received<'_>| read_directly(client.service.protocol, &plan.operation, received, sink);
    let Some(encoding) = encoding(call) else { return read(received) };
    let is_encoded = seems_encoded(encoding, received);
    let says_encoded = Cell::new(false);
    let change = |name: &str, value: &mut serde_json::Value| {
        says_encoded.set(says_encoded.get() || (encoding.says_encoded)(name, value));
        !is_encoded || (encoding.decode)(name, value, context)
    };
    let rule = ReadingRule { is_encoded, changed: encoding.members, change: &change };
    read(&Received { rule: Some(&rule), ..*received }).filter(|_| says_encoded.get() == is_encoded)
}

/// Reads the response as a `Value`.
pub(super) fn parse(call: &Call<'_>, received: &Received<'_>) -> Result<Parsed> {
    let operation = &call.plan.operation;
    if operation.output.is_none() && received.body.is_some_and(protocol::is_html) {
        return Err(CallError::UnexpectedContent.into());
    }
    let protocol = call.client.service.protocol;
    let Some(encoding) = encoding(call) else { return protocol.parse(operation, received) };
    let read = |is_encoded| {
        let rule = ReadingRule { is_encoded, changed: &[], change: &|_, _| true };
        protocol.parse(operation, &Received { rule: Some(&rule), ..*received })
    };
    let seems_encoded = seems_encoded(encoding, received);
    let mut parsed = read(seems_encoded)?;
    let is_encoded = parsed.value.iter().any(|(name, value)| (encoding.says_encoded)(name, value));
    if is_encoded != seems_encoded {
        parsed = read(is_encoded)?;
    }
    if is_encoded {
        (encoding.decode_all)(&mut parsed.value, &call.context);
    }
    Ok(parsed)
}

fn encoding(call: &Call<'_>) -> Option<&'static EncodingRule> {
    call.plan.quirks.encoding().filter(|encoding| (encoding.applies)(&call.context))
}

fn seems_encoded(encoding: &EncodingRule, received: &Received<'_>) -> bool {
    received.body.is_some_and(encoding.seems_encoded)
}
