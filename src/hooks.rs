//! Closures of the program that see, change or refuse what goes out and comes in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};

use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};

/// What a closure of the program refuses with.
type Refusal = Box<dyn std::error::Error + Send + Sync>;

type OnRequest = dyn Fn(&mut Request<Body>) -> Result<(), Refusal> + Send + Sync;
type OnResponse = dyn Fn(&mut Response<Body>) -> Result<(), Refusal> + Send + Sync;
type OnAttempt = dyn Fn(&Attempt<'_>) + Send + Sync;
type RetryRule = dyn Fn(&Error) -> Option<bool> + Send + Sync;

/// One attempt of a call, as it is shown to [`SessionBuilder::on_attempt`](crate::SessionBuilder::on_attempt). Nothing in it is
/// secret.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The name of the service, `"sqs"`.
    pub service: &'a str,
    /// The operation in the model's spelling, `"SendMessage"`.
    pub operation: &'a str,
    /// The first attempt of a call is 1.
    pub number: u32,
    /// How many there are at most.
    pub max_attempts: u32,
    /// The host that the request went to, with its port where the URL has one.
    pub host: &'a str,
    /// The status of the answer, where there was one that could be read.
    pub status: Option<u16>,
    /// What went wrong, unless the attempt succeeded.
    pub error: Option<&'a Error>,
    /// From the sending of the request until its answer was read; a payload that is streamed is not part of that.
    pub duration: Duration,
    /// The pause before the next attempt; `None` where this was the last one.
    pub delay: Option<Duration>,
}

/// All closures of a client, in the order in which they were given.
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
        self.before_sign.iter().try_for_each(|hook| hook(request)).map_err(|why| refused("before_sign", why))
    }

    pub(crate) fn before_send(&self, request: &mut Request<Body>) -> Result<()> {
        self.before_send.iter().try_for_each(|hook| hook(request)).map_err(|why| refused("before_send", why))
    }

    pub(crate) fn after_response(&self, response: &mut Response<Body>) -> Result<()> {
        self.after_response.iter().try_for_each(|hook| hook(response)).map_err(|why| refused("after_response", why))
    }
}

fn refused(hook: &str, why: Refusal) -> Error {
    Error::new(ErrorKind::Refused, format!("refused by {hook}")).with_source(why)
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}
