//! Service models: found and read by the loader, compiled into shapes and operations, pure from there on.

#[cfg(test)]
pub(crate) mod arbitrary;
mod bundle;
pub(crate) mod describe;
mod entries;
mod hints;
pub(crate) mod loader;
pub(crate) mod mask;
pub(crate) mod names;
pub(crate) mod operation;
pub(crate) mod paginators;
pub(crate) mod path;
mod pattern;
mod peek;
pub(crate) mod service;
pub(crate) mod shape;
mod store;
pub(crate) mod validate;
pub(crate) mod waiters;
