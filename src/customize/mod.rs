//! The quirk room: what services do that neither their model nor their rule set says.
//!
//! A quirk is a row in the file of its service and a function beside it. It hooks into one stage of a call, and `why` tells
//! where the behaviour is known from. Three smaller tables stand beside: the [names](names) that older programs use, the
//! [built-ins](BuiltIn) of rule sets that only one service asks for, and the [trace header](trace) of functions. Nothing
//! outside of this room knows a service by its name.

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
use std::time::{Duration, Instant};

use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use crate::body::Body;
use crate::config::{Config, Origin};
use crate::credentials::Credentials;
use crate::credentials::cache::RefreshWindows;
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

/// All quirks.
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

/// The built-in parameters of rule sets that a single service knows.
static BUILT_INS: &[&[BuiltIn]] = &[s3::BUILT_INS, s3_control::BUILT_INS, sts::BUILT_INS];

/// One deviation of one service.
pub(crate) struct Quirk {
    /// The service's id in lower case with hyphens, as botocore's events have it: `s3`, `cloudwatch-logs`.
    service: &'static str,
    /// In the model's spelling; empty means all.
    operations: &'static [&'static str],
    stage: Stage,
    /// Where this is known from.
    why: &'static str,
}

/// Where in a call a quirk takes effect.
enum Stage {
    /// The caller's parameters, before they are validated.
    Input(fn(&mut Map<String, Value>, &mut Context<'_>) -> Result<()>),
    /// The parameters of the endpoint's rule set, before it is resolved.
    Params(for<'p> fn(&mut EndpointParams<'p>, &Context<'_>) -> Result<()>),
    /// The serialised request and the endpoint it goes to, before checksums and signature.
    Request(fn(&mut Draft<'_>, &Context<'_>) -> Result<()>),
    /// The same for a request whose signature is to stand in its URL; the stage above is left out there. The body has to end up in
    /// the query, or nowhere.
    Presign(fn(&mut Draft<'_>, &Context<'_>) -> Result<()>),
    /// A form that has a URL in it, by which the service may get something from another region.
    SourceRegion(SourceRegion),
    /// How the request is going to be signed.
    Auth(fn(&mut Auth, &Context<'_>) -> Result<()>),
    /// The response, before it is parsed.
    Response(fn(&mut RawResponse, &Context<'_>) -> Result<()>),
    /// A success that could not be parsed. A function that finds a failure in it gives it the status of one.
    Unreadable(fn(&mut RawResponse, &Context<'_>)),
    /// The value of a successful response.
    Output(fn(&mut Map<String, Value>, &RawResponse, &Context<'_>) -> Result<()>),
    /// The event without which a stream of events is not whole.
    LastEvent(&'static str),
    /// How failed calls are repeated.
    Retry(RetryPolicy),
    /// Which operation makes the keys for the scheme that signs with a session's.
    Session(SessionRule),
    /// What becomes of requests that came to the wrong region.
    Redirect(RedirectRule),
}

type LongPoll = fn(&Map<String, Value>) -> Duration;

/// How a service wants to be told of another region.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceRegion {
    /// The parameter that has the URL.
    pub(crate) url: &'static str,
    /// The service knows the parameters `SourceRegion` and `DestinationRegion` itself.
    pub(crate) is_modeled: bool,
}

/// How failed calls of an operation are repeated, as far as that differs from all others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// How often a request is sent at most, unless it is configured.
    pub(crate) max_attempts: Option<u32>,
    /// What delays grow from, unless the service throttles.
    pub(crate) base_delay: Option<Duration>,
    /// Codes of failures that pass.
    pub(crate) codes: &'static [&'static str],
    /// For operations whose answer waits for something to happen: how long at most, by the parameters.
    pub(crate) long_poll: Option<LongPoll>,
}

impl RetryPolicy {
    /// Nothing differs.
    pub(crate) const DEFAULT: RetryPolicy =
        RetryPolicy { max_attempts: None, base_delay: None, codes: &[], long_poll: None };
}

/// Keys that are good for one thing of a service, and that one of its operations makes.
#[derive(Debug)]
pub(crate) struct SessionRule {
    /// Takes the member alone.
    pub(crate) operation: &'static str,
    /// The member that names the thing, here and in the operations that use the keys.
    pub(crate) member: &'static str,
    pub(crate) windows: RefreshWindows,
    /// Reads the keys from the answer; `None` where it has none.
    pub(crate) read: fn(&Value) -> Option<Credentials>,
}

/// How a service tells that what a request is about lies in another region.
#[derive(Debug)]
pub(crate) struct RedirectRule {
    /// The member that names what lies there.
    pub(crate) member: &'static str,
    /// Whether the name itself says where that is.
    pub(crate) is_bound: fn(&str) -> bool,
    /// Whether the answer means that the request came to the wrong region.
    pub(crate) applies: fn(&ServiceError, &Operation) -> bool,
    /// The region, where the answer names it.
    pub(crate) region: for<'e> fn(&'e ServiceError) -> Option<&'e str>,
    /// The header in which `probe` tells the region, be it successful or not.
    pub(crate) header: &'static str,
    /// The operation that is asked where the answer does not name it. Takes the member alone.
    pub(crate) probe: &'static str,
}

/// The quirks of one operation; most have none.
#[derive(Debug, Default)]
pub(crate) struct Quirks(Box<[&'static Quirk]>);

/// What a quirk may know of the call.
pub(crate) struct Context<'c> {
    pub(crate) service: &'c ServiceModel,
    pub(crate) operation: &'c Operation,
    pub(crate) config: &'c Config,
    /// The endpoint that the user configured.
    pub(crate) custom_endpoint: Option<&'c str>,
    /// A rule set makes the endpoint, and may put parameters into it.
    pub(crate) has_rule_set: bool,
    /// The region that what the call is about lies in, where an answer named another one than the client's.
    pub(crate) region: Option<Arc<str>>,
    /// When nobody waits any more, neither for credentials nor for calls that this one needs.
    pub(crate) until: Option<Instant>,
    /// What the call makes use of, for the `User-Agent` header.
    pub(crate) features: Features,
    /// The checksum of the answer was asked for.
    pub(crate) checks_answer: bool,
    /// The region that signs where the endpoint does not name one.
    pub(crate) signing_region: Option<&'c str>,
    /// In place of the model's.
    pub(crate) method: Option<Method>,
    /// The signature is to stand in the URL (or in a form), and somebody else sends the request.
    pub(crate) presigns: bool,
    /// Such a URL goes to the endpoint that stands for all regions.
    is_global: bool,
    /// The caller asked for encoded keys in a listing, and so wants them as they come.
    keeps_keys_encoded: bool,
    /// Parameters of a listing that its response repeats.
    echoed: Vec<(&'static str, String)>,
}

/// A request whose URL is still in parts.
pub(crate) struct Draft<'e> {
    /// The endpoint's URL.
    pub(crate) endpoint: Cow<'e, str>,
    /// What goes before its host.
    pub(crate) host_prefix: String,
    pub(crate) method: Method,
    /// The path and, after `?`, the query: percent-encoded, as it goes on the wire.
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// The caller gave the payload of bytes, however empty.
    pub(crate) has_payload: bool,
}

/// A response whose body, unless it stays a stream, is in memory.
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Headers that the parser does not get to see; they are among the headers of the output all the same.
    pub(crate) withheld: HeaderMap,
    /// `None` for a payload that stays a stream.
    pub(crate) body: Option<Vec<u8>>,
}

/// The values for the parameters of a rule set, by name.
pub(crate) struct EndpointParams<'p> {
    pub(crate) parameters: &'p [Parameter],
    pub(crate) values: Vec<Option<ParamValue<'p>>>,
}

/// A parameter of a rule set that settings fill, by the name of its built-in, else, where it is one of the model's settings of
/// clients, by its own.
struct BuiltIn {
    name: &'static str,
    value: fn(&Settings<'_>) -> Result<bool>,
    #[allow(dead_code, reason = "it is there for people to read")]
    why: &'static str,
}

/// What a built-in may depend on.
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

    /// How the service wants to be told of another region, where the operation can take one.
    pub(crate) fn source_region(&self) -> Option<SourceRegion> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::SourceRegion(told) => Some(*told),
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

    /// The event without which the operation's stream of events is not whole, where there is such.
    pub(crate) fn last_event(&self) -> Option<&'static str> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::LastEvent(name) => Some(*name),
            _ => None,
        })
    }

    /// How failed calls are repeated; no operation has two rows for that.
    pub(crate) fn retry_policy(&self) -> &'static RetryPolicy {
        let row = self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Retry(repeats) => Some(repeats),
            _ => None,
        });
        row.unwrap_or(&RetryPolicy::DEFAULT)
    }

    /// Who makes the keys of sessions, for a service that has such.
    pub(crate) fn sessions(&self) -> Option<&'static SessionRule> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Session(sessions) => Some(sessions),
            _ => None,
        })
    }

    /// How the service tells of other regions, where it does.
    pub(crate) fn redirects(&self) -> Option<&'static RedirectRule> {
        self.0.iter().find_map(|quirk| match &quirk.stage {
            Stage::Redirect(redirects) => Some(redirects),
            _ => None,
        })
    }

    fn each(&self, mut apply: impl FnMut(&Stage) -> Result<()>) -> Result<()> {
        self.0.iter().try_for_each(|quirk| apply(&quirk.stage))
    }
}

