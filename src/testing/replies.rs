//! [`Reply`]: what a stub replies.

use std::io::{self, Read};
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::ranges;
use super::reply::{error_response, output_response, received};
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result, TransportError, TransportErrorKind};
use crate::plan::{OperationPlan, ServicePlan};

/// A reply of a stub: an output, a service error, an HTTP response, or a failure of the connection.
///
/// It is what the methods of [`StubRule`](super::StubRule) make, as a value: for [`reply_with`](super::StubRule::reply_with), and for
/// replies that are made elsewhere. An output converts to it.
#[derive(Clone)]
pub struct Reply(Box<ReplyKind>);

#[derive(Clone)]
enum ReplyKind {
    Output(Value, Option<StubBody>),
    Error { code: String, members: Value, status: Option<u16> },
    Http { status: u16, headers: HeaderMap, body: Arc<[u8]>, invalid: Option<String> },
    Transport(TransportErrorKind),
}

/// The bytes of a payload.
#[derive(Clone)]
struct StubBody {
    bytes: Arc<[u8]>,
    /// After how many bytes the connection breaks.
    breaks_after: Option<usize>,
}

impl From<Value> for Reply {
    fn from(output: Value) -> Self {
        Reply::output(output)
    }
}

impl Reply {
    fn of(kind: ReplyKind) -> Reply {
        Reply(Box::new(kind))
    }

    /// An output in the value convention of the crate, with the members that it should have. A streaming payload is base64 text,
    /// an event stream an array of its events.
    pub fn output(value: impl Into<Value>) -> Reply {
        Reply::of(ReplyKind::Output(value.into(), None))
    }

    /// A service error: its code, or the name of its shape in the model, and its members. The text of the error is the member
    /// `message` or `Message`, whatever the model calls it.
    pub fn error(code: impl Into<String>, members: impl Into<Value>) -> Reply {
        Reply::of(ReplyKind::Error { code: code.into(), members: members.into(), status: None })
    }

    /// An HTTP response with this status and body, as it is. [`header`](Self::header) adds headers.
    pub fn http(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply::of(ReplyKind::Http { status, headers: HeaderMap::new(), body: body.into().into(), invalid: None })
    }

    /// An output with a streaming payload and no other members. A range in the parameters is honoured.
    pub fn body(bytes: impl Into<Vec<u8>>) -> Reply {
        Reply::output(Value::Null).with_body(bytes)
    }

    /// A failure of the connection: there is no response.
    pub fn io_error(kind: TransportErrorKind) -> Reply {
        Reply::of(ReplyKind::Transport(kind))
    }

    /// Adds a streaming payload to an output.
    #[must_use]
    pub fn with_body(self, bytes: impl Into<Vec<u8>>) -> Reply {
        let body = StubBody { bytes: bytes.into().into(), breaks_after: None };
        match *self.0 {
            ReplyKind::Output(value, _) => Reply::of(ReplyKind::Output(value, Some(body))),
            other => Reply::of(other),
        }
    }

    /// Lets the connection break after this number of bytes of the payload.
    #[must_use]
    pub fn breaking_after(self, bytes: usize) -> Reply {
        match *self.0 {
            ReplyKind::Output(value, Some(body)) => {
                Reply::of(ReplyKind::Output(value, Some(StubBody { breaks_after: Some(bytes), ..body })))
            }
            other => Reply::of(other),
        }
    }

    /// Sets the status of a service error, instead of the one in the model.
    #[must_use]
    pub fn with_status(self, status: u16) -> Reply {
        match *self.0 {
            ReplyKind::Error { code, members, .. } => {
                Reply::of(ReplyKind::Error { code, members, status: Some(status) })
            }
            other => Reply::of(other),
        }
    }

    /// Adds a header to an HTTP response.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Reply {
        let mut reply = self;
        if let ReplyKind::Http { headers, invalid, .. } = &mut *reply.0 {
            match (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                (Ok(name), Ok(value)) => drop(headers.append(name, value)),
                _ => *invalid = Some(format!("{name:?} is not a header, or its value is not valid")),
            }
        }
        reply
    }

    /// Checks the reply against the model of an operation.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the path of what does not fit.
    pub(super) fn check(&self, service: &ServicePlan, plan: &OperationPlan) -> Result<()> {
        match &*self.0 {
            ReplyKind::Output(value, body) => {
                if body.is_some() && plan.operation.streaming_output().is_none() {
                    return Err(invalid("the output of the operation has no streaming payload"));
                }
                output_response(service, plan, value, "").map(drop)
            }
            ReplyKind::Error { code, members, status } => {
                status.map_or(Ok(()), |status| status_of(status).map(drop))?;
                error_response(service, plan, code, members, "").map(drop)
            }
            ReplyKind::Http { status, invalid: what, .. } => {
                status_of(*status)?;
                what.as_ref().map_or(Ok(()), |what| Err(invalid(what)))
            }
            ReplyKind::Transport(_) => Ok(()),
        }
    }

    /// The response to a request with these parameters.
    pub(super) fn respond(
        &self,
        service: &ServicePlan,
        plan: &OperationPlan,
        params: &Value,
        request_id: &str,
    ) -> Result<Result<http::Response<Body>, TransportError>> {
        self.check(service, plan)?;
        Ok(Ok(match &*self.0 {
            ReplyKind::Transport(kind) => {
                return Ok(Err(TransportError::new(*kind, "the stub replies with this failure")));
            }
            ReplyKind::Http { status, headers, body, .. } => {
                let mut response = http::Response::new(Body::from(body.to_vec()));
                *response.status_mut() = status_of(*status)?;
                response.headers_mut().clone_from(headers);
                response
            }
            ReplyKind::Error { code, members, status } => {
                let mut response = error_response(service, plan, code, members, request_id)?;
                if let Some(status) = status {
                    *response.status_mut() = status_of(*status)?;
                }
                received(response)
            }
            ReplyKind::Output(value, body) => {
                let mut response = output_response(service, plan, value, request_id)?;
                if let Some(body) = body {
                    *response.body_mut() = body.bytes.to_vec();
                }
                let response = ranges::ranged(response, service, plan, params, request_id)?;
                let breaks_after = body.as_ref().and_then(|body| body.breaks_after);
                response.map(|bytes| match breaks_after {
                    Some(after) => broken(bytes, after),
                    None => Body::from(bytes),
                })
            }
        }))
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The members may be secret.
        f.write_str(match &*self.0 {
            ReplyKind::Output(..) => "Reply(output)",
            ReplyKind::Error { .. } => "Reply(error)",
            ReplyKind::Http { .. } => "Reply(http)",
            ReplyKind::Transport(_) => "Reply(io_error)",
        })
    }
}

fn broken(mut bytes: Vec<u8>, after: usize) -> Body {
    let length = bytes.len() as u64;
    bytes.truncate(after);
    Body::from_reader_with_length(io::Cursor::new(bytes).chain(BrokenEnd), length)
}

/// The end of a broken connection.
struct BrokenEnd;

impl Read for BrokenEnd {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "the stub breaks the connection"))
    }
}

fn status_of(status: u16) -> Result<StatusCode> {
    StatusCode::from_u16(status).map_err(|_| invalid(&format!("{status} is not an HTTP status")))
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::Validation, what)
}
