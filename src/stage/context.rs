//! [`Context`]: the state of one call.

use std::sync::Arc;
use std::time::Duration;

use http::Method;

use crate::cancel::CancelToken;
use crate::config::Config;
use crate::deadline::Deadline;
use crate::features::Features;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;

/// The state of a call that quirks read and change.
#[derive(Clone)]
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
    pub(crate) deadline: Deadline,
    /// Ends the call, and the calls that it depends on.
    pub(crate) cancel: Option<CancelToken>,
    /// The features that the call uses, for the `User-Agent` header.
    pub(crate) features: Features,
    /// Whether the request asks for a checksum of the response.
    pub(crate) checks_response: bool,
    /// The signing region if the endpoint does not name one.
    pub(crate) signing_region: Option<&'c str>,
    /// Overrides the HTTP method of the model.
    pub(crate) method: Option<Method>,
    /// Whether the request is presigned: the signature goes into the URL or a form, and the caller sends the request.
    pub(crate) presigns: bool,
    /// Whether the presigned URL uses the global endpoint.
    pub(crate) is_global: bool,
    /// Whether the caller asked for encoded keys in a listing, so that they are not decoded.
    pub(crate) keeps_keys_encoded: bool,
    /// Parameters that the response of a listing echoes.
    pub(crate) echoed: Vec<(&'static str, String)>,
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
            deadline: Deadline::NONE,
            cancel: None,
            features: Features::NONE,
            signing_region,
            method: None,
            presigns: false,
            is_global: false,
            checks_response: false,
            keeps_keys_encoded: false,
            echoed: Vec::new(),
        }
    }

    /// The same context for another operation.
    pub(crate) fn of<'o>(&self, operation: &'o Operation) -> Context<'o>
    where
        'c: 'o,
    {
        Context { operation, ..self.clone() }
    }

    /// The time until the deadline, for calls that this one depends on.
    pub(crate) fn time_left(&self) -> Option<Duration> {
        self.deadline.left()
    }
}
