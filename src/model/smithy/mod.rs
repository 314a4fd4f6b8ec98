//! Service models in Smithy's JSON AST, the format in which AWS publishes its APIs. <https://smithy.io/2.0/spec/json-ast.html>
//!
//! Opening a document indexes the places of its shapes. An operation, or a shape that an operation reaches, is converted on first
//! use to the JSON text that botocore's format has for it, so that one compiler of shapes serves both formats. What cannot be
//! converted becomes a text that the compiler refuses with the reason and the shape's id.

mod ast;
mod document;
mod error;
mod index;
mod member;
mod operation;
mod paginators;
mod patches;
mod peek;
mod prelude;
mod resolve;
mod role;
mod service;
mod shape;
mod traits;
mod waiters;

pub(crate) use document::SmithyDocument;
pub(crate) use peek::{is_smithy, peek_names};

#[cfg(test)]
mod tests;
