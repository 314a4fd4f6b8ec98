//! The transport that records.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http::{HeaderMap, Request, Response, StatusCode};
use serde_json::Value;

use super::TapeCore;
use super::clean::Cleaning;
use super::file::{BodyEnd, Interaction, TapedRequest, TapedResponse, error_name};
use super::headers;
use super::tee::{BodyCopy, Tee};
use crate::body::Body;
use crate::error::{TransportError, TransportErrorKind};
use crate::runtime::MadeCall;
use crate::transport::{SendOptions, Transport};

pub(super) struct Recorder {
    pub(super) core: Arc<TapeCore>,
    pub(super) inner: Arc<dyn Transport>,
}

impl Transport for Recorder {
    fn send(&self, request: Request<Body>, options: &SendOptions) -> Result<Response<Body>, TransportError> {
        let Some(call) = request.extensions().get::<MadeCall>().cloned() else {
            return self.inner.send(request, options);
        };
        let recording = Recording::begin(&self.core, call, &request);
        match self.inner.send(request, options) {
            Ok(response) => Ok(recording.receive(response)),
            Err(error) => {
                recording.fail(error.kind());
                Err(error)
            }
        }
    }
}

/// An interaction in progress.
pub(super) struct Recording {
    core: Arc<TapeCore>,
    call: MadeCall,
    index: usize,
    interaction: Interaction,
}

impl Recording {
    /// Takes the next place on the tape.
    fn begin(core: &Arc<TapeCore>, call: MadeCall, request: &Request<Body>) -> Self {
        core.redactor.learn_signature(request.headers(), request.uri());
        let operation = &call.plan.operation;
        let (params, is_redacted) = core.redactor.params(operation, &call.params);
        let interaction = Interaction {
            at_ms: u64::try_from(core.elapsed().as_millis()).unwrap_or(u64::MAX),
            error: None,
            operation: operation.name.clone(),
            request: TapedRequest {
                headers: headers::of_request(request.headers(), &core.redactor, is_redacted).into_iter().collect(),
                method: request.method().to_string(),
                path: path(&call, &params),
            },
            params,
            response: None,
            service: call.service.model.name.clone(),
        };
        let index = core.change(|content| {
            content.interactions.push(None);
            content.is_unsaved = true;
            content.interactions.len() - 1
        });
        Recording { core: Arc::clone(core), call, index, interaction }
    }

    /// Lets the body be recorded while it is read.
    fn receive(self, response: Response<Body>) -> Response<Body> {
        let (parts, body) = response.into_parts();
        let limit = self.core.body_limit.load(Ordering::Relaxed);
        let (status, received) = (parts.status, parts.headers.clone());
        let finish = move |copied: BodyCopy| match copied {
            BodyCopy::Bytes(bytes, end) => {
                let response = self.cleaned(status, &received, bytes, end);
                self.finish(Some(response));
            }
            BodyCopy::TooLarge => self.fault(&format!("a response body has more than {limit} bytes")),
        };
        Response::from_parts(parts, Tee::body(body, limit, Box::new(finish)))
    }

    fn cleaned(&self, status: StatusCode, received: &HeaderMap, body: Vec<u8>, end: BodyEnd) -> TapedResponse {
        let MadeCall { service, plan, .. } = &self.call;
        // With timestamps as values: they are encoded again.
        match service.plain_operation(plan) {
            Ok(plan) => {
                let redactor = &self.core.redactor;
                Cleaning { service, plan: &plan, redactor, status, received }.response(body, end)
            }
            Err(_) => TapedResponse::new(status, &HeaderMap::new(), Vec::new(), BodyEnd::Withheld),
        }
    }

    fn fail(mut self, kind: TransportErrorKind) {
        self.interaction.error = Some(error_name(kind).to_owned());
        self.finish(None);
    }

    fn finish(self, response: Option<TapedResponse>) {
        let Recording { core, index, mut interaction, .. } = self;
        interaction.response = response;
        core.change(|content| {
            content.is_unsaved = true;
            if let Some(place) = content.interactions.get_mut(index) {
                *place = Some(interaction);
            }
        });
    }

    fn fault(self, what: &str) {
        let Interaction { service, operation, .. } = self.interaction;
        self.core.change(|content| content.fault = Some(format!("{service} {operation}: {what}")));
    }
}

/// The path and query of a request with these parameters, or the template if there is none.
fn path(call: &MadeCall, params: &Value) -> String {
    let (model, operation) = (&call.service.model, &call.plan.operation);
    let members = params.as_object().filter(|_| !operation.has_event_stream_input());
    let request = members.map(|members| call.service.protocol.request(model, operation, members, None));
    match request {
        Some(Ok(request)) => request.path_and_query,
        _ => operation.uri.to_string(),
    }
}
