//! [`MadeCall`]: what a request is made for.

use std::sync::Arc;

use serde_json::Value;

use crate::plan::{OperationPlan, ServicePlan};

/// The call that a request belongs to: an extension of the request, if the transport is a test double.
#[derive(Debug, Clone)]
pub(crate) struct MadeCall {
    pub(crate) service: Arc<ServicePlan>,
    pub(crate) plan: Arc<OperationPlan>,
    /// As the caller gave them, without idempotency tokens and other additions.
    pub(crate) params: Arc<Value>,
}
