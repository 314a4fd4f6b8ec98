//! Plans: a service with its protocol, and each of its operations with its quirks, compiled on first use and shared by all
//! clients. This is the only module that sees models, protocols and customizations together.

mod direct;
mod native;

use std::fmt;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use crate::customize::{self, Quirks, unmarked_secrets};
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::packed::PackedModel;
use crate::model::service::ServiceModel;
use crate::model::shape::Shapes;
use crate::model::smithy::SmithyDocument;
use crate::protocol::{self, Protocol};
pub(crate) use direct::{DirectInput, DirectMember, Kept};
pub(crate) use native::NativeSites;

/// How timestamps are in the outputs of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum TimestampStyle {
    /// RFC 3339 text in UTC, whatever the protocol: `"2015-01-25T08:00:12Z"`.
    #[default]
    Rfc3339,
    /// As the service sent them: epoch seconds as a number, or text of any format. For programs that print responses
    /// as they came, or need the original's zone and digits.
    Wire,
}

/// A service: its model, its protocol, and the plans of its operations.
pub(crate) struct ServicePlan {
    pub(crate) model: ServiceModel,
    pub(crate) protocol_name: &'static str,
    pub(crate) protocol: &'static dyn Protocol,
    timestamps: TimestampStyle,
    /// By the index of the operation in the model.
    operations: Box<[OnceCell<Arc<OperationPlan>>]>,
}

/// All that calls of an operation need from its model, and its quirks.
#[derive(Debug)]
pub(crate) struct OperationPlan {
    pub(crate) operation: Operation,
    pub(crate) quirks: Quirks,
    /// Whether an output can be read into a user's type without a `Value` in between: no quirk changes it, and no event
    /// completes it.
    pub(crate) reads_directly: bool,
    /// How parameters of a user's type are written without a `Value` in between, if they can be.
    pub(crate) direct_input: Option<DirectInput>,
    /// Where parameters and outputs have native values, if the service has any.
    native: OnceCell<NativeSites>,
}

impl ServicePlan {
    /// Indexes the text of a service model. `origin` names the file in error messages.
    pub(crate) fn parse(name: &str, version: &str, text: String, origin: &str) -> Result<ServicePlan> {
        ServicePlan::new(ServiceModel::parse(name, version, text, origin, protocol::naming)?, origin)
    }

    /// Opens a packed service model.
    pub(crate) fn unpack(name: &str, version: &str, packed: PackedModel, origin: &str) -> Result<ServicePlan> {
        ServicePlan::new(ServiceModel::unpack(name, version, packed, origin, protocol::naming)?, origin)
    }

    /// Makes the plan of an opened Smithy model.
    pub(crate) fn of_smithy(
        name: &str,
        version: &str,
        document: Arc<SmithyDocument>,
        origin: &str,
    ) -> Result<ServicePlan> {
        ServicePlan::new(ServiceModel::of_smithy(name, version, document, origin, protocol::naming)?, origin)
    }

    fn new(model: ServiceModel, origin: &str) -> Result<ServicePlan> {
        let (protocol_name, protocol) = protocol::choose(&model.metadata)
            .map_err(|what| Error::new(ErrorKind::Model, format!("{origin}: {what}")))?;
        let operations = (0..model.operation_count()).map(|_| OnceCell::new()).collect();
        let timestamps = TimestampStyle::default();
        Ok(ServicePlan { model, protocol_name, protocol, timestamps, operations })
    }

    /// Sets how timestamps of outputs are read.
    pub(crate) fn with_timestamps(self, timestamps: TimestampStyle) -> ServicePlan {
        ServicePlan { timestamps, ..self }
    }

    /// Returns the plan of an operation, which is compiled on first use. `name` is in any spelling (`send_message`,
    /// `SendMessage` or `send-message`), and may be a former name.
    pub(crate) fn operation(&self, name: &str) -> Result<&Arc<OperationPlan>> {
        self.at(self.index(name)?)
    }

    fn at(&self, index: usize) -> Result<&Arc<OperationPlan>> {
        self.operations[index].get_or_try_init(|| self.compile(index).map(Arc::new))
    }

    /// Compiles the plan of an operation for masked parameters. It is not cached, because only previews use it.
    pub(crate) fn masked_operation(&self, name: &str) -> Result<OperationPlan> {
        let plan = self.compile(self.index(name)?)?;
        Ok(OperationPlan { operation: plan.operation.masked(), direct_input: None, ..plan })
    }

    /// An operation whose timestamps are those of the model. Where a client reads them as they were sent, it is compiled again,
    /// because only test doubles use it.
    pub(crate) fn plain_operation(&self, plan: &Arc<OperationPlan>) -> Result<Arc<OperationPlan>> {
        if self.timestamps == TimestampStyle::default() {
            return Ok(Arc::clone(plan));
        }
        let mut operation = self.model.compile(self.index(&plan.operation.name)?, &[])?;
        if let (Some(rule), Some(output)) = (plan.quirks.encoding(), &mut operation.output) {
            output.mark_encoded(rule.items);
        }
        let quirks = Quirks::of(&self.model.metadata.service_id, &operation.name);
        Ok(Arc::new(OperationPlan {
            operation,
            quirks,
            reads_directly: false,
            direct_input: None,
            native: OnceCell::new(),
        }))
    }

    fn compile(&self, index: usize) -> Result<OperationPlan> {
        let service_id = &self.model.metadata.service_id;
        let mut operation = self.model.compile(index, unmarked_secrets(service_id))?;
        if self.timestamps == TimestampStyle::Wire {
            operation.output = operation.output.map(Shapes::with_wire_timestamps);
        }
        let quirks = Quirks::of(service_id, &operation.name);
        if let (Some(rule), Some(output)) = (quirks.encoding(), &mut operation.output) {
            output.mark_encoded(rule.items);
        }
        let reads_directly = !quirks.changes_output() && !operation.has_event_stream_output();
        let direct_input = DirectInput::of(&operation, &quirks, self.protocol.has_bindings());
        Ok(OperationPlan { operation, quirks, reads_directly, direct_input, native: OnceCell::new() })
    }

    /// Returns the endpoint discovery operation, if the service has one.
    pub(crate) fn discovery_operation(&self) -> Result<Option<&Arc<OperationPlan>>> {
        for index in self.model.discovery_candidates() {
            let plan = self.at(index)?;
            if plan.operation.discovers_endpoints {
                return Ok(Some(plan));
            }
        }
        Ok(None)
    }

    fn index(&self, name: &str) -> Result<usize> {
        let by_former_name = || {
            let current = customize::operation_alias(&self.model.metadata.service_id, name)?;
            self.model.operation_index(current)
        };
        let index = self.model.operation_index(name).or_else(by_former_name);
        index.ok_or_else(|| self.model.unknown_operation(name))
    }
}

impl fmt::Debug for ServicePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServicePlan({:?}, {})", self.model, self.protocol_name)
    }
}
