//! Compiled operations: everything that a call needs from the model, resolved once.

use std::borrow::Cow;
use std::fmt;

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::jmespath::Expression;
use crate::model::entries::Entries;
use crate::model::names;
use crate::model::shape::{Kind, Location, Member, MemberNaming, Naming, RawShape, Shapes, Structure};

/// An operation of a service.
#[derive(Debug)]
pub(crate) struct Operation {
    /// Name as spelled in the model, `SendMessage`.
    pub(crate) name: String,
    pub(crate) method: Method,
    /// The status of a success, if the model has one.
    pub(crate) response_code: Option<u16>,
    /// Request URI, including the query.
    pub(crate) uri: LabelTemplate,
    pub(crate) input: Option<Shapes>,
    pub(crate) output: Option<Shapes>,
    /// Element around the result in responses of the `query` protocol.
    pub(crate) result_wrapper: Option<String>,
    /// Prefix of the host, with `{labels}`.
    pub(crate) host_prefix: Option<LabelTemplate>,
    /// Indices of top-level input members that default to a random UUID.
    pub(crate) idempotency_members: Vec<u16>,
    pub(crate) static_context_params: Vec<(String, Value)>,
    /// Endpoint parameters, with the top-level input member that has the value.
    pub(crate) context_params: Vec<(String, String)>,
    /// Endpoint parameters, with the JMESPath that finds the value in the input.
    pub(crate) operation_context_params: Vec<(String, Expression)>,
    /// Auth schemes of the operation; empty to use the service's.
    pub(crate) auth: Vec<String>,
    /// Older form of `auth`: `none`, `v4-unsigned-body`.
    pub(crate) auth_type: Option<String>,
    pub(crate) unsigned_payload: bool,
    /// Whether every request needs a checksum of its body.
    pub(crate) checksum_required: bool,
    pub(crate) http_checksum: Option<HttpChecksum>,
    pub(crate) request_compression: Vec<String>,
    /// Shape names of the operation's modeled errors.
    pub(crate) errors: Vec<String>,
    /// Whether this is the discovery operation, whose response has the endpoints of other operations.
    pub(crate) discovers_endpoints: bool,
    /// Set if the operation uses endpoint discovery.
    pub(crate) endpoint_discovery: Option<DiscoveryTrait>,
    pub(crate) deprecated: bool,
    /// Whether the path or the names in the query, which logs show, contain sensitive values.
    pub(crate) has_secret_target: bool,
}

/// The `httpChecksum` trait.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct HttpChecksum {
    pub(crate) request_algorithm_member: Option<String>,
    pub(crate) request_checksum_required: bool,
    pub(crate) request_validation_mode_member: Option<String>,
    pub(crate) response_algorithms: Vec<String>,
}

/// The `endpointdiscovery` trait.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct DiscoveryTrait {
    /// Whether the operation has no regular endpoint to fall back to.
    #[serde(default)]
    pub(crate) required: bool,
}

/// LabelTemplate of literals and labels. A label stands for a top-level input member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LabelTemplate {
    pub(crate) parts: Vec<TemplatePart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TemplatePart {
    Literal(String),
    /// Location name of a member. A greedy label (`{Key+}`) keeps slashes unencoded.
    Label {
        name: String,
        greedy: bool,
    },
}

