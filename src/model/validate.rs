use crate::error::Result;
use crate::model::shape::Shapes;
use serde_json::Value;
/// Validation
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Validation {
    /// botocore's rules.
    #[default]
    Standard,
    /// Nothing.
    Off,
}
pub(crate) fn validate(_: &Shapes, _: &Value, _: Validation, _: Option<&str>) -> Result<()> {
    Ok(())
}
