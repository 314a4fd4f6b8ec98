//! DynamoDB and its streams: quicker repeats, and answers that carry a checksum.

use std::time::Duration;

use super::{Context, Quirk, RawResponse, RetryPolicy, Stage};
use crate::error::{Error, ErrorKind, Result};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "dynamodb",
        operations: &[],
        stage: Stage::Response(check),
        why: "botocore's retries/special.py: RetryDDBChecksumError; an answer that was garbled counts as one that broke off",
    },
    Quirk { service: "dynamodb", operations: &[], stage: Stage::Retry(QUICK), why: WHY },
    Quirk { service: "dynamodb-streams", operations: &[], stage: Stage::Retry(QUICK), why: WHY },
];

const QUICK: RetryPolicy =
    RetryPolicy { max_attempts: Some(4), base_delay: Some(Duration::from_millis(25)), ..RetryPolicy::DEFAULT };
const WHY: &str = "botocore's retries/standard.py: _SERVICE_MAX_ATTEMPTS and _SERVICE_BACKOFF_CONFIG";

/// A checksum that is no number is not looked at.
fn check(response: &mut RawResponse, _: &Context<'_>) -> Result<()> {
    let announced = response.headers.get("x-amz-crc32").and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
    let (Some(announced), Some(body)) = (announced, &response.body) else { return Ok(()) };
    let found = crc32fast::hash(body);
    if found == announced {
        return Ok(());
    }
    let message = format!("the answer was garbled: its checksum is {found}, announced was {announced}");
    Err(Error::new(ErrorKind::Connection, message))
}
