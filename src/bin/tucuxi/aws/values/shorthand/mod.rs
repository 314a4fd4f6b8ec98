//! The shorthand syntax of the AWS CLI: `Name=instance-type,Values=t3.micro,t3.small`.
//!
//! [`parse()`] reads the text without a model, and [`fit()`] gives the texts in it the types of the model.

mod error;
mod fit;
mod parse;
#[cfg(test)]
mod tests;

pub(crate) use self::error::ShorthandError;
pub(crate) use self::fit::{FitError, fit};
pub(crate) use self::parse::parse;
