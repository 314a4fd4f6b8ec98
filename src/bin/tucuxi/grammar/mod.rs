//! The grammar of the command line: options, arguments and values, what they mean and how they are read.
//!
//! An option is one `impl` of [`Flag`] and a row in a table. The parser, the help, the messages about unknown options and the
//! completion all work from the tables.

mod flag;
pub(crate) mod globals;
pub(crate) mod help;
pub(crate) mod params;
mod parser;
mod positional;
mod value;

pub(crate) use flag::{Flag, FlagInfo, ValueKind};
pub(crate) use parser::CommandLine;
pub(crate) use positional::{ArgumentList, Arity, Positional};
pub(crate) use value::FlagValue;
