//! Service customizations (quirks): behaviour of single services that neither their model nor their rule set describes.
//!
//! A quirk is a table row and a function in the file of its service. It hooks into one stage of a call; its `why` names the
//! source of the behaviour. The module also has the [names](names) that older programs use, the [built-ins](BuiltIn) that only
//! the rule sets of one service have, and the [trace header](trace) of Lambda functions. No other module knows a service by
//! its name.

mod api_gateway;
mod auto_scaling;
mod cloudformation;
mod cloudfront;
mod cloudsearch_domain;
mod cloudwatch_logs;
mod dsql;
mod dynamodb;
mod ec2;
mod generators;
mod glacier;
mod health;
mod iam;
mod importexport;
mod long_polling;
mod machine_learning;
mod names;
mod parameters;
mod polly;
mod rds;
mod route_53;
mod s3;
mod s3_control;
mod savingsplans;
mod secrets;
mod signing_names;
mod sso_oidc;
mod stream_end;
mod sts;
pub(crate) mod trace;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use crate::body::Body;
use crate::config::{Config, Origin};
use crate::credentials::Credentials;
use crate::credentials::cache::RefreshWindows;
use crate::deadline::Deadline;
use crate::endpoint::{ParamValue, Parameter};
use crate::error::{Error, ErrorKind, Result, ServiceError};
use crate::features::Features;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::protocol::Serialized;
use crate::sign::Auth;

pub use cloudfront::CloudFrontSigner;

pub(crate) use generators::{Recipe, generator};
pub(crate) use names::{operation_alias, service_alias};
pub(crate) use secrets::unmarked_secrets;
pub(crate) use signing_names::signing_overrides;

/// Every quirk, by service.
static QUIRKS: &[&[Quirk]] = &[
    api_gateway::QUIRKS,
    auto_scaling::QUIRKS,
    cloudformation::QUIRKS,
    cloudsearch_domain::QUIRKS,
    cloudwatch_logs::QUIRKS,
    dynamodb::QUIRKS,
    ec2::QUIRKS,
    glacier::QUIRKS,
    health::QUIRKS,
    iam::QUIRKS,
    importexport::QUIRKS,
    long_polling::QUIRKS,
    machine_learning::QUIRKS,
    polly::QUIRKS,
    rds::QUIRKS,
    route_53::QUIRKS,
    s3::QUIRKS,
    s3_control::QUIRKS,
    savingsplans::QUIRKS,
    sso_oidc::QUIRKS,
    stream_end::QUIRKS,
    sts::QUIRKS,
];

/// The built-in endpoint parameters that only one service has.
static BUILT_INS: &[&[BuiltIn]] = &[s3::BUILT_INS, s3_control::BUILT_INS, sts::BUILT_INS];

/// One customization of one service.
pub(crate) struct Quirk {
    /// The hyphenated lower-case service id, as in botocore's event names: `s3`, `cloudwatch-logs`.
    service: &'static str,
    /// Operation names as the model spells them; empty means all operations.
    operations: &'static [&'static str],
    stage: Stage,
    /// The source of the behaviour, and the reason for the quirk where the source does not say it.
    why: &'static str,
}

