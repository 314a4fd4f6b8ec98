//! DynamoDB and DynamoDB Streams: faster retries, checksums of responses, and the shapes that have native values.

use std::time::Duration;

use crate::customize::error::QuirkError;
use crate::customize::lookup::hyphenated;
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::retry::RetryPolicy;
use crate::stage::{Context, RawResponse};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "dynamodb",
        operations: &[],
        stage: Stage::Response(check_crc32),
        why: "botocore's retries/special.py: RetryDDBChecksumError; a corrupt response is retried like a lost connection",
    },
    Quirk { service: "dynamodb", operations: &[], stage: Stage::Retry(QUICK), why: WHY },
    Quirk { service: "dynamodb-streams", operations: &[], stage: Stage::Retry(QUICK), why: WHY },
];

const QUICK: RetryPolicy =
    RetryPolicy { max_attempts: Some(4), base_delay: Some(Duration::from_millis(25)), ..RetryPolicy::DEFAULT };
const WHY: &str = "botocore's retries/standard.py: _SERVICE_MAX_ATTEMPTS and _SERVICE_BACKOFF_CONFIG";

/// The shapes whose values have another form among native values (boto3's `dynamodb/transform.py`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NativeShape {
    AttributeValue,
    ConditionExpression,
    KeyExpression,
}

/// What a shape of a service is among native values, if it is anything.
pub(crate) fn native_shape(service_id: &str, shape: &str) -> Option<NativeShape> {
    match shape {
        "AttributeValue" => Some(NativeShape::AttributeValue),
        "ConditionExpression" => Some(NativeShape::ConditionExpression),
        "KeyExpression" => Some(NativeShape::KeyExpression),
        _ => None,
    }
    .filter(|_| matches!(hyphenated(service_id).as_str(), "dynamodb" | "dynamodb-streams"))
}

/// Compares the body with its CRC32. A header that is not a number is ignored, as in botocore.
fn check_crc32(response: &mut RawResponse, _: &Context<'_>) -> Result<()> {
    let announced = response.headers.get("x-amz-crc32").and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    let (Some(announced), Some(body)) = (announced, &response.body) else { return Ok(()) };
    let found = crc32fast::hash(body);
    if found == announced {
        return Ok(());
    }
    Err(QuirkError::Corrupt { found, announced }.into())
}
