//! Objects that `DeleteObjects` has not deleted, although its status was 200.

use std::fmt::Write as _;

use serde_json::Value;

use crate::error::{Error, Result, ServiceError};

/// The maximum number of keys in the error.
const MAX_NAMED: usize = 10;

/// The failures of all batches, of which the first are kept.
#[derive(Default)]
pub(super) struct RefusedObjects {
    count: u64,
    first: Vec<Value>,
}

impl RefusedObjects {
    pub(super) fn add(&mut self, errors: Vec<Value>) {
        self.count = self.count.saturating_add(errors.len() as u64);
        let room = MAX_NAMED.saturating_sub(self.first.len());
        self.first.extend(errors.into_iter().take(room));
    }

    /// The error that names them, if there are any. `deleted` objects were deleted.
    pub(super) fn into_result(self, deleted: u64) -> Result<()> {
        let Some(first) = self.first.first() else { return Ok(()) };
        let text = |failure: &Value, name: &str| failure[name].as_str().unwrap_or_default().to_owned();
        let mut message = format!("{} objects were not deleted, {deleted} were:", self.count);
        for failure in &self.first {
            // Writing to a string cannot fail.
            let _ = write!(message, " {:?}", text(failure, "Key"));
            if let Some(version) = failure["VersionId"].as_str() {
                let _ = write!(message, " version {version}");
            }
            let _ = write!(message, " ({})", text(failure, "Code"));
        }
        if self.count > self.first.len() as u64 {
            message.push_str(" ..");
        }
        let service = ServiceError { message, ..ServiceError::bare(200, &text(first, "Code")) };
        Err(Error::from_service(service))
    }
}