/// The stage of a call at which a quirk applies.
enum Stage {
    /// Changes the caller's parameters before validation.
    Input(fn(&mut Map<String, Value>, &mut Context<'_>) -> Result<()>),
    /// Changes the endpoint parameters before the rule set is evaluated.
    Params(for<'p> fn(&mut EndpointParams<'p>, &Context<'_>) -> Result<()>),
    /// Changes the serialized request and its endpoint, before checksums and signature.
    Request(fn(&mut Draft<'_>, &Context<'_>) -> Result<()>),
    /// Changes a request that is presigned; runs instead of [`Stage::Request`]. Must move the body into the query or drop it.
    Presign(fn(&mut Draft<'_>, &Context<'_>) -> Result<()>),
    /// Adds a presigned URL to the request, with which the service copies something from another region.
    SourceRegion(SourceRegion),
    /// Changes the scheme, name or region that the request is signed with.
    Auth(fn(&mut Auth, &Context<'_>) -> Result<()>),
    /// Checks or changes the response before it is parsed.
    Response(fn(&mut RawResponse, &Context<'_>) -> Result<()>),
    /// Inspects a successful response that could not be parsed. Sets an error status if the response is a failure.
    Unreadable(fn(&mut RawResponse, &Context<'_>)),
    /// Changes the parsed output of a successful response.
    Output(fn(&mut Map<String, Value>, &RawResponse, &Context<'_>) -> Result<()>),
    /// The event that ends every complete event stream of the operation.
    LastEvent(&'static str),
    /// How failed calls are retried.
    Retry(RetryPolicy),
    /// The operation that creates session credentials.
    Session(SessionRule),
    /// How requests that reached the wrong region are redirected.
    Redirect(RedirectRule),
}

type LongPoll = fn(&Map<String, Value>) -> Duration;

/// How a service takes the source region of a cross-region copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceRegion {
    /// The parameter for the presigned URL.
    pub(crate) url: &'static str,
    /// Whether the model has the parameters `SourceRegion` and `DestinationRegion`.
    pub(crate) is_modeled: bool,
}

/// The retry settings of an operation that differ from the defaults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// The default for `max_attempts`: the first attempt and all retries.
    pub(crate) max_attempts: Option<u32>,
    /// The base of the exponential backoff, except after throttling errors.
    pub(crate) base_delay: Option<Duration>,
    /// Additional error codes to retry as transient errors.
    pub(crate) codes: &'static [&'static str],
    /// For long-polling operations: the longest time the service waits before it responds, computed from the parameters.
    pub(crate) long_poll: Option<LongPoll>,
}

impl RetryPolicy {
    /// No difference from the defaults.
    pub(crate) const DEFAULT: RetryPolicy =
        RetryPolicy { max_attempts: None, base_delay: None, codes: &[], long_poll: None };
}

/// Session credentials: created by an operation of the service and valid for one resource, such as a directory bucket.
#[derive(Debug)]
pub(crate) struct SessionRule {
    /// The operation that creates the credentials. Its only parameter is `member`.
    pub(crate) operation: &'static str,
    /// The member that names the resource, in this operation and in those that use the credentials.
    pub(crate) member: &'static str,
    pub(crate) windows: RefreshWindows,
    /// Reads the credentials from the output; `None` if it has none.
    pub(crate) read: fn(&Value) -> Option<Credentials>,
}

/// How a service reports that the resource of a request is in another region.
#[derive(Debug)]
pub(crate) struct RedirectRule {
    /// The member that names the resource.
    pub(crate) member: &'static str,
    /// Whether the name determines the region, so that there is nothing to redirect.
    pub(crate) is_bound: fn(&str) -> bool,
    /// Whether the error means that the request reached the wrong region.
    pub(crate) applies: fn(&ServiceError, &Operation) -> bool,
    /// The region that the error names, if it does.
    pub(crate) region: for<'e> fn(&'e ServiceError) -> Option<&'e str>,
    /// The response header of `probe` that names the region, on success and on failure.
    pub(crate) header: &'static str,
    /// The operation that finds the region if the error does not name it. Its only parameter is `member`.
    pub(crate) probe: &'static str,
}

/// The quirks of one operation; most operations have none.
#[derive(Debug, Default)]
pub(crate) struct Quirks(Box<[&'static Quirk]>);

/// The state of a call that quirks read and change.
pub(crate) struct Context<'c> {
    pub(crate) service: &'c ServiceModel,
    pub(crate) operation: &'c Operation,
    pub(crate) config: &'c Config,
    /// The configured endpoint URL.
    pub(crate) custom_endpoint: Option<&'c str>,
    /// Whether the endpoint comes from a rule set, which may put parameters into it.
    pub(crate) has_rule_set: bool,
    /// The region of the resource, if a redirect named another region than the client's.
    pub(crate) region: Option<Arc<str>>,
    /// The deadline of the call. Covers the credentials and the calls that this one depends on.
    pub(crate) until: Deadline,
    /// The features that the call uses, for the `User-Agent` header.
    pub(crate) features: Features,
    /// Whether the request asks for a checksum of the response.
    pub(crate) checks_answer: bool,
    /// The signing region if the endpoint does not name one.
    pub(crate) signing_region: Option<&'c str>,
    /// Overrides the HTTP method of the model.
    pub(crate) method: Option<Method>,
    /// Whether the request is presigned: the signature goes into the URL or a form, and the caller sends the request.
    pub(crate) presigns: bool,
    /// Whether the presigned URL uses the global endpoint.
    is_global: bool,
    /// Whether the caller asked for encoded keys in a listing, so that they are not decoded.
    keeps_keys_encoded: bool,
    /// Parameters that the response of a listing echoes.
    echoed: Vec<(&'static str, String)>,
}

/// A serialized request before its URL is assembled.
pub(crate) struct Draft<'e> {
    /// The endpoint URL.
    pub(crate) endpoint: Cow<'e, str>,
    /// The prefix of the endpoint's host.
    pub(crate) host_prefix: String,
    pub(crate) method: Method,
    /// The percent-encoded path and, after `?`, the query.
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Whether the caller gave a blob payload, even an empty one.
    pub(crate) has_payload: bool,
}

/// A response before it is parsed; its body is in memory unless it is streamed.
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Headers that are hidden from the parser; the output has them.
    pub(crate) withheld: HeaderMap,
    /// `None` for a streamed payload.
    pub(crate) body: Option<Vec<u8>>,
}

/// Endpoint parameters: those that the rule set declares, and their values by index.
pub(crate) struct EndpointParams<'p> {
    pub(crate) parameters: &'p [Parameter],
    pub(crate) values: Vec<Option<ParamValue<'p>>>,
}

/// An endpoint parameter whose value comes from settings. `name` is the name of its built-in or, for a client context parameter
/// of the model, its own.
struct BuiltIn {
    name: &'static str,
    value: fn(&Settings<'_>) -> Result<bool>,
    #[allow(dead_code, reason = "documentation")]
    why: &'static str,
}

/// The settings that a built-in can depend on.
pub(crate) struct Settings<'s> {
    pub(crate) config: &'s Config,
    pub(crate) region: &'s str,
    pub(crate) custom_endpoint: Option<&'s str>,
}

impl Quirks {
    /// The quirks of an operation, in the order of the table.
    pub(crate) fn of(service_id: &str, operation: &str) -> Self {
        let service = hyphenated(service_id);
        let all = QUIRKS.iter().copied().flatten();
        let mine = all.filter(|quirk| quirk.service == service);
        Quirks(mine.filter(|quirk| quirk.operations.is_empty() || quirk.operations.contains(&operation)).collect())
    }

    pub(crate) fn input(&self, params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Input(apply) = stage { apply(params, context) } else { Ok(()) })
    }

    pub(crate) fn params(&self, params: &mut EndpointParams<'_>, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Params(apply) = stage { apply(params, context) } else { Ok(()) })
    }

    pub(crate) fn request(&self, draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Request(apply) = stage { apply(draft, context) } else { Ok(()) })
    }

    pub(crate) fn presign(&self, draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Presign(apply) = stage { apply(draft, context) } else { Ok(()) })
    }

    /// How the operation takes the source region of a cross-region copy, if it does.
    pub(crate) fn source_region(&self) -> Option<SourceRegion> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::SourceRegion(rule) => Some(*rule),
            _ => None,
        })
    }

    pub(crate) fn auth(&self, auth: &mut Auth, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Auth(apply) = stage { apply(auth, context) } else { Ok(()) })
    }

