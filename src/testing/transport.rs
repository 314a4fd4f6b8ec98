//! The transport of a stubbed session.

use std::sync::Arc;

use http::header::CONTENT_ENCODING;
use http::{HeaderMap, Request, Response};
use serde_json::{Value, json};

use super::fake;
use super::replies::Reply;
use super::rule::{Planned, RuleState};
use super::stub::{RuleBook, StubCall, StubCore};
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result, TransportError, TransportErrorKind};
use crate::runtime::MadeCall;
use crate::transport::{SendOptions, Transport};

pub(super) struct StubTransport(pub(super) Arc<StubCore>);

/// The minutes for which a discovered endpoint counts.
const DISCOVERY_MINUTES: u64 = 1440;

impl Transport for StubTransport {
    fn send(&self, request: Request<Body>, _: &SendOptions) -> Result<Response<Body>, TransportError> {
        let (mut parts, body) = request.into_parts();
        let call = parts.extensions.remove::<MadeCall>();
        let body = body.into_bytes().map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        let host = parts.uri.authority().map(ToString::to_string).unwrap_or_default();
        let Some(call) = call else {
            let what = format!("no stub replies to requests that are no calls, such as {} to {host}", parts.method);
            return Err(self.failure(None, &what));
        };
        let call = MadeCall { params: self.with_payload(&call, &parts.headers, &body), ..call };
        let number = self.record(&call, Request::from_parts(parts, body));
        let planned = self.find(&call, &host).map_err(|what| self.failure(Some(&call), &what))?;
        // Closures of the test run without a lock.
        let reply = planned.reply(&call.params);
        let respond = || {
            let plain = call.service.plain_operation(&call.plan)?;
            reply.respond(&call.service, &plain, &call.params, &format!("00000000-0000-4000-8000-{number:012}"))
        };
        match respond() {
            Ok(response) => response,
            Err(error) => Err(self.failure(Some(&call), &format!("the reply is not one of this operation: {error}"))),
        }
    }
}

impl StubTransport {
    /// The parameters, with a payload that was given beside them if a rule asks for it.
    fn with_payload(&self, call: &MadeCall, headers: &HeaderMap, body: &[u8]) -> Arc<Value> {
        let payload = call.plan.operation.raw_input_payload();
        let absent = payload.filter(|payload| call.params.get(&*payload.name).is_none());
        let is_asked = |name: &str| {
            self.0.change(|book| book.rules.iter().any(|rule| rule.wanted.iter().any(|wanted| wanted.names(name))))
        };
        let Some(payload) = absent.filter(|payload| is_asked(&payload.name)) else { return Arc::clone(&call.params) };
        let mut params = Value::clone(&call.params);
        if let Value::Object(params) = &mut params {
            let bytes = if is_chunked(headers) { without_chunks(body) } else { body.to_vec() };
            let value = match call.plan.operation.streaming_input() {
                Some(_) => crate::blob(bytes),
                None => String::from_utf8_lossy(&bytes).into(),
            };
            params.insert(payload.name.to_string(), value);
        }
        Arc::new(params)
    }

    /// Notes a request, and returns its number.
    fn record(&self, call: &MadeCall, request: Request<Vec<u8>>) -> usize {
        let call = StubCall {
            service: call.service.model.name.clone(),
            operation: call.plan.operation.name.clone(),
            params: Value::clone(&call.params),
            request: Arc::new(request),
        };
        self.0.change(|book| {
            book.calls.push(call);
            book.calls.len()
        })
    }

    /// The reply to a call; the error says why there is none.
    fn find(&self, call: &MadeCall, host: &str) -> Result<Arc<Planned>, String> {
        let rules: Vec<_> = self.0.change(|book| book.rules.iter().map(|rule| rule.wanted.clone()).collect());
        let mine: Vec<bool> = self.0.change(|book| book.rules.iter().map(|rule| rule.is_for(call)).collect());
        // Closures of the test run without a lock.
        let differences: Vec<_> = rules
            .iter()
            .zip(&mine)
            .map(|(wanted, is_mine)| is_mine.then(|| RuleState::differences(wanted, call)))
            .collect();
        let found = self.0.change(|book| match book.is_in_order {
            true => next_in_order(book, &differences),
            false => next(book, &differences),
        });
        match found {
            Some(found) => found,
            None => self.housekeeping(call, host).ok_or_else(|| self.0.change(|book| refusals(book, &differences))),
        }
    }

