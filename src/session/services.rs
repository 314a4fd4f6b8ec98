//! The clients that providers of credentials use: the session's models, transport and clock, and none of its credentials.

use std::sync::Arc;

use serde_json::Value;

use super::{ClientBuilder, ClientSettings, Inner};
use crate::credentials::setup::{ServiceCall, Services};
use crate::error::Result;

pub(super) struct OwnClients {
    inner: Arc<Inner>,
}

impl OwnClients {
    pub(super) fn new(inner: &Arc<Inner>) -> Self {
        OwnClients { inner: Arc::clone(inner) }
    }
}

impl Services for OwnClients {
    /// The client is made for this one call, as the next is an hour away.
    fn call(&self, call: ServiceCall<'_>) -> Result<Value> {
        let mut builder = ClientBuilder::new(&self.inner, None, call.service);
        builder.settings = ClientSettings {
            // What the session's calls do without, these need.
            unsigned: call.credentials.is_none(),
            context_params: serde_json::Map::new(),
            ..self.inner.defaults.clone()
        };
        let region = call.region.or(self.inner.first_region.get().map(String::as_str));
        if let Some(region) = region {
            builder = builder.region(region);
        }
        if let Some(credentials) = call.credentials {
            builder = builder.credentials(credentials.clone());
        }
        builder.build()?.call(call.operation, call.params)
    }
}
