//! Operations that take a batch of entries, and report the failure of single ones in a response with status 200.

use serde_json::Value;

use crate::value::bytes;

/// How an operation takes batches.
#[derive(Debug)]
pub(crate) struct BatchCall {
    /// The hyphenated service id.
    service: &'static str,
    pub(crate) operation: &'static str,
    /// The member with the entries. Each has an `Id`, which also the responses have.
    pub(crate) entries: &'static str,
    pub(crate) max_entries: usize,
    pub(crate) max_bytes: usize,
    /// The part of `max_bytes` that an entry takes.
    pub(crate) size: fn(&Value) -> usize,
}

const MIB: usize = 1 << 20;

/// The limits are those of the API references of both services: the entries of a request together are as large as one message may be.
const CALLS: &[BatchCall] = &[
    BatchCall {
        service: "sqs",
        operation: "SendMessageBatch",
        entries: "Entries",
        max_entries: 10,
        max_bytes: MIB,
        size: |entry| message_size(entry, "MessageBody"),
    },
    BatchCall {
        service: "sqs",
        operation: "DeleteMessageBatch",
        entries: "Entries",
        max_entries: 10,
        max_bytes: MIB,
        size: |_| 0,
    },
    BatchCall {
        service: "sqs",
        operation: "ChangeMessageVisibilityBatch",
        entries: "Entries",
        max_entries: 10,
        max_bytes: MIB,
        size: |_| 0,
    },
    BatchCall {
        service: "sns",
        operation: "PublishBatch",
        entries: "PublishBatchRequestEntries",
        max_entries: 10,
        max_bytes: MIB / 4,
        size: |entry| message_size(entry, "Message"),
    },
];

/// How an operation takes batches, if it does.
pub(crate) fn batch_call(service_id: &str, operation: &str) -> Option<&'static BatchCall> {
    let service = super::lookup::hyphenated(service_id);
    CALLS.iter().find(|call| call.service == service && call.operation == operation)
}

/// The operations of a service that take batches.
pub(crate) fn batch_operations(service_id: &str) -> Vec<&'static str> {
    let service = super::lookup::hyphenated(service_id);
    CALLS.iter().filter(|call| call.service == service).map(|call| call.operation).collect()
}

/// The bytes of a message: its text, and the names, types and values of its attributes.
fn message_size(entry: &Value, text: &str) -> usize {
    let length = |value: &Value| value.as_str().map_or(0, str::len);
    let attributes = entry.get("MessageAttributes").and_then(Value::as_object);
    let sizes = attributes.into_iter().flatten().map(|(name, attribute)| {
        let binary = attribute.get("BinaryValue").map_or(0, |value| bytes(value).map_or(0, |bytes| bytes.len()));
        let texts = ["DataType", "StringValue"].map(|member| attribute.get(member).map_or(0, length));
        [name.len(), binary, texts[0], texts[1]].into_iter().fold(0, usize::saturating_add)
    });
    sizes.fold(entry.get(text).map_or(0, length), usize::saturating_add)
}
