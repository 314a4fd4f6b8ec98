//! The models that a stub checks its rules with, before there is a session.

use std::sync::Arc;

use once_cell::sync::Lazy;

use crate::config::Environment;
use crate::error::Result;
use crate::plan::{OperationPlan, ServicePlan};
use crate::session::{ServiceInfo, Session};

/// The bundled models.
static MODELS: Lazy<Result<Session>> =
    Lazy::new(|| Session::builder().environment(Environment::from_pairs([("", ""); 0])).build());

pub(super) fn service(name: &str) -> Result<ServiceInfo> {
    match &*MODELS {
        Ok(session) => session.service_info(name),
        Err(error) => Err(crate::Error::other(error.to_string())),
    }
}

pub(super) fn operation(service_name: &str, name: &str) -> Result<(Arc<ServicePlan>, Arc<OperationPlan>)> {
    let info = service(service_name)?;
    let plan = Arc::clone(info.plan().operation(name)?);
    Ok((Arc::clone(info.plan()), plan))
}
