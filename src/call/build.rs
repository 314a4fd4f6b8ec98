//! The step *build*: makes the request from parameters, endpoint and body.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::endpoint::host_prefix;
use super::error::CallError;
use super::presign::push_form;
use super::{Call, not_an_object, step, trace};
use crate::body::Body;
use crate::checksum;
use crate::compression;
use crate::config::Url;
use crate::endpoint::{self, Endpoint};
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result};
use crate::features::Features;
use crate::model::operation::Operation;
use crate::runtime::Runtime;
use crate::sign::{self, Auth};
use crate::stage::Draft;
use crate::transport::SecretTarget;

/// A request that lacks only its signature.
pub(super) struct Unsigned {
    pub(super) request: http::Request<Body>,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) auth: Auth,
    pub(super) checksum: checksum::Added,
    /// The features that the request uses, for the `User-Agent` header.
    pub(super) features: Features,
}

impl Call<'_> {
    /// Builds the request of the operation.
    pub(super) fn build(&self, params: &Value, body: Option<Body>) -> Result<Unsigned> {
        let _span = step("build");
        let Call { client, plan, context, .. } = self;
        let operation = &plan.operation;
        let (endpoint, mut features) = self.resolve_endpoint(params)?;
        let mut draft = self.draft(params, body, &endpoint)?;
        draft.body.limit_spool(client.spool_limit);
        self.use_discovered_endpoint(&mut draft, params)?;
        plan.quirks.request(&mut draft, context)?;
        if let Some(rule) = plan.quirks.source_region() {
            self.add_cross_region_url(params, &mut draft, &endpoint, rule)?;
        }
        features |= Features::GZIP_REQUEST.when(compression::apply(&mut draft, operation, &client.config)?);
        apply_content_length(&mut draft)?;
        let auth = self.choose_auth(&endpoint)?;
        measure_if_required(&mut draft, operation, &auth)?;
        let is_hashed = || Ok(auth.scheme.uses_keys() && plan.quirks.payload_signing(&client.config)? != Some(false));
        let checksum = checksum::add(&mut draft, operation, params_object(params)?, &client.checksums, is_hashed)?;
        let mut request = assemble(draft, &endpoint)?;
        if operation.has_secret_target {
            request.extensions_mut().insert(SecretTarget(operation.uri.to_string()));
        }
        if let Some(made) = &self.made {
            request.extensions_mut().insert(made.clone());
        }
        add_headers(client, operation, request.headers_mut())?;
        features |= Features::REGION_REDIRECT.when(context.region.is_some()) | context.features;
        Ok(Unsigned { request, endpoint, auth, checksum, features })
    }

    /// Builds the request of a presigned URL or form. It has neither what only requests sent by this crate have (user
    /// agent, checksums, compression, trace header) nor a body.
    pub(super) fn build_for_url(&self, params: &Value) -> Result<Unsigned> {
        let (endpoint, features) = self.resolve_endpoint(params)?;
        let mut draft = self.draft(params, None, &endpoint)?;
        self.plan.quirks.presign(&mut draft, &self.context)?;
        move_form_into_query(&mut draft);
        if !draft.body.is_empty() || self.plan.operation.has_event_stream_input() {
            return Err(needs_body(&self.plan.operation));
        }
        let request = assemble(draft, &endpoint)?;
        let auth = self.choose_auth(&endpoint)?;
        Ok(Unsigned { request, endpoint, auth, checksum: checksum::Added::None, features })
    }

    /// The request as the protocol serializes it.
    pub(super) fn draft<'e>(&self, params: &Value, body: Option<Body>, endpoint: &'e Endpoint) -> Result<Draft<'e>> {
        let (service, operation) = (&self.client.service, &self.plan.operation);
        let members = params_object(params)?;
        let request = match &self.written {
            Some(document) => service.protocol.request(&service.model, operation, members, document.clone())?,
            None => service.protocol.serialize(&service.model, operation, members)?,
        };
        let host_prefix = host_prefix(self.client, operation, members)?;
        let has_payload = body.is_some() || has_payload_param(operation, members);
        let mut draft = Draft::new(request, &endpoint.url, host_prefix, body, has_payload);
        if let Some(method) = &self.context.method {
            draft.method.clone_from(method);
        }
        Ok(draft)
    }

    /// Replaces the whole host, prefix included, by the endpoint that the service names for this request, if it does.
    pub(super) fn use_discovered_endpoint(&self, draft: &mut Draft<'_>, params: &Value) -> Result<()> {
        if let Some(url) = self.discover(params_object(params)?)? {
            draft.endpoint = Cow::Owned(url.to_string());
            draft.host_prefix.clear();
        }
        Ok(())
    }

    /// Chooses the authentication scheme, and how it signs.
    pub(super) fn choose_auth(&self, endpoint: &Endpoint) -> Result<Auth> {
        let mut auth = sign::choose(&self.client.auth_options(Some(&self.plan.operation), &endpoint.auth_schemes))?;
        self.plan.quirks.auth(&mut auth, &self.context)?;
        Ok(auth)
    }
}