    pub(crate) fn response(&self, response: &mut RawResponse, context: &Context<'_>) -> Result<()> {
        self.each(|stage| if let Stage::Response(apply) = stage { apply(response, context) } else { Ok(()) })
    }

    pub(crate) fn unreadable(&self, response: &mut RawResponse, context: &Context<'_>) {
        for quirk in &self.0 {
            if let Stage::Unreadable(apply) = quirk.stage {
                apply(response, context);
            }
        }
    }

    pub(crate) fn output(
        &self,
        value: &mut Map<String, Value>,
        response: &RawResponse,
        context: &Context<'_>,
    ) -> Result<()> {
        self.each(|stage| if let Stage::Output(apply) = stage { apply(value, response, context) } else { Ok(()) })
    }

    /// The event that ends every complete event stream of the operation, if one is documented.
    pub(crate) fn last_event(&self) -> Option<&'static str> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::LastEvent(name) => Some(*name),
            _ => None,
        })
    }

    /// How failed calls are retried; no operation has two such rows.
    pub(crate) fn retry_policy(&self) -> &'static RetryPolicy {
        let row = self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Retry(policy) => Some(policy),
            _ => None,
        });
        row.unwrap_or(&RetryPolicy::DEFAULT)
    }

    /// How the service creates session credentials, if it has them.
    pub(crate) fn sessions(&self) -> Option<&'static SessionRule> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Session(rule) => Some(rule),
            _ => None,
        })
    }

    /// How the service redirects requests to other regions, if it does.
    pub(crate) fn redirects(&self) -> Option<&'static RedirectRule> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Redirect(rule) => Some(rule),
            _ => None,
        })
    }

    fn each(&self, mut apply: impl FnMut(&Stage) -> Result<()>) -> Result<()> {
        self.0.iter().try_for_each(|quirk| apply(&quirk.stage))
    }
}

/// The value of a built-in that only one service has; `None` for all others.
pub(crate) fn built_in(name: &str, settings: &Settings<'_>) -> Result<Option<bool>> {
    let found = BUILT_INS.iter().copied().flatten().find(|built_in| built_in.name == name);
    found.map(|built_in| (built_in.value)(settings)).transpose()
}

/// The service-specific dual-stack setting, if the service has one. A `false` in the profile counts as unset
/// (botocore's `client.py: ClientEndpointBridge._is_s3_dualstack_mode`).
pub(crate) fn dual_stack(service_id: &str, config: &Config) -> Result<Option<bool>> {
    let own = match hyphenated(service_id).as_str() {
        "s3" | "s3-control" => config.s3_use_dualstack_endpoint()?,
        _ => None,
    };
    Ok(own.filter(|own| own.value || own.origin == Origin::Builder).map(|own| own.value))
}

