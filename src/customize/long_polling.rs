//! Operations whose answer waits for something to happen. Their read time-out must not be shorter than that, and when the retry
//! quota is used up they pause before they fail, since their callers ask again at once.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Quirk, RetryPolicy, Stage};

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

/// Without the parameter the queue's own setting counts, which is 20 seconds at most.
fn wait_time(params: &Map<String, Value>) -> Duration {
    Duration::from_secs(params.get("WaitTimeSeconds").and_then(Value::as_u64).unwrap_or(20).min(20))
}
