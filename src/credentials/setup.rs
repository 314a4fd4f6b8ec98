//! What providers are made from, and how those that need a service call it.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Credentials;
use crate::body::Body;
use crate::clock::Clock;
use crate::config::{Config, Overrides};
use crate::error::{Error, ErrorKind, Result};
use crate::transport::Transport;

/// What a provider of the chain is made from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) services: Arc<dyn Services>,
    /// The transport that the user gave the session; `None` where it uses the crate's own.
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) mfa_prompt: Option<Arc<MfaPrompt>>,
    /// The provider was asked for by its name (`credential_source = Environment`), so that it shall not hold back because
    /// some other place goes before it.
    pub(crate) by_name: bool,
}

/// Gives the code that the device with this serial number shows.
pub(crate) type MfaPrompt = dyn Fn(&str) -> std::io::Result<String> + Send + Sync;

/// The crate's own clients, as providers see them: these stand below clients and calls, so the session hands them in.
pub(crate) trait Services: Send + Sync {
    fn call(&self, call: ServiceCall<'_>) -> Result<Value>;
}

/// A call of a service that gives out credentials or tokens.
pub(crate) struct ServiceCall<'a> {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) params: Value,
    /// `None` for the region of the client that needs the credentials.
    pub(crate) region: Option<&'a str>,
    /// `None` for a request without a signature.
    pub(crate) credentials: Option<&'a Credentials>,
    /// The last hand on the request.
    pub(crate) finish: Option<&'a Finish<'a>>,
}

/// Adds to a request what no model tells of.
pub(crate) type Finish<'a> = dyn Fn(&mut http::Request<Body>) -> Result<()> + 'a;

impl Setup {
    /// The same for another profile, as if it had been chosen in code: the environment's credentials do not count.
    pub(super) fn with_profile(&self, name: &str) -> Setup {
        let overrides = Overrides { profile: Some(name.to_owned()), ..Overrides::default() };
        Setup { config: self.config.with(overrides), ..self.clone() }
    }

    /// On a machine without a network; no service can be called.
    #[cfg(test)]
    pub(super) fn offline(config: &Config) -> Setup {
        use crate::transport::{TransportError, TransportErrorKind};
        let transport = |_| Err(TransportError::new(TransportErrorKind::Connect, "offline"));
        struct Offline;
        impl Services for Offline {
            fn call(&self, call: ServiceCall<'_>) -> Result<Value> {
                panic!("{} {} was called", call.service, call.operation)
            }
        }
        Setup {
            config: config.clone(),
            clock: Arc::new(crate::clock::SystemClock),
            services: Arc::new(Offline),
            transport: Some(Arc::new(transport)),
            mfa_prompt: None,
            by_name: false,
        }
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("by_name", &self.by_name).finish_non_exhaustive()
    }
}

/// An error of credentials with its cause; the message tells both in one line.
pub(super) fn failed(what: impl Into<String>, cause: Error) -> Error {
    Error::new(ErrorKind::Credentials, what).with_source(cause)
}