impl Operation {
    /// Compiles the JSON text of an operation. `lookup` returns the JSON text of a shape by name, `secrets` are the sensitive
    /// input members that the model does not mark.
    pub(crate) fn compile<'m>(
        name: &str,
        text: &'m str,
        naming: MemberNaming,
        secrets: &[&str],
        lookup: &dyn Fn(&str) -> Option<&'m str>,
    ) -> Result<Operation> {
        let raw: RawOperation<'_> = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        if let Some(reason) = raw.unreadable {
            return Err(broken(reason.into_owned()));
        }
        let method = Method::from_bytes(raw.http.method.as_bytes())
            .map_err(|_| broken(format!("bad HTTP method \"{}\"", raw.http.method)))?;
        let mut input = structure(raw.input.as_ref(), naming.input, lookup)?;
        if let Some(input) = &mut input {
            input.mark_sensitive(secrets);
        }
        let output = structure(raw.output.as_ref(), naming.output, lookup)?;
        let members = input.as_ref().and_then(Shapes::root_structure).map_or(&[][..], |structure| &structure.members);
        Ok(Operation {
            name: name.to_owned(),
            method,
            response_code: raw.http.response_code,
            uri: LabelTemplate::parse(&raw.http.request_uri).map_err(broken)?,
            host_prefix: raw.host_prefix().map(LabelTemplate::parse).transpose().map_err(broken)?,
            idempotency_members: idempotency_members(members),
            context_params: context_params(members),
            static_context_params: raw.static_context_params(),
            operation_context_params: raw.operation_context_params()?,
            checksum_required: raw.requires_checksum(),
            has_secret_target: input.as_ref().is_some_and(has_secret_target),
            input,
            output,
            result_wrapper: raw.output.and_then(|output| output.result_wrapper).map(Cow::into_owned),
            auth: raw.auth,
            auth_type: raw.authtype.map(Cow::into_owned),
            unsigned_payload: raw.unsigned_payload,
            http_checksum: raw.http_checksum,
            request_compression: raw.requestcompression.map(|compression| compression.encodings).unwrap_or_default(),
            errors: raw.errors.into_iter().filter_map(|error| error.shape).map(Cow::into_owned).collect(),
            discovers_endpoints: raw.endpointoperation,
            endpoint_discovery: raw.endpointdiscovery,
            deprecated: raw.deprecated,
        })
    }

    /// Converts the operation to one for masked parameters.
    pub(crate) fn masked(mut self) -> Operation {
        self.input = self.input.map(Shapes::masked);
        self
    }

    /// Returns the name in snake case as in boto3, `send_message`.
    pub(crate) fn snake_name(&self) -> String {
        names::snake_case(&self.name)
    }

    pub(crate) fn input_structure(&self) -> Option<&Structure> {
        self.input.as_ref().and_then(Shapes::root_structure)
    }

    pub(crate) fn output_structure(&self) -> Option<&Structure> {
        self.output.as_ref().and_then(Shapes::root_structure)
    }

    /// Returns the input member that is the raw body: a `payload` of type blob or string.
    pub(crate) fn raw_input_payload(&self) -> Option<&Member> {
        raw_payload(self.input.as_ref(), true)
    }

    /// Returns the input member that is a streaming body: a `payload` of type blob.
    pub(crate) fn streaming_input(&self) -> Option<&Member> {
        raw_payload(self.input.as_ref(), false)
    }

    /// Returns the output member that is a streaming body: a `payload` of type blob.
    pub(crate) fn streaming_output(&self) -> Option<&Member> {
        raw_payload(self.output.as_ref(), false)
    }

    pub(crate) fn has_event_stream_input(&self) -> bool {
        event_stream_member(self.input.as_ref()).is_some()
    }

    pub(crate) fn has_event_stream_output(&self) -> bool {
        self.event_stream_output().is_some()
    }

    /// Returns the output member that is an event stream.
    pub(crate) fn event_stream_output(&self) -> Option<&Member> {
        event_stream_member(self.output.as_ref())
    }

    /// Whether the response body is a stream of bytes or events.
    pub(crate) fn streams_response(&self) -> bool {
        self.streaming_output().is_some() || self.has_event_stream_output()
    }
}

fn broken(what: String) -> Error {
    Error::new(ErrorKind::Model, what)
}

/// Compiles the input or output of an operation, which is a structure.
fn structure<'m>(
    root: Option<&RawShape<'m>>,
    naming: Naming,
    lookup: &dyn Fn(&str) -> Option<&'m str>,
) -> Result<Option<Shapes>> {
    let Some(root) = root else { return Ok(None) };
    let shapes = Shapes::compile(root, naming, lookup)?;
    match shapes.root_structure() {
        Some(_) => Ok(Some(shapes)),
        None => Err(broken(format!("shape \"{}\" is not a structure", shapes.get(shapes.root().shape).name))),
    }
}

fn idempotency_members(members: &[Member]) -> Vec<u16> {
    let marked = members.iter().enumerate().filter(|(_, member)| member.target.idempotency_token);
    marked.map(|(index, _)| index as u16).collect()
}

fn context_params(members: &[Member]) -> Vec<(String, String)> {
    let bound = members.iter().filter_map(|member| Some((member.target.context_param.as_ref()?, &member.name)));
    bound.map(|(param, member)| (param.to_string(), member.to_string())).collect()
}

fn raw_payload(shapes: Option<&Shapes>, allow_string: bool) -> Option<&Member> {
    let shapes = shapes?;
    let member = shapes.root_structure()?.payload_member()?;
    match shapes.kind(&member.target) {
        Kind::Blob => Some(member),
        Kind::String if allow_string => Some(member),
        _ => None,
    }
}

