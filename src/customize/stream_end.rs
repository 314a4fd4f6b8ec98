//! Event streams that say themselves that they are whole. Without that event they were cut off, however properly the body ended.
//!
//! Only events that are documented as the last of every stream are here.

use super::{Quirk, Stage};

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
        why: "it confirms that the stream is complete, and has the function's error: \
              https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStreamCompleteEvent.html",
    },
    Quirk {
        service: "healthlake",
        operations: &["UpdateProfileWithAgent"],
        stage: Stage::LastEvent("EndOfOutputEvent"),
        why: "the model calls it the final event, by which the caller can assume that the stream has ended",
    },
];
