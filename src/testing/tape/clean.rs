//! Responses without secrets.
//!
//! A body without secrets stays as it was received, except for account ids and access keys. From any other the values are read,
//! cleaned, and encoded as the service would do it.

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::file::{BodyEnd, TapedResponse};
use super::redact::Redactor;
use super::{events, headers};
use crate::error::{MASK, Result};
use crate::model::shape::Shapes;
use crate::plan::{OperationPlan, ServicePlan};
use crate::protocol::server::{self, ResponseTo};
use crate::protocol::{self, MAX_MEMORY, Received};
use crate::testing::reply::error_response;

/// The response to a call, while it is cleaned.
pub(super) struct Cleaning<'c> {
    pub(super) service: &'c ServicePlan,
    pub(super) plan: &'c OperationPlan,
    pub(super) redactor: &'c Redactor,
    pub(super) status: StatusCode,
    pub(super) received: &'c HeaderMap,
}

/// What is kept of a response.
struct CleanBody {
    /// Those that the encoder made, if it did.
    encoded: Option<HeaderMap>,
    body: Vec<u8>,
}

impl Cleaning<'_> {
    /// The response as the tape has it.
    pub(super) fn response(&self, body: Vec<u8>, end: BodyEnd) -> TapedResponse {
        let length = body.len();
        let is_success = self.status.is_success();
        let shapes = match is_success {
            true => self.plan.operation.output.as_ref(),
            false => None,
        };
        let kept = if !is_success {
            self.error(body)
        } else if self.plan.operation.has_event_stream_output() {
            events::clean(self, &body).map(|body| CleanBody { encoded: None, body })
        } else if self.plan.operation.streaming_output().is_some() {
            self.payload(body)
        } else {
            self.document(body)
        };
        let mut headers = headers::of_response(self.received, self.redactor, shapes);
        let Some(CleanBody { encoded, mut body }) = kept else {
            return TapedResponse::new(self.status, &headers, Vec::new(), BodyEnd::Withheld);
        };
        let mut is_changed = encoded.is_some();
        if let Some(encoded) = encoded {
            headers = self.merged(encoded, &headers, shapes);
        }
        if !self.plan.operation.has_event_stream_output() || !is_success {
            is_changed |= self.redactor.replace_patterns(&mut body);
        }
        if is_changed {
            headers::remove_digests(&mut headers);
        }
        if body.len() != length && headers.contains_key(CONTENT_LENGTH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        TapedResponse::new(self.status, &headers, body, end)
    }

    /// The encoder's headers, and those received that are no members.
    fn merged(&self, encoded: HeaderMap, received: &HeaderMap, shapes: Option<&Shapes>) -> HeaderMap {
        let structure = shapes.and_then(Shapes::root_structure);
        let mut merged = encoded;
        for (name, value) in received {
            let is_member = structure.is_some_and(|structure| headers::is_bound(structure, name.as_str()));
            if !is_member || name == CONTENT_LENGTH {
                merged.insert(name, value.clone());
            }
        }
        merged
    }

    /// Whether a response with these shapes has to be read.
    fn is_suspicious(&self, shapes: Option<&Shapes>, body: &[u8]) -> bool {
        shapes.is_some_and(have_secrets) || self.redactor.has_rules() || self.redactor.has_secret(body)
    }

    /// `None` if it cannot be cleaned.
    fn document(&self, mut body: Vec<u8>) -> Option<CleanBody> {
        let shapes = self.plan.operation.output.as_ref();
        if !self.is_suspicious(shapes, &body) {
            return Some(CleanBody { encoded: None, body });
        }
        let Ok(members) = self.parse(Some(&body)) else {
            // An empty or foreign document, in which only what is known to be secret can be found.
            let may_have_more = shapes.is_some_and(have_secrets) && !body.trim_ascii().is_empty();
            self.redactor.blank_secrets(&mut body);
            return (!may_have_more).then_some(CleanBody { encoded: None, body });
        };
        let cleaned = self.redactor.value(shapes, members.clone());
        if cleaned == members && !self.redactor.has_secret(&body) {
            return Some(CleanBody { encoded: None, body });
        }
        let (encoded, body) = self.encode(&cleaned).ok()?;
        Some(CleanBody { encoded: Some(encoded), body })
    }

    fn payload(&self, mut body: Vec<u8>) -> Option<CleanBody> {
        let operation = &self.plan.operation;
        let shapes = operation.output.as_ref();
        let is_secret = operation.streaming_output().is_some_and(|member| member.target.sensitive);
        let is_changed = self.redactor.blank_secrets(&mut body);
        if is_secret && !body.is_empty() {
            body = MASK.as_bytes().to_vec();
        }
        let members = self.parse(None).ok()?;
        let cleaned = self.redactor.value(shapes, members.clone());
        let encoded = match cleaned != members || is_secret || is_changed {
            true => Some(self.encode(&cleaned).ok()?.0),
            false => None,
        };
        Some(CleanBody { encoded, body })
    }

    fn error(&self, mut body: Vec<u8>) -> Option<CleanBody> {
        let model = &self.service.model;
        let received = self.received_with(Some(&body));
        let error = protocol::parse_error(self.service.protocol, model, &received).ok()?;
        let found = error.service()?;
        let shapes = model.error_shape(found.code()).ok().flatten();
        if !self.is_suspicious(shapes.map(|shapes| &**shapes), &body) {
            return Some(CleanBody { encoded: None, body });
        }
        let members = found.body().clone();
        let mut cleaned = self.redactor.value(shapes.map(|shapes| &**shapes), members.clone());
        if cleaned == members && !self.redactor.has_secret(&body) {
            return Some(CleanBody { encoded: None, body });
        }
        if let Value::Object(members) = &mut cleaned
            && !["message", "Message"].iter().any(|name| members.contains_key(*name))
        {
            members.insert("message".to_owned(), self.redactor.text(found.message()).into());
        }
        match error_response(self.service, self.plan, found.code(), &cleaned, &self.request_id()) {
            Ok(response) if !body.is_empty() => {
                let (parts, body) = response.into_parts();
                Some(CleanBody { encoded: Some(parts.headers), body })
            }
            _ => {
                self.redactor.blank_secrets(&mut body);
                Some(CleanBody { encoded: None, body })
            }
        }
    }

    fn received_with<'r>(&'r self, body: Option<&'r [u8]>) -> Received<'r> {
        Received { status: self.status.as_u16(), headers: self.received, body, max_memory: MAX_MEMORY, rule: None }
    }

    pub(super) fn parse(&self, body: Option<&[u8]>) -> Result<Value> {
        let parsed = self.service.protocol.parse(&self.plan.operation, &self.received_with(body))?;
        Ok(Value::Object(parsed.value))
    }

    pub(super) fn encode(&self, members: &Value) -> Result<(HeaderMap, Vec<u8>)> {
        let (none, request_id) = (Map::new(), self.request_id());
        let to = ResponseTo {
            service: &self.service.model,
            protocol: self.service.protocol_name,
            operation: &self.plan.operation,
            request_id: &request_id,
        };
        let served = server::output(&to, members.as_object().unwrap_or(&none))?;
        Ok((served.headers, served.body))
    }

    fn request_id(&self) -> String {
        protocol::request_ids(self.received).0.unwrap_or_default()
    }
}

/// Whether any member is sensitive, in the body or in a header.
pub(super) fn have_secrets(shapes: &Shapes) -> bool {
    let members = shapes.root_structure().map_or(&[][..], |structure| &structure.members);
    shapes.have_secret_body() || members.iter().any(|member| member.target.sensitive)
}