pub(super) fn params_object(params: &Value) -> Result<&Map<String, Value>> {
    params.as_object().ok_or_else(|| not_an_object(params))
}

/// Whether the parameters contain the raw payload, the member that is the body itself.
fn has_payload_param(operation: &Operation, params: &Map<String, Value>) -> bool {
    let payload = operation.raw_input_payload().and_then(|member| params.get(&*member.name));
    payload.is_some_and(|value| !value.is_null())
}

/// Applies the length given as a parameter to a body that does not know its own.
///
/// # Errors
/// [`ErrorKind::Body`] if the two lengths differ.
fn apply_content_length(draft: &mut Draft<'_>) -> Result<()> {
    let Some(declared) = draft.headers.get(CONTENT_LENGTH) else { return Ok(()) };
    let declared = declared.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    match (declared, draft.body.len()) {
        (Some(declared), None) => {
            draft.body.announce(declared);
            Ok(())
        }
        (Some(declared), Some(length)) if declared != length => Err(CallError::BodyLength { length, declared }.into()),
        _ => Ok(()),
    }
}

/// Determines the body's length where it is required: S3 and similar services refuse chunked bodies, and so do
/// operations whose model has `requiresLength`.
fn measure_if_required(draft: &mut Draft<'_>, operation: &Operation, auth: &Auth) -> Result<()> {
    let is_required = operation.streaming_input().is_some_and(|payload| payload.target.requires_length)
        || auth.raw_path && !auth.unsigned_payload;
    if !is_required {
        return Ok(());
    }
    draft.body.measure().map_err(|error| CallError::BodyNotMeasured.caused_by(error))
}

/// Assembles URL, headers and body into a request.
pub(super) fn assemble(draft: Draft<'_>, endpoint: &Endpoint) -> Result<http::Request<Body>> {
    let (path, query) = draft.path_and_query.split_once('?').unwrap_or((&draft.path_and_query, ""));
    let url = endpoint::join(&draft.endpoint, &draft.host_prefix, path, query);
    let uri: http::Uri = url.parse().map_err(|error| {
        let endpoint = format!("{:?}", Url(draft.endpoint.to_string()));
        CallError::Url { endpoint, error }
    })?;
    let mut request = http::Request::new(draft.body);
    *request.method_mut() = draft.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = draft.headers;
    let headers = request.headers_mut();
    for (name, value) in endpoint.headers.iter().rev() {
        // In reverse, so that the first of several values wins, as in botocore.
        let invalid = || CallError::EndpointHeader(name.clone());
        let value = HeaderValue::try_from(value).map_err(|_| invalid())?;
        headers.insert(HeaderName::try_from(name).map_err(|_| invalid())?, value);
    }
    Ok(request)
}

/// Adds the headers that presigned URLs do not have.
fn add_headers(client: &Runtime, operation: &Operation, headers: &mut HeaderMap) -> Result<()> {
    if operation.discovers_endpoints {
        let version =
            HeaderValue::try_from(&client.service.model.metadata.api_version).map_err(|_| CallError::ApiVersion)?;
        headers.insert("x-amz-api-version", version);
    }
    if client.propagates_trace {
        trace::add(headers, client.config.environment())?;
    }
    Ok(())
}

/// Moves a form body into the query, where services accept it as well. An empty JSON object is dropped.
fn move_form_into_query(draft: &mut Draft<'_>) {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    let bytes = draft.body.as_bytes().unwrap_or_default();
    let is_form = draft.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM));
    if bytes == b"{}" {
        draft.body = Body::empty();
    } else if is_form && let Ok(form) = std::str::from_utf8(bytes) {
        push_form(&mut draft.path_and_query, form);
        draft.body = Body::empty();
        draft.headers.remove(CONTENT_TYPE);
    }
}

/// The error for parameters that need a body. botocore puts the members of a JSON object into the query, where only one
/// service reads them, and crashes on XML.
fn needs_body(operation: &Operation) -> Error {
    let payload = operation.raw_input_payload().map(|member| member.name.to_string());
    CallError::NeedsBody { payload }.into()
}
