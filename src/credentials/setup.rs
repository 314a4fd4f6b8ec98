//! The context of credential providers: configuration, clock, transport, and calls of AWS services.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::Credentials;
use crate::clock::Clock;
use crate::config::{Config, Overrides};
use crate::error::Result;
use crate::hooks::OnRequest;
use crate::transport::Transport;

/// The context that providers of the chain are created from. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) services: Arc<dyn Services>,
    /// The session's custom transport; `None` for the crate's own.
    pub(crate) transport: Option<Arc<dyn Transport>>,
    pub(crate) mfa_prompt: Option<Arc<MfaPrompt>>,
    /// The folder in which credentials of the profiles' roles are cached.
    pub(crate) credential_cache: Option<Arc<Path>>,
    /// The provider was selected by name (`credential_source = Environment`), so it must not step back in favor of a source
    /// with higher precedence.
    pub(crate) by_name: bool,
}

/// Returns the code that the MFA device with this serial number shows.
pub(crate) type MfaPrompt = dyn Fn(&str) -> std::io::Result<String> + Send + Sync;

/// Calls AWS services for providers. Providers are a layer below clients, so the session passes its implementation in.
pub(crate) trait Services: Send + Sync {
    fn call(&self, call: ServiceCall<'_>) -> Result<Value>;
}

/// A call of a service that issues credentials or tokens.
pub(crate) struct ServiceCall<'a> {
    pub(crate) service: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) params: Value,
    /// `None` for the region of the client that needs the credentials.
    pub(crate) region: Option<&'a str>,
    /// `None` for an unsigned request.
    pub(crate) credentials: Option<&'a Credentials>,
    /// Adds to the signed request of each attempt what the service model does not describe.
    pub(crate) before_send: Option<Arc<OnRequest>>,
}

impl Setup {
    /// The same context for another profile, as if chosen in code: credentials in the environment are ignored.
    pub(super) fn with_profile(&self, name: &str) -> Setup {
        let overrides = Overrides { profile: Some(name.to_owned()), ..Overrides::default() };
        Setup { config: self.config.with(overrides), ..self.clone() }
    }

    /// A context without a network, in which any service call panics.
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
            credential_cache: None,
            by_name: false,
        }
    }
}

impl fmt::Debug for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").field("by_name", &self.by_name).finish_non_exhaustive()
    }
}