/// The value of a parameter that a single service knows; `None` for all others.
pub(crate) fn built_in(name: &str, settings: &Settings<'_>) -> Result<Option<bool>> {
    let found = BUILT_INS.iter().copied().flatten().find(|built_in| built_in.name == name);
    found.map(|built_in| (built_in.value)(settings)).transpose()
}

/// A service's own setting for endpoints that speak IPv6 too, where it has one. A `false` of the profile says nothing
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

/// An error about a parameter; `path` begins behind `input.`.
fn invalid(path: &str, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Validation, format!("input.{path}: {what}"))
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
            until: None,
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

    /// What the deadline of the call leaves for calls that it needs itself.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(Instant::now()))
    }
}

impl<'e> Draft<'e> {
    /// `body` is the payload that was given outside of the parameters.
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
    /// Sets a parameter, where the rule set has one of that name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<ParamValue<'p>>) {
        if let Some(index) = self.index(name) {
            self.values[index] = Some(value.into());
        }
    }

    /// Sets a parameter that a setting fills, unless something more specific did.
    pub(crate) fn set_built_in(&mut self, built_in: &str, value: impl Into<ParamValue<'p>>) {
        let index = self.parameters.iter().position(|parameter| parameter.built_in.as_deref() == Some(built_in));
        if let Some(slot) = index.map(|index| &mut self.values[index]).filter(|slot| slot.is_none()) {
            *slot = Some(value.into());
        }
    }

    /// Sets a parameter that a setting filled anew.
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

    /// A name that was mistyped would be a quirk that never takes effect.
    #[test]
    fn services_and_operations_exist() {
        // The folders that are not called by the service's id.
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
