//! Hooks: closures of the user that observe, change or reject requests and responses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};

use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};

/// The error with which a hook rejects a request or response.
type HookError = Box<dyn std::error::Error + Send + Sync>;

pub(crate) type OnRequest = dyn Fn(&mut Request<Body>) -> Result<(), HookError> + Send + Sync;
type OnResponse = dyn Fn(&mut Response<Body>) -> Result<(), HookError> + Send + Sync;
type OnAttempt = dyn Fn(&Attempt<'_>) + Send + Sync;
type RetryRule = dyn Fn(&Error) -> Option<bool> + Send + Sync;

/// One attempt of a call, passed to [`SessionBuilder::on_attempt`](crate::SessionBuilder::on_attempt). It contains no
/// secrets.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The name of the service, `"sqs"`.
    pub service: &'a str,
    /// The operation in the model's spelling, `"SendMessage"`.
    pub operation: &'a str,
    /// The first attempt of a call is 1.
    pub number: u32,
    /// The maximum number of attempts.
    pub max_attempts: u32,
    /// The host of the request, with the port if the URL has one.
    pub host: &'a str,
    /// The HTTP status of a success or a service error; `None` without a readable response.
    pub status: Option<u16>,
    /// The error; `None` if the attempt succeeded.
    pub error: Option<&'a Error>,
    /// The time from sending the request to reading its response, without a streamed payload.
    pub duration: Duration,
    /// The pause before the next attempt; `None` if this was the last one.
    pub delay: Option<Duration>,
}

/// All hooks of a client, in the order in which they were added.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) before_sign: Vec<Arc<OnRequest>>,
    pub(crate) before_send: Vec<Arc<OnRequest>>,
    pub(crate) after_response: Vec<Arc<OnResponse>>,
    pub(crate) on_attempt: Vec<Arc<OnAttempt>>,
    pub(crate) retry_if: Option<Arc<RetryRule>>,
}

impl Hooks {
    pub(crate) fn before_sign(&self, request: &mut Request<Body>) -> Result<()> {
        self.before_sign.iter().try_for_each(|hook| hook(request)).map_err(|error| rejected("before_sign", error))
    }

    pub(crate) fn before_send(&self, request: &mut Request<Body>) -> Result<()> {
        self.before_send.iter().try_for_each(|hook| hook(request)).map_err(|error| rejected("before_send", error))
    }

    pub(crate) fn after_response(&self, response: &mut Response<Body>) -> Result<()> {
        self.after_response
            .iter()
            .try_for_each(|hook| hook(response))
            .map_err(|error| rejected("after_response", error))
    }
}

fn rejected(hook: &str, error: HookError) -> Error {
    Error::new(ErrorKind::Refused, format!("refused by {hook}")).with_source(error)
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}
