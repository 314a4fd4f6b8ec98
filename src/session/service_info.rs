//! [`ServiceInfo`]: what the models of a service say.

use std::borrow::Cow;
use std::sync::Arc;

use super::Session;
use super::state::SessionCore;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::model::loader::FileType;
use crate::model::operation::Operation;
use crate::model::paginators::{Pagination, Paginators};
use crate::model::waiters::{WaiterModel, Waiters};
use crate::plan::ServicePlan;
use crate::shape_info::{OperationInfo, PaginationInfo};

/// A service: its names, operations, paginators and waiters.
#[derive(Clone)]
pub struct ServiceInfo {
    core: Arc<SessionCore>,
    plan: Arc<ServicePlan>,
}

impl Session {
    /// Describes a service from its models, without a client, a region or credentials.
    ///
    /// ```
    /// let session = tucuxi::Session::builder().build()?;
    /// let sqs = session.service_info("sqs")?;
    /// assert_eq!(sqs.service_id(), "SQS");
    /// assert!(sqs.operation_names().any(|name| name == "SendMessage"));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] for a service without a model; [`ErrorKind::Model`] for a broken model.
    pub fn service_info(&self, service: &str) -> Result<ServiceInfo> {
        Ok(ServiceInfo { core: Arc::clone(&self.0), plan: self.0.service(service, None, self.0.defaults.timestamps)? })
    }
}

impl ServiceInfo {
    /// The name of the service's folder in botocore's data: `sqs`.
    pub fn name(&self) -> &str {
        &self.plan.model.name
    }

    /// The name without spaces and versions that SDKs use: `SQS`.
    pub fn service_id(&self) -> &str {
        &self.plan.model.metadata.service_id
    }

    pub(crate) fn plan(&self) -> &Arc<ServicePlan> {
        &self.plan
    }

    /// The waiter of that name, in any spelling.
    pub(crate) fn waiter(&self, name: &str) -> Result<Option<Arc<WaiterModel>>> {
        let found = self.find(FileType::Waiters, |text, origin| Waiters::parse(&text, origin))?;
        found.map_or(Ok(None), |waiters| waiters.get(name))
    }

    /// The paginator of an operation, even one that is inferred.
    pub(crate) fn paginator(&self, operation: &Operation) -> Result<Option<Arc<Pagination>>> {
        let found = self.find(FileType::Paginators, |text, origin| Paginators::parse(&text, origin))?;
        match found.and_then(|found| found.get(operation)) {
            Some(found) => found.map(Some),
            None => Ok(Pagination::infer(operation).map(Arc::new)),
        }
    }

    /// The full name: `Amazon Simple Queue Service`.
    pub fn full_name(&self) -> Option<&str> {
        self.plan.model.metadata.full_name.as_deref()
    }

    /// The API version: `2012-11-05`.
    pub fn api_version(&self) -> &str {
        &self.plan.model.metadata.api_version
    }

    /// The id of the API in AWS's documentation: `sqs-2012-11-05`.
    pub fn uid(&self) -> Option<&str> {
        self.plan.model.metadata.uid.as_deref()
    }

    /// The names of all operations, in the model's order and spelling: `SendMessage`.
    pub fn operation_names(&self) -> impl Iterator<Item = &str> {
        self.plan.model.operation_names()
    }

    /// Describes an operation by its name in any spelling.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownOperation`] with similar names; [`ErrorKind::Model`] for a broken model.
    pub fn operation(&self, name: &str) -> Result<OperationInfo> {
        let plan = Arc::clone(self.plan.operation(name)?);
        Ok(OperationInfo { service: Arc::clone(&self.plan), plan })
    }

    /// Describes the paginator of an operation in the service's `paginators-1.json`; `None` for an operation that it does not
    /// have. Paginators that are [inferred](crate::Paginator::is_inferred) are not found here.
    ///
    /// # Errors
    /// As for [`operation`](Self::operation).
    pub fn pagination(&self, operation: &str) -> Result<Option<PaginationInfo>> {
        let operation = &self.plan.operation(operation)?.operation;
        let Some(found) = self.find(FileType::Paginators, |text, origin| Paginators::parse(&text, origin))? else {
            return Ok(None);
        };
        Ok(found.get(operation).transpose()?.map(PaginationInfo))
    }

    /// The waiters of the service: the name in the model, `QueueExists`, and the operation that each of them calls, in the order
    /// of the file.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for a broken file or waiter.
    pub fn waiters(&self) -> Result<Vec<(String, String)>> {
        let found = self.find(FileType::Waiters, |text, origin| Waiters::parse(&text, origin))?;
        found.map_or(Ok(Vec::new()), |waiters| waiters.operations())
    }

    fn find<T: Send + Sync + 'static>(
        &self,
        file: FileType,
        parse: impl FnOnce(Cow<'_, str>, &str) -> Result<T>,
    ) -> Result<Option<Arc<T>>> {
        let model = &self.plan.model;
        let found = self.core.sources()?.find(&model.name, Some(&model.version), file)?;
        found.map(|found| found.get_or_parse(parse)).transpose()
    }
}
