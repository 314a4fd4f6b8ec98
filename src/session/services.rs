//! Clients for credential providers: with the session's models, transport and clock, but without its credentials.

use std::sync::Arc;

use serde_json::Value;

use super::client_builder::ClientBuilder;
use super::state::{CodeSettings, SessionCore};
use crate::credentials::setup::{ServiceCall, Services};
use crate::error::Result;
use crate::plan::TimestampStyle;

const MAX_RESPONSE_SIZE: u64 = 1 << 20;

pub(super) struct ProviderClients {
    core: Arc<SessionCore>,
}

impl ProviderClients {
    pub(super) fn new(core: &Arc<SessionCore>) -> Self {
        ProviderClients { core: Arc::clone(core) }
    }
}

impl Services for ProviderClients {
    /// Creates a client for one call, since the next is about an hour away.
    fn call(&self, call: ServiceCall<'_>) -> Result<Value> {
        let mut builder = ClientBuilder::new(&self.core, None, call.service);
        builder.settings = CodeSettings {
            // Calls with credentials are signed, even if the session does not sign requests.
            unsigned: call.credentials.is_none(),
            context_params: serde_json::Map::new(),
            timestamps: TimestampStyle::default(),
            ..self.core.defaults.clone()
        };
        // Responses with credentials and tokens are small.
        builder = builder.max_response_size(MAX_RESPONSE_SIZE);
        let region = call.region.or(self.core.first_region.get().map(String::as_str));
        if let Some(region) = region {
            builder = builder.region(region);
        }
        if let Some(credentials) = call.credentials {
            builder = builder.credentials(credentials.clone());
        }
        // After the closures of the user, so that it sees the request as it is sent.
        builder.settings.hooks.before_send.extend(call.before_send);
        builder.build()?.call(call.operation, call.params)
    }
}
