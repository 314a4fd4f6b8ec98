//! JMESPath over values; the one file that names the `jmespath` crate. <https://jmespath.org/specification.html>

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Expression(jmespath::Expression<'static>);

impl Expression {
    /// # Errors
    /// [`ErrorKind::Model`] where the text is no JMESPath.
    pub(crate) fn parse(text: &str) -> Result<Expression> {
        jmespath::compile(text).map(Expression).map_err(|error| {
            Error::new(ErrorKind::Model, format!("\"{text}\" is not a JMESPath expression")).with_source(error)
        })
    }

    /// What the expression finds in a value; `null` where it finds nothing.
    pub(crate) fn search(&self, value: &impl serde::Serialize) -> Result<Value> {
        let failed = |error: String| Error::new(ErrorKind::Model, format!("JMESPath \"{}\": {error}", self.0.as_str()));
        let variable = jmespath::Variable::from_serializable(value).map_err(|error| failed(error.to_string()))?;
        let found = self.0.search(variable).map_err(|error| failed(error.to_string()))?;
        serde_json::to_value(found).map_err(|error| failed(error.to_string()))
    }
}
