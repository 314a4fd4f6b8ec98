//! Masks secrets in errors that quote what was sent.
//!
//! Secrets come from the model (sensitive parameters), the signer (what it adds) and the configuration (the endpoint
//! URL).

use std::borrow::Cow;

use serde_json::Value;

use super::Call;
use crate::codec::json_text::write_string;
use crate::codec::percent::{push_encoded, push_form_encoded};
use crate::error::{Error, ErrorKind, Result, Secrets};
use crate::model::mask::each_secret;
use crate::model::operation::Operation;
use crate::model::shape::Shapes;
use crate::output::{EventStream, NextEvent, Output};
use crate::protocol::typed::Sink;
use crate::value;

/// Masks the secrets that the error of a call quotes: sensitive parameters, those in the configured URL, and the token
/// that signed.
pub(super) fn masking(error: Error, call: &Call<'_>, params: &Value, token: Option<&str>) -> Error {
    let known = all_secrets(call, params, token);
    mask(error, &known, has_secret_body(&call.plan.operation))
}

/// `hides_quotes`: the response holds secrets, so an error may quote one as an unexpected value.
fn mask(error: Error, known: &Secrets, hides_quotes: bool) -> Error {
    let error = error.masking(known);
    if hides_quotes && error.kind() == ErrorKind::Response { error.masking_quotes() } else { error }
}

fn has_secret_body(operation: &Operation) -> bool {
    operation.output.as_ref().is_some_and(Shapes::have_secret_body)
}

/// Masks the error of an attempt, or those of the output's events, in the same way. An output without events costs nothing.
pub(super) fn masking_result<'p>(
    result: Result<Output>,
    call: &Call<'_>,
    params: impl Fn() -> Cow<'p, Value>,
    token: Option<&str>,
) -> Result<Output> {
    let mut output = result.map_err(|error| masking(error, call, &params(), token))?;
    if let Some(events) = output.events {
        let known = all_secrets(call, &params(), token);
        let hides_quotes = has_secret_body(&call.plan.operation);
        let (service, operation) = (events.service.clone(), events.operation.clone());
        output.events = Some(EventStream::new(MaskedEvents { events, known, hides_quotes }, &service, &operation));
    }
    Ok(output)
}

/// Events whose errors are masked.
struct MaskedEvents {
    events: EventStream,
    known: Secrets,
    hides_quotes: bool,
}

impl NextEvent for MaskedEvents {
    fn next_event(&mut self, sink: Option<&Sink<'_>>) -> Option<Result<Value>> {
        let event = self.events.next_event(sink)?;
        Some(event.map_err(|error| mask(error, &self.known, self.hides_quotes)))
    }
}

fn all_secrets(call: &Call<'_>, params: &Value, token: Option<&str>) -> Secrets {
    let mut known = secrets(&call.plan.operation, params);
    if let Some(token) = token {
        add_forms(&mut known, token);
    }
    if let Some(url) = call.client.custom_endpoint.as_deref() {
        secrets_of_url(url).for_each(|secret| add_forms(&mut known, secret));
    }
    known
}

fn secrets(operation: &Operation, params: &Value) -> Secrets {
    let mut known = Secrets::default();
    if let Some(shapes) = &operation.input {
        each_secret(shapes, params, &mut |text| {
            add_forms(&mut known, text);
            !known.is_full()
        });
    }
    known
}

/// The password in a URL, and the values of its query.
fn secrets_of_url(url: &str) -> impl Iterator<Item = &str> {
    let (before, query) = url.split_once('?').unwrap_or((url, ""));
    let user = before.rsplit_once('@').map_or("", |(before, _)| before.rsplit('/').next().unwrap_or_default());
    let password = user.split_once(':').map_or(user, |(_, password)| password);
    let values = query.split(['&', '#']).map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
    values.chain([password])
}

/// Adds a secret in plain text and in the encodings of the protocols.
fn add_forms(known: &mut Secrets, text: &str) {
    /// Errors do not quote longer values in full.
    const MAX_SECRET: usize = 16 * 1024;
    if text.len() > MAX_SECRET {
        return;
    }
    known.add(text);
    for encode in [push_encoded, push_form_encoded] {
        let mut encoded = String::new();
        encode(&mut encoded, text);
        known.add(&encoded);
    }
    let mut quoted = String::new();
    write_string(&mut quoted, text);
    known.add(quoted.trim_matches('"'));
    known.add(&value::encode(text.as_bytes()));
    // A blob is base64 already.
    if let Some(decoded) = value::decode(text).and_then(|bytes| String::from_utf8(bytes).ok()) {
        known.add(&decoded);
    }
}