fn has_secret_target(shapes: &Shapes) -> bool {
    let members = shapes.root_structure().map_or(&[][..], |structure| &structure.members);
    members.iter().any(|member| match member.target.location {
        Location::Uri => shapes.root().sensitive || shapes.is_secret(&member.target),
        Location::Query => match shapes.kind(&member.target) {
            Kind::Map { key, .. } => shapes.root().sensitive || member.target.sensitive || key.sensitive,
            _ => false,
        },
        _ => false,
    })
}

fn event_stream_member(shapes: Option<&Shapes>) -> Option<&Member> {
    let shapes = shapes?;
    shapes.root_structure()?.members.iter().find(|member| {
        member.target.location == Location::Body
            && shapes.structure(member.target.shape).is_some_and(|structure| structure.event_stream)
    })
}

impl fmt::Display for LabelTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            TemplatePart::Literal(text) => f.write_str(text),
            TemplatePart::Label { name, greedy: false } => write!(f, "{{{name}}}"),
            TemplatePart::Label { name, greedy: true } => write!(f, "{{{name}+}}"),
        })
    }
}

impl LabelTemplate {
    pub(crate) fn parse(text: &str) -> Result<LabelTemplate, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or_else(|| format!("\"{text}\": unterminated label"))? + open;
            if open > 0 {
                parts.push(TemplatePart::Literal(rest[..open].to_owned()));
            }
            let label = &rest[open + 1..close];
            let (name, greedy) = label.strip_suffix('+').map_or((label, false), |name| (name, true));
            parts.push(TemplatePart::Label { name: name.to_owned(), greedy });
            rest = &rest[close + 1..];
        }
        if !rest.is_empty() {
            parts.push(TemplatePart::Literal(rest.to_owned()));
        }
        Ok(LabelTemplate { parts })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawOperation<'m> {
    /// Why the operation could not be converted from another format.
    #[serde(borrow, default)]
    unreadable: Option<Cow<'m, str>>,
    #[serde(borrow, default)]
    http: RawHttp<'m>,
    #[serde(borrow, default)]
    input: Option<RawShape<'m>>,
    #[serde(borrow, default)]
    output: Option<RawShape<'m>>,
    #[serde(borrow, default)]
    errors: Vec<RawShape<'m>>,
    #[serde(borrow, default)]
    endpoint: Option<RawEndpoint<'m>>,
    #[serde(borrow, default)]
    static_context_params: Entries<'m, StaticContextParam>,
    #[serde(borrow, default)]
    operation_context_params: Entries<'m, OperationContextParam>,
    #[serde(default)]
    auth: Vec<String>,
    #[serde(borrow, default)]
    authtype: Option<Cow<'m, str>>,
    #[serde(default)]
    unsigned_payload: bool,
    #[serde(default)]
    http_checksum_required: bool,
    #[serde(default)]
    http_checksum: Option<HttpChecksum>,
    #[serde(default)]
    requestcompression: Option<RawCompression>,
    #[serde(default)]
    endpointoperation: bool,
    #[serde(default)]
    endpointdiscovery: Option<DiscoveryTrait>,
    #[serde(default)]
    deprecated: bool,
}

impl RawOperation<'_> {
    fn host_prefix(&self) -> Option<&str> {
        self.endpoint.as_ref()?.host_prefix.as_deref()
    }

    fn requires_checksum(&self) -> bool {
        let by_trait = self.http_checksum.as_ref().is_some_and(|checksum| checksum.request_checksum_required);
        self.http_checksum_required || by_trait
    }

    fn static_context_params(&self) -> Vec<(String, Value)> {
        let params = self.static_context_params.0.iter();
        params.map(|(name, param)| (name.to_string(), param.value.clone())).collect()
    }

    fn operation_context_params(&self) -> Result<Vec<(String, Expression)>> {
        let params = self.operation_context_params.0.iter();
        params.map(|(name, param)| Ok((name.to_string(), Expression::parse(&param.path)?))).collect()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawHttp<'m> {
    #[serde(borrow)]
    method: Cow<'m, str>,
    #[serde(borrow)]
    request_uri: Cow<'m, str>,
    response_code: Option<u16>,
}

impl Default for RawHttp<'_> {
    fn default() -> Self {
        RawHttp { method: Cow::Borrowed("POST"), request_uri: Cow::Borrowed("/"), response_code: None }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEndpoint<'m> {
    #[serde(borrow, default)]
    host_prefix: Option<Cow<'m, str>>,
}

#[derive(Deserialize)]
struct StaticContextParam {
    value: Value,
}

#[derive(Deserialize)]
struct OperationContextParam {
    path: String,
}

#[derive(Deserialize)]
struct RawCompression {
    #[serde(default)]
    encodings: Vec<String>,
}
