//! Final events of event streams. A stream without its final event was truncated, even if the HTTP body is complete.
//!
//! Lists only events that are documented as the last event of every stream.
use crate::customize::quirk::{Quirk, Stage};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "s3",
        operations: &["SelectObjectContent"],
        stage: Stage::LastEvent("End"),
        why: "\"You should not assume that the request is complete until the client receives an EndEvent\": \
              https://docs.aws.amazon.com/AmazonS3/latest/API/API_EndEvent.html",
    },
    Quirk {
        service: "lambda",
        operations: &["InvokeWithResponseStream"],
        stage: Stage::LastEvent("InvokeComplete"),
        why: "the event confirms that the stream is complete, and has the function's error: \
              https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStreamCompleteEvent.html",
    },
    Quirk {
        service: "healthlake",
        operations: &["UpdateProfileWithAgent"],
        stage: Stage::LastEvent("EndOfOutputEvent"),
        why: "the model documents it as the final event: the caller can then assume that the stream has ended",
    },
];
