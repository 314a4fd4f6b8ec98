//! Explanations: what a call would send, and why.

use http::Request;
use serde_json::{Map, Value, json};

use super::attempts::Attempts;
use super::masked::{has_secret_payload, mask_prepared, masked_params};
use super::sign::Identity;
use super::{Call, CallOptions, Prepared, prepare};
use crate::body::Body;
use crate::checksum::Added;
use crate::config::proxy::without_secrets;
use crate::endpoint::{Endpoint, ParamValue, Parameter};
use crate::error::Result;
use crate::sign::{Auth, Scheme};
use crate::stage::EndpointParams;

/// Implements [`Request::explain`](crate::Request::explain): an object with one entry for each step.
pub(crate) fn explain(call: &mut Call<'_>, options: CallOptions) -> Result<Value> {
    options.check()?;
    let has_secret_body = has_secret_payload(call, &options);
    let mut attempts = Attempts::new(call.client, call.plan, &options, None);
    let prepared = prepare(call, options)?;
    attempts.allow_long_poll(&prepared.params);
    let Prepared { request, params, endpoint, auth, checksum, identity } = prepared;
    let shown_params = masked_params(&call.plan.operation, &params)?;
    let build = build(call, &shown_params, &endpoint, &checksum)?;
    let request = mask_prepared(call, request, &params, &endpoint, has_secret_body)?;
    Ok(json!({
        "service": call.client.service.model.name,
        "operation": call.plan.operation.name,
        "steps": {
            "accept": with_quirks(call, "accept", json!({"params": shown_params})),
            "build": with_quirks(call, "build", build),
            "sign": with_quirks(call, "sign", sign(call, &auth, &identity)),
            "send": {"request": shown(&request), "limits": attempts.explain_limits()},
            "read": with_quirks(call, "read", read(call)),
            "judge": with_quirks(call, "judge", attempts.explain_retries()),
        },
    }))
}

fn with_quirks(call: &Call<'_>, step: &str, mut explained: Value) -> Value {
    let quirks: Vec<Value> =
        call.plan.quirks.of_step(step).map(|(stage, why)| json!({"stage": stage, "why": why})).collect();
    explained["quirks"] = Value::Array(quirks);
    explained
}

fn build(call: &Call<'_>, params: &Value, endpoint: &Endpoint, checksum: &Added) -> Result<Value> {
    let mut about = Map::new();
    about.insert("url".to_owned(), without_secrets(&endpoint.url).into());
    match &call.client.rules {
        Some(rules) => {
            let path: String = endpoint.rule.iter().map(|index| format!("/rules/{index}")).collect();
            about.insert("rule_set".to_owned(), rules.set.origin().into());
            about.insert("rule".to_owned(), path.into());
            let parameters = call.with_endpoint_params(rules, params, |params| Ok(endpoint_params(params)))?;
            about.insert("parameters".to_owned(), parameters);
        }
        None => {
            let is_configured = call.client.custom_endpoint.is_some();
            about.insert("source".to_owned(), if is_configured { "endpoint_url" } else { "endpoints.json" }.into());
        }
    }
    let checksum = match checksum {
        Added::None => Value::Null,
        Added::Header(name) => json!({"header": name.as_str()}),
        Added::Trailer => json!("trailer"),
    };
    Ok(json!({"protocol": call.client.service.protocol_name, "endpoint": about, "checksum": checksum}))
}

fn endpoint_params(params: &EndpointParams<'_>) -> Value {
    let shown = |(parameter, value): (&Parameter, &ParamValue<'_>)| {
        let value = match value {
            ParamValue::Bool(flag) => Value::Bool(*flag),
            ParamValue::StringArray(items) => items.iter().map(|item| &**item).collect(),
            ParamValue::String(text) if parameter.built_in.as_deref() == Some("SDK::Endpoint") => {
                without_secrets(text).into()
            }
            ParamValue::String(text) => (**text).into(),
        };
        (parameter.name.to_string(), value)
    };
    let given = params.parameters.iter().zip(&params.values);
    given.filter_map(|(parameter, value)| Some(shown((parameter, value.as_ref()?)))).collect()
}

fn sign(call: &Call<'_>, auth: &Auth, identity: &Identity) -> Value {
    let source = match identity {
        Identity::Anonymous => Value::Null,
        Identity::Token(token) => json!({"token": format!("{:?}", token.origin())}),
        Identity::Credentials(credentials) | Identity::Session(credentials, _) => json!({
            "provider": call.client.outside.provider_name(),
            "origin": format!("{:?}", credentials.origin()),
            "session": matches!(identity, Identity::Session(..)),
        }),
    };
    let signs = !matches!(auth.scheme, Scheme::None | Scheme::Bearer);
    json!({
        "scheme": auth.scheme.name(),
        "signing_name": signs.then_some(&auth.service),
        "region": signs.then_some(&auth.region),
        "credentials": source,
    })
}

fn read(call: &Call<'_>) -> Value {
    let operation = &call.plan.operation;
    json!({
        "streams_payload": operation.streaming_output().is_some(),
        "streams_events": operation.has_event_stream_output(),
        "validates_checksum": call.context.checks_response
            && operation.http_checksum.as_ref().is_some_and(|checksum| !checksum.response_algorithms.is_empty()),
    })
}

/// The request as JSON. A body that is no text is shown by its length.
fn shown(request: &Request<Body>) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        let joined = match headers.get(name.as_str()).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.into_owned(),
        };
        headers.insert(name.as_str().to_owned(), joined.into());
    }
    let text = request.body().as_bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
    json!({
        "method": request.method().as_str(),
        "url": request.uri().to_string(),
        "headers": headers,
        "body": text,
        "body_length": request.body().len(),
    })
}
