//! [`Quirk`]: a row of the table, and the rules that rows contain.

use serde_json::{Map, Value};

use super::generator::Generator;
use crate::config::{Config, Origin, Resolved};
use crate::credentials::Credentials;
use crate::credentials::cache::RefreshWindows;
use crate::error::{Result, ServiceError};
use crate::model::operation::Operation;
use crate::retry::RetryPolicy;
use crate::sign::Auth;
use crate::stage::{Context, Draft, EndpointParams, RawResponse};

/// One customization of one service.
pub(crate) struct Quirk {
    /// The hyphenated lower-case service id, as in botocore's event names: `s3`, `cloudwatch-logs`.
    pub(super) service: &'static str,
    /// Operation names as the model spells them; empty means all operations.
    pub(super) operations: &'static [&'static str],
    pub(super) stage: Stage,
    /// The source of the behaviour, and the reason for the quirk where the source does not say it.
    pub(super) why: &'static str,
}

type InputQuirk = fn(&mut Map<String, Value>, &mut Context<'_>) -> Result<()>;

/// What a quirk changes: a stage of a call, or a property of the service or operation.
pub(crate) enum Stage {
    /// Changes the caller's parameters before validation.
    Input(InputQuirk),
    /// As [`Stage::Input`], but changes and reads no parameters but these.
    Members(&'static [&'static str], InputQuirk),
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
    /// Makes an output what a service sends, for test doubles: the reverse of [`Stage::Output`].
    Served(fn(&mut Map<String, Value>, &Operation)),
    /// Replaces the document that was made of an output, where the model does not describe it.
    ServedDocument(fn(&Map<String, Value>) -> Vec<u8>),
    /// Strings of the output are percent-encoded if the response says so.
    Encoding(EncodingRule),
    /// The event that ends every complete event stream of the operation.
    LastEvent(&'static str),
    /// How failed calls are retried.
    Retry(RetryPolicy),
    /// The operation that creates session credentials.
    Session(SessionRule),
    /// How requests that reached the wrong region are redirected.
    Redirect(RedirectRule),
    /// An endpoint parameter whose value comes from settings.
    BuiltIn(BuiltIn),
    /// The service's own setting for dual-stack endpoints.
    DualStack(fn(&Config) -> Result<Option<&Resolved<bool>>>),
    /// The service's own setting for signing payloads.
    PayloadSigning(fn(&Config) -> Result<Option<bool>>),
    /// How requests that no model describes are signed.
    UnmodeledSigning(UnmodeledSigning),
    /// Input members, at any depth, that are sensitive although the model does not mark them.
    SensitiveMembers(&'static [&'static str]),
    /// A former method name of an operation in boto3, and the current one.
    FormerName(&'static str, &'static str),
    /// Another name of the service that is in no model, in lower-case letters and digits, and the name of its folder.
    ServiceAlias(&'static str, &'static str),
    /// Something that a client of the service generates without a call.
    Generate(Generator),
}

impl Stage {
    /// The step of a call that the stage belongs to; `None` for what is decided before a call.
    pub(super) fn step(&self) -> Option<&'static str> {
        match self {
            Stage::Input(_) | Stage::Members(..) => Some("accept"),
            Stage::Params(_) | Stage::Request(_) | Stage::SourceRegion(_) | Stage::Auth(_) => Some("build"),
            Stage::Session(_) | Stage::PayloadSigning(_) => Some("sign"),
            Stage::Response(_) | Stage::Unreadable(_) | Stage::Output(_) | Stage::Encoding(_) | Stage::LastEvent(_) => {
                Some("read")
            }
            Stage::Retry(_) | Stage::Redirect(_) => Some("judge"),
            _ => None,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Stage::Input(_) | Stage::Members(..) => "input",
            Stage::Params(_) => "endpoint parameters",
            Stage::Request(_) => "request",
            Stage::Presign(_) => "presigned request",
            Stage::SourceRegion(_) => "source region",
            Stage::Auth(_) => "authentication scheme",
            Stage::Response(_) => "response",
            Stage::Unreadable(_) => "unreadable response",
            Stage::Output(_) => "output",
            Stage::Served(_) => "served output",
            Stage::ServedDocument(_) => "served document",
            Stage::Encoding(_) => "encoded strings",
            Stage::LastEvent(_) => "last event",
            Stage::Retry(_) => "retry policy",
            Stage::Session(_) => "session credentials",
            Stage::Redirect(_) => "redirect",
            Stage::BuiltIn(_) => "built-in endpoint parameter",
            Stage::DualStack(_) => "dual-stack setting",
            Stage::PayloadSigning(_) => "payload signing",
            Stage::UnmodeledSigning(_) => "signing of unmodeled requests",
            Stage::SensitiveMembers(_) => "sensitive members",
            Stage::FormerName(..) => "former name of an operation",
            Stage::ServiceAlias(..) => "alias of the service",
            Stage::Generate(_) => "generator",
        }
    }
}

/// How strings of an output are decoded. The reader decodes those in lists, and the others follow.
pub(crate) struct EncodingRule {
    /// Lists of the output, and the encoded member of their items.
    pub(crate) items: &'static [(&'static str, &'static str)],
    /// The member that says whether the response is encoded, and other members that may be encoded.
    pub(crate) members: &'static [&'static str],
    /// Whether the rule applies to a call.
    pub(crate) applies: fn(&Context<'_>) -> bool,
    /// Whether a document seems to say that it is encoded, before it is read.
    pub(crate) seems_encoded: fn(&[u8]) -> bool,
    /// Whether a member says so.
    pub(crate) says_encoded: fn(&str, &Value) -> bool,
    /// Decodes one of `members`; `false` if that depends on more than the member.
    pub(crate) decode: fn(&str, &mut Value, &Context<'_>) -> bool,
    /// Decodes all of `members`.
    pub(crate) decode_all: fn(&mut Map<String, Value>, &Context<'_>),
}

/// How a service takes the source region of a cross-region copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SourceRegion {
    /// The parameter for the presigned URL.
    pub(crate) url: &'static str,
    /// Whether the model has the parameters `SourceRegion` and `DestinationRegion`.
    pub(crate) is_modeled: bool,
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

/// An endpoint parameter whose value comes from settings.
pub(crate) struct BuiltIn {
    /// The name of the built-in or, for a client context parameter of the model, its own.
    pub(super) name: &'static str,
    pub(super) value: fn(&Settings<'_>) -> Result<bool>,
}

/// The settings that a built-in can depend on.
pub(crate) struct Settings<'s> {
    pub(crate) config: &'s Config,
    pub(crate) region: &'s str,
    pub(crate) custom_endpoint: Option<&'s str>,
}

/// How the signatures of requests that no model describes differ from the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct UnmodeledSigning {
    /// The signing names that this applies to.
    pub(super) signing_names: &'static [&'static str],
    /// Whether the path is signed without normalization and double encoding.
    pub(crate) raw_path: bool,
    /// Whether the payload hash must be in a header.
    pub(crate) hash_in_header: bool,
}

impl std::fmt::Debug for Quirk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quirk({}, {:?}: {})", self.service, self.operations, self.why)
    }
}

/// The value of a service's own dual-stack setting. A `false` in the profile counts as unset (botocore's `client.py:
/// ClientEndpointBridge._is_s3_dualstack_mode`).
pub(super) fn effective(own: &Resolved<bool>) -> Option<bool> {
    (own.value || own.origin == Origin::Builder).then_some(own.value)
}
