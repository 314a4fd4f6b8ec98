//! Service models: found and read by the loader, compiled into shapes and operations, pure from there on.

#[cfg(test)]
pub(crate) mod arbitrary;
mod entries;
pub(crate) mod names;
pub(crate) mod operation;
pub(crate) mod path;
mod pattern;
pub(crate) mod service;
pub(crate) mod shape;
pub(crate) mod validate;