fn hyphenated(service_id: &str) -> String {
    service_id.to_ascii_lowercase().replace(' ', "-")
}

/// A validation error for a parameter; `path` starts after `input.`.
fn invalid(path: &str, problem: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Validation, format!("input.{path}: {problem}"))
}

impl std::fmt::Debug for Quirk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quirk({}, {:?}: {})", self.service, self.operations, self.why)
    }
}

impl<'c> Context<'c> {
    pub(crate) fn new(
        service: &'c ServiceModel,
        operation: &'c Operation,
        config: &'c Config,
        custom_endpoint: Option<&'c str>,
        has_rule_set: bool,
        signing_region: Option<&'c str>,
    ) -> Self {
        Context {
            service,
            operation,
            config,
            custom_endpoint,
            has_rule_set,
            region: None,
            until: Deadline::NONE,
            features: Features::NONE,
            signing_region,
            method: None,
            presigns: false,
            is_global: false,
            checks_answer: false,
            keeps_keys_encoded: false,
            echoed: Vec::new(),
        }
    }

    /// The time until the deadline, for calls that this one depends on.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.until.left()
    }
}

impl<'e> Draft<'e> {
    /// `body` overrides the serialized body: the payload that the caller gave separately from the parameters.
    pub(crate) fn new(
        request: Serialized,
        endpoint: &'e str,
        host_prefix: String,
        body: Option<Body>,
        has_payload: bool,
    ) -> Self {
        Draft {
            endpoint: Cow::Borrowed(endpoint),
            host_prefix,
            method: request.method,
            path_and_query: request.path_and_query,
            headers: request.headers,
            body: body.unwrap_or_else(|| Body::from(request.body)),
            has_payload,
        }
    }
}

impl<'p> EndpointParams<'p> {
    /// Sets a parameter if the rule set declares one of that name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<ParamValue<'p>>) {
        if let Some(index) = self.index(name) {
            self.values[index] = Some(value.into());
        }
    }

    /// Sets the parameter of a built-in unless it has a value.
    pub(crate) fn set_built_in(&mut self, built_in: &str, value: impl Into<ParamValue<'p>>) {
        let index = self.parameters.iter().position(|parameter| parameter.built_in.as_deref() == Some(built_in));
        if let Some(slot) = index.map(|index| &mut self.values[index]).filter(|slot| slot.is_none()) {
            *slot = Some(value.into());
        }
    }

    /// Sets the parameter of a built-in, replacing its value.
    pub(crate) fn replace_built_in(&mut self, built_in: &str, value: impl Into<ParamValue<'p>>) {
        let index = self.parameters.iter().position(|parameter| parameter.built_in.as_deref() == Some(built_in));
        if let Some(index) = index {
            self.values[index] = Some(value.into());
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.values[self.index(name)?].as_ref()? {
            ParamValue::String(text) => Some(text),
            _ => None,
        }
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.parameters.iter().position(|parameter| *parameter.name == *name)
    }
}

#[cfg(all(test, feature = "bundled-models"))]
mod tests {
    use super::*;
    use crate::config::Environment;
    use crate::session::Session;

    /// A quirk with a mistyped name would never apply.
    #[test]
    fn services_and_operations_exist() {
        // Model folders whose name is not the service id.
        const FOLDERS: &[(&str, &str)] = &[
            ("api-gateway", "apigateway"),
            ("auto-scaling", "autoscaling"),
            ("cloudsearch-domain", "cloudsearchdomain"),
            ("cloudwatch-logs", "logs"),
            ("dynamodb-streams", "dynamodbstreams"),
            ("machine-learning", "machinelearning"),
            ("route-53", "route53"),
            ("s3-control", "s3control"),
            ("sfn", "stepfunctions"),
        ];
        let environment = Environment::from_pairs([("AWS_REGION", "us-east-1")]);
        let session = Session::builder().environment(environment).build().unwrap();
        let client = |id: &str| {
            let folder = FOLDERS.iter().find(|(known, _)| *known == id).map_or(id, |(_, folder)| folder);
            let client = session.client(folder).unwrap();
            assert_eq!(hyphenated(client.service_id()), id);
            client
        };
        for quirk in QUIRKS.iter().copied().flatten() {
            let client = client(quirk.service);
            for operation in quirk.operations {
                assert!(client.describe(operation).is_ok_and(|found| found["operation"] == *operation), "{quirk:?}");
            }
        }
        for (id, old, new) in names::OPERATIONS {
            assert_eq!(client(id).describe(old).unwrap()["method_name"], *new);
        }
    }
}
