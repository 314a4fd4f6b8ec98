//! Errors of the arguments, with the texts of the AWS CLI.

use super::near::close_matches;
use super::{ArgArity, ArgRule, Choices, ValueType};
use crate::aws::python;

/// A command line that the rules do not fit.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgError {
    #[error("argument {0}: expected one argument")]
    ExpectedOne(String),
    #[error("argument {0}: expected 2 arguments")]
    ExpectedTwo(String),
    #[error("argument {0}: expected at least one argument")]
    ExpectedSome(String),
    #[error("argument {name}: ignored explicit argument {}", python::repr(.value))]
    IgnoredValue { name: String, value: String },
    #[error("argument {name}: invalid {kind} value: {}", python::repr(.value))]
    NotANumber { name: String, kind: &'static str, value: String },
    #[error("argument {name}: Found invalid choice '{value}'\n{}", suggestions(.near))]
    Choice { name: String, value: String, near: Vec<String> },
    #[error("ambiguous option: {option} could match {matches}")]
    Ambiguous { option: String, matches: String },
    #[error("the following arguments are required: {0}")]
    Required(String),
}

impl ArgError {
    pub(super) fn expected(name: &str, arity: ArgArity) -> Self {
        match arity {
            ArgArity::Two => ArgError::ExpectedTwo(name.to_owned()),
            ArgArity::Some => ArgError::ExpectedSome(name.to_owned()),
            _ => ArgError::ExpectedOne(name.to_owned()),
        }
    }
}

fn suggestions(near: &[String]) -> String {
    match near.is_empty() {
        true => String::new(),
        false => format!("\nMaybe you meant:\n\n  * {}", near.join("\n  * ")),
    }
}

/// Checks a value.
pub(super) fn check(rule: &ArgRule<'_>, value: &str) -> Result<(), ArgError> {
    let not_a_number = |kind| ArgError::NotANumber { name: rule.name.to_owned(), kind, value: value.to_owned() };
    match rule.value {
        ValueType::Text => {}
        ValueType::Int => drop(python::int(value).ok_or_else(|| not_a_number("int"))?),
        ValueType::Float => drop(python::float(value).ok_or_else(|| not_a_number("float"))?),
    }
    let invalid = |near| ArgError::Choice { name: rule.name.to_owned(), value: value.to_owned(), near };
    match &rule.choices {
        Choices::Any => Ok(()),
        Choices::Of(words) if words.contains(&value) => Ok(()),
        Choices::Of(words) => Err(invalid(close_matches(value, words.iter().copied()))),
        Choices::Words { contains, .. } if contains(value) => Ok(()),
        Choices::Words { all, .. } => Err(invalid(close_matches(value, all().iter().map(String::as_str)))),
    }
}