    /// The reply to a call that no rule matches: a fake, or what a call needs that another call makes by itself.
    fn housekeeping(&self, call: &MadeCall, host: &str) -> Option<Arc<Planned>> {
        let operation = &call.plan.operation;
        let makes_session = || call.plan.quirks.sessions().is_some_and(|rule| rule.operation == operation.name);
        let output = if operation.discovers_endpoints {
            json!({"Endpoints": [{"Address": host, "CachePeriodInMinutes": DISCOVERY_MINUTES}]})
        } else if self.0.is_faking || makes_session() {
            fake::reply(&call.service, &call.plan)
        } else {
            return None;
        };
        Some(Arc::new(Planned::Given(Reply::output(output))))
    }

    /// Notes why a call has no reply. The error of the call has its name already.
    fn failure(&self, call: Option<&MadeCall>, what: &str) -> TransportError {
        let name = call.map(|call| format!("{} {}: ", call.service.model.name, call.plan.operation.name));
        self.0.change(|book| book.failures.push(name.unwrap_or_default() + what));
        TransportError::of_test_double(Error::new(ErrorKind::Stub, what))
    }
}

/// Whether the body has the chunks of a signature or of a checksum at its end.
fn is_chunked(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding.as_bytes().starts_with(b"aws-chunked"))
}

/// The content of a body in chunks: each has a line with its length, and a line end.
fn without_chunks(body: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut rest = body;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        let line = String::from_utf8_lossy(&rest[..end]);
        let length = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16);
        let begin = end.saturating_add(2);
        let chunk =
            length.ok().filter(|length| *length > 0).and_then(|length| rest.get(begin..begin.checked_add(length)?));
        let Some(chunk) = chunk else { break };
        content.extend_from_slice(chunk);
        rest = rest.get(begin.saturating_add(chunk.len()).saturating_add(2)..).unwrap_or_default();
    }
    content
}

/// The next reply of the first rule that matches and is not used up.
fn next(book: &mut RuleBook, differences: &[Option<Vec<String>>]) -> Option<Result<Arc<Planned>, String>> {
    let matching = book.rules.iter_mut().zip(differences).filter(|(_, found)| found.as_deref() == Some(&[]));
    let mut open = matching.map(|(rule, _)| rule).filter(|rule| rule.is_open() || rule.fault_text().is_some());
    open.next().map(take)
}

/// The next reply of the first rule that is not used up, which has to match.
fn next_in_order(book: &mut RuleBook, differences: &[Option<Vec<String>>]) -> Option<Result<Arc<Planned>, String>> {
    for (rule, found) in book.rules.iter_mut().zip(differences).filter(|(rule, _)| rule.is_open()) {
        if found.as_deref() == Some(&[]) {
            return Some(take(rule));
        }
        if !rule.may_be_skipped() {
            let why = found.as_ref().map(|found| rule.refusal(found));
            return Some(Err(format!("out of order: expected {}", why.unwrap_or_else(|| rule.name()))));
        }
    }
    None
}

fn take(rule: &mut RuleState) -> Result<Arc<Planned>, String> {
    if let Some(fault) = rule.fault_text() {
        return Err(fault.to_owned());
    }
    rule.next().ok_or_else(|| format!("{} has no reply", rule.name()))
}

/// Why no rule matches, with the closest rule first.
fn refusals(book: &RuleBook, differences: &[Option<Vec<String>>]) -> String {
    const MAX_SHOWN: usize = 5;
    let rules = book.rules.iter().zip(differences);
    let mut mine: Vec<_> = rules.filter_map(|(rule, found)| Some((rule, found.as_ref()?))).collect();
    if mine.is_empty() {
        let mut others: Vec<String> =
            book.rules.iter().map(|rule| format!("{} {}", rule.service, rule.operation)).collect();
        others.dedup();
        others.truncate(MAX_SHOWN);
        let hint = if others.is_empty() { "it has none".to_owned() } else { format!("it has {}", others.join(", ")) };
        return format!("the stub has no rule for this operation ({hint})");
    }
    // A rule that is used up differs in nothing; one that differs in least is meant most likely.
    mine.sort_by_key(|(_, differences)| differences.len());
    let shown: Vec<_> = mine.iter().take(MAX_SHOWN).map(|(rule, found)| rule.refusal(found)).collect();
    let more = mine.len().saturating_sub(MAX_SHOWN);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("no rule of the stub matches: {}{more}", shown.join("; "))
}
