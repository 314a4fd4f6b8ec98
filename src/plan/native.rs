//! [`NativeSites`]: where an operation has values for which the service has types of its own.

use super::OperationPlan;
use crate::customize::{NativeShape, native_shape};
use crate::model::shape::Shapes;
use crate::model::sites::Sites;

/// The places of native values in parameters and outputs of an operation.
#[derive(Debug)]
pub(crate) struct NativeSites {
    pub(crate) input: Option<Sites<NativeShape>>,
    pub(crate) output: Option<Sites<NativeShape>>,
}

impl OperationPlan {
    /// Where the operation has native values. They are found at the first use.
    pub(crate) fn native_sites(&self, service_id: &str) -> &NativeSites {
        let find = |shapes: &Shapes| Sites::find(shapes, |shape| native_shape(service_id, shape));
        self.native.get_or_init(|| NativeSites {
            input: self.operation.input.as_ref().map(find),
            output: self.operation.output.as_ref().map(find),
        })
    }
}
