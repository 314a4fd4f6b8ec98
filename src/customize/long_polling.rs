//! Long-polling operations, whose response waits for an event. Their read timeout must be longer than that wait. When the retry
//! quota is exhausted they pause before they fail, because their callers poll in a loop.

use std::time::Duration;

use crate::customize::quirk::{Quirk, Stage};
use crate::retry::RetryPolicy;
use serde_json::{Map, Value};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "sqs",
        operations: &["ReceiveMessage"],
        stage: Stage::Retry(RetryPolicy { long_poll: Some(wait_time), ..RetryPolicy::DEFAULT }),
        why: "botocore's retries/standard.py: RetryHandler._LONG_POLLING_OPERATIONS; \
              https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html",
    },
    Quirk {
        service: "kinesis",
        operations: &["ReceiveQueueRecords", "ReceiveDeadLetterQueueRecords"],
        stage: Stage::Retry(RetryPolicy { long_poll: Some(wait_time), ..RetryPolicy::DEFAULT }),
        why: "as above",
    },
    Quirk {
        service: "sfn",
        operations: &["GetActivityTask"],
        stage: MINUTE,
        why: "as above; https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html",
    },
    Quirk {
        service: "swf",
        operations: &["PollForActivityTask", "PollForDecisionTask"],
        stage: MINUTE,
        why: "as above; https://docs.aws.amazon.com/amazonswf/latest/apireference/API_PollForActivityTask.html",
    },
];

const MINUTE: Stage =
    Stage::Retry(RetryPolicy { long_poll: Some(|_| Duration::from_secs(60)), ..RetryPolicy::DEFAULT });

/// Without the parameter the queue's setting applies, which is at most 20 seconds.
fn wait_time(params: &Map<String, Value>) -> Duration {
    Duration::from_secs(params.get("WaitTimeSeconds").and_then(Value::as_u64).unwrap_or(20).min(20))
}
